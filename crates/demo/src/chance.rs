//! Chance that depends on the seed and on what is drawn, never on when or in which order it is drawn.

use rand::{SeedableRng, rngs::StdRng};

/// The generator of one decision: `about` says of what kind it is, `number` which one of them.
#[must_use]
pub fn of(seed: u64, about: &str, number: u64) -> StdRng {
    let kind = about.bytes().fold(scatter(seed), |sum, byte| scatter(sum ^ u64::from(byte)));
    StdRng::seed_from_u64(scatter(kind ^ number))
}

/// Scatters a number over all numbers (the finaliser of SplitMix64).
#[must_use]
pub fn scatter(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (z ^ (z >> 31)) >> 1
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;

    #[test]
    fn each_decision_has_a_chance_of_its_own_and_always_the_same() {
        let drawn = |seed, about, number| -> u64 { of(seed, about, number).random() };
        assert_eq!(drawn(1, "basket", 7), drawn(1, "basket", 7));
        let all = [drawn(1, "basket", 7), drawn(2, "basket", 7), drawn(1, "price", 7), drawn(1, "basket", 8)];
        let distinct: std::collections::BTreeSet<u64> = all.into_iter().collect();
        assert_eq!(distinct.len(), all.len());
    }
}
