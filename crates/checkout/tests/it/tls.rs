//! The way to NATS is encrypted, and it is NATS at its end.

use std::{path::Path, time::Duration};

use platform::pki;
use testbed::{Certificate, Nats, eventually};

use crate::{
    service::{Service, TILLS},
    shop::{JAM, PASTA, Shop},
};

const PATIENCE: Duration = Duration::from_secs(30);

/// A certificate for nats-server by the authority of this folder, which is made if need be.
fn certificate(folder: &Path) -> Certificate {
    pki::create(folder, &TILLS.map(str::to_owned)).unwrap();
    Certificate { chain: folder.join("nats.pem"), key: folder.join("nats.key") }
}

async fn unsent(shop: &Shop) -> i64 {
    shop.count("select count(*) from outbox where published_time is null").await
}

/// What nats-server has written down.
fn log(nats: &Nats) -> String {
    std::fs::read_to_string(nats.folder().join("nats.log")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_sells_and_publishes_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let nats = Nats::start_with_tls(certificate(folder.path())).await.unwrap();
    assert!(nats.url().starts_with("tls://"));
    let shop = Shop::open_on(Service::start_with(nats, folder).await).await;
    shop.till("LILLE-01").sell(&[PASTA]).await;
    eventually(PATIENCE, "the sale is published", async || unsent(&shop).await == 0).await.unwrap();
    // The server takes nobody without TLS.
    let password = shop.service.nats.password("operator").to_owned();
    let plain = async_nats::ConnectOptions::with_user_and_password("operator".to_owned(), password);
    let url = shop.service.nats.url().replace("tls://", "nats://");
    plain.connect(url).await.unwrap_err();
    shop.service.replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nats_of_another_authority_is_told_nothing_until_it_is_the_right_one() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let right = certificate(folder.path());
    let nats = Nats::start_with_tls(certificate(elsewhere.path())).await.unwrap();
    let shop = Shop::open_on(Service::start_with(nats.clone(), folder).await).await;
    shop.till("LILLE-01").sell(&[PASTA]).await;
    let hung_up = async || log(&nats).contains("TLS handshake error");
    eventually(PATIENCE, "the service has hung up", hung_up).await.unwrap();
    let sales = "select count(*) from outbox where published_time is null and subject like 'sales.%'";
    assert_eq!(shop.count(sales).await, 1, "the sale waits");

    nats.certify(right);
    nats.restart().await.unwrap();
    shop.till("LILLE-01").sell(&[JAM]).await;
    eventually(PATIENCE, "both sales are published", async || unsent(&shop).await == 0).await.unwrap();
    shop.service.replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nats_that_offers_no_tls_is_not_used_by_who_knows_its_authority() {
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path());
    let nats = Nats::start().await.unwrap();
    let config = outbox::BusConfig {
        url: nats.url(),
        user: "checkout".to_owned(),
        password: nats.password("checkout").to_owned(),
        ca_file: Some(folder.path().join("ca.pem")),
        monitor_url: None,
    };
    let bus = outbox::Bus::connect(config).await.unwrap();
    assert!(matches!(bus.ready(), Err(outbox::BusError::NotConnected)));
}
