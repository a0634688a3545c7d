//! Trade item numbers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::check_digit;

/// A global trade item number, padded with zeros to 14 digits, whose check digit is right.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Gtin([u8; 14]);

/// Why a text is not a trade item number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum GtinError {
    /// Something else than digits.
    #[error("not only digits")]
    NotDigits,
    /// Not 8, 12, 13 or 14 digits.
    #[error("{digits} digits are not a trade item number")]
    Length {
        /// How many digits there were.
        digits: usize,
    },
    /// The last digit does not follow from the others: a reading or typing error.
    #[error("wrong check digit, {expected} was expected")]
    BadCheckDigit {
        /// The digit that would be right.
        expected: u8,
    },
}

impl Gtin {
    /// Reads a number of 8, 12, 13 or 14 digits.
    pub fn parse(text: &str) -> Result<Self, GtinError> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(GtinError::NotDigits);
        }
        if !matches!(text.len(), 8 | 12 | 13 | 14) {
            return Err(GtinError::Length { digits: text.len() });
        }
        let (body, check) = text.split_at(text.len() - 1);
        let expected = check_digit(body).expect("digits were checked above");
        if check.as_bytes() != [b'0' + expected] {
            return Err(GtinError::BadCheckDigit { expected });
        }
        let mut digits = [b'0'; 14];
        digits[14 - text.len()..].copy_from_slice(text.as_bytes());
        Ok(Self(digits))
    }

    /// Reads the eight printed digits of a UPC-E code: number system 0 or 1, six digits, check digit.
    ///
    /// Only for a reader known to send UPC-E unexpanded: an EAN-8 looks just the same.
    pub fn from_upc_e(text: &str) -> Result<Self, GtinError> {
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(GtinError::NotDigits);
        }
        let [system @ (b'0' | b'1'), a, b, c, d, e, last, check] = *text.as_bytes() else {
            return Err(GtinError::Length { digits: text.len() });
        };
        let zero = b'0';
        let body = match last {
            b'0'..=b'2' => [a, b, last, zero, zero, zero, zero, c, d, e],
            b'3' => [a, b, c, zero, zero, zero, zero, zero, d, e],
            b'4' => [a, b, c, d, zero, zero, zero, zero, zero, e],
            _ => [a, b, c, d, e, zero, zero, zero, zero, last],
        };
        let expanded: String = [system].into_iter().chain(body).chain([check]).map(char::from).collect();
        Self::parse(&expanded)
    }

    /// The fourteen digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only ASCII digits are ever stored")
    }

    /// The thirteen digits below the packaging level, when that level is zero: what an EAN-13 can carry.
    pub fn as_ean13(&self) -> Option<&str> {
        self.as_str().strip_prefix('0')
    }

    /// Whether the number means something inside one company or one country only, and must not be taken for a world-wide one.
    ///
    /// As EAN-13: prefixes 02, 04 and 20 to 29. As EAN-8: prefixes 0 and 2.
    pub fn is_restricted_circulation(&self) -> bool {
        match self.0 {
            [b'0', b'0', b'0', b'0', b'0', b'0', first, ..] => matches!(first, b'0' | b'2'),
            [b'0', b'0', second, ..] => matches!(second, b'2' | b'4'),
            [b'0', first, ..] => first == b'2',
            _ => false,
        }
    }
}

impl FromStr for Gtin {
    type Err = GtinError;

    fn from_str(text: &str) -> Result<Self, GtinError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Gtin {
    type Error = GtinError;

    fn try_from(text: String) -> Result<Self, GtinError> {
        Self::parse(&text)
    }
}

impl From<Gtin> for String {
    fn from(gtin: Gtin) -> Self {
        gtin.as_str().to_owned()
    }
}

impl fmt::Display for Gtin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl fmt::Debug for Gtin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Gtin({})", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_becomes_fourteen_digits() {
        for (text, digits) in [
            ("96385074", "00000096385074"),
            ("036000241457", "00036000241457"),
            ("0036000241457", "00036000241457"),
            ("4006381333931", "04006381333931"),
            ("09521234543213", "09521234543213"),
        ] {
            assert_eq!(Gtin::parse(text).unwrap().as_str(), digits);
        }
    }

    #[test]
    fn what_is_not_a_number_is_refused_with_its_reason() {
        for (text, reason) in [
            ("", GtinError::NotDigits),
            ("40063813339З1", GtinError::NotDigits),
            ("400638133393", GtinError::BadCheckDigit { expected: 0 }),
            ("4006381333932", GtinError::BadCheckDigit { expected: 1 }),
            ("40063813339", GtinError::Length { digits: 11 }),
            ("004006381333931", GtinError::Length { digits: 15 }),
        ] {
            assert_eq!(Gtin::parse(text), Err(reason), "{text:?}");
        }
    }

    #[test]
    fn in_store_numbers_are_told_from_world_wide_ones() {
        let restricted = |body: &str| {
            let check = check_digit(body).unwrap();
            Gtin::parse(&format!("{body}{check}")).unwrap().is_restricted_circulation()
        };
        for body in ["021234512345", "041234512345", "201234512345", "291234512345", "21234512345", "2123456"]
        {
            assert!(restricted(body), "{body}");
        }
        for body in
            ["300123412345", "952123412345", "031234512345", "121234512345", "9638507", "1201234512345"]
        {
            assert!(!restricted(body), "{body}");
        }
    }

    #[test]
    fn a_upc_e_code_is_expanded() {
        for (short, long) in [
            ("04252614", "042100005264"),
            ("01234565", "012345000065"),
            ("01234531", "012300000451"),
            ("01234543", "012340000053"),
        ] {
            assert_eq!(Gtin::from_upc_e(short), Gtin::parse(long), "{short}");
        }
        assert_eq!(Gtin::from_upc_e("04252615"), Err(GtinError::BadCheckDigit { expected: 4 }));
        assert_eq!(Gtin::from_upc_e("24252614"), Err(GtinError::Length { digits: 8 }));
    }

    #[test]
    fn a_number_is_a_text_in_json_and_checked_when_read() {
        let gtin = Gtin::parse("96385074").unwrap();
        assert_eq!(serde_json::to_string(&gtin).unwrap(), "\"00000096385074\"");
        assert_eq!(serde_json::from_str::<Gtin>("\"96385074\"").unwrap(), gtin);
        assert!(serde_json::from_str::<Gtin>("\"96385075\"").is_err());
    }
}
