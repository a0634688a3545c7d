//! What periods add up to.

use money::Cents;
use serde::{Deserialize, Serialize};

use crate::record::{Inconsistent, require};
use crate::sale::is_payment_kind;
use crate::{Payment, RateTotal, Sale};

/// Sales less what was given back, per VAT rate and per kind of payment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Totals {
    /// One entry per rate that ever came up in the period, in ascending order.
    pub rates: Vec<RateTotal>,
    /// Deposits.
    pub outside_vat: Cents,
    /// Tax included.
    pub total: Cents,
    /// One entry per kind of payment, in alphabetical order.
    pub payments: Vec<Payment>,
}

/// Amounts beyond what a 64-bit count of cents can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the totals do not fit")]
pub struct Overflow;

/// Whether amounts come in or go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Plus,
    Minus,
}

impl Totals {
    /// Adds a sale.
    pub fn add(&mut self, sale: &Sale) -> Result<(), Overflow> {
        self.change(Sign::Plus, &sale.totals, sale.outside_vat, sale.total, &sale.payments)
    }

    /// Takes off what a credit note gives back.
    pub fn take_off(&mut self, sale: &Sale) -> Result<(), Overflow> {
        self.change(Sign::Minus, &sale.totals, sale.outside_vat, sale.total, &sale.payments)
    }

    /// Adds those of another period.
    pub fn add_totals(&mut self, other: &Self) -> Result<(), Overflow> {
        self.change(Sign::Plus, &other.rates, other.outside_vat, other.total, &other.payments)
    }

    fn change(
        &mut self,
        sign: Sign,
        rates: &[RateTotal],
        outside_vat: Cents,
        total: Cents,
        payments: &[Payment],
    ) -> Result<(), Overflow> {
        for rate in rates {
            let key = rate.vat_rate_basis_points;
            let place = self.rates.binary_search_by_key(&key, |known| known.vat_rate_basis_points);
            let place = place.unwrap_or_else(|place| {
                let none = Cents::ZERO;
                let empty = RateTotal { vat_rate_basis_points: key, ttc: none, ht: none, vat: none };
                self.rates.insert(place, empty);
                place
            });
            let sum = &mut self.rates[place];
            sum.ttc = sign.apply(sum.ttc, rate.ttc)?;
            sum.ht = sign.apply(sum.ht, rate.ht)?;
            sum.vat = sign.apply(sum.vat, rate.vat)?;
        }
        for payment in payments {
            let place = self.payments.binary_search_by(|known| known.kind.as_str().cmp(&payment.kind));
            let place = place.unwrap_or_else(|place| {
                self.payments.insert(place, Payment { kind: payment.kind.clone(), amount: Cents::ZERO });
                place
            });
            let sum = &mut self.payments[place];
            sum.amount = sign.apply(sum.amount, payment.amount)?;
        }
        self.outside_vat = sign.apply(self.outside_vat, outside_vat)?;
        self.total = sign.apply(self.total, total)?;
        Ok(())
    }

    pub(crate) fn check(&self) -> Result<(), Inconsistent> {
        let ascend = |rates: &[RateTotal]| {
            let keys = |pair: &[RateTotal]| pair[0].vat_rate_basis_points < pair[1].vat_rate_basis_points;
            rates.windows(2).all(keys) && rates.iter().all(RateTotal::adds_up)
        };
        let parts = self.rates.iter().map(|rate| rate.ttc).chain([self.outside_vat]);
        let paid = Cents::checked_sum(self.payments.iter().map(|payment| payment.amount));
        let kinds = self.payments.windows(2).all(|pair| pair[0].kind < pair[1].kind)
            && self.payments.iter().all(|payment| is_payment_kind(&payment.kind));
        require(ascend(&self.rates), Inconsistent::RateTotals)?;
        require(Cents::checked_sum(parts) == Some(self.total), Inconsistent::Total)?;
        require(paid == Some(self.total) && kinds, Inconsistent::Payments)
    }
}

impl Sign {
    fn apply(self, sum: Cents, amount: Cents) -> Result<Cents, Overflow> {
        let changed = match self {
            Self::Plus => sum.checked_add(amount),
            Self::Minus => sum.checked_sub(amount),
        };
        changed.ok_or(Overflow)
    }
}
