//! One sale is one trace, from checkout over the bus to the mail; and no trace tells of a person.

use std::collections::BTreeSet;

use e2e::{OpenShop, SOON, collector::Collector, pages};
use testbed::eventually;

const EMAIL: &str = "wobbegong.trace@example.org";
const CANARIES: [&str; 4] = [EMAIL, "Zyxquovnik", "Quibblewort", "Vexanthrope"];

#[tokio::test(flavor = "multi_thread")]
async fn one_sale_is_one_trace_over_every_service_that_it_touches_and_names_nobody() {
    let (collector, address) = Collector::start().await;
    let open = OpenShop::open_with(|plan| {
        plan.environment = vec![
            ("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), format!("http://{address}")),
            ("OTEL_BSP_SCHEDULE_DELAY".to_owned(), "200".to_owned()),
        ];
    })
    .await;
    let mut details = pages::details("Zyxquovnik", "Quibblewort", EMAIL);
    details.iter_mut().find(|(name, _)| *name == "street").unwrap().1 = "7 allée Vexanthrope".to_owned();
    let card = pages::register(&mut open.browser_of("desk").await, &details).await;
    let (article, _) = open.article_ending(60);
    let sold = open.lane(0).buy(Some(&card), &[article]).await;
    let path = open.receipt_of(sold.sale_id, SOON).await.link("/r/").unwrap();
    pages::review(open.shop.addresses.portal, &path, &[(1, 4, "Très bon".to_owned())]).await;
    open.figures().await;

    let wanted = [
        "checkout cabas.checkout.v1.CheckoutService/CompleteSale",
        "checkout sales.completed.LILLE publish",
        "receipt sales.completed.LILLE process",
        "analytics sales.completed.LILLE process",
        "reviews sales.completed.LILLE process",
        "receipt mail send",
        "checkout cabas.checkout.v1.CheckoutService/GetCardSlip",
        "membership cabas.membership.v1.MembershipService/GetContact",
        "receipt receipts.invited.LILLE publish",
        "reviews receipts.invited.LILLE process",
    ];
    let told = eventually(SOON, "the whole trace", async || {
        let sale = collector
            .traces()
            .into_values()
            .find(|trace| trace.iter().any(|seen| seen.title() == wanted[1]))?;
        let titles: BTreeSet<String> = sale.iter().map(e2e::collector::Seen::title).collect();
        wanted.iter().all(|title| titles.contains(*title)).then_some(sale)
    });
    let sale = told.await.unwrap_or_else(|failure| {
        panic!(
            "{failure}; the spans were {:#?}",
            collector
                .spans()
                .iter()
                .map(|seen| (seen.title(), seen.span.trace_id.clone()))
                .collect::<Vec<_>>()
        )
    });
    // Whoever is caused by somebody is a child of a span of the same trace.
    let known: BTreeSet<_> = sale.iter().map(|seen| seen.span.span_id.clone()).collect();
    let roots = sale.iter().filter(|seen| !known.contains(&seen.span.parent_span_id));
    let roots: Vec<_> = roots.map(e2e::collector::Seen::title).collect();
    assert_eq!(roots.len(), 1, "{roots:?}");

    for seen in collector.spans() {
        let text = seen.text.to_lowercase();
        for canary in CANARIES.iter().map(|canary| canary.to_lowercase()) {
            assert!(!text.contains(&canary), "{} tells {canary}: {}", seen.title(), seen.text);
        }
        assert!(!text.contains(&card), "{} tells a card: {}", seen.title(), seen.text);
        assert!(!seen.text.contains(path.trim_start_matches("/r/")), "{} tells a token", seen.title());
    }
}
