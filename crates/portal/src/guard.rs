//! What every page passes: the table of pages decides who opens it.

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
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
        _ if is_foreign_form(request.method(), request.headers()) => {
            Refused(lang, Refusal::FOREIGN_FORM).into_response()
        }
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

/// Whether a page of another site sent this, as its browser says: by `Sec-Fetch-Site`, or, if it is too old for that, by `Origin`. Who
/// says neither is no browser, and carries nobody's cookies. (The layer of tower-http decides alike, but writes addresses, and thus the
/// tokens in them, to the log.)
fn is_foreign_form(method: &Method, headers: &HeaderMap) -> bool {
    let told = |name| headers.get(name).map(HeaderValue::as_bytes).filter(|value| !value.is_empty());
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return false;
    }
    match (told(HeaderName::from_static("sec-fetch-site")), told(header::ORIGIN)) {
        (Some(site), _) => !matches!(site, b"same-origin" | b"none"),
        (None, None) => false,
        (None, Some(origin)) => {
            let sender = std::str::from_utf8(origin).ok().and_then(|origin| {
                origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"))
            });
            sender.is_none_or(|sender| Some(sender.as_bytes()) != told(header::HOST))
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_of_another_site_is_recognised_by_what_its_browser_says() {
        for (site, origin, foreign) in [
            ("same-origin", "https://elsewhere.example", false),
            ("none", "", false),
            ("cross-site", "https://cabas.example", true),
            ("same-site", "https://cabas.example", true),
            ("", "https://cabas.example", false),
            ("", "http://cabas.example", false),
            ("", "https://cabas.example:8443", true),
            ("", "https://elsewhere.example", true),
            ("", "https://cabas.example.elsewhere.example", true),
            ("", "null", true),
            ("", "cabas.example", true),
            ("", "", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("cabas.example"));
            headers.insert("sec-fetch-site", HeaderValue::from_static(site));
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            for method in [Method::POST, Method::PUT, Method::DELETE, Method::TRACE] {
                assert_eq!(is_foreign_form(&method, &headers), foreign, "{method} {site:?} {origin:?}");
            }
            assert!(!is_foreign_form(&Method::GET, &headers) && !is_foreign_form(&Method::HEAD, &headers));
        }
    }
}
