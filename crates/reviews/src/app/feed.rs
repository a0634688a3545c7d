//! The live feed: one reading of each change for all who watch, each of whom sees the own view.

use std::{sync::Arc, time::Duration};

use tokio::sync::{
    broadcast::{self, error::RecvError},
    mpsc,
};

use super::App;
use crate::{
    domain::{Review, ReviewId, View},
    error::Error,
};

/// Changes that a watcher may be behind before it is shown the latest anew.
const BEHIND: usize = 256;
/// How many are shown anew.
const LATEST: u16 = 50;
/// How long a reading that failed waits for the next attempt.
const AGAIN: Duration = Duration::from_millis(250);

/// Reviews as they are written, changed and answered.
#[derive(Clone, Debug)]
pub struct Feed(broadcast::Sender<Arc<Review>>);

impl Default for Feed {
    fn default() -> Self {
        Self(broadcast::Sender::new(BEHIND))
    }
}

/// One who watches; begins with its making, not with the first reading.
pub struct Watcher(broadcast::Receiver<Arc<Review>>);

impl App {
    /// Tells those who watch of a review that an event was about. The event has the store, which bounds the reading.
    pub async fn tell(&self, view: &View, review_id: ReviewId) {
        loop {
            match self.review(view, review_id).await {
                Ok(Some(review)) => {
                    // Nobody watches: nobody is told.
                    self.feed.0.send(Arc::new(review)).ok();
                    return;
                }
                Ok(None) => {
                    tracing::warn!(review_id = %review_id.0, "an event is about a review that is not here");
                    return;
                }
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a review could not be read for the live feed, to be tried again"
                ),
            }
            tokio::time::sleep(AGAIN).await;
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
        sender: &mpsc::Sender<Result<Review, Error>>,
    ) {
        loop {
            let changes = match watcher.0.recv().await {
                Ok(review) if view.shows(&review) => vec![Ok(Review::clone(&review))],
                Ok(_) => vec![],
                Err(RecvError::Lagged(missed)) => {
                    tracing::info!(missed, "a watcher was too slow and is shown the latest reviews anew");
                    match self.list_reviews(view, None, LATEST).await {
                        Ok(latest) => latest.reviews.into_iter().rev().map(Ok).collect(),
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
}
