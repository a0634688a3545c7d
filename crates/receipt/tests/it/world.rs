//! A receipt service with everything around it, and what a test does to it.

use std::time::Duration;

use outbox::{Bus, BusConfig, NewEvent, Relay, RelayConfig, StreamSpec, Wake};
use platform::{
    Clock, Role, Shutdown, Staff,
    config::{BusArgs, DatabaseArgs, GrpcArgs, Secret},
    identity::StaffSigner,
    peer::{self, Peer, STAFF_METADATA},
    pki, rpc,
    stores::CheckoutArgs,
};
use proto::{checkout::v1::SaleCompleted, receipt::v1::receipt_service_client::ReceiptServiceClient};
use receipt::{Config, MIGRATOR};
use serde_json::Value;
use sqlx::PgPool;
use testbed::{Mail, Nats, SmtpSink, TestDatabase};
use tokio::task::JoinHandle;
use tonic::Request;
use url::Url;
use uuid::Uuid;

use crate::{
    facts::{NOW, sale, sold},
    log,
    peers::Peers,
};

/// More than any of these tests needs on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct World {
    pub pool: PgPool,
    pub nats: Nats,
    pub sink: SmtpSink,
    pub peers: Peers,
    pub clock: Clock,
    database_url: String,
    /// The database of a checkout that publishes what a test tells it to.
    checkout: TestDatabase,
    pub folder: tempfile::TempDir,
    checkout_url: Url,
    membership_url: Url,
    around: Shutdown,
}

/// One replica of the service.
pub struct Replica {
    url: Url,
    shutdown: Shutdown,
    running: JoinHandle<anyhow::Result<()>>,
}

impl World {
    pub async fn start() -> Self {
        let database = testbed::database("receipt", &MIGRATOR).await;
        Self::around(database.url, database.pool).await
    }

    /// Everything but the service, which is to use this database.
    pub async fn around(database_url: String, pool: PgPool) -> Self {
        log::capture();
        let folder = tempfile::tempdir().unwrap();
        pki::create(folder.path(), &[]).unwrap();
        let (nats, checkout) = tokio::join!(Nats::start(), testbed::database("outbox", &outbox::MIGRATOR));
        let nats = nats.unwrap();
        bus(&nats, "checkout").await.ensure_stream(&StreamSpec::sales()).await.unwrap();
        let (peers, clock, around) = (Peers::default(), Clock::manual(NOW), Shutdown::new());
        Self {
            sink: SmtpSink::start(folder.path().join("mails")).await.unwrap(),
            checkout_url: peers.serve("checkout", folder.path(), &clock, &around),
            membership_url: peers.serve("membership", folder.path(), &clock, &around),
            pool,
            nats,
            peers,
            clock,
            database_url,
            checkout,
            folder,
            around,
        }
    }

    pub fn config(&self) -> Config {
        Config {
            grpc: GrpcArgs {
                grpc_addr: "127.0.0.1:0".parse().unwrap(),
                staff_public_key: self.folder.path().join("staff.pub"),
                tls: pki::identity(self.folder.path(), "receipt"),
            },
            database: DatabaseArgs {
                database_url: Secret::new(&self.database_url),
                database_password_file: None,
                database_connections: 6,
            },
            bus: BusArgs {
                nats_url: self.nats.url().parse().unwrap(),
                nats_password_file: self.nats.password_file("receipt"),
                nats_ca: None,
                nats_monitor_url: None,
            },
            checkout: CheckoutArgs::one(self.checkout_url.clone()),
            membership_url: self.membership_url.clone(),
            smtp_url: Secret::new(self.sink.url()),
            smtp_password_file: None,
            smtp_ca: None,
            smtp_from: "tickets@shop.example".parse().unwrap(),
            smtp_hello_name: Some("receipt.shop.example".to_owned()),
            smtp_timeout: Duration::from_secs(30),
            smtp_connections: 4,
            public_url: "https://cabas.example/".parse().unwrap(),
        }
    }

    pub fn serve(&self) -> Replica {
        self.serve_with(self.config())
    }

    pub fn serve_with(&self, config: Config) -> Replica {
        let listener = rpc::bind(config.grpc.grpc_addr).unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap()).parse().unwrap();
        let shutdown = Shutdown::new();
        let running = tokio::spawn(receipt::run(config, listener, self.clock.clone(), shutdown.clone()));
        Replica { url, shutdown, running }
    }

    /// A member with a mailbox.
    pub fn member(&self) -> (String, String) {
        let member_id = Uuid::now_v7().to_string();
        let email = format!("m{}@example.org", member_id.replace('-', ""));
        self.peers.moves(&member_id, &email, "Camille");
        (member_id, email)
    }

    /// Publishes events as checkout does, in the trace `traceparent` if there is one.
    pub async fn publish_in(&self, traceparent: Option<&str>, events: &[NewEvent]) {
        let mut tx = self.checkout.pool.begin().await.unwrap();
        for event in events {
            outbox::record(&mut tx, event).await.unwrap();
        }
        sqlx::query("update outbox set traceparent = $1 where published_time is null")
            .bind(traceparent)
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let config =
            RelayConfig { database: self.checkout.url.parse().unwrap(), stream: StreamSpec::sales() };
        let relay = Relay::new(config, bus(&self.nats, "checkout").await, Wake::new());
        assert_eq!(relay.relay_once().await.unwrap(), events.len() as u64);
    }

    pub async fn publish(&self, events: &[NewEvent]) {
        self.publish_in(None, events).await;
    }

    /// A member buys something; the sale has a card slip.
    pub async fn sell(&self) -> (SaleCompleted, String) {
        let (member_id, email) = self.member();
        let sale = sale(&member_id);
        self.peers.has_slip(&sale.sale_id, "CARTE BANCAIRE\nDébit 6,21 EUR");
        self.publish(&[sold(&sale)]).await;
        (sale, email)
    }

    /// The delivery of this sale or refund, once it is in this state.
    pub async fn delivery(&self, id: &str, state: &str) -> Value {
        let id: Uuid = id.parse().unwrap();
        let found = async || -> Option<Value> {
            let query = "select to_jsonb(delivery) from delivery
                where coalesce(refund_id, sale_id) = $1 and state = $2";
            // The database may be away for a moment.
            sqlx::query_scalar(query).bind(id).bind(state).fetch_optional(&self.pool).await.ok().flatten()
        };
        match testbed::eventually(PATIENCE, &format!("{id} is {state}"), found).await {
            Ok(delivery) => delivery,
            Err(error) => panic!("{error}; there is {:?}", self.deliveries().await),
        }
    }

    pub async fn deliveries(&self) -> Vec<Value> {
        let query = "select to_jsonb(delivery) - 'document' from delivery order by delivery_id";
        sqlx::query_scalar(query).fetch_all(&self.pool).await.unwrap()
    }

    /// What was told on this subject, as recorded.
    pub async fn told(&self, event_type: &str) -> Vec<Value> {
        let query = "select payload::jsonb from outbox where type = $1 order by outbox_order";
        sqlx::query_scalar(query).bind(event_type).fetch_all(&self.pool).await.unwrap()
    }

    pub async fn mails(&self, count: usize) -> Vec<Mail> {
        self.sink.wait_for(count, PATIENCE).await.unwrap()
    }

    pub fn client(&self, replica: &Replica, identity: &str) -> ReceiptServiceClient<Peer> {
        let tls = pki::identity(self.folder.path(), identity);
        ReceiptServiceClient::new(peer::connect(&replica.url, "receipt", &tls).unwrap())
    }

    /// A request of staff of `store`.
    pub fn as_staff<T>(&self, role: Role, store: &str, message: T) -> Request<T> {
        let signer = StaffSigner::read(&self.folder.path().join("staff.key")).unwrap();
        let staff = Staff {
            staff_id: Uuid::from_u128(7).to_string(),
            role,
            store_code: store.to_owned(),
            supplier_code: String::new(),
        };
        let mut request = Request::new(message);
        let assertion = signer.sign(&staff, self.clock.now()).parse().unwrap();
        request.metadata_mut().insert(STAFF_METADATA, assertion);
        request
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.around.cancel();
    }
}

impl Replica {
    pub async fn stop(self) {
        self.shutdown.cancel();
        tokio::time::timeout(PATIENCE, self.running).await.expect("it ends in time").unwrap().unwrap();
    }
}

pub async fn bus(nats: &Nats, user: &str) -> Bus {
    let config = BusConfig {
        url: nats.url(),
        user: user.to_owned(),
        password: nats.password(user).to_owned(),
        ca_file: None,
        monitor_url: None,
    };
    Bus::connect(config).await.unwrap()
}

/// The bodies of a mail's parts, decoded, in their order.
pub fn parts(mail: &Mail) -> Vec<String> {
    let mut raw = String::from_utf8(mail.raw.clone()).unwrap();
    let boundaries: Vec<String> =
        raw.split("boundary=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect();
    for boundary in boundaries {
        raw = raw.replace(&format!("\r\n--{boundary}"), "\0");
    }
    let mut parts = Vec::new();
    for part in raw.split('\0').skip(1) {
        let Some((headers, body)) = part.split_once("\r\n\r\n") else { continue };
        if headers.starts_with("--") || headers.contains("multipart/") {
            continue;
        }
        parts.push(if headers.contains("quoted-printable") { unquoted(body) } else { body.to_owned() });
    }
    parts
}

/// Quoted-printable as text.
fn unquoted(body: &str) -> String {
    let joined = body.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = match (first, tail) {
            (b'=', [high, low, after @ ..]) => {
                let hex = [*high, *low];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap());
                after
            }
            (byte, tail) => {
                bytes.push(*byte);
                tail
            }
        };
    }
    String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
}
