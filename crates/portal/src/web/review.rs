//! What stands behind "noter vos achats": the products of one sale, each with a note and a comment.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    Extension,
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use http::StatusCode;
use proto::reviews::v1::{GetInvitationRequest, Invitation, LineReview, SubmitReviewsRequest};

use super::{
    Page,
    form::{Fields, comment_flaw},
    form_id, render, render_with, show,
};
use crate::{app::App, error::Refused, text::Lang};

#[derive(Template)]
#[template(path = "review.html")]
struct ReviewPage {
    page: Page,
    request_id: String,
    store: String,
    bought: String,
    until: String,
    products: Vec<Product>,
    nothing_said: bool,
    incomplete: bool,
}

struct Product {
    line_id: i32,
    name: String,
    detail: String,
    refunded: bool,
    rating: i32,
    comment: String,
    /// What is wrong with this product's entry, or nothing.
    error: &'static str,
}

#[derive(Template)]
#[template(path = "review_thanks.html")]
struct ThanksPage {
    page: Page,
    token: String,
    store: String,
    until: String,
}

/// What was typed for a line.
#[derive(Clone, Default)]
struct Entry {
    rating: i32,
    comment: String,
}

pub async fn form(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Path(token): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let invitation = invitation(&app, lang, token.clone()).await?;
    if query.is_some_and(|query| query.split('&').any(|pair| pair == "merci=1")) {
        let page = Page::new(lang, lang.say("Merci pour votre avis", "Thank you for your review"));
        let until = show::moment(invitation.expiry_time, &invitation.time_zone, lang);
        return Ok(render(&ThanksPage { page, token, store: invitation.store_name, until }));
    }
    Ok(render(&page_of(lang, invitation, form_id(), None)))
}

pub async fn send(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response, Refused> {
    let entries = entries(&fields);
    let reviews: Vec<LineReview> = entries
        .iter()
        .filter(|(_, entry)| entry.rating != 0)
        .map(|(line_id, entry)| LineReview {
            line_id: *line_id,
            rating: entry.rating,
            comment: entry.comment.clone(),
        })
        .collect();
    if reviews.is_empty() || entries.values().any(|entry| !flaw(lang, entry).is_empty()) {
        let page = page_of(lang, invitation(&app, lang, token).await?, fields.request_id(), Some(&entries));
        return Ok(render_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let request = SubmitReviewsRequest { request_id: fields.request_id(), token: token.clone(), reviews };
    app.reviews.clone().submit_reviews(request).await.map_err(Refused::by(lang))?;
    Ok(Redirect::to(&format!("/r/{token}?merci=1")).into_response())
}

async fn invitation(app: &App, lang: Lang, token: String) -> Result<Invitation, Refused> {
    let answer = app
        .reviews
        .clone()
        .get_invitation(GetInvitationRequest { token })
        .await
        .map_err(Refused::by(lang))?;
    Ok(answer.into_inner().invitation.unwrap_or_default())
}

fn entries(fields: &Fields) -> BTreeMap<i32, Entry> {
    let mut entries: BTreeMap<i32, Entry> = BTreeMap::new();
    for (line_id, rating) in fields.numbered("rating.") {
        // What is no number is no note either: the service refuses it by name.
        entries.entry(line_id).or_default().rating = rating.parse().unwrap_or(-1);
    }
    for (line_id, comment) in fields.numbered("comment.") {
        // Browsers end lines with two characters and count one.
        entries.entry(line_id).or_default().comment = comment.replace("\r\n", "\n").trim().to_owned();
    }
    entries
}

/// Nothing of what was written gets lost in silence.
fn flaw(lang: Lang, entry: &Entry) -> &'static str {
    if entry.rating == 0 && !entry.comment.is_empty() {
        lang.say("Ajoutez une note à ce commentaire.", "Add a note to this comment.")
    } else {
        comment_flaw(lang, &entry.comment)
    }
}

fn page_of(
    lang: Lang,
    invitation: Invitation,
    request_id: String,
    typed: Option<&BTreeMap<i32, Entry>>,
) -> ReviewPage {
    let products = invitation.lines.into_iter().map(|line| {
        let given = Entry { rating: line.rating, comment: line.comment };
        let entry = typed.map_or(given, |typed| typed.get(&line.line_id).cloned().unwrap_or_default());
        let amount = show::amount(line.total_minor);
        Product {
            line_id: line.line_id,
            name: line.name,
            detail: format!("{} · {amount}", show::quantity(line.quantity_milli, &line.sold_by)),
            refunded: line.refunded,
            error: if typed.is_some() { flaw(lang, &entry) } else { "" },
            rating: entry.rating,
            comment: entry.comment,
        }
    });
    ReviewPage {
        page: Page::new(lang, lang.say("Notez vos achats", "Rate what you bought")),
        request_id,
        bought: show::moment(invitation.completed_time, &invitation.time_zone, lang),
        until: show::moment(invitation.expiry_time, &invitation.time_zone, lang),
        store: invitation.store_name,
        incomplete: typed.is_some_and(|typed| typed.values().any(|entry| !flaw(lang, entry).is_empty())),
        products: products.collect(),
        nothing_said: typed.is_some_and(|typed| typed.values().all(|entry| entry.rating == 0)),
    }
}
