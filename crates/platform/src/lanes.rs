//! Transactions one after the other on the same connections, for the paths where a round trip counts.
//!
//! A connection that goes back to the pool costs two round trips: one ends whatever transaction may have come back with it, one asks
//! whether it is alive. That is right when nobody knows what its last user did. Here it is known: a connection whose transaction was
//! committed or rolled back, and answered for, is kept for the next transaction at once. Any other goes back to the pool, with its
//! questions.

use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sqlx::{Connection, Executor, PgConnection, PgPool, Postgres, pool::PoolConnection};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
};

use crate::database::{FRESH, PATIENCE};

/// How long a connection is kept before the pool sees it again, which may then replace it.
const LONGEST_STAY: Duration = Duration::from_secs(600);

/// The kept connections of a pool. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Lanes {
    pool: PgPool,
    /// As many transactions at once; with it, others find a connection in the pool too.
    room: Arc<Semaphore>,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug)]
struct Kept {
    connections: Vec<Idle>,
    /// False for a pool too small to be shared, and once it is closed.
    is_open: bool,
}

#[derive(Debug)]
struct Idle {
    connection: PoolConnection<Postgres>,
    taken: Instant,
    ended: Instant,
}

/// A transaction. Dropped before its end, it is rolled back.
#[derive(Debug)]
pub struct Lane {
    /// Gone only when the transaction has ended.
    connection: Option<PoolConnection<Postgres>>,
    taken: Instant,
    lanes: Lanes,
    _room: OwnedSemaphorePermit,
}

impl Lanes {
    /// Lanes over a pool: a quarter of its connections, and two at the least, are left to others.
    #[must_use]
    pub fn over(pool: PgPool) -> Self {
        let all = pool.options().get_max_connections();
        let lanes = all.saturating_sub(2.max(all / 4));
        let is_open = lanes > 1;
        let room = if is_open { lanes } else { all };
        Self {
            pool,
            room: Arc::new(Semaphore::new(usize::try_from(room).unwrap_or(1))),
            kept: Arc::new(Mutex::new(Kept { connections: Vec::new(), is_open })),
        }
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// When no connection is free in time, or the server is away.
    pub async fn begin(&self) -> Result<Lane, sqlx::Error> {
        self.begin_with("begin").await
    }

    /// Begins a transaction with statements that begin one.
    ///
    /// # Errors
    /// When no connection is free in time, or the server is away.
    pub async fn begin_with(&self, statements: &'static str) -> Result<Lane, sqlx::Error> {
        let room = tokio::time::timeout(PATIENCE, Arc::clone(&self.room).acquire_owned());
        let room = room.await.map_err(|_| sqlx::Error::PoolTimedOut)?;
        let room = room.map_err(|_| sqlx::Error::PoolClosed)?;
        let (connection, taken) = self.connection().await?;
        let mut lane = Lane { connection: Some(connection), taken, lanes: self.clone(), _room: room };
        lane.deref_mut().execute(sqlx::raw_sql(statements)).await?;
        Ok(lane)
    }

    /// Gives every kept connection back, so that the pool can close.
    pub fn close(&self) {
        let mut kept = self.kept();
        kept.is_open = false;
        kept.connections.clear();
    }

    async fn connection(&self) -> Result<(PoolConnection<Postgres>, Instant), sqlx::Error> {
        loop {
            let Some(mut idle) = self.kept().connections.pop() else {
                return Ok((self.pool.acquire().await?, Instant::now()));
            };
            if idle.ended.elapsed() < FRESH || idle.connection.ping().await.is_ok() {
                return Ok((idle.connection, idle.taken));
            }
        }
    }

    fn keep(&self, connection: PoolConnection<Postgres>, taken: Instant) {
        let mut kept = self.kept();
        if kept.is_open && taken.elapsed() < LONGEST_STAY {
            kept.connections.push(Idle { connection, taken, ended: Instant::now() });
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lane {
    /// Commits.
    ///
    /// # Errors
    /// When the server does not say so: the outcome is unknown then.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        self.end("commit").await
    }

    /// Rolls back.
    ///
    /// # Errors
    /// When the server does not say so; it will roll back all the same.
    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        self.end("rollback").await
    }

    async fn end(mut self, statement: &'static str) -> Result<(), sqlx::Error> {
        self.deref_mut().execute(sqlx::raw_sql(statement)).await?;
        if let Some(connection) = self.connection.take() {
            self.lanes.keep(connection, self.taken);
        }
        Ok(())
    }
}

impl Deref for Lane {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        self.connection.as_deref().expect("a lane has its connection until it ends")
    }
}

impl DerefMut for Lane {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.connection.as_deref_mut().expect("a lane has its connection until it ends")
    }
}

impl Drop for Lane {
    /// What did not end in order is rolled back here, and looked at by the pool.
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                if let Err(error) = connection.deref_mut().execute(sqlx::raw_sql("rollback")).await {
                    tracing::debug!(%error, "a connection broke, and the pool will replace it");
                }
            });
        }
    }
}
