//! The store credit of members: a balance, and every entry that made it. Each function moves both.

use money::{Cents, Currency};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{
    domain::{
        id::{BasketId, MemberId, TenderId},
        payment::{Means, Tender},
        refund::CreditNote,
    },
    error::Error,
};

/// A tender of store credit.
#[derive(Clone, Copy, Debug)]
pub struct Movement {
    /// Whose.
    pub member_id: MemberId,
    /// In which currency.
    pub currency: Currency,
    /// What it pays.
    pub basket_id: BasketId,
    /// Which tender of it.
    pub tender_id: TenderId,
    /// How much; above zero.
    pub amount: Cents,
    /// When.
    pub time: OffsetDateTime,
}

impl Movement {
    /// What a tender moves in an account: only store credit moves anything. Who practises has no account.
    pub fn of(
        tender: &Tender,
        member_id: MemberId,
        currency: Currency,
        basket_id: BasketId,
        time: OffsetDateTime,
    ) -> Option<Self> {
        let (tender_id, amount) = (tender.tender_id, tender.amount);
        let moves = tender.means == Means::StoreCredit;
        moves.then_some(Self { member_id, currency, basket_id, tender_id, amount, time })
    }
}

/// What a member has.
pub async fn balance(db: &mut PgConnection, member_id: MemberId, currency: Currency) -> Result<Cents, Error> {
    let balance = sqlx::query_scalar!(
        r#"
        select balance_minor
        from store_credit
        where member_id = $1
          and currency = $2
        "#,
        member_id.0,
        currency.code(),
    )
    .fetch_optional(db)
    .await?;
    Ok(balance.map_or(Cents::ZERO, Cents::new))
}

/// Takes from a balance; `false` when it is too low. Whoever else spends it waits for the end of this transaction.
pub async fn spend(tx: &mut PgConnection, movement: &Movement) -> Result<bool, Error> {
    let spent = sqlx::query!(
        r#"
        with spent as (
            update store_credit
            set balance_minor = balance_minor - $5
            where member_id = $1
              and currency = $2
              and balance_minor >= $5
            returning member_id
        )
        insert into store_credit_entry (member_id, currency, cause, basket_id, tender_id, amount_minor, entry_time)
        select member_id, $2, 'tender', $3, $4, - $5::bigint, $6
        from spent
        "#,
        movement.member_id.0,
        movement.currency.code(),
        movement.basket_id.0,
        movement.tender_id.0,
        movement.amount.get(),
        movement.time,
    )
    .execute(tx)
    .await?;
    Ok(spent.rows_affected() == 1)
}

/// Gives back what a tender took.
pub async fn put_back(tx: &mut PgConnection, movement: &Movement) -> Result<(), Error> {
    let grown = sqlx::query!(
        r#"
        with grown as (
            update store_credit
            set balance_minor = balance_minor + $5
            where member_id = $1
              and currency = $2
            returning member_id
        )
        insert into store_credit_entry (member_id, currency, cause, basket_id, tender_id, amount_minor, entry_time)
        select member_id, $2, 'tender_returned', $3, $4, $5::bigint, $6
        from grown
        "#,
        movement.member_id.0,
        movement.currency.code(),
        movement.basket_id.0,
        movement.tender_id.0,
        movement.amount.get(),
        movement.time,
    )
    .execute(tx)
    .await?;
    if grown.rows_affected() != 1 {
        return Err(anyhow::anyhow!("store credit that was spent has no balance").into());
    }
    Ok(())
}

/// Lets a balance grow by what a refund gives to it, in its transaction. One of nothing gives nothing.
pub async fn grow(tx: &mut PgConnection, member_id: MemberId, note: &CreditNote) -> Result<(), Error> {
    if note.to_credit <= Cents::ZERO {
        return Ok(());
    }
    // Two statements, for the entry refers to the balance.
    sqlx::query!(
        r#"
        insert into store_credit (member_id, currency, balance_minor)
        values ($1, $2, $3)
        on conflict on constraint store_credit_pk do update
        set balance_minor = store_credit.balance_minor + excluded.balance_minor
        "#,
        member_id.0,
        note.currency.code(),
        note.to_credit.get(),
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        r#"
        insert into store_credit_entry (member_id, currency, cause, refund_id, amount_minor, entry_time)
        values ($1, $2, 'refund', $3, $4, $5)
        "#,
        member_id.0,
        note.currency.code(),
        note.refund_id.0,
        note.to_credit.get(),
        note.refunded_time,
    )
    .execute(tx)
    .await?;
    Ok(())
}
