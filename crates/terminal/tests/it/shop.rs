//! A till and everything around it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use platform::config::GrpcArgs;
use platform::{Clock, Shutdown, pki, rpc};
use proto::checkout::v1::{
    catalogue_service_server::CatalogueServiceServer, checkout_service_server::CheckoutServiceServer,
    payout_service_server::PayoutServiceServer, suspension_service_server::SuspensionServiceServer,
    till_service_server::TillServiceServer,
};
use proto::membership::v1::membership_service_server::MembershipServiceServer;
use tempfile::TempDir;
use terminal::journal::Journal;
use terminal::simulator::{self, Charges};
use terminal::till::{Notice, Parts, Screen, Till, View};
use terminal::{Acknowledgement, Config};
use time::macros::datetime;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tonic::service::Routes;

use crate::attendance::PlayedTills;
use crate::books::Books;
use crate::catalogue::PlayedCatalogue;
use crate::checkout::PlayedCheckout;
use crate::membership::PlayedMembership;
use crate::refunds::PlayedPayouts;
use crate::suspended::PlayedSuspension;
use crate::wire::Wire;

pub const CODE: &str = "LILLE-01";

/// Nothing in a test takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Shop {
    pub books: Books,
    pub charges: Charges,
    pub config: Config,
    folder: TempDir,
    shutdown: Shutdown,
}

/// A till that runs.
pub struct Running {
    pub till: Till,
    machine: JoinHandle<anyhow::Result<()>>,
    pub shutdown: Shutdown,
    journal: PathBuf,
}

impl Shop {
    pub async fn open() -> Self {
        Self::open_called("MAGASIN").await
    }

    /// A shop whose card terminal prints this name.
    pub async fn open_called(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        pki::create(folder.path(), &[CODE.to_owned()]).unwrap();
        let (books, shutdown) = (Books::new(), Shutdown::new());
        let membership = PlayedMembership { books: books.clone() };
        let routes = Routes::new(MembershipServiceServer::new(membership));
        let membership_at = listener().await;
        let membership_url = url(&membership_at);
        serve("membership", membership_at, routes, &folder, &shutdown);
        let checkout_at = listener().await;
        let wire = Wire::to(checkout_at.local_addr().unwrap()).await;
        let checkout = PlayedCheckout { books: books.clone(), wire: wire.clone() };
        let catalogue = CatalogueServiceServer::new(PlayedCatalogue { books: books.clone() });
        let routes = Routes::new(CheckoutServiceServer::new(checkout)).add_service(catalogue);
        let tills = TillServiceServer::new(PlayedTills { books: books.clone() });
        let checkout = PlayedCheckout { books: books.clone(), wire: wire.clone() };
        let suspensions = SuspensionServiceServer::new(PlayedSuspension { checkout });
        let payouts = PlayedPayouts { checkout: PlayedCheckout { books: books.clone(), wire: wire.clone() } };
        let routes = routes.add_service(tills).add_service(suspensions);
        let routes = routes.add_service(PayoutServiceServer::new(payouts));
        serve("checkout", checkout_at, routes, &folder, &shutdown);
        let (charges, card_at) = (Charges::default(), listener().await);
        let config = Config {
            http_addr: "127.0.0.1:0".parse().unwrap(),
            code: CODE.into(),
            checkout_url: format!("https://{}", wire.address).parse().unwrap(),
            membership_url,
            card_profile: None,
            card_addr: Some(format!("localhost:{}", card_at.local_addr().unwrap().port())),
            card_till: None,
            card_ipc: None,
            card_line_end: true,
            card_references: true,
            card_timeout_seconds: Some(2),
            scale_addr: None,
            printer_addr: None,
            public_url: None,
            journal: folder.path().join("journal"),
            ledger: Some(folder.path().join("ledger")),
            attendant_code_file: None,
            thanks_seconds: 600,
            idle_seconds: 3_600,
            check_seconds: 1,
            tls: pki::identity(folder.path(), &format!("terminal-{CODE}")),
        };
        let shop = Self { books, charges, config, folder, shutdown };
        let terminal =
            simulator::Config { shop: name.into(), ..shop.simulator(card_at.local_addr().unwrap()) };
        tokio::spawn(simulator::serve(terminal, card_at, shop.charges.clone(), shop.shutdown.clone()));
        shop
    }

    /// A card terminal at an address.
    pub fn simulator(&self, addr: std::net::SocketAddr) -> simulator::Config {
        simulator::Config {
            addr,
            delay_ms: 0,
            magic_amounts: true,
            script: Some(self.folder.path().join("script")),
            late_ms: 3_000,
            shop: "MAGASIN".into(),
            charges: Some(self.folder.path().join("charges")),
            payments: None,
            clock: None,
        }
    }

    /// Starts the till's process on the journal as it is.
    pub fn start(&self) -> Running {
        let clock = Clock::manual(datetime!(2026-05-02 10:00 UTC));
        self.start_from(terminal::parts(&self.config, clock).unwrap())
    }

    /// Copies the disk of the till, which is switched off.
    pub fn copy_the_disk(&self) -> Config {
        let config = Config { journal: self.file("copy"), ledger: None, ..self.config.clone() };
        std::fs::copy(&self.config.journal, &config.journal).unwrap();
        config
    }

    /// Starts a second machine from a copied disk.
    pub fn start_copy(&self, copy: &Config) -> Running {
        let clock = Clock::manual(datetime!(2026-05-02 10:00 UTC));
        let running = self.start_from(terminal::parts(copy, clock).unwrap());
        Running { journal: copy.journal.clone(), ..running }
    }

    /// Starts the till with its self-check.
    pub fn start_checked(&self) -> Running {
        let parts = terminal::parts(&self.config, Clock::manual(datetime!(2026-05-02 10:00 UTC))).unwrap();
        let checks = terminal::checks(&self.config, &parts);
        let running = self.start_from(parts);
        tokio::spawn(terminal::check::run(checks, running.till.clone()));
        running
    }

    pub fn start_from(&self, parts: Parts) -> Running {
        let (till, machine) = terminal::till::new(parts);
        let shutdown = Shutdown::new();
        let machine = tokio::spawn(machine.run(shutdown.clone()));
        Running { till, machine, shutdown, journal: self.config.journal.clone() }
    }

    /// A till in front of a basket with these products.
    pub async fn start_with(&self, codes: &[&str]) -> Running {
        let running = self.start();
        running.ready().await;
        for code in codes {
            running.till.scan(code, 0).await.unwrap();
        }
        running
    }

    /// What the card terminal does, one word a payment or credit from the first one on; where nothing is said, the amount decides.
    pub fn plays(&self, words: &[&str]) {
        std::fs::write(self.file("script"), words.join("\n")).unwrap();
    }

    pub fn charged(&self) -> Vec<i64> {
        self.charges.all().iter().map(|charge| charge.amount_minor).collect()
    }

    pub fn ledger(&self) -> Vec<Acknowledgement> {
        let text = std::fs::read_to_string(self.config.ledger.as_ref().unwrap()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub fn attendant_code(&self) -> String {
        let file: PathBuf = self.config.journal.with_extension("attendant-code");
        std::fs::read_to_string(file).unwrap().trim().to_owned()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

impl Running {
    /// Waits until the till shows what is wanted.
    pub async fn shows(&self, wanted: impl FnMut(&View) -> bool) -> View {
        let mut shown = self.till.watch();
        let view = tokio::time::timeout(PATIENCE, shown.wait_for(wanted)).await;
        view.unwrap_or_else(|_| panic!("still: {:?}", self.till.view())).unwrap().clone()
    }

    pub async fn ready(&self) -> View {
        self.shows(|view| !view.is_busy()).await
    }

    /// Ends the process as a power cut would, wherever it is.
    pub async fn dies(self) {
        let Self { till, machine, journal, .. } = self;
        machine.abort();
        assert!(machine.await.is_err_and(|ended| ended.is_cancelled()), "it ended by itself");
        drop(till);
        is_let_go(&journal).await;
    }

    /// Ends the process in good order.
    pub async fn stops(self) {
        self.shutdown.cancel();
        tokio::time::timeout(PATIENCE, self.machine).await.unwrap().unwrap().unwrap();
        is_let_go(&self.journal).await;
    }

    /// Waits until the paper that was begun has come to its end.
    pub async fn printed(&self) -> Option<Notice> {
        self.shows(|view| view.notice != Some(Notice::Printing)).await.notice
    }

    /// Asks for a paper, and waits for it.
    pub async fn print(&self) -> Option<Notice> {
        assert_eq!(self.till.print().await.unwrap().notice, Some(Notice::Printing));
        self.printed().await
    }

    /// Pays in a task of its own.
    pub fn paying(&self) -> JoinHandle<Result<View, Notice>> {
        let till = self.till.clone();
        tokio::spawn(async move { till.pay().await })
    }
}

/// A process that ends takes its threads along; here one may still be writing: until it has let the journal go nobody else opens it.
async fn is_let_go(journal: &Path) {
    let opened = async {
        while Journal::open(journal, CODE).is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, opened).await.unwrap();
}

pub fn total(view: &View) -> i64 {
    view.basket().unwrap().total.as_ref().unwrap().amount_minor
}

pub fn is_attendant(view: &View) -> bool {
    matches!(view.screen, Screen::Attendant { .. })
}

pub fn is_thanks(view: &View) -> bool {
    view.sale().is_some()
}

pub async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

fn url(listener: &TcpListener) -> url::Url {
    format!("https://{}", listener.local_addr().unwrap()).parse().unwrap()
}

fn serve(
    service: &'static str,
    listener: TcpListener,
    routes: Routes,
    folder: &TempDir,
    shutdown: &Shutdown,
) {
    let args = GrpcArgs {
        grpc_addr: listener.local_addr().unwrap(),
        staff_public_key: folder.path().join("staff.pub"),
        tls: pki::identity(folder.path(), service),
    };
    let shutdown = shutdown.clone();
    tokio::spawn(async move {
        rpc::serve(service, listener, &args, None, Clock::system(), routes, shutdown).await
    });
}
