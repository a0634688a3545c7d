//! The code that attendants type at the till: what it guards must not be a shopper's to press.

use std::{fs, io::Write, os::unix::fs::OpenOptionsExt, path::Path, time::Duration};

use anyhow::Context;
use platform::config::{Secret, read_secret};
use tokio::time::Instant;

/// Wrong codes in a row before the till takes none for a while.
const TRIES: u32 = 5;
/// How long it takes none.
const PAUSE: Duration = Duration::from_secs(60);

/// Knows the code, and counts who does not.
#[derive(Debug)]
pub struct Attendant {
    code: Secret,
    wrong: u32,
    closed_until: Option<Instant>,
}

impl Attendant {
    /// Reads the code from its file; makes one of six digits, for the owner's eyes alone, when there is no file.
    ///
    /// # Errors
    /// When the file cannot be read or written, or the code is too short to guard anything.
    pub fn read(file: &Path) -> anyhow::Result<Self> {
        if !file.exists() {
            let mut made = fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(file)
                .with_context(|| format!("cannot write {}", file.display()))?;
            made.write_all(format!("{:06}\n", rand::random::<u32>() % 1_000_000).as_bytes())?;
            tracing::info!(file = %file.display(), "made a code for the attendants");
        }
        let code = read_secret(file)?;
        anyhow::ensure!(code.expose().len() >= 4, "the code in {} is shorter than four", file.display());
        Ok(Self { code, wrong: 0, closed_until: None })
    }

    /// Whether `typed` is the code, and may be.
    pub fn admits(&mut self, typed: &str, now: Instant) -> bool {
        if self.closed_until.is_some_and(|until| now < until) {
            return false;
        }
        self.closed_until = None;
        if typed == self.code.expose() {
            self.wrong = 0;
            return true;
        }
        self.wrong += 1;
        if self.wrong >= TRIES {
            self.wrong = 0;
            self.closed_until = Some(now + PAUSE);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_made_once_and_guessing_it_is_slow() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("code");
        let mut attendant = Attendant::read(&file).unwrap();
        let code = fs::read_to_string(&file).unwrap().trim().to_owned();
        assert_eq!(code.len(), 6);
        let now = Instant::now();
        assert!(attendant.admits(&code, now));
        for _ in 0..TRIES {
            assert!(!attendant.admits("not it", now));
        }
        assert!(!attendant.admits(&code, now));
        assert!(attendant.admits(&code, now + PAUSE));
        assert!(Attendant::read(&file).unwrap().admits(&code, now));
    }
}
