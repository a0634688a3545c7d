//! What every page passes: the table of pages decides who opens it.

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderValue, header};
use platform::access::{self, Page};

use crate::{
    app::App,
    error::{Refusal, Refused},
    session,
    text::{self, Lang},
};

/// Scripts, styles and pictures of our own alone; nobody frames us.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Opens a page to whom the table names, and hands the handler the reader's language and session.
pub async fn admit(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let lang = Lang::chosen(request.uri().query(), request.headers());
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let asks_language = request.uri().query().is_some_and(|query| query.contains("lang="));
    request.extensions_mut().insert(lang);
    let response = match route.as_deref().and_then(access::page) {
        None => Refused(lang, Refusal::NOT_FOUND).into_response(),
        Some(Page::Anyone) => next.run(request).await,
        Some(Page::Staff(roles)) => match session::of(&app, request.headers()).await {
            Err(status) => Refused::by(lang)(status).into_response(),
            Ok(None) => Redirect::to("/sign-in").into_response(),
            Ok(Some(session)) if !roles.contains(&session.role) => {
                Refused(lang, Refusal::FORBIDDEN).into_response()
            }
            Ok(Some(session)) => {
                request.extensions_mut().insert(session);
                next.run(request).await
            }
        },
    };
    sealed(response, asks_language.then_some(lang))
}

/// Adds what every answer carries.
fn sealed(mut response: Response, keep_language: Option<Lang>) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Some(lang) = keep_language {
        let cookie = format!("{}={}; Path=/; SameSite=Lax; Max-Age=31536000", text::COOKIE, lang.code());
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            headers.append(header::SET_COOKIE, cookie);
        }
    }
    response
}
