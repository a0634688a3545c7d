//! Reviews: always of one view first.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{Cursor, Purchase, Reply, Review, ReviewId, Revision, View, day_of};

/// Keeps a revision; the first one makes the review.
pub async fn save(
    tx: &mut PgConnection,
    purchase: &Purchase,
    revision: &Revision<'_>,
    review_id: ReviewId,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into review (
            review_id, sale_id, line_id, store_code, supplier_code, rating, comment, revision,
            first_submitted_time, submitted_time
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
        on conflict on constraint review_line_uq do update
        set rating = excluded.rating,
            comment = excluded.comment,
            revision = excluded.revision,
            submitted_time = excluded.submitted_time
        "#,
        review_id.0,
        purchase.sale_id.0,
        revision.line.line_id,
        purchase.store_code,
        revision.line.supplier_code,
        revision.note.rating,
        revision.note.comment,
        revision.number,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes the answer to a review of the view. Locks it, so that of two answers one is the last.
pub async fn reply(
    tx: &mut PgConnection,
    view: &View,
    review_id: ReviewId,
    text: &str,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let scope = Scope::of(view);
    let updated = sqlx::query!(
        r#"
        update review
        set reply = $4,
            replied_time = $5
        where review_id = $3
          and ($1::text is null or store_code = $1)
          and ($2::text is null or supplier_code = $2)
          and reply is distinct from $4
        "#,
        scope.store_code,
        scope.supplier_code,
        review_id.0,
        text,
        now,
    )
    .execute(tx)
    .await?
    .rows_affected();
    Ok(updated == 1)
}

/// The review of this id, if it is in the view.
pub async fn find(db: &mut PgConnection, view: &View, review_id: ReviewId) -> sqlx::Result<Option<Review>> {
    Ok(select(db, view, Some(review_id), None, 1).await?.pop())
}

/// The newest reviews of the view, or those that follow `after`.
pub async fn page(
    db: &mut PgConnection,
    view: &View,
    after: Option<Cursor>,
    limit: i64,
) -> sqlx::Result<Vec<Review>> {
    select(db, view, None, after, limit).await
}

/// A view as two conditions, of which one holds and the other asks for nothing.
pub struct Scope<'a> {
    /// The store, if the view is one of a store.
    pub store_code: Option<&'a str>,
    /// The supplier, if the view is one of a supplier.
    pub supplier_code: Option<&'a str>,
}

impl<'a> Scope<'a> {
    /// The conditions of a view.
    pub fn of(view: &'a View) -> Self {
        match view {
            View::Store(code) => Self { store_code: Some(code), supplier_code: None },
            View::Supplier(code) => Self { store_code: None, supplier_code: Some(code) },
        }
    }
}

async fn select(
    db: &mut PgConnection,
    view: &View,
    only: Option<ReviewId>,
    after: Option<Cursor>,
    limit: i64,
) -> sqlx::Result<Vec<Review>> {
    let scope = Scope::of(view);
    let rows = sqlx::query_as!(
        Row,
        r#"
        select
            r.review_id, r.store_code, r.supplier_code, r.rating, r.comment, r.revision,
            r.first_submitted_time, r.submitted_time, r.reply, r.replied_time,
            l.gtin, l.name, p.completed_time, p.time_zone,
            exists (
                select 1
                from refunded_line g
                where g.sale_id = r.sale_id
                  and g.line_id = r.line_id
            ) as "refunded!"
        from review r
        join purchase_line l using (sale_id, line_id)
        join purchase p using (sale_id)
        where ($1::text is null or r.store_code = $1)
          and ($2::text is null or r.supplier_code = $2)
          and ($3::uuid is null or r.review_id = $3)
          and ($4::timestamptz is null or (r.first_submitted_time, r.review_id) < ($4, $5::uuid))
        order by r.first_submitted_time desc, r.review_id desc
        limit $6
        "#,
        scope.store_code,
        scope.supplier_code,
        only.map(|review| review.0),
        after.map(|cursor| cursor.first_submitted),
        after.map(|cursor| cursor.review_id.0),
        limit,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Row::review).collect())
}

struct Row {
    review_id: Uuid,
    store_code: String,
    supplier_code: String,
    rating: i16,
    comment: String,
    revision: i32,
    first_submitted_time: OffsetDateTime,
    submitted_time: OffsetDateTime,
    reply: Option<String>,
    replied_time: Option<OffsetDateTime>,
    gtin: String,
    name: String,
    completed_time: OffsetDateTime,
    time_zone: String,
    refunded: bool,
}

impl Row {
    fn review(self) -> Review {
        Review {
            review_id: ReviewId(self.review_id),
            gtin: self.gtin,
            product_name: self.name,
            supplier_code: self.supplier_code,
            store_code: self.store_code,
            rating: self.rating,
            comment: self.comment,
            purchased: day_of(self.completed_time, &self.time_zone),
            first_submitted: self.first_submitted_time,
            submitted: self.submitted_time,
            reply: self.reply.zip(self.replied_time).map(|(text, replied)| Reply { text, replied }),
            revision: self.revision,
            refunded: self.refunded,
        }
    }
}
