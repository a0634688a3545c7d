//! An analyst reads the copies of sales and reviews, with any client and no code of ours; and can do nothing else.

use async_nats::jetstream::{self, consumer::pull};
use e2e::{OpenShop, SOON, streams};
use futures::StreamExt;
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn an_analyst_reads_a_sale_within_moments_and_can_neither_write_nor_see_members() {
    let open = OpenShop::open().await;
    let (article, price) = open.article_ending(40);
    let analyst = streams::connected(&open.shop, "analyst").await;
    let study = pull::Config {
        name: Some("study".to_owned()),
        filter_subject: "sales.completed.*".to_owned(),
        inactive_threshold: std::time::Duration::from_secs(60),
        ..pull::Config::default()
    };
    let copied = testbed::eventually(SOON, "the copy is there", async || {
        analyst.create_consumer_on_stream(study.clone(), "SALES").await.ok()
    });
    let mut sales = copied.await.unwrap().messages().await.unwrap();

    let sold = open.lane(0).buy(None, std::slice::from_ref(&article)).await;
    let message = tokio::time::timeout(SOON, sales.next()).await.unwrap().unwrap().unwrap();
    let sale: Value = serde_json::from_slice(&message.payload).unwrap();
    assert_eq!(message.subject.as_str(), "sales.completed.LILLE");
    assert_eq!(sale["sale_id"], sold.sale_id.to_string().as_str());
    assert_eq!((&sale["total_minor"], &sale["lines"][0]["gtin"]), (&price.into(), &article.0.into()));
    assert_eq!(message.headers.as_ref().unwrap().get("ce-type").unwrap().as_str(), "sales.completed");

    is_refused_everything_else(&analyst).await;
    // Nothing of all that has happened: the sale is still there, alone.
    assert_eq!(open.figures().await.sales, 1);
    let stored = streams::messages(&open.shop, "SALES").await;
    assert_eq!(stored.iter().filter(|message| message.subject.starts_with("sales.")).count(), 1);
}

async fn is_refused_everything_else(analyst: &jetstream::Context) {
    // What may not be asked is answered by silence, so that each question has a short deadline.
    let mut analyst = analyst.clone();
    analyst.set_timeout(std::time::Duration::from_millis(700));
    let publishing =
        async |subject: &str| analyst.publish(subject.to_owned(), "{}".into()).await.unwrap().await;
    for subject in ["sales.completed.LILLE", "sales.x", "reviews.submitted.LILLE", "members.registered.LILLE"]
    {
        assert!(publishing(subject).await.is_err(), "{subject}");
    }
    let copy = analyst.get_stream("SALES").await.unwrap();
    assert!(copy.purge().await.is_err());
    assert!(copy.delete_message(1).await.is_err());
    assert!(analyst.delete_stream("SALES").await.is_err());
    assert!(analyst.update_stream(copy.cached_info().config.clone()).await.is_err());
    for hidden in ["MEMBERS", "RECEIPTS"] {
        assert!(analyst.get_stream(hidden).await.is_err(), "{hidden}");
        let spying = analyst.create_consumer_on_stream(pull::Config::default(), hidden).await;
        assert!(spying.is_err(), "{hidden}");
    }
    let names: Vec<String> = analyst.stream_names().map(Result::unwrap).collect().await;
    assert_eq!(names.len(), 2, "{names:?}");
}
