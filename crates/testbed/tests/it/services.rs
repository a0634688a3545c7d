use async_nats::jetstream::consumer::{AckPolicy, pull};
use futures::{FutureExt, StreamExt};
use testbed::Nats;

use crate::connection::{Connection, next};

#[tokio::test]
async fn a_service_reads_the_events_of_another_through_its_own_durable_consumer() {
    let nats = Nats::start().await.unwrap();
    let checkout = Connection::open(&nats, "checkout").await;
    checkout.make_stream("SALES").await;
    for user in ["membership", "receipt", "reviews", "analytics"] {
        let service = Connection::open(&nats, user).await;
        let filtered = service.consumer("SALES", user, "sales.completed.*").await;
        checkout.publish("sales.completed.LILLE", user).await;
        let mut last = String::new();
        while last != user {
            last = next(&filtered).await.1;
        }
    }
}

#[tokio::test]
async fn a_durable_consumer_may_choose_several_subjects() {
    let nats = Nats::start().await.unwrap();
    let checkout = Connection::open(&nats, "checkout").await;
    checkout.make_stream("SALES").await;
    for subject in ["sales.voided.LILLE", "sales.completed.LILLE", "sales.refunded.LILLE"] {
        checkout.publish(subject, "1").await;
    }
    let receipt = Connection::open(&nats, "receipt").await;
    let stream = receipt.jetstream.get_stream("SALES").await.unwrap();
    let config = pull::Config {
        durable_name: Some("receipt".into()),
        filter_subjects: vec!["sales.completed.*".into(), "sales.refunded.*".into()],
        ack_policy: AckPolicy::Explicit,
        ..pull::Config::default()
    };
    let consumer = stream.create_consumer(config).await.unwrap();
    assert_eq!(next(&consumer).await.0, "sales.completed.LILLE");
    assert_eq!(next(&consumer).await.0, "sales.refunded.LILLE");
    stream.delete_consumer("receipt").await.unwrap();
}

#[tokio::test]
async fn a_service_publishes_its_own_domain_and_no_other() {
    let nats = Nats::start().await.unwrap();
    let domains =
        [("checkout", "SALES"), ("membership", "MEMBERS"), ("receipt", "RECEIPTS"), ("reviews", "REVIEWS")];
    for (user, stream) in domains {
        let service = Connection::open(&nats, user).await;
        service.make_stream(stream).await;
        service.publish(&format!("{}.told.LILLE", stream.to_lowercase()), "1").await;
    }
    for user in ["checkout", "membership", "receipt", "reviews", "analytics", "operator"] {
        let mut service = Connection::open(&nats, user).await;
        for (owner, stream) in domains.into_iter().filter(|(owner, _)| *owner != user) {
            service.is_refused(&format!("{}.forged.LILLE", stream.to_lowercase()), owner).await;
            // At a centre whose shops have checkouts of their own, the operator makes the stream that theirs flow into.
            if (user, stream) != ("operator", "SALES") {
                service.is_refused(&format!("$JS.API.STREAM.CREATE.{stream}"), "{}").await;
            }
        }
    }
}

#[tokio::test]
async fn a_service_cannot_touch_the_messages_or_inbox_of_another() {
    let nats = Nats::start().await.unwrap();
    let checkout = Connection::open(&nats, "checkout").await;
    checkout.make_stream("SALES").await;
    let mut reviews = Connection::open(&nats, "reviews").await;
    reviews.consumer("SALES", "reviews", "sales.>").await;
    for subject in [
        "$JS.API.CONSUMER.MSG.NEXT.SALES.receipt",
        "$JS.API.CONSUMER.CREATE.SALES.receipt",
        "$JS.API.CONSUMER.CREATE.SALES.receipt.sales.completed.LILLE",
        "$JS.API.CONSUMER.DURABLE.CREATE.SALES.receipt",
        "$JS.API.CONSUMER.CREATE.SALES",
        "$JS.API.CONSUMER.DELETE.SALES.receipt",
        "$JS.API.CONSUMER.PAUSE.SALES.receipt",
        "$JS.ACK.SALES.receipt.1.1.1.1.0",
        "$JS.API.STREAM.DELETE.REVIEWS",
        "$JS.API.STREAM.PURGE.REVIEWS",
        "$JS.API.STREAM.UPDATE.REVIEWS",
        "$JS.API.STREAM.RESTORE.REVIEWS",
        "$JS.API.STREAM.MSG.DELETE.REVIEWS",
        "$JS.API.DIRECT.GET.SALES",
        "$SYS.REQ.SERVER.PING",
    ] {
        reviews.is_refused(subject, "{}").await;
    }
    for subject in ["_INBOX_receipt.>", "_INBOX.>", "sales.>", "$JS.>", ">"] {
        reviews.may_not_subscribe(subject).await;
    }
}

#[tokio::test]
async fn a_service_follows_a_stream_with_a_short_lived_consumer_of_any_free_name() {
    let nats = Nats::start().await.unwrap();
    let checkout = Connection::open(&nats, "checkout").await;
    checkout.make_stream("SALES").await;
    checkout.publish("sales.completed.LILLE", "1").await;
    let analytics = Connection::open(&nats, "analytics").await;
    let stream = analytics.jetstream.get_stream("SALES").await.unwrap();
    let config = pull::Config {
        name: Some("analytics-live-1".into()),
        ack_policy: AckPolicy::None,
        filter_subject: "sales.>".into(),
        ..pull::Config::default()
    };
    let consumer = stream.create_consumer(config).await.unwrap();
    let mut messages = consumer.messages().await.unwrap();
    assert_eq!(messages.next().await.unwrap().unwrap().payload.as_ref(), b"1");
    stream.delete_consumer("analytics-live-1").await.unwrap();
}

#[tokio::test]
async fn an_owner_reads_its_own_stream_by_sequence_and_the_operator_every_stream() {
    let nats = Nats::start().await.unwrap();
    let checkout = Connection::open(&nats, "checkout").await;
    let stream = checkout.make_stream("SALES").await;
    checkout.publish("sales.completed.LILLE", "1").await;
    assert_eq!(stream.direct_get(1).await.unwrap().payload.as_ref(), b"1");
    assert_eq!(stream.get_raw_message(1).await.unwrap().payload.as_ref(), b"1");

    let operator = Connection::open(&nats, "operator").await;
    let names: Vec<String> = operator.jetstream.stream_names().map(Result::unwrap).collect().await;
    assert_eq!(names, ["SALES"]);
    let stream = operator.jetstream.get_stream("SALES").await.unwrap();
    let receipt = Connection::open(&nats, "receipt").await;
    receipt.consumer("SALES", "receipt", "sales.>").await;
    assert_eq!(stream.consumer_info("receipt").await.unwrap().num_pending, 1);
    stream.delete_consumer("receipt").await.unwrap();
    assert!(stream.consumer_names().next().now_or_never().flatten().is_none());
}
