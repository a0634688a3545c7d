//! The canonical bytes of a record: one record, one text.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::format_description::StaticFormatDescription;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use crate::{Body, Inconsistent, Record};

/// The version of the payload's form, inside every payload.
pub const FORMAT: u32 = 3;

/// How payloads are chained and signed, inside every payload.
pub const ALGORITHM: &str = "sha256-ed25519";

const TIME: StaticFormatDescription = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");

/// Why bytes are not the payload of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotARecord {
    /// Not the JSON of a payload: a field is missing, unknown, there twice, or of another type.
    #[error("not the JSON of a payload")]
    Malformed,
    /// A form this version does not know.
    #[error("unknown format")]
    UnknownFormat,
    /// The same values in other bytes than the canonical ones.
    #[error("not in canonical form")]
    NotCanonical,
    /// The record contradicts itself.
    #[error(transparent)]
    Inconsistent(#[from] Inconsistent),
}

/// The fields in the order in which they are sealed. Never reorder: a new order is a new format.
#[derive(Serialize)]
struct Written<'record> {
    format: u32,
    algorithm: &'static str,
    terminal: &'record str,
    siret: &'record str,
    sequence: i64,
    time: &'record str,
    record: &'record Body,
}

/// The same fields as they are read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    format: u32,
    algorithm: String,
    terminal: String,
    siret: String,
    sequence: i64,
    time: String,
    record: Body,
}

impl Record {
    /// The bytes that are sealed.
    pub fn payload(&self) -> Result<Vec<u8>, Inconsistent> {
        self.check()?;
        let payload = Written {
            format: FORMAT,
            algorithm: ALGORITHM,
            terminal: &self.terminal,
            siret: &self.siret,
            sequence: self.sequence,
            time: &write_time(self.time).ok_or(Inconsistent::Time)?,
            record: &self.body,
        };
        Ok(serde_json::to_vec(&payload).expect("strings and integers always have a JSON text"))
    }

    /// Reads bytes that were sealed; any other bytes, even of the same values, are refused.
    pub fn from_payload(bytes: &[u8]) -> Result<Self, NotARecord> {
        let read: Read = serde_json::from_slice(bytes).map_err(|_| unreadable(bytes))?;
        if read.format != FORMAT || read.algorithm != ALGORITHM {
            return Err(NotARecord::UnknownFormat);
        }
        let Read { terminal, siret, sequence, time, record: body, .. } = read;
        let time = read_time(&time).ok_or(NotARecord::Malformed)?;
        let record = Self { terminal, siret, sequence, time, body };
        if record.payload()? == bytes { Ok(record) } else { Err(NotARecord::NotCanonical) }
    }
}

/// A later format has other fields: say that it is unknown, not that it is broken.
fn unreadable(bytes: &[u8]) -> NotARecord {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    match serde_json::from_slice::<Format>(bytes) {
        Ok(Format { format }) if format != FORMAT => NotARecord::UnknownFormat,
        _ => NotARecord::Malformed,
    }
}

/// A time as it is sealed: in UTC, to the second.
pub(crate) fn write_time(time: OffsetDateTime) -> Option<String> {
    time.to_utc().format(TIME).ok()
}

fn read_time(text: &str) -> Option<OffsetDateTime> {
    PrimitiveDateTime::parse(text, TIME).ok().map(PrimitiveDateTime::assume_utc)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn the_canonical_form_is_this_one_for_ever() {
        let text = String::from_utf8(sample::ticket(1).payload().unwrap()).unwrap();
        assert_eq!(text, sample::GOLDEN_PAYLOAD);
        let credit_note = String::from_utf8(sample::credit_note(1).payload().unwrap()).unwrap();
        assert!(credit_note.contains(r#""record":{"credit_note":{"#), "{credit_note}");
        let original = format!(
            r#""original":{{"kind":"ticket","terminal":"LILLE-01","sequence":1,"hash":"{}"}}}}}}}}"#,
            sample::GOLDEN_HASH
        );
        assert!(credit_note.ends_with(&original), "{credit_note}");
    }

    #[test]
    fn the_offset_of_the_time_does_not_change_the_bytes() {
        let mut record = sample::ticket(1);
        record.time = record.time.to_offset(time::macros::offset!(+2));
        record.time = record.time.replace_nanosecond(999_999_999).unwrap();
        assert_eq!(record.payload(), sample::ticket(1).payload());
    }

    #[test]
    fn a_payload_is_read_back() {
        for record in sample::one_of_each() {
            assert_eq!(Record::from_payload(&record.payload().unwrap()), Ok(record));
        }
    }

    #[test]
    fn the_same_values_in_other_bytes_are_refused() {
        let refused = |from: &str, to: &str| {
            assert!(sample::GOLDEN_PAYLOAD.contains(from), "{from}");
            Record::from_payload(sample::GOLDEN_PAYLOAD.replacen(from, to, 1).as_bytes()).unwrap_err()
        };
        assert_eq!(refused(r#""total":"#, r#""total": "#), NotARecord::NotCanonical);
        assert_eq!(refused("Huile", r"\u0048uile"), NotARecord::NotCanonical);
        assert_eq!(refused(r#""line_count":2"#, r#""line_count":2e0"#), NotARecord::Malformed);
        assert_eq!(refused(r#"{"format":3,"#, r#"{"format":4,"#), NotARecord::UnknownFormat);
        assert_eq!(refused(r#"{"format":3,"#, r#"{"format":4,"more":true,"#), NotARecord::UnknownFormat);
        assert_eq!(refused(r#"{"format":3,"#, r#"{"format":3,"more":true,"#), NotARecord::Malformed);
        assert_eq!(refused("sha256-ed25519", "sha256"), NotARecord::UnknownFormat);
        assert_eq!(refused(r#""total":2054"#, r#""total":2054.0"#), NotARecord::Malformed);
        assert_eq!(refused("12:30:45Z", "12:30:61Z"), NotARecord::Malformed);
        let reason = Inconsistent::Total;
        assert_eq!(refused(r#""total":2054"#, r#""total":2055"#), NotARecord::Inconsistent(reason));
        assert_eq!(Record::from_payload(b""), Err(NotARecord::Malformed));
    }
}
