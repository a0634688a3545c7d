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

/// Whether a text shows a card number: 13 to 19 digits that pass Luhn's check, in one run or in groups as they are embossed. The
/// store's own SIRET, which passes it too and stands on every slip, is none.
pub fn shows_card_number(text: &str, siret: &str) -> bool {
    runs(text).iter().any(|run| {
        run.iter().any(|group| is_card_number(group) && *group != siret)
            || (0..run.len()).any(|first| embossed(&run[first..]))
    })
}

/// The runs of digit groups that one space or hyphen separates.
fn runs(text: &str) -> Vec<Vec<&str>> {
    let mut runs: Vec<Vec<&str>> = vec![Vec::new()];
    let mut gap = 0;
    for piece in text.split_inclusive(|letter: char| !letter.is_ascii_digit()) {
        let group = piece.trim_end_matches(|letter: char| !letter.is_ascii_digit());
        let separator = &piece[group.len()..];
        if group.is_empty() {
            gap += 1;
        }
        if let Some(run) = runs.last_mut().filter(|_| gap == 0)
            && !group.is_empty()
        {
            run.push(group);
        } else if !group.is_empty() {
            runs.push(vec![group]);
        }
        gap = usize::from(!matches!(separator, " " | "-")) + usize::from(group.is_empty());
    }
    runs
}

/// Four digits first, then groups of two to six, three groups at least.
fn embossed(groups: &[&str]) -> bool {
    let mut digits = String::new();
    for (index, group) in groups.iter().enumerate() {
        if !(2..=6).contains(&group.len()) || (index == 0 && group.len() != 4) {
            return false;
        }
        digits += group;
        if index >= 2 && is_card_number(&digits) {
            return true;
        }
    }
    false
}

fn is_card_number(digits: &str) -> bool {
    CARD_NUMBER.contains(&digits.len()) && passes_luhn(digits)
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
