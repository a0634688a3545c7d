//! The stories: one function a verb. Read this part to know what membership does.

mod card;
mod command;
mod guesses;
mod guest;
mod member;
mod passwords;
mod staff;

pub use card::{block_card, get_greeting, issue_card};
pub use command::Command;
pub use guest::{forget_guest_contact, get_guest_contact, keep_guest_contact};
pub use member::{Page, find_members, get_contact, get_member, register_member, update_member};
pub use staff::{create_staff, get_session, sign_in, sign_out};

use std::{sync::Arc, time::Duration};

use outbox::Wake;
use platform::{Clock, Shutdown, identity::StaffSigner};
use sqlx::PgPool;
use time::OffsetDateTime;

use self::{guesses::Guesses, passwords::Passwords};
use crate::{error::Error, store};

/// How often what is over is swept out.
const TIDY: Duration = Duration::from_secs(600);

/// What every verb works with. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The service's own database.
    db: PgPool,
    /// Business time.
    clock: Clock,
    /// To be called after every commit that leaves an event.
    wake: Wake,
    /// Hashes and checks passwords.
    passwords: Passwords,
    /// Signs who a member of staff is.
    signer: Arc<StaffSigner>,
    /// What each till may still guess.
    guesses: Guesses,
}

impl App {
    /// Puts together what the verbs need.
    ///
    /// # Errors
    /// When passwords cannot be hashed on this machine.
    pub fn new(db: PgPool, clock: Clock, wake: Wake, signer: StaffSigner) -> anyhow::Result<Self> {
        let passwords = Passwords::new()?;
        Ok(Self { db, clock, wake, passwords, signer: Arc::new(signer), guesses: Guesses::default() })
    }

    /// Sweeps out, now and then, what is over: sessions, wrong passwords, and the addresses of guests.
    ///
    /// # Errors
    /// Never: what was not swept out today harms nobody.
    pub async fn keep_tidy(self, shutdown: Shutdown) -> anyhow::Result<()> {
        loop {
            if let Err(error) = self.tidy().await {
                tracing::warn!(%error, "what is over was not swept out, to be tried again");
            }
            if shutdown.run_until_cancelled(tokio::time::sleep(TIDY)).await.is_none() {
                return Ok(());
            }
        }
    }

    async fn tidy(&self) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        store::session::purge(&mut tx, self.now()).await?;
        store::guest::purge(&mut tx, self.now()).await?;
        Ok(tx.commit().await?)
    }

    /// The time now, as exactly as the database keeps it: what is answered first is what is read later.
    fn now(&self) -> OffsetDateTime {
        let now = self.clock.now();
        now.replace_microsecond(now.microsecond()).expect("the microsecond of an instant is one")
    }
}
