//! Hashing passwords, and checking them, in about the same time whether there is an account or not.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, anyhow};
use argon2::{
    Argon2,
    password_hash::{self, PasswordHasher, PasswordVerifier},
};
use tokio::sync::Semaphore;

use crate::{
    domain::password::{Guess, Password, PasswordHash},
    error::Error,
};

/// Passwords hashed at the same time: each takes 19 MiB and a core for some hundredths of a second.
const AT_ONCE: usize = 2;
/// Longest wait for a turn; who waits longer is told that the service is busy, and nothing has happened.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Hashes and checks passwords. Cheap to clone.
#[derive(Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    /// The hash of a password that nobody knows, checked in place of an account that is not there.
    decoy: PasswordHash,
}

impl Passwords {
    /// Makes the decoy, with the same parameters as every new hash.
    ///
    /// # Errors
    /// When this machine has no randomness or memory for it.
    pub fn new() -> anyhow::Result<Self> {
        let decoy = hash(&rand::random::<[u8; 32]>())?;
        Ok(Self { turns: Arc::new(Semaphore::new(AT_ONCE)), decoy })
    }

    /// How a password is to be kept.
    ///
    /// # Errors
    /// When too many are waiting for the same.
    pub async fn hash(&self, password: &Password) -> Result<PasswordHash, Error> {
        let password = password.clone();
        self.in_turn(move || hash(password.guess().expose())).await
    }

    /// Whether the guess is the password; never, when there is none.
    ///
    /// # Errors
    /// When too many are waiting for the same.
    pub async fn check(&self, kept: Option<&PasswordHash>, guess: &Guess) -> Result<bool, Error> {
        let (against, guess) = (self.against(kept).clone(), guess.clone());
        let right = self.in_turn(move || verify(&against, &guess)).await?;
        Ok(right && kept.is_some())
    }

    /// What a guess is checked against: there is always something, so that the work is always done.
    fn against<'a>(&'a self, kept: Option<&'a PasswordHash>) -> &'a PasswordHash {
        kept.unwrap_or(&self.decoy)
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let turn = tokio::time::timeout(LONGEST_WAIT, self.turns.clone().acquire_owned())
            .await
            .map_err(|_| Error::Unavailable(anyhow!("too many passwords are waiting to be hashed")))?
            .context("the turns are never closed")?;
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        Ok(done.await.context("hashing a password panicked")??)
    }
}

fn hash(password: &[u8]) -> anyhow::Result<PasswordHash> {
    let hash = Argon2::default().hash_password(password).map_err(|error| anyhow!("argon2: {error}"))?;
    Ok(PasswordHash::new(hash.to_string()))
}

fn verify(kept: &PasswordHash, guess: &Guess) -> anyhow::Result<bool> {
    match Argon2::default().verify_password(guess.expose(), kept.expose()) {
        Ok(()) => Ok(true),
        Err(password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(anyhow!("argon2: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_decoy(decoy: &str) -> Passwords {
        Passwords { decoy: hash(decoy.as_bytes()).unwrap(), ..Passwords::new().unwrap() }
    }

    #[tokio::test]
    async fn the_right_password_and_no_other_opens_an_account() {
        let passwords = Passwords::new().unwrap();
        let kept = passwords.hash(&Password::parse("correct horse battery").unwrap()).await.unwrap();
        let check = async |guess| passwords.check(Some(&kept), &Guess::parse(guess).unwrap()).await.unwrap();
        assert!(check("correct horse battery").await);
        assert!(!check("correct horse batterz").await);
    }

    #[tokio::test]
    async fn an_unknown_name_is_checked_against_the_decoy_and_never_let_in() {
        let passwords = with_decoy("what nobody knows");
        let guess = Guess::parse("what nobody knows").unwrap();
        assert_eq!(passwords.against(None).expose(), passwords.decoy.expose());
        assert!(verify(passwords.against(None), &guess).unwrap(), "the decoy is a hash that can be checked");
        assert!(!passwords.check(None, &guess).await.unwrap());
    }

    #[tokio::test]
    async fn the_decoy_takes_as_much_work_as_a_real_hash() {
        let passwords = Passwords::new().unwrap();
        let kept = passwords.hash(&Password::parse("correct horse battery").unwrap()).await.unwrap();
        let work = |hash: &PasswordHash| hash.expose().split('$').nth(3).map(str::to_owned);
        assert_eq!(work(&kept).as_deref(), Some("m=19456,t=2,p=1"));
        assert_eq!(work(&passwords.decoy), work(&kept));
        assert!(kept.expose().starts_with("$argon2id$v=19$"));
    }

    #[tokio::test]
    async fn two_hashes_of_one_password_differ() {
        let passwords = Passwords::new().unwrap();
        let password = Password::parse("correct horse battery").unwrap();
        let (one, other) =
            (passwords.hash(&password).await.unwrap(), passwords.hash(&password).await.unwrap());
        assert_ne!(one.expose(), other.expose());
    }
}
