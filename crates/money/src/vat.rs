//! Value-added tax, once per rate.

use std::collections::BTreeMap;

use crate::{Cents, vat_included};

/// What one rate contributes to a ticket. However it was made, `ht + vat = ttc`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct VatTotal {
    rate_basis_points: i64,
    ttc: Cents,
    vat: Cents,
    ht: Cents,
}

impl VatTotal {
    /// Takes the tax out of a tax-included total. `None` for a negative rate or a result that does not fit.
    pub fn of(rate_basis_points: i64, ttc: Cents) -> Option<Self> {
        Self::from_parts(rate_basis_points, ttc, vat_included(ttc, rate_basis_points)?)
    }

    /// A total whose tax was decided before: a stored ticket, or the part of one that is given back.
    pub fn from_parts(rate_basis_points: i64, ttc: Cents, vat: Cents) -> Option<Self> {
        Some(Self { rate_basis_points, ttc, vat, ht: ttc.checked_sub(vat)? })
    }

    /// Adds lines up rate by rate, exactly, and only then takes the tax out: one rounding per rate. Lowest rate first.
    pub fn by_rate(lines: impl IntoIterator<Item = (i64, Cents)>) -> Option<Vec<Self>> {
        let mut sums = BTreeMap::<i64, Cents>::new();
        for (rate_basis_points, ttc) in lines {
            let sum = sums.entry(rate_basis_points).or_default();
            *sum = sum.checked_add(ttc)?;
        }
        sums.into_iter().map(|(rate_basis_points, ttc)| Self::of(rate_basis_points, ttc)).collect()
    }

    /// The rate; 5.5 % is 550.
    pub const fn rate_basis_points(&self) -> i64 {
        self.rate_basis_points
    }

    /// The total with tax.
    pub const fn ttc(&self) -> Cents {
        self.ttc
    }

    /// The tax.
    pub const fn vat(&self) -> Cents {
        self.vat
    }

    /// The total without tax.
    pub const fn ht(&self) -> Cents {
        self.ht
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tax_is_taken_out_of_the_sum_of_each_rate() {
        let lines = [(550, 99), (2_000, 1_200), (550, 99), (550, 495), (0, 50)];
        let totals = VatTotal::by_rate(lines.map(|(rate, ttc)| (rate, Cents::new(ttc)))).unwrap();
        let seen: Vec<_> = totals
            .iter()
            .map(|total| (total.rate_basis_points(), total.ttc().get(), total.vat().get(), total.ht().get()))
            .collect();
        assert_eq!(seen, [(0, 50, 0, 50), (550, 693, 36, 657), (2_000, 1_200, 200, 1_000)]);
    }

    #[test]
    fn a_credit_note_gives_back_the_tax_that_was_taken() {
        let sold = VatTotal::of(550, Cents::new(854)).unwrap();
        let returned = VatTotal::of(550, Cents::new(-854)).unwrap();
        assert_eq!((sold.vat().get(), returned.vat().get()), (45, -45));
    }

    #[test]
    fn totals_that_do_not_fit_are_refused() {
        assert_eq!(VatTotal::of(-1, Cents::new(100)), None);
        assert_eq!(VatTotal::from_parts(550, Cents::new(i64::MAX), Cents::new(-1)), None);
        assert_eq!(VatTotal::by_rate([(550, Cents::new(i64::MAX)), (550, Cents::new(1))]), None);
    }
}
