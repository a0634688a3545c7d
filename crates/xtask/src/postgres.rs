//! A PostgreSQL for the length of one command.
//!
//! The tests have a better one in `testbed`; this one must work before the crates that `testbed` is built of compile.

use std::fs::Permissions;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace::{on_path, output};

/// A running server, reached by its socket alone; gone with its data when dropped.
pub struct Postgres {
    programs: PathBuf,
    directory: PathBuf,
    account: Option<Account>,
    server: Child,
}

/// The account the server runs under when we are root, for PostgreSQL refuses root.
#[derive(Clone, Copy)]
struct Account {
    user: u32,
    group: u32,
}

impl Postgres {
    /// Makes an empty cluster under the temporary folder and starts it.
    pub fn start() -> Result<Self> {
        let programs = programs()?;
        let account = account()?;
        // Not below the checkout: the account that root steps down to could not reach it there.
        let directory = std::env::temp_dir().join(format!("cabas-prepare-{}", std::process::id()));
        std::fs::create_dir(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
        std::fs::set_permissions(&directory, Permissions::from_mode(0o700))?;
        if let Some(account) = account {
            chown(&directory, Some(account.user), Some(account.group))?;
        }
        let mut initdb = under(account, &programs.join("initdb"), &directory);
        initdb.args(["--no-sync", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-D"]);
        output(initdb.arg(&directory))?;
        let server = serve(account, &programs, &directory)?;
        Ok(Self { programs, directory, account, server })
    }

    /// Makes a database and applies every migration of a folder to it, in the order of their names.
    pub fn migrate(&self, database: &str, migrations: &[PathBuf]) -> Result<()> {
        output(self.psql("postgres").args(["-c", &format!("create database {database}")]))?;
        for migration in migrations {
            output(self.psql(database).arg("-f").arg(migration))?;
        }
        Ok(())
    }

    /// The address of a database, for sqlx.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.directory.display())
    }

    fn psql(&self, database: &str) -> Command {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database, "-h"]);
        psql.arg(&self.directory).env("PGOPTIONS", "-c client_min_messages=warning");
        psql
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut stop = under(self.account, &self.programs.join("pg_ctl"), &self.directory);
        let stopped = output(stop.args(["stop", "-s", "-m", "immediate", "-D"]).arg(&self.directory));
        if stopped.is_ok() {
            let _ = self.server.wait();
            let _ = std::fs::remove_dir_all(&self.directory);
        } else {
            eprintln!("warning: a PostgreSQL is left in {}", self.directory.display());
        }
    }
}

/// Starts the server and returns once it says that it accepts connections.
fn serve(account: Option<Account>, programs: &Path, directory: &Path) -> Result<Child> {
    let mut postgres = under(account, &programs.join("postgres"), directory);
    postgres.arg("-D").arg(directory).arg("-k").arg(directory);
    for setting in ["listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off"] {
        postgres.args(["-c", setting]);
    }
    let mut server = postgres
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start PostgreSQL")?;
    let stderr = server.stderr.take().expect("the standard error was piped on the line above");
    let mut lines = BufReader::new(stderr).lines();
    let mut said = Vec::new();
    loop {
        let Some(line) = lines.next().transpose()? else {
            bail!("PostgreSQL did not start:\n{}", said.join("\n"));
        };
        if line.contains("ready to accept connections") {
            break;
        }
        said.push(line);
    }
    // A server that nobody listens to would block when the pipe is full.
    std::thread::spawn(move || lines.for_each(drop));
    Ok(server)
}

fn under(account: Option<Account>, program: &Path, directory: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(directory).env("LC_ALL", "C.UTF-8");
    if let Some(account) = account {
        command.uid(account.user).gid(account.group);
    }
    command
}

/// None for an ordinary user, who runs the server as themselves.
fn account() -> Result<Option<Account>> {
    if std::fs::metadata("/proc/self")?.uid() != 0 {
        return Ok(None);
    }
    let accounts = std::fs::read_to_string("/etc/passwd")?;
    for wanted in ["postgres", "nobody"] {
        for line in accounts.lines() {
            let fields: Vec<&str> = line.split(':').collect();
            if let [name, _, user, group, ..] = fields[..]
                && name == wanted
            {
                return Ok(Some(Account { user: user.parse()?, group: group.parse()? }));
            }
        }
    }
    bail!("PostgreSQL refuses to run as root, and there is no account `postgres` or `nobody`")
}

/// The folder of the server's programs: Debian does not put them on the search path.
pub fn programs() -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os("PG_BIN_DIR") {
        return Ok(folder.into());
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .map(|version| version.path().join("bin"))
        .filter(|folder| folder.join("initdb").is_file())
        .max_by_key(|folder| version_in(folder));
    if let Some(folder) = newest {
        return Ok(folder);
    }
    on_path("initdb")
        .and_then(|initdb| initdb.canonicalize().ok())
        .and_then(|initdb| initdb.parent().map(Path::to_path_buf))
        .context("there is no PostgreSQL server here; `cargo xtask install` installs it")
}

fn version_in(folder: &Path) -> u32 {
    let version = folder.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    version.and_then(|version| version.parse().ok()).unwrap_or(0)
}
