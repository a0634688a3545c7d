//! A load on a real checkout and a real analytics.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

use barcode::CardNumber;
use platform::{health, pki};
use serde_json::Value;
use sqlx::migrate::Migrator;
use testbed::{Nats, Process, TestDatabase, database, eventually, free_port};

const PATIENCE: Duration = Duration::from_secs(60);

/// A running service and its address.
struct Running {
    url: String,
    db: TestDatabase,
    _process: Process,
}

/// A shop of the two services that a load speaks to.
struct Shop {
    folder: tempfile::TempDir,
    checkout: Running,
    analytics: Running,
    _nats: Nats,
}

impl Shop {
    async fn open() -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let folder = tempfile::tempdir().unwrap();
        pki::create(&folder.path().join("pki"), &[]).unwrap();
        let nats = Nats::start().await.unwrap();
        let checkout = start(folder.path(), &nats, "checkout", &checkout::MIGRATOR).await;
        let analytics = start(folder.path(), &nats, "analytics", &analytics::MIGRATOR).await;
        Self { folder, checkout, analytics, _nats: nats }
    }

    fn pki(&self) -> PathBuf {
        self.folder.path().join("pki")
    }

    /// What `cabas load` answers with these words: exit code, the JSON line if there is one, standard error.
    async fn load(&self, words: &[&str]) -> (i32, Option<Value>, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cabas"));
        command
            .args(["load", "--stores", "2", "--terminals", "2", "--checkout-url", &self.checkout.url])
            .args(["--analytics-url", &self.analytics.url, "--pki"])
            .arg(self.pki())
            .args(words);
        let asked = tokio::task::spawn_blocking(move || command.output().unwrap());
        let Output { status, stdout, stderr } = asked.await.unwrap();
        let lines = String::from_utf8(stdout).unwrap();
        assert!(lines.lines().count() <= 1, "{lines}");
        (status.code().unwrap(), serde_json::from_str(&lines).ok(), String::from_utf8(stderr).unwrap())
    }

    /// The card of a member, known to checkout; in a file.
    async fn card(&self) -> String {
        let card = CardNumber::from_serial(42).unwrap();
        let known = "insert into member_card values ($1, gen_random_uuid(), 'active', now())";
        sqlx::query(known).bind(card.as_str()).execute(&self.checkout.db.pool).await.unwrap();
        let file = self.folder.path().join("cards.txt");
        std::fs::write(&file, card.as_str()).unwrap();
        file.display().to_string()
    }

    /// What the database of checkout says of it.
    async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(&self.checkout.db.pool).await.unwrap()
    }
}

async fn start(folder: &Path, nats: &Nats, service: &str, migrator: &Migrator) -> Running {
    let db = database(service, migrator).await;
    let prefix = service.to_uppercase();
    let tls = pki::identity(&folder.join("pki"), service);
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], free_port().unwrap()));
    let mut command = Command::new(env!("CARGO_BIN_EXE_cabas"));
    command
        .arg(service)
        .env(format!("{prefix}_DATABASE_URL"), &db.url)
        .env(format!("{prefix}_GRPC_ADDR"), address.to_string())
        .env(format!("{prefix}_STAFF_PUBLIC_KEY"), folder.join("pki/staff.pub"))
        .env(format!("{prefix}_NATS_URL"), nats.url())
        .env(format!("{prefix}_NATS_PASSWORD_FILE"), nats.password_file(service))
        .env(format!("{prefix}_TLS_CERT"), &tls.tls_cert)
        .env(format!("{prefix}_TLS_KEY"), &tls.tls_key)
        .env(format!("{prefix}_TLS_CA"), &tls.tls_ca);
    if service == "checkout" {
        command.env("CHECKOUT_FISCAL_KEY_FILE", folder.join("pki/fiscal.key"));
        command.env("CHECKOUT_NATS_MONITOR_URL", nats.monitor_url());
    }
    let process = Process::spawn(&command, folder.join(format!("{service}.log"))).unwrap();
    eventually(PATIENCE, service, || async { health::check(service, address, &tls).await.is_ok() })
        .await
        .unwrap();
    Running { url: format!("https://{address}"), db, _process: process }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_saturday_in_two_stores_ends_with_books_that_agree() {
    let shop = Shop::open().await;
    let cards = shop.card().await;
    let (code, line, told) =
        shop.load(&["--day-in", "4s", "--shoppers", "12", "--seed", "7", "--cards", &cards]).await;
    let line = line.unwrap_or_else(|| panic!("{told}"));
    assert_eq!(code, 0, "{line} {told}");
    let books = &line["books"];
    assert_eq!(books["disagreements"], serde_json::json!([]), "{line}");
    let sales = line["sales"].as_i64().unwrap();
    assert!(sales > 20, "{line}");
    for figure in ["acknowledged", "found", "counted"] {
        assert_eq!(books[figure], sales, "{figure}: {line}");
    }
    // Nobody was lost between the doors and the books, and the database knows no other sale.
    assert_eq!((&line["refused"], &line["turned_away"]), (&serde_json::json!({}), &0.into()), "{line}");
    assert_eq!(shop.count("select count(*) from sale").await, sales);
    assert_eq!(shop.count("select count(distinct terminal_code) from sale").await, 4);
    assert_eq!(shop.count("select count(*) from sale where terminal_code not like 'LOAD-00_-0_'").await, 0);
    let members = line["members"].as_i64().unwrap();
    assert!(0 < members && members < sales, "{line}");
    for figure in ["sales_per_second", "scan_p50_ms", "scan_p99_ms", "complete_p99_ms", "queue_p99_ms"] {
        assert!(line[figure].as_f64().unwrap() > 0.0, "{figure}: {line}");
    }

    let (code, none, told) = shop.load(&["--day-in", "1s"]).await;
    assert_eq!((code, none.is_none()), (1, true), "{told}");
    assert!(told.contains("say --again"), "{told}");
    assert_eq!(shop.count("select count(*) from sale").await, sales, "a refused load sells nothing");

    // More come than the tills can serve: who finds the queue full is counted, and who does not has waited.
    let rush = ["--day-in", "2s", "--shoppers", "5000", "--queue", "2", "--again"];
    let (code, line, told) = shop.load(&rush).await;
    let line = line.unwrap_or_else(|| panic!("{told}"));
    assert_eq!(code, 0, "{line} {told}");
    assert!(line["turned_away"].as_i64().unwrap() > 0, "{line}");
    assert!(line["queue_p50_ms"].as_f64() > line["scan_p50_ms"].as_f64(), "{line}");
    let sales = shop.count("select count(*) from sale").await;

    let (code, line, told) = shop.load(&["--day-in", "1s", "--flat", "--again"]).await;
    let line = line.unwrap_or_else(|| panic!("{told}"));
    assert_eq!((code, &line["members"]), (0, &0.into()), "{line} {told}");
    assert_eq!(line["sales"].as_i64().unwrap(), shop.count("select count(*) from sale").await - sales);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cent_that_is_counted_otherwise_than_it_was_told_is_found_and_ends_with_failure() {
    let shop = Shop::open().await;
    let falsify = "create function falsify() returns trigger language plpgsql as $$
        begin new.total_minor := new.total_minor + 1; return new; end $$;
        create trigger falsify before insert on sale_fact for each row execute function falsify()";
    sqlx::raw_sql(falsify).execute(&shop.analytics.db.pool).await.unwrap();
    let (code, line, told) = shop.load(&["--day-in", "1s", "--shoppers", "2"]).await;
    let line = line.unwrap_or_else(|| panic!("{told}"));
    assert_eq!(code, 1, "{line}");
    let disagreements = line["books"]["disagreements"].as_array().unwrap();
    assert_eq!(disagreements.len(), 1, "{line}");
    assert!(disagreements[0].as_str().unwrap().starts_with("analytics has counted"), "{line}");
    assert!(told.contains("does not add up: analytics has counted"), "{told}");
}
