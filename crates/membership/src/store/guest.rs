//! Addresses that were typed at a till.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::corrupt;
use crate::domain::{contact::Email, id::GuestContactId};

/// Keeps an address; one that is kept under this id stays as it is.
pub async fn keep(
    tx: &mut PgConnection,
    contact: GuestContactId,
    email: &Email,
    now: OffsetDateTime,
    expiry: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into guest_contact (guest_contact_id, email, kept_time, expiry_time)
        values ($1, $2, $3, $4)
        on conflict on constraint guest_contact_pk do nothing
        "#,
        contact.0,
        email.as_str(),
        now,
        expiry,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The address of this id, unless it is over.
pub async fn find(
    db: &mut PgConnection,
    contact: GuestContactId,
    now: OffsetDateTime,
) -> sqlx::Result<Option<Email>> {
    let email = sqlx::query_scalar!(
        r#"
        select email
        from guest_contact
        where guest_contact_id = $1
          and expiry_time > $2
        "#,
        contact.0,
        now,
    )
    .fetch_optional(db)
    .await?;
    email.map(|email| Email::parse(&email).map_err(corrupt)).transpose()
}

/// Forgets an address.
pub async fn forget(tx: &mut PgConnection, contact: GuestContactId) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        delete from guest_contact
        where guest_contact_id = $1
        "#,
        contact.0,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Forgets the addresses that are over.
pub async fn purge(tx: &mut PgConnection, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        delete from guest_contact
        where expiry_time <= $1
        "#,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}
