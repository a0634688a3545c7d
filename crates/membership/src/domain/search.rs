//! What somebody at the desk types to find a member.

use std::fmt;

use barcode::CardNumber;

use super::{
    contact::dialled,
    text::{self, Flaw},
};

/// Digits that a telephone number must have to be looked for: fewer would list half of the members.
const PHONE_DIGITS: usize = 6;

/// What is looked for, ready to be compared.
#[derive(Clone, PartialEq, Eq)]
pub enum Search {
    /// The member who holds this card, blocked or not.
    Card(CardNumber),
    /// Members with this address, in small letters.
    Email(String),
    /// Members whose number, read from its end, starts so: all of an international number, or a national one without its zero.
    Phone(String),
    /// Members whose last name starts so, folded.
    LastName(String),
}

impl Search {
    /// Tells from its form what is meant.
    ///
    /// # Errors
    /// When it has less than 2 or more than 120 characters, or some that cannot be seen.
    pub fn parse(text: &str) -> Result<Self, Flaw> {
        let text = text::tidy(text, 120)?;
        if text.chars().count() < 2 {
            return Err(Flaw::TooShort(2));
        }
        if let Ok(card) = CardNumber::parse(&text) {
            return Ok(Self::Card(card));
        }
        if text.contains('@') {
            return Ok(Self::Email(text.to_ascii_lowercase()));
        }
        if let Some(phone) = dialled(&text).and_then(|dialled| end_of_phone(&dialled)) {
            return Ok(Self::Phone(phone));
        }
        let start = text::fold(&text);
        if start.trim().is_empty() { Err(Flaw::NoLetter) } else { Ok(Self::LastName(start)) }
    }
}

/// The number from its end. What starts with neither `+` nor `0` is not dialled by anybody.
fn end_of_phone(dialled: &str) -> Option<String> {
    let end = match dialled.strip_prefix("00") {
        Some(international) => format!("+{international}"),
        None if dialled.starts_with('+') => dialled.to_owned(),
        None => dialled.strip_prefix('0')?.to_owned(),
    };
    (end.len() >= PHONE_DIGITS).then(|| end.chars().rev().collect())
}

impl fmt::Debug for Search {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Card(_) => "Card(…)",
            Self::Email(_) => "Email(…)",
            Self::Phone(_) => "Phone(…)",
            Self::LastName(_) => "LastName(…)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, meant: Search) {
        let found = Search::parse(typed).unwrap();
        assert!(found == meant, "{typed:?} is not {found:?}");
    }

    #[test]
    fn the_form_tells_what_is_meant() {
        check("2900000000421", Search::Card(CardNumber::from_serial(42).unwrap()));
        check(" Camille@Example.org", Search::Email("camille@example.org".to_owned()));
        check("+33 1 99 00 12 34", Search::Phone("43210099133+".to_owned()));
        check("0033199001234", Search::Phone("43210099133+".to_owned()));
        check("01 99 00 12 34", Search::Phone("432100991".to_owned()));
        check("Lefè", Search::LastName("lefe".to_owned()));
        check("%_", Search::LastName("%_".to_owned()));
        check("0123", Search::LastName("0123".to_owned()));
        check("2900000000422", Search::LastName("2900000000422".to_owned()));
    }

    #[test]
    fn too_little_is_not_looked_for() {
        for (typed, flaw) in [
            ("", Flaw::Missing),
            (" d ", Flaw::TooShort(2)),
            ("du\u{200b}", Flaw::Forbidden),
            ("\u{301}\u{302}", Flaw::NoLetter),
        ] {
            assert_eq!(Search::parse(typed), Err(flaw), "{typed:?}");
        }
        assert_eq!(Search::parse(&"d".repeat(121)), Err(Flaw::TooLong(120)));
    }
}
