//! What a ticket or a credit note says.

use std::collections::BTreeMap;

use barcode::Gtin;
use money::{Cents, Currency, Quantity, VatTotal};
use serde::{Deserialize, Serialize};

use crate::record::{Inconsistent, Kind, Reference, require};

/// A sale; or what of one is given back, positive: the kind tells the direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sale {
    /// Currency of every amount.
    pub currency: Currency,
    /// What was sold, or is given back.
    pub lines: Vec<Line>,
    /// How many lines there are.
    pub line_count: usize,
    /// One entry per VAT rate, in ascending order.
    pub totals: Vec<RateTotal>,
    /// Deposits, which no VAT is in: charged less given back.
    pub outside_vat: Cents,
    /// Tax included.
    pub total: Cents,
    /// How it was paid, or is given back.
    pub payments: Vec<Payment>,
    /// For a credit note, the ticket it gives back from.
    pub original: Option<Reference>,
}

/// A line of a sale.
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

impl Sale {
    pub(crate) fn check(&self, kind: Kind) -> Result<(), Inconsistent> {
        use Inconsistent::{Lines, Original, Payments, RateTotals, Total};

        let labels = self.lines.iter().all(|line| is_label(&line.label)) && !self.lines.is_empty();
        let line_sum = Cents::checked_sum(self.lines.iter().map(|line| line.total_ttc));
        let paid = Cents::checked_sum(self.payments.iter().map(|payment| payment.amount));
        let payment_kinds = self.payments.iter().all(|payment| is_payment_kind(&payment.kind));

        require(labels && self.line_count == self.lines.len(), Lines)?;
        require(line_sum == Some(self.total), Total)?;
        require(self.rate_totals_follow(), RateTotals)?;
        require(paid == Some(self.total) && payment_kinds, Payments)?;
        match (kind, &self.original) {
            (Kind::CreditNote, Some(original)) if !self.total.is_negative() => {
                require(original.kind == Kind::Ticket, Original)?;
                original.check()
            }
            (Kind::CreditNote, _) | (_, Some(_)) => Err(Original),
            (_, None) => Ok(()),
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
        let rates = self.totals.iter().map(|total| total.vat_rate_basis_points);
        sums.keys().next().is_none_or(|lowest| *lowest >= 0)
            && rates.eq(sums.keys().copied())
            && self.totals.iter().all(|total| expected(total) && total.adds_up())
    }
}

impl RateTotal {
    pub(crate) fn adds_up(&self) -> bool {
        self.ht.checked_add(self.vat) == Some(self.ttc)
    }
}

pub(crate) fn is_payment_kind(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

fn is_label(text: &str) -> bool {
    !text.trim().is_empty() && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use crate::{Body, Record};

    #[test]
    fn a_record_that_agrees_with_itself_is_accepted() {
        assert_eq!(sample::ticket(1).check(), Ok(()));
        assert_eq!(sample::credit_note(1).check(), Ok(()));
    }

    #[test]
    fn every_contradiction_is_found() {
        type Change = fn(&mut Record, &mut Sale);
        let changes: [(Inconsistent, Change); 22] = [
            (Inconsistent::Terminal, |record, _| record.terminal = "lille".to_owned()),
            (Inconsistent::Terminal, |record, _| record.terminal.clear()),
            (Inconsistent::Siret, |record, _| record.siret.truncate(13)),
            (Inconsistent::Sequence, |record, _| record.sequence = 0),
            (Inconsistent::Lines, |_, sale| sale.lines[0].label = " ".to_owned()),
            (Inconsistent::Lines, |_, sale| sale.lines[0].label.push('\n')),
            (Inconsistent::Lines, |_, sale| sale.lines.clear()),
            (Inconsistent::Lines, |_, sale| sale.line_count = 3),
            (Inconsistent::Total, |_, sale| sale.total = Cents::new(1)),
            (Inconsistent::Total, |_, sale| sale.lines[0].total_ttc = Cents::new(1)),
            (Inconsistent::Total, |_, sale| sale.lines[0].total_ttc = Cents::new(i64::MAX)),
            (Inconsistent::RateTotals, |_, sale| sale.totals[0].vat = Cents::new(1)),
            (Inconsistent::RateTotals, |_, sale| sale.totals[0].vat_rate_basis_points = 1_000),
            (Inconsistent::RateTotals, |_, sale| sale.lines[0].vat_rate_basis_points = Some(1_000)),
            (Inconsistent::RateTotals, |_, sale| sale.lines[0].vat_rate_basis_points = None),
            (Inconsistent::RateTotals, |_, sale| sale.outside_vat = Cents::new(1)),
            (Inconsistent::RateTotals, |_, sale| sale.totals.truncate(1)),
            (Inconsistent::RateTotals, |_, sale| sale.totals.reverse()),
            (Inconsistent::RateTotals, |_, sale| sale.totals.push(sale.totals[0])),
            (Inconsistent::Payments, |_, sale| sale.payments[0].amount = Cents::new(1)),
            (Inconsistent::Payments, |_, sale| sale.payments[0].kind = "Carte".to_owned()),
            (Inconsistent::Original, |_, sale| {
                sale.original = sample::credit_note(1).body.sale().unwrap().original.clone();
            }),
        ];
        for (index, (reason, change)) in changes.into_iter().enumerate() {
            let mut record = sample::ticket(1);
            let mut sale = record.body.sale().unwrap().clone();
            change(&mut record, &mut sale);
            record.body = Body::Ticket(sale);
            assert_eq!(record.check(), Err(reason), "change {index}");
        }
    }

    #[test]
    fn a_practised_sale_is_held_to_what_a_ticket_is_held_to() {
        let sale = sample::ticket(1).body.sale().unwrap().clone();
        let practised = |sale| Record { body: Body::Training(sale), ..sample::ticket(1) };
        assert_eq!(practised(sale.clone()).check(), Ok(()));
        let original = sample::credit_note(1).body.sale().unwrap().original.clone();
        assert_eq!(practised(Sale { original, ..sale }).check(), Err(Inconsistent::Original));
    }

    #[test]
    fn a_credit_note_gives_back_and_says_from_what() {
        let sale = sample::credit_note(1).body.sale().unwrap().clone();
        let original = sale.original.clone().unwrap();
        let of = |original| {
            let sale = Sale { original, ..sale.clone() };
            Record { body: Body::CreditNote(sale), ..sample::credit_note(1) }.check()
        };
        assert_eq!(of(Some(Reference { sequence: 0, ..original.clone() })), Err(Inconsistent::Sequence));
        assert_eq!(of(Some(Reference { kind: Kind::Training, ..original })), Err(Inconsistent::Original));
        assert_eq!(of(None), Err(Inconsistent::Original));
    }
}
