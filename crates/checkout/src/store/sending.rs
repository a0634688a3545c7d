//! Mails that left, until each is sealed as a copy of its document.

use anyhow::Context;
use fiscal::{Hash, Kind, Reference};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{domain::id::SaleId, error::Error, store::sale::read_hash};

/// A mail that is not sealed yet, with the document in it.
#[derive(Clone, Debug)]
pub struct Sending {
    /// The mail.
    pub delivery_id: Uuid,
    /// The sale, or that of the refund.
    pub sale_id: SaleId,
    /// The refund, when the document is a credit ticket.
    pub refund_id: Option<Uuid>,
    /// The store.
    pub store_code: String,
    /// The document.
    pub document: Reference,
    /// When it was sealed.
    pub document_time: OffsetDateTime,
}

/// Keeps that a mail left; told again, nothing changes.
pub async fn keep(
    tx: &mut PgConnection,
    delivery_id: Uuid,
    sale_id: Uuid,
    refund_id: Option<Uuid>,
    settled_time: OffsetDateTime,
) -> Result<(), Error> {
    sqlx::query!(
        r#"
        insert into document_sending (delivery_id, sale_id, refund_id, settled_time)
        values ($1, $2, $3, $4)
        on conflict on constraint document_sending_pk do nothing
        "#,
        delivery_id,
        sale_id,
        refund_id as Option<Uuid>,
        settled_time,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The mail that waits longest to be sealed, for this transaction alone. A mail of a document that is not this shop's waits for ever.
pub async fn take(tx: &mut PgConnection) -> Result<Option<Sending>, Error> {
    let row = sqlx::query!(
        r#"
        select document_sending.delivery_id,
               document_sending.sale_id,
               document_sending.refund_id,
               sale.store_code,
               sale.terminal_code,
               coalesce(refund.refunded_time, sale.completed_time) as "document_time!",
               coalesce(refund.sequence, sale.sequence) as "sequence!",
               coalesce(refund.fiscal_hash, sale.fiscal_hash) as "hash!"
        from document_sending
        join sale on sale.sale_id = document_sending.sale_id
        left join refund on refund.refund_id = document_sending.refund_id
        where document_sending.sealed_sequence is null
          and (document_sending.refund_id is null or refund.refund_id is not null)
        order by document_sending.settled_time
        limit 1
        for update of document_sending skip locked
        "#,
    )
    .fetch_optional(tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let hash: Hash = read_hash(&row.hash).context("the seal of a document that was sent")?;
    let kind = if row.refund_id.is_some() { Kind::CreditNote } else { Kind::Ticket };
    let document = Reference { kind, terminal: row.terminal_code, sequence: row.sequence, hash };
    Ok(Some(Sending {
        delivery_id: row.delivery_id,
        sale_id: SaleId(row.sale_id),
        refund_id: row.refund_id,
        store_code: row.store_code,
        document,
        document_time: row.document_time,
    }))
}

/// The number of a credit ticket's mail: the first one is the original.
pub async fn number_of_credit_note(tx: &mut PgConnection, refund_id: Uuid) -> Result<i64, Error> {
    Ok(sqlx::query_scalar!(
        r#"
        select count(*) as "number!"
        from document_sending
        where refund_id = $1
          and sealed_sequence is not null
        "#,
        refund_id,
    )
    .fetch_one(tx)
    .await?)
}

/// Keeps under which number a mail was sealed.
pub async fn sealed(tx: &mut PgConnection, delivery_id: Uuid, sequence: i64) -> Result<(), Error> {
    sqlx::query!(
        r#"
        update document_sending
        set sealed_sequence = $2
        where delivery_id = $1
        "#,
        delivery_id,
        sequence,
    )
    .execute(tx)
    .await?;
    Ok(())
}
