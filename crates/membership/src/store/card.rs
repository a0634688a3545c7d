//! Cards.

use barcode::CardNumber;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::card_number;
use crate::domain::{
    card::{Bearer, Card},
    code::StoreCode,
    id::MemberId,
};

/// Most cards of one member that are shown; the oldest ones are left out.
const SHOWN: i64 = 50;

/// Adds a card, and says whether the number was free.
pub async fn insert(
    tx: &mut PgConnection,
    member_id: MemberId,
    number: &CardNumber,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        r#"
        insert into card (card_number, member_id, issued_time)
        values ($1, $2, $3)
        on conflict on constraint card_pk do nothing
        "#,
        number.as_str(),
        member_id.0,
        now,
    )
    .execute(tx)
    .await?
    .rows_affected();
    Ok(inserted == 1)
}

/// Who holds a card of the store's members.
pub async fn holder(
    db: &mut PgConnection,
    store: &StoreCode,
    number: &CardNumber,
) -> Result<Option<MemberId>, sqlx::Error> {
    let member_id = sqlx::query_scalar!(
        r#"
        select member_id
        from card
        join member using (member_id)
        where store_code = $1
          and card_number = $2
        "#,
        store.as_str(),
        number.as_str(),
    )
    .fetch_optional(db)
    .await?;
    Ok(member_id.map(MemberId))
}

/// One card of a member.
pub async fn find(
    db: &mut PgConnection,
    member_id: MemberId,
    number: &CardNumber,
) -> Result<Option<Card>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        select issued_time, blocked_time
        from card
        where member_id = $1
          and card_number = $2
        "#,
        member_id.0,
        number.as_str(),
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Card { number: *number, issued: row.issued_time, blocked: row.blocked_time }))
}

/// The cards of members of a store, newest first.
pub async fn of_members(
    db: &mut PgConnection,
    store: &StoreCode,
    member_ids: &[Uuid],
) -> Result<Vec<(MemberId, Card)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select member.member_id, newest.card_number, newest.issued_time, newest.blocked_time
        from member
        cross join lateral (
            select card_number, issued_time, blocked_time
            from card
            where card.member_id = member.member_id
            order by issued_time desc, card_number
            limit $3
        ) as newest
        where member.store_code = $1
          and member.member_id = any($2)
        order by member.member_id, newest.issued_time desc, newest.card_number
        "#,
        store.as_str(),
        member_ids,
        SHOWN,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let number = card_number(&row.card_number)?;
            let card = Card { number, issued: row.issued_time, blocked: row.blocked_time };
            Ok((MemberId(row.member_id), card))
        })
        .collect()
}

/// Blocks a card of a member, and says whether it was active. The holder is locked before.
pub async fn block(
    tx: &mut PgConnection,
    member_id: MemberId,
    number: &CardNumber,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let blocked = sqlx::query!(
        r#"
        update card
        set blocked_time = greatest($3, issued_time)
        where member_id = $1
          and card_number = $2
          and blocked_time is null
        "#,
        member_id.0,
        number.as_str(),
        now,
    )
    .execute(tx)
    .await?
    .rows_affected();
    Ok(blocked == 1)
}

/// Blocks every active card of a member, and says which. The holder is locked before.
pub async fn block_all(
    tx: &mut PgConnection,
    member_id: MemberId,
    now: OffsetDateTime,
) -> Result<Vec<Card>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        update card
        set blocked_time = greatest($2, issued_time)
        where member_id = $1
          and blocked_time is null
        returning card_number, issued_time, blocked_time
        "#,
        member_id.0,
        now,
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let number = card_number(&row.card_number)?;
            Ok(Card { number, issued: row.issued_time, blocked: row.blocked_time })
        })
        .collect()
}

/// Whoever bears a card; for the tills, where every store's members are welcome.
pub async fn bearer(db: &mut PgConnection, number: &CardNumber) -> Result<Option<Bearer>, sqlx::Error> {
    sqlx::query_as!(
        Bearer,
        r#"
        select first_name, last_name, blocked_time is not null as "blocked!"
        from card
        join member using (member_id)
        where card_number = $1
        "#,
        number.as_str(),
    )
    .fetch_optional(db)
    .await
}
