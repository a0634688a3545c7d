//! Training, from the office's command to the figures that know nothing of it.

use async_nats::jetstream::consumer::pull;
use e2e::{OpenShop, SOON, streams};
use proto::checkout::v1::{SetTillModeRequest, training_service_client::TrainingServiceClient};
use serde_json::json;
use uuid::Uuid;

async fn set_mode(open: &OpenShop, code: &str, training: bool) {
    let url = format!("https://{}", open.shop.addresses.checkout).parse().unwrap();
    let peer = platform::peer::connect(&url, "checkout", &open.shop.identity("operator")).unwrap();
    let request = SetTillModeRequest {
        request_id: Uuid::now_v7().to_string(),
        terminal_code: code.to_owned(),
        training,
    };
    TrainingServiceClient::new(peer).set_till_mode(request).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_practised_reaches_neither_figures_nor_streams_nor_mailboxes_and_tickets_miss_no_number() {
    let open = OpenShop::open().await;
    let (article, price) = open.article_ending(40);
    let sold = open.lane(0).buy(None, std::slice::from_ref(&article)).await;
    set_mode(&open, "LILLE-01", true).await;
    let mut lane = open.lane(0);
    lane.scan(&article).await;
    lane.taken("receipt", json!({"choice": "typed_email", "email": "une.stagiaire@example.org"})).await;
    // Nobody says what the card terminal answers: after a while the card is accepted.
    let practised = lane.insist("pay", json!({})).await;
    assert_eq!((&practised["training"], &practised["sequence"]), (&json!(true), &json!(1)));
    lane.scan(&article).await;
    lane.taken("receipt", json!({"choice": "qr"})).await;
    let practised = lane.insist("pay", json!({})).await;
    assert_eq!(practised["sequence"], json!(2));

    // Its code opens a page that says what it is.
    let portal = format!("http://{}", open.shop.addresses.portal);
    let path = practised["receipt_url"].as_str().unwrap().strip_prefix(&portal).unwrap().to_owned();
    let page = demo::door::Visitor::of(open.shop.addresses.portal).press(&path).await.unwrap();
    assert_eq!(page.body.matches("ticket factice").count(), 2, "{}", page.body);

    set_mode(&open, "LILLE-01", false).await;
    let last = lane.buy(None, std::slice::from_ref(&article)).await;
    let report = open.figures().await;
    assert_eq!((report.sales, open.ledgers().len()), (2, 2));
    assert!(open.shop.sink.mails().iter().all(|mail| !mail.to.contains(&"une.stagiaire@example.org".into())));
    let stored = streams::messages(&open.shop, "SALES").await;
    let told: Vec<_> = stored.iter().filter(|message| message.subject.starts_with("sales.")).collect();
    assert_eq!(told.len(), 2);
    let ids = [sold.sale_id, last.sale_id].map(|id| id.to_string());
    for message in told {
        let sale: serde_json::Value = serde_json::from_slice(&message.payload).unwrap();
        assert!(ids.iter().any(|id| sale["sale_id"] == id.as_str()), "{sale}");
        assert_eq!(sale["total_minor"], json!(price));
    }
    // What analysts read is a copy of that stream, and no more.
    let analyst = streams::connected(&open.shop, "analyst").await;
    let study = pull::Config {
        name: Some("study".to_owned()),
        filter_subject: "sales.completed.*".to_owned(),
        inactive_threshold: SOON,
        ..pull::Config::default()
    };
    let copied = testbed::eventually(SOON, "the copy is whole", async || {
        let study = analyst.create_consumer_on_stream(study.clone(), "SALES").await.ok()?;
        (study.cached_info().num_pending == 2).then_some(())
    });
    copied.await.unwrap();
}
