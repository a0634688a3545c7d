//! A store's queue: shoppers come when they come, whether a till is free or not.
//!
//! The loop is open. A closed one, where each till asks for its next shopper when it is done with the last, slows down with what it
//! measures and never sees the waiting. Here a wait counts from the moment the shopper was due, so that neither a slow till nor a
//! late wake-up of this program makes it look shorter. The queue has a bound; who finds it full goes away, and is counted.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Mutex, mpsc, watch},
    task::{JoinError, JoinSet},
    time::Instant,
};

use super::saturday::{Arrival, OPEN};

/// How a day is played.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// When the doors open.
    pub opening: Instant,
    /// The time in which the whole day passes.
    pub day: Duration,
    /// The most shoppers who wait at once in a store.
    pub longest_queue: usize,
}

/// How far a day has come, over all stores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Shoppers whose turn is over, however it ended.
    pub served: u64,
    /// Shoppers who found the queue full.
    pub turned_away: u64,
}

/// What came of a store's shoppers.
#[derive(Debug)]
pub struct Served<T> {
    /// What came of each one whose turn it was.
    pub outcomes: Vec<T>,
    /// How long each of them waited for a till.
    pub waits: Vec<Duration>,
    /// How many found the queue full.
    pub turned_away: u64,
}

impl Pace {
    /// When a shopper of this moment of the day is due.
    #[must_use]
    fn due(&self, at: Duration) -> Instant {
        self.opening + self.day.mul_f64(at.as_secs_f64() / OPEN.as_secs_f64())
    }
}

/// Lets the shoppers of a store come, and has each one served at the first till that is free, until the last has left.
///
/// # Errors
/// When a till panics.
pub async fn serve<Till, T, F>(
    tills: Vec<Till>,
    arrivals: Vec<Arrival>,
    pace: Pace,
    serve_one: impl Fn(Till, Arrival) -> F + Clone + Send + 'static,
    progress: Arc<watch::Sender<Progress>>,
) -> Result<Served<T>, JoinError>
where
    Till: Clone + Send + Sync + 'static,
    T: Send + 'static,
    F: Future<Output = T> + Send,
{
    let (queue, waiting) = mpsc::channel::<(Instant, Arrival)>(pace.longest_queue.max(1));
    let waiting = Arc::new(Mutex::new(waiting));
    let mut lanes = JoinSet::new();
    for till in tills {
        let (waiting, serve_one, progress) = (waiting.clone(), serve_one.clone(), progress.clone());
        lanes.spawn(async move {
            let mut lane = Vec::new();
            // The lock is held by the one free till that is next, and let go before the shopper is served.
            while let Some((due, arrival)) = next(&waiting).await {
                let waited = due.elapsed();
                lane.push((waited, serve_one(till.clone(), arrival).await));
                progress.send_modify(|progress| progress.served += 1);
            }
            lane
        });
    }
    let mut served = Served { outcomes: Vec::new(), waits: Vec::new(), turned_away: 0 };
    for arrival in arrivals {
        let due = pace.due(arrival.at);
        tokio::time::sleep_until(due).await;
        if queue.try_send((due, arrival)).is_err() {
            served.turned_away += 1;
            progress.send_modify(|progress| progress.turned_away += 1);
        }
    }
    drop(queue);
    while let Some(lane) = lanes.join_next().await {
        for (waited, outcome) in lane? {
            served.waits.push(waited);
            served.outcomes.push(outcome);
        }
    }
    Ok(served)
}

async fn next(waiting: &Mutex<mpsc::Receiver<(Instant, Arrival)>>) -> Option<(Instant, Arrival)> {
    waiting.lock().await.recv().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrivals(hours: &[u64]) -> Vec<Arrival> {
        let arrival = |hour: &u64| Arrival {
            at: Duration::from_secs(hour * 3600),
            articles: usize::try_from(*hour).unwrap(),
            shelf: 0,
            is_member: false,
        };
        hours.iter().map(arrival).collect()
    }

    /// A day of 120 ms.
    fn short_day() -> Pace {
        Pace { opening: Instant::now(), day: Duration::from_millis(120), longest_queue: 2 }
    }

    #[tokio::test]
    async fn a_wait_counts_from_when_the_shopper_came_and_a_full_queue_turns_away() {
        // Four hours are 40 ms. The one till is held until somebody finds the queue full, which cannot be before the fourth hour.
        let progress = Arc::new(watch::Sender::new(Progress::default()));
        let turned = progress.clone();
        let hold = move |(), _| {
            let mut turned = turned.subscribe();
            async move { turned.wait_for(|progress| progress.turned_away > 0).await.is_ok() }
        };
        let day = arrivals(&[0, 0, 4, 4]);
        let served = serve(vec![()], day, short_day(), hold, progress.clone()).await.unwrap();
        let [_, second, ..] = served.waits[..] else { panic!("{served:?}") };
        assert!(second >= Duration::from_millis(40), "{second:?}");
        assert!(served.turned_away > 0);
        assert_eq!(served.outcomes.len() as u64 + served.turned_away, 4);
        let told = Progress { served: served.outcomes.len() as u64, turned_away: served.turned_away };
        assert_eq!(*progress.borrow(), told);
    }

    #[tokio::test]
    async fn every_shopper_is_served_once_whichever_till_is_free() {
        let progress = Arc::new(watch::Sender::new(Progress::default()));
        let hours: Vec<u64> = (0..12).collect();
        let pace = Pace { longest_queue: 12, ..short_day() };
        let which = |_, arrival: Arrival| async move { arrival.articles as u64 };
        let served = serve(vec![1, 2, 3], arrivals(&hours), pace, which, progress).await.unwrap();
        let mut seen = served.outcomes;
        seen.sort_unstable();
        assert_eq!((seen, served.turned_away), (hours, 0));
    }

    #[tokio::test]
    async fn nobody_comes_before_it_is_time() {
        let progress = Arc::new(watch::Sender::new(Progress::default()));
        let pace = short_day();
        let when = |(), _| async { Instant::now() };
        let served = serve(vec![()], arrivals(&[1, 6]), pace, when, progress).await.unwrap();
        let after = served.outcomes.iter().map(|at| *at - pace.opening).collect::<Vec<_>>();
        assert!(after[0] >= Duration::from_millis(10) && after[1] >= Duration::from_millis(60), "{after:?}");
    }
}
