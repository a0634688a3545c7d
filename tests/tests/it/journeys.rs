//! The journeys that the front page promises.

use e2e::OpenShop;

use crate::story::{Outcome, Story};

#[tokio::test(flavor = "multi_thread")]
async fn a_member_buys_gets_ticket_and_slip_by_mail_rates_what_was_bought_and_gets_money_back() {
    let open = OpenShop::open().await;
    let mut story = Story::begin(&open).await;
    story.visit(&open).await;
    let Outcome { paid_minor, refunded_minor, .. } = story.outcome;
    let expected = Outcome {
        paid_minor,
        receipts: 1,
        with_slip: true,
        told_team: 2,
        told_suppliers: [1, 1],
        credit_notes: 1,
        refunded_minor,
    };
    assert_eq!(story.outcome, expected);
    assert!(0 < refunded_minor && refunded_minor < paid_minor, "{expected:?}");

    let report = open.figures().await;
    assert_eq!((report.sales, report.refunds, report.reviews), (1, 1, 2));
    assert_eq!((report.receipts_sent, report.slips_sent, report.credit_notes_sent), (1, 1, 1));
    assert_eq!(report.revenue_cents, paid_minor - refunded_minor);
    assert_eq!(report.members, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_buys_and_no_mail_is_sent() {
    let open = OpenShop::open().await;
    let (article, price) = open.article_ending(50);
    let sold = open.lane(1).buy(None, &[article]).await;
    assert_eq!((sold.total_minor, sold.sequence), (price, 1));
    let report = open.figures().await;
    assert_eq!((report.sales, report.receipts_other, report.receipts_sent), (1, 1, 0));
    assert_eq!(report.revenue_cents, price);
    assert!(open.letters().is_empty());
}
