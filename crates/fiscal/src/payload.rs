//! The canonical bytes of a record: one record, one text.

use money::{Cents, Currency};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::format_description::StaticFormatDescription;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use crate::{Inconsistent, Kind, Line, Original, Payment, RateTotal, Record};

/// The version of the payload's form, inside every payload.
pub const FORMAT: u32 = 2;

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
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    format: u32,
    terminal: String,
    siret: String,
    kind: Kind,
    sequence: i64,
    time: String,
    currency: Currency,
    lines: Vec<Line>,
    totals: Vec<RateTotal>,
    outside_vat: Cents,
    total: Cents,
    payments: Vec<Payment>,
    original: Option<Original>,
    line_count: usize,
}

impl Record {
    /// The bytes that are sealed.
    pub fn payload(&self) -> Result<Vec<u8>, Inconsistent> {
        self.check()?;
        let Self { kind, sequence, currency, total, .. } = *self;
        let mut totals = self.totals.clone();
        totals.sort_unstable_by_key(|total| total.vat_rate_basis_points);
        let payload = Payload {
            format: FORMAT,
            terminal: self.terminal.clone(),
            siret: self.siret.clone(),
            kind,
            sequence,
            time: self.time.to_utc().format(TIME).map_err(|_| Inconsistent::Time)?,
            currency,
            lines: self.lines.clone(),
            totals,
            outside_vat: self.outside_vat,
            total,
            payments: self.payments.clone(),
            original: self.original.clone(),
            line_count: self.lines.len(),
        };
        Ok(serde_json::to_vec(&payload).expect("strings and integers always have a JSON text"))
    }

    /// Reads bytes that were sealed; any other bytes, even of the same values, are refused.
    pub fn from_payload(bytes: &[u8]) -> Result<Self, NotARecord> {
        let payload: Payload = serde_json::from_slice(bytes).map_err(|_| unreadable(bytes))?;
        if payload.format != FORMAT {
            return Err(NotARecord::UnknownFormat);
        }
        let record = Self {
            terminal: payload.terminal,
            siret: payload.siret,
            kind: payload.kind,
            sequence: payload.sequence,
            time: read_time(&payload.time).ok_or(NotARecord::Malformed)?,
            currency: payload.currency,
            lines: payload.lines,
            totals: payload.totals,
            outside_vat: payload.outside_vat,
            total: payload.total,
            payments: payload.payments,
            original: payload.original,
        };
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
        assert!(credit_note.contains(r#""kind":"credit_note","sequence":1,"#), "{credit_note}");
        let original = format!(
            r#""original":{{"terminal":"LILLE-01","sequence":1,"hash":"{}"}},"line_count":1}}"#,
            sample::GOLDEN_HASH
        );
        assert!(credit_note.ends_with(&original), "{credit_note}");
    }

    #[test]
    fn the_order_of_totals_and_the_offset_of_the_time_do_not_change_the_bytes() {
        let mut record = sample::ticket(1);
        record.totals.reverse();
        record.time = record.time.to_offset(time::macros::offset!(+2));
        record.time = record.time.replace_nanosecond(999_999_999).unwrap();
        assert_eq!(record.payload(), sample::ticket(1).payload());
    }

    #[test]
    fn a_payload_is_read_back() {
        for record in [sample::ticket(7), sample::credit_note(3)] {
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
        assert_eq!(refused(r#""line_count":2"#, r#""line_count":3"#), NotARecord::NotCanonical);
        assert_eq!(refused(r#"{"format":2,"#, r#"{"format":3,"#), NotARecord::UnknownFormat);
        assert_eq!(refused(r#"{"format":2,"#, r#"{"format":3,"more":true,"#), NotARecord::UnknownFormat);
        assert_eq!(refused(r#"{"format":2,"#, r#"{"format":2,"more":true,"#), NotARecord::Malformed);
        assert_eq!(refused(r#""total":2054"#, r#""total":2054.0"#), NotARecord::Malformed);
        assert_eq!(refused("12:30:45Z", "12:30:61Z"), NotARecord::Malformed);
        let reason = Inconsistent::Total;
        assert_eq!(refused(r#""total":2054"#, r#""total":2055"#), NotARecord::Inconsistent(reason));
        assert_eq!(Record::from_payload(b""), Err(NotARecord::Malformed));
    }
}
