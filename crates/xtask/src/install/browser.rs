//! What the browser journeys need: Node.js, Chromium and the locked packages of `tests/browser`.

use std::io::stderr;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::{absent, apt};
use crate::workspace::{output, root, run};

/// What the test runner asks for.
const OLDEST_NODE: u32 = 18;

/// Installs what is missing.
pub fn install() -> Result<()> {
    let mut missing = absent(&[("node", "nodejs"), ("npm", "npm"), ("chromium", "chromium")]);
    if missing.contains(&"chromium") {
        // Recommended by the package, and left out with all recommendations; a page without letters shows little.
        missing.push("fonts-liberation");
    }
    apt::install(&missing)?;
    let node = String::from_utf8(output(Command::new("node").arg("--version"))?)?;
    if version_in(&node).is_none_or(|version| version < OLDEST_NODE) {
        bail!("node is {}, and the browser journeys need {OLDEST_NODE} or newer", node.trim_end());
    }
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

/// `v20.11.0` gives 20.
fn version_in(printed: &str) -> Option<u32> {
    printed.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn the_version_of_node_is_read_from_what_it_prints() {
        assert_eq!(version_in("v20.11.0\n"), Some(20));
        assert_eq!(version_in("node: not found"), None);
    }
}
