//! Complaints, from the wish to checkout's answer.

use anyhow::Context;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    domain::{Complaint, ComplaintId, Payout, Refusal, SaleId, State},
    error::Error,
};

/// For how long whoever asks checkout is alone with a complaint: longer than the deadline of the call.
const LEASE_SECONDS: f64 = 5.0;
/// The longest wait between two attempts.
const LONGEST_WAIT_SECONDS: f64 = 300.0;

/// Keeps a wish and its hold on the lines. Its first attempt belongs to whoever keeps it.
pub async fn insert(
    tx: &mut PgConnection,
    complaint: &Complaint,
    request_id: Uuid,
    comment: &str,
) -> sqlx::Result<()> {
    let line_ids: Vec<i32> = complaint.parts.keys().copied().collect();
    let quantities: Vec<i64> = complaint.parts.values().copied().collect();
    sqlx::query!(
        r#"
        insert into complaint (
            complaint_id, sale_id, request_id, line_ids, payout, comment, checkout_request_id, complained_time,
            attempts, next_attempt_time, store_code, quantities_milli, supplier_codes
        )
        values (
            $1, $2, $3, $4, $5, $6, $7, $8, 1, now() + make_interval(secs => $9), $10, $11,
            array(
                select distinct supplier_code
                from purchase_line
                where sale_id = $2
                  and line_id = any($4)
                  and supplier_code <> ''
            )
        )
        "#,
        complaint.complaint_id.0,
        complaint.sale_id.0,
        request_id,
        &line_ids,
        complaint.payout.name(),
        comment,
        complaint.checkout_request,
        complaint.complained,
        LEASE_SECONDS,
        complaint.store_code,
        &quantities,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        r#"
        insert into complaint_line (sale_id, line_id, complaint_id)
        select $1, line_id, $3
        from unnest($2::integer[]) as asked (line_id)
        "#,
        complaint.sale_id.0,
        &line_ids,
        complaint.complaint_id.0,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The complaint that a form of the sale made.
pub async fn of_form(
    db: &mut PgConnection,
    sale_id: SaleId,
    request_id: Uuid,
) -> Result<Option<Complaint>, Error> {
    select(db, Some(sale_id), Some(request_id), None).await
}

/// The complaint of this id.
pub async fn find(db: &mut PgConnection, complaint_id: ComplaintId) -> Result<Option<Complaint>, Error> {
    select(db, None, None, Some(complaint_id)).await
}

/// Takes the complaint that has waited longest for an attempt, for the time of one call. Nobody else takes it meanwhile.
pub async fn lease(tx: &mut PgConnection) -> Result<Option<Complaint>, Error> {
    let leased = sqlx::query_scalar!(
        r#"
        update complaint
        set attempts = attempts + 1,
            next_attempt_time = now() + make_interval(secs => $1)
        where complaint_id = (
            select complaint_id
            from complaint
            where state = 'asked'
              and next_attempt_time <= now()
            order by next_attempt_time
            limit 1
            for update skip locked
        )
        returning complaint_id
        "#,
        LEASE_SECONDS,
    )
    .fetch_optional(&mut *tx)
    .await?;
    match leased {
        Some(complaint_id) => find(tx, ComplaintId(complaint_id)).await,
        None => Ok(None),
    }
}

/// Notes that the outcome is not known, or that a person decides: another attempt follows after one second, then two, then four, at most
/// five minutes.
pub async fn put_off(tx: &mut PgConnection, complaint_id: ComplaintId, deciding: bool) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        update complaint
        set deciding = deciding or $3,
            next_attempt_time = now() + make_interval(secs => least(power(2, least(attempts, 10) - 1), $2))
        where complaint_id = $1
          and state = 'asked'
        "#,
        complaint_id.0,
        LONGEST_WAIT_SECONDS,
        deciding,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Lets what a person decides about a sale be asked for at once: something was given back of it.
pub async fn hasten(tx: &mut PgConnection, sale_id: SaleId) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        update complaint
        set next_attempt_time = least(next_attempt_time, now())
        where sale_id = $1
          and state = 'asked'
          and deciding
        "#,
        sale_id.0,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes what was given back, and how where that is known, and lets the lines go; unless an answer is there already.
pub async fn refunded(
    tx: &mut PgConnection,
    complaint_id: ComplaintId,
    amount_minor: i64,
    payout: Option<Payout>,
) -> sqlx::Result<bool> {
    settle(tx, complaint_id, "refunded", Some((amount_minor, payout)), None).await
}

/// Notes that nothing is given back, and lets the lines go; unless an answer is there already.
pub async fn refused(
    tx: &mut PgConnection,
    complaint_id: ComplaintId,
    refusal: Refusal,
) -> sqlx::Result<bool> {
    settle(tx, complaint_id, "refused", None, Some(refusal.name())).await
}

async fn settle(
    tx: &mut PgConnection,
    complaint_id: ComplaintId,
    state: &str,
    given: Option<(i64, Option<Payout>)>,
    refusal: Option<&str>,
) -> sqlx::Result<bool> {
    let (amount_minor, payout) = given.unzip();
    let updated = sqlx::query!(
        r#"
        update complaint
        set state = $2,
            amount_minor = $3,
            refusal = $4,
            payout = coalesce($5, payout),
            settled_time = now()
        where complaint_id = $1
          and state = 'asked'
        "#,
        complaint_id.0,
        state,
        amount_minor,
        refusal,
        payout.flatten().map(Payout::name),
    )
    .execute(&mut *tx)
    .await?
    .rows_affected();
    if updated == 1 {
        sqlx::query!(
            r#"
            delete from complaint_line
            where complaint_id = $1
            "#,
            complaint_id.0,
        )
        .execute(tx)
        .await?;
    }
    Ok(updated == 1)
}

async fn select(
    db: &mut PgConnection,
    sale_id: Option<SaleId>,
    request_id: Option<Uuid>,
    complaint_id: Option<ComplaintId>,
) -> Result<Option<Complaint>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select
            c.complaint_id, c.sale_id, p.store_code, p.currency_code, c.line_ids, c.quantities_milli, c.payout,
            c.checkout_request_id, c.complained_time, c.deciding, c.state, c.amount_minor, c.refusal
        from complaint c
        join purchase p using (sale_id)
        where c.complaint_id = $3
           or (c.sale_id = $1 and c.request_id = $2)
        "#,
        sale_id.map(|sale| sale.0),
        request_id,
        complaint_id.map(|complaint| complaint.0),
    )
    .fetch_optional(db)
    .await?;
    row.map(Row::complaint).transpose()
}

struct Row {
    complaint_id: Uuid,
    sale_id: Uuid,
    store_code: String,
    currency_code: String,
    line_ids: Vec<i32>,
    quantities_milli: Vec<i64>,
    deciding: bool,
    payout: String,
    checkout_request_id: Uuid,
    complained_time: OffsetDateTime,
    state: String,
    amount_minor: Option<i64>,
    refusal: Option<String>,
}

impl Row {
    fn complaint(self) -> Result<Complaint, Error> {
        let state = match (self.state.as_str(), self.amount_minor, self.refusal.as_deref()) {
            ("asked", _, _) => Some(State::Asked { deciding: self.deciding }),
            ("refunded", Some(amount_minor), _) => Some(State::Refunded { amount_minor }),
            ("refused", _, Some(refusal)) => Refusal::named(refusal).map(State::Refused),
            _ => None,
        };
        let quantities = self.quantities_milli.into_iter().chain(std::iter::repeat(0));
        Ok(Complaint {
            complaint_id: ComplaintId(self.complaint_id),
            sale_id: SaleId(self.sale_id),
            store_code: self.store_code,
            currency_code: self.currency_code,
            parts: self.line_ids.into_iter().zip(quantities).collect(),
            payout: Payout::named(&self.payout).context("a payout that the table does not allow")?,
            checkout_request: self.checkout_request_id,
            complained: self.complained_time,
            state: state.context("a state that the table does not allow")?,
        })
    }
}
