//! Goods that must not be sold, and who bought them.

use barcode::Gtin;
use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{
    catalogue::{Recall, RecallId},
    id::{MemberId, SaleId},
    sale::Ticket,
};
use crate::store::catalogue::decode;

/// A sale in which recalled goods were bought.
#[derive(Clone, Debug)]
pub struct Bought {
    /// The sale.
    pub sale_id: SaleId,
    /// When.
    pub completed_time: OffsetDateTime,
    /// The ticket with the goods on it.
    pub ticket: Ticket,
    /// Who, if a card was shown.
    pub member_id: Option<MemberId>,
}

/// Every recall, newest first.
pub async fn all(tx: &mut PgConnection) -> sqlx::Result<Vec<Recall>> {
    let rows = sqlx::query!(
        r#"
        select recall_id, gtin, batch, reason, start_time, end_time
        from recall
        order by start_time desc, recall_id desc
        "#
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Recall {
                recall_id: RecallId(row.recall_id),
                gtin: Gtin::parse(&row.gtin).map_err(decode)?,
                batch: row.batch,
                reason: row.reason,
                start: row.start_time,
                end: row.end_time,
            })
        })
        .collect()
}

/// The recall with this id.
pub async fn find(tx: &mut PgConnection, recall_id: RecallId) -> sqlx::Result<Option<Recall>> {
    Ok(all(tx).await?.into_iter().find(|recall| recall.recall_id == recall_id))
}

/// Creates a recall or changes it; `false` when it was like this before.
pub async fn save(tx: &mut PgConnection, recall: &Recall) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        r#"
        insert into recall as kept (recall_id, gtin, batch, reason, start_time, end_time)
        values ($1, $2, $3, $4, $5, $6)
        on conflict on constraint recall_pk do update
        set reason = excluded.reason,
            end_time = excluded.end_time
        where (kept.gtin, kept.batch) = (excluded.gtin, excluded.batch)
          and kept is distinct from excluded
        "#,
        recall.recall_id.0,
        recall.gtin.as_str(),
        recall.batch,
        recall.reason,
        recall.start,
        recall.end,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// The sales after this one in which a product was bought, by their ids, which are in the order of time. Read from the tickets
/// without an index of their own: a recall is rare, and a sale must not pay for it.
pub async fn bought(tx: &mut PgConnection, gtin: &Gtin, after: Uuid, most: i64) -> sqlx::Result<Vec<Bought>> {
    let rows = sqlx::query!(
        r#"
        select sale_id, completed_time, member_id, ticket as "ticket: Json<Ticket>"
        from sale
        where sale_id > $1
          and ticket @> jsonb_build_object('lines', jsonb_build_array(jsonb_build_object('gtin', $2::text)))
        order by sale_id
        limit $3
        "#,
        after,
        gtin.as_str(),
        most,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Bought {
            sale_id: SaleId(row.sale_id),
            completed_time: row.completed_time,
            ticket: row.ticket.0,
            member_id: row.member_id.map(MemberId),
        })
        .collect())
}
