//! Asks membership how to greet the bearer of a card. Its absence costs the greeting and nothing else.

use std::time::Duration;

use barcode::CardNumber;
use platform::peer::Peer;
use proto::membership::v1::{GetGreetingRequest, membership_service_client::MembershipServiceClient};
use tonic::Request;

/// A shopper does not wait longer for a greeting.
const DEADLINE: Duration = Duration::from_millis(800);
/// A longer name is cut.
const LONGEST_NAME: usize = 40;

/// Asks membership for greetings. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Greeter(MembershipServiceClient<Peer>);

impl Greeter {
    /// Over a channel to membership.
    #[must_use]
    pub fn new(membership: Peer) -> Self {
        Self(MembershipServiceClient::new(membership).max_decoding_message_size(64 << 10))
    }

    /// First name and initial of the bearer; nothing when membership does not say in time.
    pub(super) async fn greeting(&self, card: &CardNumber) -> Option<String> {
        let mut request = Request::new(GetGreetingRequest { card_number: card.as_str().to_owned() });
        request.set_timeout(DEADLINE);
        let mut membership = self.0.clone();
        let reply = match tokio::time::timeout(DEADLINE, membership.get_greeting(request)).await {
            Ok(Ok(reply)) => reply.into_inner(),
            Ok(Err(status)) => {
                tracing::info!(code = ?status.code(), "no greeting");
                return None;
            }
            Err(_) => {
                tracing::info!("no greeting in time");
                return None;
            }
        };
        let shown: String =
            reply.display_name.chars().filter(|c| is_visible(*c)).take(LONGEST_NAME).collect();
        Some(shown.trim().to_owned()).filter(|name| !name.is_empty())
    }
}

/// Neither a control character nor one that turns the direction of what follows.
fn is_visible(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
