//! Sales, as checkout told of them.

use sqlx::PgConnection;

use crate::domain::{Left, Line, Purchase, Refund, RefundedPart, ReviewId, SaleId, Written};

/// Keeps a sale and its lines. What is there already stays as it is.
pub async fn insert(tx: &mut PgConnection, purchase: &Purchase) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into purchase (sale_id, store_code, store_name, time_zone, currency_code, completed_time, member)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict on constraint purchase_pk do nothing
        "#,
        purchase.sale_id.0,
        purchase.store_code,
        purchase.store_name,
        purchase.time_zone,
        purchase.currency_code,
        purchase.completed,
        purchase.member,
    )
    .execute(&mut *tx)
    .await?;
    for line in &purchase.lines {
        sqlx::query!(
            r#"
            insert into purchase_line (
                sale_id, line_id, gtin, name, supplier_code, sold_by, quantity_milli, total_minor
            )
            values ($1, $2, $3, $4, $5, $6, $7, $8)
            on conflict on constraint purchase_line_pk do nothing
            "#,
            purchase.sale_id.0,
            line.line_id,
            line.gtin,
            line.name,
            line.supplier_code,
            line.sold_by,
            line.quantity_milli,
            line.total_minor,
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Notes what a refund gives back, in whatever order this and the sale are told, and however often. In the order of the lines, so
/// that two who note the same ones wait for each other and not for ever.
pub async fn mark_refunded(tx: &mut PgConnection, refund: &Refund) -> sqlx::Result<()> {
    let of = |part: fn(&RefundedPart) -> i64| refund.parts.iter().map(part).collect::<Vec<i64>>();
    let line_ids: Vec<i32> = refund.parts.iter().map(|part| part.line_id).collect();
    sqlx::query!(
        r#"
        insert into refunded_line (sale_id, refund_id, line_id, quantity_milli, total_minor)
        select $1, $2, line_id, quantity_milli, total_minor
        from unnest($3::integer[], $4::bigint[], $5::bigint[]) as given_back (line_id, quantity_milli, total_minor)
        order by line_id
        on conflict on constraint refunded_line_pk do nothing
        "#,
        refund.sale_id.0,
        refund.refund_id,
        &line_ids,
        &of(|part| part.quantity_milli),
        &of(|part| part.total_minor),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Lets nobody else change what is said or asked of the sale until the transaction ends.
pub async fn lock(tx: &mut PgConnection, sale_id: SaleId) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        select sale_id
        from purchase
        where sale_id = $1
        for no key update
        "#,
        sale_id.0,
    )
    .fetch_optional(tx)
    .await?;
    Ok(())
}

/// The sale with all that is known of its lines.
pub async fn find(db: &mut PgConnection, sale_id: SaleId) -> sqlx::Result<Option<Purchase>> {
    let row = sqlx::query!(
        r#"
        select store_code, store_name, time_zone, currency_code, completed_time, member
        from purchase
        where sale_id = $1
        "#,
        sale_id.0,
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Purchase {
        sale_id,
        store_code: row.store_code,
        store_name: row.store_name,
        time_zone: row.time_zone,
        currency_code: row.currency_code,
        completed: row.completed_time,
        member: row.member,
        lines: lines(db, sale_id).await?,
    }))
}

async fn lines(db: &mut PgConnection, sale_id: SaleId) -> sqlx::Result<Vec<Line>> {
    let rows = sqlx::query!(
        r#"
        select
            l.line_id, l.gtin, l.name, l.supplier_code, l.sold_by, l.quantity_milli, l.total_minor,
            l.quantity_milli - coalesce(g.quantity_milli, 0) as "left_quantity_milli!",
            l.total_minor - coalesce(g.total_minor, 0) as "left_minor!",
            exists (
                select 1
                from complaint_line cl
                join complaint c using (complaint_id)
                where cl.sale_id = l.sale_id
                  and cl.line_id = l.line_id
                  and c.state = 'asked'
            ) as "waiting!",
            r.review_id as "review_id?", r.rating as "rating?", r.comment as "comment?",
            r.revision as "revision?", r.first_submitted_time as "first_submitted_time?"
        from purchase_line l
        left join lateral (
            select
                sum(coalesce(refunded_line.quantity_milli, l.quantity_milli))::bigint as quantity_milli,
                sum(coalesce(refunded_line.total_minor, l.total_minor))::bigint as total_minor
            from refunded_line
            where refunded_line.sale_id = l.sale_id
              and refunded_line.line_id = l.line_id
        ) g on true
        left join review r on r.sale_id = l.sale_id and r.line_id = l.line_id
        where l.sale_id = $1
        order by l.line_id
        "#,
        sale_id.0,
    )
    .fetch_all(db)
    .await?;
    let lines = rows.into_iter().map(|row| {
        let written = match (row.review_id, row.rating, row.comment, row.revision, row.first_submitted_time) {
            (Some(id), Some(rating), Some(comment), Some(revision), Some(first_submitted)) => {
                Some(Written { review_id: ReviewId(id), rating, comment, revision, first_submitted })
            }
            _ => None,
        };
        Line {
            line_id: row.line_id,
            gtin: row.gtin,
            name: row.name,
            supplier_code: row.supplier_code,
            sold_by: row.sold_by,
            quantity_milli: row.quantity_milli,
            total_minor: row.total_minor,
            left: Left { quantity_milli: row.left_quantity_milli, total_minor: row.left_minor },
            waiting: row.waiting,
            written,
        }
    });
    Ok(lines.collect())
}
