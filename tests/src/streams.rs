//! The streams, message by message, as their operator sees them.

use async_nats::{
    ConnectOptions, HeaderMap,
    jetstream::{self, consumer::pull},
};
use demo::shop::Shop;
use futures::StreamExt;
use serde_json::Value;

/// A message as it lies in a stream.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its subject.
    pub subject: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub payload: Vec<u8>,
}

impl Kept {
    /// The body, which is JSON by contract.
    #[must_use]
    pub fn body(&self) -> Value {
        serde_json::from_slice(&self.payload).unwrap()
    }
}

/// A connection of one of the users of the shop's nats-server.
pub async fn connected(shop: &Shop, user: &str) -> jetstream::Context {
    let password = shop.nats.password(user).to_owned();
    let options = ConnectOptions::with_user_and_password(user.to_owned(), password)
        .custom_inbox_prefix(format!("_INBOX_{user}"));
    jetstream::new(options.connect(shop.nats.url()).await.unwrap())
}

/// Every message of a stream.
pub async fn messages(shop: &Shop, stream: &str) -> Vec<Kept> {
    let config = pull::Config {
        ack_policy: jetstream::consumer::AckPolicy::None,
        inactive_threshold: std::time::Duration::from_secs(60),
        ..pull::Config::default()
    };
    let consumer = connected(shop, "operator").await.create_consumer_on_stream(config, stream).await.unwrap();
    let expected = usize::try_from(consumer.cached_info().num_pending).unwrap();
    let kept = consumer.messages().await.unwrap().take(expected).map(|message| {
        let message = message.unwrap();
        Kept {
            subject: message.subject.to_string(),
            headers: message.headers.clone().unwrap_or_default(),
            payload: message.payload.to_vec(),
        }
    });
    kept.collect().await
}

/// Those messages of a stream that are of a type, such as `sales.completed`, and tell of a sale.
pub async fn of_sale(shop: &Shop, stream: &str, event_type: &str, sale_id: uuid::Uuid) -> Vec<Kept> {
    let mut found = messages(shop, stream).await;
    found.retain(|kept| {
        kept.subject.starts_with(event_type) && kept.body()["sale_id"] == sale_id.to_string().as_str()
    });
    found
}
