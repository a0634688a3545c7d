//! Finding members of a store, a page at a time, by last and first name.
//!
//! A start is compared by `starts_with`, which knows no wildcards, and which the "C" collation of the keys lets an index answer.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{code::StoreCode, id::MemberId, search::Search};

/// Where a page begins: behind this member, whose name may have changed since.
#[derive(Clone, Default)]
pub struct Place {
    last_name_key: String,
    first_name_key: String,
    member_id: Uuid,
}

/// Where the page behind a member begins; `None` when the member is not there any more.
pub async fn place(
    db: &mut PgConnection,
    store: &StoreCode,
    member_id: MemberId,
) -> Result<Option<Place>, sqlx::Error> {
    sqlx::query_as!(
        Place,
        r#"
        select last_name_key, first_name_key, member_id
        from member
        where store_code = $1
          and member_id = $2
        "#,
        store.as_str(),
        member_id.0,
    )
    .fetch_optional(db)
    .await
}

/// At most `limit` members behind `place`.
pub async fn search(
    db: &mut PgConnection,
    store: &StoreCode,
    search: &Search,
    place: &Place,
    limit: i64,
) -> Result<Vec<MemberId>, sqlx::Error> {
    let member_ids = match search {
        Search::Card(number) => {
            return Ok(super::card::holder(db, store, number).await?.into_iter().collect());
        }
        Search::Email(email) => by_email(db, store, email, place, limit).await?,
        Search::Phone(end) => by_phone(db, store, end, place, limit).await?,
        Search::LastName(start) => by_last_name(db, store, start, place, limit).await?,
    };
    Ok(member_ids.into_iter().map(MemberId).collect())
}

async fn by_email(
    db: &mut PgConnection,
    store: &StoreCode,
    email: &str,
    place: &Place,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select member_id
        from member
        where store_code = $1
          and email_key = $2
          and (last_name_key, first_name_key, member_id) > ($3, $4, $5)
        order by last_name_key, first_name_key, member_id
        limit $6
        "#,
        store.as_str(),
        email,
        place.last_name_key,
        place.first_name_key,
        place.member_id,
        limit,
    )
    .fetch_all(db)
    .await
}

async fn by_phone(
    db: &mut PgConnection,
    store: &StoreCode,
    end: &str,
    place: &Place,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select member_id
        from member
        where store_code = $1
          and starts_with(reverse(phone) collate "C", $2)
          and (last_name_key, first_name_key, member_id) > ($3, $4, $5)
        order by last_name_key, first_name_key, member_id
        limit $6
        "#,
        store.as_str(),
        end,
        place.last_name_key,
        place.first_name_key,
        place.member_id,
        limit,
    )
    .fetch_all(db)
    .await
}

async fn by_last_name(
    db: &mut PgConnection,
    store: &StoreCode,
    start: &str,
    place: &Place,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select member_id
        from member
        where store_code = $1
          and starts_with(last_name_key, $2)
          and (last_name_key, first_name_key, member_id) > ($3, $4, $5)
        order by last_name_key, first_name_key, member_id
        limit $6
        "#,
        store.as_str(),
        start,
        place.last_name_key,
        place.first_name_key,
        place.member_id,
        limit,
    )
    .fetch_all(db)
    .await
}
