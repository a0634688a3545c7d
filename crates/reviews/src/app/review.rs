//! Reviews: written, answered, listed.

use outbox::record;
use uuid::Uuid;

use super::{App, Command, link::sender};
use crate::{
    domain::{Cursor, Form, Purpose, Review, ReviewId, TokenHash, View},
    error::Error,
    events, store,
};

/// A page of a listing.
#[derive(Clone, Debug)]
pub struct Page {
    /// The newest first.
    pub reviews: Vec<Review>,
    /// Where to go on, if there is more.
    pub next: Option<Cursor>,
}

impl App {
    /// Stores a form, all of it or nothing, and answers how many reviews are new or changed by it.
    pub async fn submit_reviews(
        &self,
        command: &Command,
        token: TokenHash,
        form: &Form,
    ) -> Result<i32, Error> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let (sale_id, _) = self.follow(&mut tx, Purpose::Review, token).await?;
        let sender = sender(sale_id);
        if let Some(before) = command.claim(&mut tx, &sender).await? {
            return before.stored();
        }
        let purchase = self.locked(&mut tx, sale_id).await?;
        let revisions = form.revise(&purchase)?;
        for revision in &revisions {
            let written = revision.line.written.as_ref();
            let (review_id, first_submitted) = match written {
                Some(written) => (written.review_id, written.first_submitted),
                None => (ReviewId(Uuid::now_v7()), now),
            };
            store::review::save(&mut tx, &purchase, revision, review_id, now).await?;
            let event = events::submitted(&purchase, revision, review_id, first_submitted, now)?;
            record(&mut tx, &event).await?;
        }
        let stored = i32::try_from(revisions.len()).map_err(anyhow::Error::from)?;
        command.answered(&mut tx, &sender, &stored.to_be_bytes()).await?;
        tx.commit().await?;
        self.wake.wake();
        Ok(stored)
    }

    /// Answers a review of the caller's view. A later answer replaces it; the same one again changes nothing.
    pub async fn reply_to_review(
        &self,
        command: &Command,
        caller: &str,
        view: &View,
        review_id: ReviewId,
        text: &str,
    ) -> Result<Review, Error> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let repeated = command.claim(&mut tx, caller).await?.is_some();
        let changed = !repeated && store::review::reply(&mut tx, view, review_id, text, now).await?;
        let review = store::review::find(&mut tx, view, review_id).await?.ok_or(Error::NotFound)?;
        if changed {
            record(&mut tx, &events::replied(&review, text, now)?).await?;
        }
        tx.commit().await?;
        self.wake.wake();
        Ok(review)
    }

    /// A page of the reviews of a view, the newest first.
    pub async fn list_reviews(&self, view: &View, after: Option<Cursor>, size: u16) -> Result<Page, Error> {
        let mut db = self.db.acquire().await?;
        let mut reviews = store::review::page(&mut db, view, after, i64::from(size) + 1).await?;
        let more = reviews.len() > usize::from(size);
        reviews.truncate(usize::from(size));
        let last = reviews.last().filter(|_| more);
        let next = last
            .map(|review| Cursor { first_submitted: review.first_submitted, review_id: review.review_id });
        Ok(Page { reviews, next })
    }

    /// The review of this id, if it is in the view.
    pub async fn review(&self, view: &View, review_id: ReviewId) -> Result<Option<Review>, Error> {
        let mut db = self.db.acquire().await?;
        Ok(store::review::find(&mut db, view, review_id).await?)
    }
}
