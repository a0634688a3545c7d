//! Sessions that go on while membership is out of reach, in the portal of a shop of its own: what membership said last is kept, and sent
//! to the shop's checkout, which decides what it is worth.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use platform::{Role, identity};
use tonic::{Code, Status};

use super::Session;

/// After membership did not answer it is not asked again for so long, so that not every page waits for it.
const SILENCE: Duration = Duration::from_secs(10);
/// Sessions that are looked through for those that are over, when one more comes.
const MANY: usize = 1_000;

/// What membership said last of the people of one store, by session; of nobody where there is no store. Cheap to clone.
#[derive(Clone)]
pub struct Kept {
    store_code: Option<Arc<str>>,
    memory: Arc<Mutex<Memory>>,
}

#[derive(Default)]
struct Memory {
    sessions: HashMap<String, (Session, Instant)>,
    silent_since: Option<Instant>,
}

impl Kept {
    /// For the people of this store.
    pub fn of(store_code: Option<String>) -> Self {
        Self { store_code: store_code.map(Into::into), memory: Arc::default() }
    }

    /// Keeps what membership has just said.
    pub fn keep(&self, token: &str, session: &Session) {
        let is_of_store = self.store_code.as_deref() == Some(session.account.store_code.as_str());
        let attends = matches!(session.role, Role::Attendant | Role::Desk | Role::Manager);
        let mut memory = self.memory();
        memory.silent_since = None;
        if is_of_store && attends {
            memory.keep(token, session, Instant::now());
        }
    }

    /// The session is over.
    pub fn forget(&self, token: &str) {
        self.memory().sessions.remove(token);
    }

    /// The session as it was, if membership did not answer a moment ago.
    pub fn while_silent(&self, token: &str) -> Option<Session> {
        self.memory().while_silent(token, Instant::now())
    }

    /// The session as it was, instead of this answer, if that only means that membership is out of reach.
    pub fn instead(&self, token: &str, status: Status) -> Result<Session, Status> {
        if !matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled) {
            return Err(status);
        }
        let (mut memory, now) = (self.memory(), Instant::now());
        memory.silent_since = Some(now);
        memory.session(token, now).ok_or(status)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    fn keep(&mut self, token: &str, session: &Session, now: Instant) {
        if self.sessions.len() >= MANY {
            self.sessions.retain(|_, (_, said)| now.duration_since(*said) < life());
        }
        self.sessions.insert(token.to_owned(), (session.clone(), now));
    }

    fn while_silent(&self, token: &str, now: Instant) -> Option<Session> {
        self.silent_since.filter(|since| now.duration_since(*since) < SILENCE)?;
        self.session(token, now)
    }

    fn session(&self, token: &str, now: Instant) -> Option<Session> {
        let (session, said) = self.sessions.get(token)?;
        (now.duration_since(*said) < life()).then(|| session.clone())
    }
}

/// What is older is worth nothing to any checkout.
fn life() -> Duration {
    identity::CUT_OFF_LIFE.unsigned_abs()
}

#[cfg(test)]
mod tests {
    use proto::membership::v1::StaffAccount;
    use tonic::metadata::AsciiMetadataValue;

    use super::*;

    fn session(role: Role, store_code: &str) -> Session {
        let account = StaffAccount { store_code: store_code.to_owned(), ..StaffAccount::default() };
        Session { account, role, assertion: AsciiMetadataValue::from_static("signed") }
    }

    /// A portal of LILLE that membership has just told of an attendant there.
    fn kept() -> Kept {
        let kept = Kept::of(Some("LILLE".to_owned()));
        kept.keep("token", &session(Role::Attendant, "LILLE"));
        kept
    }

    fn silent() -> Status {
        Status::unavailable("no line")
    }

    #[test]
    fn a_kept_session_ends_after_twelve_hours_and_when_membership_says_so() {
        let (before, kept) = (Instant::now(), kept());
        let after = Instant::now();
        let goes_on = |now| kept.memory().session("token", now).is_some();
        assert_eq!(life(), Duration::from_secs(12 * 60 * 60));
        assert!(goes_on(before + life() - Duration::from_secs(1)));
        assert!(!goes_on(after + life()));
        kept.instead("token", silent()).unwrap();
        kept.forget("token");
        assert!(kept.while_silent("token").is_none());
        assert_eq!(kept.instead("token", silent()).unwrap_err().code(), Code::Unavailable);
    }

    #[test]
    fn a_session_is_kept_for_who_attends_the_own_store_and_only_while_membership_is_out_of_reach() {
        let kept = kept();
        assert!(kept.while_silent("token").is_none(), "membership is asked");
        let answered = kept.instead("token", Status::internal("a fault"));
        assert_eq!(answered.unwrap_err().code(), Code::Internal);
        assert!(kept.while_silent("token").is_none());
        kept.instead("token", silent()).unwrap();
        assert!(kept.while_silent("token").is_some(), "nobody waits for membership again");
        let later = Instant::now() + SILENCE;
        assert!(kept.memory().while_silent("token", later).is_none(), "it is asked again");
        for (role, store_code) in [(Role::Attendant, "LYON"), (Role::Supplier, "LILLE")] {
            kept.keep("other", &session(role, store_code));
            assert_eq!(kept.instead("other", silent()).unwrap_err().code(), Code::Unavailable);
        }
        let central = Kept::of(None);
        central.keep("token", &session(Role::Desk, "LILLE"));
        assert!(central.instead("token", silent()).is_err(), "not in a portal of all stores");
    }
}
