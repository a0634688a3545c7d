//! One running service with its own database, NATS, authority and checkout, and what a test does to it.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use outbox::{Bus, BusConfig, NewEvent, Relay, RelayConfig, StreamSpec, Wake};
use platform::{
    Clock, Role, Shutdown, Staff,
    config::{BusArgs, DatabaseArgs, GrpcArgs, Secret},
    identity::StaffSigner,
    peer::{self, Peer, STAFF_METADATA},
    pki, rpc,
    stores::CheckoutArgs,
};
use proto::{
    checkout::v1::SaleCompleted,
    reviews::v1::{
        LineReview, ListReviewsRequest, Review, SubmitComplaintRequest, SubmitReviewsRequest,
        SubmitReviewsResponse, reviews_service_client::ReviewsServiceClient,
    },
    subject,
};
use reviews::{Config, MIGRATOR};
use testbed::{Line, Nats, TestDatabase, eventually};
use time::{OffsetDateTime, macros::datetime};
use tokio::{net::TcpListener, task::JoinHandle};
use tonic::{Request, Status};
use uuid::Uuid;

use crate::{
    checkout::Checkout,
    facts::{Mail, invited, mail, sale, sold},
};

/// More than any of these tests needs on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// When every test begins.
pub const NOON: OffsetDateTime = datetime!(2026-05-02 10:00 UTC);

pub struct Service {
    pub db: TestDatabase,
    pub clock: Clock,
    pub checkout: Checkout,
    pub checkout_address: SocketAddr,
    pub folder: tempfile::TempDir,
    pub nats: Nats,
    pub shutdown: Shutdown,
    /// The outbox of those who tell of sales and mails.
    elsewhere: TestDatabase,
    config: Config,
    url: url::Url,
    running: JoinHandle<anyhow::Result<()>>,
}

impl Service {
    pub async fn start() -> Self {
        Self::start_with(true).await
    }

    /// With `checkout_is_up` false, nobody listens where checkout should be.
    pub async fn start_with(checkout_is_up: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        pki::create(folder.path(), &[]).unwrap();
        Self::start_in(folder, checkout_is_up, None).await
    }

    /// With a store that has a checkout of its own, at the other end of a line.
    pub async fn start_with_store(store_code: &str) -> (Self, Line) {
        let folder = tempfile::tempdir().unwrap();
        pki::create(folder.path(), &[]).unwrap();
        pki::create_store(folder.path(), store_code, "127.0.0.1:7422", &[]).unwrap();
        let (line, end) = Line::laid().await.unwrap();
        let table = folder.path().join("stores.json");
        let url = format!("https://{}", line.address());
        std::fs::write(&table, format!(r#"{{"{store_code}": "{url}"}}"#)).unwrap();
        let given = folder.path().join("stores").join(store_code);
        let service = Self::start_in(folder, true, Some(table)).await;
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        end.send_replace(Some(service.checkout.serve(any, &given, &service.shutdown)));
        (service, line)
    }

    async fn start_in(folder: tempfile::TempDir, checkout_is_up: bool, stores_file: Option<PathBuf>) -> Self {
        let nats = Nats::start().await.unwrap();
        let db = testbed::database("reviews", &MIGRATOR).await;
        let elsewhere = testbed::database("outbox", &outbox::MIGRATOR).await;
        connect(&nats, "checkout").await.ensure_stream(&StreamSpec::sales()).await.unwrap();
        connect(&nats, "receipt").await.ensure_stream(&StreamSpec::receipts()).await.unwrap();
        let (checkout, shutdown) = (Checkout::default(), Shutdown::new());
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let checkout_address = if checkout_is_up {
            checkout.serve(any, folder.path(), &shutdown)
        } else {
            rpc::bind(any).unwrap().local_addr().unwrap()
        };
        let config = Config {
            grpc: GrpcArgs {
                grpc_addr: any,
                staff_public_key: folder.path().join("staff.pub"),
                tls: pki::identity(folder.path(), "reviews"),
            },
            database: DatabaseArgs {
                database_url: Secret::new(&db.url),
                database_password_file: None,
                database_connections: 6,
            },
            bus: BusArgs {
                nats_url: nats.url().parse().unwrap(),
                nats_password_file: nats.password_file("reviews"),
                nats_ca: None,
                nats_monitor_url: None,
            },
            checkout: CheckoutArgs {
                stores_file,
                ..CheckoutArgs::one(format!("https://{checkout_address}").parse().unwrap())
            },
        };
        let clock = Clock::manual(NOON);
        let (url, running) = run(&config, &clock, &shutdown);
        Self {
            db,
            clock,
            checkout,
            checkout_address,
            folder,
            nats,
            shutdown,
            elsewhere,
            config,
            url,
            running,
        }
    }

    /// Ends the service and starts it anew on what it left.
    pub async fn again(mut self) -> Self {
        self.shutdown.cancel();
        (&mut self.running).await.unwrap().unwrap();
        self.shutdown = Shutdown::new();
        (self.url, self.running) = run(&self.config, &self.clock, &self.shutdown);
        self
    }

    /// Publishes events as `owner` would, and waits until the service has taken them, one way or the other.
    pub async fn publish(&self, owner: &str, events: &[NewEvent]) {
        let mut tx = self.elsewhere.pool.begin().await.unwrap();
        for event in events {
            outbox::record(&mut tx, event).await.unwrap();
        }
        tx.commit().await.unwrap();
        let stream = if owner == "checkout" { StreamSpec::sales() } else { StreamSpec::receipts() };
        let config = RelayConfig { database: self.elsewhere.url.parse().unwrap(), stream };
        let relay = Arc::new(Relay::new(config, connect(&self.nats, owner).await, Wake::new()));
        assert_eq!(relay.relay_once().await.unwrap(), events.len() as u64);
        let ids: Vec<Uuid> = events.iter().map(|event| event.event_id).collect();
        let taken = async || {
            let taken: i64 = sqlx::query_scalar(
                "select (select count(*) from inbox where event_id = any($1)) + (select count(*) from dead_letter where event_id = any($1))",
            )
            .bind(&ids)
            .fetch_one(&self.db.pool)
            .await
            .unwrap();
            taken == ids.len() as i64
        };
        eventually(PATIENCE, "the events are taken", taken).await.unwrap();
    }

    /// A sale of `lines` lines in `store` that everybody knows of, and its mail.
    pub async fn sold(&self, store: &str, lines: i32) -> (SaleCompleted, Mail) {
        self.told(sale(store, self.clock.now(), lines)).await
    }

    /// Tells everybody of a sale, and sends its mail.
    pub async fn told(&self, sale: SaleCompleted) -> (SaleCompleted, Mail) {
        let mail = mail(&sale);
        self.publish("checkout", &[sold(&sale)]).await;
        self.publish("receipt", &[invited(&mail)]).await;
        (sale, mail)
    }

    /// Waits until the live feed of the service follows what happens from now on.
    pub async fn following(&self) {
        self.all_following(1).await;
    }

    /// Waits until the live feeds of so many replicas follow what happens from now on.
    pub async fn all_following(&self, replicas: usize) {
        let options = async_nats::ConnectOptions::with_user_and_password(
            "operator".to_owned(),
            self.nats.password("operator").to_owned(),
        );
        let client = options.custom_inbox_prefix("_INBOX_operator").connect(self.nats.url()).await.unwrap();
        let streams = async_nats::jetstream::new(client);
        let follows = async || {
            let stream = streams.get_stream(subject::REVIEWS).await;
            stream.is_ok_and(|stream| stream.cached_info().state.consumer_count == replicas)
        };
        eventually(PATIENCE, "the feed has its consumer", follows).await.unwrap();
    }

    pub fn client(&self) -> ReviewsServiceClient<Peer> {
        self.client_of(&self.url)
    }

    /// A client of a second replica, which ends with the first.
    pub fn replica(&self) -> ReviewsServiceClient<Peer> {
        let (url, _running) = run(&self.config, &self.clock, &self.shutdown);
        self.client_of(&url)
    }

    fn client_of(&self, url: &url::Url) -> ReviewsServiceClient<Peer> {
        let tls = pki::identity(self.folder.path(), "portal");
        ReviewsServiceClient::new(peer::connect(url, "reviews", &tls).unwrap())
    }

    /// A request of somebody who is signed in; `code` is of the store, or of the supplier.
    pub fn by<T>(&self, role: Role, code: &str, message: T) -> Request<T> {
        self.by_person(Uuid::from_u128(1), role, code, message)
    }

    pub fn by_person<T>(&self, person: Uuid, role: Role, code: &str, message: T) -> Request<T> {
        let signer = StaffSigner::read(&self.folder.path().join("staff.key")).unwrap();
        let (store, supplier) = if role == Role::Supplier { ("", code) } else { (code, "") };
        let staff = Staff {
            staff_id: person.to_string(),
            role,
            store_code: store.to_owned(),
            supplier_code: supplier.to_owned(),
        };
        let mut request = Request::new(message);
        let assertion = signer.sign(&staff, self.clock.now()).parse().unwrap();
        request.metadata_mut().insert(STAFF_METADATA, assertion);
        request
    }

    pub async fn submit(&self, form: &SubmitReviewsRequest) -> Result<i32, Status> {
        let answer = self.client().submit_reviews(form.clone()).await;
        answer.map(|answer| answer.into_inner()).map(|SubmitReviewsResponse { stored }| stored)
    }

    /// All reviews that somebody sees, the newest first.
    pub async fn listed(&self, role: Role, code: &str) -> Vec<Review> {
        let request = self.by(role, code, ListReviewsRequest { page_size: 200, page_token: String::new() });
        self.client().list_reviews(request).await.unwrap().into_inner().reviews
    }

    /// How many events of a type were recorded.
    pub async fn told_of(&self, event_type: &str) -> i64 {
        sqlx::query_scalar("select count(*) from outbox where type = $1")
            .bind(event_type)
            .fetch_one(&self.db.pool)
            .await
            .unwrap()
    }

    pub async fn stop(self) {
        self.shutdown.cancel();
        self.running.await.unwrap().unwrap();
        let unsent: i64 = sqlx::query_scalar("select count(*) from outbox where published_time is null")
            .fetch_one(&self.db.pool)
            .await
            .unwrap();
        assert_eq!(unsent, 0, "events are left in the outbox");
    }
}

pub fn fresh() -> String {
    Uuid::now_v7().to_string()
}

/// A form with notes: number of the line, note, comment.
pub fn form(mail: &Mail, said: &[(i32, i32, &str)]) -> SubmitReviewsRequest {
    let said = said.iter().map(|&(line_id, rating, comment)| LineReview {
        line_id,
        rating,
        comment: comment.to_owned(),
    });
    SubmitReviewsRequest { request_id: fresh(), token: mail.review.clone(), reviews: said.collect() }
}

/// A complaint about lines, the money to be had at the desk.
pub fn complaint(mail: &Mail, line_ids: &[i32]) -> SubmitComplaintRequest {
    SubmitComplaintRequest {
        request_id: fresh(),
        token: mail.refund.clone(),
        line_ids: line_ids.to_vec(),
        payout: "desk".to_owned(),
        comment: "Trop salé".to_owned(),
        ..SubmitComplaintRequest::default()
    }
}

/// The reason of a refusal.
pub fn reason<T: std::fmt::Debug>(answer: Result<T, Status>) -> String {
    platform::status::reason(&answer.unwrap_err()).unwrap()
}

fn run(config: &Config, clock: &Clock, shutdown: &Shutdown) -> (url::Url, JoinHandle<anyhow::Result<()>>) {
    let listener: TcpListener = rpc::bind(config.grpc.grpc_addr).unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap()).parse().unwrap();
    (url, tokio::spawn(reviews::run(config.clone(), listener, clock.clone(), shutdown.clone())))
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
