//! A portal with faked services around it.

use std::net::SocketAddr;

use platform::{Clock, Shutdown, config::GrpcArgs, identity::StaffSigner, pki, rpc, stores::CheckoutArgs};
use time::macros::datetime;
use tokio::{net::TcpListener, task::JoinHandle};
use tonic::service::Routes;

use crate::{browser::Browser, fakes::Fakes};

pub struct Shop {
    pub address: SocketAddr,
    pub fakes: Fakes,
    pub shutdown: Shutdown,
    pub portal: JoinHandle<anyhow::Result<()>>,
    _folder: tempfile::TempDir,
}

impl Shop {
    pub async fn open() -> Self {
        Self::open_in(None).await
    }

    /// With the portal of a store of its own, if there is one.
    pub async fn open_in(store_code: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        pki::create(folder.path(), &[]).unwrap();
        let clock = Clock::manual(datetime!(2026-05-02 14:32 UTC));
        let signer = StaffSigner::read(&folder.path().join("staff.key")).unwrap();
        let fakes = Fakes::new(signer, clock.clone());
        let shutdown = Shutdown::new();
        let mut urls = Vec::new();
        for (service, routes) in fakes.services() {
            urls.push(served(folder.path(), service, routes, &clock, &shutdown).await);
        }
        let [checkout_url, membership_url, receipt_url, reviews_url, analytics_url] =
            urls.try_into().expect("there are five services");
        let config = portal::Config {
            http_addr: "127.0.0.1:0".parse().unwrap(),
            client_address_header: None,
            store_code: store_code.map(ToOwned::to_owned),
            tls: pki::identity(folder.path(), "portal"),
            checkout: CheckoutArgs::one(checkout_url),
            membership_url,
            receipt_url,
            reviews_url,
            analytics_url,
        };
        let listener = TcpListener::bind(config.http_addr).await.unwrap();
        let address = listener.local_addr().unwrap();
        let portal = tokio::spawn(portal::run(config, listener, clock, shutdown.clone()));
        Self { address, fakes, shutdown, portal, _folder: folder }
    }

    /// A browser of somebody who is not signed in.
    pub fn visitor(&self) -> Browser {
        Browser::of(self.address)
    }

    /// A browser of somebody who is.
    pub async fn signed_in(&self, role: &str) -> Browser {
        let mut browser = self.visitor();
        let form = browser.get("/sign-in").await;
        let request_id = form.field("request_id");
        let fields = [("request_id", request_id.as_str()), ("login", role), ("password", " right ")];
        let answer = browser.post("/sign-in", &fields).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        browser
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

async fn served(
    folder: &std::path::Path,
    service: &'static str,
    routes: Routes,
    clock: &Clock,
    shutdown: &Shutdown,
) -> url::Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let args = GrpcArgs {
        grpc_addr: address,
        staff_public_key: folder.join("staff.pub"),
        tls: pki::identity(folder, service),
    };
    let (clock, shutdown) = (clock.clone(), shutdown.clone());
    tokio::spawn(async move { rpc::serve(service, listener, &args, None, clock, routes, shutdown).await });
    format!("https://{address}").parse().unwrap()
}
