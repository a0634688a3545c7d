//! The check digit all GS1 numbers share.

/// The check digit that belongs after these digits (weights 3, 1, 3, 1… from the right), or `None` when they are not digits.
pub fn check_digit(digits: &str) -> Option<u8> {
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| complement(digits.bytes().map(|byte| byte - b'0').rev()))
}

/// The same for digit values that come from the right.
pub(crate) fn complement(from_the_right: impl Iterator<Item = u8>) -> u8 {
    let weights = [3_u8, 1].into_iter().cycle();
    let sum = from_the_right.zip(weights).fold(0, |sum, (digit, weight)| (sum + digit * weight) % 10);
    (10 - sum) % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_numbers_end_in_their_check_digit() {
        for number in ["4006381333931", "96385074", "036000241457", "09521234543213", "5901234123457"] {
            let (digits, check) = number.split_at(number.len() - 1);
            assert_eq!(check_digit(digits), check.parse().ok(), "{number}");
        }
    }

    #[test]
    fn only_digits_have_a_check_digit() {
        for text in ["", "12a", " 12", "٣٤"] {
            assert_eq!(check_digit(text), None, "{text:?}");
        }
    }
}
