//! The kiosk page of a till, on loopback: plain HTML forms, and the same verbs as JSON for programs.

use std::{
    convert::Infallible,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context;
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, REFERRER_POLICY,
            X_CONTENT_TYPE_OPTIONS,
        },
    },
    middleware::{self, Next},
    response::{IntoResponse, Response, Sse, sse},
    routing::{get, post},
};
use futures::StreamExt;
use platform::Shutdown;
use tokio::net::TcpListener;
use tokio_stream::wrappers::WatchStream;
use tower_http::{catch_panic::CatchPanicLayer, csrf::CsrfLayer, set_header::SetResponseHeaderLayer};

use crate::till::{Till, View};

mod api;
mod audit;
mod code;
mod forms;
mod means;
mod page;
mod products;
mod receipt;
mod refund;
mod suspension;
mod training;
mod words;

use words::Language;

/// The largest form or JSON that is read.
const LARGEST_BODY: usize = 16 << 10;

const HEADERS: [(HeaderName, &str); 4] = [
    (CACHE_CONTROL, "no-store"),
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (REFERRER_POLICY, "no-referrer"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

/// What the handlers share.
#[derive(Clone, Debug)]
struct Kiosk {
    till: Till,
    code: Arc<str>,
    /// The language that a shopper chose, with the number of that shopper: the next one starts anew.
    chosen: Arc<Mutex<Option<(u64, Language)>>>,
    shutdown: Shutdown,
}

/// Serves the page until `shutdown`, then finishes what is in flight.
///
/// # Errors
/// When the listener breaks.
pub async fn serve(till: Till, code: &str, listener: TcpListener, shutdown: Shutdown) -> anyhow::Result<()> {
    tracing::info!(address = %listener.local_addr()?, "serving the kiosk page");
    let app = router(till, code, shutdown.clone());
    axum::serve(listener, app)
        .with_graceful_shutdown(shutdown.cancelled_owned())
        .await
        .context("the kiosk page ended")
}

/// The page and its forms, the events that make it follow the till, and the JSON for programs.
pub fn router(till: Till, code: &str, shutdown: Shutdown) -> Router {
    let kiosk = Kiosk { till, code: code.into(), chosen: Arc::default(), shutdown };
    let mut router = Router::new()
        .route("/", get(forms::show))
        .route("/language", post(forms::language))
        .route("/scan", post(forms::scan))
        .route("/identify", post(forms::identify))
        .route("/quantity", post(forms::quantity))
        .route("/remove", post(forms::remove))
        .route("/discount", post(forms::discount))
        .route("/empties", post(forms::empties))
        .route("/bags", post(forms::bags))
        .route("/not-my-card", post(forms::unidentify))
        .route("/resolve", post(forms::resolve))
        .route("/products", get(products::show).post(products::search))
        .route("/weigh", post(products::weigh))
        .route("/weighed", post(products::weighed))
        .route("/receipt", get(receipt::show).post(receipt::choose))
        .route("/receipt/email", get(receipt::email).post(receipt::typed))
        .route("/print", post(receipt::print))
        .route("/audit", get(audit::show).post(audit::scan))
        .route("/audit/end", post(audit::end))
        .route("/means", get(means::show))
        .route("/pay", post(means::pay))
        .route("/give-back", post(means::give_back))
        .route("/refunds", get(refund::show).post(refund::give))
        .route("/training/card", post(training::card))
        .route("/cancel", post(forms::cancel))
        .route("/suspend", post(suspension::suspend))
        .route("/resume", get(suspension::show).post(suspension::resume))
        .route("/next", post(forms::next))
        .route("/settle", post(forms::settle))
        .route("/touch", post(forms::touch))
        .route("/help", post(forms::help))
        .route("/no-help", post(forms::no_help))
        .route("/events", get(events))
        .route("/assets/kiosk.css", asset("text/css; charset=utf-8", include_str!("../assets/kiosk.css")))
        .route(
            "/assets/kiosk.js",
            asset("text/javascript; charset=utf-8", include_str!("../assets/kiosk.js")),
        )
        .route("/assets/keys.js", asset("text/javascript; charset=utf-8", include_str!("../assets/keys.js")))
        .route("/assets/card.svg", asset("image/svg+xml", include_str!("../assets/card.svg")))
        .route("/assets/icon.svg", asset("image/svg+xml", include_str!("../assets/icon.svg")))
        .route("/health", get(|| async { "ok\n" }))
        .nest("/api", api::router())
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(CsrfLayer::new())
        .layer(middleware::from_fn(only_by_address))
        .layer(CatchPanicLayer::new());
    for (name, value) in HEADERS {
        router = router.layer(SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value)));
    }
    router.with_state(kiosk)
}

fn asset(media_type: &'static str, text: &'static str) -> axum::routing::MethodRouter<Kiosk> {
    get(move || async move { ([(CONTENT_TYPE, media_type)], text) })
}

/// The page has no name in any DNS: who calls it by one was led here by somebody else's page.
async fn only_by_address(request: Request, next: Next) -> Response {
    let host = request.headers().get(HOST).map(|host| host.to_str().unwrap_or_default());
    if host.is_none_or(is_address) {
        next.run(request).await
    } else {
        StatusCode::MISDIRECTED_REQUEST.into_response()
    }
}

fn is_address(host: &str) -> bool {
    let without_port = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = without_port.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok()
}

/// Tells that something changed; the page asks for itself.
async fn events(
    State(kiosk): State<Kiosk>,
) -> Sse<impl futures::Stream<Item = Result<sse::Event, Infallible>>> {
    let changes = WatchStream::new(kiosk.till.watch())
        .map(|view| Ok(sse::Event::default().data(view.revision.to_string())))
        .take_until(kiosk.shutdown.cancelled_owned());
    Sse::new(changes).keep_alive(sse::KeepAlive::default())
}

impl Kiosk {
    /// The language of the shopper: the chosen one, or the browser's.
    fn language(&self, view: &View, headers: &axum::http::HeaderMap) -> Language {
        let chosen = *self.chosen.lock().unwrap_or_else(PoisonError::into_inner);
        match chosen {
            Some((shopper, language)) if shopper == view.shopper => language,
            _ => Language::preferred(headers),
        }
    }

    fn choose(&self, language: Language) {
        let shopper = self.till.view().shopper;
        *self.chosen.lock().unwrap_or_else(PoisonError::into_inner) = Some((shopper, language));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_called_by_address_and_never_by_a_name_of_others() {
        for host in ["127.0.0.1", "127.0.0.1:8090", "localhost:8090", "[::1]:8090", "192.0.2.7:8090"] {
            assert!(is_address(host), "{host}");
        }
        for host in ["", "till.example", "till.example:8090", "127.0.0.1.example", "localhost.example:80"] {
            assert!(!is_address(host), "{host}");
        }
    }
}
