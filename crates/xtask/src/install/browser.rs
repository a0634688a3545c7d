//! What the browser journeys need: Node.js, Chromium and the locked packages of `tests/browser`.

use std::io::stderr;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use super::{absent, apt};
use crate::workspace::{root, run};

/// Installs what is missing.
pub fn install() -> Result<()> {
    apt::install(&absent(&[("node", "nodejs"), ("npm", "npm"), ("chromium", "chromium")]))?;
    let folder = root().join("tests/browser");
    let lock =
        std::fs::read(folder.join("package-lock.json")).context("tests/browser has no package-lock.json")?;
    // npm leaves no trace that could be compared with the lock file, so the lock file itself is left beside the packages.
    let installed = folder.join("node_modules/.installed-lock.json");
    if std::fs::read(&installed).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    eprintln!("installing the packages of tests/browser");
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder);
    // The journeys drive the distribution's Chromium; no other browser is downloaded.
    npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1").stdin(Stdio::null()).stdout(stderr());
    run(&mut npm)?;
    std::fs::write(&installed, lock)?;
    Ok(())
}
