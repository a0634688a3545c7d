//! A script of behaviours, one a payment, that another process may write while the simulator plays.

use std::{
    io,
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
};

use anyhow::Context;

use super::Behaviour;

/// A file with one word a line: the n-th payment behaves as the n-th line says, with the card whose last four digits follow the word, if any
/// do. An empty line, and what comes after the last one, says nothing. The file is read anew for each payment, so that a test can go on writing.
#[derive(Debug)]
pub(super) struct Script {
    file: Option<PathBuf>,
    played: AtomicUsize,
}

impl Script {
    pub(super) fn of(file: Option<PathBuf>) -> Self {
        Self { file, played: AtomicUsize::default() }
    }

    /// What the script says of the next payment, and of the card.
    pub(super) fn next(&self) -> anyhow::Result<Option<(Behaviour, Option<String>)>> {
        let Some(file) = &self.file else { return Ok(None) };
        let turn = self.played.fetch_add(1, Ordering::Relaxed);
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(failure) if failure.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(failure) => {
                return Err(failure).with_context(|| format!("cannot read the script {}", file.display()));
            }
        };
        let line = text.lines().nth(turn).unwrap_or_default();
        let mut words = line.split_whitespace();
        let behaviour = words.next().map(str::parse).transpose()?;
        Ok(behaviour.map(|behaviour| (behaviour, words.next().map(ToOwned::to_owned))))
    }
}
