//! The harness of the journeys: a whole shop of processes, with its members, staff and products in place.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{path::PathBuf, time::Duration};

use demo::{
    desk::{self, Member},
    door::Visitor,
    reader,
    report::Report,
    shop::{Layout, Shop, ShopPlan, TillPlan},
    stock::{self, SignIn},
};
use proto::checkout::v1::{Product, SoldBy};
use testbed::Durability;

pub mod collector;
pub mod containers;
pub mod contracts;
pub mod lane;
pub mod letters;
pub mod pages;
pub mod rush;
pub mod schema;
pub mod streams;
pub mod wire;

/// How long a journey waits for what must follow.
pub const SOON: Duration = Duration::from_secs(30);
/// How long it waits for what follows a fault: leases that must run out, time-outs, reconnections.
pub const AFTER_A_FAULT: Duration = Duration::from_secs(90);
/// The codes of the tills.
pub const TILLS: [&str; 2] = ["LILLE-01", "LILLE-02"];

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
    folder: Option<tempfile::TempDir>,
}

impl OpenShop {
    /// A shop with two tills, the invented catalogue, staff and three members, each service a process of its own.
    pub async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    /// The same, with changes to the plan.
    pub async fn open_with(change: impl FnOnce(&mut ShopPlan)) -> Self {
        let open = Self::furnished_with(change).await;
        open.shop.open().await.unwrap();
        open
    }

    /// The same, before its tills serve: some of them wait for services that are not started yet.
    pub async fn furnished_with(change: impl FnOnce(&mut ShopPlan)) -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let folder = tempfile::tempdir().unwrap();
        let mut plan = ShopPlan {
            folder: folder.path().to_owned(),
            layout: Layout::Apart,
            durability: Durability::Test,
            clock: None,
            environment: Vec::new(),
            tills: TILLS
                .map(|code| TillPlan { code, simulator: Vec::new(), environment: Vec::new() })
                .to_vec(),
        };
        change(&mut plan);
        let shop = Shop::start(plan).await.unwrap();
        stock::furnish(&shop).await.unwrap();
        let products = stock::fill_shelves(&shop, None, None, 1).await.unwrap();
        let staff = stock::hire(&shop).await.unwrap();
        let members = desk::register(&shop, &staff[0], 3, 1).await.unwrap();
        Self { shop, products, staff, members, folder: Some(folder) }
    }

    /// The account of a role.
    #[must_use]
    pub fn account(&self, role: &str) -> &SignIn {
        self.staff.iter().find(|account| account.role == role).unwrap()
    }

    /// The browser of somebody who has signed in with the account of a role.
    pub async fn browser_of(&self, role: &str) -> Visitor {
        pages::signed_in(self.shop.addresses.portal, self.account(role)).await
    }

    /// The first product of a supplier that is sold so.
    #[must_use]
    pub fn product_of(&self, supplier_code: &str, sold_by: SoldBy) -> &Product {
        let is_it = |product: &&Product| {
            product.supplier_code == supplier_code
                && product.sold_by() == sold_by
                && product.member_price_minor.is_none()
        };
        self.products.iter().find(is_it).unwrap()
    }

    /// Waits until nothing is on its way, and gives the figures of the separate reader, which must agree.
    pub async fn figures(&self) -> Report {
        self.figures_within(SOON).await
    }

    /// The same, with another patience.
    pub async fn figures_within(&self, patience: Duration) -> Report {
        reader::at_rest(&self.shop, patience).await.unwrap();
        let report = reader::read(&self.shop, self.account("manager")).await.unwrap();
        assert_eq!(report.disagreements(), Vec::<String>::new(), "{report:?}");
        report
    }

    /// The sales of every till's ledger, in the order of each till.
    #[must_use]
    pub fn ledgers(&self) -> Vec<terminal_ledger::Line> {
        self.shop.tills.iter().flat_map(|till| terminal_ledger::read(&till.ledger)).collect()
    }

    /// The logs of every process of the shop.
    #[must_use]
    pub fn logs(&self) -> Vec<PathBuf> {
        let logs = std::fs::read_dir(self.shop.folder.join("logs")).unwrap();
        logs.map(|entry| entry.unwrap().path()).collect()
    }
}

/// The folder of a test that failed is left for whoever looks into it: logs, mails, ledgers.
impl Drop for OpenShop {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(folder) = self.folder.take()
        {
            eprintln!("logs and mails are in {}", folder.keep().display());
        }
    }
}

/// What a till wrote down of the sales that checkout acknowledged.
pub mod terminal_ledger {
    use std::path::Path;

    use serde::Deserialize;
    use uuid::Uuid;

    /// A line of a ledger.
    #[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
    pub struct Line {
        /// The sale.
        pub sale_id: Uuid,
        /// What was paid, in cents.
        pub total_minor: i64,
    }

    /// Every line of a ledger; none when there is no ledger yet.
    #[must_use]
    pub fn read(file: &Path) -> Vec<Line> {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}
