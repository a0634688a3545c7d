//! Checkout's own copy of card to member id.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{domain::id::MemberId, error::Error};

/// A member, and the promotions that are given to members a limited number of times and that this one has used up.
#[derive(Clone, Debug)]
pub struct Recognised {
    /// Who.
    pub member_id: MemberId,
    /// By code.
    pub used_up: Vec<String>,
}

/// The member that an active card recognises.
pub async fn by_card(tx: &mut PgConnection, card_number: &str) -> Result<Option<Recognised>, Error> {
    let row = sqlx::query!(
        r#"
        select member_card.member_id,
               array(
                   select promotion.promotion_code
                   from promotion_use
                   join promotion using (promotion_code)
                   where promotion_use.member_id = member_card.member_id
                   group by promotion.promotion_code
                   having count(*) >= promotion.member_limit
                   order by promotion.promotion_code
               ) as "used_up!: Vec<String>"
        from member_card
        where member_card.card_number = $1
          and member_card.state = 'active'
        "#,
        card_number,
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| Recognised { member_id: MemberId(row.member_id), used_up: row.used_up }))
}

/// Lets a card recognise a member. One that was blocked stays blocked, in whatever order the two events came.
pub async fn issue_card(
    tx: &mut PgConnection,
    card_number: &str,
    member_id: MemberId,
    time: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into member_card (card_number, member_id, state, changed_time)
        values ($1, $2, 'active', $3)
        on conflict on constraint member_card_pk do update
        set member_id = excluded.member_id,
            changed_time = excluded.changed_time
        where member_card.state = 'active'
        "#,
        card_number,
        member_id.0 as Uuid,
        time,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Lets a card recognise nobody, for ever: also one that is issued by an event still to come.
pub async fn block_card(
    tx: &mut PgConnection,
    card_number: &str,
    member_id: MemberId,
    time: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into member_card (card_number, member_id, state, changed_time)
        values ($1, $2, 'blocked', $3)
        on conflict on constraint member_card_pk do update
        set state = 'blocked',
            changed_time = excluded.changed_time
        where member_card.state = 'active'
        "#,
        card_number,
        member_id.0 as Uuid,
        time,
    )
    .execute(tx)
    .await?;
    Ok(())
}
