//! Idempotent commands: the same request id gets the same answer and never a second effect.
//!
//! ```text
//! begin → claim ─ First  → load, decide, save, record the event → save_reply → commit
//!               ├ Repeat → answer the saved reply, or read the result again
//!               └ Reused → refuse: REQUEST_ID_REUSED
//! ```

use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

/// What claiming a request id found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Nobody used the id before: do the work in this transaction.
    First,
    /// The same command was carried out already.
    Repeat {
        /// The first reply, unless it was not stored because it holds personal data or can be read again.
        reply: Option<Vec<u8>>,
    },
    /// The id was used for a command of another content.
    Reused,
}

/// SHA-256 of an encoded message, to tell a repeat from another command under the same id.
pub fn fingerprint(message: &[u8]) -> [u8; 32] {
    Sha256::digest(message).into()
}

/// Claims `request_id` for `caller` in the caller's transaction, which must be READ COMMITTED.
///
/// While another transaction holds the same id this waits for its end: after its commit the answer is `Repeat` with
/// the stored reply, after its rollback it is `First`.
pub async fn claim(
    tx: &mut PgConnection,
    caller: &str,
    request_id: Uuid,
    fingerprint: [u8; 32],
) -> Result<Claim, sqlx::Error> {
    loop {
        let inserted = sqlx::query!(
            r#"
            insert into request (caller, request_id, fingerprint)
            values ($1, $2, $3)
            on conflict on constraint request_pk do nothing
            "#,
            caller,
            request_id,
            &fingerprint[..],
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if inserted == 1 {
            return Ok(Claim::First);
        }
        let earlier = sqlx::query!(
            r#"
            select fingerprint, reply
            from request
            where caller = $1
              and request_id = $2
            "#,
            caller,
            request_id,
        )
        .fetch_optional(&mut *tx)
        .await?;
        match earlier {
            Some(row) if row.fingerprint == fingerprint => return Ok(Claim::Repeat { reply: row.reply }),
            Some(_) => return Ok(Claim::Reused),
            // It expired between the two statements: the id is free again.
            None => {}
        }
    }
}

/// Stores the reply of a request claimed in this transaction, for its repeats. Replies with personal data are not stored.
pub async fn save_reply(
    tx: &mut PgConnection,
    caller: &str,
    request_id: Uuid,
    reply: &[u8],
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        update request
        set reply = $3
        where caller = $1
          and request_id = $2
        "#,
        caller,
        request_id,
        reply,
    )
    .execute(tx)
    .await?
    .rows_affected();
    if updated == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}
