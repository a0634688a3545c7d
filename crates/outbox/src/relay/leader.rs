//! One relay per database: the holder of a session lock on a connection of its own.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{Executor, PgPool};
use tokio_util::sync::CancellationToken;

use super::STANDBY;

/// Advisory locks are per database, so one key serves all services: the first bytes of "outbox relay".
const LOCK_KEY: i64 = 0x6f75_7462_6f78_2072;
/// A connection that dies without a word is found out by asking it this often.
const PING: Duration = Duration::from_secs(1);
const ANSWER: Duration = Duration::from_secs(3);

/// The lock, for as long as its connection lives.
///
/// The connection is a listener's, though nothing is listened to: a listener is always reading, so that the end of the
/// connection, and with it of the lock, is noticed at once and not at the next statement.
pub(super) struct Leadership {
    connection: PgListener,
    pool: PgPool,
}

impl Leadership {
    /// Waits until this replica leads; `None` when asked to stop before that.
    ///
    /// It tries again and again rather than waiting in the database: a statement that waits for days keeps old row versions
    /// from being cleaned up for as long.
    pub(super) async fn win(
        options: &PgConnectOptions,
        shutdown: &CancellationToken,
    ) -> Result<Option<Self>, sqlx::Error> {
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(5))
            .connect_lazy_with(options.clone().application_name("outbox leader"));
        let mut connection = PgListener::connect_with(&pool).await?;
        connection.eager_reconnect(false);
        let mut candidate = Self { connection, pool };
        while !shutdown.is_cancelled() {
            if candidate.try_lock().await? {
                return Ok(Some(candidate));
            }
            if shutdown.run_until_cancelled(tokio::time::sleep(STANDBY)).await.is_none() {
                break;
            }
        }
        candidate.release().await;
        Ok(None)
    }

    async fn try_lock(&mut self) -> Result<bool, sqlx::Error> {
        sqlx::query_scalar!(r#"select pg_try_advisory_lock($1) as "locked!""#, LOCK_KEY)
            .fetch_one(&mut self.connection)
            .await
    }

    /// Keeps the lock until `leading` is cancelled, and cancels it the moment the lock is lost.
    pub(super) async fn hold(mut self, leading: CancellationToken) {
        loop {
            tokio::select! {
                () = leading.cancelled() => break,
                received = self.connection.try_recv() => match received {
                    Ok(Some(_)) => {}
                    Ok(None) | Err(_) => break,
                },
                () = tokio::time::sleep(PING) => {
                    let ping = self.connection.execute("select 1");
                    if !matches!(tokio::time::timeout(ANSWER, ping).await, Ok(Ok(_))) {
                        break;
                    }
                }
            }
        }
        if !leading.is_cancelled() {
            tracing::warn!("the connection of the relay's lock was lost: another replica may lead now");
            leading.cancel();
        }
        self.release().await;
    }

    /// Ends the connection, and with it the lock: returned to a pool, it would go on holding it.
    async fn release(self) {
        drop(self.connection);
        self.pool.close().await;
    }
}
