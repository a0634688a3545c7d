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
            if memory.sessions.len() >= MANY {
                memory.sessions.retain(|_, (_, said)| said.elapsed() < life());
            }
            memory.sessions.insert(token.to_owned(), (session.clone(), Instant::now()));
        }
    }

    /// The session is over.
    pub fn forget(&self, token: &str) {
        self.memory().sessions.remove(token);
    }

    /// The session as it was, if membership did not answer a moment ago.
    pub fn while_silent(&self, token: &str) -> Option<Session> {
        let memory = self.memory();
        memory.silent_since.filter(|since| since.elapsed() < SILENCE)?;
        memory.session(token)
    }

    /// The session as it was, instead of this answer, if that only means that membership is out of reach.
    pub fn instead(&self, token: &str, status: Status) -> Result<Session, Status> {
        if !matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled) {
            return Err(status);
        }
        let mut memory = self.memory();
        memory.silent_since = Some(Instant::now());
        memory.session(token).ok_or(status)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    fn session(&self, token: &str) -> Option<Session> {
        let (session, said) = self.sessions.get(token)?;
        (said.elapsed() < life()).then(|| session.clone())
    }
}

/// What is older is worth nothing to any checkout.
fn life() -> Duration {
    identity::CUT_OFF_LIFE.unsigned_abs()
}
