//! The journeys in a real browser: Chromium of the distribution, driven by `tests/browser`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{fs, path::Path};

use demo::{shop::Layout, stock::SUPPLIER};
use e2e::OpenShop;
use serde_json::json;
use tokio::process::Command;

#[tokio::test(flavor = "multi_thread")]
async fn a_member_is_registered_buys_reviews_and_is_refunded_in_a_browser() {
    let open = OpenShop::open_with(|plan| plan.layout = Layout::Together).await;
    let product = |supplied: bool| {
        let found = open.products.iter().find(|product| {
            product.gtin.starts_with("0952") && (product.supplier_code == SUPPLIER) == supplied
        });
        let found = found.unwrap();
        json!({"code": &found.gtin[1..], "name": found.name})
    };
    let shop = json!({
        "portal": format!("http://{}/", open.shop.addresses.portal),
        "kiosk": format!("http://{}/", open.shop.tills[0].address),
        "mails": open.shop.sink.folder(),
        "staff": open.staff,
        "supplied": product(true),
        "other": product(false),
    });
    let file = open.shop.folder.join("shop.json");
    fs::write(&file, shop.to_string()).unwrap();

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
    let output = Command::new(folder.join("node_modules/.bin/playwright"))
        .arg("test")
        .current_dir(&folder)
        .env("CABAS_SHOP", &file)
        .env("CABAS_BROWSER_OUTPUT", open.shop.folder.join("browser"))
        .kill_on_drop(true)
        .output()
        .await
        .expect("the packages of tests/browser are installed: run `cargo xtask install --browser`");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    let report = open.figures().await;
    // The member's sale, and that of the guest who reads the ticket behind the code.
    assert_eq!((report.sales, report.refunds, report.reviews), (2, 1, 2), "{report:?}");
    assert_eq!((report.receipts_sent, report.receipts_qr), (1, 1), "{report:?}");
}
