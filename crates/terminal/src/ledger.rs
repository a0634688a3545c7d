//! One line for every sale that checkout acknowledged: what an independent reader compares with the books.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

/// The till's ledger.
#[derive(Debug)]
pub struct Ledger {
    file: File,
    last: Option<Uuid>,
}

/// A sale that was acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// The sale.
    pub sale_id: Uuid,
    /// When the till got the answer, by the machine's own clock.
    pub unix_nanos_of_acknowledgement: i128,
    /// The basket it was.
    pub basket_id: Uuid,
    /// Its total, in cents.
    pub total_minor: i64,
}

impl Ledger {
    /// Opens the ledger, or begins one.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn open(file: &Path) -> io::Result<Self> {
        let file_name = file;
        let mut file = OpenOptions::new().create(true).append(true).open(file_name)?;
        let text = std::fs::read_to_string(file_name)?;
        if !text.is_empty() && !text.ends_with('\n') {
            file.write_all(b"\n")?;
        }
        let last = text.lines().rev().find_map(|line| serde_json::from_str::<Acknowledgement>(line).ok());
        Ok(Self { file, last: last.map(|line| line.sale_id) })
    }

    /// Adds a sale. A till serves one shopper at a time, so that only the last sale can be told twice, after a restart.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn add(&mut self, sale_id: Uuid, basket_id: Uuid, total_minor: i64) -> io::Result<()> {
        if self.last == Some(sale_id) {
            return Ok(());
        }
        let line = Acknowledgement {
            sale_id,
            unix_nanos_of_acknowledgement: OffsetDateTime::now_utc().unix_timestamp_nanos(),
            basket_id,
            total_minor,
        };
        let mut text = serde_json::to_string(&line)?;
        text.push('\n');
        self.file.write_all(text.as_bytes())?;
        self.last = Some(sale_id);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sale_told_twice_has_one_line_and_a_torn_line_spoils_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ledger");
        std::fs::write(&file, "{\"sale_id\":\"torn").unwrap();
        let (first, second, basket) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        Ledger::open(&file).unwrap().add(first, basket, 250).unwrap();
        let mut ledger = Ledger::open(&file).unwrap();
        ledger.add(first, basket, 250).unwrap();
        ledger.add(second, basket, 300).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        let lines: Vec<Acknowledgement> =
            text.lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect();
        let sales: Vec<_> = lines.iter().map(|line| (line.sale_id, line.total_minor)).collect();
        assert_eq!(sales, [(first, 250), (second, 300)]);
        assert!(lines[0].unix_nanos_of_acknowledgement > 1_700_000_000_000_000_000);
    }
}
