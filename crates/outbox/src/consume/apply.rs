//! One event, one transaction.

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{Handle, HandleError};
use crate::event::Event;

pub(super) enum Outcome {
    Applied,
    Duplicate,
}

/// Notes the event and applies it, both or neither.
pub(super) async fn apply<H: Handle>(
    handler: &H,
    pool: &PgPool,
    consumer: &str,
    event: &Event,
) -> Result<Outcome, HandleError> {
    let mut tx = pool.begin().await?;
    if !receive(&mut tx, consumer, event.event_id).await? {
        tx.commit().await?;
        return Ok(Outcome::Duplicate);
    }
    if let Err(error) = handler.handle(&mut tx, event).await {
        tx.rollback().await?;
        return Err(error);
    }
    // A commit that fails may have happened all the same; the next delivery finds out.
    tx.commit().await?;
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
