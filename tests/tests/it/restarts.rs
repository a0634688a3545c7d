//! The same visit, with a service killed before every step: down while the step is taken if nobody needs it there, started again at
//! once if somebody does.

use demo::door::Visitor;
use e2e::OpenShop;
use serde_json::json;
use testbed::Process;

use crate::story::{Step, Story};

const KILLED: [&str; 7] = ["checkout", "membership", "receipt", "reviews", "analytics", "portal", "terminal"];

#[tokio::test(flavor = "multi_thread")]
async fn whichever_service_is_killed_before_each_step_the_visit_comes_to_the_same() {
    let mut open = OpenShop::open().await;
    let mut story = Story::begin(&open).await;
    story.visit(&open).await;
    let undisturbed = std::mem::take(&mut story.outcome);
    for service in KILLED {
        for step in Step::ALL {
            process(&mut open, service).kill9().await.unwrap();
            let is_needed = step.needs().contains(&service);
            if is_needed {
                start(&mut open, service).await;
            }
            story.act(&open, step).await;
            if !is_needed {
                start(&mut open, service).await;
            }
            story.follow(&open, step).await;
        }
        assert_eq!(story.outcome, undisturbed, "with {service} killed");
    }
    let visits = i64::try_from(KILLED.len() + 1).unwrap();
    let report = open.figures().await;
    assert_eq!((report.sales, report.refunds, report.reviews), (visits, visits, 2 * visits));
    assert_eq!((report.receipts_sent, report.credit_notes_sent), (visits, visits));
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_service_is_killed_while_a_guest_scans_the_guest_pays_what_was_shown() {
    let mut open = OpenShop::open().await;
    let (first, first_price) = open.article_ending(30);
    let (second, second_price) = open.article_ending(45);
    for service in KILLED {
        let mut lane = open.lane(0);
        lane.scan(&first).await;
        process(&mut open, service).kill9().await.unwrap();
        let is_needed = Step::Buy.needs().contains(&service);
        if is_needed {
            start(&mut open, service).await;
        }
        lane.scan(&second).await;
        assert_eq!(lane.pay().await.total_minor, first_price + second_price, "with {service} killed");
        if !is_needed {
            start(&mut open, service).await;
        }
    }
    let guests = i64::try_from(KILLED.len()).unwrap();
    let report = open.figures().await;
    assert_eq!((report.sales, report.receipts_other, report.receipts_sent), (guests, guests, 0));
    assert_eq!(report.revenue_cents, guests * (first_price + second_price));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_basket_survives_a_reload_a_restart_of_checkout_and_a_restart_of_the_till_whole() {
    let mut open = OpenShop::open().await;
    let ((first, first_price), (second, second_price)) = (open.article_ending(30), open.article_ending(45));
    let mut lane = open.lane(0);
    lane.scan(&first).await;
    lane.scan(&second).await;
    let whole = lane.shown().await["basket"].clone();
    assert_eq!((&whole["total_minor"], rows(&open).await), (&json!(first_price + second_price), 2));
    // Whoever opens the page again reads the same.
    assert_eq!((lane.shown().await["basket"].clone(), rows(&open).await), (whole.clone(), 2));
    for service in ["checkout", "terminal"] {
        process(&mut open, service).kill9().await.unwrap();
        start(&mut open, service).await;
        let is_back = testbed::eventually(e2e::SOON, "the basket is back", async || {
            (open.lane(0).shown().await["screen"] == "scanning").then_some(())
        });
        is_back.await.unwrap();
        assert_eq!(open.lane(0).shown().await["basket"], whole, "with {service} started again");
        assert_eq!(rows(&open).await, 2);
    }
    let mut lane = open.lane(0);
    lane.scan(&first).await;
    assert_eq!(lane.pay().await.total_minor, 2 * first_price + second_price);
    let report = open.figures().await;
    assert_eq!((report.sales, report.revenue_cents), (1, 2 * first_price + second_price));
}

/// How many lines the page of the first till has, to who opens it anew.
async fn rows(open: &OpenShop) -> usize {
    let page = Visitor::of(open.shop.tills[0].address).get("/").await.unwrap();
    page.body.matches("<th scope=\"row\">").count()
}

fn process<'a>(open: &'a mut OpenShop, service: &str) -> &'a mut Process {
    match service {
        "terminal" => &mut open.shop.tills[0].process,
        service => open.shop.service(service).unwrap(),
    }
}

async fn start(open: &mut OpenShop, service: &str) {
    process(open, service).restart().await.unwrap();
    open.shop.ready().await.unwrap();
    open.shop.open().await.unwrap();
}
