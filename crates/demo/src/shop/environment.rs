//! The variables that configure the parts of a shop.

use std::net::SocketAddr;

use platform::pki;
use testbed::free_port;

use super::Shop;

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
            "checkout" => self.postgres.url_as("checkout", &self.checkout_password, "checkout"),
            _ => self.postgres.url(service),
        }
    }

    /// Every variable of every part; each reads its own.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let secrets = self.folder.join("secrets");
        let mut variables = Vec::new();
        let mut set = |name: String, value: String| variables.push((name, value));
        for (service, address) in self.addresses.services() {
            let prefix = service.to_uppercase();
            set(format!("{prefix}_DATABASE_URL"), self.database_url(service));
            set(format!("{prefix}_GRPC_ADDR"), address.to_string());
            set(format!("{prefix}_STAFF_PUBLIC_KEY"), secrets.join("staff.pub").display().to_string());
            set(format!("{prefix}_NATS_URL"), self.nats.url());
            set(format!("{prefix}_NATS_MONITOR_URL"), self.nats.monitor_url());
            set(
                format!("{prefix}_NATS_PASSWORD_FILE"),
                self.nats.password_file(service).display().to_string(),
            );
        }
        for (part, identity) in pki::SERVICES
            .map(|name| (name, name))
            .into_iter()
            .chain([("portal", "portal"), ("operator", "operator")])
        {
            let (prefix, tls) = (part.to_uppercase(), self.identity(identity));
            set(format!("{prefix}_TLS_CERT"), tls.tls_cert.display().to_string());
            set(format!("{prefix}_TLS_KEY"), tls.tls_key.display().to_string());
            set(format!("{prefix}_TLS_CA"), tls.tls_ca.display().to_string());
        }
        for (part, peers) in [
            ("RECEIPT", &["checkout", "membership"][..]),
            ("REVIEWS", &["checkout"]),
            ("PORTAL", &pki::SERVICES),
            ("TERMINAL", &["checkout", "membership"]),
            ("OPERATOR", &["checkout", "membership"]),
        ] {
            for (service, address) in self.addresses.services() {
                if peers.contains(&service) {
                    set(format!("{part}_{}_URL", service.to_uppercase()), format!("https://{address}"));
                }
            }
        }
        let portal = self.addresses.portal;
        let files = |file: &str| secrets.join(file).display().to_string();
        set("CHECKOUT_OWNER_DATABASE_URL".to_owned(), self.postgres.url("checkout"));
        set("MEMBERSHIP_STAFF_KEY".to_owned(), files("staff.key"));
        set("CHECKOUT_FISCAL_KEY_FILE".to_owned(), files("fiscal.key"));
        let analysts = self.nats.password_file("analysts-admin").display().to_string();
        set("ANALYTICS_ANALYSTS_PASSWORD_FILE".to_owned(), analysts);
        set("RECEIPT_SMTP_URL".to_owned(), self.sink.url());
        set("RECEIPT_SMTP_FROM".to_owned(), "La Ferme d'Exemple <ticket@mail.example.org>".to_owned());
        set("RECEIPT_PUBLIC_URL".to_owned(), format!("http://{portal}"));
        set("TERMINAL_PUBLIC_URL".to_owned(), format!("http://{portal}"));
        set("PORTAL_HTTP_ADDR".to_owned(), portal.to_string());
        set("OPERATOR_NATS_URL".to_owned(), self.nats.url());
        set(
            "OPERATOR_NATS_PASSWORD_FILE".to_owned(),
            self.nats.password_file("operator").display().to_string(),
        );
        variables
    }
}
