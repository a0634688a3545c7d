//! What a ticket or a credit note says, and what must be true of it.

use std::collections::BTreeMap;

use barcode::Gtin;
use money::{Cents, Currency, Quantity, VatTotal};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::OffsetDateTime;

use crate::Hash;

/// The chain a record belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A sale.
    Ticket,
    /// Lines of a sale given back.
    CreditNote,
    /// A sale that was only practised: sealed like one, and part of no total.
    Training,
}

/// What is sealed. Business values only: no id of a database, no person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Code of the till, `[A-Z0-9-]{1,32}`.
    pub terminal: String,
    /// The establishment's SIRET, 14 digits.
    pub siret: String,
    /// Sale, credit note, or a sale that was only practised.
    pub kind: Kind,
    /// The number in the chain of this till and kind, from 1.
    pub sequence: i64,
    /// When; sealed in UTC, to the second.
    pub time: OffsetDateTime,
    /// Currency of every amount.
    pub currency: Currency,
    /// What was sold, or is given back.
    pub lines: Vec<Line>,
    /// One entry per VAT rate; sealed in ascending order.
    pub totals: Vec<RateTotal>,
    /// Deposits, which no VAT is in: charged less given back.
    pub outside_vat: Cents,
    /// Tax included.
    pub total: Cents,
    /// How it was paid, or is given back.
    pub payments: Vec<Payment>,
    /// For a credit note, the ticket it gives back from.
    pub original: Option<Original>,
}

/// A line of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// As printed.
    pub label: String,
    /// The article's number, if it has one.
    pub gtin: Option<Gtin>,
    /// How many, or how much.
    #[serde(rename = "quantity_milli")]
    pub quantity: Quantity,
    /// Tax included, per piece or kilogram.
    pub unit_price: Cents,
    /// Tax included, discounts taken off.
    pub total_ttc: Cents,
    /// The rate in force, in basis points; `None` outside VAT.
    #[serde(rename = "vat_rate_bp")]
    pub vat_rate_basis_points: Option<i64>,
}

/// What one VAT rate contributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateTotal {
    /// The rate in basis points.
    #[serde(rename = "vat_rate_bp")]
    pub vat_rate_basis_points: i64,
    /// With tax.
    pub ttc: Cents,
    /// Without tax.
    pub ht: Cents,
    /// The tax.
    pub vat: Cents,
}

/// One way of paying, and how much went that way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// A code such as `card` or `store_credit`, `[a-z_]{1,32}`.
    pub kind: String,
    /// How much.
    pub amount: Cents,
}

/// The ticket a credit note gives back from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Original {
    /// Code of its till.
    pub terminal: String,
    /// Its number.
    pub sequence: i64,
    /// Its seal.
    pub hash: Hash,
}

impl From<VatTotal> for RateTotal {
    fn from(total: VatTotal) -> Self {
        Self {
            vat_rate_basis_points: total.rate_basis_points(),
            ttc: total.ttc(),
            ht: total.ht(),
            vat: total.vat(),
        }
    }
}

/// How a record contradicts itself, or its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Inconsistent {
    /// The till's code, the original's too, is 1 to 32 capitals, digits and dashes.
    #[error("malformed terminal code")]
    Terminal,
    /// A SIRET is 14 digits.
    #[error("malformed SIRET")]
    Siret,
    /// Sequences start at 1.
    #[error("sequence below 1")]
    Sequence,
    /// Years have four digits.
    #[error("time out of range")]
    Time,
    /// There is at least one line, and labels are not empty and hold no control characters.
    #[error("no line, or a malformed label")]
    Lines,
    /// The total is not the sum of the lines.
    #[error("the total is not the sum of the lines")]
    Total,
    /// The totals are not, rate by rate and outside VAT, the sums of the lines; or their parts do not add up; or a rate is negative or there twice.
    #[error("the totals per rate do not follow from the lines")]
    RateTotals,
    /// A payment's code is malformed, or the payments are not the total.
    #[error("the payments are not the total")]
    Payments,
    /// A credit note without original, a ticket with one, be it practised or not, or a credit note below zero.
    #[error("a credit note has an original and gives back, a ticket has none")]
    Original,
}

impl Record {
    /// Whether everything that is sealed agrees with itself.
    pub fn check(&self) -> Result<(), Inconsistent> {
        use Inconsistent::{Lines, Original, Payments, RateTotals, Sequence, Siret, Terminal, Time, Total};

        let siret = self.siret.len() == 14 && self.siret.bytes().all(|byte| byte.is_ascii_digit());
        let labels = self.lines.iter().all(|line| is_label(&line.label)) && !self.lines.is_empty();
        let line_sum = Cents::checked_sum(self.lines.iter().map(|line| line.total_ttc));
        let paid = Cents::checked_sum(self.payments.iter().map(|payment| payment.amount));
        let payment_kinds = self.payments.iter().all(|payment| is_payment_kind(&payment.kind));

        require(is_terminal_code(&self.terminal), Terminal)?;
        require(siret, Siret)?;
        require(self.sequence >= 1, Sequence)?;
        require((0..=9_999).contains(&self.time.to_utc().year()), Time)?;
        require(labels, Lines)?;
        require(line_sum == Some(self.total), Total)?;
        require(self.rate_totals_follow(), RateTotals)?;
        require(paid == Some(self.total) && payment_kinds, Payments)?;
        match (self.kind, &self.original) {
            (Kind::Ticket | Kind::Training, None) => Ok(()),
            (Kind::CreditNote, Some(original)) if !self.total.is_negative() => {
                require(is_terminal_code(&original.terminal), Terminal)?;
                require(original.sequence >= 1, Sequence)
            }
            _ => Err(Original),
        }
    }

    fn rate_totals_follow(&self) -> bool {
        let mut sums = BTreeMap::<i64, Option<Cents>>::new();
        for line in &self.lines {
            let Some(rate) = line.vat_rate_basis_points else { continue };
            let sum = sums.entry(rate).or_insert(Some(Cents::ZERO));
            *sum = sum.and_then(|sum| sum.checked_add(line.total_ttc));
        }
        let outside = self.lines.iter().filter(|line| line.vat_rate_basis_points.is_none());
        if Cents::checked_sum(outside.map(|line| line.total_ttc)) != Some(self.outside_vat) {
            return false;
        }
        let expected = |total: &RateTotal| sums.get(&total.vat_rate_basis_points) == Some(&Some(total.ttc));
        let adds_up = |total: &RateTotal| total.ht.checked_add(total.vat) == Some(total.ttc);
        let mut rates: Vec<i64> = self.totals.iter().map(|total| total.vat_rate_basis_points).collect();
        rates.sort_unstable();
        rates.first().is_none_or(|lowest| *lowest >= 0)
            && rates.iter().eq(sums.keys())
            && self.totals.iter().all(|total| expected(total) && adds_up(total))
    }
}

fn require(holds: bool, otherwise: Inconsistent) -> Result<(), Inconsistent> {
    if holds { Ok(()) } else { Err(otherwise) }
}

fn is_terminal_code(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(letter)
}

fn is_payment_kind(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

fn is_label(text: &str) -> bool {
    !text.trim().is_empty() && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_record_that_agrees_with_itself_is_accepted() {
        assert_eq!(sample::ticket(1).check(), Ok(()));
        assert_eq!(sample::credit_note(1).check(), Ok(()));
    }

    #[test]
    fn every_contradiction_is_found() {
        type Change = fn(&mut Record);
        let changes: [(Inconsistent, Change); 21] = [
            (Inconsistent::Terminal, |record| record.terminal = "lille".to_owned()),
            (Inconsistent::Terminal, |record| record.terminal.clear()),
            (Inconsistent::Siret, |record| record.siret.truncate(13)),
            (Inconsistent::Sequence, |record| record.sequence = 0),
            (Inconsistent::Lines, |record| record.lines[0].label = " ".to_owned()),
            (Inconsistent::Lines, |record| record.lines[0].label.push('\n')),
            (Inconsistent::Lines, |record| record.lines.clear()),
            (Inconsistent::Total, |record| record.total = Cents::new(1)),
            (Inconsistent::Total, |record| record.lines[0].total_ttc = Cents::new(1)),
            (Inconsistent::Total, |record| record.lines[0].total_ttc = Cents::new(i64::MAX)),
            (Inconsistent::RateTotals, |record| record.totals[0].vat = Cents::new(1)),
            (Inconsistent::RateTotals, |record| record.totals[0].vat_rate_basis_points = 1_000),
            (Inconsistent::RateTotals, |record| record.lines[0].vat_rate_basis_points = Some(1_000)),
            (Inconsistent::RateTotals, |record| record.lines[0].vat_rate_basis_points = None),
            (Inconsistent::RateTotals, |record| record.outside_vat = Cents::new(1)),
            (Inconsistent::RateTotals, |record| record.totals.truncate(1)),
            (Inconsistent::RateTotals, |record| record.totals.push(record.totals[0])),
            (Inconsistent::Payments, |record| record.payments[0].amount = Cents::new(1)),
            (Inconsistent::Payments, |record| record.payments[0].kind = "Carte".to_owned()),
            (Inconsistent::Original, |record| record.original = sample::credit_note(1).original),
            (Inconsistent::Original, |record| record.kind = Kind::CreditNote),
        ];
        for (index, (reason, change)) in changes.into_iter().enumerate() {
            let mut record = sample::ticket(1);
            change(&mut record);
            assert_eq!(record.check(), Err(reason), "change {index}");
        }
    }

    #[test]
    fn a_practised_sale_is_held_to_what_a_ticket_is_held_to() {
        let practised = Record { kind: Kind::Training, ..sample::ticket(1) };
        assert_eq!(practised.check(), Ok(()));
        let original = sample::credit_note(1).original;
        assert_eq!(Record { original, ..practised }.check(), Err(Inconsistent::Original));
    }

    #[test]
    fn a_credit_note_gives_back_and_says_from_what() {
        let mut nowhere = sample::credit_note(1);
        nowhere.original.as_mut().unwrap().sequence = 0;
        assert_eq!(nowhere.check(), Err(Inconsistent::Sequence));
        nowhere.original = None;
        assert_eq!(nowhere.check(), Err(Inconsistent::Original));
    }
}
