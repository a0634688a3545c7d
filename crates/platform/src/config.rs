//! Groups of arguments that services flatten into their one configuration struct.
//!
//! An argument `--nats-url` of the service `checkout` is also read from `CHECKOUT_NATS_URL`: [`prefixed`] gives every argument of a
//! command that name, so that one group serves all services.

use std::{fmt, fs, net::SocketAddr, path::PathBuf, str::FromStr};

use anyhow::Context;
use clap::{Args, Command};
use url::Url;

/// Where a service answers gRPC, and under which identity.
#[derive(Args, Clone, Debug)]
pub struct GrpcArgs {
    /// Address to answer gRPC on
    #[arg(long, default_value = "127.0.0.1:0")]
    pub grpc_addr: SocketAddr,
    /// Public key of the staff assertions that membership signs (PEM file)
    #[arg(long)]
    pub staff_public_key: PathBuf,
    /// The identity in mutual TLS.
    #[command(flatten)]
    pub tls: TlsArgs,
}

/// The identity of a process in mutual TLS.
#[derive(Args, Clone, Debug)]
pub struct TlsArgs {
    /// Certificate of this process (PEM file)
    #[arg(long)]
    pub tls_cert: PathBuf,
    /// Private key of the certificate (PEM file)
    #[arg(long)]
    pub tls_key: PathBuf,
    /// Authority that signs every certificate of the installation (PEM file)
    #[arg(long)]
    pub tls_ca: PathBuf,
}

/// The service's own PostgreSQL database.
#[derive(Args, Clone, Debug)]
pub struct DatabaseArgs {
    /// URL of the service's own database
    #[arg(long)]
    pub database_url: Secret,
    /// File with the password of the database's role, if the URL has none
    #[arg(long)]
    pub database_password_file: Option<PathBuf>,
    /// Connections for requests; the relay and its lock have one each of their own
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub database_connections: u32,
}

/// The role that owns the tables of a database, where that is not the role that serves.
#[derive(Args, Clone, Debug)]
pub struct OwnerArgs {
    /// URL of the same database under the role that owns its tables; the role of --database-url is then given no more than it needs to
    /// serve
    #[arg(long)]
    pub owner_database_url: Option<Secret>,
    /// File with the password of the owning role, if the URL has none
    #[arg(long)]
    pub owner_database_password_file: Option<PathBuf>,
}

/// The message bus. The user is the service's name.
#[derive(Args, Clone, Debug)]
pub struct BusArgs {
    /// URL of nats-server, version 2.12 or later
    #[arg(long)]
    pub nats_url: Url,
    /// File with the password of the service's NATS user
    #[arg(long)]
    pub nats_password_file: PathBuf,
    /// File with the authority of nats-server's certificate, when the URL is `tls://…` and no public authority signed it
    #[arg(long)]
    pub nats_ca: Option<PathBuf>,
    /// URL of nats-server's monitoring, to warn when it does not sync every write
    #[arg(long)]
    pub nats_monitor_url: Option<Url>,
}

impl OwnerArgs {
    /// The database under the role that owns it; `None` where the role that serves owns it too.
    #[must_use]
    pub fn database(&self) -> Option<DatabaseArgs> {
        Some(DatabaseArgs {
            database_url: self.owner_database_url.clone()?,
            database_password_file: self.owner_database_password_file.clone(),
            database_connections: 1,
        })
    }
}

/// A text that never shows in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl DatabaseArgs {
    /// The URL with the password of the file in it.
    ///
    /// # Errors
    /// When the URL is none, or the file cannot be read.
    pub fn url(&self) -> anyhow::Result<Secret> {
        let mut url: Url = self.database_url.expose().parse().context("the database URL is not a URL")?;
        if let Some(file) = &self.database_password_file {
            let password = read_secret(file)?;
            if url.set_password(Some(password.expose())).is_err() {
                anyhow::bail!("the database URL cannot carry a password");
            }
        }
        Ok(Secret(url.into()))
    }
}

impl Secret {
    /// Wraps a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

impl FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

/// Reads a secret from its file, without the line's end.
///
/// # Errors
/// When the file cannot be read or is empty.
pub fn read_secret(file: &std::path::Path) -> anyhow::Result<Secret> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let text = text.trim_end_matches(['\r', '\n']);
    anyhow::ensure!(!text.is_empty(), "{} is empty", file.display());
    Ok(Secret::new(text))
}

/// Gives every argument of `command` the environment variable `<SERVICE>_<ARGUMENT>`, and hides values of secrets.
#[must_use]
pub fn prefixed(command: Command, service: &str) -> Command {
    let prefix = service.to_uppercase().replace('-', "_");
    command.mut_args(|argument| {
        let Some(long) = argument.get_long() else { return argument };
        if matches!(long, "help" | "version") || argument.get_env().is_some() {
            return argument;
        }
        let variable = format!("{prefix}_{}", long.to_uppercase().replace('-', "_"));
        // clap wants names that live as long as the program; a command is built once.
        argument.env(&*Box::leak(variable.into_boxed_str())).hide_env_values(true)
    })
}

#[cfg(test)]
mod tests {
    use clap::{Parser, error::ErrorKind};

    use super::*;

    #[derive(Parser, Debug)]
    struct Example {
        #[command(flatten)]
        database: DatabaseArgs,
    }

    #[test]
    fn every_argument_gets_the_variable_of_its_service() {
        let command = prefixed(<Example as clap::CommandFactory>::command(), "card-simulator");
        let argument = command.get_arguments().find(|a| a.get_long() == Some("database-url")).unwrap();
        assert_eq!(argument.get_env().unwrap(), "CARD_SIMULATOR_DATABASE_URL");
        let missing = command.try_get_matches_from(["example"]).unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::MissingRequiredArgument);
    }

    #[test]
    fn a_secret_never_shows() {
        let example = Example::parse_from(["example", "--database-url", "postgres://u:hidden@h/d"]);
        assert!(!format!("{example:?}").contains("hidden"));
    }

    #[test]
    fn a_password_file_completes_the_url() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        fs::write(&file, "p@ss\n").unwrap();
        let args = DatabaseArgs {
            database_url: Secret::new("postgres://checkout@db/checkout"),
            database_password_file: Some(file),
            database_connections: 1,
        };
        assert_eq!(args.url().unwrap().expose(), "postgres://checkout:p%40ss@db/checkout");
    }
}
