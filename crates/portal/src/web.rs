//! The pages, and what they share.

use askama::Template;
use axum::{
    Router,
    extract::{DefaultBodyLimit, Path},
    middleware,
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use http::{StatusCode, header};

use crate::{
    app::App,
    error::{Refusal, Refused},
    guard,
    session::Session,
    text::Lang,
};

mod assets;
mod complaint;
mod dashboard;
mod deliveries;
mod desk;
mod feed;
mod form;
mod history;
mod live;
mod places;
mod refunds;
mod review;
mod show;
mod sign_in;
mod ticket;
mod tills;

pub use places::Places;

/// Largest form that is read.
const FORM_LIMIT: usize = 1 << 20;

/// What the frame of every page needs.
#[derive(Clone, Debug)]
pub struct Page {
    pub lang: Lang,
    pub title: String,
    /// Sign-in name and links of who is signed in.
    pub login: Option<String>,
    pub links: Vec<(&'static str, &'static str, &'static str)>,
    /// The link that leads here.
    pub here: &'static str,
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    page: Page,
}

#[derive(Template)]
#[template(path = "notice.html")]
struct Notice {
    page: Page,
}

/// Every route; each is one entry of the table of pages.
pub fn router(app: App) -> Router {
    routes()
        .fallback(
            |axum::Extension(lang): axum::Extension<Lang>| async move { Refused(lang, Refusal::NOT_FOUND) },
        )
        .layer(DefaultBodyLimit::max(FORM_LIMIT))
        .layer(middleware::from_fn_with_state(app.clone(), guard::admit))
        .with_state(app)
}

fn routes() -> Router<App> {
    Router::new()
        .route("/", get(home))
        .route("/health", get(|| async { "ok" }))
        .route("/assets/{name}", get(|Path(name): Path<String>| async move { assets::file(&name) }))
        .route("/sign-in", get(sign_in::form).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/avis", get(notice))
        .route("/r/{token}", get(review::form).post(review::send))
        .route("/s/{token}", get(complaint::form).post(complaint::send))
        .route("/t/{token}", get(ticket::door).post(ticket::show))
        .route("/t/training/{token}", get(ticket::practised_door).post(ticket::show_practised))
        .route("/desk", get(desk::search_form).post(desk::search))
        .route("/desk/members", get(desk::registration).post(desk::register))
        .route("/desk/members/{member_id}", get(desk::member).post(desk::correct))
        .route("/desk/members/{member_id}/cards", post(desk::issue_card))
        .route("/desk/cards/block", post(desk::block_card))
        .route("/desk/refunds", get(desk::refunds::list))
        .route("/desk/refunds/{refund_id}/pay-out", post(desk::refunds::pay_out))
        .route("/desk/refunds/{refund_id}/acquirer", post(desk::refunds::by_bank))
        .route("/desk/refunds/credits/{credit_id}", post(desk::refunds::settle))
        .route("/desk/sales", get(desk::sales::find))
        .route("/desk/sales/{sale_id}", get(desk::sales::open).post(desk::sales::give_back))
        .route("/desk/sales/{sale_id}/ticket", post(ticket::show_at_the_desk))
        .route("/refunds", get(refunds::list))
        .route("/refunds/{refund_request_id}/answer", post(refunds::answer))
        .route("/refunds/acquirer", get(refunds::acquirer::list))
        .route("/refunds/acquirer/{refund_id}", post(refunds::acquirer::settle))
        .route("/live/reviews", get(live::team))
        .route("/live/reviews/feed", get(live::feed))
        .route("/live/reviews/{review_id}/reply", post(live::reply_as_team))
        .route("/tills", get(tills::page))
        .route("/tills/feed", get(tills::feed))
        .route("/tills/{terminal_code}/lock", post(tills::lock))
        .route("/tills/baskets/{basket_id}", get(history::page))
        .route("/tills/{terminal_code}/mode", post(tills::set_mode))
        .route("/tills/calls/{intervention_id}/answer", post(tills::answer))
        .route("/supplier", get(live::supplier))
        .route("/supplier/feed", get(live::feed))
        .route("/supplier/{review_id}/reply", post(live::reply_as_supplier))
        .route("/dashboard", get(dashboard::page))
        .route("/dashboard/feed", get(dashboard::feed))
        .route("/deliveries", get(deliveries::list))
        .route("/deliveries/{delivery_id}/settle", post(deliveries::settle))
}

async fn home(axum::Extension(lang): axum::Extension<Lang>) -> Response {
    render(&Home { page: Page::new(lang, lang.say("Bienvenue", "Welcome")) })
}

async fn notice(axum::Extension(lang): axum::Extension<Lang>) -> Response {
    let title = lang.say("Comment vos avis sont recueillis", "How your reviews are collected");
    render(&Notice { page: Page::new(lang, title) })
}

impl Page {
    /// A page for anybody.
    pub fn new(lang: Lang, title: &str) -> Self {
        Self { lang, title: title.to_owned(), login: None, links: Vec::new(), here: "" }
    }

    /// A page of a signed-in person, with the links that the role opens.
    pub fn of(session: &Session, lang: Lang, title: &str) -> Self {
        let all = [
            ("/desk", "Accueil", "Desk"),
            ("/desk/sales", "Retours", "Returns"),
            ("/desk/refunds", "Remboursements", "Refunds"),
            ("/refunds", "Demandes de remboursement", "Refund requests"),
            ("/refunds/acquirer", "Par la banque", "By the bank"),
            ("/tills", "Caisses", "Tills"),
            ("/live/reviews", "Avis", "Reviews"),
            ("/supplier", "Mes produits", "My products"),
            ("/dashboard", "Tableau de bord", "Dashboard"),
            ("/deliveries", "Envois", "Deliveries"),
        ];
        let opens = |route: &str| matches!(platform::access::page(route), Some(platform::access::Page::Staff(roles)) if roles.contains(&session.role));
        Self {
            login: Some(session.account.login.clone()),
            links: all.into_iter().filter(|(route, _, _)| opens(route)).collect(),
            ..Self::new(lang, title)
        }
    }

    /// Marks the link that leads to this page.
    pub fn at(self, here: &'static str) -> Self {
        Self { here, ..self }
    }

    /// The stylesheet's address, which changes with its content.
    pub fn style(&self) -> String {
        assets::address("portal.css")
    }

    /// The address of a script.
    pub fn script(&self, name: &str) -> String {
        assets::address(name)
    }
}

/// A page, or the sentence that it could not be written.
pub fn render(template: &impl Template) -> Response {
    render_with(StatusCode::OK, template)
}

/// A page with a status of its own.
pub fn render_with(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(failure) => {
            tracing::error!(%failure, "a page could not be written");
            (StatusCode::INTERNAL_SERVER_ERROR, [(header::CONTENT_TYPE, "text/plain")], "internal error")
                .into_response()
        }
    }
}

/// A fresh identity of a request. A form carries it: sending the same form twice is one request.
pub fn form_id() -> String {
    uuid::Uuid::now_v7().to_string()
}
