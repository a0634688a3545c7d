//! Another service, as far as checkout hears of it.

use std::{sync::Arc, time::Duration};

use outbox::{NewEvent, Relay, RelayConfig, StreamSpec, Wake};
use testbed::{TestDatabase, eventually};

use crate::shop::Shop;

const PATIENCE: Duration = Duration::from_secs(20);

/// Publishes what the service says.
pub struct Teller {
    pub db: TestDatabase,
    pub relay: Arc<Relay>,
}

impl Teller {
    pub async fn membership(shop: &Shop) -> Self {
        Self::of(shop, "membership", StreamSpec::members()).await
    }

    pub async fn receipt(shop: &Shop) -> Self {
        Self::of(shop, "receipt", StreamSpec::receipts()).await
    }

    async fn of(shop: &Shop, user: &str, stream: StreamSpec) -> Self {
        let db = testbed::database("outbox", &outbox::MIGRATOR).await;
        let config = RelayConfig { database: db.url.parse().unwrap(), stream };
        let bus = shop.service.bus(user).await;
        Self { relay: Arc::new(Relay::new(config, bus, Wake::new())), db }
    }

    pub async fn tell(&self, event: &NewEvent) {
        let mut tx = self.db.pool.begin().await.unwrap();
        outbox::record(&mut tx, event).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(self.relay.relay_once().await.unwrap(), 1);
    }
}

/// Waits until checkout has handled so many events in all.
pub async fn handled(shop: &Shop, events: i64) {
    let query = "select (select count(*) from inbox) + (select count(*) from dead_letter)";
    eventually(PATIENCE, "the events are handled", async || shop.count(query).await == events).await.unwrap();
}
