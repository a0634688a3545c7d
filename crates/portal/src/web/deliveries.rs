//! What became of the mails; the desk settles what the mail server left open.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use futures::future::try_join_all;
use proto::receipt::v1::{Delivery, ListDeliveriesRequest, MailKind, MailState, SettleDeliveryRequest};
use tonic::Status;

use super::{Page, form::Fields, form_id, places, render, show};
use crate::{
    app::{App, as_staff},
    error::Refused,
    session::Session,
    text::Lang,
};

/// The states in the order in which somebody has to do something, and how many of each are shown.
const STATES: [(MailState, i32); 6] = [
    (MailState::Unknown, 200),
    (MailState::Failed, 50),
    (MailState::Queued, 50),
    (MailState::Sending, 50),
    (MailState::Sent, 20),
    (MailState::Other, 20),
];

#[derive(Template)]
#[template(path = "deliveries.html")]
struct DeliveriesPage {
    page: Page,
    groups: Vec<Group>,
}

struct Group {
    title: &'static str,
    advice: &'static str,
    /// A person has to say what happened.
    open: bool,
    more: bool,
    rows: Vec<Row>,
}

struct Row {
    delivery: Delivery,
    kind: &'static str,
    queued: String,
    request_id: String,
}

pub async fn list(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
) -> Result<Response, Refused> {
    let zone = places::zone(&app, &session.account.store_code).await;
    let groups = STATES.map(|(state, most)| group(&app, &session, lang, &zone, state, most));
    let groups = try_join_all(groups).await.map_err(Refused::by(lang))?;
    let page = Page::of(&session, lang, lang.say("Les envois", "Deliveries")).at("/deliveries");
    Ok(render(&DeliveriesPage { page, groups }))
}

async fn group(
    app: &App,
    session: &Session,
    lang: Lang,
    zone: &str,
    state: MailState,
    most: i32,
) -> Result<Group, Status> {
    let request = ListDeliveriesRequest { state: state.into(), page_size: most, page_token: String::new() };
    let answer = app.receipt.clone().list_deliveries(as_staff(session, request)).await?.into_inner();
    let rows = answer.deliveries.into_iter().map(|delivery| Row {
        kind: match delivery.kind() {
            MailKind::Receipt => lang.say("Ticket de caisse", "Receipt"),
            MailKind::CreditNote => lang.say("Avoir", "Credit note"),
            MailKind::PaidBack => lang.say("Versement sur carte", "Paid back to a card"),
            MailKind::Unspecified => lang.say("Autre", "Other"),
        },
        queued: show::moment(delivery.queued_time, zone, lang),
        request_id: form_id(),
        delivery,
    });
    let (title, advice) = words(lang, state);
    let more = !answer.next_page_token.is_empty();
    Ok(Group { title, advice, open: state == MailState::Unknown, more, rows: rows.collect() })
}

fn words(lang: Lang, state: MailState) -> (&'static str, &'static str) {
    match state {
        MailState::Unknown => (
            lang.say("Issue inconnue", "Outcome unknown"),
            lang.say(
                "La réponse du serveur de messagerie s’est perdue. Regardez dans son journal si l’e-mail est parti.",
                "The mail server’s answer was lost. Look into its log whether the mail has left.",
            ),
        ),
        MailState::Failed => (lang.say("Refusés", "Refused"), ""),
        MailState::Queued => (lang.say("En attente", "Waiting"), ""),
        MailState::Sending => (lang.say("En cours", "Being sent"), ""),
        MailState::Sent => (lang.say("Partis", "Sent"), ""),
        MailState::Other => (
            lang.say("Sans e-mail", "No e-mail"),
            lang.say("Personne n’attend d’e-mail pour ces achats.", "Nobody expects a mail for these."),
        ),
        MailState::Unspecified => (lang.say("Autres", "Others"), ""),
    }
}

pub async fn settle(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
    Path(delivery_id): Path<String>,
    fields: Fields,
) -> Result<Response, Refused> {
    let arrived = fields.yes_or_no("arrived").map_err(|refusal| Refused(lang, refusal))?;
    let request = SettleDeliveryRequest { request_id: fields.request_id(), delivery_id, arrived };
    app.receipt.clone().settle_delivery(as_staff(&session, request)).await.map_err(Refused::by(lang))?;
    Ok(Redirect::to("/deliveries").into_response())
}
