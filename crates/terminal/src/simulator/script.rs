//! A script of behaviours, one a payment, that another process may write while the simulator plays.

use std::{
    io,
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
};

use anyhow::Context;

use super::Behaviour;

/// A file with one word a line: the n-th payment behaves as the n-th line says. An empty line, and what comes after the last one, says
/// nothing. The file is read anew for each payment, so that a test can go on writing.
#[derive(Debug)]
pub(super) struct Script {
    file: Option<PathBuf>,
    played: AtomicUsize,
}

impl Script {
    pub(super) fn of(file: Option<PathBuf>) -> Self {
        Self { file, played: AtomicUsize::default() }
    }

    /// What the script says of the next payment.
    pub(super) fn next(&self) -> anyhow::Result<Option<Behaviour>> {
        let Some(file) = &self.file else { return Ok(None) };
        let turn = self.played.fetch_add(1, Ordering::Relaxed);
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(failure) if failure.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(failure) => {
                return Err(failure).with_context(|| format!("cannot read the script {}", file.display()));
            }
        };
        let word = text.lines().nth(turn).map(str::trim).filter(|word| !word.is_empty());
        Ok(word.map(str::parse).transpose()?)
    }
}
