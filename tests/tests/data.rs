//! The catalogue of real products: every row is taken or reported, and for the right reason. Real barcodes and their dictionary.
//!
//! The data is not part of the product. `cargo xtask test --data DIR` names its folder and runs these tests.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use platform::config::{BusArgs, DatabaseArgs, GrpcArgs, Secret};
use platform::{Clock, Shutdown, pki};
use proto::checkout::v1 as pb;
use proto::checkout::v1::catalogue_service_client::CatalogueServiceClient;
use testbed::{Nats, TestDatabase};
use tokio::task::JoinHandle;
use uuid::Uuid;

#[path = "data/barcodes.rs"]
mod barcodes;

/// A running checkout, and an operator's client of it.
struct Checkout {
    client: CatalogueServiceClient<platform::peer::Peer>,
    database: TestDatabase,
    shutdown: Shutdown,
    running: JoinHandle<anyhow::Result<()>>,
    _nats: Nats,
    _folder: tempfile::TempDir,
}

/// A row of the file, as a second reader sees it.
struct Row {
    line: i64,
    code: String,
    texts: [String; 4],
    /// What whoever collected the data found of the check digit.
    check_ok: bool,
}

fn folder() -> PathBuf {
    match std::env::var_os("CABAS_TEST_DATA") {
        Some(folder) => folder.into(),
        None => panic!("these tests read real data: run `cargo xtask test --data DIR`"),
    }
}

impl Checkout {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        pki::create(folder.path(), &[]).unwrap();
        let nats = Nats::start().await.unwrap();
        let database = testbed::database("checkout", &checkout::MIGRATOR).await;
        let listener = platform::rpc::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap()).parse().unwrap();
        let config = checkout::Config {
            grpc: GrpcArgs {
                grpc_addr: listener.local_addr().unwrap(),
                staff_public_key: folder.path().join("staff.pub"),
                tls: pki::identity(folder.path(), "checkout"),
            },
            database: DatabaseArgs {
                database_url: Secret::new(database.url.clone()),
                database_password_file: None,
                database_connections: 4,
            },
            bus: BusArgs {
                nats_url: nats.url().parse().unwrap(),
                nats_password_file: nats.password_file("checkout"),
                nats_ca: None,
                nats_monitor_url: None,
            },
            card_contracts: Vec::new(),
            fiscal_key_file: folder.path().join("fiscal.key"),
            fiscal_year_starts: 1,
        };
        let shutdown = Shutdown::new();
        let running = tokio::spawn(checkout::run(config, listener, Clock::system(), shutdown.clone()));
        let operator = pki::identity(folder.path(), "operator");
        let client =
            CatalogueServiceClient::new(platform::peer::connect(&url, "checkout", &operator).unwrap());
        Self { client, database, shutdown, running, _nats: nats, _folder: folder }
    }

    async fn import(&self, file: Vec<u8>) -> pb::ImportCatalogueResponse {
        let request = pb::ImportCatalogueRequest {
            request_id: Uuid::now_v7().to_string(),
            file,
            default_vat_code: "reduced".to_owned(),
        };
        self.client.clone().import_catalogue(request).await.unwrap().into_inner()
    }

    async fn products(&self) -> BTreeMap<String, pb::Product> {
        let (mut all, mut page_token) = (BTreeMap::new(), String::new());
        loop {
            let request = pb::ListProductsRequest { page_size: 1_000, page_token };
            let page = self.client.clone().list_products(request).await.unwrap().into_inner();
            all.extend(page.products.into_iter().map(|product| (product.gtin.clone(), product)));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return all;
            }
        }
    }

    async fn version(&self) -> i64 {
        let pool = &self.database.pool;
        sqlx::query_scalar("select version from catalogue_version").fetch_one(pool).await.unwrap()
    }

    async fn stop(self) {
        self.shutdown.cancel();
        self.running.await.unwrap().unwrap();
    }
}

fn rows(file: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(file).unwrap();
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|column| column == name).unwrap();
    let [code, check_ok] = ["code", "check_ok"].map(column);
    let texts = ["product_name", "brands", "category", "quantity"].map(column);
    reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            let line = record.position().unwrap().line();
            Row {
                line: i64::try_from(line).unwrap(),
                code: record[code].trim().to_owned(),
                texts: texts.map(|column| record[column].trim().to_owned()),
                check_ok: &record[check_ok] == "1",
            }
        })
        .collect()
}

/// Fourteen digits, whatever they are worth.
fn padded(code: &str) -> String {
    format!("{code:0>14}")
}

/// What the rules say of each row, worked out without the product's code: the reason, or the number it is taken under.
fn verdicts(rows: &[Row]) -> Vec<Result<String, &'static str>> {
    let mut taken = BTreeSet::new();
    rows.iter()
        .map(|row| {
            code_verdict(&row.code)?;
            text_verdict(&row.texts)?;
            if taken.insert(padded(&row.code)) { Ok(padded(&row.code)) } else { Err("DUPLICATE_GTIN") }
        })
        .collect()
}

fn code_verdict(code: &str) -> Result<(), &'static str> {
    if ![8, 12, 13, 14].contains(&code.len()) || code.chars().any(|character| !character.is_ascii_digit()) {
        return Err("BAD_CODE");
    }
    let code = padded(code);
    let digits: Vec<u32> = code.chars().map(|character| character.to_digit(10).unwrap()).collect();
    let sum: u32 = digits.iter().enumerate().map(|(index, digit)| digit * [3, 1][index % 2]).sum();
    if !sum.is_multiple_of(10) {
        return Err("BAD_CHECK_DIGIT");
    }
    // What these shops print themselves: member cards, and labels with a measure in their last five digits.
    let is_label = ["026", "027", "022"].iter().any(|prefix| code.starts_with(prefix));
    if code.starts_with("029") || (is_label && &code[8..13] != "00000") { Err("BAD_CODE") } else { Ok(()) }
}

fn text_verdict(texts: &[String; 4]) -> Result<(), &'static str> {
    if texts[0].is_empty() {
        return Err("NO_NAME");
    }
    let entities = ["&amp;", "&quot;", "&lt;", "&gt;", "&nbsp;", "&eacute;", "&agrave;", "&#"];
    let is_bad = |text: &String| {
        entities.iter().any(|entity| text.contains(entity))
            || text
                .chars()
                .any(|character| character.is_control() || "\u{202e}\u{200e}\u{fffd}".contains(character))
    };
    if texts.iter().any(is_bad) { Err("BAD_ROW") } else { Ok(()) }
}

#[tokio::test]
async fn the_real_catalogue_is_taken_row_by_row_or_reported_and_changes_nothing_the_second_time() {
    let file = folder().join("catalogue/off_fr_catalogue_dev.csv");
    let (bytes, rows) = (std::fs::read(&file).unwrap(), rows(&file));
    let checkout = Checkout::start().await;
    let started = Instant::now();
    let report = checkout.import(bytes.clone()).await;
    let took = started.elapsed();

    let expected = verdicts(&rows);
    let rejected: Vec<_> = report.rejected.iter().map(|row| (row.line, row.reason.as_str())).collect();
    let wanted: Vec<_> = rows
        .iter()
        .zip(&expected)
        .filter_map(|(row, verdict)| Some((row.line, verdict.clone().err()?)))
        .collect();
    assert_eq!(rejected, wanted);
    assert_eq!(report.rows, i64::try_from(rows.len()).unwrap());
    assert_eq!(report.rows, report.created + i64::try_from(rejected.len()).unwrap());
    assert_eq!((report.changed, report.unchanged, report.prices), (0, 0, 0));
    let mut reasons = BTreeMap::<&str, usize>::new();
    rejected.iter().for_each(|(_, reason)| *reasons.entry(reason).or_default() += 1);
    println!("{} rows in {took:?}: {} products, {reasons:?}", report.rows, report.created);

    let products = checkout.products().await;
    assert_eq!(products.len(), usize::try_from(report.created).unwrap());
    for (row, gtin) in
        rows.iter().zip(&expected).filter_map(|(row, verdict)| Some((row, verdict.as_ref().ok()?)))
    {
        let product = &products[gtin];
        let kept = [&product.name, &product.brand, &product.category, &product.net_content];
        assert_eq!(kept, row.texts.each_ref(), "line {}", row.line);
        assert!(row.check_ok, "line {}", row.line);
    }

    let version = checkout.version().await;
    let again = checkout.import(bytes).await;
    assert_eq!((again.created, again.changed, again.unchanged), (0, 0, report.created));
    assert_eq!(again.rejected, report.rejected);
    assert_eq!(checkout.version().await, version);
    checkout.stop().await;
}

#[test]
fn the_demo_plays_a_day_of_real_baskets_over_the_real_catalogue_and_it_adds_up() {
    let scratch = tempfile::tempdir().unwrap();
    let played = Command::new(testbed::program("demo").unwrap())
        .args(["--exit", "--sales", "200", "--catalogue"])
        .arg(folder().join("catalogue/off_fr_catalogue_dev.csv"))
        .arg("--baskets")
        .arg(folder().join("transactions/complete_journey_dev.csv.xz"))
        .arg("--folder")
        .arg(scratch.path().join("demo"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&played.stderr);
    assert!(played.status.success(), "{said}");
    // The catalogue has no prices: the demo says that it drew them.
    assert!(said.contains("drawn from the seed"), "{said}");
    let told = String::from_utf8(played.stdout).unwrap();
    let report: serde_json::Value = serde_json::from_str(told.lines().last().unwrap()).unwrap();
    println!("{report}");
    for figure in ["sales", "stream_sales", "analytics_sales"] {
        assert_eq!(report[figure], 200, "{report}");
    }
    assert_eq!(report["revenue_cents"], report["dashboard_revenue_cents"]);
    assert!(report["receipts_sent"].as_i64().unwrap() > 100, "{report}");
}
