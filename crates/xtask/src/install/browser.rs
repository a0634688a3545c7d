//! What the browser journeys need: Node.js, Chromium and the locked packages of `tests/browser`.

use std::io::stderr;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::{absent, apt};
use crate::workspace::{output, root, run};

/// Installs what is missing.
pub fn install() -> Result<()> {
    let mut missing = absent(&[("node", "nodejs"), ("npm", "npm"), ("chromium", "chromium")]);
    if missing.contains(&"chromium") {
        // Recommended by the package, and left out with all recommendations; a page without letters shows little.
        missing.push("fonts-liberation");
    }
    apt::install(&missing)?;
    let folder = root().join("tests/browser");
    let lock =
        std::fs::read(folder.join("package-lock.json")).context("tests/browser has no package-lock.json")?;
    check_node(&lock)?;
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

/// Refuses a Node.js that is too old for the locked test runner, which would say so only when a journey begins.
fn check_node(lock: &[u8]) -> Result<()> {
    let lock: serde_json::Value =
        serde_json::from_slice(lock).context("tests/browser/package-lock.json is not JSON")?;
    let wanted =
        lock["packages"]["node_modules/@playwright/test"]["engines"]["node"].as_str().unwrap_or_default();
    let node = String::from_utf8(output(Command::new("node").arg("--version"))?)?;
    if major(&node) < major(wanted) {
        bail!("the browser journeys need Node.js {wanted}, and node is {}", node.trim_end());
    }
    Ok(())
}

/// `v20.11.0` and `>=20` both give 20.
fn major(version: &str) -> Option<u32> {
    version.trim_start_matches(|c: char| !c.is_ascii_digit()).split('.').next()?.trim_end().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn a_version_of_node_is_compared_with_what_is_asked_for() {
        assert_eq!(major("v20.11.0\n"), Some(20));
        assert_eq!(major(">=20"), Some(20));
        assert!(major("v18.20.4\n") < major(">=20"));
    }

    #[test]
    fn nothing_asked_for_is_always_met() {
        assert!(major("v18.20.4") >= major(""));
    }
}
