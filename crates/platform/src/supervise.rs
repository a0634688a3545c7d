//! Tasks that live and end together.

use tokio::task::JoinSet;

use crate::Shutdown;

/// Waits for every task. One that ends takes the others with it, in good order: half a service is harder to see than none.
///
/// # Errors
/// The first failure.
pub async fn run_all(mut tasks: JoinSet<anyhow::Result<()>>, shutdown: Shutdown) -> anyhow::Result<()> {
    let mut first_failure = Ok(());
    while let Some(ended) = tasks.join_next().await {
        shutdown.cancel();
        let ended = ended.map_err(anyhow::Error::from).and_then(|result| result);
        if let Err(failure) = &ended {
            tracing::error!(failure = format!("{failure:#}"), "a part of the service ended");
        }
        if first_failure.is_ok() {
            first_failure = ended;
        }
    }
    first_failure
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_that_fails_ends_the_others_and_is_told() {
        let shutdown = Shutdown::new();
        let mut tasks = JoinSet::new();
        let waits = shutdown.clone();
        tasks.spawn(async move {
            waits.cancelled().await;
            Ok(())
        });
        tasks.spawn(async { anyhow::bail!("the database is gone") });
        let failure = run_all(tasks, shutdown.clone()).await.unwrap_err();
        assert_eq!(failure.to_string(), "the database is gone");
        assert!(shutdown.is_cancelled());
    }
}
