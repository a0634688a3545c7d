//! Which machine this till is. A request to be it is written down before it is sent: sent again after a power cut it is the same one.

use std::{fs, os::unix::fs::MetadataExt, path::Path};

use redb::ReadableDatabase;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Journal, JournalError, TILL, read};
use crate::client::RequestId;

/// Key of the identity in the table of the till.
const IDENTITY: &str = "identity";
/// Another one with every start of a machine, never copied with a disk.
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

/// What a journal knows of the machine it makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Made with the journal.
    pub instance_id: Uuid,
    /// What checkout granted last; 0 when it never did.
    pub generation: i64,
    /// The request to be the till, while it is not granted.
    pub asking: Option<RequestId>,
}

impl Journal {
    /// Which machine this is; nothing before it asked for the first time.
    pub fn identity(&self) -> Result<Option<Identity>, JournalError> {
        let tx = self.0.begin_read()?;
        let kept = tx.open_table(TILL)?.get(IDENTITY)?;
        kept.map(|value| read(value.value())).transpose()
    }

    /// The request to be the till: the one that waits, or a new one, which is on the disk now.
    pub async fn ask(&self) -> Result<(Identity, RequestId), JournalError> {
        let kept = self.identity()?;
        if let Some((identity, asking)) = kept.and_then(|kept| kept.asking.map(|asking| (kept, asking))) {
            return Ok((identity, asking));
        }
        let asking = RequestId::fresh();
        let (instance_id, generation) =
            kept.map_or_else(|| (Uuid::new_v4(), 0), |kept| (kept.instance_id, kept.generation));
        let identity = Identity { instance_id, generation, asking: Some(asking) };
        self.keep_identity(&identity).await?;
        Ok((identity, asking))
    }

    /// Writes down that this machine is the till, by this generation.
    pub async fn granted(&self, identity: Identity, generation: i64) -> Result<(), JournalError> {
        self.keep_identity(&Identity { generation, asking: None, ..identity }).await
    }

    async fn keep_identity(&self, identity: &Identity) -> Result<(), JournalError> {
        let identity = serde_json::to_vec(identity)?;
        self.write(move |tx| {
            tx.open_table(TILL)?.insert(IDENTITY, identity.as_slice())?;
            Ok(())
        })
        .await
    }
}

/// Where a journal lies: which start of which machine, and which file. A copy lies elsewhere; the journal's own lock sees to it that one
/// process works in a place. Where the machine does not say it, every start is a place of its own.
pub(crate) fn place(file: &Path) -> String {
    let boot = fs::read_to_string(BOOT).unwrap_or_else(|_| Uuid::new_v4().to_string());
    let (device, number) = fs::metadata(file).map_or((0, 0), |data| (data.dev(), data.ino()));
    format!("{} {device}:{number}", boot.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_request_waits_over_any_number_of_starts_until_it_is_granted() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("journal");
        let journal = Journal::open(&file, "LILLE-01").unwrap();
        assert_eq!(journal.identity().unwrap(), None);
        let (identity, asking) = journal.ask().await.unwrap();
        drop(journal);
        let journal = Journal::open(&file, "LILLE-01").unwrap();
        assert_eq!(journal.ask().await.unwrap(), (identity, asking));
        journal.granted(identity, 7).await.unwrap();
        let (again, anew) = journal.ask().await.unwrap();
        assert_eq!((again.instance_id, again.generation), (identity.instance_id, 7));
        assert_ne!(anew, asking);
    }

    #[test]
    fn a_copied_journal_lies_in_another_place_and_a_reopened_one_in_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let (file, copy) = (folder.path().join("journal"), folder.path().join("copy"));
        drop(Journal::open(&file, "LILLE-01").unwrap());
        let before = place(&file);
        drop(Journal::open(&file, "LILLE-01").unwrap());
        std::fs::copy(&file, &copy).unwrap();
        assert_eq!(place(&file), before);
        assert_ne!(place(&copy), before);
    }

    #[test]
    fn two_processes_never_work_with_one_journal() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("journal");
        let _first = Journal::open(&file, "LILLE-01").unwrap();
        assert!(Journal::open(&file, "LILLE-01").is_err());
    }
}
