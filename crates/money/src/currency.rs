//! Amounts that know their currency.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Cents;

/// A currency by its three ISO 4217 letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// The text is not three capital letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a currency is three capital letters")]
pub struct NotACurrency;

impl Currency {
    /// The euro.
    pub const EUR: Self = Self(*b"EUR");

    /// The three letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only capital ASCII letters are ever stored")
    }
}

impl FromStr for Currency {
    type Err = NotACurrency;

    fn from_str(text: &str) -> Result<Self, NotACurrency> {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(letters) if letters.iter().all(u8::is_ascii_uppercase) => Ok(Self(letters)),
            _ => Err(NotACurrency),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = NotACurrency;

    fn try_from(text: String) -> Result<Self, NotACurrency> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

/// An amount in a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// How much.
    pub amount: Cents,
    /// Of what.
    pub currency: Currency,
}

/// Why two amounts have no sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// The two amounts are in different currencies.
    #[error("{left} and {right} do not add up")]
    CurrencyMismatch {
        /// The currency of the first amount.
        left: Currency,
        /// The currency of the second amount.
        right: Currency,
    },
    /// The result does not fit.
    #[error("out of range")]
    OutOfRange,
}

impl Money {
    /// An amount in euros.
    pub const fn eur(amount: Cents) -> Self {
        Self { amount, currency: Currency::EUR }
    }

    /// The sum of two amounts of one currency.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, Cents::checked_add)
    }

    /// The difference of two amounts of one currency.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, Cents::checked_sub)
    }

    fn combine(self, other: Self, operation: fn(Cents, Cents) -> Option<Cents>) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch { left: self.currency, right: other.currency });
        }
        let amount = operation(self.amount, other.amount).ok_or(MoneyError::OutOfRange)?;
        Ok(Self { amount, currency: self.currency })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.amount, self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_currency(cents: i64, code: &str) -> Money {
        Money { amount: Cents::new(cents), currency: code.parse().unwrap() }
    }

    #[test]
    fn a_currency_is_three_capital_letters() {
        assert_eq!("EUR".parse(), Ok(Currency::EUR));
        for text in ["", "EU", "eur", "EURO", "E1R", "É€"] {
            assert_eq!(text.parse::<Currency>(), Err(NotACurrency), "{text:?}");
        }
    }

    #[test]
    fn euros_and_dollars_do_not_add_up() {
        let (euros, dollars) = (in_currency(100, "EUR"), in_currency(100, "USD"));
        assert_eq!(euros.checked_add(euros), Ok(in_currency(200, "EUR")));
        assert_eq!(euros.checked_sub(euros), Ok(in_currency(0, "EUR")));
        let mismatch = MoneyError::CurrencyMismatch { left: euros.currency, right: dollars.currency };
        assert_eq!(euros.checked_add(dollars), Err(mismatch));
        assert_eq!(euros.checked_sub(dollars), Err(mismatch));
        assert_eq!(in_currency(i64::MAX, "EUR").checked_add(euros), Err(MoneyError::OutOfRange));
    }

    #[test]
    fn money_travels_as_an_amount_and_three_letters() {
        let json = r#"{"amount":1590,"currency":"EUR"}"#;
        assert_eq!(serde_json::to_string(&Money::eur(Cents::new(1590))).unwrap(), json);
        assert_eq!(serde_json::from_str::<Money>(json).unwrap(), Money::eur(Cents::new(1590)));
        assert!(serde_json::from_str::<Money>(r#"{"amount":1,"currency":"euro"}"#).is_err());
        assert_eq!(Money::eur(Cents::new(1590)).to_string(), "15.90 EUR");
    }
}
