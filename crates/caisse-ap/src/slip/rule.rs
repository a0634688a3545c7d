//! The one rule that keeps whole card numbers out of slips: till, checkout and receipt ask it.

use std::fmt;

use thiserror::Error;

mod digit;

/// How many digits a card number has.
const CARD_NUMBER: std::ops::RangeInclusive<usize> = 13..=CARD_LONGEST;
const CARD_LONGEST: usize = 19;

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

/// The fewest digits of a number of the store's own that is known also where it stands in groups: no contract is shorter.
const OWN_NUMBER: usize = 7;

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

    /// Refuses a text that holds 13 to 19 digits of any script, in one piece or in any groups, that pass the Luhn check, begin as a card
    /// scheme does and are no number of the store's own; also behind zeros, at the start of a longer piece, and when only what is not shown
    /// stands between the digits.
    ///
    /// Groups are read as one number over what separates digits and not fields, as long as they are digits by themselves: no part of a
    /// word, such as a cryptogram. The end of a number that is masked is none of what stands on the next line. The store's own numbers are
    /// no part of another.
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
        let text: String = text.chars().map(digit::ascii).collect();
        let groups = groups(&text);
        groups.iter().any(|group| self.is_in_one_piece(group.digits)) || self.is_in_groups(groups)
    }

    fn is_in_groups(&self, mut groups: Vec<Group<'_>>) -> bool {
        let known = |number: &str| number.len() >= OWN_NUMBER && self.own.iter().any(|own| own == number);
        for own in numbers(&groups, OWN_NUMBER..=usize::MAX, known) {
            groups[own].iter_mut().for_each(|group| (group.begins, group.goes_on) = (Begins::Nothing, false));
        }
        !numbers(&groups, 0..=usize::MAX, |number| self.is_card_number(number)).is_empty()
    }

    /// Whole; or, where more digits follow than a card number has, at the start.
    fn is_in_one_piece(&self, digits: &str) -> bool {
        let number = digits.trim_start_matches('0');
        let is_start = |length: usize| number.get(..length).is_some_and(|start| self.is_card_number(start));
        let mut lengths = CARD_NUMBER;
        self.is_card_number(digits) || (digits.len() > CARD_LONGEST && lengths.any(is_start))
    }

    /// Zeros before it are no part of it.
    fn is_card_number(&self, digits: &str) -> bool {
        let number = digits.trim_start_matches('0');
        CARD_NUMBER.contains(&number.len())
            && begins_like_a_card(number)
            && passes_luhn(number)
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
struct Group<'text> {
    digits: &'text str,
    /// What may begin with it.
    begins: Begins,
    /// It goes on with the number that the group before it ends.
    goes_on: bool,
    /// It stands on another line than the group before it.
    new_line: bool,
}

/// What a group of digits may begin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begins {
    /// A number.
    Number,
    /// One that ends on the same line: it is what is left of a masked number.
    NumberOfItsLine,
    /// No number: it is a part of something else.
    Nothing,
}

fn groups(text: &str) -> Vec<Group<'_>> {
    let (mut groups, mut end) = (Vec::new(), 0);
    while let Some(start) = text[end..].find(|character: char| character.is_ascii_digit()) {
        let (before, gap, digits) = (&text[..end + start], &text[end..end + start], &text[end + start..]);
        let length = digits.find(|character: char| !character.is_ascii_digit()).unwrap_or(digits.len());
        let begins = if is_inside_a_word(before) {
            Begins::Nothing
        } else if is_masked(before, length) {
            Begins::NumberOfItsLine
        } else {
            Begins::Number
        };
        let new_line = gap.contains(['\n', '\r']);
        groups.push(Group { digits: &digits[..length], begins, goes_on: is_joint(gap), new_line });
        end += start + length;
    }
    groups
}

/// The places of the groups that make a number of so many digits, with which a condition holds.
fn numbers(
    groups: &[Group<'_>],
    lengths: std::ops::RangeInclusive<usize>,
    holds: impl Fn(&str) -> bool,
) -> Vec<std::ops::RangeInclusive<usize>> {
    let mut found = Vec::new();
    for first in (0..groups.len()).filter(|first| groups[*first].begins != Begins::Nothing) {
        let mut number = String::new();
        for (place, group) in groups.iter().enumerate().skip(first) {
            let is_apart =
                !group.goes_on || (group.new_line && groups[first].begins == Begins::NumberOfItsLine);
            if number.trim_start_matches('0').len() > CARD_LONGEST || (place > first && is_apart) {
                break;
            }
            number.push_str(group.digits);
            if lengths.contains(&number.len()) && holds(&number) {
                found.push(first..=place);
            }
        }
    }
    found
}

/// Whether what stands between two groups of digits separates the digits of one number: a mark, up to two blanks, or both; or the end
/// of a line with the blanks around it. Three blanks separate columns, an empty line paragraphs; a comma stands in an amount, a
/// stroke in a date and a colon in a time or behind a label.
fn is_joint(gap: &str) -> bool {
    let is_line_end = |character: &char| matches!(character, '\n' | '\r');
    let is_mark =
        |character: &char| matches!(character, '.' | '-' | '_' | '·' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    let count = |is_one: &dyn Fn(&char) -> bool| gap.chars().filter(is_one).count();
    let blanks = |character: &char| character.is_whitespace() && !is_line_end(character);
    let line_ends = gap.replace("\r\n", "\n").chars().filter(is_line_end).count();
    let is_all = count(&blanks) + count(&is_mark) + count(&is_line_end) == gap.chars().count();
    is_all && count(&is_mark) <= 1 && line_ends <= 1 && (line_ends == 1 || count(&blanks) <= 2)
}

/// Whether the digits that follow belong to a word that has digits before its letters, as a cryptogram has.
fn is_inside_a_word(before: &str) -> bool {
    let word = before.rsplit(|character: char| !character.is_alphanumeric()).next().unwrap_or_default();
    word.chars().any(|character| character.is_ascii_digit())
}

/// Whether so many digits that follow are what is left of a number that is masked: a mask hides five or more, and more than it leaves.
fn is_masked(before: &str, left: usize) -> bool {
    let is_mask = |character: &char| matches!(character, '#' | '*' | 'X' | 'x' | '•');
    let hidden = before.chars().rev().take_while(|character| *character == ' ' || is_mask(character));
    hidden.filter(is_mask).count() >= (left + 1).max(5)
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
