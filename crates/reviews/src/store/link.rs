//! Links, as the mails told of them.

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::domain::{Link, Purpose, SaleId, TokenHash};

/// A link, and when its sale was made; nothing of the sale while it is not known yet.
pub struct Found {
    /// The link.
    pub link: Link,
    /// When the sale was made, if it is known.
    pub completed: Option<OffsetDateTime>,
}

/// Keeps a link. One that is there already stays as it is.
pub async fn insert(tx: &mut PgConnection, token: TokenHash, link: &Link) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into invitation (token_sha256, purpose, sale_id, issued_time)
        values ($1, $2, $3, $4)
        on conflict on constraint invitation_pk do nothing
        "#,
        &token.0[..],
        link.purpose.name(),
        link.sale_id.0,
        link.issued,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The link of a token, if it was made for this purpose.
pub async fn find(db: &mut PgConnection, purpose: Purpose, token: TokenHash) -> sqlx::Result<Option<Found>> {
    let row = sqlx::query!(
        r#"
        select i.sale_id, i.issued_time, p.completed_time as "completed_time?"
        from invitation i
        left join purchase p using (sale_id)
        where i.token_sha256 = $1
          and i.purpose = $2
        "#,
        &token.0[..],
        purpose.name(),
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Found {
        link: Link { purpose, sale_id: SaleId(row.sale_id), issued: row.issued_time },
        completed: row.completed_time,
    }))
}
