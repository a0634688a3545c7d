use outbox::bus::StreamSpec;
use outbox::{Bus, BusConfig, BusError};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::world::{World, within};

/// A server that says it is `version` and answers pings; nothing more is needed to be turned down.
async fn server_of(version: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("nats://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let mut socket = BufReader::new(socket);
            let greeting = format!(
                "INFO {{\"server_id\":\"old\",\"version\":\"{version}\",\"max_payload\":1048576,\"headers\":true}}\r\n"
            );
            socket.get_mut().write_all(greeting.as_bytes()).await.unwrap();
            let mut line = String::new();
            while socket.read_line(&mut line).await.is_ok_and(|bytes| bytes > 0) {
                if line.starts_with("PING") {
                    socket.get_mut().write_all(b"PONG\r\n").await.unwrap();
                }
                line.clear();
            }
        }
    });
    url
}

fn config(url: String) -> BusConfig {
    BusConfig {
        url,
        user: "checkout".to_owned(),
        password: "secret".to_owned(),
        ca_file: None,
        monitor_url: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_loses_acknowledged_messages_is_refused_with_a_sentence() {
    let Err(error) = Bus::connect(config(server_of("2.9.10").await)).await else { panic!("accepted") };
    assert!(matches!(&error, BusError::TooOld { version } if version == "2.9.10"), "{error:?}");
    let sentence =
        "nats-server 2.9.10 is too old: 2.12 or newer is needed, for older ones lose acknowledged messages";
    assert_eq!(error.to_string(), sentence);
    assert!(Bus::connect(config(server_of("2.12.0").await)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_said_at_once() {
    let world = World::start().await;
    let wrong = BusConfig { password: "wrong".to_owned(), ..world.config("checkout") };
    let Err(error) = within(Bus::connect(wrong)).await else { panic!("accepted") };
    assert_eq!(error.to_string(), "NATS refuses the user checkout: check the name and the password");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_down_at_the_start_is_found_later() {
    let world = World::start().await;
    world.nats.kill9().await.unwrap();
    let bus = world.bus("checkout").await;
    assert!(matches!(bus.ready(), Err(BusError::NotConnected)));
    assert!(matches!(bus.ensure_stream(&StreamSpec::sales()).await, Err(BusError::NotConnected)));
    let back = bus.reconnected();
    let (restarted, ()) = tokio::join!(world.nats.restart(), within(back));
    restarted.unwrap();
    bus.flush().await.unwrap();
    bus.ready().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_made_once_and_then_compared() {
    let world = World::start().await;
    let bus = world.bus("checkout").await;
    bus.ensure_stream(&StreamSpec::sales()).await.unwrap();
    bus.ensure_stream(&StreamSpec::sales()).await.unwrap();
    let larger = StreamSpec::sales().with_max_bytes(16 << 30);
    let refused = bus.ensure_stream(&larger).await;
    let Err(BusError::StreamDrift { differences, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(differences, "max_bytes is 8589934592, not 17179869184");

    for spec in [StreamSpec::reviews(), StreamSpec::members(), StreamSpec::receipts()] {
        let owner = match spec.name() {
            "REVIEWS" => "reviews",
            "MEMBERS" => "membership",
            _ => "receipt",
        };
        world.bus(owner).await.ensure_stream(&spec).await.unwrap();
    }
}

#[test]
fn a_password_is_not_shown() {
    let shown = format!("{:?}", config("nats://127.0.0.1:4222".to_owned()));
    assert!(!shown.contains("secret"), "{shown}");
}
