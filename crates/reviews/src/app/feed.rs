//! The live feed: one reading of each change for all who watch, each of whom sees the own view.

use std::{sync::Arc, time::Duration};

use time::OffsetDateTime;
use tokio::sync::{
    broadcast::{self, error::RecvError},
    mpsc,
};

use super::App;
use crate::{
    domain::{ComplaintId, Grievance, Review, ReviewId, View},
    error::Error,
};

/// Changes that a watcher may be behind before it is shown the latest anew.
const BEHIND: usize = 256;
/// How many reviews, and how many complaints, are shown anew.
const LATEST: u16 = 50;
/// How long a reading that failed waits for the next attempt.
const AGAIN: Duration = Duration::from_millis(250);

/// What is told: a review or a complaint.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A review, as it is now.
    Review(Review),
    /// A complaint, as it is now.
    Complaint(Grievance),
}

/// Which of them an event is about.
#[derive(Clone, Copy, Debug)]
pub enum EntryId {
    /// A review.
    Review(ReviewId),
    /// A complaint.
    Complaint(ComplaintId),
}

/// Reviews and complaints as they are written, changed, answered and settled.
#[derive(Clone, Debug)]
pub struct Feed(broadcast::Sender<Arc<Entry>>);

impl Default for Feed {
    fn default() -> Self {
        Self(broadcast::Sender::new(BEHIND))
    }
}

/// One who watches; begins with its making, not with the first reading.
pub struct Watcher(broadcast::Receiver<Arc<Entry>>);

impl Entry {
    /// What of it is in the view.
    fn within(&self, view: &View) -> Option<Self> {
        match self {
            Self::Review(review) => view.shows(review).then(|| self.clone()),
            Self::Complaint(complaint) => complaint.within(view).map(Self::Complaint),
        }
    }

    /// When it was first sent.
    fn sent(&self) -> OffsetDateTime {
        match self {
            Self::Review(review) => review.first_submitted,
            Self::Complaint(complaint) => complaint.complained,
        }
    }
}

impl App {
    /// Tells those who watch of what an event was about. The event has the store, which bounds the reading.
    pub async fn tell(&self, view: &View, id: EntryId) {
        loop {
            match self.entry(view, id).await {
                Ok(Some(entry)) => {
                    // Nobody watches: nobody is told.
                    self.feed.0.send(Arc::new(entry)).ok();
                    return;
                }
                Ok(None) => {
                    tracing::warn!(?id, "an event is about something that is not here");
                    return;
                }
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "what an event is about could not be read for the live feed, to be tried again"
                ),
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn entry(&self, view: &View, id: EntryId) -> Result<Option<Entry>, Error> {
        match id {
            EntryId::Review(review_id) => Ok(self.review(view, review_id).await?.map(Entry::Review)),
            EntryId::Complaint(complaint_id) => {
                Ok(self.complaint(view, complaint_id).await?.map(Entry::Complaint))
            }
        }
    }

    /// Begins to watch.
    pub fn watcher(&self) -> Watcher {
        Watcher(self.feed.0.subscribe())
    }

    /// Hands on every change in the view, until nobody takes them.
    pub async fn watch(
        &self,
        view: &View,
        mut watcher: Watcher,
        sender: &mpsc::Sender<Result<Entry, Error>>,
    ) {
        loop {
            let changes = match watcher.0.recv().await {
                Ok(entry) => entry.within(view).into_iter().map(Ok).collect(),
                Err(RecvError::Lagged(missed)) => {
                    tracing::info!(missed, "a watcher was too slow and is shown the latest anew");
                    match self.latest(view).await {
                        Ok(latest) => latest.into_iter().map(Ok).collect(),
                        Err(error) => vec![Err(error)],
                    }
                }
                Err(RecvError::Closed) => return,
            };
            for change in changes {
                let is_end = change.is_err();
                if sender.send(change).await.is_err() || is_end {
                    return;
                }
            }
        }
    }

    /// The latest of the view, the oldest first.
    async fn latest(&self, view: &View) -> Result<Vec<Entry>, Error> {
        let reviews = self.list_reviews(view, None, LATEST).await?.reviews;
        let complaints = self.list_complaints(view, None, LATEST).await?.complaints;
        let mut entries: Vec<Entry> = reviews.into_iter().rev().map(Entry::Review).collect();
        entries.extend(complaints.into_iter().rev().map(Entry::Complaint));
        entries.sort_by_key(Entry::sent);
        Ok(entries)
    }
}
