//! One database, NATS and authority, and the service on them, in one replica or two.

use checkout::{Config, MIGRATOR};
use outbox::{Bus, BusConfig};
use platform::{
    Clock, Shutdown, Staff,
    config::{BusArgs, DatabaseArgs, GrpcArgs, Secret},
    database,
    identity::StaffSigner,
    peer::{self, Peer, STAFF_METADATA},
    pki, rpc,
};
use testbed::{Nats, Place, TestDatabase};
use time::macros::datetime;
use tokio::task::JoinHandle;
use tonic::Request;
use url::Url;

pub const TILLS: [&str; 9] = [
    "LILLE-01", "LILLE-02", "LILLE-03", "LILLE-04", "LILLE-05", "LILLE-06", "LILLE-07", "LILLE-08",
    "ARRAS-01",
];

/// An address where nobody answers.
const NOWHERE: &str = "127.0.0.1:9";

/// The role under which the service serves.
pub const SERVING: &str = "checkout_serving";

pub struct Service {
    pub db: TestDatabase,
    pub clock: Clock,
    pub nats: Nats,
    pub folder: tempfile::TempDir,
    pub replica: Replica,
}

/// A running process, as far as a test can tell.
pub struct Replica {
    pub url: Url,
    pub shutdown: Shutdown,
    pub running: JoinHandle<anyhow::Result<()>>,
}

impl Service {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        pki::create(folder.path(), &TILLS.map(str::to_owned)).unwrap();
        Self::start_with(Nats::start().await.unwrap(), folder).await
    }

    /// Starts in LILLE, a shop of its own whose line leads to no centre.
    pub async fn start_cut_off() -> Self {
        let folder = tempfile::tempdir().unwrap();
        pki::create(folder.path(), &TILLS.map(str::to_owned)).unwrap();
        pki::create_store(folder.path(), "LILLE", NOWHERE, &[]).unwrap();
        let secrets = folder.path().join("stores/LILLE");
        let place = Place::Shop { secrets, store_code: "LILLE".to_owned() };
        Self::start_with(Nats::start_at(place).await.unwrap(), folder).await
    }

    /// Starts on this bus, with the authority of this folder.
    pub async fn start_with(nats: Nats, folder: tempfile::TempDir) -> Self {
        let mut db = testbed::database("checkout", &MIGRATOR).await;
        // It serves under a role that owns nothing, as in a shop.
        db.url = db.url_as(SERVING).await;
        database::grant(&db.pool, SERVING).await.unwrap();
        let clock = Clock::manual(datetime!(2026-05-02 09:00 UTC));
        Self::start_on(db, clock, nats, folder)
    }

    /// Starts on what an earlier run has left.
    pub fn start_on(db: TestDatabase, clock: Clock, nats: Nats, folder: tempfile::TempDir) -> Self {
        let replica = start(&db, &nats, folder.path(), &clock);
        Self { db, clock, nats, folder, replica }
    }

    /// Starts another replica on the same database, bus and clock.
    pub fn another(&self) -> Replica {
        start(&self.db, &self.nats, self.folder.path(), &self.clock)
    }

    /// A connection to the first replica under an identity such as `operator` or `terminal-LILLE-01`.
    pub fn peer(&self, identity: &str) -> Peer {
        self.peer_of(&self.replica, identity)
    }

    pub fn peer_of(&self, replica: &Replica, identity: &str) -> Peer {
        peer::connect(&replica.url, "checkout", &pki::identity(self.folder.path(), identity)).unwrap()
    }

    /// What the container's check finds.
    pub async fn is_healthy(&self) -> anyhow::Result<()> {
        let address = self.replica.url.socket_addrs(|| None).unwrap()[0];
        platform::health::check("checkout", address, &pki::identity(self.folder.path(), "checkout")).await
    }

    /// A request of a signed-in person.
    pub fn as_staff<T>(&self, staff: &Staff, mut request: Request<T>) -> Request<T> {
        let signer = StaffSigner::read(&self.folder.path().join("staff.key")).unwrap();
        let assertion = signer.sign(staff, self.clock.now()).parse().unwrap();
        request.metadata_mut().insert(STAFF_METADATA, assertion);
        request
    }

    /// The bus as another service sees it.
    pub async fn bus(&self, user: &str) -> Bus {
        let config = BusConfig {
            url: self.nats.url(),
            user: user.to_owned(),
            password: self.nats.password(user).to_owned(),
            ca_file: authority(&self.nats, self.folder.path()),
            monitor_url: None,
        };
        Bus::connect(config).await.unwrap()
    }
}

impl Replica {
    pub async fn stop(self) {
        self.shutdown.cancel();
        self.running.await.unwrap().unwrap();
    }

    /// As `kill -9` does it to a task.
    pub async fn abort(self) {
        self.running.abort();
        assert!(self.running.await.unwrap_err().is_cancelled());
    }
}

fn start(db: &TestDatabase, nats: &Nats, folder: &std::path::Path, clock: &Clock) -> Replica {
    let config = Config {
        grpc: GrpcArgs {
            grpc_addr: "127.0.0.1:0".parse().unwrap(),
            staff_public_key: folder.join("staff.pub"),
            tls: pki::identity(folder, "checkout"),
        },
        database: DatabaseArgs {
            database_url: Secret::new(&db.url),
            database_password_file: None,
            database_connections: 6,
        },
        bus: BusArgs {
            nats_url: nats.url().parse().unwrap(),
            nats_password_file: nats.password_file("checkout"),
            nats_ca: authority(nats, folder),
            nats_monitor_url: Some(nats.monitor_url().parse().unwrap()),
        },
        card_contracts: vec!["4970109876543217".to_owned()],
        fiscal_key_file: folder.join("fiscal.key"),
        fiscal_year_starts: 1,
    };
    let listener = rpc::bind(config.grpc.grpc_addr).unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap()).parse().unwrap();
    let shutdown = Shutdown::new();
    let running = tokio::spawn(checkout::run(config, listener, clock.clone(), shutdown.clone()));
    Replica { url, shutdown, running }
}

/// Who signed the certificate of NATS, if it has one.
pub fn authority(nats: &Nats, folder: &std::path::Path) -> Option<std::path::PathBuf> {
    nats.url().starts_with("tls://").then(|| folder.join("ca.pem"))
}
