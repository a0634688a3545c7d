//! Pages that move by themselves: fragments of HTML as server-sent events.

use std::{convert::Infallible, time::Duration};

use askama::Template;
use axum::response::{
    IntoResponse, Response,
    sse::{Event, KeepAlive, Sse},
};
use futures::{Stream, StreamExt};

use crate::app::App;

/// A feed ends after this time and the page opens the next one, so that who has signed out sees no more.
const LIFE: Duration = Duration::from_secs(300);
/// A word from time to time, so that nobody on the way takes the connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Sends fragments until there are no more, the feed's time is over, or the portal stops.
pub fn of(app: &App, fragments: impl Stream<Item = String> + Send + 'static) -> Response {
    let over = {
        let shutdown = app.shutdown.clone();
        async move {
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(LIFE) => {}
            }
        }
    };
    let events =
        fragments.map(|fragment| Ok::<_, Infallible>(Event::default().data(fragment))).take_until(over);
    let greeting = Event::default().comment("open").retry(Duration::from_secs(1));
    let events = futures::stream::once(async { Ok(greeting) }).chain(events);
    ([("x-accel-buffering", "no")], Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
        .into_response()
}

/// The fragment of a template, on lines that an event may have.
pub fn fragment(template: &impl Template) -> Option<String> {
    match template.render() {
        Ok(html) => Some(html.replace('\r', "")),
        Err(failure) => {
            tracing::error!(%failure, "a fragment could not be written");
            None
        }
    }
}
