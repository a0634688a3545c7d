//! What is given back goes back: to the card at another till, its holder present; or by the bank, which operators settle by command.

use e2e::{AFTER_A_FAULT, OpenShop, SOON, lane::Sold, pages};
use http::StatusCode;
use proto::checkout::v1::SoldBy;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use testbed::eventually;

/// A member buys something at the first till and asks for the money back this way.
async fn regretted(open: &OpenShop, payout: &str) -> (Sold, i64) {
    let article = (open.product_of(demo::stock::SUPPLIER, SoldBy::Kilogram).gtin.clone(), Some(640));
    let sold = open.lane(0).buy(Some(&open.members[0].card_number), &[article]).await;
    let path = open.receipt_of(sold.sale_id, SOON).await.link("/s/").unwrap();
    pages::complain_by(open.shop.addresses.portal, &path, &[1], payout).await;
    let refunded = eventually(SOON, "the refund", async || open.refunded(sold.sale_id).await).await.unwrap();
    (sold, refunded.1)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_goes_back_to_the_card_at_another_till_once_and_its_slip_is_mailed() {
    let open = OpenShop::open().await;
    let (sold, refunded_minor) = regretted(&open, "desk").await;
    assert_eq!(refunded_minor, sold.total_minor);
    // The other till has taken something, too: no card terminal gives back what it never had.
    let article = (open.product_of(demo::stock::SUPPLIER, SoldBy::Kilogram).gtin.clone(), Some(900));
    open.lane(1).buy(None, &[article]).await;
    let asked = json!({"number": 1, "terminal_code": "LILLE-01", "attendant_code": open.attendant_code(1)});
    let shown = open.lane(1).taken("refund", asked.clone()).await;
    assert_eq!(shown["notice"], "REFUND_GIVEN", "{shown}");
    let again = open.lane(1).refused("refund", asked).await;
    assert_eq!(again, "REFUND_PAID_OUT");
    let is_it = |letter: &demo::mailbox::Letter| letter.paid_back_of().is_some();
    let letter = open.letter(AFTER_A_FAULT, is_it).await;
    assert!(letter.with_slip && letter.text.contains("ont été versés sur la carte"), "{}", letter.text);
    let mut checkout = PgConnection::connect(&open.shop.postgres.url("checkout")).await.unwrap();
    let credits = "select count(*), sum(given_minor)::bigint from refund_credit where state = 'done'";
    let given: (i64, i64) = sqlx::query_as(credits).fetch_one(&mut checkout).await.unwrap();
    assert_eq!(given, (1, refunded_minor));
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_list_the_banks_tasks_and_record_by_command_what_became_of_each() {
    let open = OpenShop::open().await;
    let (sold, refunded_minor) = regretted(&open, "acquirer").await;
    let run = async |words: &[&str]| -> Vec<Value> {
        let told = open.shop.run_to_end(&[&["refunds", "--store", "LILLE"], words].concat()).await.unwrap();
        told.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let open_tasks = run(&["list"]).await;
    let [task] = &open_tasks[..] else { panic!("{open_tasks:?}") };
    assert_eq!((&task["acquirer"], &task["amount_cents"]), (&json!("open"), &json!(refunded_minor)));
    let refund_id = task["refund_id"].as_str().unwrap().to_owned();
    let sent = run(&["sent", &refund_id, "--reference", "R-2026-7"]).await;
    assert_eq!((&sent[0]["acquirer"], &sent[0]["reference"]), (&json!("sent"), &json!("R-2026-7")));
    let refused = run(&["refused", &refund_id]).await;
    assert_eq!((&refused[0]["acquirer"], &refused[0]["by"]), (&json!("refused"), &json!("desk")));
    assert_eq!((run(&["list"]).await.len(), run(&["list", "--desk"]).await.len()), (0, 1));
    let handed = run(&["hand", &refund_id]).await;
    assert_eq!((&handed[0]["acquirer"], &handed[0]["by"]), (&json!("open"), &json!("acquirer")));
    let done = run(&["done", &refund_id]).await;
    assert!(done[0]["acquirer"] == "done" && done[0]["paid_out"].is_string(), "{done:?}");
    assert!(run(&["list"]).await.is_empty() && run(&["list", "--desk"]).await.is_empty());
    assert!(sold.total_minor >= refunded_minor);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_gives_lines_of_a_paper_ticket_back_for_a_reason() {
    let open = OpenShop::open().await;
    let article = (open.product_of(demo::stock::SUPPLIER, SoldBy::Kilogram).gtin.clone(), Some(640));
    // Nobody showed a card, and no mail was asked for.
    let sold = open.lane(0).buy(None, &[article]).await;
    let mut desk = open.browser_of("desk").await;
    let search = format!("/desk/sales?terminal=lille-01&number={}", sold.sequence);
    let page = desk.get(&search).await.unwrap();
    let path = format!("/desk/sales/{}", sold.sale_id);
    assert!(page.body.contains(&path), "{}", page.body);
    let request_id = page.value_of("name=\"request_id\"").unwrap();
    let wish =
        [("request_id", request_id.as_str()), ("line.1", "on"), ("reason", "damaged"), ("payout", "desk")];
    let confirmation = desk.post(&path, &wish).await.unwrap();
    assert_eq!(confirmation.status, StatusCode::OK, "{}", confirmation.body);
    assert!(confirmation.body.contains("Abîmé ou périmé"), "{}", confirmation.body);
    assert_eq!(open.refunded(sold.sale_id).await, None, "before it is confirmed");
    let confirmed = [&wish[..], &[("confirm", "yes")]].concat();
    for _ in 0..2 {
        let done = desk.post(&path, &confirmed).await.unwrap();
        assert_eq!(done.status, StatusCode::OK, "{}", done.body);
        assert!(done.body.contains("Avoir n°\u{a0}1, caisse LILLE-01"), "{}", done.body);
    }
    let (_, refunded_minor) = open.refunded(sold.sale_id).await.unwrap();
    assert_eq!(refunded_minor, sold.total_minor);
    let mut checkout = PgConnection::connect(&open.shop.postgres.url("checkout")).await.unwrap();
    let reasons = "select count(*), min(credit_note ->> 'reason') from refund";
    let kept: (i64, String) = sqlx::query_as(reasons).fetch_one(&mut checkout).await.unwrap();
    assert_eq!(kept, (1, "damaged".to_owned()));
    let asked = json!({"number": 1, "terminal_code": "LILLE-01", "attendant_code": open.attendant_code(0)});
    let shown = open.lane(0).taken("refund", asked).await;
    assert_eq!(shown["notice"], "REFUND_GIVEN", "{shown}");
}
