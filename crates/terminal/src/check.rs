//! The self-check of a till: what it needs, looked at when it starts and while nobody is there.
//!
//! What is wrong stands on the screen and on the page of the people of the store, until it is not wrong any more. A shopper who is there
//! is not disturbed: no device is asked meanwhile.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use platform::{Clock, identity};
use proto::checkout::v1::TillFinding;

use crate::{
    card::{CardTerminal, Health},
    paper::Printer,
    scale::Scale,
    till::{self, Screen, Till},
};

/// Between two looks while something is wrong: somebody is mending it.
const MENDING: Duration = Duration::from_secs(3);
/// The room that a disk has at least, in bytes: enough for years of the journal.
const ROOM: u64 = 64 << 20;
/// How long before its end a certificate is told.
const CERTIFICATE_ENDS: time::Duration = time::Duration::days(14);

/// What is looked at.
#[derive(Clone, Debug)]
pub struct Checks {
    /// The card terminal.
    pub card: CardTerminal,
    /// The printer, if there is one.
    pub printer: Option<Printer>,
    /// The scale, if there is one.
    pub scale: Option<Scale>,
    /// Where the journal lies.
    pub folder: PathBuf,
    /// The till's certificate.
    pub certificate: PathBuf,
    /// The time by which it ends.
    pub clock: Clock,
    /// Between two looks while nothing is wrong.
    pub every: Duration,
}

impl Checks {
    /// Everything that is wrong now.
    pub async fn look(&self) -> Vec<TillFinding> {
        let (card, printer, scale) = tokio::join!(self.card(), self.printer(), self.scale());
        let room = has_room(&self.folder);
        let disk = (!room).then_some(TillFinding::DiskFull);
        [card, disk, printer, scale, self.certificate()].into_iter().flatten().collect()
    }

    async fn card(&self) -> Option<TillFinding> {
        match self.card.health().await {
            Health::Ready | Health::NotAsked | Health::Busy => None,
            Health::NotReady(complement) => {
                tracing::warn!(?complement, "the card terminal says that it is not ready");
                Some(TillFinding::CardTerminalNotReady)
            }
            Health::Unreachable | Health::Unreadable => Some(TillFinding::CardTerminalSilent),
        }
    }

    async fn printer(&self) -> Option<TillFinding> {
        let health = self.printer.as_ref()?.health().await;
        health.err().map(till::of_printer)
    }

    async fn scale(&self) -> Option<TillFinding> {
        let answers = self.scale.as_ref()?.answers().await;
        (!answers).then_some(TillFinding::ScaleSilent)
    }

    fn certificate(&self) -> Option<TillFinding> {
        match identity::ends(&self.certificate) {
            Ok(end) if end - self.clock.unscaled() > CERTIFICATE_ENDS => None,
            Ok(_) => Some(TillFinding::CertificateEnds),
            Err(failure) => {
                tracing::warn!(
                    error = format!("{failure:#}"),
                    "the end of the till's certificate is not known"
                );
                None
            }
        }
    }
}

/// Whether the disk has room; a disk that does not say it is taken as it is.
fn has_room(folder: &Path) -> bool {
    match rustix::fs::statvfs(folder) {
        Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize) >= ROOM,
        Err(failure) => {
            tracing::warn!(%failure, "the room on the till's disk is not known");
            true
        }
    }
}

/// Looks at the start and again and again, while nobody is there, until it is dropped.
pub async fn run(checks: Checks, till: Till) {
    let mut shown = till.watch();
    loop {
        let is_free = |screen: &Screen| {
            matches!(screen, Screen::Starting | Screen::Idle | Screen::Locked | Screen::Closed(_))
        };
        if shown.wait_for(|view| is_free(&view.screen)).await.is_err() {
            return;
        }
        let found = checks.look().await;
        let pause = if found.is_empty() { checks.every } else { checks.every.min(MENDING) };
        till.finds(found);
        tokio::time::sleep(pause).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_does_not_say_its_room_is_taken_as_it_is() {
        assert!(has_room(Path::new("/nowhere/at/all")));
        assert!(has_room(Path::new("/")));
    }
}
