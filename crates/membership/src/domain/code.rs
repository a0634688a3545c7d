//! Codes of stores and suppliers, which checkout gives out; known here by their form alone.

use super::text::Flaw;

/// The code of a store, `[A-Z0-9-]{1,16}`: one token of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreCode(String);

/// The code of a supplier, `[A-Z0-9-]{1,24}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupplierCode(String);

impl StoreCode {
    /// Reads a code.
    ///
    /// # Errors
    /// When it is not one.
    pub fn parse(text: &str) -> Result<Self, Flaw> {
        if is_code(text, 16) { Ok(Self(text.to_owned())) } else { Err(Flaw::NotACode) }
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SupplierCode {
    /// Reads a code.
    ///
    /// # Errors
    /// When it is not one.
    pub fn parse(text: &str) -> Result<Self, Flaw> {
        if is_code(text, 24) { Ok(Self(text.to_owned())) } else { Err(Flaw::NotACode) }
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_code(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_one_token_of_a_subject() {
        for code in ["LILLE", "PARIS-11", "0123456789ABCDEF"] {
            assert!(StoreCode::parse(code).is_ok(), "{code}");
        }
        for wrong in ["", "lille", "LILLE.01", "LILLE 1", "*", "0123456789ABCDEFG", "ÉVRY"] {
            assert_eq!(StoreCode::parse(wrong), Err(Flaw::NotACode), "{wrong:?}");
        }
        assert!(SupplierCode::parse("0123456789ABCDEFGHIJKLMN").is_ok());
        assert!(SupplierCode::parse("0123456789ABCDEFGHIJKLMNO").is_err());
    }
}
