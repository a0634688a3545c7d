//! A shop of its own and its centre, each with a PostgreSQL and a nats-server, and the lines between them.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use platform::pki;
use serde_json::json;
use testbed::{Durability, Line, Nats, Place, Postgres, free_port};

use super::Addresses;

/// Code of the store that stands by itself.
pub const STORE: &str = "LILLE";
/// Services of the centre that the shop's portal and tills ask.
const CENTRE: [&str; 4] = ["membership", "receipt", "reviews", "analytics"];

/// What stands in the shop when the other services are in a centre: checkout's database and nats-server, a portal, and the lines.
#[derive(Debug)]
pub struct Edge {
    /// What `cabas pki --store` wrote for the shop.
    pub secrets: PathBuf,
    /// The shop's PostgreSQL, for checkout alone.
    pub postgres: Postgres,
    /// The shop's nats-server, a leaf node of the centre's.
    pub nats: Nats,
    /// Pages of the shop's own portal.
    pub portal: SocketAddr,
    /// The centre's table of the stores that have a checkout of their own.
    pub stores_file: PathBuf,
    /// From the shop's nats-server to the centre's.
    leaf: Line,
    /// From the centre to the shop's checkout.
    checkout: Line,
    /// From the shop to the services of the centre.
    services: Vec<(&'static str, Line)>,
}

impl Edge {
    /// Lays the lines, gives the shop its secrets out of the centre's `secrets`, and starts the servers of both; gives the centre's
    /// nats-server back.
    pub(super) async fn start(
        secrets: &Path,
        addresses: &Addresses,
        terminals: &[String],
        durability: Durability,
    ) -> anyhow::Result<(Self, Nats)> {
        let (leaf, door) = Line::laid().await?;
        let checkout = line_to(addresses.checkout).await?;
        let mut services = Vec::new();
        for (service, address) in addresses.services() {
            if CENTRE.contains(&service) {
                services.push((service, line_to(address).await?));
            }
        }
        pki::create_store(secrets, STORE, &leaf.address().to_string(), terminals)?;
        let own = secrets.join("stores").join(STORE);
        let stores_file = secrets.with_file_name("stores.json");
        let url = format!("https://{}", checkout.address());
        fs::write(&stores_file, json!({ STORE: url }).to_string())?;
        let centre = Nats::start_at(Place::Centre { secrets: secrets.to_owned() }).await?;
        door.send_replace(centre.door());
        let shop = Place::Shop { secrets: own.clone(), store_code: STORE.to_owned() };
        let (nats, postgres) = tokio::try_join!(Nats::start_at(shop), Postgres::start(durability))?;
        postgres.create_database("checkout").await?;
        let portal = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        Ok((Self { secrets: own, postgres, nats, portal, stores_file, leaf, checkout, services }, centre))
    }

    /// Cuts every line between the two: nothing passes, and nobody is told.
    pub fn cut(&self) {
        self.lines().for_each(Line::cut);
    }

    /// Mends them; connections of before are reset.
    pub fn mend(&self) {
        self.lines().for_each(Line::mend);
    }

    /// The way of the centre to the shop's checkout.
    #[must_use]
    pub fn to_shop(&self) -> SocketAddr {
        self.checkout.address()
    }

    /// The way of the shop to a service of the centre; none to what is in the shop itself.
    #[must_use]
    pub fn to_centre(&self, service: &str) -> Option<SocketAddr> {
        self.services.iter().find(|(name, _)| *name == service).map(|(_, line)| line.address())
    }

    fn lines(&self) -> impl Iterator<Item = &Line> {
        [&self.leaf, &self.checkout].into_iter().chain(self.services.iter().map(|(_, line)| line))
    }
}

async fn line_to(address: SocketAddr) -> anyhow::Result<Line> {
    let (line, end) = Line::laid().await?;
    end.send_replace(Some(address));
    Ok(line)
}
