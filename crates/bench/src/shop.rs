//! A checkout under measurement: a process of its own, on a database of its own, with a shop that has what tills need.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, ensure};
use barcode::CardNumber;
use platform::{config::TlsArgs, health, peer, peer::Peer, pki};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};
use terminal::{
    client::{Client, Patience},
    load::Shopping,
};
use testbed::{Nats, Postgres, Process, eventually, free_port};

/// How long a part may take to answer.
const READY: Duration = Duration::from_secs(60);
/// Articles on the shelves.
const ARTICLES: usize = 200;
/// Articles a basket.
pub const SCANS: usize = 8;
/// The member of every sale.
const MEMBER: &str = "01890000-0000-7000-8000-000000000001";

/// What checkouts stand on.
pub struct Ground {
    /// Secrets and logs.
    pub folder: PathBuf,
    /// The server of every database.
    pub postgres: Postgres,
    program: PathBuf,
    tills: Vec<String>,
}

/// A running checkout.
pub struct Checkout {
    /// The process.
    pub process: Process,
    /// URL of its database.
    pub database: String,
    /// Its message bus.
    pub nats: Nats,
    address: SocketAddr,
    secrets: PathBuf,
    /// For looks at the outbox that cost the server as little as may be.
    looks: PgPool,
}

impl Ground {
    /// Certificates for the tills, and a PostgreSQL that keeps what it commits through a power cut.
    ///
    /// # Errors
    /// When a program is missing or does not start.
    pub async fn prepare(folder: &Path, tills: usize) -> anyhow::Result<Self> {
        let tills: Vec<String> = (1..=tills).map(|number| format!("BENCH-{number:02}")).collect();
        pki::create(&folder.join("secrets"), &tills)?;
        Ok(Self {
            folder: folder.to_owned(),
            postgres: Postgres::start(testbed::Durability::Real).await?,
            program: testbed::program("cabas")?,
            tills,
        })
    }

    /// The tills, by their codes.
    #[must_use]
    pub fn tills(&self) -> &[String] {
        &self.tills
    }

    /// Makes a database of this name and starts a checkout on it, with a shop in it.
    ///
    /// # Errors
    /// When it does not start; its log says why.
    pub async fn open(&self, name: &str, connections: u32) -> anyhow::Result<Checkout> {
        let database = self.postgres.create_database(name).await?;
        let nats = Nats::start().await?;
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let secrets = self.folder.join("secrets");
        let mut command = Command::new(&self.program);
        command
            .arg("checkout")
            .env("CHECKOUT_DATABASE_URL", &database)
            .env("CHECKOUT_DATABASE_CONNECTIONS", connections.to_string())
            .env("CHECKOUT_GRPC_ADDR", address.to_string())
            .env("CHECKOUT_STAFF_PUBLIC_KEY", secrets.join("staff.pub"))
            .env("CHECKOUT_FISCAL_KEY_FILE", secrets.join("fiscal.key"))
            .env("CHECKOUT_NATS_URL", nats.url())
            .env("CHECKOUT_NATS_MONITOR_URL", nats.monitor_url())
            .env("CHECKOUT_NATS_PASSWORD_FILE", nats.password_file("checkout"));
        identify(&mut command, "CHECKOUT", &pki::identity(&secrets, "checkout"));
        let mut migrate = Command::new(&self.program);
        migrate.args(["checkout", "migrate"]).env("CHECKOUT_DATABASE_URL", &database);
        finish(migrate).await?;
        let process = Process::spawn(&command, self.folder.join(format!("{name}.log")))?;
        let looks = PgPool::connect_lazy(&database)?;
        let checkout = Checkout { process, database, nats, address, secrets, looks };
        let tls = checkout.identity("checkout");
        eventually(READY, "checkout", || async { health::check("checkout", address, &tls).await.is_ok() })
            .await
            .with_context(|| format!("see {}", checkout.process.log().display()))?;
        self.furnish(&checkout).await?;
        Ok(checkout)
    }

    /// Store, tills, articles, a promotion and a member's card.
    async fn furnish(&self, checkout: &Checkout) -> anyhow::Result<()> {
        let (shop, catalogue) = (self.folder.join("shop.json"), self.folder.join("catalogue.csv"));
        std::fs::write(&shop, shop_file(&self.tills).to_string())?;
        std::fs::write(&catalogue, catalogue_file())?;
        for arguments in [&["shop"][..], &["catalogue", "import"]] {
            let file = if arguments[0] == "shop" { &shop } else { &catalogue };
            let mut command = Command::new(&self.program);
            command
                .args(arguments)
                .arg(file)
                .env("OPERATOR_CHECKOUT_URL", format!("https://{}", checkout.address))
                .env("OPERATOR_MEMBERSHIP_URL", "https://127.0.0.1:1");
            identify(&mut command, "OPERATOR", &checkout.identity("operator"));
            finish(command).await?;
        }
        let mut connection = checkout.connect().await?;
        sqlx::query("insert into member_card values ($1, $2::uuid, 'active', now())")
            .bind(card()?.as_str())
            .bind(MEMBER)
            .execute(&mut connection)
            .await?;
        // The copy of the catalogue in memory follows within a second.
        let client = checkout.client(&self.tills[0])?;
        let shopping = shopping()?;
        eventually(READY, "the catalogue", || async {
            let codes = shopping.codes.iter().take(1).map(String::as_str);
            terminal::load::fill(&client, shopping.card.as_ref(), codes, &mut Default::default())
                .await
                .is_ok()
        })
        .await
    }
}

impl Checkout {
    /// The client of a till, on a connection of its own.
    ///
    /// # Errors
    /// When the till has no certificate.
    pub fn client(&self, till: &str) -> anyhow::Result<Client> {
        Ok(Client::new(self.peer(till)?, Patience::default()))
    }

    /// A channel under a till's certificate.
    ///
    /// # Errors
    /// When the till has no certificate.
    pub fn peer(&self, till: &str) -> anyhow::Result<Peer> {
        let url = format!("https://{}", self.address).parse()?;
        peer::connect(&url, "checkout", &self.identity(&format!("terminal-{till}")))
    }

    /// A connection to its database.
    ///
    /// # Errors
    /// When the server is away.
    pub async fn connect(&self) -> anyhow::Result<PgConnection> {
        Ok(PgConnection::connect(&self.database).await?)
    }

    /// Events that are not published yet.
    ///
    /// # Errors
    /// When the server is away.
    pub async fn outbox_depth(&self) -> anyhow::Result<i64> {
        let waiting = sqlx::query_scalar("select count(*) from outbox where published_time is null");
        Ok(waiting.fetch_one(&self.looks).await?)
    }

    fn identity(&self, name: &str) -> TlsArgs {
        pki::identity(&self.secrets, name)
    }
}

/// Runs one statement of ours.
///
/// # Errors
/// When it fails.
pub async fn execute(connection: &mut PgConnection, statement: &str) -> anyhow::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await?;
    Ok(())
}

/// What is bought in every sale.
///
/// # Errors
/// Never, as long as a card has its form.
pub fn shopping() -> anyhow::Result<Shopping> {
    Ok(Shopping { card: Some(card()?), codes: (0..ARTICLES).map(article).collect(), scans: SCANS })
}

fn card() -> anyhow::Result<CardNumber> {
    CardNumber::from_serial(42).context("no card has this number")
}

fn article(number: usize) -> String {
    let digits = format!("301234{number:06}");
    let check = barcode::check_digit(&digits).unwrap_or_default();
    format!("{digits}{check}")
}

fn catalogue_file() -> String {
    let mut file = "code,product_name,brands,category,quantity,sold_by,vat_code,supplier,supplier_name,price,price_from\n".to_owned();
    for number in 0..ARTICLES {
        let (category, vat) = if number % 4 == 0 { ("Conserves", "normal") } else { ("Légumes", "reduced") };
        let cents = 100 + number * 7 % 400;
        file += &format!(
            "{},Article de mesure numéro {number},La Mesure,{category},1 pièce,unit,{vat},MESURE,La Mesure SARL,{}.{:02},2020-01-01\n",
            article(number),
            cents / 100,
            cents % 100
        );
    }
    file
}

fn shop_file(tills: &[String]) -> serde_json::Value {
    let terminals: Vec<_> =
        tills.iter().map(|code| serde_json::json!({"code": code, "kind": "self"})).collect();
    serde_json::json!({
        "stores": [{
            "code": "BENCH", "name": "La Ferme d'Exemple", "address": ["1 rue de l'Exemple", "59000 Lille"],
            "siret": "00000000000000", "vat_number": "FR12000000000", "time_zone": "Europe/Paris",
            "currency": "EUR", "terminals": terminals,
        }],
        "promotions": [{
            "code": "CONSERVES-10", "label": "10 % sur les conserves", "category": "Conserves",
            "percent_basis_points": 1000, "start": "2020-01-01T00:00:00Z", "end": "2040-01-01T00:00:00Z",
        }],
    })
}

fn identify(command: &mut Command, prefix: &str, tls: &TlsArgs) {
    command
        .env(format!("{prefix}_TLS_CERT"), &tls.tls_cert)
        .env(format!("{prefix}_TLS_KEY"), &tls.tls_key)
        .env(format!("{prefix}_TLS_CA"), &tls.tls_ca);
}

/// Runs a command of the program to its end.
async fn finish(mut command: Command) -> anyhow::Result<()> {
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "a command of cabas failed: {}", complaint.trim());
    Ok(())
}
