//! Waiting for something that only the outside can tell.

use std::time::Duration;

use anyhow::bail;
use tokio::time::{MissedTickBehavior, interval, timeout};

const STEP: Duration = Duration::from_millis(20);

/// What [`eventually`] asks for: `bool` for "is it so", `Option<T>` for "what is it".
pub trait Outcome {
    /// What is known once it has happened.
    type Value;
    /// The value, or `None` if it has not happened yet.
    fn reached(self) -> Option<Self::Value>;
}

impl Outcome for bool {
    type Value = ();
    fn reached(self) -> Option<()> {
        self.then_some(())
    }
}

impl<T> Outcome for Option<T> {
    type Value = T;
    fn reached(self) -> Option<T> {
        self
    }
}

/// Asks again and again until the answer is `true` or `Some`, for end-to-end tests and the demo, which look at
/// a running system from outside. This is the only place that polls: every other wait is for a signal.
///
/// # Errors
/// When `what` has not happened within `deadline`.
pub async fn eventually<O: Outcome>(
    deadline: Duration,
    what: &str,
    mut ask: impl AsyncFnMut() -> O,
) -> anyhow::Result<O::Value> {
    let mut steps = interval(STEP);
    steps.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let reached = timeout(deadline, async {
        loop {
            steps.tick().await;
            if let Some(value) = ask().await.reached() {
                return value;
            }
        }
    });
    match reached.await {
        Ok(value) => Ok(value),
        Err(_) => bail!("waited {deadline:?} in vain: {what}"),
    }
}
