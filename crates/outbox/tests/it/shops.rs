//! A centre and its shops, each with a nats-server of its own, and the line between them.

use std::time::Duration;

use async_nats::jetstream::{self, consumer::pull};
use async_nats::{ConnectOptions, Event, HeaderMap};
use futures::StreamExt;
use outbox::{Bus, BusConfig, StreamSpec};
use platform::pki;
use testbed::{Line, Nats, Place, eventually};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

const SOON: Duration = Duration::from_secs(60);

/// A centre with LILLE and LYON, as `cabas pki` and `cabas edge` leave them.
struct Chain {
    centre: Nats,
    lille: Nats,
    lyon: Nats,
    line: Line,
    folder: tempfile::TempDir,
}

async fn bus(nats: &Nats, user: &str) -> Bus {
    let config = BusConfig {
        url: nats.url(),
        user: user.to_owned(),
        password: nats.password(user).to_owned(),
        ca_file: None,
        monitor_url: None,
    };
    Bus::connect(config).await.unwrap()
}

async fn stream_of(nats: &Nats, user: &str) -> jetstream::Context {
    let options = ConnectOptions::with_user_and_password(user.into(), nats.password(user).into());
    let client = options.custom_inbox_prefix(format!("_INBOX_{user}")).connect(nats.url()).await.unwrap();
    jetstream::new(client)
}

async fn open() -> Chain {
    rustls::crypto::ring::default_provider().install_default().ok();
    let folder = tempfile::tempdir().unwrap();
    let secrets = folder.path();
    pki::create(secrets, &[]).unwrap();
    let (line, end) = Line::laid().await.unwrap();
    for store_code in ["LILLE", "LYON"] {
        pki::create_store(secrets, store_code, &line.address().to_string(), &[]).unwrap();
    }
    let centre = Nats::start_at(Place::Centre { secrets: secrets.to_owned() }).await.unwrap();
    end.send_replace(centre.door());
    bus(&centre, "membership").await.ensure_stream(&StreamSpec::members()).await.unwrap();
    bus(&centre, "receipt").await.ensure_stream(&StreamSpec::receipts()).await.unwrap();
    bus(&centre, "shops-admin").await.ensure_copies_for_shops().await.unwrap();
    let stores = ["LILLE".to_owned(), "LYON".to_owned()];
    bus(&centre, "operator").await.ensure_sales_of_shops(&stores).await.unwrap();
    let mut shops = Vec::new();
    for store_code in &stores {
        let place =
            Place::Shop { secrets: secrets.join("stores").join(store_code), store_code: store_code.clone() };
        let nats = Nats::start_at(place).await.unwrap();
        bus(&nats, "checkout").await.ensure_stream(&StreamSpec::sales()).await.unwrap();
        bus(&nats, "operator").await.ensure_copies_of_centre(store_code).await.unwrap();
        shops.push(nats);
    }
    let [lille, lyon] = shops.try_into().unwrap();
    Chain { centre, lille, lyon, line, folder }
}

/// Publishes `sales.completed` events of a store with these ids.
async fn sell(shop: &Nats, store_code: &str, ids: std::ops::Range<u32>) {
    let checkout = stream_of(shop, "checkout").await;
    for id in ids {
        let mut headers = HeaderMap::new();
        headers.insert("Nats-Msg-Id", format!("{store_code}-{id}"));
        let sent = checkout.publish_with_headers(
            format!("sales.completed.{store_code}"),
            headers,
            id.to_string().into(),
        );
        sent.await.unwrap().await.unwrap();
    }
}

/// Every message of a stream: subject and payload, in order, once there are `expected`.
async fn read(nats: &Nats, user: &str, stream: &str, expected: usize) -> Vec<(String, String)> {
    let context = stream_of(nats, user).await;
    let what = format!("{expected} messages are in {stream}");
    eventually(SOON, &what, || async {
        let stream = context.get_stream(stream).await.unwrap();
        stream.cached_info().state.messages >= expected as u64
    })
    .await
    .unwrap();
    let config = pull::Config {
        name: Some(format!("{user}-reads-{expected}-of-{stream}")),
        inactive_threshold: SOON,
        ..pull::Config::default()
    };
    let consumer = context.create_consumer_on_stream(config, stream).await.unwrap();
    let pending = usize::try_from(consumer.cached_info().num_pending).unwrap();
    let messages = consumer.messages().await.unwrap().take(pending);
    let told = messages.map(|message| {
        let message = message.unwrap();
        (message.subject.to_string(), String::from_utf8(message.payload.to_vec()).unwrap())
    });
    told.collect().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_centre_holds_every_event_of_its_shops_once_after_the_line_was_cut_and_a_server_killed() {
    let chain = open().await;
    sell(&chain.lille, "LILLE", 0..20).await;
    sell(&chain.lyon, "LYON", 0..5).await;
    assert_eq!(read(&chain.centre, "operator", "SALES", 25).await.len(), 25);
    chain.line.cut();
    sell(&chain.lille, "LILLE", 20..40).await;
    chain.lille.kill9().await.unwrap();
    chain.lille.restart().await.unwrap();
    sell(&chain.lille, "LILLE", 40..60).await;
    chain.line.mend();
    sell(&chain.lille, "LILLE", 60..80).await;
    let mut told: Vec<u32> = read(&chain.centre, "operator", "SALES", 85)
        .await
        .into_iter()
        .filter(|(subject, _)| subject == "sales.completed.LILLE")
        .map(|(_, id)| id.parse().unwrap())
        .collect();
    told.sort_unstable();
    assert_eq!(told, (0..80).collect::<Vec<_>>());
}

/// What is heard of the line of a server, which is told as cut until it was looked at.
fn line_of(nats: &Nats) -> watch::Receiver<bool> {
    let (cut_off, line) = watch::channel(true);
    tokio::spawn(outbox::follow_line(nats.monitor_url(), cut_off, CancellationToken::new()));
    line
}

async fn says(line: &mut watch::Receiver<bool>, is_cut_off: bool) {
    tokio::time::timeout(SOON, line.wait_for(|said| *said == is_cut_off)).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaf_whose_line_is_cut_says_so_and_a_server_without_remotes_never() {
    let chain = open().await;
    sell(&chain.lille, "LILLE", 0..1).await;
    read(&chain.centre, "operator", "SALES", 1).await;
    let (mut shop, mut centre) = (line_of(&chain.lille), line_of(&chain.centre));
    says(&mut shop, false).await;
    says(&mut centre, false).await;
    chain.line.cut();
    says(&mut shop, true).await;
    chain.line.mend();
    says(&mut shop, false).await;
    assert!(!centre.has_changed().unwrap(), "it has lost its shops, and no line of its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_is_given_the_cards_and_nothing_else_of_the_members() {
    let chain = open().await;
    let membership = stream_of(&chain.centre, "membership").await;
    for (subject, told) in [
        ("members.registered.LILLE", "canary"),
        ("members.card_issued.LILLE", "issued"),
        ("members.card_blocked.LYON", "blocked"),
    ] {
        membership.publish(subject, told.into()).await.unwrap().await.unwrap();
    }
    let mut given = read(&chain.lille, "checkout", "MEMBERS", 2).await;
    given.sort();
    let cards = [("members.card_blocked.LYON", "blocked"), ("members.card_issued.LILLE", "issued")];
    assert_eq!(given, cards.map(|(subject, told)| (subject.to_owned(), told.to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_is_told_what_became_of_its_own_mails_and_of_no_other() {
    let chain = open().await;
    let receipt = stream_of(&chain.centre, "receipt").await;
    for (subject, told) in [
        ("receipts.settled.LYON", "another"),
        ("receipts.invited.LILLE", "canary"),
        ("receipts.settled.LILLE", "sent"),
    ] {
        receipt.publish(subject, told.into()).await.unwrap().await.unwrap();
    }
    let given = read(&chain.lille, "checkout", "RECEIPTS", 1).await;
    assert_eq!(given, [("receipts.settled.LILLE".to_owned(), "sent".to_owned())]);
}

/// What a shop could try with what it was given, at the centre's own port.
#[tokio::test(flavor = "multi_thread")]
async fn a_shop_hears_nothing_of_another_and_nothing_of_the_services() {
    let chain = open().await;
    let password = chain.folder.path().join("stores/LYON/nats/centre.password");
    let password = std::fs::read_to_string(password).unwrap();
    let (refused, mut refusals) = mpsc::unbounded_channel();
    let client = ConnectOptions::with_user_and_password("shop-LYON".into(), password.trim_end().into())
        .event_callback(move |event| {
            if let Event::ServerError(error) = event {
                refused.send(error.to_string().to_lowercase()).ok();
            }
            std::future::ready(())
        })
        .connect(chain.centre.url())
        .await
        .unwrap();
    for subject in [
        "deliver.sales.LILLE.>",
        "deliver.members.LILLE.>",
        "deliver.receipts.LILLE.>",
        "$JS.LILLE.API.>",
        "sales.>",
        "members.>",
        "_R_.>",
        ">",
    ] {
        let _subscription = client.subscribe(subject).await.unwrap();
        let refusal = tokio::time::timeout(SOON, refusals.recv()).await.unwrap().unwrap();
        assert!(refusal.contains("permissions violation for subscription"), "{subject}: {refusal}");
    }
    for subject in [
        "deliver.sales.LILLE.x",
        "sales.completed.LYON",
        "members.card_issued.LYON",
        "$JS.LILLE.API.CONSUMER.CREATE.SALES.x.sales.completed.LILLE",
        "$JS.centre.API.CONSUMER.CREATE.RECEIPTS.x.receipts.settled.LILLE",
        "$JS.centre.API.CONSUMER.CREATE.RECEIPTS.x.receipts.>",
        "$JS.API.STREAM.INFO.MEMBERS",
        "$JS.API.STREAM.DELETE.MEMBERS",
        "JS.CABAS.API.CONSUMER.CREATE.MEMBERS.x.members.card_issued.*",
    ] {
        client.publish(subject, "{}".into()).await.unwrap();
        let refusal = tokio::time::timeout(SOON, refusals.recv()).await.unwrap().unwrap();
        assert!(refusal.contains("permissions violation for publish"), "{subject}: {refusal}");
    }
}
