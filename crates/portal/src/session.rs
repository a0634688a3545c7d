//! Who is signed in: a cookie that only membership can read.

mod kept;

pub use kept::Kept;

use http::{HeaderMap, header};
use platform::Role;
use proto::membership::v1::{GetSessionRequest, StaffAccount, StaffRole};
use tonic::{Code, Status, metadata::AsciiMetadataValue};

use crate::app::App;

/// The session's cookie. The prefix makes browsers refuse it from elsewhere and without TLS; they make an exception for loopback.
pub const COOKIE: &str = "__Host-cabas-session";

/// A signed-in person, as membership knows it at this moment.
#[derive(Clone, Debug)]
pub struct Session {
    pub account: StaffAccount,
    pub role: Role,
    /// What the other services believe, for minutes.
    pub assertion: AsciiMetadataValue,
}

/// The cookie that opens a session.
pub fn opening(token: &str) -> String {
    format!("{COOKIE}={token}; Path=/; HttpOnly; Secure; SameSite=Lax")
}

/// The cookie that ends it.
pub fn ending() -> String {
    format!("{COOKIE}=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0")
}

/// The value of a cookie of the request.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// Asks membership whose session the request carries; nobody, when it carries none or it is over.
pub async fn of(app: &App, headers: &HeaderMap) -> Result<Option<Session>, Status> {
    let Some(token) = cookie(headers, COOKIE).filter(|token| !token.is_empty()) else { return Ok(None) };
    if let Some(session) = app.kept.while_silent(token) {
        return Ok(Some(session));
    }
    let answer = app.staff.clone().get_session(GetSessionRequest { session_token: token.to_owned() }).await;
    let answer = match answer {
        Ok(answer) => answer.into_inner(),
        Err(status)
            if matches!(status.code(), Code::Unauthenticated | Code::NotFound | Code::InvalidArgument) =>
        {
            app.kept.forget(token);
            return Ok(None);
        }
        Err(status) => return app.kept.instead(token, status).map(Some),
    };
    let account = answer.account.ok_or_else(|| Status::internal("a session without an account"))?;
    let role = match account.role() {
        StaffRole::Desk => Role::Desk,
        StaffRole::Attendant => Role::Attendant,
        StaffRole::Supplier => Role::Supplier,
        StaffRole::Manager => Role::Manager,
        StaffRole::Unspecified => return Ok(None),
    };
    let assertion =
        answer.assertion.parse().map_err(|_| Status::internal("an assertion that is not ASCII"))?;
    let session = Session { account, role, assertion };
    app.kept.keep(token, &session);
    Ok(Some(session))
}
