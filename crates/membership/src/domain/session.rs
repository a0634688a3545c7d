//! Being signed in, and guessing at it.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use thiserror::Error;
use time::{Duration, OffsetDateTime};

use super::staff::Account;

/// How long somebody stays signed in.
pub const SESSION_LIFE: Duration = Duration::hours(12);
/// Wrong passwords for one sign-in name from one source after which nothing is tried any more from there.
const FAILURES_HERE: i64 = 5;
/// Wrong passwords for one sign-in name from all sources after which nothing is tried any more from a source that is not its owner's.
const FAILURES_ANYWHERE: i64 = 50;
/// How long a wrong password counts.
pub const FAILURE_WINDOW: Duration = Duration::minutes(15);
/// How long a source is its owner's after a sign-in.
pub const SOURCE_LIFE: Duration = Duration::days(30);
/// Letters of the longest source.
const LONGEST_SOURCE: usize = 64;

/// Where an attempt comes from: a word of the portal's own, from which no address is to be learnt. Empty when nobody can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source(String);

/// What counts against an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failures {
    /// Wrong passwords for the name from the source.
    pub here: i64,
    /// Wrong passwords for the name from everywhere.
    pub anywhere: i64,
    /// Whether the account was lately signed in from the source.
    pub is_known: bool,
}

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

impl Source {
    /// Reads a source: letters of base64url, or none.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.len() <= LONGEST_SOURCE
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        fits.then(|| Self(text.to_owned()))
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Failures {
    /// Whether an attempt is one too many. Who guesses from everywhere at once is slowed down, and the owner, who comes from where it
    /// came from before, is not: for it only its own mistakes count.
    pub fn are_too_many(self) -> bool {
        self.here >= FAILURES_HERE || (self.anywhere >= FAILURES_ANYWHERE && !self.is_known)
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionToken(…)")
    }
}

/// Decides on an attempt that comes after these wrong ones, and whose session is there if it was right.
///
/// # Errors
/// When it is one too many, right or wrong; or else when it is wrong.
pub fn admit(failures: Failures, signed_in: Option<SignedIn>) -> Result<SignedIn, Refused> {
    if failures.are_too_many() {
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
        assert!(admit(failures(0, 0, false), right()).is_ok());
        assert!(admit(failures(4, 4, false), right()).is_ok());
        assert_eq!(admit(failures(4, 4, false), None).unwrap_err(), Refused::WrongCredentials);
        assert_eq!(admit(failures(5, 5, false), None).unwrap_err(), Refused::TooManyAttempts);
        assert_eq!(admit(failures(5, 5, true), right()).unwrap_err(), Refused::TooManyAttempts);
    }

    #[test]
    fn guesses_from_elsewhere_stop_a_stranger_at_fifty_and_the_owner_never() {
        for (here, anywhere, is_known, stopped) in [
            (0, 49, false, false),
            (0, 50, false, true),
            (0, 50, true, false),
            (0, 1_000_000, true, false),
            (4, 1_000_000, true, false),
            (5, 1_000_000, true, true),
        ] {
            let failures = failures(here, anywhere, is_known);
            assert_eq!(failures.are_too_many(), stopped, "{failures:?}");
        }
    }

    #[test]
    fn a_source_is_a_short_word_or_nothing() {
        for text in ["", "Zz09_-", &"a".repeat(64)] {
            assert_eq!(Source::parse(text).unwrap().as_str(), text);
        }
        for text in ["192.0.2.7", "::1", "a b", "é", "a\n", &"a".repeat(65)] {
            assert_eq!(Source::parse(text), None, "{text:?}");
        }
    }

    fn failures(here: i64, anywhere: i64, is_known: bool) -> Failures {
        Failures { here, anywhere, is_known }
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
