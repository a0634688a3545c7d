//! Members.

use std::collections::HashMap;

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::card;
use crate::domain::{
    code::StoreCode,
    contact::{Email, Phone},
    id::MemberId,
    member::{Contact, Details, Member},
    text::fold,
};

/// Adds a member.
pub async fn insert(
    tx: &mut PgConnection,
    store: &StoreCode,
    member_id: MemberId,
    details: &Details,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into member (
            member_id, store_code, last_name, first_name, street, postal_code, city, country_code, phone, email,
            last_name_key, first_name_key, email_key, registered_time, changed_time
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)
        "#,
        member_id.0,
        store.as_str(),
        details.last_name,
        details.first_name,
        details.street,
        details.postal_code,
        details.city,
        details.country_code,
        details.phone.as_str(),
        details.email.as_str(),
        fold(&details.last_name),
        fold(&details.first_name),
        details.email.key(),
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Replaces the details of a member, and says whether there is one.
pub async fn update(
    tx: &mut PgConnection,
    store: &StoreCode,
    member_id: MemberId,
    details: &Details,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        update member
        set last_name = $3,
            first_name = $4,
            street = $5,
            postal_code = $6,
            city = $7,
            country_code = $8,
            phone = $9,
            email = $10,
            last_name_key = $11,
            first_name_key = $12,
            email_key = $13,
            changed_time = $14
        where store_code = $1
          and member_id = $2
        "#,
        store.as_str(),
        member_id.0,
        details.last_name,
        details.first_name,
        details.street,
        details.postal_code,
        details.city,
        details.country_code,
        details.phone.as_str(),
        details.email.as_str(),
        fold(&details.last_name),
        fold(&details.first_name),
        details.email.key(),
        now,
    )
    .execute(tx)
    .await?
    .rows_affected();
    Ok(updated == 1)
}

/// Keeps others from changing the cards of a member until the end of the transaction, and says whether there is one.
pub async fn lock(
    tx: &mut PgConnection,
    store: &StoreCode,
    member_id: MemberId,
) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!(
        r#"
        select member_id
        from member
        where store_code = $1
          and member_id = $2
        for update
        "#,
        store.as_str(),
        member_id.0,
    )
    .fetch_optional(tx)
    .await?;
    Ok(found.is_some())
}

/// A member with the cards.
pub async fn find(
    db: &mut PgConnection,
    store: &StoreCode,
    member_id: MemberId,
) -> Result<Option<Member>, sqlx::Error> {
    Ok(list(db, store, &[member_id]).await?.pop())
}

/// Those of the members who are there, with their cards, by last and first name.
pub async fn list(
    db: &mut PgConnection,
    store: &StoreCode,
    member_ids: &[MemberId],
) -> Result<Vec<Member>, sqlx::Error> {
    let ids: Vec<Uuid> = member_ids.iter().map(|member_id| member_id.0).collect();
    let rows = sqlx::query!(
        r#"
        select member_id, last_name, first_name, street, postal_code, city, country_code, phone, email, registered_time
        from member
        where store_code = $1
          and member_id = any($2)
        order by last_name_key, first_name_key, member_id
        "#,
        store.as_str(),
        &ids,
    )
    .fetch_all(&mut *db)
    .await?;
    let mut cards: HashMap<MemberId, Vec<_>> = HashMap::new();
    for (member_id, card) in card::of_members(db, store, &ids).await? {
        cards.entry(member_id).or_default().push(card);
    }
    rows.into_iter()
        .map(|row| {
            let member_id = MemberId(row.member_id);
            Ok(Member {
                member_id,
                details: Details {
                    last_name: row.last_name,
                    first_name: row.first_name,
                    street: row.street,
                    postal_code: row.postal_code,
                    city: row.city,
                    country_code: row.country_code,
                    phone: Phone::parse(&row.phone).map_err(super::corrupt)?,
                    email: Email::parse(&row.email).map_err(super::corrupt)?,
                },
                cards: cards.remove(&member_id).unwrap_or_default(),
                registered: row.registered_time,
            })
        })
        .collect()
}

/// Where the mail of any store's member goes; for the receipt service, which serves them all.
pub async fn contact(db: &mut PgConnection, member_id: MemberId) -> Result<Option<Contact>, sqlx::Error> {
    sqlx::query_as!(
        Contact,
        r#"
        select email, first_name
        from member
        where member_id = $1
        "#,
        member_id.0,
    )
    .fetch_optional(db)
    .await
}
