//! The harness of the journeys: a whole shop of processes, with its members, staff and products in place.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use demo::{
    desk::{self, Member},
    reader,
    shop::{Layout, Shop, ShopPlan, TillPlan},
    stock::{self, SignIn},
};
use proto::checkout::v1::Product;
use testbed::Durability;

pub mod wire;

/// How long a journey waits for what must follow.
pub const SOON: Duration = Duration::from_secs(30);

/// An open shop.
pub struct OpenShop {
    /// Its parts.
    pub shop: Shop,
    /// What can be sold.
    pub products: Vec<Product>,
    /// Who can sign in.
    pub staff: Vec<SignIn>,
    /// Who can show a card.
    pub members: Vec<Member>,
    _folder: tempfile::TempDir,
}

impl OpenShop {
    /// A shop with two tills, the invented catalogue, staff and three members, each service a process of its own.
    pub async fn open() -> Self {
        Self::open_as(Layout::Apart, Durability::Test).await
    }

    /// A shop of this layout.
    pub async fn open_as(layout: Layout, durability: Durability) -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let folder = tempfile::tempdir().unwrap();
        let till = |code| TillPlan { code, simulator: vec!["--magic-amounts".to_owned()] };
        let plan = ShopPlan {
            folder: folder.path().to_owned(),
            layout,
            durability,
            clock: None,
            tills: vec![till("LILLE-01"), till("LILLE-02")],
        };
        let shop = Shop::start(plan).await.unwrap();
        stock::furnish(&shop).await.unwrap();
        let products = stock::fill_shelves(&shop, None, None, 1).await.unwrap();
        let staff = stock::hire(&shop).await.unwrap();
        let members = desk::register(&shop, &staff[0], 3, 1).await.unwrap();
        shop.open().await.unwrap();
        Self { shop, products, staff, members, _folder: folder }
    }

    /// The account of a role.
    #[must_use]
    pub fn account(&self, role: &str) -> &SignIn {
        self.staff.iter().find(|account| account.role == role).unwrap()
    }

    /// Waits until nothing is on its way, and gives the figures of the separate reader, which must agree.
    pub async fn figures(&self) -> demo::report::Report {
        reader::at_rest(&self.shop, SOON).await.unwrap();
        let report = reader::read(&self.shop, self.account("manager")).await.unwrap();
        assert_eq!(report.disagreements(), Vec::<String>::new(), "{report:?}");
        report
    }
}
