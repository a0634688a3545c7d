//! A server's folder, removed when neither we nor the server need it any more, even if both were killed.

use std::io::{PipeWriter, pipe};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context;

/// Reads a pipe until every writer is gone, then removes the folder.
const SWEEP: &str = r#"cat >/dev/null; rm -rf -- "$1""#;

/// A temporary folder under watch of a small process that waits for the end of a pipe. This process holds the
/// pipe, and so does each server started with [`Folder::leash`]: the folder outlives the last of them by an instant.
///
/// A destructor alone would leave the folder behind after SIGKILL, and after every test run, since statics are never dropped.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    leash: Option<PipeWriter>,
    sweeper: Child,
}

impl Folder {
    pub(crate) fn create(prefix: &str, mode: u32) -> anyhow::Result<Folder> {
        let path = tempfile::Builder::new()
            .prefix(prefix)
            .permissions(std::fs::Permissions::from_mode(mode))
            .tempdir()
            .context("cannot make a temporary folder")?
            .keep();
        let (reader, writer) = pipe()?;
        let sweeper = Command::new("/bin/sh")
            .args(["-c", SWEEP, "testbed-sweeper"])
            .arg(&path)
            .current_dir("/")
            .stdin(reader)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("cannot start the process that removes the folder")?;
        Ok(Folder { path, leash: Some(writer), sweeper })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A standard output for a server that works in this folder.
    pub(crate) fn leash(&self) -> anyhow::Result<Stdio> {
        let leash = self.leash.as_ref().context("the folder is being removed")?;
        Ok(leash.try_clone()?.into())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.leash = None;
        if let Err(error) = self.sweeper.wait() {
            tracing::warn!(%error, folder = %self.path.display(), "a folder may be left behind");
        }
    }
}
