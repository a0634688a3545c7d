//! What members are given back without a person, month by month.

use money::{Cents, Currency};
use sqlx::PgConnection;

use crate::{domain::id::MemberId, error::Error};

/// A month of a member.
#[derive(Clone, Debug)]
pub struct Budget {
    /// Whose.
    pub member_id: MemberId,
    /// Of the amounts.
    pub currency: Currency,
    /// The month of the calendar, such as `2026-05`.
    pub month: String,
}

/// What was given so far. Whoever else gives this member something without a person waits for the end of this transaction.
pub async fn lock(tx: &mut PgConnection, budget: &Budget) -> Result<Cents, Error> {
    let spent = sqlx::query_scalar!(
        r#"
        insert into refund_budget as kept (member_id, currency, month, spent_minor)
        values ($1, $2, $3, 0)
        on conflict on constraint refund_budget_pk do update
        set spent_minor = kept.spent_minor
        returning spent_minor
        "#,
        budget.member_id.0,
        budget.currency.code(),
        budget.month,
    )
    .fetch_one(tx)
    .await?;
    Ok(Cents::new(spent))
}

/// Counts a refund that no person decided.
pub async fn spend(tx: &mut PgConnection, budget: &Budget, amount: Cents) -> Result<(), Error> {
    sqlx::query!(
        r#"
        update refund_budget
        set spent_minor = spent_minor + $4
        where member_id = $1
          and currency = $2
          and month = $3
        "#,
        budget.member_id.0,
        budget.currency.code(),
        budget.month,
        amount.get(),
    )
    .execute(tx)
    .await?;
    Ok(())
}
