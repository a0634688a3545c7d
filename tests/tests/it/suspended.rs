//! A shopper leaves one till with a code and pays at the other, whatever dies meanwhile.

use e2e::OpenShop;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_basket_left_at_one_till_is_paid_once_at_the_other_although_till_and_checkout_were_killed() {
    let mut open = OpenShop::open().await;
    let ((first, first_price), (second, second_price)) = (open.article_ending(30), open.article_ending(45));
    let mut left = open.lane(0);
    left.scan(&first).await;
    let code = left.taken("suspend", json!({})).await["code"].as_str().unwrap().to_owned();
    // The code is still on the screen when the till dies, and is on it again.
    open.shop.tills[0].process.kill9().await.unwrap();
    open.shop.tills[0].process.restart().await.unwrap();
    open.shop.service("checkout").unwrap().kill9().await.unwrap();
    open.shop.service("checkout").unwrap().restart().await.unwrap();
    open.shop.ready().await.unwrap();
    open.shop.open().await.unwrap();
    let shown = testbed::eventually(e2e::SOON, "the code is shown again", async || {
        let shown = open.lane(0).shown().await;
        (shown["screen"] == "suspended").then_some(shown)
    });
    assert_eq!(shown.await.unwrap()["code"], code.as_str());
    open.lane(0).taken("next", json!({})).await;
    // It serves again when checkout, which was away as well, has said that it is still the till.
    let serves = testbed::eventually(e2e::SOON, "the till serves", async || {
        (open.lane(0).shown().await["screen"] == "idle").then_some(())
    });
    serves.await.unwrap();
    let mut back = open.lane(1);
    assert_eq!(back.refused("resume", json!({"code": "ACDE2345"})).await, "NOTHING_SUSPENDED");
    let basket = back.insist("resume", json!({"code": code})).await;
    assert_eq!(basket["basket"]["total_minor"], first_price);
    back.scan(&second).await;
    assert_eq!(back.pay().await.total_minor, first_price + second_price);
    let report = open.figures().await;
    assert_eq!((report.sales, report.revenue_cents), (1, first_price + second_price));
    for log in open.logs() {
        let text = String::from_utf8_lossy(&std::fs::read(&log).unwrap()).into_owned();
        assert!(!text.contains(&code), "{}", log.display());
    }
}
