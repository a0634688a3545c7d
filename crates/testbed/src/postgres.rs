//! A private PostgreSQL.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, bail};
use rand::distr::{Alphanumeric, SampleString};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::child::{Daemon, Signal, leashed};
use crate::folder::Folder;
use crate::off_the_runtime;
use crate::port::on_free_ports;
use crate::tool::{Account, postgres_binaries, unprivileged_account};

/// What a cluster keeps when things go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Commits survive `kill -9` but not a power cut: nothing is forced to disk. Any local user may connect.
    Test,
    /// Commits survive a power cut, pages carry checksums, and connecting needs the password in the URL.
    Real,
}

/// A PostgreSQL cluster of our own on loopback, in a temporary folder. It stops with this value, or at the latest
/// with this process, and takes its data with it.
#[derive(Clone, Debug)]
pub struct Postgres {
    cluster: Arc<Mutex<Cluster>>,
    address: String,
}

impl Postgres {
    /// Makes a cluster and starts it; about a second.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start; the error carries what it said.
    pub async fn start(durability: Durability) -> anyhow::Result<Postgres> {
        off_the_runtime(move || {
            let mut cluster = Cluster::create(durability)?;
            on_free_ports(|[port]| {
                cluster.port = port;
                cluster.launch()
            })?;
            let password = cluster.password.as_ref().map(|word| format!(":{word}")).unwrap_or_default();
            let address = format!("postgres{password}@127.0.0.1:{}", cluster.port);
            Ok(Postgres { cluster: Arc::new(Mutex::new(cluster)), address })
        })
        .await
    }

    /// The URL of a database, as the cluster's owner.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{}/{database}?sslmode=disable", self.address)
    }

    /// The URL of a database for another role of the cluster.
    pub fn url_as(&self, role: &str, password: &str, database: &str) -> String {
        format!("postgres://{role}:{password}@127.0.0.1:{}/{database}?sslmode=disable", self.port())
    }

    /// The port, which stays the same over restarts.
    pub fn port(&self) -> u16 {
        self.cluster().port
    }

    /// The process id of the postmaster; `None` between [`Postgres::kill9`] and [`Postgres::restart`].
    pub fn pid(&self) -> Option<u32> {
        self.cluster().daemon.as_ref().map(Daemon::pid)
    }

    /// Where the cluster lives; the server's log is `postgres.log` in it.
    pub fn folder(&self) -> PathBuf {
        self.cluster().folder.path().to_owned()
    }

    /// Makes an empty database and returns its URL.
    ///
    /// # Errors
    /// When it exists already, or the cluster is down.
    pub async fn create_database(&self, name: &str) -> anyhow::Result<String> {
        self.execute(&format!(r#"create database "{}""#, name.replace('"', r#""""#))).await?;
        Ok(self.url(name))
    }

    /// Runs one statement in the maintenance database, as the cluster's owner: to make roles and databases.
    ///
    /// # Errors
    /// When the statement fails, or the cluster is down.
    pub async fn execute(&self, statement: &str) -> anyhow::Result<()> {
        let mut connection = PgConnection::connect(&self.url("postgres")).await?;
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
        connection.close().await?;
        Ok(())
    }

    /// `kill -9` of the postmaster and of every backend, as a crash of the machine's memory would do.
    ///
    /// # Errors
    /// When the processes survive.
    pub async fn kill9(&self) -> anyhow::Result<()> {
        self.change(|cluster| match cluster.daemon.take() {
            Some(mut daemon) => daemon.kill9(),
            None => Ok(()),
        })
        .await
    }

    /// Starts the cluster again on its port and data, after stopping it in order if it runs.
    ///
    /// # Errors
    /// When it does not stop, or does not come back.
    pub async fn restart(&self) -> anyhow::Result<()> {
        self.change(|cluster| {
            cluster.stop()?;
            cluster.launch()
        })
        .await
    }

    /// Stops the cluster in order, ending the sessions there are; [`Postgres::restart`] brings it back.
    ///
    /// # Errors
    /// When it does not stop.
    pub async fn stop(&self) -> anyhow::Result<()> {
        self.change(Cluster::stop).await
    }

    async fn change(
        &self,
        change: impl FnOnce(&mut Cluster) -> anyhow::Result<()> + Send + 'static,
    ) -> anyhow::Result<()> {
        let cluster = Arc::clone(&self.cluster);
        off_the_runtime(move || change(&mut cluster.lock().unwrap_or_else(PoisonError::into_inner))).await
    }

    fn cluster(&self) -> MutexGuard<'_, Cluster> {
        self.cluster.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
struct Cluster {
    daemon: Option<Daemon>,
    durability: Durability,
    binaries: PathBuf,
    account: Option<Account>,
    password: Option<String>,
    port: u16,
    folder: Folder,
}

impl Cluster {
    fn create(durability: Durability) -> anyhow::Result<Cluster> {
        let password =
            (durability == Durability::Real).then(|| Alphanumeric.sample_string(&mut rand::rng(), 32));
        let cluster = Cluster {
            daemon: None,
            durability,
            binaries: postgres_binaries()?,
            account: unprivileged_account()?,
            password,
            port: 0,
            // Others may pass through, for the server may run as another user; only `data` matters, and it is closed.
            folder: Folder::create("cabas-pg-", 0o711)?,
        };
        fs::create_dir(cluster.data())?;
        fs::set_permissions(cluster.data(), fs::Permissions::from_mode(0o700))?;
        cluster.give_away(cluster.data())?;
        cluster.initdb()?;
        Ok(cluster)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn give_away(&self, path: PathBuf) -> anyhow::Result<()> {
        if let Some(account) = &self.account {
            chown(path, Some(account.uid), Some(account.gid))?;
        }
        Ok(())
    }

    fn command(&self, program: &str) -> Command {
        // SIGINT is PostgreSQL's fast stop; on SIGTERM it would wait for clients that may never leave.
        let program = self.binaries.join(program);
        let mut command = leashed(OsStr::new(&program), Signal::Int, self.account.as_ref());
        command.current_dir(self.data());
        command
    }

    fn initdb(&self) -> anyhow::Result<()> {
        let mut command = self.command("initdb");
        command.arg("-D").arg(self.data()).args(["-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8"]);
        match &self.password {
            None => command.args(["--no-sync", "-A", "trust"]),
            Some(password) => {
                let file = self.folder.path().join("owner");
                fs::write(&file, password)?;
                fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
                self.give_away(file.clone())?;
                command.args(["--data-checksums", "-A", "scram-sha-256", "--pwfile"]).arg(file)
            }
        };
        let output = command.output().context("cannot run initdb through setpriv (util-linux)")?;
        if !output.status.success() {
            bail!("initdb: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(())
    }

    fn launch(&mut self) -> anyhow::Result<()> {
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data()).arg("-k").arg(self.data()).arg("-p").arg(self.port.to_string());
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_permissions=0700",
            "max_connections=200",
            "timezone=UTC",
            "log_timezone=UTC",
            "lc_messages=C",
        ] {
            command.args(["-c", setting]);
        }
        if self.durability == Durability::Test {
            // Not synchronous_commit: a commit would then sit in the server's memory, and be lost to kill -9.
            command.args(["-c", "fsync=off", "-c", "full_page_writes=off"]);
        }
        command.stdout(self.folder.leash()?);
        let log = self.folder.path().join("postgres.log");
        let ready = |line: &str| line.ends_with("database system is ready to accept connections");
        self.daemon = Some(Daemon::start(command, &log, ready).context("PostgreSQL does not start")?);
        Ok(())
    }

    fn stop(&mut self) -> anyhow::Result<()> {
        match self.daemon.take() {
            Some(mut daemon) => daemon.stop(Signal::Int),
            None => Ok(()),
        }
    }
}

impl Drop for Cluster {
    /// At once (SIGQUIT): what a stop in order would force to disk, for seconds, is about to be deleted.
    fn drop(&mut self) {
        if let Some(mut daemon) = self.daemon.take()
            && let Err(error) = daemon.stop(Signal::Quit)
        {
            tracing::warn!(%error, "PostgreSQL did not stop");
        }
    }
}
