//! The code by which a shopper finds a suspended basket again: made by the till, shown once, and kept by nobody.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use sha2::{Digest, Sha256};

/// Letters and digits of a code: none is taken for another, read or heard.
pub const ALPHABET: &[u8; 24] = b"23456789ACDEFHJKMNPRTWXY";
/// As many make a code: 24⁸ are a hundred thousand million.
pub const LENGTH: usize = 8;

/// A code. Its text is on the screen, and in the till's own journal while it is there; its SHA-256 is all that travels.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SuspensionCode([u8; LENGTH]);

impl SuspensionCode {
    /// One that nobody can guess.
    #[must_use]
    pub fn fresh() -> Self {
        let letters = u32::try_from(ALPHABET.len()).unwrap_or(u32::MAX);
        // Of four thousand million numbers the last few letters are hardly rarer.
        let letter = |()| ALPHABET[(rand::random::<u32>() % letters) as usize];
        Self([(); LENGTH].map(letter))
    }

    /// What somebody typed: in small letters and with gaps, too.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let typed = text.bytes().filter(|byte| !matches!(byte, b' ' | b'-'));
        let typed: Vec<u8> = typed.map(|byte| byte.to_ascii_uppercase()).collect();
        let code: [u8; LENGTH] = typed.try_into().ok()?;
        code.iter().all(|letter| ALPHABET.contains(letter)).then_some(Self(code))
    }

    /// As it is typed.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.iter().copied().map(char::from).collect()
    }

    /// As it is read: in two groups.
    #[must_use]
    pub fn shown(&self) -> String {
        let text = self.text();
        let (first, second) = text.split_at(LENGTH / 2);
        format!("{first} {second}")
    }

    /// SHA-256 of its text, in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> String {
        Sha256::digest(self.0).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// It brings a basket back, so that it ends in no log.
impl fmt::Debug for SuspensionCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SuspensionCode(…)")
    }
}

impl Serialize for SuspensionCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for SuspensionCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).ok_or_else(|| D::Error::custom("not a code"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_back_however_it_is_typed_and_shows_in_no_debug_text() {
        let code = SuspensionCode::fresh();
        assert_eq!(code.text().len(), LENGTH);
        for typed in [code.text(), code.shown(), code.text().to_lowercase(), format!(" {}- ", code.text())] {
            assert_eq!(SuspensionCode::parse(&typed), Some(code), "{typed}");
        }
        assert!(!format!("{code:?}").contains(&code.text()[..2]));
        let kept = serde_json::to_string(&code).unwrap();
        assert_eq!(serde_json::from_str::<SuspensionCode>(&kept).unwrap(), code);
    }

    #[test]
    fn what_is_no_code_is_none_and_no_letter_is_taken_for_another() {
        for typed in ["", "ACDE234", "ACDE23456", "ACDE234O", "ACDE2341", "2900000000421", "ÀCDE2345"] {
            assert_eq!(SuspensionCode::parse(typed), None, "{typed}");
        }
        assert!(!ALPHABET.iter().any(|letter| b"01OILQSZBGUV".contains(letter)));
    }
}
