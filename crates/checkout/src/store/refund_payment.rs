//! What refunds owe, always of one store first.

use anyhow::Context;
use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    domain::{
        id::RefundId,
        payment::Tender,
        refund::CreditNote,
        refund_payment::{Method, PaidOut, Payer, RefundPayment, Task},
    },
    error::Error,
    store::refund_credit,
};

// A query is checked against the database only where it is a literal, so what three of them share is a macro.
macro_rules! owed {
    ($which:tt, $($argument:expr),+ $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"
            select
                r.credit_note as "credit_note: Json<CreditNote>", s.completed_time,
                s.ticket -> 'payments' as "payments!: Json<Vec<Tender>>",
                p.method, p.paid_out_by, p.paid_out_terminal, p.paid_out_time, p.acquirer_state,
                p.acquirer_reference
            from refund_payment p
            join refund r using (refund_id)
            join sale s using (sale_id)
            "# + $which,
            $($argument),+
        )
    };
}

/// Notes what a refund owes, in its transaction. One that the desk has nothing to pay of owes nothing.
pub async fn owe(tx: &mut PgConnection, note: &CreditNote, store_code: &str) -> Result<(), Error> {
    let method = Method::of(note.payout);
    sqlx::query!(
        r#"
        insert into refund_payment (refund_id, store_code, method, refunded_time, acquirer_state)
        select $1, $2, $3, $4, $6
        where $5::bigint > 0
        "#,
        note.refund_id.0,
        store_code,
        method.as_str(),
        note.refunded_time,
        note.at_desk().get(),
        (method == Method::Acquirer).then(|| Task::Open.as_str()),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// What is due in a store, the newest first, after a refund of an earlier page, which may have been paid out meanwhile.
pub async fn due(
    db: &mut PgConnection,
    store_code: &str,
    method: Method,
    after: Option<RefundId>,
    limit: i64,
) -> Result<Vec<RefundPayment>, Error> {
    let rows = owed!(
        r#"
        where p.store_code = $1
          and p.method = $4
          and p.paid_out_time is null
          and (
              $2::uuid is null
              or (p.refunded_time, p.refund_id) < (
                  select earlier.refunded_time, earlier.refund_id
                  from refund_payment earlier
                  where earlier.store_code = $1
                    and earlier.refund_id = $2
              )
          )
        order by p.refunded_time desc, p.refund_id desc
        limit $3
        "#,
        store_code,
        after.map(|refund_id| refund_id.0),
        limit,
        method.as_str(),
    )
    .fetch_all(&mut *db)
    .await?;
    payments(db, rows).await
}

/// The credit notes of a store that bear this number, one a till at most, paid out or not.
pub async fn numbered(
    db: &mut PgConnection,
    store_code: &str,
    sequence: i64,
    limit: i64,
) -> Result<Vec<RefundPayment>, Error> {
    let rows = owed!(
        r#"
        where r.store_code = $1
          and r.sequence = $2
        order by p.refunded_time desc, p.refund_id desc
        limit $3
        "#,
        store_code,
        sequence,
        limit,
    )
    .fetch_all(&mut *db)
    .await?;
    payments(db, rows).await
}

/// Lets nobody else pay a refund out until the transaction ends.
pub async fn lock(tx: &mut PgConnection, store_code: &str, refund_id: RefundId) -> Result<(), Error> {
    sqlx::query!(
        r#"
        select refund_id
        from refund_payment
        where store_code = $1
          and refund_id = $2
        for update
        "#,
        store_code,
        refund_id.0,
    )
    .fetch_optional(tx)
    .await?;
    Ok(())
}

/// What a refund of a store owes.
pub async fn find(
    db: &mut PgConnection,
    store_code: &str,
    refund_id: RefundId,
) -> Result<Option<RefundPayment>, Error> {
    let row = owed!(
        r#"
        where p.store_code = $1
          and p.refund_id = $2
        "#,
        store_code,
        refund_id.0,
    )
    .fetch_optional(&mut *db)
    .await?;
    Ok(payments(db, row.into_iter().collect()).await?.pop())
}

async fn payments(db: &mut PgConnection, rows: Vec<Row>) -> Result<Vec<RefundPayment>, Error> {
    let mut refunds = rows.into_iter().map(Row::payment).collect::<Result<Vec<_>, _>>()?;
    let refund_ids: Vec<Uuid> = refunds.iter().map(|refund| refund.credit_note.refund_id.0).collect();
    for credit in refund_credit::of_refunds(db, &refund_ids).await? {
        let of = refunds.iter_mut().find(|refund| refund.credit_note.refund_id == credit.refund_id);
        of.context("a credit of another refund")?.credits.push(credit);
    }
    Ok(refunds)
}

/// Notes who paid a refund out, and when.
pub async fn pay_out(tx: &mut PgConnection, refund_id: RefundId, paid_out: &PaidOut) -> Result<(), Error> {
    let (person, till) = match &paid_out.by {
        Payer::Person(staff_id) => (Some(*staff_id), None),
        Payer::Till(terminal_code) => (None, Some(terminal_code.as_str())),
    };
    sqlx::query!(
        r#"
        update refund_payment
        set paid_out_by = $2,
            paid_out_terminal = $3,
            paid_out_time = $4
        where refund_id = $1
        "#,
        refund_id.0,
        person as Option<Uuid>,
        till,
        paid_out.at,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes what has become of a task, and that it was paid when it was.
pub async fn settle(
    tx: &mut PgConnection,
    refund: &RefundPayment,
    by: &str,
    now: OffsetDateTime,
) -> Result<(), Error> {
    sqlx::query!(
        r#"
        update refund_payment
        set method = $2,
            acquirer_state = $3,
            acquirer_reference = $4,
            acquirer_by = $5,
            acquirer_time = $6,
            paid_out_by = $7,
            paid_out_time = $8
        where refund_id = $1
        "#,
        refund.credit_note.refund_id.0,
        refund.method.as_str(),
        refund.task.map(Task::as_str),
        refund.reference,
        by,
        now,
        refund.paid_out.as_ref().and_then(|paid_out| match paid_out.by {
            Payer::Person(staff_id) => Some(staff_id),
            Payer::Till(_) => None,
        }),
        refund.paid_out.as_ref().map(|paid_out| paid_out.at),
    )
    .execute(tx)
    .await?;
    Ok(())
}

struct Row {
    credit_note: Json<CreditNote>,
    completed_time: OffsetDateTime,
    payments: Json<Vec<Tender>>,
    method: String,
    paid_out_by: Option<Uuid>,
    paid_out_terminal: Option<String>,
    paid_out_time: Option<OffsetDateTime>,
    acquirer_state: Option<String>,
    acquirer_reference: Option<String>,
}

impl Row {
    fn payment(self) -> Result<RefundPayment, Error> {
        let task = self.acquirer_state.as_deref().map(|word| Task::named(word).context("an unknown task"));
        let payer = self.paid_out_terminal.map(Payer::Till).or(self.paid_out_by.map(Payer::Person));
        Ok(RefundPayment {
            credit_note: self.credit_note.0,
            sale_completed: self.completed_time,
            payments: self.payments.0,
            method: Method::named(&self.method).context("a method that the table does not allow")?,
            task: task.transpose()?,
            reference: self.acquirer_reference.unwrap_or_default(),
            credits: Vec::new(),
            paid_out: payer.zip(self.paid_out_time).map(|(by, at)| PaidOut { by, at }),
        })
    }
}
