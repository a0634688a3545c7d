//! What holds for every amount, not only for the examples.

use proptest::prelude::*;

use crate::{Cents, Quantity, VatTotal, round_half_up, spread, vat_included};

/// Amounts no shop will ever exceed, so that sums of a few always fit.
fn amount() -> impl Strategy<Value = Cents> {
    (-1_000_000_000_000_i64..=1_000_000_000_000).prop_map(Cents::new)
}

fn rate() -> impl Strategy<Value = i64> {
    prop_oneof![Just(0), Just(210), Just(550), Just(1_000), Just(2_000), 0_i64..=10_000]
}

proptest! {
    #[test]
    fn what_is_written_plainly_is_read_back(cents in 0..=i64::MAX) {
        prop_assert_eq!(Cents::parse(&Cents::new(cents).plain()), Ok(Cents::new(cents)));
        prop_assert_eq!(Quantity::parse(&Quantity::new(cents).plain()), Ok(Quantity::new(cents)));
    }

    #[test]
    fn french_and_plain_say_the_same(cents in any::<i64>()) {
        let french = Cents::new(cents).french();
        let plain = french.trim_end_matches('€').replace('\u{202f}', "").replace(',', ".");
        prop_assert_eq!(plain, Cents::new(cents).plain());
    }

    #[test]
    fn reading_any_text_never_panics(text in "\\PC*") {
        let _ = Cents::parse(&text);
        let _ = Quantity::parse(&text);
    }

    #[test]
    fn rounding_is_never_off_by_more_than_a_half(numerator in any::<i64>(), denominator in any::<i32>()) {
        prop_assume!(denominator != 0);
        let (numerator, denominator) = (i128::from(numerator), i128::from(denominator));
        if let Some(rounded) = round_half_up(numerator, denominator) {
            let error = (i128::from(rounded) * denominator - numerator).abs();
            prop_assert!(2 * error <= denominator.abs());
        }
    }

    #[test]
    fn rounding_turns_with_the_sign(numerator in -i128::from(i64::MAX)..=i128::from(i64::MAX), denominator in 1_i128..1_000_000) {
        let turned = round_half_up(-numerator, denominator).map(|rounded| -rounded);
        prop_assert_eq!(round_half_up(numerator, denominator), turned);
    }

    #[test]
    fn without_tax_and_tax_add_up_to_the_total(ttc in amount(), rate in rate()) {
        let total = VatTotal::of(rate, ttc).unwrap();
        prop_assert_eq!(total.ht().checked_add(total.vat()), Some(ttc));
    }

    #[test]
    fn a_larger_total_never_carries_less_tax(one in amount(), other in amount(), rate in rate()) {
        let (smaller, larger) = (one.min(other), one.max(other));
        prop_assert!(vat_included(smaller, rate) <= vat_included(larger, rate));
    }

    #[test]
    fn a_higher_rate_never_takes_less_tax(cents in 0..1_000_000_000_000_i64, one in rate(), other in rate()) {
        let ttc = Cents::new(cents);
        prop_assert!(vat_included(ttc, one.min(other)) <= vat_included(ttc, one.max(other)));
    }

    #[test]
    fn shares_add_up_to_the_total(total in any::<i64>(), weights in prop::collection::vec(any::<i64>(), 1..20)) {
        let weights: Vec<Cents> = weights.into_iter().map(Cents::new).collect();
        let shares = spread(Cents::new(total), &weights);
        prop_assert_eq!(shares.len(), weights.len());
        prop_assert_eq!(Cents::checked_sum(shares), Some(Cents::new(total)));
    }

    #[test]
    fn a_discount_never_exceeds_the_line_it_falls_on(
        weights in prop::collection::vec(0..100_000_i64, 1..20),
        part in 0..=10_000_i64,
    ) {
        let whole: i64 = weights.iter().sum();
        prop_assume!(whole > 0);
        let weights: Vec<Cents> = weights.into_iter().map(Cents::new).collect();
        let shares = spread(Cents::new(whole * part / 10_000), &weights);
        for (share, weight) in shares.iter().zip(&weights) {
            prop_assert!(Cents::ZERO <= *share && share <= weight);
        }
    }

    #[test]
    fn a_larger_weight_never_gets_less(
        total in 0..1_000_000_000_i64,
        weights in prop::collection::vec(1..100_000_i64, 2..20),
    ) {
        let cents: Vec<Cents> = weights.iter().copied().map(Cents::new).collect();
        let shares = spread(Cents::new(total), &cents);
        for (one, other) in (0..weights.len()).flat_map(|one| (0..weights.len()).map(move |other| (one, other))) {
            prop_assert!(weights[one] <= weights[other] || shares[one] >= shares[other]);
        }
    }
}
