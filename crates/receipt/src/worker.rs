//! The worker: takes mails that are due and delivers them, a few at a time. Any number of replicas may run.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use platform::{Shutdown, telemetry};
use tokio::{sync::Semaphore, time::timeout};
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::{app::App, store::Taken};

/// How long a mail may wait when nobody says that it is due.
const POLL: Duration = Duration::from_millis(200);
/// How often lost workers are looked for.
const LOOK_FOR_LOST: Duration = Duration::from_secs(1);
/// The pause after the database did not answer.
const PAUSE: Duration = Duration::from_millis(500);
/// How often the hashes of codes that are over are forgotten; nothing is read by them any more before that.
const TIDY: Duration = Duration::from_secs(600);
/// How long the end waits for the mail server's answers. A mail that is cut off then is unknown.
const DRAIN: Duration = Duration::from_secs(10);

/// Delivers until `shutdown`, then waits for the mails in hand.
pub async fn run(app: App, connections: u8, shutdown: Shutdown) {
    let places = Arc::new(Semaphore::new(usize::from(connections)));
    let mails = TaskTracker::new();
    let (mut looked, mut tidied): (Option<Instant>, Option<Instant>) = (None, None);
    while !shutdown.is_cancelled() {
        if looked.is_none_or(|looked| looked.elapsed() >= LOOK_FOR_LOST) {
            looked = Some(Instant::now());
            if let Err(failure) = app.give_up_lost().await {
                tracing::warn!(%failure, "lost mails are looked for again");
            }
        }
        if tidied.is_none_or(|tidied| tidied.elapsed() >= TIDY) {
            tidied = Some(Instant::now());
            if let Err(failure) = app.forget_tokens().await {
                tracing::warn!(%failure, "codes that are over are forgotten later");
            }
        }
        let place = tokio::select! {
            () = shutdown.cancelled() => break,
            place = Arc::clone(&places).acquire_owned() => place.expect("nobody closes the semaphore"),
        };
        match app.take().await {
            Ok(Some(taken)) => {
                let (app, span) = (app.clone(), span(&taken));
                // A task that nobody cancels: a mail is never left half-sent by a shutdown.
                let delivering = async move {
                    if let Err(failure) = app.deliver(taken).await {
                        tracing::error!(%failure, "what became of a mail could not be written");
                    }
                    drop(place);
                };
                mails.spawn(delivering.instrument(span));
            }
            Ok(None) => {
                drop(place);
                tokio::select! {
                    () = shutdown.cancelled() => break,
                    () = app.queue().woken() => {}
                    () = tokio::time::sleep(POLL) => {}
                }
            }
            Err(failure) => {
                tracing::warn!(%failure, "no mail can be taken now");
                shutdown.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
            }
        }
    }
    mails.close();
    if timeout(DRAIN, mails.wait()).await.is_err() {
        tracing::error!("mails were still being sent when the time to drain was over: they will be unknown");
    }
}

/// The span of a mail, in the trace of its sale.
fn span(taken: &Taken) -> tracing::Span {
    let span = tracing::info_span!(
        parent: None,
        "mail",
        otel.name = "mail send",
        otel.kind = "client",
        cabas.sale.id = %taken.about.sale_id().0,
        trace_id = tracing::field::Empty,
    );
    telemetry::set_parent(&span, taken.traceparent.as_deref());
    span
}
