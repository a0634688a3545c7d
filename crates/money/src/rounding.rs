//! The only places where a fraction of a cent is decided.

use crate::{Cents, Quantity};

const BASIS_POINTS: i64 = 10_000;
const THOUSANDTHS: i64 = 1_000;

/// The quotient rounded to the nearest integer, a half away from zero (1.5 is 2, −1.5 is −2).
///
/// Away from zero, not towards plus infinity: a refund must round as the sale did, with the sign turned.
/// `None` when the denominator is zero or the result does not fit.
pub fn round_half_up(numerator: i128, denominator: i128) -> Option<i64> {
    let (dividend, divisor) = (numerator.unsigned_abs(), denominator.unsigned_abs());
    let quotient = dividend.checked_div(divisor)?;
    let remainder = dividend % divisor;
    let rounded = if remainder >= divisor - remainder { quotient.checked_add(1)? } else { quotient };
    let magnitude = i128::try_from(rounded).ok()?;
    let negative = (numerator < 0) != (denominator < 0);
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

/// What a quantity costs at a price per unit or per kilogram.
pub fn price(unit_price: Cents, quantity: Quantity) -> Option<Cents> {
    scale(unit_price, quantity.get(), THOUSANDTHS)
}

/// Whether an amount is what a quantity costs at a price. It need not be: a label says its price for a weight that it does not say
/// to the gram, and then nobody should be shown a multiplication.
pub fn is_price(unit_price: Cents, quantity: Quantity, amount: Cents) -> bool {
    price(unit_price, quantity) == Some(amount)
}

/// A share of an amount; 10 % is 1,000 basis points.
pub fn percent(amount: Cents, basis_points: i64) -> Option<Cents> {
    scale(amount, basis_points, BASIS_POINTS)
}

/// What of an amount falls to a part of a quantity. `None` when the whole is nothing, or the part is no part of it.
pub fn share(amount: Cents, part: Quantity, whole: Quantity) -> Option<Cents> {
    let is_part = (0..=whole.get()).contains(&part.get());
    if is_part { scale(amount, part.get(), whole.get()) } else { None }
}

/// The value-added tax inside a tax-included amount. `None` for a negative rate.
pub fn vat_included(ttc: Cents, rate_basis_points: i64) -> Option<Cents> {
    if rate_basis_points < 0 {
        return None;
    }
    scale(ttc, rate_basis_points, BASIS_POINTS.checked_add(rate_basis_points)?)
}

/// What a reduction is of the price before it, in tenths of a percent: rounded down, for nobody is told of more than was taken off.
/// `None` when that is nothing.
pub fn reduction_tenths(before: Cents, after: Cents) -> Option<i64> {
    let off = i128::from(before.get()) - i128::from(after.get());
    let tenths = off.checked_mul(1_000)?.checked_div(i128::from(before.get()))?;
    i64::try_from(tenths).ok().filter(|tenths| before > Cents::ZERO && *tenths > 0)
}

fn scale(amount: Cents, by: i64, over: i64) -> Option<Cents> {
    round_half_up(i128::from(amount.get()) * i128::from(by), i128::from(over)).map(Cents::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_goes_away_from_zero_on_both_sides() {
        for (numerator, denominator, rounded) in [
            (1, 2, 1),
            (-1, 2, -1),
            (1, -2, -1),
            (-1, -2, 1),
            (3, 2, 2),
            (-3, 2, -2),
            (1, 3, 0),
            (2, 3, 1),
            (-2, 3, -1),
            (4, 3, 1),
            (0, 7, 0),
            (7, 1, 7),
        ] {
            assert_eq!(round_half_up(numerator, denominator), Some(rounded), "{numerator}/{denominator}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert_eq!(round_half_up(1, 0), None);
        assert_eq!(round_half_up(0, 0), None);
        assert_eq!(round_half_up(i128::MAX, 1), None);
        assert_eq!(round_half_up(i128::MIN, 1), None);
        assert_eq!(round_half_up(i128::MIN, i128::MIN), Some(1));
        assert_eq!(round_half_up(i128::from(i64::MIN), 1), Some(i64::MIN));
        assert_eq!(round_half_up(2 * i128::from(i64::MAX) + 1, 2), None);
        assert_eq!(price(Cents::new(i64::MAX), Quantity::new(1_001)), None);
        assert_eq!(vat_included(Cents::new(100), i64::MAX), None);
        assert_eq!(vat_included(Cents::new(100), -1), None);
    }

    #[test]
    fn one_kilogram_two_hundred_at_seven_twelve_costs_eight_fifty_four() {
        let line = price(Cents::new(712), Quantity::grams(1_200)).unwrap();
        assert_eq!(line, Cents::new(854));
        assert_eq!(vat_included(line, 550), Some(Cents::new(45)));
    }

    #[test]
    fn seven_lines_at_ninety_nine_cents_round_differently_one_by_one() {
        let one_by_one: i64 = (0..7).map(|_| vat_included(Cents::new(99), 550).unwrap().get()).sum();
        assert_eq!(one_by_one, 35);
        assert_eq!(vat_included(Cents::new(7 * 99), 550), Some(Cents::new(36)));
    }

    #[test]
    fn a_reduction_is_told_in_tenths_of_a_percent_and_never_as_more_than_it_is() {
        let tenths = |before, after| reduction_tenths(Cents::new(before), Cents::new(after));
        assert_eq!(tenths(280, 270), Some(35), "3.57 %");
        assert_eq!(tenths(1_000, 900), Some(100));
        assert_eq!(tenths(300, 0), Some(1_000));
        for nothing in [(270, 270), (270, 280), (100_000, 99_999), (0, -1), (-300, -400)] {
            assert_eq!(tenths(nothing.0, nothing.1), None, "{nothing:?}");
        }
        assert_eq!(tenths(i64::MAX, 1), Some(999));
    }

    #[test]
    fn a_share_is_never_more_than_the_whole_and_of_nothing_there_is_none() {
        let of_ten = |part, whole| share(Cents::new(1_000), Quantity::new(part), Quantity::new(whole));
        assert_eq!(of_ten(1_000, 3_000), Some(Cents::new(333)));
        assert_eq!(of_ten(2_000, 3_000), Some(Cents::new(667)));
        assert_eq!(of_ten(3_000, 3_000), Some(Cents::new(1_000)));
        assert_eq!(of_ten(0, 3_000), Some(Cents::ZERO));
        for (part, whole) in [(3_001, 3_000), (-1, 3_000), (0, 0), (1, 0), (1, -1)] {
            assert_eq!(of_ten(part, whole), None, "{part} of {whole}");
        }
    }

    #[test]
    fn a_percentage_is_taken_to_the_nearest_cent() {
        assert_eq!(percent(Cents::new(1_005), 1_000), Some(Cents::new(101)));
        assert_eq!(percent(Cents::new(-1_005), 1_000), Some(Cents::new(-101)));
        assert_eq!(percent(Cents::new(1_004), 1_000), Some(Cents::new(100)));
    }
}
