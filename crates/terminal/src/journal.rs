//! What a till must not forget: where it stands, the edits of its basket, a payment before it is asked and an answer before it is
//! told. Every write is on the disk before it returns.
//!
//! No person is in it: that a card was presented is an edit without the card's number.

use std::{path::Path, sync::Arc};

use redb::{Database, Durability, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    client::RequestId,
    receipt::{Language, Receipt},
    stage::Stage,
};

mod given_up;
mod identity;
mod last_sale;

use given_up::GIVEN_UP;
use last_sale::LAST_SALE;

pub use given_up::{Cause, GivenUp};
pub use identity::Identity;
pub(crate) use identity::place;
pub use last_sale::LastSale;

const TILL: TableDefinition<&str, &[u8]> = TableDefinition::new("till");
const EDIT: TableDefinition<u64, &[u8]> = TableDefinition::new("edit");
/// What a person of the store is still to look into.
const NOTE: TableDefinition<u128, &[u8]> = TableDefinition::new("note");

/// Key of the stage in the table of the till.
const STAGE: &str = "stage";
/// Key of the mode.
const MODE: &str = "mode";
/// Key of the till's code.
const CODE: &str = "code";

/// The journal of one till. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Journal(Arc<Database>);

/// An edit of the basket that checkout has acknowledged, as it was sent: a repeat must have the same content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// Identity of the request.
    pub request_id: RequestId,
    /// The version that was sent.
    pub version: i64,
    /// What changes.
    #[serde(flatten)]
    pub change: Change,
}

/// What an edit changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// An article was scanned.
    Scan {
        /// What the scanner sent.
        code: String,
        /// The quantity that was sent.
        quantity_milli: i64,
        /// The tare that was sent.
        #[serde(default)]
        tare_milli: i64,
    },
    /// An empty came back.
    ReturnDeposit {
        /// What the scanner sent.
        code: String,
        /// The quantity that was sent.
        quantity_milli: i64,
    },
    /// An attendant said which product an unknown code is.
    Resolve {
        /// The number of the unknown code.
        line_id: i32,
        /// The product.
        code: String,
        /// How much of it, where no label says it.
        #[serde(default)]
        quantity_milli: i64,
    },
    /// A line has another quantity.
    SetQuantity {
        /// The line.
        line_id: i32,
        /// The new quantity.
        quantity_milli: i64,
    },
    /// A line was taken out.
    Remove {
        /// The line.
        line_id: i32,
    },
    /// A member's card was presented. Its number is known to the running process alone.
    Identify,
    /// It was the wrong card.
    Unidentify,
    /// How the ticket is wanted.
    Receipt {
        /// How.
        receipt: Receipt,
        /// The shopper said so; otherwise it is what is usual.
        asked: bool,
        /// In which language.
        #[serde(default)]
        language: Language,
    },
    /// A discount was claimed.
    Discount {
        /// Its code.
        code: String,
    },
}

/// What is practised and what is in earnest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mode {
    /// The office has turned the till to training.
    pub till: bool,
    /// The basket that the till is at, or was at last, was opened in training.
    pub basket: bool,
}

/// What a person of the store is to look into, while the till goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Its identity.
    pub note_id: Uuid,
    /// Why.
    pub cause: NoteCause,
    /// The basket, where it is known.
    pub basket_id: Option<Uuid>,
    /// What was asked of the card terminal, in cents; below zero what was to be given back.
    pub asked_minor: i64,
    /// What was taken, in cents; below zero what was given back.
    pub taken_minor: i64,
    /// When it was noted.
    #[serde(with = "time::serde::rfc3339")]
    pub noted_time: OffsetDateTime,
}

/// Why a person is to look into something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteCause {
    /// The card terminal said, late, another thing than what the payment was settled as.
    LateAnswer,
    /// A slip held a whole card number and was left out.
    SlipRefused,
}

/// What a journal remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// Where the till stands.
    pub stage: Stage,
    /// The edits of its basket, in their order.
    pub edits: Vec<Edit>,
    /// Whether it is training.
    pub mode: Mode,
    /// The last sale, while anything of it is owed to its shopper.
    pub last_sale: Option<LastSale>,
    /// The baskets that checkout does not know to be given up.
    pub given_up: Vec<GivenUp>,
}

/// Why the journal cannot be read or written. The till must stop: without a journal it may not ask for money.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file or the disk.
    #[error("the till's journal")]
    Storage(#[source] Box<redb::Error>),
    /// A record that this version cannot read.
    #[error("a record of the till's journal cannot be read")]
    Record(#[from] serde_json::Error),
    /// The file is another till's.
    #[error("the journal is that of the till {0}")]
    AnotherTill(String),
    /// The writing thread ended.
    #[error("the till's journal was not written")]
    Interrupted,
}

impl Journal {
    /// Opens the journal of the till `code`, or begins one. A process that has it open keeps every other one out.
    pub fn open(file: &Path, code: &str) -> Result<Self, JournalError> {
        Self::own(Database::create(file)?, code)
    }

    fn own(db: Database, code: &str) -> Result<Self, JournalError> {
        let tx = begin(&db)?;
        {
            let mut till = tx.open_table(TILL)?;
            tx.open_table(EDIT)?;
            tx.open_table(NOTE)?;
            tx.open_table(GIVEN_UP)?;
            let owner = till.get(CODE)?.map(|value| String::from_utf8_lossy(value.value()).into_owned());
            match owner {
                Some(owner) if owner != code => return Err(JournalError::AnotherTill(owner)),
                Some(_) => {}
                None => {
                    till.insert(CODE, code.as_bytes())?;
                }
            }
        }
        tx.commit()?;
        Ok(Self(Arc::new(db)))
    }

    /// Everything in it.
    pub fn read(&self) -> Result<Remembered, JournalError> {
        let tx = self.0.begin_read()?;
        let till = tx.open_table(TILL)?;
        let stage = match till.get(STAGE)? {
            Some(value) => read(value.value())?,
            None => Stage::Idle,
        };
        let mode = till.get(MODE)?.map(|value| read(value.value())).transpose()?.unwrap_or_default();
        let last_sale = till.get(LAST_SALE)?.map(|value| read(value.value())).transpose()?;
        let (edits, given_up) = (tx.open_table(EDIT)?, tx.open_table(GIVEN_UP)?);
        let edits = edits.iter()?.map(|row| read(row?.1.value())).collect::<Result<_, JournalError>>()?;
        let given_up =
            given_up.iter()?.map(|row| read(row?.1.value())).collect::<Result<_, JournalError>>()?;
        Ok(Remembered { stage, edits, mode, last_sale, given_up })
    }

    /// Writes where the till stands. A till that becomes idle forgets its edits.
    pub async fn stage(&self, stage: &Stage) -> Result<(), JournalError> {
        let forgets = *stage == Stage::Idle;
        let stage = serde_json::to_vec(stage)?;
        self.write(move |tx| put_stage(tx, &stage, forgets)).await
    }

    /// Writes what is practised and what is in earnest.
    pub async fn mode(&self, mode: Mode) -> Result<(), JournalError> {
        let mode = serde_json::to_vec(&mode)?;
        self.write(move |tx| {
            tx.open_table(TILL)?.insert(MODE, mode.as_slice())?;
            Ok(())
        })
        .await
    }

    /// Adds an edit that checkout has acknowledged.
    pub async fn edit(&self, edit: &Edit) -> Result<(), JournalError> {
        let edit = serde_json::to_vec(edit)?;
        self.write(move |tx| append(tx, &[edit])).await
    }

    /// Keeps a note until a person has settled it.
    pub async fn note(&self, note: &Note) -> Result<(), JournalError> {
        let (key, note) = (note.note_id.as_u128(), serde_json::to_vec(note)?);
        self.write(move |tx| {
            tx.open_table(NOTE)?.insert(key, note.as_slice())?;
            Ok(())
        })
        .await
    }

    /// Forgets the notes that a person has settled.
    pub async fn settle_notes(&self, note_ids: &[Uuid]) -> Result<(), JournalError> {
        let keys: Vec<u128> = note_ids.iter().map(Uuid::as_u128).collect();
        self.write(move |tx| {
            let mut table = tx.open_table(NOTE)?;
            for key in keys {
                table.remove(key)?;
            }
            Ok(())
        })
        .await
    }

    /// The notes that nobody has settled yet.
    pub fn notes(&self) -> Result<Vec<Note>, JournalError> {
        let tx = self.0.begin_read()?;
        let rows = tx.open_table(NOTE)?;
        rows.iter()?.map(|row| read(row?.1.value())).collect()
    }

    /// Writes where the till stands together with all its edits: it has moved to another basket.
    pub async fn move_to(&self, stage: &Stage, edits: &[Edit]) -> Result<(), JournalError> {
        let stage = serde_json::to_vec(stage)?;
        let edits = edits.iter().map(serde_json::to_vec).collect::<Result<Vec<_>, _>>()?;
        self.write(move |tx| {
            tx.open_table(TILL)?.insert(STAGE, stage.as_slice())?;
            tx.delete_table(EDIT)?;
            append(tx, &edits)
        })
        .await
    }

    /// Waits for the disk on a thread that may.
    async fn write(
        &self,
        change: impl FnOnce(&WriteTransaction) -> Result<(), redb::Error> + Send + 'static,
    ) -> Result<(), JournalError> {
        let db = Arc::clone(&self.0);
        let written = tokio::task::spawn_blocking(move || {
            let tx = begin(&db)?;
            change(&tx)?;
            tx.commit()?;
            Ok(())
        });
        written.await.map_err(|_| JournalError::Interrupted)?
    }
}

fn begin(db: &Database) -> Result<WriteTransaction, JournalError> {
    let mut tx = db.begin_write()?;
    tx.set_durability(Durability::Immediate).map_err(redb::Error::from)?;
    Ok(tx)
}

fn put_stage(tx: &WriteTransaction, stage: &[u8], forgets: bool) -> Result<(), redb::Error> {
    tx.open_table(TILL)?.insert(STAGE, stage)?;
    if forgets {
        tx.delete_table(EDIT)?;
        tx.open_table(EDIT)?;
    }
    Ok(())
}

fn append(tx: &WriteTransaction, edits: &[Vec<u8>]) -> Result<(), redb::Error> {
    let mut table = tx.open_table(EDIT)?;
    let next = table.last()?.map_or(0, |(key, _)| key.value() + 1);
    for (key, edit) in (next..).zip(edits) {
        table.insert(key, edit.as_slice())?;
    }
    Ok(())
}

fn read<T: DeserializeOwned>(record: &[u8]) -> Result<T, JournalError> {
    Ok(serde_json::from_slice(record)?)
}

impl<E: Into<redb::Error>> From<E> for JournalError
where
    E: StorageFailure,
{
    fn from(failure: E) -> Self {
        Self::Storage(Box::new(failure.into()))
    }
}

/// The errors of the storage, which differ by the call.
trait StorageFailure {}
impl StorageFailure for redb::Error {}
impl StorageFailure for redb::DatabaseError {}
impl StorageFailure for redb::TransactionError {}
impl StorageFailure for redb::TableError {}
impl StorageFailure for redb::StorageError {}
impl StorageFailure for redb::CommitError {}

#[cfg(test)]
mod power_cut;
#[cfg(test)]
mod tests;
