//! The stories: how a document becomes a mail, and how people look after the few that need them.

mod deliver;
mod read;
mod settle;
mod slip;

pub use read::Read;
pub use settle::Settlement;

use std::sync::Arc;

use lettre::message::Mailbox;
use outbox::Wake;
use platform::Clock;
use sqlx::PgPool;
use tokio::sync::Notify;
use url::Url;

use crate::{
    domain::{Delivery, DeliveryId, State},
    error::Error,
    mail::MailServer,
    peers::Peers,
    store::{self, Scope},
};

/// The state of the service; cheap to clone.
#[derive(Clone)]
pub struct App {
    db: PgPool,
    clock: Clock,
    wake: Wake,
    queue: Queue,
    post: Arc<Post>,
}

/// What is needed to make and send a mail.
pub struct Post {
    pub peers: Peers,
    pub server: MailServer,
    pub from: Mailbox,
    pub public_url: Url,
}

/// Tells the worker in this process that a mail may be due. Cheap to clone.
#[derive(Clone, Default)]
pub struct Queue(Arc<Notify>);

impl Queue {
    /// To be called after the commit.
    pub fn wake(&self) {
        self.0.notify_one();
    }

    /// Waits until a mail may be due.
    pub async fn woken(&self) {
        self.0.notified().await;
    }
}

impl App {
    pub fn new(db: PgPool, clock: Clock, wake: Wake, queue: Queue, post: Post) -> Self {
        Self { db, clock, wake, queue, post: Arc::new(post) }
    }

    /// Where the worker waits.
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// Deliveries in any of these states, newest first, from the one before `before` on.
    pub async fn list(
        &self,
        scope: &Scope,
        states: &[State],
        before: Option<DeliveryId>,
        limit: i64,
    ) -> Result<Vec<Delivery>, Error> {
        let mut connection = self.db.acquire().await?;
        Ok(store::list(&mut connection, scope, states, before, limit).await?)
    }
}
