//! Reviews and complaints while they are written: of a store for its teams, of its own products for a supplier.

mod complaint;

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use complaint::ComplaintCard;
use futures::{StreamExt, stream};
use platform::Role;
use proto::reviews::v1::{
    Complaint, ListComplaintsRequest, ListReviewsRequest, ReplyToReviewRequest, Review, WatchReviewsRequest,
    WatchReviewsResponse,
};

use super::{Page, feed, form::Fields, form_id, places, render, show};
use crate::{
    app::{App, as_staff},
    error::Refused,
    session::Session,
    text::Lang,
};

/// Reviews and complaints on the page.
const SHOWN: i32 = 50;

const TEAM: &str = "/live/reviews";
const SUPPLIER: &str = "/supplier";

#[derive(Template)]
#[template(path = "reviews.html")]
struct ReviewsPage {
    page: Page,
    base: &'static str,
    cards: Vec<Shown>,
}

/// A card of the page.
enum Shown {
    Review(ReviewCard),
    Complaint(ComplaintCard),
}

#[derive(Template)]
#[template(path = "review_card.html")]
struct ReviewCard {
    card: Card,
}

/// A review as it is shown.
struct Card {
    lang: Lang,
    base: &'static str,
    review: Review,
    bought: String,
    sent: String,
    changed: String,
    replied: String,
    /// Identity of the reply form, for who may answer.
    reply_id: Option<String>,
}

impl Card {
    /// Says whether two pictures of a review are the same.
    fn version(&self) -> String {
        let replied = self.review.replied_time.map_or(0, |at| at.seconds);
        format!("{}.{replied}.{}", self.review.revision, self.review.refunded)
    }
}

pub async fn team(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
) -> Result<Response, Refused> {
    let title = lang.say("Les avis du magasin", "Reviews of the store");
    listed(&app, &session, Page::of(&session, lang, title).at(TEAM), TEAM).await
}

pub async fn supplier(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
) -> Result<Response, Refused> {
    let title = lang.say("Les avis sur vos produits", "Reviews of your products");
    listed(&app, &session, Page::of(&session, lang, title).at(SUPPLIER), SUPPLIER).await
}

async fn listed(app: &App, session: &Session, page: Page, base: &'static str) -> Result<Response, Refused> {
    let lang = page.lang;
    let mut cards = Vec::new();
    for entry in latest(app, session).await.map_err(Refused::by(lang))? {
        cards.push(shown(app, session, lang, entry).await);
    }
    Ok(render(&ReviewsPage { page, base, cards }))
}

/// A review or a complaint.
enum Entry {
    Review(Review),
    Complaint(Complaint),
}

impl Entry {
    /// What a feed tells; nothing, when it tells of something newer than this program.
    fn told(told: WatchReviewsResponse) -> Option<Self> {
        told.review.map(Self::Review).or(told.complaint.map(Self::Complaint))
    }

    /// When it was first sent: seconds and nanoseconds.
    fn sent(&self) -> (i64, i32) {
        let sent = match self {
            Self::Review(review) => review.submitted_time,
            Self::Complaint(complaint) => complaint.complained_time,
        };
        sent.map_or((0, 0), |sent| (sent.seconds, sent.nanos))
    }
}

/// The latest reviews and complaints together, the newest first.
async fn latest(app: &App, session: &Session) -> Result<Vec<Entry>, tonic::Status> {
    let reviews = as_staff(session, ListReviewsRequest { page_size: SHOWN, page_token: String::new() });
    let complaints = as_staff(session, ListComplaintsRequest { page_size: SHOWN, page_token: String::new() });
    let (mut by_review, mut by_complaint) = (app.reviews.clone(), app.reviews.clone());
    let (reviews, complaints) =
        tokio::try_join!(by_review.list_reviews(reviews), by_complaint.list_complaints(complaints))?;
    let mut entries: Vec<Entry> = reviews.into_inner().reviews.into_iter().map(Entry::Review).collect();
    entries.extend(complaints.into_inner().complaints.into_iter().map(Entry::Complaint));
    // Each list is in order, and stays so where two were sent at the same moment.
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.sent()));
    entries.truncate(usize::try_from(SHOWN).unwrap_or_default());
    Ok(entries)
}

async fn shown(app: &App, session: &Session, lang: Lang, entry: Entry) -> Shown {
    match entry {
        Entry::Review(review) => Shown::Review(ReviewCard { card: card(app, session, lang, review).await }),
        Entry::Complaint(complaint) => {
            Shown::Complaint(ComplaintCard::of(app, session, lang, complaint).await)
        }
    }
}

async fn card(app: &App, session: &Session, lang: Lang, review: Review) -> Card {
    let zone = places::zone(app, &review.store_code).await;
    let told = |at| show::moment(at, &zone, lang);
    Card {
        lang,
        base: if session.role == Role::Supplier { SUPPLIER } else { TEAM },
        // Reviews tell the day of the purchase alone, as the instant when it began.
        bought: show::date(review.purchased_time, &zone, lang),
        sent: told(review.submitted_time),
        changed: told(review.updated_time),
        replied: told(review.replied_time),
        reply_id: (session.role != Role::Attendant && review.reply.is_empty()).then(form_id),
        review,
    }
}

/// Each review as it is written, changed or answered, and each complaint as it is written or settled; first the latest, for what came between page and feed.
pub async fn feed(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
) -> Result<Response, Refused> {
    let watch = as_staff(&session, WatchReviewsRequest {});
    let told = app.reviews.clone().watch_reviews(watch).await.map_err(Refused::by(lang))?.into_inner();
    let missed = latest(&app, &session).await.map_err(Refused::by(lang))?;
    // The stream's end or refusal ends the feed; the page opens another.
    let told = told
        .take_while(|told| std::future::ready(told.is_ok()))
        .filter_map(|told| async { Entry::told(told.ok()?) });
    let entries = stream::iter(missed.into_iter().rev()).chain(told);
    let state = app.clone();
    let fragments = entries.filter_map(move |entry| {
        let (app, session) = (state.clone(), session.clone());
        async move {
            match shown(&app, &session, lang, entry).await {
                Shown::Review(card) => feed::fragment(&card),
                Shown::Complaint(card) => feed::fragment(&card),
            }
        }
    });
    Ok(feed::of(&app, fragments))
}

pub async fn reply_as_team(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
    Path(review_id): Path<String>,
    fields: Fields,
) -> Result<Response, Refused> {
    reply(&app, &session, lang, review_id, &fields, TEAM).await
}

pub async fn reply_as_supplier(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
    Path(review_id): Path<String>,
    fields: Fields,
) -> Result<Response, Refused> {
    reply(&app, &session, lang, review_id, &fields, SUPPLIER).await
}

async fn reply(
    app: &App,
    session: &Session,
    lang: Lang,
    review_id: String,
    fields: &Fields,
    base: &str,
) -> Result<Response, Refused> {
    let reply = fields.text("reply").replace("\r\n", "\n");
    let request = ReplyToReviewRequest { request_id: fields.request_id(), review_id, reply };
    app.reviews.clone().reply_to_review(as_staff(session, request)).await.map_err(Refused::by(lang))?;
    Ok(Redirect::to(base).into_response())
}
