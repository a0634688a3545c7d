//! Complaints as they are shown: always of one view first.

use anyhow::Context;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::review::Scope;
use crate::{
    domain::{Comment, ComplaintCursor, ComplaintId, Grievance, Product, Progress, Refusal, View, day_of},
    error::Error,
};

/// The complaint of this id, as the view shows it.
pub async fn find(
    db: &mut PgConnection,
    view: &View,
    complaint_id: ComplaintId,
) -> Result<Option<Grievance>, Error> {
    Ok(select(db, view, Some(complaint_id), None, 1).await?.pop())
}

/// The newest complaints of the view, or those that follow `after`.
pub async fn page(
    db: &mut PgConnection,
    view: &View,
    after: Option<ComplaintCursor>,
    limit: i64,
) -> Result<Vec<Grievance>, Error> {
    select(db, view, None, after, limit).await
}

async fn select(
    db: &mut PgConnection,
    view: &View,
    only: Option<ComplaintId>,
    after: Option<ComplaintCursor>,
    limit: i64,
) -> Result<Vec<Grievance>, Error> {
    let scope = Scope::of(view);
    let rows = sqlx::query_as!(
        Row,
        r#"
        select
            c.complaint_id, c.store_code, c.comment, c.complained_time, c.state, c.amount_minor, c.refusal,
            p.completed_time, p.time_zone, p.currency_code,
            (
                select array_agg(l.gtin order by l.line_id)
                from purchase_line l
                where l.sale_id = c.sale_id
                  and l.line_id = any(c.line_ids)
            ) as "gtins!",
            (
                select array_agg(l.name order by l.line_id)
                from purchase_line l
                where l.sale_id = c.sale_id
                  and l.line_id = any(c.line_ids)
            ) as "names!",
            (
                select array_agg(l.supplier_code order by l.line_id)
                from purchase_line l
                where l.sale_id = c.sale_id
                  and l.line_id = any(c.line_ids)
            ) as "supplier_codes!"
        from complaint c
        join purchase p using (sale_id)
        where ($1::text is null or c.store_code = $1)
          and ($2::text is null or c.supplier_codes @> array[$2::text])
          and ($3::uuid is null or c.complaint_id = $3)
          and ($4::timestamptz is null or (c.complained_time, c.complaint_id) < ($4, $5::uuid))
        order by c.complained_time desc, c.complaint_id desc
        limit $6
        "#,
        scope.store_code,
        scope.supplier_code,
        only.map(|complaint| complaint.0),
        after.map(|cursor| cursor.complained),
        after.map(|cursor| cursor.complaint_id.0),
        limit,
    )
    .fetch_all(db)
    .await?;
    let shown: Vec<Grievance> = rows.into_iter().map(Row::grievance).collect::<Result<_, _>>()?;
    Ok(shown.iter().filter_map(|complaint| complaint.within(view)).collect())
}

struct Row {
    complaint_id: Uuid,
    store_code: String,
    comment: String,
    complained_time: OffsetDateTime,
    state: String,
    amount_minor: Option<i64>,
    refusal: Option<String>,
    completed_time: OffsetDateTime,
    time_zone: String,
    currency_code: String,
    gtins: Vec<String>,
    names: Vec<String>,
    supplier_codes: Vec<String>,
}

impl Row {
    fn grievance(self) -> Result<Grievance, Error> {
        let progress = match (self.state.as_str(), self.refusal.as_deref()) {
            ("asked", _) => Some(Progress::Asked),
            ("refunded", _) => Some(Progress::Refunded),
            ("refused", Some(refusal)) => Refusal::named(refusal).map(Progress::Refused),
            _ => None,
        };
        let products = self.gtins.into_iter().zip(self.names).zip(self.supplier_codes);
        Ok(Grievance {
            complaint_id: ComplaintId(self.complaint_id),
            store_code: self.store_code,
            products: products
                .map(|((gtin, name), supplier_code)| Product { gtin, name, supplier_code })
                .collect(),
            comment: Comment::Shown(self.comment),
            purchased: day_of(self.completed_time, &self.time_zone),
            complained: self.complained_time,
            progress: progress.context("a state that the table does not allow")?,
            amount_minor: self.amount_minor,
            currency_code: self.currency_code,
        })
    }
}
