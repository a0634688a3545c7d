//! The variables that configure the parts of a shop.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use platform::{config::TlsArgs, pki};
use testbed::free_port;

use super::{Edge, STORE, Shop};

/// Where the parts of a shop answer.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// gRPC of checkout.
    pub checkout: SocketAddr,
    /// gRPC of membership.
    pub membership: SocketAddr,
    /// gRPC of receipt.
    pub receipt: SocketAddr,
    /// gRPC of reviews.
    pub reviews: SocketAddr,
    /// gRPC of analytics.
    pub analytics: SocketAddr,
    /// Pages of the portal.
    pub portal: SocketAddr,
}

impl Addresses {
    /// Ports of loopback that are free now.
    ///
    /// # Errors
    /// When there is none.
    pub fn free() -> anyhow::Result<Self> {
        let free = || -> anyhow::Result<SocketAddr> { Ok(SocketAddr::from(([127, 0, 0, 1], free_port()?))) };
        Ok(Self {
            checkout: free()?,
            membership: free()?,
            receipt: free()?,
            reviews: free()?,
            analytics: free()?,
            portal: free()?,
        })
    }

    /// The five services.
    #[must_use]
    pub fn services(&self) -> [(&'static str, SocketAddr); 5] {
        [
            ("checkout", self.checkout),
            ("membership", self.membership),
            ("receipt", self.receipt),
            ("reviews", self.reviews),
            ("analytics", self.analytics),
        ]
    }
}

impl Shop {
    /// Where a service finds its database. The tables of checkout are not its own.
    fn database_url(&self, service: &str) -> String {
        match service {
            "checkout" => self.server_of(service).url_as(service, &self.checkout_password, service),
            _ => self.database(service),
        }
    }

    /// Every variable of every part; each reads its own.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let secrets = self.folder.join("secrets");
        let mut variables = Vec::new();
        for (service, address) in self.addresses.services() {
            variables.extend(self.of_service(service, address));
        }
        for part in pki::SERVICES.into_iter().chain(["portal", "operator"]) {
            variables.extend(identified(part, &self.identity(part)));
        }
        variables.extend(self.ways());
        let mut set = |name: &str, value: String| variables.push((name.to_owned(), value));
        let portal = self.addresses.portal;
        set("CHECKOUT_OWNER_DATABASE_URL", self.database("checkout"));
        set("MEMBERSHIP_STAFF_KEY", shown(&secrets.join("staff.key")));
        set("CHECKOUT_FISCAL_KEY_FILE", shown(&self.fiscal_key()));
        set("ANALYTICS_ANALYSTS_PASSWORD_FILE", shown(&self.nats.password_file("analysts-admin")));
        set("RECEIPT_SMTP_URL", self.sink.url());
        set("RECEIPT_SMTP_FROM", "La Ferme d'Exemple <ticket@mail.example.org>".to_owned());
        set("RECEIPT_PUBLIC_URL", format!("http://{portal}"));
        set("TERMINAL_PUBLIC_URL", format!("http://{portal}"));
        set("PORTAL_HTTP_ADDR", portal.to_string());
        set("OPERATOR_NATS_URL", self.nats.url());
        set("OPERATOR_NATS_PASSWORD_FILE", shown(&self.nats.password_file("operator")));
        variables
    }

    /// The variables in which the portal of the shop differs from that of the centre, which alone has a table of stores.
    pub(super) fn portal_of(&self, edge: &Edge) -> Vec<(String, String)> {
        let mut variables = identified("portal", &pki::identity(&edge.secrets, "portal"));
        let mut set = |name: String, value: String| variables.push((name, value));
        set("PORTAL_HTTP_ADDR".to_owned(), edge.portal.to_string());
        set("PORTAL_STORE_CODE".to_owned(), STORE.to_owned());
        for (service, address) in self.addresses.services() {
            set(url_of("PORTAL", service), https(edge.to_centre(service).unwrap_or(address)));
        }
        variables
    }

    /// Where the secrets are that a part is given.
    pub(super) fn secrets_of(&self, name: &str) -> PathBuf {
        let is_in_shop = name == "checkout" || name.starts_with("terminal-");
        match &self.edge {
            Some(edge) if is_in_shop => edge.secrets.clone(),
            _ => self.folder.join("secrets"),
        }
    }

    fn of_service(&self, service: &str, address: SocketAddr) -> Vec<(String, String)> {
        let nats = match &self.edge {
            Some(edge) if service == "checkout" => &edge.nats,
            _ => &self.nats,
        };
        let staff = self.secrets_of(service).join("staff.pub");
        let own = [
            ("DATABASE_URL", self.database_url(service)),
            ("GRPC_ADDR", address.to_string()),
            ("STAFF_PUBLIC_KEY", shown(&staff)),
            ("NATS_URL", nats.url()),
            ("NATS_MONITOR_URL", nats.monitor_url()),
            ("NATS_PASSWORD_FILE", shown(&nats.password_file(service))),
        ];
        let prefix = service.to_uppercase();
        own.map(|(name, value)| (format!("{prefix}_{name}"), value)).to_vec()
    }

    /// Where each part finds those whom it asks.
    fn ways(&self) -> Vec<(String, String)> {
        let mut variables = Vec::new();
        for (part, peers) in [
            ("RECEIPT", &["checkout", "membership"][..]),
            ("REVIEWS", &["checkout"]),
            ("PORTAL", &pki::SERVICES),
            ("TERMINAL", &["checkout", "membership"]),
            ("OPERATOR", &["checkout", "membership"]),
        ] {
            for (service, address) in self.addresses.services() {
                if !peers.contains(&service) {
                    continue;
                }
                variables.push(match (&self.edge, part) {
                    (Some(edge), "TERMINAL") => {
                        (url_of(part, service), https(edge.to_centre(service).unwrap_or(address)))
                    }
                    (Some(edge), "OPERATOR") if service == "checkout" => {
                        (url_of(part, service), https(edge.to_shop()))
                    }
                    (Some(edge), _) if service == "checkout" => {
                        (format!("{part}_STORES_FILE"), shown(&edge.stores_file))
                    }
                    _ => (url_of(part, service), https(address)),
                });
            }
        }
        variables
    }
}

fn identified(part: &str, tls: &TlsArgs) -> Vec<(String, String)> {
    let prefix = part.to_uppercase();
    let files = [("TLS_CERT", &tls.tls_cert), ("TLS_KEY", &tls.tls_key), ("TLS_CA", &tls.tls_ca)];
    files.map(|(name, file)| (format!("{prefix}_{name}"), shown(file))).to_vec()
}

/// The name of the variable that tells a part where a service is.
fn url_of(part: &str, service: &str) -> String {
    format!("{part}_{}_URL", service.to_uppercase())
}

fn https(address: SocketAddr) -> String {
    format!("https://{address}")
}

fn shown(file: &Path) -> String {
    file.display().to_string()
}
