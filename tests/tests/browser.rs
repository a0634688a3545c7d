//! The journeys in a real browser: Chromium of the distribution, driven by `tests/browser`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use demo::{
    shop::{Layout, ShopPlan},
    stock::{self, SUPPLIER},
};
use e2e::OpenShop;
use proto::checkout::v1::{Product, SoldBy};
use serde_json::{Value, json};
use tokio::process::Command;

/// What the card terminal does with the first payments of the till, one after the other; after that it makes them, or does what a journey
/// adds.
const SCRIPT: [&str; 3] = ["refuse", "abandon", "cut-after"];
/// Products in each basket whose scans are measured.
const MEASURED: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_member_is_registered_buys_reviews_and_is_refunded_in_a_browser() {
    let open = OpenShop::open_with(|plan| plan.layout = Layout::Together).await;
    play(&open, "journey").await;
    let report = open.figures().await;
    // The member's sale, and that of the guest who reads the ticket behind the code.
    assert_eq!((report.sales, report.refunds, report.reviews), (2, 1, 2), "{report:?}");
    assert_eq!((report.receipts_sent, report.receipts_qr), (1, 1), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_of_a_till_is_accessible_in_a_browser() {
    let open = OpenShop::open_with(|plan| {
        plan.layout = Layout::Together;
        follow_the_script(plan, &SCRIPT);
    })
    .await;
    play(&open, "till").await;
    play(&open, "touch").await;
    let report = open.figures().await;
    // The payment that a person looked up, and that of the guest; the refused and the abandoned one are no sales.
    assert_eq!((report.sales, report.receipts_qr), (2, 1), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_outcome_of_a_card_payment_is_told_and_ends_well_in_a_browser() {
    let open = OpenShop::open_with(|plan| {
        plan.layout = Layout::Together;
        for (name, value) in [("TERMINAL_CARD_TIMEOUT_SECONDS", "4"), ("TERMINAL_CARD_REFERENCES", "true")] {
            plan.environment.push((name.to_owned(), value.to_owned()));
        }
        follow_the_script(plan, &[]);
        for till in &mut plan.tills {
            till.simulator.extend(["--late-ms".to_owned(), "6000".to_owned()]);
        }
    })
    .await;
    play(&open, "outcomes").await;
    let report = open.figures().await;
    assert_eq!((report.payments_unknown_resolved, report.sales, report.refunds), (7, 13, 1), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shopper_and_an_attendant_need_no_pointer_in_a_browser() {
    let open = OpenShop::open_with(|plan| {
        plan.layout = Layout::Together;
        follow_the_script(plan, &SCRIPT);
    })
    .await;
    audit_every_basket(&open).await;
    play(&open, "keyboard").await;
    let report = open.figures().await;
    // A call, an age, a drawn basket and a payment that a person looked up.
    assert_eq!((report.sales, report.payments_unknown_resolved), (1, 1), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_walks_away_is_asked_with_a_countdown_before_the_basket_is_given_up_in_a_browser() {
    let open = OpenShop::open_with(|plan| {
        plan.layout = Layout::Together;
        plan.environment.push(("TERMINAL_IDLE_SECONDS".to_owned(), "12".to_owned()));
    })
    .await;
    play(&open, "idle").await;
    let report = open.figures().await;
    assert_eq!((report.sales, report.interventions), (0, 1), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn how_long_a_scan_takes_to_be_shown_is_measured_in_a_browser() {
    let open = OpenShop::open_with(|plan| plan.layout = Layout::Together).await;
    play(&open, "scan").await;
    let measured: Value = serde_json::from_slice(&fs::read(measures(&open)).unwrap()).unwrap();
    assert!(measured["n"].as_u64().unwrap() >= 200, "{measured}");
    assert!(measured["kiosk_scan_p99_ms"].is_number(), "{measured}");
    println!("{measured}");
}

/// The card terminal of each till does as the script says, and nobody is hurried from a page that is looked at.
fn follow_the_script(plan: &mut ShopPlan, script: &[&str]) {
    plan.environment.push(("TERMINAL_THANKS_SECONDS".to_owned(), "600".to_owned()));
    let file = plan.folder.join("script.txt");
    fs::write(&file, script.iter().map(|word| format!("{word}\n")).collect::<String>()).unwrap();
    for till in &mut plan.tills {
        till.simulator = vec!["--script".to_owned(), file.display().to_string()];
    }
}

/// From now on every basket of the store is drawn.
async fn audit_every_basket(open: &OpenShop) {
    let file = open.shop.folder.join("shop.json");
    let mut shop: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    shop["stores"][0]["audit_rate_basis_points"] = json!(10_000);
    fs::write(&file, shop.to_string()).unwrap();
    open.shop.run_to_end(&["shop", file.to_str().unwrap()]).await.unwrap();
}

/// Where a journey writes what it measured.
fn measures(open: &OpenShop) -> PathBuf {
    open.shop.folder.join("measures.json")
}

/// Plays a journey of `tests/browser` in the shop.
async fn play(open: &OpenShop, journey: &str) {
    let file = open.shop.folder.join("told.json");
    let restricted = stock::restricted(&open.shop).await.unwrap();
    fs::write(&file, told(open, &restricted[0]).to_string()).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
    let output = Command::new(folder.join("node_modules/.bin/playwright"))
        .args(["test", &format!("{journey}.spec.js")])
        .current_dir(&folder)
        .env("CABAS_SHOP", &file)
        .env("CABAS_MEASURES", measures(open))
        .env("CABAS_BROWSER_OUTPUT", open.shop.folder.join("browser"))
        .kill_on_drop(true)
        .output()
        .await
        .expect("the packages of tests/browser are installed: run `cargo xtask install --browser`");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
}

/// What a journey knows of the shop.
fn told(open: &OpenShop, restricted: &Product) -> Value {
    let is_scanned = |product: &&Product| product.gtin.starts_with("0952");
    let product = |supplied: bool| {
        let mut scanned = open.products.iter().filter(is_scanned);
        let found = scanned.find(|product| (product.supplier_code == SUPPLIER) == supplied).unwrap();
        json!({"code": &found.gtin[1..], "name": found.name})
    };
    let weighed = open.products.iter().find(|product| product.sold_by() == SoldBy::Kilogram).unwrap();
    let pieces = open.products.iter().filter(is_scanned).filter(|product| product.sold_by() == SoldBy::Unit);
    let codes: Vec<&str> = pieces.map(|product| &product.gtin[1..]).take(MEASURED).collect();
    json!({
        "portal": format!("http://{}/", open.shop.addresses.portal),
        "kiosk": format!("http://{}/", open.shop.tills[0].address),
        "mails": open.shop.sink.folder(),
        "script": open.shop.folder.join("script.txt"),
        "attendantCode": open.attendant_code(0),
        "staff": open.staff,
        "supplied": product(true),
        "other": product(false),
        "weighed": {"name": weighed.name},
        "restricted": {"code": &restricted.gtin[1..], "name": restricted.name},
        "codes": codes,
    })
}
