//! What the card terminal took, and the care that no card number comes with it.

use money::Cents;
use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// A card payment as a ticket shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardPayment {
    /// The amount taken.
    pub amount: Cents,
    /// The brand.
    pub brand: String,
    /// The last four digits of the card number.
    pub pan_last4: String,
    /// The application of the card (AID).
    pub application_id: String,
    /// The authorisation's number.
    pub authorisation: String,
    /// Read without contact.
    pub contactless: bool,
}

/// How many digits a card number has.
const CARD_NUMBER: std::ops::RangeInclusive<usize> = 13..=19;
/// The groups that card numbers are embossed in: how many digits the first ones have, and the last one at least and at most.
const EMBOSSED: [(&[usize], std::ops::RangeInclusive<usize>); 3] =
    [(&[4, 4, 4], 1..=4), (&[4, 4, 4, 4], 1..=3), (&[4, 6], 4..=5)];

/// Whether a text shows a card number, in one piece or in the groups of an embossed card.
///
/// Never stricter than the till, which has searched the slip before: what is refused here was paid already.
pub fn shows_card_number(text: &str) -> bool {
    let runs = runs(text);
    let embossed = |first: usize| {
        EMBOSSED.iter().any(|(lengths, last)| {
            let Some(groups) = runs.get(first..=first + lengths.len()) else { return false };
            let (end, before) = (&groups[lengths.len()], &groups[..lengths.len()]);
            let fits = before.iter().map(|run| run.digits.len()).eq(lengths.iter().copied())
                && last.contains(&end.digits.len())
                && groups[1..].iter().all(|run| run.follows);
            fits && is_card_number(&groups.iter().map(|run| run.digits).collect::<String>())
        })
    };
    runs.iter().any(|run| is_card_number(run.digits)) || (0..runs.len()).any(embossed)
}

/// Digits without anything between them.
struct Run<'a> {
    digits: &'a str,
    /// One blank, hyphen or point is all that stands between this run and the one before.
    follows: bool,
}

fn runs(text: &str) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let (gap, digits) = rest.split_at(start);
        let end = digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len());
        let follows = !runs.is_empty() && matches!(gap, " " | "\u{a0}" | "-" | ".");
        runs.push(Run { digits: &digits[..end], follows });
        rest = &digits[end..];
    }
    runs
}

fn is_card_number(digits: &str) -> bool {
    CARD_NUMBER.contains(&digits.len())
        && passes_luhn(digits)
        && starts_like_a_card(digits)
        && !is_siret(digits)
}

/// No card starts with 0, and those that start with 2 start with 2200 to 2720: a date and time in one piece is no card.
fn starts_like_a_card(digits: &str) -> bool {
    match digits.as_bytes()[0] {
        b'0' => false,
        b'2' => ("2200"..="2720").contains(&&digits[..4]),
        _ => true,
    }
}

/// The SIRET on every slip passes the same check, and so do its first nine digits.
fn is_siret(digits: &str) -> bool {
    digits.len() == 14 && passes_luhn(&digits[..9])
}

fn passes_luhn(digits: &str) -> bool {
    let weighed = digits.bytes().rev().enumerate().map(|(index, digit)| {
        let digit = u32::from(digit - b'0');
        match (index % 2, digit) {
            (0, _) => digit,
            (_, 0..=4) => digit * 2,
            (_, _) => digit * 2 - 9,
        }
    });
    weighed.sum::<u32>().is_multiple_of(10)
}
