//! Finding a whole card number in a text.

/// Whether a text holds 13 to 19 digits that form a card number, in one piece or in the groups printed on cards.
pub(super) fn holds_card_number(text: &str) -> bool {
    let runs = digit_runs(text);
    runs.iter().any(|run| is_card_number(run.digits))
        || grouped_numbers(&runs).any(|number| is_card_number(&number))
}

struct Run<'text> {
    digits: &'text [u8],
    /// Only one blank, dash or point stands between this run and the one before.
    follows: bool,
}

fn digit_runs(text: &str) -> Vec<Run<'_>> {
    let mut runs = Vec::new();
    let mut gap = "";
    let mut rest = text;
    while let Some(start) = rest.find(|character: char| character.is_ascii_digit()) {
        gap = if runs.is_empty() { gap } else { &rest[..start] };
        rest = &rest[start..];
        let end = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
        let follows = matches!(gap, " " | "\u{a0}" | "-" | ".");
        runs.push(Run { digits: &rest.as_bytes()[..end], follows });
        rest = &rest[end..];
    }
    runs
}

/// Numbers written 4-4-4-1…4, 4-4-4-4-1…3 or 4-6-4…5, as on cards.
fn grouped_numbers(runs: &[Run<'_>]) -> impl Iterator<Item = Vec<u8>> {
    (3..=5).flat_map(move |groups| {
        runs.windows(groups).filter_map(|window| {
            let lengths: Vec<usize> = window.iter().map(|run| run.digits.len()).collect();
            let as_on_cards = matches!(lengths[..], [4, 4, 4, 1..=4] | [4, 4, 4, 4, 1..=3] | [4, 6, 4..=5]);
            let connected = window[1..].iter().all(|run| run.follows);
            (as_on_cards && connected).then(|| window.iter().flat_map(|run| run.digits).copied().collect())
        })
    })
}

fn is_card_number(digits: &[u8]) -> bool {
    (13..=19).contains(&digits.len())
        && passes_luhn(digits)
        && starts_like_a_card(digits)
        && !is_siret(digits)
}

/// No card starts with 0, and those that start with 2 start with 2200 to 2720: a date and time of 14 digits is not a card.
fn starts_like_a_card(digits: &[u8]) -> bool {
    match digits[0] {
        b'0' => false,
        b'2' => (&b"2200"[..]..=&b"2720"[..]).contains(&&digits[..4]),
        _ => true,
    }
}

/// French slips print the shop's SIRET, whose 14 digits, and the first 9 of them, satisfy the same rule as a card number.
fn is_siret(digits: &[u8]) -> bool {
    digits.len() == 14 && passes_luhn(&digits[..9])
}

/// The digit sum, every second digit from the right doubled, ends in zero.
fn passes_luhn(digits: &[u8]) -> bool {
    let sum = digits.iter().rev().enumerate().fold(0_u32, |sum, (index, digit)| {
        let value = u32::from(digit - b'0') * if index % 2 == 1 { 2 } else { 1 };
        sum + value / 10 + value % 10
    });
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_luhn_rule_is_the_published_one() {
        assert!(passes_luhn(b"79927398713") && passes_luhn(b"4532015112830366"));
        assert!(!passes_luhn(b"79927398710") && !passes_luhn(b"4532015112830367"));
    }

    #[test]
    fn whole_card_numbers_are_found() {
        for text in [
            "4532015112830366",
            "n°4532015112830366!",
            "4532 0151 1283 0366",
            "le 12 4532-0151-1283-0366 fin",
            "4532\u{a0}0151\u{a0}1283\u{a0}0366",
            "378282246310005",
            "3782 822463 10005",
            "30569309025904",
            "2223003122003222",
        ] {
            assert!(holds_card_number(text), "{text}");
        }
    }

    #[test]
    fn other_numbers_of_a_slip_are_left_alone() {
        for text in [
            "",
            "79927398713",
            "4532015112830367",
            "############0366",
            "453201######0366",
            "4532  0151  1283  0366",
            "A0000000421010",
            "18/02/26 12:30:45",
            "99999999800019",
            "SIRET 99999999800019",
            "0000000000000000",
            "20260218123040",
            "12345 1999403 123456 001 0",
        ] {
            assert!(!holds_card_number(text), "{text}");
        }
    }
}
