//! A private nats-server, with the accounts of production.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use rand::distr::{Alphanumeric, SampleString};

use crate::child::{Daemon, Signal, leashed};
use crate::folder::Folder;
use crate::off_the_runtime;
use crate::port::on_free_ports;
use crate::tool::nats_server;

mod place;

/// The configuration that production runs with.
const CONFIGURATION: &str = include_str!("../../../deploy/nats/nats.conf");
/// The same with a door for shops.
const CENTRE: &str = include_str!("../../../deploy/edge/centre.conf");
/// That of a shop of its own.
const SHOP: &str = include_str!("../../../deploy/edge/shop.conf");

/// Everyone who may connect. The services and `operator` are in the account SERVICES, the two analysts in ANALYSTS,
/// `system` in the server's own. The inbox prefix of a user is `_INBOX_<user>`.
pub const NATS_USERS: [&str; 9] = [
    "checkout",
    "membership",
    "receipt",
    "reviews",
    "analytics",
    "operator",
    "analysts-admin",
    "analyst",
    "system",
];

/// Files in PEM of what a server shows to its clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The certificate, and those between it and its authority.
    pub chain: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Where a server stands in an installation of several places. Its passwords and its certificate are those that `cabas pki` wrote.
#[derive(Clone, Debug)]
pub enum Place {
    /// The centre, where shops come in: it has the user `shops-admin` too.
    Centre {
        /// The folder of its secrets.
        secrets: PathBuf,
    },
    /// A shop of its own, whose centre is where its secrets say.
    Shop {
        /// The folder of what it was given.
        secrets: PathBuf,
        /// Code of the store.
        store_code: String,
    },
}

/// A nats-server of our own on loopback, with JetStream in a temporary folder and `deploy/nats/nats.conf` as its
/// configuration. It stops with this value, or at the latest with this process, and takes its streams with it.
#[derive(Clone, Debug)]
pub struct Nats {
    server: Arc<Mutex<Server>>,
    passwords: Arc<Passwords>,
}

/// By user.
type Passwords = BTreeMap<&'static str, String>;

impl Nats {
    /// Starts a server with fresh passwords; a twentieth of a second.
    ///
    /// # Errors
    /// When no nats-server of 2.12 or newer is found, or it does not start; the error says what to run.
    pub async fn start() -> anyhow::Result<Nats> {
        Nats::launch(|| Server::create(None)).await
    }

    /// Starts the server of a place.
    ///
    /// # Errors
    /// As [`Nats::start`], and when a secret is missing.
    pub async fn start_at(place: Place) -> anyhow::Result<Nats> {
        Nats::launch(move || place::create(&place)).await
    }

    /// Where shops come in, at the centre.
    pub fn door(&self) -> Option<SocketAddr> {
        self.server().door
    }

    /// Starts a server that talks TLS alone, as in production.
    ///
    /// # Errors
    /// As [`Nats::start`], and when the certificate is none.
    pub async fn start_with_tls(certificate: Certificate) -> anyhow::Result<Nats> {
        Nats::launch(move || Server::create(Some(certificate))).await
    }

    async fn launch(
        create: impl FnOnce() -> anyhow::Result<(Passwords, Server)> + Send + 'static,
    ) -> anyhow::Result<Nats> {
        off_the_runtime(move || {
            let (passwords, mut server) = create()?;
            on_free_ports(|[port, monitor_port]| {
                (server.port, server.monitor_port) = (port, monitor_port);
                server.launch()
            })?;
            Ok(Nats { server: Arc::new(Mutex::new(server)), passwords: Arc::new(passwords) })
        })
        .await
    }

    /// Where clients connect, without credentials: `tls://…` with a certificate, else `nats://…`.
    pub fn url(&self) -> String {
        let server = self.server();
        let scheme = if server.certificate.is_some() { "tls" } else { "nats" };
        format!("{scheme}://127.0.0.1:{}", server.port)
    }

    /// Shows this certificate from the next [`Nats::restart`] on.
    pub fn certify(&self, certificate: Certificate) {
        self.server().certificate = Some(certificate);
    }

    /// Where the server tells about itself over HTTP: `/healthz`, `/varz`, `/jsz`.
    pub fn monitor_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.server().monitor_port)
    }

    /// The password of one of [`NATS_USERS`].
    ///
    /// # Panics
    /// When there is no such user.
    pub fn password(&self, user: &str) -> &str {
        self.passwords.get(user).unwrap_or_else(|| panic!("nats.conf has no user {user}"))
    }

    /// A file that holds the password of one of [`NATS_USERS`] and nothing else, readable by its owner alone.
    pub fn password_file(&self, user: &str) -> PathBuf {
        self.folder().join("passwords").join(user)
    }

    /// Where the server lives; its log is `nats.log` in it.
    pub fn folder(&self) -> PathBuf {
        self.server().folder.path().to_owned()
    }

    /// The server's process id; `None` between [`Nats::kill9`] and [`Nats::restart`].
    pub fn pid(&self) -> Option<u32> {
        self.server().daemon.as_ref().map(Daemon::pid)
    }

    /// `kill -9`; the server is gone when this returns.
    ///
    /// # Errors
    /// When it survives.
    pub async fn kill9(&self) -> anyhow::Result<()> {
        self.change(Server::kill9).await
    }

    /// Starts the server again on its ports and streams, after stopping it in order if it runs.
    ///
    /// # Errors
    /// When it does not stop, or does not come back.
    pub async fn restart(&self) -> anyhow::Result<()> {
        self.change(|server| {
            server.stop()?;
            server.launch()
        })
        .await
    }

    /// `kill -9`, and every stream, consumer and acknowledgement is lost with the disk they were on.
    /// [`Nats::restart`] brings up a server that remembers nothing.
    ///
    /// # Errors
    /// When the server survives or its files cannot be removed.
    pub async fn lose_everything(&self) -> anyhow::Result<()> {
        self.change(|server| {
            server.kill9()?;
            Ok(fs::remove_dir_all(server.store())?)
        })
        .await
    }

    async fn change(
        &self,
        change: impl FnOnce(&mut Server) -> anyhow::Result<()> + Send + 'static,
    ) -> anyhow::Result<()> {
        let server = Arc::clone(&self.server);
        off_the_runtime(move || change(&mut server.lock().unwrap_or_else(PoisonError::into_inner))).await
    }

    fn server(&self) -> MutexGuard<'_, Server> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
struct Server {
    daemon: Option<Daemon>,
    program: PathBuf,
    certificate: Option<Certificate>,
    /// The file of its configuration.
    configuration: &'static str,
    environment: Vec<(&'static str, String)>,
    door: Option<SocketAddr>,
    port: u16,
    monitor_port: u16,
    folder: Folder,
}

impl Server {
    /// A server with fresh passwords that is not started yet.
    fn create(certificate: Option<Certificate>) -> anyhow::Result<(Passwords, Server)> {
        let password = |user| (user, Alphanumeric.sample_string(&mut rand::rng(), 32));
        let passwords = Passwords::from(NATS_USERS.map(password));
        let mut server = Server::empty("nats.conf")?;
        server.certificate = certificate;
        let folder = server.folder.path();
        fs::write(folder.join("nats.conf"), CONFIGURATION)?;
        fs::write(folder.join("passwords.conf"), password_variables(&passwords))?;
        server.keep(&passwords)?;
        Ok((passwords, server))
    }

    fn empty(configuration: &'static str) -> anyhow::Result<Server> {
        Ok(Server {
            daemon: None,
            program: nats_server()?,
            certificate: None,
            configuration,
            environment: Vec::new(),
            door: None,
            port: 0,
            monitor_port: 0,
            folder: Folder::create("cabas-nats-", 0o700)?,
        })
    }

    /// Writes each password into a file of its own.
    fn keep(&self, passwords: &Passwords) -> anyhow::Result<()> {
        let folder = self.folder.path().join("passwords");
        fs::create_dir(&folder)?;
        for (user, password) in passwords {
            let file = folder.join(user);
            fs::write(&file, password)?;
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
        }
        Ok(())
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("streams")
    }

    fn launch(&mut self) -> anyhow::Result<()> {
        let folder = self.folder.path();
        let mut command = leashed(OsStr::new(&self.program), Signal::Term, None);
        command.current_dir(folder).args(["-c", self.configuration, "-a", "127.0.0.1"]);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.args(["-p", &self.port.to_string(), "-m", &self.monitor_port.to_string()]);
        command.arg("-sd").arg(self.store()).stdout(self.folder.leash()?);
        if let Some(certificate) = &self.certificate {
            command.arg("--tls").arg("--tlscert").arg(&certificate.chain);
            command.arg("--tlskey").arg(&certificate.key);
        }
        let log = folder.join("nats.log");
        let ready = |line: &str| line.ends_with("Server is ready");
        self.daemon = Some(Daemon::start(command, &log, ready).context("nats-server does not start")?);
        Ok(())
    }

    fn stop(&mut self) -> anyhow::Result<()> {
        match self.daemon.take() {
            Some(mut daemon) => daemon.stop(Signal::Term),
            None => Ok(()),
        }
    }

    fn kill9(&mut self) -> anyhow::Result<()> {
        match self.daemon.take() {
            Some(mut daemon) => daemon.kill9(),
            None => Ok(()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.kill9() {
            tracing::warn!(%error, "nats-server was left running");
        }
    }
}

/// `analysts-admin` → `ANALYSTS_ADMIN_PASSWORD: "…"`
fn password_variables(passwords: &Passwords) -> String {
    let line = |(user, password): (&&str, &String)| {
        format!("{}_PASSWORD: \"{password}\"\n", user.to_uppercase().replace('-', "_"))
    };
    passwords.iter().map(line).collect::<String>() + "SHOPS: []\n"
}
