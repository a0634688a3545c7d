//! The two languages of a mail.

use money::{Cents, Quantity};
use serde::{Deserialize, Serialize};

/// The language in which a ticket was wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// Also where nothing was said, or what came up after this program.
    #[default]
    #[serde(rename = "fr")]
    French,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// From its tag in the events.
    #[must_use]
    pub fn of(tag: &str) -> Self {
        if tag == "en" { Self::English } else { Self::French }
    }

    /// Its tag in pages.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        self.say("fr", "en")
    }

    /// One of two texts that mean the same.
    #[must_use]
    pub const fn say(self, french: &'static str, english: &'static str) -> &'static str {
        match self {
            Self::French => french,
            Self::English => english,
        }
    }

    /// An amount as it is read; what is no euro shows its code.
    #[must_use]
    pub fn amount(self, cents: Cents, currency_code: &str) -> String {
        match self {
            Self::French if currency_code == "EUR" => cents.french(),
            Self::French => cents.french().replace('€', currency_code),
            Self::English if currency_code == "EUR" => match cents.plain().strip_prefix('-') {
                Some(number) => format!("-€{number}"),
                None => format!("€{}", cents.plain()),
            },
            Self::English => format!("{currency_code} {}", cents.plain()),
        }
    }

    /// So many pieces.
    #[must_use]
    pub fn pieces(self, quantity: Quantity) -> String {
        match self {
            Self::French => quantity.french(),
            Self::English => quantity.french().replace(',', "."),
        }
    }

    /// A weight.
    #[must_use]
    pub fn weight(self, quantity: Quantity) -> String {
        match self {
            Self::French => quantity.french_weight(),
            Self::English => quantity.french_weight().replace(',', "."),
        }
    }

    /// A rate of basis points: `5,5 %`, `5.5%`.
    #[must_use]
    pub fn rate(self, basis_points: i64) -> String {
        let (whole, rest) = (basis_points / 100, basis_points % 100);
        let (point, end) = (self.say(",", "."), self.say("\u{202f}%", "%"));
        let decimals = match rest {
            0 => String::new(),
            rest if rest % 10 == 0 => format!("{point}{}", rest / 10),
            rest => format!("{point}{rest:02}"),
        };
        format!("{whole}{decimals}{end}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_the_way_of_the_language() {
        let (french, english) = (Language::French, Language::English);
        let rates = [550, 2000, 210, 1000, 1025].map(|rate| french.rate(rate));
        assert_eq!(rates, ["5,5\u{202f}%", "20\u{202f}%", "2,1\u{202f}%", "10\u{202f}%", "10,25\u{202f}%"]);
        assert_eq!([550, 2000, 1025].map(|rate| english.rate(rate)), ["5.5%", "20%", "10.25%"]);
        assert_eq!(french.amount(Cents::new(123_450), "CHF"), "1\u{202f}234,50\u{202f}CHF");
        assert_eq!(english.amount(Cents::new(123_450), "CHF"), "CHF 1234.50");
        assert_eq!(english.amount(Cents::new(621), "EUR"), "€6.21");
        assert_eq!(english.amount(Cents::new(-69), "EUR"), "-€0.69");
        assert_eq!(english.weight(Quantity::new(350)), "0.350\u{202f}kg");
    }

    #[test]
    fn what_is_no_language_here_is_french() {
        assert_eq!(["", "fr", "en", "de"].map(Language::of).map(Language::tag), ["fr", "fr", "en", "fr"]);
    }
}
