//! What people see and settle: always within their scope.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::row::Row;
use crate::domain::{Delivery, DeliveryId, State};

/// Whose deliveries a caller may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those of one store.
    Store(String),
    /// All.
    Everything,
}

impl Scope {
    fn store_code(&self) -> Option<&str> {
        match self {
            Self::Store(store_code) => Some(store_code),
            Self::Everything => None,
        }
    }
}

/// Deliveries in any of these states, newest first, from the one before `before` on.
pub async fn list(
    db: &mut PgConnection,
    scope: &Scope,
    states: &[State],
    before: Option<DeliveryId>,
    limit: i64,
) -> sqlx::Result<Vec<Delivery>> {
    let words: Vec<String> = states.iter().map(|state| state.word().to_owned()).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"
        select delivery_id, sale_id, refund_id, credit_id, store_code, state, attempts, message_id, with_slip, outcome, queued_time,
            settled_time, guest_contact_id
        from delivery
        where ($1::text is null or store_code = $1)
          and state = any($2)
          and ($3::uuid is null or delivery_id < $3)
        order by delivery_id desc
        limit $4
        "#,
        scope.store_code(),
        &words,
        before.map(|before| before.0),
        limit,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Delivery::try_from).collect()
}

/// The state of a delivery, which nobody else changes until the end of the transaction; `None` when it is not in the scope.
pub async fn unknown_for_update(
    tx: &mut PgConnection,
    scope: &Scope,
    delivery_id: DeliveryId,
) -> sqlx::Result<Option<bool>> {
    sqlx::query_scalar!(
        r#"
        select state = 'unknown' as "unknown!"
        from delivery
        where ($1::text is null or store_code = $1)
          and delivery_id = $2
        for update
        "#,
        scope.store_code(),
        delivery_id.0,
    )
    .fetch_optional(tx)
    .await
}

/// Settles an unknown delivery as a person saw it: it arrived, or it is queued again.
pub async fn resolve(
    tx: &mut PgConnection,
    delivery_id: DeliveryId,
    arrived: bool,
    now: OffsetDateTime,
) -> sqlx::Result<Delivery> {
    let row = sqlx::query_as!(
        Row,
        r#"
        update delivery
        set state = case when $2 then 'sent' else 'queued' end,
            outcome = case when $2 then 'a person saw that it arrived' else 'a person saw that it did not arrive' end,
            settled_time = case when $2 then $3::timestamptz end,
            next_attempt_time = now()
        where delivery_id = $1
          and state = 'unknown'
        returning delivery_id, sale_id, refund_id, credit_id, store_code, state, attempts, message_id, with_slip, outcome, queued_time,
            settled_time, guest_contact_id
        "#,
        delivery_id.0,
        arrived,
        now,
    )
    .fetch_one(tx)
    .await?;
    row.try_into()
}
