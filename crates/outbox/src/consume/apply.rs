//! One event, one transaction.

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{Handle, HandleError};
use crate::event::Event;

pub(super) enum Outcome {
    Applied,
    Duplicate,
}

/// Why an event was not applied: something about the event, or nothing about it.
pub(super) enum Failure {
    /// It will never work.
    Rejected(String),
    /// The handler did not manage.
    Failed(anyhow::Error),
    /// The database is away.
    Outage(anyhow::Error),
}

impl From<HandleError> for Failure {
    fn from(error: HandleError) -> Self {
        match error {
            HandleError::Reject(reason) => Self::Rejected(reason),
            HandleError::Retry(error) if is_outage(&error) => Self::Outage(error),
            HandleError::Retry(error) => Self::Failed(error),
        }
    }
}

/// Notes the event and applies it, both or neither.
pub(super) async fn apply<H: Handle>(
    handler: &H,
    pool: &PgPool,
    consumer: &str,
    event: &Event,
) -> Result<Outcome, Failure> {
    // Until the handler is called nothing that goes wrong is the event's fault.
    let outage = |error: sqlx::Error| Failure::Outage(error.into());
    let mut tx = pool.begin().await.map_err(outage)?;
    if !receive(&mut tx, consumer, event.event_id).await.map_err(outage)? {
        tx.commit().await.map_err(outage)?;
        return Ok(Outcome::Duplicate);
    }
    if let Err(error) = handler.handle(&mut tx, event).await {
        // Should the rollback fail too, its connection is gone, and with it the transaction.
        if let Err(error) = tx.rollback().await {
            tracing::debug!(error = &error as &dyn std::error::Error, "a rollback found no connection");
        }
        return Err(error.into());
    }
    // A commit that fails may have happened all the same; the next delivery finds out.
    tx.commit().await.map_err(HandleError::from)?;
    handler.committed();
    Ok(Outcome::Applied)
}

/// Writes the inbox row, and says whether it is the first for this event. While another transaction is applying the same event
/// this waits for its end.
pub(crate) async fn receive(
    tx: &mut PgConnection,
    consumer: &str,
    event_id: Uuid,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        r#"
        insert into inbox (consumer, event_id)
        values ($1, $2)
        on conflict on constraint inbox_pk do nothing
        "#,
        consumer,
        event_id,
    )
    .execute(&mut *tx)
    .await?
    .rows_affected();
    if inserted == 0 {
        // An event that still comes is remembered anew: a stream that is filled again may bring old ones.
        sqlx::query!(
            r#"
            update inbox
            set received_time = now()
            where consumer = $1
              and event_id = $2
            "#,
            consumer,
            event_id,
        )
        .execute(tx)
        .await?;
    }
    Ok(inserted == 1)
}

/// Whether the database rather than the event is the reason.
fn is_outage(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|cause| cause.downcast_ref::<sqlx::Error>()).any(|error| match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        // Connection lost, out of resources, shut down or starting up, trouble with the disk.
        sqlx::Error::Database(error) => error
            .code()
            .is_some_and(|code| ["08", "53", "57P", "58"].iter().any(|class| code.starts_with(class))),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_database_that_is_away_is_an_outage() {
        let away = anyhow::Error::from(sqlx::Error::PoolTimedOut).context("cannot book points");
        assert!(is_outage(&away));
        assert!(!is_outage(&anyhow::Error::from(sqlx::Error::RowNotFound)));
        assert!(!is_outage(&anyhow::anyhow!("the sale is not here yet")));
    }
}
