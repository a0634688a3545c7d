//! A running service, and everybody who may call it.

use std::{net::SocketAddr, path::Path, time::Duration};

use async_nats::jetstream::{
    self,
    consumer::{AckPolicy, pull},
};
use futures::StreamExt;
use membership::Config;
use platform::{
    Clock, Role, Shutdown, Staff,
    config::{BusArgs, DatabaseArgs, GrpcArgs, Secret},
    health,
    identity::StaffSigner,
    peer::{self, Peer},
    pki,
};
use proto::membership::v1::{
    membership_service_client::MembershipServiceClient, staff_service_client::StaffServiceClient,
};
use serde_json::Value;
use sqlx::PgPool;
use tempfile::TempDir;
use testbed::{Nats, TestDatabase, eventually};
use time::macros::datetime;
use tokio::{net::TcpListener, task::JoinHandle};
use tonic::{
    Request, Status,
    metadata::AsciiMetadataValue,
    service::{Interceptor, interceptor::InterceptedService},
};

pub type Members = MembershipServiceClient<InterceptedService<Peer, SignedIn>>;
pub type Accounts = StaffServiceClient<InterceptedService<Peer, SignedIn>>;

/// Sends who is signed in with every call, if anybody is.
#[derive(Clone)]
pub struct SignedIn(Option<AsciiMetadataValue>);

/// The service under test.
pub struct Service {
    pub clock: Clock,
    pub nats: Nats,
    database: TestDatabase,
    pki: TempDir,
    replicas: Vec<Replica>,
}

struct Replica {
    address: SocketAddr,
    shutdown: Shutdown,
    running: JoinHandle<anyhow::Result<()>>,
}

impl Service {
    pub async fn start() -> Self {
        let pki = TempDir::new().unwrap();
        pki::create(pki.path(), &["LILLE-01".to_owned(), "LILLE-02".to_owned()]).unwrap();
        let mut service = Self {
            clock: Clock::manual(datetime!(2026-05-02 08:00 UTC)),
            nats: Nats::start().await.unwrap(),
            database: testbed::database("membership", &membership::MIGRATOR).await,
            pki,
            replicas: Vec::new(),
        };
        service.add_replica().await;
        service
    }

    /// Runs one more, on the same database; who connects from now on connects to it.
    pub async fn add_replica(&mut self) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, shutdown) = (listener.local_addr().unwrap(), Shutdown::new());
        let running = membership::run(self.config(), listener, self.clock.clone(), shutdown.clone());
        self.replicas.push(Replica { address, shutdown, running: tokio::spawn(running) });
        let portal = pki::identity(self.pki.path(), "portal");
        health::check("membership", address, &portal).await.unwrap();
    }

    pub fn config(&self) -> Config {
        Config {
            grpc: GrpcArgs {
                grpc_addr: "127.0.0.1:0".parse().unwrap(),
                staff_public_key: self.file("staff.pub"),
                tls: pki::identity(self.pki.path(), "membership"),
            },
            database: DatabaseArgs {
                database_url: Secret::new(self.database.url.clone()),
                database_password_file: None,
                database_connections: 8,
            },
            bus: BusArgs {
                nats_url: self.nats.url().parse().unwrap(),
                nats_password_file: self.nats.password_file("membership"),
                nats_ca: None,
                nats_monitor_url: None,
            },
            staff_key: self.file("staff.key"),
        }
    }

    pub fn file(&self, name: &str) -> std::path::PathBuf {
        Path::join(self.pki.path(), name)
    }

    pub fn db(&self) -> &PgPool {
        &self.database.pool
    }

    pub async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(self.db()).await.unwrap()
    }

    pub async fn execute(&self, statement: &'static str) {
        sqlx::query(statement).execute(self.db()).await.unwrap();
    }

    /// Members, as the desk of a store sees them.
    pub fn desk(&self, store_code: &str) -> Members {
        self.members("portal", self.assertion(Role::Desk, store_code))
    }

    /// Members, as whoever has this certificate sees them.
    pub fn members_as(&self, identity: &str) -> Members {
        self.members(identity, self.nobody())
    }

    /// Accounts, as whoever has this certificate sees them.
    pub fn accounts_as(&self, identity: &str) -> Accounts {
        self.accounts(identity, self.nobody())
    }

    pub fn members(&self, identity: &str, signed_in: SignedIn) -> Members {
        MembershipServiceClient::new(InterceptedService::new(self.peer(identity), signed_in))
    }

    pub fn accounts(&self, identity: &str, signed_in: SignedIn) -> Accounts {
        StaffServiceClient::new(InterceptedService::new(self.peer(identity), signed_in))
    }

    /// What the portal sends on behalf of a person.
    pub fn assertion(&self, role: Role, store_code: &str) -> SignedIn {
        let staff = Staff {
            staff_id: format!("0192f3a0-0000-7000-8000-{:0>12}", store_code.len()),
            role,
            store_code: store_code.to_owned(),
            supplier_code: String::new(),
        };
        let signer = StaffSigner::read(&self.file("staff.key")).unwrap();
        SignedIn::by(&signer.sign(&staff, self.clock.now()))
    }

    /// What is sent on behalf of nobody.
    pub fn nobody(&self) -> SignedIn {
        SignedIn(None)
    }

    fn peer(&self, identity: &str) -> Peer {
        let address = self.replicas.last().unwrap().address;
        let url = format!("https://{address}").parse().unwrap();
        peer::connect(&url, "membership", &pki::identity(self.pki.path(), identity)).unwrap()
    }

    /// The first events that are published, as `(subject, body)`; waits for them.
    pub async fn events(&self, number: usize) -> Vec<(String, Value)> {
        let raw = self.messages(number).await;
        raw.into_iter()
            .map(|message| (message.subject.to_string(), serde_json::from_slice(&message.payload).unwrap()))
            .collect()
    }

    /// The first messages of the stream, with their headers; waits for them.
    pub async fn messages(&self, number: usize) -> Vec<async_nats::Message> {
        let client = async_nats::ConnectOptions::with_user_and_password(
            "operator".to_owned(),
            self.nats.password("operator").to_owned(),
        )
        .custom_inbox_prefix("_INBOX_operator")
        .connect(self.nats.url())
        .await
        .unwrap();
        let config = pull::Config { ack_policy: AckPolicy::None, ..pull::Config::default() };
        let jetstream = jetstream::new(client);
        let stream = async || jetstream.get_stream("MEMBERS").await.ok();
        let stream = eventually(Duration::from_secs(10), "the stream is there", stream).await.unwrap();
        let consumer = stream.create_consumer(config).await.unwrap();
        let messages = consumer.messages().await.unwrap().take(number);
        messages.map(|message| message.unwrap().message.clone()).collect().await
    }

    /// Stops every replica in good order: nothing it was told may be left undone.
    pub async fn stop(self) {
        for replica in &self.replicas {
            replica.shutdown.cancel();
        }
        for replica in self.replicas {
            replica.running.await.unwrap().unwrap();
        }
        let unsent: i64 = sqlx::query_scalar("select count(*) from outbox where published_time is null")
            .fetch_one(&self.database.pool)
            .await
            .unwrap();
        assert_eq!(unsent, 0, "events are left in the outbox");
    }
}

impl SignedIn {
    pub fn by(assertion: &str) -> Self {
        Self(Some(assertion.parse().unwrap()))
    }
}

impl Interceptor for SignedIn {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(assertion) = &self.0 {
            request.metadata_mut().insert(peer::STAFF_METADATA, assertion.clone());
        }
        Ok(request)
    }
}
