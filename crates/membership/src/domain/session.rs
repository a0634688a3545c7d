//! Being signed in, and guessing at it.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use thiserror::Error;
use time::{Duration, OffsetDateTime};

use super::staff::Account;

/// How long somebody stays signed in.
pub const SESSION_LIFE: Duration = Duration::hours(12);
/// Wrong passwords of one sign-in name within [`FAILURE_WINDOW`] after which nothing is tried any more.
pub const FAILURES: i64 = 5;
/// How long a wrong password counts.
pub const FAILURE_WINDOW: Duration = Duration::minutes(15);

/// The secret of a session: 32 random bytes, which only the browser keeps.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken([u8; 32]);

/// What the service keeps of a secret: its SHA-256, which needs no salt, for 256 random bits are not guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenHash(pub [u8; 32]);

/// A session as its owner gets it, once.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The secret.
    pub token: SessionToken,
    /// Whose it is.
    pub account: Account,
    /// When it ends.
    pub expiry: OffsetDateTime,
}

/// Why somebody is not signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    /// No such account, or not its password; nobody is told which.
    #[error("the sign-in name or the password is wrong")]
    WrongCredentials,
    /// Too many wrong passwords; whether this one was right is not told.
    #[error("too many wrong passwords for this sign-in name, try again later")]
    TooManyAttempts,
}

impl SessionToken {
    /// A secret of these random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads a secret from its base64url.
    pub fn parse(text: &str) -> Option<Self> {
        BASE64_URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// The secret in base64url, for its owner.
    pub fn expose(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What is kept of it.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0).into())
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionToken(…)")
    }
}

/// Decides on an attempt that comes after `failures` wrong ones, and whose session is there if it was right.
///
/// # Errors
/// When it is one too many, right or wrong; or else when it is wrong.
pub fn admit(failures: i64, signed_in: Option<SignedIn>) -> Result<SignedIn, Refused> {
    if failures >= FAILURES {
        return Err(Refused::TooManyAttempts);
    }
    signed_in.ok_or(Refused::WrongCredentials)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        id::StaffId,
        staff::{Login, Post, StaffRole},
    };

    #[test]
    fn five_wrong_passwords_are_told_apart_from_the_right_one_and_no_more() {
        let right = || {
            Some(SignedIn {
                token: SessionToken::new([7; 32]),
                account: Account {
                    staff_id: StaffId(Uuid::nil()),
                    login: Login::parse("camille").unwrap(),
                    post: Post::new(StaffRole::Desk, "LILLE", "").unwrap(),
                },
                expiry: OffsetDateTime::UNIX_EPOCH,
            })
        };
        assert!(admit(0, right()).is_ok());
        assert!(admit(4, right()).is_ok());
        assert_eq!(admit(4, None).unwrap_err(), Refused::WrongCredentials);
        assert_eq!(admit(5, None).unwrap_err(), Refused::TooManyAttempts);
        assert_eq!(admit(5, right()).unwrap_err(), Refused::TooManyAttempts);
    }

    #[test]
    fn a_token_survives_the_browser_and_only_its_hash_is_kept() {
        let token = SessionToken::new([7; 32]);
        let text = token.expose();
        assert_eq!(text.len(), 43);
        assert_eq!(SessionToken::parse(&text), Some(token.clone()));
        assert_ne!(token.hash().0, [7; 32]);
        assert_ne!(token.hash(), SessionToken::new([8; 32]).hash());
        for wrong in ["", "AAAA", &text[1..], &format!("{text}="), &format!("{text}\n")] {
            assert_eq!(SessionToken::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_token_does_not_show_in_a_log() {
        assert_eq!(format!("{:?}", SessionToken::new([7; 32])), "SessionToken(…)");
    }
}
