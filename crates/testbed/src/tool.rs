//! Where the servers' programs are, and as whom they may run.

use std::env;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, anyhow, bail};

/// What 2.12 brings and we rely on: strict requests, and the repairs that a power cut needs.
const NATS_FLOOR: (u32, u32) = (2, 12);
/// The developers' command that installs what is missing.
const INSTALL: &str = "run `cargo xtask install`";

/// An account of this machine.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// The account PostgreSQL must run under: none of its own for an ordinary user, an unprivileged one for root,
/// because PostgreSQL refuses to run as root.
pub(crate) fn unprivileged_account() -> anyhow::Result<Option<Account>> {
    if fs::metadata("/proc/self")?.uid() != 0 {
        return Ok(None);
    }
    let accounts = fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
    let account = account_named("postgres", &accounts).or_else(|| account_named("nobody", &accounts));
    account.map(Some).context("root needs an account `postgres` or `nobody` to run PostgreSQL as")
}

fn account_named(name: &str, accounts: &str) -> Option<Account> {
    let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some(Account { uid: fields.next()?.parse().ok()?, gid: fields.next()?.parse().ok()? })
}

/// A program that was built beside this one.
///
/// # Errors
/// When it was not built.
pub fn program(name: &str) -> anyhow::Result<PathBuf> {
    let this = env::current_exe()?;
    this.ancestors()
        .skip(1)
        .take(2)
        .map(|folder: &Path| folder.join(name))
        .find(|file| file.is_file())
        .with_context(|| format!("{name} is not beside {}: run `cargo build -p {name}`", this.display()))
}

/// The folder with `initdb` and `postgres`: `$PG_BIN_DIR`, the newest of Debian's, or one of `$PATH`.
pub(crate) fn postgres_binaries() -> anyhow::Result<PathBuf> {
    if let Some(folder) = env::var_os("PG_BIN_DIR").map(PathBuf::from) {
        if is_program(&folder.join("postgres")) {
            return Ok(folder);
        }
        bail!("PG_BIN_DIR is {}, which has no `postgres`", folder.display());
    }
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|version| is_program(&debian_binaries(*version).join("postgres")))
        .max();
    newest
        .map(debian_binaries)
        .or_else(|| {
            on_path()
                .find(|folder| is_program(&folder.join("initdb")) && is_program(&folder.join("postgres")))
        })
        .with_context(|| format!("PostgreSQL is not installed; {INSTALL}"))
}

/// A program that comes with PostgreSQL, such as `pgbench`.
///
/// # Errors
/// When PostgreSQL is not installed, or came without it.
pub fn postgres_program(name: &str) -> anyhow::Result<PathBuf> {
    let program = postgres_binaries()?.join(name);
    if is_program(&program) {
        return Ok(program);
    }
    bail!("{} is missing; {INSTALL}", program.display())
}

fn debian_binaries(version: u32) -> PathBuf {
    PathBuf::from(format!("/usr/lib/postgresql/{version}/bin"))
}

/// A nats-server that is new enough, looked for once.
pub(crate) fn nats_server() -> anyhow::Result<PathBuf> {
    static FOUND: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    FOUND.get_or_init(find_nats_server).clone().map_err(|refusal| anyhow!(refusal))
}

fn find_nats_server() -> Result<PathBuf, String> {
    let candidates: Vec<PathBuf> = match env::var_os("NATS_SERVER") {
        Some(named) => vec![named.into()],
        None => {
            let installed = tool_folders();
            let elsewhere = on_path().chain([PathBuf::from("/usr/sbin")]);
            installed.into_iter().chain(elsewhere).map(|folder| folder.join("nats-server")).collect()
        }
    };
    let mut refused = Vec::new();
    for candidate in candidates.into_iter().filter(|candidate| is_program(candidate)) {
        match nats_version(&candidate) {
            Some(version) if version >= NATS_FLOOR => return Ok(candidate),
            Some((major, minor)) => refused.push(format!("{} is {major}.{minor}", candidate.display())),
            None => refused.push(format!("{} does not tell its version", candidate.display())),
        }
    }
    let (major, minor) = NATS_FLOOR;
    let found = if refused.is_empty() { "none was found".to_owned() } else { refused.join(", ") };
    Err(format!("nats-server {major}.{minor} or newer is needed, {found}; {INSTALL}"))
}

/// `var/tools` of the workspace this was compiled in, and of any folder above the running program.
fn tool_folders() -> Vec<PathBuf> {
    let program = env::current_exe().unwrap_or_default();
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().chain(program.ancestors());
    above.map(|folder| folder.join("var/tools")).filter(|folder| folder.is_dir()).collect()
}

fn nats_version(program: &Path) -> Option<(u32, u32)> {
    let output = Command::new(program).arg("--version").output().ok()?;
    version_in(&String::from_utf8_lossy(&output.stdout))
}

/// `nats-server: v2.15.1` → `(2, 15)`
fn version_in(line: &str) -> Option<(u32, u32)> {
    let mut numbers = line.rsplit_once('v')?.1.trim().split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn on_path() -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).collect::<Vec<_>>().into_iter()
}

fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::{account_named, version_in};

    #[test]
    fn a_version_is_read_from_what_the_server_prints() {
        assert_eq!(version_in("nats-server: v2.15.1\n"), Some((2, 15)));
        assert_eq!(version_in("nats-server: v2.9.10"), Some((2, 9)));
        assert_eq!(version_in("something else"), None);
    }

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let accounts = "postgresx:x:7:7::/:/bin/sh\npostgres:x:101:104:admin:/var:/bin/bash\n";
        let account = account_named("postgres", accounts).unwrap();
        assert_eq!((account.uid, account.gid), (101, 104));
        assert!(account_named("nobody", accounts).is_none());
    }
}
