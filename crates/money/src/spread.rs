//! Sharing an amount without losing a cent.

use std::cmp::Reverse;

use crate::Cents;

/// Shares `total` in proportion to `weights`, by largest remainder.
///
/// The shares add up to `total`, which may be negative. Among equal remainders the earlier weight is served first, so the same input
/// always gives the same shares. A zero or negative weight gets nothing, unless no weight is positive: then all are equal.
/// Without any weight there is no share, and nobody to carry the total.
pub fn spread(total: Cents, weights: &[Cents]) -> Vec<Cents> {
    let positive = |weight: &Cents| u128::try_from(weight.get()).unwrap_or(0);
    let mut weights: Vec<u128> = weights.iter().map(positive).collect();
    if weights.iter().all(|weight| *weight == 0) {
        weights.fill(1);
    }
    let whole: u128 = weights.iter().sum();
    let amount = u128::from(total.get().unsigned_abs());

    let mut shares: Vec<u128> = weights.iter().map(|weight| amount * weight / whole).collect();
    let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
    by_remainder.sort_by_key(|index| Reverse(amount * weights[*index] % whole));
    let left_over = amount - shares.iter().sum::<u128>();
    for (index, _) in by_remainder.into_iter().zip(0..left_over) {
        shares[index] += 1;
    }

    shares.into_iter().map(|share| with_sign_of(total, share)).collect()
}

fn with_sign_of(total: Cents, share: u128) -> Cents {
    let share = i128::try_from(share).expect("a share is at most 2^63");
    let signed = if total.is_negative() { -share } else { share };
    Cents::new(i64::try_from(signed).expect("a share lies between zero and the total"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(total: i64, weights: &[i64]) -> Vec<i64> {
        let weights: Vec<Cents> = weights.iter().copied().map(Cents::new).collect();
        spread(Cents::new(total), &weights).into_iter().map(Cents::get).collect()
    }

    #[test]
    fn a_discount_is_shared_by_what_each_rate_weighs() {
        assert_eq!(shares(-500, &[1_000, 3_000]), [-125, -375]);
        assert_eq!(shares(100, &[1, 1, 1]), [34, 33, 33]);
        assert_eq!(shares(101, &[1, 1, 1]), [34, 34, 33]);
        assert_eq!(shares(10, &[700, 200, 100]), [7, 2, 1]);
        assert_eq!(shares(10, &[650, 250, 100]), [7, 2, 1]);
    }

    #[test]
    fn a_zero_weight_gets_nothing_unless_all_are_zero() {
        assert_eq!(shares(7, &[0, 2, 0, 1]), [0, 5, 0, 2]);
        assert_eq!(shares(7, &[0, 0, 0]), [3, 2, 2]);
        assert_eq!(shares(7, &[-5, 2]), [0, 7]);
        assert_eq!(shares(7, &[]), [] as [i64; 0]);
        assert_eq!(shares(0, &[1, 2]), [0, 0]);
    }

    #[test]
    fn the_extremes_are_shared_too() {
        assert_eq!(shares(i64::MIN, &[i64::MAX]), [i64::MIN]);
        assert_eq!(shares(i64::MAX, &[i64::MAX, i64::MAX]), [i64::MAX / 2 + 1, i64::MAX / 2]);
    }
}
