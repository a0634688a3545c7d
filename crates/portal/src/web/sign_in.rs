//! The door for staff and suppliers.

use std::net::SocketAddr;

use askama::Template;
use axum::{
    Extension,
    extract::{ConnectInfo, State},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode, header::SET_COOKIE};
use proto::membership::v1::{SignInRequest, SignOutRequest, StaffRole};
use tonic::Code;

use super::{Page, form::Fields, form_id, render_with};
use crate::{
    app::App,
    error::{Refusal, Refused},
    session::{self, COOKIE},
    text::Lang,
};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    page: Page,
    request_id: String,
    login: String,
    error: String,
}

pub async fn form(Extension(lang): Extension<Lang>) -> Response {
    shown(lang, StatusCode::OK, form_id(), String::new(), "")
}

pub async fn sign_in(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    fields: Fields,
) -> Response {
    let login = fields.text("login").to_lowercase();
    // A password is taken as typed, space and all.
    let request = SignInRequest {
        request_id: fields.request_id(),
        login: login.clone(),
        password: fields.raw("password"),
        source: app.sources.of(peer, &headers),
    };
    let answer = match app.staff.clone().sign_in(request).await {
        Ok(answer) => answer.into_inner(),
        Err(status) => {
            let (code, error) = match (status.code(), platform::status::reason(&status).as_deref()) {
                (_, Some("TOO_MANY_ATTEMPTS")) => (
                    StatusCode::TOO_MANY_REQUESTS,
                    lang.say(
                        "Trop d’essais. Attendez quelques minutes, puis recommencez.",
                        "Too many attempts. Wait a few minutes, then try again.",
                    ),
                ),
                (Code::Unauthenticated | Code::InvalidArgument | Code::NotFound, _) => (
                    StatusCode::UNPROCESSABLE_ENTITY,
                    lang.say(
                        "L’identifiant ou le mot de passe n’est pas le bon.",
                        "The name or the password is not the right one.",
                    ),
                ),
                _ => return Refused::by(lang)(status).into_response(),
            };
            // A new identity: the next attempt is another request.
            return shown(lang, code, form_id(), login, error);
        }
    };
    let first = match answer.account.map(|account| account.role()) {
        Some(StaffRole::Desk) => "/desk",
        Some(StaffRole::Attendant) => "/live/reviews",
        Some(StaffRole::Supplier) => "/supplier",
        Some(StaffRole::Manager) => "/dashboard",
        Some(StaffRole::Unspecified) | None => return Refused(lang, Refusal::FORBIDDEN).into_response(),
    };
    (AppendHeaders([(SET_COOKIE, session::opening(&answer.session_token))]), Redirect::to(first))
        .into_response()
}

pub async fn sign_out(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    headers: HeaderMap,
) -> Response {
    if let Some(token) = session::cookie(&headers, COOKIE).filter(|token| !token.is_empty()) {
        app.kept.forget(token);
        let request = SignOutRequest { request_id: form_id(), session_token: token.to_owned() };
        match app.staff.clone().sign_out(request).await {
            Ok(_) => {}
            // The session is over already, which is what was wanted.
            Err(status)
                if matches!(
                    status.code(),
                    Code::Unauthenticated | Code::NotFound | Code::InvalidArgument
                ) => {}
            // A session that lives on must not look ended.
            Err(status) => return Refused::by(lang)(status).into_response(),
        }
    }
    (AppendHeaders([(SET_COOKIE, session::ending())]), Redirect::to("/sign-in")).into_response()
}

fn shown(lang: Lang, code: StatusCode, request_id: String, login: String, error: &str) -> Response {
    let page = Page::new(lang, lang.say("Se connecter", "Sign in"));
    render_with(code, &SignIn { page, request_id, login, error: error.to_owned() })
}
