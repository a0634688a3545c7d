//! Values of a fixed number of digits.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Exactly `N` decimal digits: a version, a till number, a currency.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digits<const N: usize>([u8; N]);

/// The text is not exactly so many digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not {wanted} digits")]
pub struct NotDigits {
    /// How many digits there should be.
    pub wanted: usize,
}

impl<const N: usize> Digits<N> {
    /// The digits of a constant, checked when it is compiled.
    pub(crate) const fn known(digits: [u8; N]) -> Self {
        let mut index = 0;
        while index < N {
            assert!(digits[index].is_ascii_digit());
            index += 1;
        }
        Self(digits)
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only ASCII digits are ever stored")
    }

    /// Reads bytes of a message.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, NotDigits> {
        match <[u8; N]>::try_from(bytes) {
            Ok(digits) if digits.iter().all(u8::is_ascii_digit) => Ok(Self(digits)),
            _ => Err(NotDigits { wanted: N }),
        }
    }
}

impl<const N: usize> FromStr for Digits<N> {
    type Err = NotDigits;

    fn from_str(text: &str) -> Result<Self, NotDigits> {
        Self::from_bytes(text.as_bytes())
    }
}

impl<const N: usize> fmt::Display for Digits<N> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl<const N: usize> fmt::Debug for Digits<N> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_number_of_digits_is_taken() {
        assert_eq!("0320".parse::<Digits<4>>().unwrap().as_str(), "0320");
        for text in ["", "320", "00320", "03a0", "٣٢"] {
            assert_eq!(text.parse::<Digits<4>>(), Err(NotDigits { wanted: 4 }), "{text:?}");
        }
    }
}
