//! Passwords, and how they are kept.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use super::text::Flaw;

/// The longest password, so that nobody makes the service hash a book.
const LONGEST: usize = 200;

/// A password that somebody chose: 12 to 200 characters.
#[derive(Clone)]
pub struct Password(Guess);

/// What somebody typed as a password: 1 to 200 characters.
#[derive(Clone)]
pub struct Guess(String);

/// How a password is kept: argon2id with its parameters and salt, as a PHC string.
#[derive(Clone)]
pub struct PasswordHash(String);

impl Password {
    /// Reads a password. Its letters are composed, for keyboards differ in how they send an accent.
    ///
    /// # Errors
    /// When it is too short or too long.
    pub fn parse(text: &str) -> Result<Self, Flaw> {
        let guess = Guess::parse(text)?;
        if guess.0.chars().count() < 12 { Err(Flaw::TooShort(12)) } else { Ok(Self(guess)) }
    }

    /// The password as somebody would type it.
    pub fn guess(&self) -> &Guess {
        &self.0
    }
}

impl Guess {
    /// Reads what was typed.
    ///
    /// # Errors
    /// When it is nothing, or longer than any password.
    pub fn parse(text: &str) -> Result<Self, Flaw> {
        let text: String = text.nfc().collect();
        match text.chars().count() {
            0 => Err(Flaw::Missing),
            1..=LONGEST => Ok(Self(text)),
            _ => Err(Flaw::TooLong(LONGEST)),
        }
    }

    /// The bytes to be hashed, for the one place that does.
    pub fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl PasswordHash {
    /// Wraps a PHC string.
    pub fn new(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string, for the one place that checks and the one that keeps it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Password(…)")
    }
}

impl fmt::Debug for Guess {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Guess(…)")
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_has_twelve_to_two_hundred_characters() {
        assert!(Password::parse(&"é".repeat(12)).is_ok());
        assert!(Password::parse(&"é".repeat(200)).is_ok());
        assert_eq!(Password::parse(&"é".repeat(11)).unwrap_err(), Flaw::TooShort(12));
        assert_eq!(Password::parse(&"é".repeat(201)).unwrap_err(), Flaw::TooLong(200));
        assert_eq!(Password::parse("").unwrap_err(), Flaw::Missing);
        assert!(Guess::parse("short").is_ok());
    }

    #[test]
    fn an_accent_is_the_same_however_it_was_typed() {
        let (composed, apart) =
            (Guess::parse("garçon\u{e9}").unwrap(), Guess::parse("garc\u{327}one\u{301}").unwrap());
        assert_eq!(composed.expose(), apart.expose());
    }

    #[test]
    fn no_form_of_a_password_shows_in_a_log() {
        let password = Password::parse("correct horse battery").unwrap();
        let hash = PasswordHash::new("$argon2id$v=19$secret".to_owned());
        assert_eq!(
            format!("{password:?} {:?} {hash:?}", password.guess()),
            "Password(…) Guess(…) PasswordHash(…)"
        );
    }
}
