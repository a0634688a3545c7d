//! The demo as visitors start it.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use async_nats::ConnectOptions;
use demo::{door::Visitor, reader};
use e2e::{AFTER_A_FAULT, OpenShop, SOON};
use http::StatusCode;
use proto::checkout::v1::SoldBy;
use serde_json::Value;
use sqlx::{Connection, PgConnection};
use testbed::{Process, eventually, program};

/// Figures that are measured: no two days are alike in them.
const MEASURED: [&str; 3] = ["receipt_p50_ms", "receipt_p99_ms", "wall_seconds"];

#[tokio::test(flavor = "multi_thread")]
async fn two_days_of_one_seed_add_up_to_the_same_figures() {
    let folder = tempfile::tempdir().unwrap();
    let places = ["first", "second"].map(|name| folder.path().join(name));
    // At the same time: each is in the other's way, and nothing comes at the same moment in both.
    let (mut first, mut second) = tokio::join!(played(&places[0], "7", &[]), played(&places[1], "7", &[]));
    for place in &places {
        assert!(!place.join("demo.json").exists(), "a description of what no longer runs was left");
    }
    assert_eq!(first["sales"], 40, "{first}");
    assert_eq!(first["stream_sales"], 40, "{first}");
    assert_eq!(first["analytics_sales"], 40, "{first}");
    assert_eq!(first["revenue_cents"], first["dashboard_revenue_cents"]);
    assert_eq!(first["receipts_unknown"], 0, "{first}");
    assert!(first["receipts_sent"].as_i64().unwrap() >= 20, "{first}");
    assert!(first["reviews"].as_i64().unwrap() > 0, "{first}");
    assert!(first["refunds"].as_i64().unwrap() > 0, "{first}");
    assert_eq!(first["credit_notes_sent"], first["refunds"]);
    let number = |figure: &str| first[figure].as_i64().unwrap_or_else(|| panic!("no {figure}: {first}"));
    for ways in [
        ["refunds_card", "refunds_store_credit", "refunds_acquirer", "refunds"],
        ["refunds_card_cents", "refunds_store_credit_cents", "refunds_acquirer_cents", "refunded_cents"],
    ] {
        let [card, store_credit, acquirer, all] = ways.map(number);
        assert!(card > 0 && store_credit > 0 && acquirer > 0, "every way was gone: {first}");
        assert_eq!(card + store_credit + acquirer, all, "{first}");
    }
    assert_eq!(number("refund_slips_sent"), number("refunds_card"), "{first}");
    for figure in MEASURED {
        assert!(first[figure].as_f64().unwrap() > 0.0, "{figure}: {first}");
        (first[figure], second[figure]) = (Value::Null, Value::Null);
    }
    assert_eq!(first, second);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_day_has_every_trouble_of_a_till_and_its_books_agree() {
    let folder = tempfile::tempdir().unwrap();
    let told = played(folder.path(), "11", &[]).await;
    let number = |figure: &str| told[figure].as_i64().unwrap_or_else(|| panic!("no {figure}: {told}"));
    // An age let through and one not, a call, a code that is known to somebody and one that is not, a payment that nobody knew of.
    assert!(number("interventions") >= 6, "{told}");
    for (here, there) in [
        ("interventions", "stream_interventions"),
        ("payments_refused", "card_refused"),
        ("payments_abandoned", "card_abandoned"),
        ("payments_unknown_resolved", "stream_unknown_resolved"),
        ("receipts_qr", "chosen_qr"),
        ("receipts_paper", "chosen_paper"),
        ("receipts_none", "chosen_none"),
        // The payment whose answer was lost is a sale, and only one: the card terminals took what the sales cost.
        ("sold_cents", "card_cents"),
        // What went back to cards, the card terminals gave back, and nothing twice.
        ("refunds_card_cents", "card_given_back_cents"),
    ] {
        assert!(number(here) > 0, "{here}: {told}");
        assert_eq!(number(here), number(there), "{here}: {told}");
    }
    assert_eq!(number("sales"), 40, "{told}");
    let papers = std::fs::read_dir(folder.path().join("demo")).unwrap().map(|file| file.unwrap().path());
    let printed = papers.filter(|file| file.to_string_lossy().contains("/papers-"));
    let text: String = printed.map(|file| std::fs::read_to_string(file).unwrap()).collect();
    assert_eq!(text.matches("ORIGINAL\n").count(), usize::try_from(number("receipts_paper")).unwrap());
    let files = ["LILLE-01", "LILLE-02"].map(|till| format!("demo/card-{till}.jsonl"));
    let payments: String =
        files.iter().map(|file| std::fs::read_to_string(folder.path().join(file)).unwrap()).collect();
    for behaviour in ["approve", "refuse", "abandon", "cut-after"] {
        assert!(payments.contains(&format!("\"behaviour\":\"{behaviour}\"")), "{behaviour}: {payments}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_with_a_line_that_was_cut_adds_up_in_the_shop_and_in_its_centre() {
    let folder = tempfile::tempdir().unwrap();
    let told = played(folder.path(), "5", &["--edge", "--cut-seconds", "15"]).await;
    let number = |figure: &str| told[figure].as_i64().unwrap_or_else(|| panic!("no {figure}: {told}"));
    // A third of the day each, and the sale whose refund is asked for.
    assert_eq!((number("sales"), number("sold_while_cut")), (40, 13), "{told}");
    assert_eq!((number("refunds_waited"), number("refunds_done")), (1, 1), "{told}");
    assert_eq!((number("cards_blocked"), number("cards_refused")), (1, 1), "{told}");
    assert_eq!(number("shop_events"), number("centre_events_once"), "{told}");
    assert_eq!(number("shop_events"), number("centre_events"), "{told}");
    assert!(number("cards_known") > 20, "{told}");
}

/// Plays a day and gives its last line.
async fn played(place: &Path, seed: &str, more: &[&str]) -> Value {
    let mut demo = Command::new(program("demo").unwrap());
    demo.args(["--exit", "--sales", "40", "--seed", seed, "--folder"]);
    demo.arg(place.join("demo")).args(more).stdin(Stdio::null());
    let ended = tokio::task::spawn_blocking(move || demo.output()).await.unwrap().unwrap();
    let (told, said) = (String::from_utf8(ended.stdout).unwrap(), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "{said}");
    serde_json::from_str(told.lines().last().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_was_tampered_with_is_found_by_the_reader_and_ends_the_demo_with_1() {
    let open = OpenShop::open().await;
    let article = (open.product_of(demo::stock::SUPPLIER, SoldBy::Kilogram).gtin.clone(), Some(640));
    open.lane(0).buy(Some(&open.members[0].card_number), &[article]).await;
    assert_eq!(open.figures().await.exit_status(), 0);

    let found = async || {
        let report = reader::read(&open.shop, open.account("manager")).await.unwrap();
        (report.exit_status(), report.disagreements().join("; "))
    };
    let mut analytics = PgConnection::connect(&open.shop.database("analytics")).await.unwrap();
    sqlx::query("update store_hour set sold_minor = sold_minor + 1").execute(&mut analytics).await.unwrap();
    let (status, words) = found().await;
    assert!(status == 1 && words.contains("dashboard_revenue_cents"), "{words}");
    sqlx::query("delete from sale_fact").execute(&mut analytics).await.unwrap();
    let (status, words) = found().await;
    assert!(status == 1 && words.contains("sales is 1, analytics_sales is 0"), "{words}");
    for mail in std::fs::read_dir(open.shop.sink.folder()).unwrap() {
        std::fs::remove_file(mail.unwrap().path()).unwrap();
    }
    let (status, words) = found().await;
    assert!(status == 1 && words.contains("receipts_other is 0, sales is 1"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_leads_to_every_part_while_the_demo_runs_and_is_gone_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("demo.json");
    let mut command = Command::new(program("demo").unwrap());
    command.args(["--sales", "5000", "--folder"]).arg(folder.path().join("demo"));
    let demo = Process::spawn(&command, folder.path().join("demo.log")).unwrap();
    let text = eventually(AFTER_A_FAULT, "the demo describes itself", async || std::fs::read(&file).ok());
    let told: Value = serde_json::from_slice(&text.await.unwrap()).unwrap();
    let word = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{told:#}")).to_owned();

    assert_eq!(told["pid"], demo.pid());
    let pages = told["tills"].as_array().unwrap().iter().map(|till| word(&till["page"]));
    for page in pages.chain([word(&told["portal"])]) {
        let address = page.trim_start_matches("http://").trim_end_matches('/').parse().unwrap();
        assert_eq!(Visitor::of(address).get("/").await.unwrap().status, StatusCode::OK, "{page}");
    }
    for service in ["checkout", "membership", "receipt", "reviews", "analytics"] {
        PgConnection::connect(&word(&told["databases"][service])).await.unwrap().close().await.unwrap();
        assert!(word(&told["grpc"][service]).starts_with("https://127.0.0.1:"));
    }
    let analyst = &told["nats"]["analyst"];
    ConnectOptions::with_user_and_password(word(&analyst["user"]), word(&analyst["password"]))
        .custom_inbox_prefix(word(&analyst["inbox_prefix"]))
        .connect(word(&told["nats"]["url"]))
        .await
        .unwrap();
    for part in ["/tls/ca", "/tls/client_cert", "/tls/client_key", "/mails", "/logs"] {
        assert!(Path::new(&word(told.pointer(part).unwrap())).exists(), "{part}");
    }
    let mut roles: Vec<String> =
        told["staff"].as_array().unwrap().iter().map(|who| word(&who["role"])).collect();
    roles.sort();
    assert_eq!(roles, ["attendant", "desk", "manager", "supplier"]);

    let mut pids = vec![told["postgres_pid"].clone(), told["nats"]["pid"].clone()];
    pids.extend(told["processes"].as_array().unwrap().iter().map(|process| process["pid"].clone()));
    for till in told["tills"].as_array().unwrap() {
        pids.extend([till["pid"].clone(), till["card_terminal_pid"].clone()]);
    }
    let runs = |pid: &Value| Path::new("/proc").join(pid.as_u64().unwrap().to_string()).exists();
    assert!(pids.len() == 7 && pids.iter().all(runs), "{told:#}");
    assert_eq!(
        demo.terminate(SOON).await.unwrap().code(),
        Some(1),
        "a day that was broken off has no figures"
    );
    assert!(!file.exists() && !pids.iter().any(runs), "something was left: {told:#}");
}
