use async_nats::jetstream::stream::{Config, DiscardPolicy, External, Source, Stream};
use futures::{FutureExt, StreamExt};
use testbed::Nats;

use crate::connection::{Connection, LARGE, next};

/// A shop with one sale, one review and one member's event, and the analysts' copies.
struct Shop {
    nats: Nats,
    checkout: Connection,
    sales: Stream,
}

async fn open_shop() -> Shop {
    let nats = Nats::start().await.unwrap();
    let checkout = Connection::open(&nats, "checkout").await;
    let sales = checkout.make_stream("SALES").await;
    let reviews = Connection::open(&nats, "reviews").await;
    reviews.make_stream("REVIEWS").await;
    let membership = Connection::open(&nats, "membership").await;
    membership.make_stream("MEMBERS").await;
    checkout.publish("sales.completed.LILLE", r#"{"total":1250}"#).await;
    reviews.publish("reviews.submitted.LILLE", r#"{"rating":5}"#).await;
    membership.publish("members.joined.LILLE", r#"{"member":"canary"}"#).await;
    let admin = Connection::open(&nats, "analysts-admin").await;
    for (stream, filter) in [("SALES", "sales.>"), ("REVIEWS", "reviews.>")] {
        admin.jetstream.create_stream(copy(stream, filter)).await.unwrap();
    }
    Shop { nats, checkout, sales }
}

/// A stream of the analysts' account that is fed from the stream of the same name in the services' account.
fn copy(stream: &str, filter: &str) -> Config {
    Config {
        name: stream.into(),
        sources: Some(vec![Source {
            name: stream.into(),
            filter_subject: Some(filter.into()),
            external: Some(External {
                api_prefix: "JS.CABAS.API".into(),
                delivery_prefix: Some("deliver.analysts".into()),
            }),
            ..Source::default()
        }]),
        max_bytes: LARGE,
        discard: DiscardPolicy::New,
        deny_delete: true,
        deny_purge: true,
        allow_direct: true,
        ..Config::default()
    }
}

#[tokio::test]
async fn an_analyst_reads_sales_and_reviews_through_the_copies() {
    let shop = open_shop().await;
    let analyst = Connection::open(&shop.nats, "analyst").await;
    let sales = analyst.consumer("SALES", "study", "sales.completed.*").await;
    assert_eq!(next(&sales).await, ("sales.completed.LILLE".into(), r#"{"total":1250}"#.into()));
    let reviews = analyst.consumer("REVIEWS", "study", "reviews.>").await;
    assert_eq!(next(&reviews).await.1, r#"{"rating":5}"#);
    shop.checkout.publish("sales.completed.LILLE", "the next one").await;
    assert_eq!(next(&sales).await.1, "the next one");
}

#[tokio::test]
async fn the_copies_go_on_after_the_server_was_killed() {
    let shop = open_shop().await;
    shop.nats.kill9().await.unwrap();
    shop.nats.restart().await.unwrap();
    let checkout = Connection::open(&shop.nats, "checkout").await;
    checkout.publish("sales.completed.LILLE", "after").await;
    let analyst = Connection::open(&shop.nats, "analyst").await;
    let sales = analyst.consumer("SALES", "study", "sales.>").await;
    assert_eq!(next(&sales).await.1, r#"{"total":1250}"#);
    assert_eq!(next(&sales).await.1, "after");
}

#[tokio::test]
async fn a_backlog_larger_than_the_flow_control_window_is_copied_whole() {
    let shop = open_shop().await;
    let large = "x".repeat(200_000);
    for _ in 0..100 {
        shop.checkout.publish("sales.completed.LILLE", &large).await;
    }
    shop.checkout.publish("sales.completed.LILLE", "last").await;
    let analyst = Connection::open(&shop.nats, "analyst").await;
    let sales = analyst.consumer("SALES", "study", "sales.>").await;
    let mut read = 1;
    while next(&sales).await.1 != "last" {
        read += 1;
    }
    assert_eq!(read, 102);
}

#[tokio::test]
async fn an_analyst_changes_nothing_and_sees_nothing_else() {
    let shop = open_shop().await;
    let mut analyst = Connection::open(&shop.nats, "analyst").await;
    for subject in [
        "sales.completed.LILLE",
        "reviews.submitted.LILLE",
        "members.joined.LILLE",
        "$JS.API.STREAM.PURGE.SALES",
        "$JS.API.STREAM.DELETE.SALES",
        "$JS.API.STREAM.UPDATE.SALES",
        "$JS.API.STREAM.CREATE.MINE",
        "$JS.API.STREAM.MSG.DELETE.SALES",
        "$JS.API.STREAM.SNAPSHOT.SALES",
        "$JS.API.STREAM.INFO.MEMBERS",
        "$JS.API.CONSUMER.CREATE.MEMBERS.study",
        "$JS.API.CONSUMER.DELETE.SALES.study",
        "$JS.API.ACCOUNT.PURGE.SERVICES",
        "$JS.FC.SALES.x.y",
        "JS.CABAS.API.CONSUMER.CREATE.SALES.study",
        "JS.CABAS.API.CONSUMER.CREATE.MEMBERS.study",
        "deliver.analysts.x",
        "$SYS.REQ.SERVER.PING",
        "_INBOX_analysts-admin.x",
    ] {
        analyst.is_refused(subject, "{}").await;
    }
    for subject in
        ["sales.>", "members.>", "deliver.analysts.>", "_INBOX.>", "_INBOX_checkout.>", "$JS.>", ">"]
    {
        analyst.may_not_subscribe(subject).await;
    }
    let names: Vec<String> = analyst.jetstream.stream_names().map(Result::unwrap).collect().await;
    assert_eq!(names.len(), 2);
}

#[tokio::test]
async fn members_and_receipts_cannot_even_be_sourced() {
    let shop = open_shop().await;
    let mut admin = Connection::open(&shop.nats, "analysts-admin").await;
    admin.is_refused("$JS.API.STREAM.CREATE.MEMBERS", "{}").await;
    admin.is_refused("JS.CABAS.API.CONSUMER.CREATE.SALES.mine", "{}").await;

    // The administrator bends a permitted copy to another source; nothing answers under that name.
    let bent = Source { name: "MEMBERS".into(), ..copy("SALES", ">").sources.unwrap().remove(0) };
    let sales = admin.jetstream.get_stream("SALES").await.unwrap();
    let mut config = sales.cached_info().config.clone();
    config.sources.as_mut().unwrap().push(Source { filter_subject: None, ..bent });
    let _refused_or_without_effect = admin.jetstream.update_stream(config).await;

    let analyst = Connection::open(&shop.nats, "analyst").await;
    let everything = analyst.consumer("SALES", "study", ">").await;
    assert_eq!(next(&everything).await.0, "sales.completed.LILLE");
    shop.checkout.publish("sales.completed.LILLE", "marker").await;
    assert_eq!(next(&everything).await.1, "marker");
}

#[tokio::test]
async fn a_push_consumer_of_an_analyst_reaches_nobody_in_the_services_account() {
    let shop = open_shop().await;
    let receipt = Connection::open(&shop.nats, "receipt").await;
    let mut mailbox = receipt.client.subscribe("_INBOX_receipt.>").await.unwrap();
    receipt.client.flush().await.unwrap();
    // At worst an event's payload reads like a request to the server, and the analyst has it delivered as one.
    let climbing = serde_json::json!({
        "stream_name": "SALES",
        "config": { "name": "climbed", "durable_name": "climbed", "ack_policy": "explicit" },
    });
    shop.checkout.publish("sales.completed.LILLE", &climbing.to_string()).await;
    let before = shop.sales.get_info().await.unwrap().state.messages;

    let analyst = Connection::open(&shop.nats, "analyst").await;
    let study = analyst.consumer("SALES", "study", "sales.>").await;
    assert_eq!(
        (next(&study).await.1, next(&study).await.1),
        (r#"{"total":1250}"#.into(), climbing.to_string())
    );
    let mut own = analyst.client.subscribe("_INBOX_analyst.pushed").await.unwrap();
    for (name, target) in [
        ("forger", "sales.completed.LILLE"),
        ("spammer", "_INBOX_receipt.x"),
        ("climber", "JS.CABAS.API.CONSUMER.CREATE.SALES.climbed"),
        ("witness", "_INBOX_analyst.pushed"),
    ] {
        let request = serde_json::json!({
            "stream_name": "SALES",
            "config": { "name": name, "deliver_subject": target, "deliver_policy": "all", "ack_policy": "none" },
        });
        let subject = format!("$JS.API.CONSUMER.CREATE.SALES.{name}");
        let answer = analyst.client.request(subject, request.to_string().into()).await.unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&answer.payload).unwrap();
        assert!(answer["error"].is_null(), "{answer}");
    }
    // The witness was made last: when it has its messages, the others have had theirs.
    own.next().await.unwrap();
    own.next().await.unwrap();
    let after = shop.sales.get_info().await.unwrap().state.messages;
    assert_eq!(after, before, "an analyst has written into SALES");
    receipt.client.flush().await.unwrap();
    assert!(mailbox.next().now_or_never().is_none(), "an analyst has written to another's inbox");
    let operator = Connection::open(&shop.nats, "operator").await;
    let sales = operator.jetstream.get_stream("SALES").await.unwrap();
    let consumers: Vec<String> = sales.consumer_names().map(Result::unwrap).collect().await;
    assert!(!consumers.contains(&"climbed".into()), "{consumers:?}");
}

#[tokio::test]
async fn analysts_share_a_bounded_number_of_consumers() {
    let shop = open_shop().await;
    let analyst = Connection::open(&shop.nats, "analyst").await;
    let mut made = 0;
    loop {
        let name = format!("flood{made}");
        let request = serde_json::json!({
            "stream_name": "SALES",
            "config": { "name": name, "durable_name": name, "ack_policy": "explicit" },
        });
        let subject = format!("$JS.API.CONSUMER.CREATE.SALES.{name}");
        let answer = analyst.client.request(subject, request.to_string().into()).await.unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&answer.payload).unwrap();
        if !answer["error"].is_null() {
            break;
        }
        made += 1;
        assert!(made <= 100, "no limit");
    }
    assert_eq!(made, 100);
}
