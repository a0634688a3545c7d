//! What card terminals of tills give back of refunds.

use anyhow::Context;
use money::Cents;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    domain::{
        id::{CreditId, RefundId, SaleId, TenderId},
        refund_credit::{Moved, RefundCredit, State},
    },
    error::Error,
};

struct Row {
    credit_id: Uuid,
    refund_id: Uuid,
    sale_id: Uuid,
    terminal_code: String,
    tender_id: Uuid,
    amount_minor: i64,
    state: String,
    given_minor: i64,
    brand: String,
    pan_last4: String,
    asked_time: OffsetDateTime,
    is_overdue: bool,
}

// A query is checked against the database only where it is a literal, so what two of them share is a macro. No till listens to its card
// terminal for so long as a quarter of an hour, the wait for a late answer included: `PATIENCE_IN_ALL` of the till's driver keeps to it.
macro_rules! credits {
    ($which:tt, $($argument:expr),+ $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"
            select
                credit_id, refund_id, sale_id, terminal_code, tender_id, amount_minor, state, given_minor, brand, pan_last4,
                asked_time, claimed_time < clock_timestamp() - interval '15 minutes' as "is_overdue!"
            from refund_credit
            "# + $which,
            $($argument),+
        )
    };
}

/// Those of some refunds, the oldest first.
pub async fn of_refunds(db: &mut PgConnection, refund_ids: &[Uuid]) -> Result<Vec<RefundCredit>, Error> {
    if refund_ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = credits!(
        r#"
        where refund_id = any($1)
        order by claimed_time, credit_id
        "#,
        refund_ids,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Row::credit).collect()
}

/// One of a store.
pub async fn find(
    db: &mut PgConnection,
    store_code: &str,
    credit_id: CreditId,
) -> Result<Option<RefundCredit>, Error> {
    let row = credits!(
        r#"
        where store_code = $1
          and credit_id = $2
        "#,
        store_code,
        credit_id.0,
    )
    .fetch_optional(db)
    .await?;
    row.map(Row::credit).transpose()
}

/// What is given back, or may be, of a sale. Whichever other till begins to give money of the sale back waits for the end of this
/// transaction.
pub async fn lock_moved(tx: &mut PgConnection, sale_id: SaleId) -> Result<Moved, Error> {
    // A lock of the row is an update of what is sealed, which the role that serves may not.
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended('refund_credit ' || $1::uuid::text, 0))",
        sale_id.0
    )
    .execute(&mut *tx)
    .await?;
    let rows = sqlx::query!(
        r#"
        select tender_id, case state when 'done' then given_minor else amount_minor end as "moved_minor!"
        from refund_credit
        where sale_id = $1
          and state <> 'refused'
        "#,
        sale_id.0,
    )
    .fetch_all(&mut *tx)
    .await?;
    let by_tills =
        rows.into_iter().map(|row| (TenderId(row.tender_id), Cents::new(row.moved_minor))).collect();
    Ok(Moved { by_tills, elsewhere: elsewhere(tx, sale_id).await? })
}

/// What persons have given to cards of a sale, and what is the acquirer's to give or was: all of such refunds but what tills gave of them.
async fn elsewhere(tx: &mut PgConnection, sale_id: SaleId) -> Result<Cents, Error> {
    let elsewhere = sqlx::query_scalar!(
        r#"
        select coalesce(
            sum(
                r.total_minor
                - coalesce((r.credit_note ->> 'to_credit')::bigint, 0)
                - coalesce((r.credit_note ->> 'by_hand')::bigint, 0)
                - (select coalesce(sum(c.given_minor), 0) from refund_credit c where c.refund_id = r.refund_id)
            ),
            0
        )::bigint as "elsewhere!"
        from refund r
        join refund_payment p using (refund_id)
        where r.sale_id = $1
          and (p.method = 'acquirer' or p.paid_out_by is not null)
        "#,
        sale_id.0,
    )
    .fetch_one(tx)
    .await?;
    Ok(Cents::new(elsewhere))
}

/// Begins one; `false` when its id stands for another already.
pub async fn begin(tx: &mut PgConnection, store_code: &str, credit: &RefundCredit) -> Result<bool, Error> {
    let begun = sqlx::query!(
        r#"
        insert into refund_credit (
            credit_id, refund_id, sale_id, store_code, terminal_code, tender_id, amount_minor, asked_time
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict on constraint refund_credit_pk do nothing
        "#,
        credit.credit_id.0,
        credit.refund_id.0,
        credit.sale_id.0,
        store_code,
        credit.terminal_code,
        credit.tender_id.0,
        credit.amount.get(),
        credit.asked,
    )
    .execute(tx)
    .await?;
    Ok(begun.rows_affected() == 1)
}

/// Notes what has become of one, by whose word, and its slip.
pub async fn settle(
    tx: &mut PgConnection,
    credit: &RefundCredit,
    slip_text: &str,
    by: &str,
    now: OffsetDateTime,
) -> Result<(), Error> {
    let is_over = !credit.state.is_open();
    sqlx::query!(
        r#"
        update refund_credit
        set state = $2,
            given_minor = $3,
            brand = $4,
            pan_last4 = $5,
            slip_text = $6,
            settled_by = $7,
            settled_time = $8
        where credit_id = $1
        "#,
        credit.credit_id.0,
        credit.state.as_str(),
        credit.given.get(),
        credit.brand,
        credit.pan_last4,
        slip_text,
        is_over.then_some(by),
        is_over.then_some(now),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The slip of one of a sale, or empty.
pub async fn slip(
    db: &mut PgConnection,
    sale_id: SaleId,
    credit_id: CreditId,
) -> Result<Option<String>, Error> {
    let slip = sqlx::query_scalar!(
        r#"
        select slip_text
        from refund_credit
        where sale_id = $1
          and credit_id = $2
        "#,
        sale_id.0,
        credit_id.0,
    )
    .fetch_optional(db)
    .await?;
    Ok(slip)
}

impl Row {
    fn credit(self) -> Result<RefundCredit, Error> {
        Ok(RefundCredit {
            credit_id: CreditId(self.credit_id),
            refund_id: RefundId(self.refund_id),
            sale_id: SaleId(self.sale_id),
            terminal_code: self.terminal_code,
            tender_id: TenderId(self.tender_id),
            amount: Cents::new(self.amount_minor),
            state: State::named(&self.state).context("a state that the table does not allow")?,
            given: Cents::new(self.given_minor),
            brand: self.brand,
            pan_last4: self.pan_last4,
            asked: self.asked_time,
            is_overdue: self.is_overdue,
        })
    }
}
