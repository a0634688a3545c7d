//! What a card payment terminal may answer, through the till: no shopper pays twice, and no payment is lost.

use std::fs;

use e2e::{OpenShop, lane::Lane};
use serde_json::{Value, json};

/// What is paid first of a basket that is paid in two parts.
const PART: i64 = 100;

/// A shop whose card terminals decide by the last two digits of an amount, and write down what they take.
async fn open() -> OpenShop {
    OpenShop::open_with(|plan| {
        for till in &mut plan.tills {
            let charges = plan.folder.join(format!("charges-{}.jsonl", till.code));
            till.simulator =
                ["--magic-amounts", "--charges", charges.to_str().unwrap()].map(Into::into).to_vec();
            till.environment = vec![("TERMINAL_CARD_TIMEOUT_SECONDS".to_owned(), "2".to_owned())];
        }
    })
    .await
}

/// The amounts that the first till's card terminal has taken.
fn charges(open: &OpenShop) -> Vec<i64> {
    let text = fs::read_to_string(open.shop.folder.join("charges-LILLE-01.jsonl")).unwrap_or_default();
    let charge = |line| serde_json::from_str::<Value>(line).unwrap()["amount_minor"].as_i64().unwrap();
    text.lines().map(charge).collect()
}

/// Somebody stands at the first till with something that costs an amount of this ending.
async fn scanned(open: &OpenShop, ending: i64) -> (Lane, i64) {
    let (article, price) = open.article_ending(ending);
    let mut lane = open.lane(0);
    let shown = lane.scan(&article).await;
    assert_eq!(shown["basket"]["total_minor"], price);
    (lane, price)
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_card_terminal_answers_nothing_is_charged_twice_and_nothing_is_lost() {
    let mut open = open().await;
    let mut paid = Vec::new();
    for (ending, reason) in [(13, "PAYMENT_REFUSED"), (14, "PAYMENT_ABANDONED"), (15, "PAYMENT_TIMED_OUT")] {
        paid.push(nothing_is_taken_and_the_basket_is_open_again(&open, ending, reason).await);
        assert_eq!(charges(&open), paid, "{reason}");
    }
    paid.push(an_answer_in_pieces_is_an_answer(&open).await);
    assert_eq!(charges(&open), paid);
    paid.push(a_payment_that_was_cut_off_is_settled_by_a_person(&mut open).await);
    assert_eq!(charges(&open), paid);
    let before = charges(&open);
    let whole = less_than_the_amount_is_held_and_the_rest_is_paid(&open).await;
    let half = whole / 2;
    paid.push(whole);
    what_is_held_goes_back_when_the_rest_is_refused(&open).await;
    a_silent_terminal_is_not_asked_again(&open).await;
    assert_eq!(charges(&open), [&before[..], &[half, whole - half, PART, -PART]].concat());
    assert_eq!(charges(&open).iter().sum::<i64>(), paid.iter().sum::<i64>());

    let report = open.figures().await;
    assert_eq!(report.sales, i64::try_from(paid.len()).unwrap());
    assert_eq!(report.revenue_cents, paid.iter().sum::<i64>());
    assert_eq!(open.ledgers().iter().map(|line| line.total_minor).collect::<Vec<_>>(), paid);
}

async fn nothing_is_taken_and_the_basket_is_open_again(open: &OpenShop, ending: i64, reason: &str) -> i64 {
    let (mut lane, price) = scanned(open, ending).await;
    assert_eq!(lane.refused("pay", json!({})).await, reason);
    assert_eq!(lane.refused("pay", json!({})).await, reason);
    let shown = lane.shown().await;
    assert_eq!((&shown["screen"], &shown["basket"]["total_minor"]), (&json!("scanning"), &json!(price)));
    // With something more in the basket the amount is another, and the card is taken.
    let (more, more_price) = open.article_ending(50);
    lane.scan(&more).await;
    let sold = lane.pay().await;
    assert_eq!(sold.total_minor, price + more_price);
    sold.total_minor
}

async fn an_answer_in_pieces_is_an_answer(open: &OpenShop) -> i64 {
    let (mut lane, price) = scanned(open, 17).await;
    assert_eq!(lane.pay().await.total_minor, price);
    price
}

/// Approved, and the line breaks: the till does not know, not even after it was killed, and asks nobody for money again.
async fn a_payment_that_was_cut_off_is_settled_by_a_person(open: &mut OpenShop) -> i64 {
    let (mut lane, price) = scanned(open, 16).await;
    assert_eq!(lane.refused("pay", json!({})).await, "PAYMENT_UNKNOWN");
    assert_eq!(lane.refused("pay", json!({})).await, "NEEDS_ATTENDANT");
    open.shop.tills[0].process.restart().await.unwrap();
    open.shop.open().await.unwrap();
    let shown = testbed::eventually(e2e::SOON, "the till calls an attendant", async || {
        lane.shown().await["screen"] == "attendant"
    });
    shown.await.unwrap();
    let stranger = json!({"attendant_code": "0", "settlement": "paid", "pan_last4": "1234"});
    assert_eq!(lane.refused("settle", stranger).await, "WRONG_ATTENDANT_CODE");
    let code = open.attendant_code(0);
    let settled =
        lane.taken("settle", json!({"attendant_code": code, "settlement": "paid", "pan_last4": "1234"}));
    assert_eq!(settled.await["sale"]["total_minor"], price);
    price
}

/// The card terminal takes half: that is held, and the rest is paid next.
async fn less_than_the_amount_is_held_and_the_rest_is_paid(open: &OpenShop) -> i64 {
    let (mut lane, price) = scanned(open, 19).await;
    let shown = lane.taken("pay", json!({})).await;
    assert_eq!((&shown["screen"], &shown["held"]["paid_minor"]), (&json!("held"), &json!(price / 2)));
    assert_eq!(lane.refused("cancel", json!({})).await, "PART_PAID");
    assert_eq!(lane.pay().await.total_minor, price);
    price
}

/// A part is paid, and the card of the rest is refused: the shopper gets the part back, and the basket is open.
async fn what_is_held_goes_back_when_the_rest_is_refused(open: &OpenShop) {
    let (mut lane, price) = scanned(open, 13).await;
    let shown = lane.taken("pay", json!({"means": "card_part", "amount_minor": PART})).await;
    assert_eq!(shown["held"]["due_minor"], price - PART);
    assert_eq!(lane.refused("pay", json!({})).await, "PAYMENT_REFUSED");
    assert_eq!(lane.shown().await["held"]["paid_minor"], PART);
    let shown = lane.taken("give-back", json!({})).await;
    assert_eq!((&shown["screen"], &shown["basket"]["total_minor"]), (&json!("scanning"), &json!(price)));
    assert_eq!(shown["returned"][0]["way"], "card");
    lane.taken("cancel", json!({})).await;
}

async fn a_silent_terminal_is_not_asked_again(open: &OpenShop) {
    let (mut lane, _) = scanned(open, 18).await;
    assert_eq!(lane.refused("pay", json!({})).await, "PAYMENT_UNKNOWN");
    let code = open.attendant_code(0);
    lane.taken("settle", json!({"attendant_code": code, "settlement": "not_paid"})).await;
    lane.taken("cancel", json!({})).await;
}
