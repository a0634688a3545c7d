use std::os::unix::fs::PermissionsExt;

use async_nats::ConnectOptions;
use testbed::{NATS_USERS, Nats};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::connection::Connection;

async fn get(url: &str, path: &str) -> serde_json::Value {
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[tokio::test]
async fn every_user_may_connect_with_its_own_password_only() {
    let nats = Nats::start().await.unwrap();
    for user in NATS_USERS {
        let file = nats.password_file(user);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), nats.password(user));
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let password = nats.password(user).to_owned();
        ConnectOptions::with_user_and_password(user.into(), password).connect(nats.url()).await.unwrap();
    }
    let another = nats.password("receipt").to_owned();
    ConnectOptions::with_user_and_password("checkout".into(), another).connect(nats.url()).await.unwrap_err();
    async_nats::connect(nats.url()).await.unwrap_err();
}

#[tokio::test]
async fn every_write_is_synced_and_the_server_is_new_enough() {
    let nats = Nats::start().await.unwrap();
    let variables = get(&nats.monitor_url(), "/varz").await;
    assert_eq!(variables["jetstream"]["config"]["sync_always"], true, "{variables}");
    let version = variables["version"].as_str().unwrap();
    let minor: u32 = version.split('.').nth(1).unwrap().parse().unwrap();
    assert!(version.starts_with("2.") && minor >= 12, "{version}");
}

#[tokio::test]
async fn an_acknowledged_event_survives_kill_9_and_a_restart_on_the_same_port() {
    let nats = Nats::start().await.unwrap();
    let checkout = Connection::open(&nats, "checkout").await;
    checkout.make_stream("SALES").await;
    checkout.publish("sales.completed.LILLE", "1").await;
    let (url, monitor, pid) = (nats.url(), nats.monitor_url(), nats.pid());

    nats.kill9().await.unwrap();
    assert_eq!(nats.pid(), None);
    nats.restart().await.unwrap();
    assert_eq!((nats.url(), nats.monitor_url()), (url, monitor));
    assert!(nats.pid().is_some() && nats.pid() != pid);

    nats.restart().await.unwrap();
    let checkout = Connection::open(&nats, "checkout").await;
    let stream = checkout.jetstream.get_stream("SALES").await.unwrap();
    assert_eq!(stream.cached_info().state.messages, 1);
}

#[tokio::test]
async fn a_server_that_lost_everything_comes_back_empty() {
    let nats = Nats::start().await.unwrap();
    let checkout = Connection::open(&nats, "checkout").await;
    checkout.make_stream("SALES").await;
    nats.lose_everything().await.unwrap();
    nats.restart().await.unwrap();
    let checkout = Connection::open(&nats, "checkout").await;
    checkout.jetstream.get_stream("SALES").await.unwrap_err();
}

#[tokio::test]
async fn servers_run_side_by_side_and_leave_nothing() {
    let (one, other) = tokio::join!(Nats::start(), Nats::start());
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_ne!(one.url(), other.url());
    assert_ne!(one.password("checkout"), other.password("checkout"));
    let folder = one.folder();
    drop(one);
    assert!(!folder.exists());
    assert!(other.folder().join("nats.log").exists());
}
