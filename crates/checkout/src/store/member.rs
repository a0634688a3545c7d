//! Checkout's own copy of card to member id.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{domain::id::MemberId, error::Error};

/// The member that an active card recognises.
pub async fn by_card(tx: &mut PgConnection, card_number: &str) -> Result<Option<MemberId>, Error> {
    let member_id = sqlx::query_scalar!(
        r#"
        select member_id
        from member_card
        where card_number = $1
          and state = 'active'
        "#,
        card_number,
    )
    .fetch_optional(tx)
    .await?;
    Ok(member_id.map(MemberId))
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
