//! The one rule that keeps whole card numbers out of slips: till, checkout and receipt ask it.

use std::fmt;

use thiserror::Error;

/// How many digits a card number has.
const CARD_NUMBER: std::ops::RangeInclusive<usize> = 13..=19;

/// How the numbers of card schemes begin: from, to, both of the same length.
const SCHEMES: [(&str, &str); 11] = [
    ("2200", "2204"), // Mir
    ("2221", "2720"), // Mastercard
    ("300", "305"),   // Diners
    ("309", "309"),   // Diners
    ("34", "39"),     // American Express, JCB, Diners
    ("4", "4"),       // Visa, and CB with it
    ("50", "59"),     // Mastercard, Maestro
    ("60", "69"),     // Maestro, Discover, UnionPay
    ("81", "82"),     // UnionPay, RuPay
    ("9704", "9704"), // Napas
    ("9792", "9792"), // Troy
];

/// The groups that card numbers are printed in: how many digits the first ones have, and the last one at least and at most.
const EMBOSSED: [(&[usize], std::ops::RangeInclusive<usize>); 5] =
    [(&[4, 4, 4], 1..=4), (&[4, 4, 4, 4], 1..=3), (&[4, 6], 4..=5), (&[4, 3, 3], 3..=3), (&[6], 13..=13)];

/// What a slip may show although it looks like a card number: the store's own SIRET and the numbers of its card contracts, digit for
/// digit.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SlipRule {
    own: Vec<String>,
}

/// A whole card number stands in the slip: it must not be mailed, stored or shown. The error does not repeat it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the slip holds a card number")]
pub struct CardNumberInSlip;

impl SlipRule {
    /// The rule of a store with this SIRET and these contracts with its bank. Blanks in them are of no account.
    pub fn new<'a>(siret: &'a str, contracts: impl IntoIterator<Item = &'a str>) -> Self {
        let digits = |number: &str| number.chars().filter(char::is_ascii_digit).collect::<String>();
        let own = std::iter::once(siret).chain(contracts).map(digits);
        Self { own: own.filter(|number| !number.is_empty()).collect() }
    }

    /// Refuses a text that holds 13 to 19 digits, in one piece or in the groups printed on cards, that pass the Luhn check, begin as a
    /// card scheme does and are no number of the store's own; also when only what is not shown stands between the digits.
    pub fn check(&self, text: &str) -> Result<(), CardNumberInSlip> {
        if self.holds_card_number(text) || self.holds_card_number(&tidy(text)) {
            Err(CardNumberInSlip)
        } else {
            Ok(())
        }
    }

    /// The text as lines that can be shown, free of control characters; `None` when it is blank.
    ///
    /// # Errors
    /// When [`Self::check`] refuses it.
    pub fn shown(&self, text: &str) -> Result<Option<String>, CardNumberInSlip> {
        self.check(text)?;
        Ok(Some(tidy(text)).filter(|text| !text.trim().is_empty()))
    }

    fn holds_card_number(&self, text: &str) -> bool {
        let runs = digit_runs(text);
        runs.iter().any(|run| self.is_card_number(run.digits))
            || embossed(&runs).any(|number| self.is_card_number(&number))
    }

    fn is_card_number(&self, digits: &str) -> bool {
        CARD_NUMBER.contains(&digits.len())
            && begins_like_a_card(digits)
            && passes_luhn(digits)
            && !self.own.iter().any(|own| own == digits)
    }
}

/// How many numbers are exempt is enough for logs.
impl fmt::Debug for SlipRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SlipRule(<{} numbers>)", self.own.len())
    }
}

/// One kind of line end, nothing that hides or turns what is written, no blanks at the ends of lines, no empty lines at both ends.
fn tidy(text: &str) -> String {
    let unix = text.replace("\r\n", "\n").replace('\r', "\n");
    let printable: String =
        unix.chars().filter(|character| *character == '\n' || is_shown(*character)).collect();
    let lines: Vec<&str> = printable.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// No control character, and none that turns the direction of a text or hides in it.
fn is_shown(character: char) -> bool {
    !character.is_control()
        && !matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Digits without anything between them.
struct Run<'text> {
    digits: &'text str,
    /// One blank, dash, point or line end is all that stands between this run and the one before.
    follows: bool,
}

fn digit_runs(text: &str) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(|character: char| character.is_ascii_digit()) {
        let (gap, digits) = rest.split_at(start);
        let end = digits.find(|character: char| !character.is_ascii_digit()).unwrap_or(digits.len());
        let joins = matches!(gap, " " | "\u{a0}" | "\u{202f}" | "-" | "." | "\n" | "\r\n");
        runs.push(Run { digits: &digits[..end], follows: joins && !runs.is_empty() });
        rest = &digits[end..];
    }
    runs
}

fn embossed(runs: &[Run<'_>]) -> impl Iterator<Item = String> {
    (0..runs.len()).flat_map(move |first| {
        EMBOSSED.iter().filter_map(move |(lengths, last)| {
            let groups = runs.get(first..=first + lengths.len())?;
            let (end, before) = groups.split_last()?;
            let fits = before.iter().map(|run| run.digits.len()).eq(lengths.iter().copied())
                && last.contains(&end.digits.len())
                && groups[1..].iter().all(|run| run.follows);
            fits.then(|| groups.iter().map(|run| run.digits).collect())
        })
    })
}

fn begins_like_a_card(digits: &str) -> bool {
    SCHEMES
        .iter()
        .any(|(from, to)| digits.get(..from.len()).is_some_and(|start| (*from..=*to).contains(&start)))
}

/// The digit sum, every second digit from the right doubled, ends in zero.
fn passes_luhn(digits: &str) -> bool {
    let sum = digits.bytes().rev().enumerate().fold(0_u32, |sum, (index, digit)| {
        let value = u32::from(digit - b'0') * if index % 2 == 1 { 2 } else { 1 };
        sum + value / 10 + value % 10
    });
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests;
