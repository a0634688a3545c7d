//! Packages of Debian and Ubuntu.

use std::os::unix::fs::MetadataExt;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::workspace::{on_path, run};

/// Installs packages, as root or through sudo; no package is no work.
pub fn install(packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let wanted = packages.join(" ");
    if on_path("apt-get").is_none() {
        bail!(
            "this is not Debian or Ubuntu, so please install by your own means what these packages contain there: {wanted}"
        );
    }
    if std::fs::metadata("/proc/self")?.uid() != 0 && on_path("sudo").is_none() {
        bail!(
            "neither root nor sudo here; ask an administrator for: apt-get install --no-install-recommends {wanted}"
        );
    }
    eprintln!("installing from the distribution: {wanted}");
    run(&mut apt_get(&["update", "-qq"])?)?;
    run(apt_get(&["install", "-qq", "--yes", "--no-install-recommends"])?.args(packages))
}

/// What apt tells of each package is of no interest here; what goes wrong is on standard error.
fn apt_get(arguments: &[&str]) -> Result<Command> {
    let mut command = if std::fs::metadata("/proc/self")?.uid() == 0 {
        Command::new("env")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.arg("env");
        sudo
    };
    // Another package manager at work is waited for, not failed upon.
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=300"]);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
    Ok(command)
}
