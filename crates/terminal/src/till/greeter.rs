//! What a till asks of membership: how to greet the bearer of a card, and to keep an address that was typed, or to forget it. Its
//! absence costs the greeting and that way to a ticket, and nothing else.

use std::time::Duration;

use barcode::CardNumber;
use platform::peer::Peer;
use proto::membership::v1::{
    ForgetGuestContactRequest, GetGreetingRequest, KeepGuestContactRequest,
    membership_service_client::MembershipServiceClient,
};
use tonic::{Code, Request};
use uuid::Uuid;

use super::view::Notice;
use crate::{client::RequestId, receipt::Mailbox};

/// A shopper does not wait longer for a greeting.
const DEADLINE: Duration = Duration::from_millis(800);
/// Nor so long for an address to be kept; there are other ways to a ticket.
const KEEPING: Duration = Duration::from_secs(3);
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

    /// Lets membership keep the address under this id; tells what is to be said when it does not.
    pub(super) async fn keep(&self, guest_contact_id: Uuid, mailbox: &Mailbox) -> Result<(), Notice> {
        let mut request = Request::new(KeepGuestContactRequest {
            request_id: RequestId::fresh().to_string(),
            guest_contact_id: guest_contact_id.to_string(),
            email: mailbox.as_str().to_owned(),
        });
        request.set_timeout(KEEPING);
        let mut membership = self.0.clone();
        match tokio::time::timeout(KEEPING, membership.keep_guest_contact(request)).await {
            Ok(Ok(_)) => Ok(()),
            // Membership knows better what mail can reach.
            Ok(Err(status)) if status.code() == Code::InvalidArgument => Err(Notice::NotAnAddress),
            Ok(Err(status)) => {
                tracing::warn!(code = ?status.code(), "an address was not kept");
                Err(Notice::AddressNotKept)
            }
            Err(_) => {
                tracing::warn!("an address was not kept in time");
                Err(Notice::AddressNotKept)
            }
        }
    }

    /// Lets membership forget addresses that are needed no more. Nobody waits for it; what it does not hear it forgets after 72 hours.
    pub(super) fn forget(&self, guest_contact_ids: Vec<Uuid>) {
        let mut membership = self.0.clone();
        tokio::spawn(async move {
            for guest_contact_id in guest_contact_ids {
                let mut request = Request::new(ForgetGuestContactRequest {
                    request_id: RequestId::fresh().to_string(),
                    guest_contact_id: guest_contact_id.to_string(),
                });
                request.set_timeout(KEEPING);
                match tokio::time::timeout(KEEPING, membership.forget_guest_contact(request)).await {
                    Ok(Ok(_)) => {}
                    Ok(Err(status)) => {
                        tracing::warn!(code = ?status.code(), "an address is forgotten later");
                    }
                    Err(_) => tracing::warn!("an address was not forgotten in time; it is forgotten later"),
                }
            }
        });
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
