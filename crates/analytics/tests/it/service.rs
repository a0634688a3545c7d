//! One running service with its own database, NATS and authority, and what a test does to it.

use std::sync::Arc;

use analytics::{Config, MIGRATOR};
use outbox::{Bus, BusConfig, NewEvent, Relay, RelayConfig, StreamSpec, Wake};
use platform::{
    Clock, Role, Shutdown, Staff,
    config::{BusArgs, DatabaseArgs, GrpcArgs, Secret},
    identity::StaffSigner,
    peer::{self, Peer, STAFF_METADATA},
    pki, rpc,
};
use prost_types::Timestamp;
use proto::{
    analytics::v1::{DayFigures, WatchDayRequest, analytics_service_client::AnalyticsServiceClient},
    checkout::v1::{SaleCompleted, SaleRefunded},
    reviews::v1::ReviewSubmitted,
    subject,
};
use serde::Serialize;
use testbed::{Nats, TestDatabase};
use time::OffsetDateTime;
use tokio::task::JoinHandle;
use tonic::Request;
use uuid::Uuid;

pub struct Service {
    pub db: TestDatabase,
    pub clock: Clock,
    nats: Nats,
    folder: tempfile::TempDir,
    url: url::Url,
    shutdown: Shutdown,
    running: JoinHandle<anyhow::Result<()>>,
}

impl Service {
    pub async fn start(now: OffsetDateTime) -> Self {
        let folder = tempfile::tempdir().unwrap();
        pki::create(folder.path(), &[]).unwrap();
        let nats = Nats::start().await.unwrap();
        let db = testbed::database("analytics", &MIGRATOR).await;
        for spec in [StreamSpec::sales(), StreamSpec::reviews()] {
            let owner = if spec.name() == subject::SALES { "checkout" } else { "reviews" };
            connect(&nats, owner).await.ensure_stream(&spec).await.unwrap();
        }
        let config = Config {
            grpc: GrpcArgs {
                grpc_addr: "127.0.0.1:0".parse().unwrap(),
                staff_public_key: folder.path().join("staff.pub"),
                tls: pki::identity(folder.path(), "analytics"),
            },
            database: DatabaseArgs {
                database_url: Secret::new(&db.url),
                database_password_file: None,
                database_connections: 4,
            },
            bus: BusArgs {
                nats_url: nats.url().parse().unwrap(),
                nats_password_file: nats.password_file("analytics"),
                nats_ca: None,
                nats_monitor_url: None,
            },
            analysts_password_file: None,
        };
        let listener = rpc::bind(config.grpc.grpc_addr).unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap()).parse().unwrap();
        let (clock, shutdown) = (Clock::manual(now), Shutdown::new());
        let running = tokio::spawn(analytics::run(config, listener, clock.clone(), shutdown.clone()));
        Self { db, clock, nats, folder, url, shutdown, running }
    }

    /// Publishes events as their owner would, and again whenever asked to.
    pub async fn publish(&self, owner: &str, events: &[NewEvent]) {
        let mut tx = self.db.pool.begin().await.unwrap();
        for event in events {
            outbox::record(&mut tx, event).await.unwrap();
        }
        tx.commit().await.unwrap();
        let stream = if owner == "checkout" { StreamSpec::sales() } else { StreamSpec::reviews() };
        let config = RelayConfig { database: self.db.url.parse().unwrap(), stream };
        let bus = connect(&self.nats, owner).await;
        let relay = Arc::new(Relay::new(config, bus, Wake::new()));
        assert_eq!(relay.relay_once().await.unwrap(), events.len() as u64);
    }

    pub fn client(&self) -> AnalyticsServiceClient<Peer> {
        let tls = pki::identity(self.folder.path(), "portal");
        AnalyticsServiceClient::new(peer::connect(&self.url, "analytics", &tls).unwrap())
    }

    /// A request of a manager of `store`.
    pub fn as_manager<T>(&self, store: &str, message: T) -> Request<T> {
        let signer = StaffSigner::read(&self.folder.path().join("staff.key")).unwrap();
        let staff = Staff {
            staff_id: Uuid::now_v7().to_string(),
            role: Role::Manager,
            store_code: store.to_owned(),
            supplier_code: String::new(),
        };
        let mut request = Request::new(message);
        let assertion = signer.sign(&staff, self.clock.now()).parse().unwrap();
        request.metadata_mut().insert(STAFF_METADATA, assertion);
        request
    }

    /// Waits, without polling, until the day of `store` is as wanted.
    pub async fn day_when(&self, store: &str, wanted: impl Fn(&DayFigures) -> bool) -> DayFigures {
        let request = self.as_manager(store, WatchDayRequest { store_code: store.to_owned() });
        let mut days = self.client().watch_day(request).await.unwrap().into_inner();
        loop {
            let day = days.message().await.unwrap().expect("the watch goes on").day.unwrap();
            if wanted(&day) {
                return day;
            }
        }
    }

    pub async fn stop(self) {
        self.shutdown.cancel();
        self.running.await.unwrap().unwrap();
    }
}

async fn connect(nats: &Nats, user: &str) -> Bus {
    let config = BusConfig {
        url: nats.url(),
        user: user.to_owned(),
        password: nats.password(user).to_owned(),
        ca_file: None,
        monitor_url: None,
    };
    Bus::connect(config).await.unwrap()
}

pub fn timestamp(at: OffsetDateTime) -> Option<Timestamp> {
    Some(Timestamp { seconds: at.unix_timestamp(), nanos: 0 })
}

/// A sale of ten euros by nobody, at a self-checkout.
pub fn sale(store: &str, at: OffsetDateTime) -> SaleCompleted {
    SaleCompleted {
        sale_id: Uuid::now_v7().to_string(),
        store_code: store.to_owned(),
        time_zone: "Europe/Paris".to_owned(),
        terminal_code: format!("{store}-01"),
        terminal_kind: "self".to_owned(),
        sequence: 1,
        completed_time: timestamp(at),
        currency_code: "EUR".to_owned(),
        total_minor: 1000,
        ..SaleCompleted::default()
    }
}

pub fn refund(of: &SaleCompleted, at: OffsetDateTime, total_minor: i64) -> SaleRefunded {
    SaleRefunded {
        refund_id: Uuid::now_v7().to_string(),
        sale_id: of.sale_id.clone(),
        store_code: of.store_code.clone(),
        time_zone: of.time_zone.clone(),
        refunded_time: timestamp(at),
        currency_code: "EUR".to_owned(),
        total_minor,
        ..SaleRefunded::default()
    }
}

pub fn review(store: &str, at: OffsetDateTime, rating: i32) -> ReviewSubmitted {
    ReviewSubmitted {
        review_id: Uuid::now_v7().to_string(),
        store_code: store.to_owned(),
        product_name: "Maroilles".to_owned(),
        rating,
        comment: "Bien fait".to_owned(),
        revision: 1,
        submitted_time: timestamp(at),
        first_submitted_time: timestamp(at),
        ..ReviewSubmitted::default()
    }
}

pub fn event(subject: String, event_type: &str, body: &impl Serialize) -> NewEvent {
    NewEvent::new(subject, event_type, "/test", OffsetDateTime::now_utc(), body).unwrap()
}

pub fn sold(sale: &SaleCompleted) -> NewEvent {
    event(subject::sale_completed::of(&sale.store_code), subject::sale_completed::TYPE, sale)
}

pub fn given_back(refund: &SaleRefunded) -> NewEvent {
    event(subject::sale_refunded::of(&refund.store_code), subject::sale_refunded::TYPE, refund)
}

pub fn reviewed(review: &ReviewSubmitted) -> NewEvent {
    event(subject::review_submitted::of(&review.store_code), subject::review_submitted::TYPE, review)
}
