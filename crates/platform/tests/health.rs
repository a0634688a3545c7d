//! A service serves exactly while its database answers, and no longer once it is told to end.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use platform::{
    Clock, Shutdown,
    config::{DatabaseArgs, GrpcArgs, Secret},
    database, health, peer, pki, rpc,
};
use testbed::{Durability, Postgres};
use tokio::task::JoinHandle;
use tonic::{Streaming, service::Routes};
use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse, health_check_response::ServingStatus,
    health_client::HealthClient,
};

/// More than any of these tests needs on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A service without a verb.
struct Service {
    folder: tempfile::TempDir,
    address: SocketAddr,
    shutdown: Shutdown,
    running: JoinHandle<anyhow::Result<()>>,
}

impl Service {
    fn on(database_url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        pki::create(folder.path(), &[]).unwrap();
        let args = DatabaseArgs {
            database_url: Secret::new(database_url),
            database_password_file: None,
            database_connections: 1,
        };
        let pool = database::pool(&args, "reviews").unwrap();
        let grpc = GrpcArgs {
            grpc_addr: "127.0.0.1:0".parse().unwrap(),
            staff_public_key: folder.path().join("staff.pub"),
            tls: pki::identity(folder.path(), "reviews"),
        };
        let listener = rpc::bind(grpc.grpc_addr).unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = Shutdown::new();
        let stop = shutdown.clone();
        let running = tokio::spawn(async move {
            rpc::serve("reviews", listener, &grpc, Some(pool), Clock::system(), Routes::default(), stop).await
        });
        Self { folder, address, shutdown, running }
    }

    async fn watch(&self) -> Streaming<HealthCheckResponse> {
        let url = format!("https://{}", self.address).parse().unwrap();
        let channel = peer::connect(&url, "reviews", &pki::identity(self.folder.path(), "portal")).unwrap();
        HealthClient::new(channel).watch(HealthCheckRequest::default()).await.unwrap().into_inner()
    }

    async fn check(&self) -> anyhow::Result<()> {
        health::check("reviews", self.address, &pki::identity(self.folder.path(), "portal")).await
    }
}

async fn next(statuses: &mut Streaming<HealthCheckResponse>) -> ServingStatus {
    let status = tokio::time::timeout(PATIENCE, statuses.message()).await.expect("it is told in time");
    status.unwrap().expect("the watch goes on").status()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_serves_exactly_while_its_database_answers() {
    let postgres = Postgres::start(Durability::Test).await.unwrap();
    let service = Service::on(&postgres.url("postgres"));
    let mut statuses = service.watch().await;
    assert_eq!(next(&mut statuses).await, ServingStatus::Serving);
    for _ in 0..2 {
        postgres.stop().await.unwrap();
        assert_eq!(next(&mut statuses).await, ServingStatus::NotServing);
        let refusal = service.check().await.unwrap_err();
        assert_eq!(refusal.to_string(), "reviews does not serve");
        postgres.restart().await.unwrap();
        assert_eq!(next(&mut statuses).await, ServingStatus::Serving);
        service.check().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_says_nothing_is_as_good_as_none() {
    // Connections are made, and nobody ever reads them.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://postgres@{}/postgres?sslmode=disable", silent.local_addr().unwrap());
    let service = Service::on(&url);
    let mut statuses = service.watch().await;
    let mut status = next(&mut statuses).await;
    if status == ServingStatus::Serving {
        status = next(&mut statuses).await;
    }
    assert_eq!(status, ServingStatus::NotServing);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_ends_no_longer_serves_though_its_database_answers() {
    let postgres = Postgres::start(Durability::Test).await.unwrap();
    let service = Service::on(&postgres.url("postgres"));
    let mut statuses = service.watch().await;
    assert_eq!(next(&mut statuses).await, ServingStatus::Serving);
    service.shutdown.cancel();
    assert_eq!(next(&mut statuses).await, ServingStatus::NotServing);
    drop(statuses);
    service.running.await.unwrap().unwrap();
}
