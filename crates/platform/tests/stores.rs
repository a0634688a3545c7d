//! Stores with a checkout of their own: one that answers, one that is out of reach, one that nobody told of.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{fs, path::Path};

use platform::{
    Clock, Shutdown,
    config::{GrpcArgs, TlsArgs},
    pki, rpc, status,
    stores::{CheckoutArgs, Checkouts, STORE_OUT_OF_REACH},
};
use tonic::Status;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use url::Url;

/// Serves nothing but health, as the checkout of a store, and says where.
fn serve(folder: &Path, shutdown: &Shutdown) -> Url {
    let args = GrpcArgs {
        grpc_addr: "127.0.0.1:0".parse().unwrap(),
        staff_public_key: folder.join("staff.pub"),
        tls: pki::identity(folder, "checkout"),
    };
    let listener = rpc::bind(args.grpc_addr).unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap()).parse().unwrap();
    let (routes, stop) = (tonic::service::Routes::default(), shutdown.clone());
    tokio::spawn(async move {
        rpc::serve("checkout", listener, &args, None, Clock::system(), routes, stop).await
    });
    url
}

async fn ask(checkouts: &Checkouts, store_code: &str) -> Result<(), Status> {
    let mut client = HealthClient::new(checkouts.of(store_code));
    client.check(HealthCheckRequest { service: String::new() }).await.map(drop)
}

fn given(folder: &Path, store_codes: &[&str]) -> TlsArgs {
    rustls::crypto::ring::default_provider().install_default().ok();
    pki::create(folder, &[]).unwrap();
    for store_code in store_codes {
        pki::create_store(folder, store_code, "127.0.0.1:7422", &[]).unwrap();
    }
    pki::identity(folder, "portal")
}

#[tokio::test]
async fn a_store_out_of_reach_is_refused_by_its_name_and_the_others_answer() {
    let folder = tempfile::tempdir().unwrap();
    let tls = given(folder.path(), &["LILLE", "LYON"]);
    let shutdown = Shutdown::new();
    let lille = serve(&folder.path().join("stores/LILLE"), &shutdown);
    let nobody = rpc::bind("127.0.0.1:0".parse().unwrap()).unwrap().local_addr().unwrap();
    let file = folder.path().join("stores.json");
    fs::write(&file, format!(r#"{{"LILLE": "{lille}", "LYON": "https://{nobody}"}}"#)).unwrap();
    let checkouts =
        Checkouts::connect(&CheckoutArgs { checkout_url: None, stores_file: Some(file) }, &tls).unwrap();
    for silent in ["LYON", "NANTES"] {
        let refused = ask(&checkouts, silent).await.unwrap_err();
        assert_eq!(status::reason(&refused).as_deref(), Some(STORE_OUT_OF_REACH), "{refused:?}");
        assert!(refused.message().contains(silent));
    }
    ask(&checkouts, "LILLE").await.unwrap();
    shutdown.cancel();
}

#[tokio::test]
async fn no_store_answers_for_another() {
    let folder = tempfile::tempdir().unwrap();
    let tls = given(folder.path(), &["LILLE", "LYON"]);
    let shutdown = Shutdown::new();
    let lille = serve(&folder.path().join("stores/LILLE"), &shutdown);
    let file = folder.path().join("stores.json");
    fs::write(&file, format!(r#"{{"LYON": "{lille}"}}"#)).unwrap();
    let checkouts =
        Checkouts::connect(&CheckoutArgs { checkout_url: None, stores_file: Some(file) }, &tls).unwrap();
    let refused = ask(&checkouts, "LYON").await.unwrap_err();
    assert_eq!(status::reason(&refused).as_deref(), Some(STORE_OUT_OF_REACH), "{refused:?}");
    shutdown.cancel();
}
