//! A whole shop as processes of this machine: servers, services, simulators and tills, each on a port of its own.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::Context;
use futures::future::try_join_all;
use platform::{config::TlsArgs, health, pki};
use testbed::{Durability, Nats, Postgres, Process, SmtpSink, eventually, free_port};

use crate::door::Visitor;

mod edge;
mod environment;

pub use edge::{Edge, STORE};
pub use environment::Addresses;

/// How long a part may take to answer after its start.
pub(crate) const READY: Duration = Duration::from_secs(60);
/// How long a part may take to end in good order.
const STOPPED: Duration = Duration::from_secs(20);

/// How the services run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `cabas all`: one process.
    Together,
    /// `cabas checkout`, `cabas membership`, …: a process each.
    Apart,
    /// The same in two places with lines between them: checkout, a portal and the tills in the shop, the others in a centre.
    Edge,
}

/// A till of the shop.
#[derive(Clone, Debug)]
pub struct TillPlan {
    /// Code of the terminal.
    pub code: &'static str,
    /// Arguments for its card-terminal simulator.
    pub simulator: Vec<String>,
    /// Variables of the till that differ from the shop's.
    pub environment: Vec<(String, String)>,
}

/// What kind of shop to start.
#[derive(Clone, Debug)]
pub struct ShopPlan {
    /// Where secrets, mails, ledgers and logs go.
    pub folder: PathBuf,
    /// How the services run.
    pub layout: Layout,
    /// Whether PostgreSQL keeps what it commits through a power cut.
    pub durability: Durability,
    /// Scaled clock of the services, as for `--demo-clock`.
    pub clock: Option<String>,
    /// Variables of every part, beside those of the shop itself.
    pub environment: Vec<(String, String)>,
    /// The tills.
    pub tills: Vec<TillPlan>,
}

/// A till with the card terminal beside it.
#[derive(Debug)]
pub struct Till {
    /// Code of the terminal.
    pub code: &'static str,
    /// Where its kiosk page is.
    pub address: SocketAddr,
    /// Where it writes each acknowledged sale.
    pub ledger: PathBuf,
    /// The till's process.
    pub process: Process,
    /// The simulator's process.
    pub simulator: Process,
    /// What the printer was told to print.
    pub papers: PathBuf,
    /// The printer's process.
    pub printer: Process,
}

/// A running shop. Everything in it ends with this value.
pub struct Shop {
    /// Where secrets, mails, ledgers and logs are.
    pub folder: PathBuf,
    /// The private PostgreSQL; the centre's, if there is one.
    pub postgres: Postgres,
    /// The private nats-server; the centre's, if there is one.
    pub nats: Nats,
    /// What stands in the shop, when the other services are in a centre.
    pub edge: Option<Edge>,
    /// The mailbox of every shopper.
    pub sink: SmtpSink,
    /// Where the parts answer.
    pub addresses: Addresses,
    /// The services: `all`, or one each with the portal; by name.
    pub services: Vec<(String, Process)>,
    /// The tills.
    pub tills: Vec<Till>,
    /// Of the role under which checkout serves, which owns nothing.
    checkout_password: String,
    program: PathBuf,
    clock: Option<String>,
    extra: Vec<(String, String)>,
}

impl Shop {
    /// Starts everything and waits until it answers. The shop is empty: see [`crate::stock`].
    ///
    /// # Errors
    /// When a part does not start; its log says why.
    pub async fn start(plan: ShopPlan) -> anyhow::Result<Self> {
        let folder = plan.folder.clone();
        fs::create_dir_all(folder.join("logs"))?;
        let addresses = Addresses::free()?;
        let (nats, edge) = grounds(&plan, &addresses).await?;
        let (postgres, sink) = tokio::try_join!(
            databases(plan.durability, edge.is_some()),
            SmtpSink::start(folder.join("mails"))
        )?;
        let checkout_password = serving_role(edge.as_ref().map_or(&postgres, |edge| &edge.postgres)).await?;
        let mut shop = Self {
            program: testbed::program("cabas")?,
            addresses,
            services: Vec::new(),
            tills: Vec::new(),
            clock: plan.clock.clone(),
            extra: plan.environment.clone(),
            folder,
            postgres,
            nats,
            edge,
            sink,
            checkout_password,
        };
        let migrated = pki::SERVICES.map(|service| shop.run_migration(service));
        try_join_all(migrated).await?;
        match plan.layout {
            Layout::Together => shop.start_service("all")?,
            Layout::Apart | Layout::Edge => {
                for service in pki::SERVICES.into_iter().chain(["portal"]) {
                    shop.start_service(service)?;
                }
            }
        }
        shop.ready().await?;
        shop.start_edge().await?;
        for till in plan.tills {
            let till = shop.start_till(&till)?;
            shop.tills.push(till);
        }
        Ok(shop)
    }

    /// Opens the tills: a till serves once checkout knows its terminal, and has said that its machine is the till.
    ///
    /// # Errors
    /// When one does not serve.
    pub async fn open(&self) -> anyhow::Result<()> {
        for till in &self.tills {
            let serves = || async {
                let shown = Visitor::of(till.address).get("/api/basket").await?.body;
                let shown: serde_json::Value = serde_json::from_str(&shown)?;
                let waits = matches!(shown["screen"].as_str(), None | Some("starting" | "closed"));
                anyhow::ensure!(!waits, "{shown}");
                Ok(())
            };
            eventually(READY, till.code, || async { serves().await.is_ok() }).await?;
        }
        Ok(())
    }

    /// Waits until every service and the portal answer.
    ///
    /// # Errors
    /// When one does not.
    pub async fn ready(&self) -> anyhow::Result<()> {
        for (service, address) in self.addresses.services() {
            let tls = self.identity(service);
            eventually(READY, service, || async { health::check(service, address, &tls).await.is_ok() })
                .await
                .with_context(|| format!("see {}", self.folder.join("logs").display()))?;
        }
        let portal = self.addresses.portal;
        eventually(READY, "portal", || async { health::check_http(portal).await.is_ok() }).await?;
        Ok(())
    }

    /// A process of the shop by name: `all`, a service or `portal`.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn service(&mut self, name: &str) -> anyhow::Result<&mut Process> {
        let found = self.services.iter_mut().find(|(service, _)| service == name);
        found.map(|(_, process)| process).with_context(|| format!("no process {name}"))
    }

    /// The files of an identity that the shop's authority signed.
    #[must_use]
    pub fn identity(&self, name: &str) -> TlsArgs {
        pki::identity(&self.secrets_of(name), name)
    }

    /// The URL of a service's database, for its owner.
    #[must_use]
    pub fn database(&self, service: &str) -> String {
        self.server_of(service).url(service)
    }

    /// The server on which a service's database is.
    fn server_of(&self, service: &str) -> &Postgres {
        let own = self.edge.as_ref().filter(|_| service == "checkout");
        own.map_or(&self.postgres, |edge| &edge.postgres)
    }

    /// The fingerprint by which whoever verifies the fiscal journal trusts it.
    ///
    /// # Errors
    /// When the secret of the journal cannot be read.
    pub async fn fingerprint(&self) -> anyhow::Result<String> {
        let secret = self.fiscal_key().display().to_string();
        Ok(self.run_to_end(&["fiscal", "fingerprint", &secret]).await?.trim_end().to_owned())
    }

    /// The file with the secret of the fiscal journal.
    fn fiscal_key(&self) -> PathBuf {
        self.secrets_of("checkout").join("fiscal.key")
    }

    /// A command of the program, with the variables of this shop.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).envs(self.environment()).envs(self.extra.iter().cloned());
        if let Some(clock) = &self.clock {
            command.env("CABAS_DEMO_CLOCK", clock);
        }
        command
    }

    /// Runs a command of the program to its end, and gives back what it printed.
    ///
    /// # Errors
    /// When it fails; the error carries what it said.
    pub async fn run_to_end(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = self.command(arguments);
        let shown = arguments.join(" ");
        let output = tokio::task::spawn_blocking(move || command.output()).await??;
        anyhow::ensure!(
            output.status.success(),
            "cabas {shown} failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Ends tills, services and servers in good order.
    ///
    /// # Errors
    /// When one does not end.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        for till in &mut self.tills {
            till.process.terminate(STOPPED).await?;
            till.simulator.terminate(STOPPED).await?;
            till.printer.terminate(STOPPED).await?;
        }
        for (_, service) in &mut self.services {
            service.terminate(STOPPED).await?;
        }
        Ok(())
    }

    async fn run_migration(&self, service: &str) -> anyhow::Result<()> {
        self.run_to_end(&[service, "migrate"]).await.map(drop)
    }

    fn start_service(&mut self, name: &str) -> anyhow::Result<()> {
        let process = Process::spawn(&self.command(&[name]), self.log(name))?;
        self.services.push((name.to_owned(), process));
        Ok(())
    }

    /// The streams between the two places, and the portal of the shop; nothing where there is one place.
    async fn start_edge(&mut self) -> anyhow::Result<()> {
        let Some(edge) = &self.edge else { return Ok(()) };
        let file = |nats: &Nats, user: &str| nats.password_file(user).display().to_string();
        let admin = file(&self.nats, "shops-admin");
        let centre = ["edge", "centre", "--store", STORE, "--shops-admin-password-file", &admin];
        self.run_to_end(&centre).await?;
        let (url, password) = (edge.nats.url(), file(&edge.nats, "operator"));
        let shop = ["edge", "--nats-url", &url, "--nats-password-file", &password, "shop", "--store", STORE];
        self.run_to_end(&shop).await?;
        let mut command = self.command(&["portal"]);
        command.envs(self.portal_of(edge)).env_remove("PORTAL_STORES_FILE");
        let process = Process::spawn(&command, self.log("portal-shop"))?;
        let portal = edge.portal;
        self.services.push(("portal-shop".to_owned(), process));
        eventually(READY, "portal-shop", || async { health::check_http(portal).await.is_ok() }).await
    }

    fn start_till(&self, plan: &TillPlan) -> anyhow::Result<Till> {
        let loopback = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
        let (card, address) = (loopback(free_port()?), loopback(free_port()?));
        let card_text = card.to_string();
        let mut arguments = vec!["card-simulator", "--addr", card_text.as_str()];
        arguments.extend(plan.simulator.iter().map(String::as_str));
        let name = format!("card-{}", plan.code);
        let simulator = Process::spawn(&self.command(&arguments), self.log(&name))?;
        let papers = self.folder.join(format!("papers-{}.txt", plan.code));
        let (printer_at, printer) = self.start_printer(plan.code, &papers)?;
        let ledger = self.folder.join(format!("ledger-{}.jsonl", plan.code));
        let tls = self.identity(&format!("terminal-{}", plan.code));
        let mut command = self.command(&["terminal"]);
        command
            .env("TERMINAL_CODE", plan.code)
            .env("TERMINAL_HTTP_ADDR", address.to_string())
            .env("TERMINAL_CARD_ADDR", &card_text)
            .env("TERMINAL_PRINTER_ADDR", printer_at)
            .env("TERMINAL_JOURNAL", self.folder.join(format!("journal-{}.redb", plan.code)))
            .env("TERMINAL_LEDGER", &ledger)
            .env("TERMINAL_TLS_CERT", tls.tls_cert)
            .env("TERMINAL_TLS_KEY", tls.tls_key)
            .env("TERMINAL_TLS_CA", tls.tls_ca)
            .envs(plan.environment.iter().cloned());
        let process = Process::spawn(&command, self.log(&format!("terminal-{}", plan.code)))?;
        Ok(Till { code: plan.code, address, ledger, process, simulator, papers, printer })
    }

    /// The printer beside a till, and where it is.
    fn start_printer(&self, code: &str, papers: &Path) -> anyhow::Result<(String, Process)> {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?)).to_string();
        let papers = papers.display().to_string();
        let command = self.command(&["printer-sink", "--addr", &address, "--papers", &papers]);
        let printer = Process::spawn(&command, self.log(&format!("printer-{code}")))?;
        Ok((address, printer))
    }

    /// Where a part of this name writes its log.
    #[must_use]
    pub fn log(&self, name: &str) -> PathBuf {
        self.folder.join("logs").join(format!("{name}.log"))
    }
}

/// The secrets, and the nats-server of the services, with what stands in a place of its own.
async fn grounds(plan: &ShopPlan, addresses: &Addresses) -> anyhow::Result<(Nats, Option<Edge>)> {
    let secrets = plan.folder.join("secrets");
    let terminals: Vec<String> = plan.tills.iter().map(|till| till.code.to_owned()).collect();
    if plan.layout != Layout::Edge {
        pki::create(&secrets, &terminals)?;
        return Ok((Nats::start().await?, None));
    }
    pki::create(&secrets, &[])?;
    let (edge, centre) = Edge::start(&secrets, addresses, &terminals, plan.durability).await?;
    Ok((centre, Some(edge)))
}

/// A server with an empty database for every service; not for checkout where it has a server of its own.
async fn databases(durability: Durability, without_checkout: bool) -> anyhow::Result<Postgres> {
    let postgres = Postgres::start(durability).await?;
    for service in pki::SERVICES {
        if service != "checkout" || !without_checkout {
            postgres.create_database(service).await?;
        }
    }
    Ok(postgres)
}

/// Makes the role under which checkout serves, and gives its password: the tables are another's.
async fn serving_role(postgres: &Postgres) -> anyhow::Result<String> {
    let password = format!("{:032x}", rand::random::<u128>());
    postgres.execute(&format!("create role checkout login password '{password}'")).await?;
    Ok(password)
}
