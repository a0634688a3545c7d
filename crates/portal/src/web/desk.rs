//! The welcome desk: finds and registers members, corrects their details, issues and blocks cards.
//!
//! Personal data travels in bodies alone, never in an address.

mod details;
pub mod refunds;
pub mod sales;

use askama::Template;
use axum::{
    Extension,
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use barcode::{CardNumber, ean13};
use details::Detail;
use http::StatusCode;
use proto::membership::v1::{
    BlockCardRequest, CardState, FindMembersRequest, GetMemberRequest, IssueCardRequest, Member,
    MemberDetails, RegisterMemberRequest, UpdateMemberRequest,
};
use tonic::Code;
use uuid::Uuid;

use super::{Page, form::Fields, form_id, places, render, render_with, show};
use crate::{
    app::{App, as_staff},
    error::{Refusal, Refused},
    session::Session,
    text::Lang,
};

#[derive(Template)]
#[template(path = "desk.html")]
struct DeskPage {
    page: Page,
    query: String,
    /// Nothing before the first search.
    found: Option<Vec<Found>>,
    next_page_token: String,
    error: &'static str,
}

struct Found {
    member_id: String,
    details: MemberDetails,
    cards: usize,
}

#[derive(Template)]
#[template(path = "registration.html")]
struct RegistrationPage {
    page: Page,
    request_id: String,
    details: Vec<Detail>,
    any_error: bool,
}

#[derive(Template)]
#[template(path = "member.html")]
struct MemberPage {
    page: Page,
    request_id: String,
    issue_id: String,
    member: Member,
    since: String,
    details: Vec<Detail>,
    refused: bool,
    cards: Vec<ShownCard>,
    notice: &'static str,
}

struct ShownCard {
    number: String,
    barcode: Option<String>,
    active: bool,
    issued: String,
    request_id: String,
}

pub async fn search_form(
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
) -> Response {
    searched(lang, &session, StatusCode::OK, String::new(), None, "")
}

pub async fn search(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
    fields: Fields,
) -> Result<Response, Refused> {
    let query = fields.text("query");
    let page_token = fields.text("page_token");
    let request = as_staff(&session, FindMembersRequest { query: query.clone(), page_size: 20, page_token });
    match app.members.clone().find_members(request).await {
        Ok(answer) => {
            let answer = answer.into_inner();
            let found = answer.members.into_iter().map(Found::from).collect();
            Ok(searched(lang, &session, StatusCode::OK, query, Some((found, answer.next_page_token)), ""))
        }
        Err(status) if status.code() == Code::InvalidArgument => {
            let error = lang.say(
                "Un numéro de carte, un e-mail, un téléphone ou le début du nom\u{a0}: 2 à 120 caractères.",
                "A card’s number, an e-mail, a telephone or the start of the last name: 2 to 120 characters.",
            );
            Ok(searched(lang, &session, StatusCode::UNPROCESSABLE_ENTITY, query, None, error))
        }
        Err(status) => Err(Refused::by(lang)(status)),
    }
}

fn searched(
    lang: Lang,
    session: &Session,
    code: StatusCode,
    query: String,
    found: Option<(Vec<Found>, String)>,
    error: &'static str,
) -> Response {
    let page = Page::of(session, lang, lang.say("Accueil", "Desk")).at("/desk");
    let (found, next_page_token) = found.map_or((None, String::new()), |(found, next)| (Some(found), next));
    render_with(code, &DeskPage { page, query, found, next_page_token, error })
}

impl From<Member> for Found {
    fn from(member: Member) -> Self {
        let active = member.cards.iter().filter(|card| card.state() == CardState::Active).count();
        Self { member_id: member.member_id, details: member.details.unwrap_or_default(), cards: active }
    }
}

pub async fn registration(
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
) -> Response {
    let empty = MemberDetails { country_code: "FR".to_owned(), ..MemberDetails::default() };
    let page = registration_page(lang, &session);
    render(&RegistrationPage {
        page,
        request_id: form_id(),
        details: details::shown(lang, &empty),
        any_error: false,
    })
}

fn registration_page(lang: Lang, session: &Session) -> Page {
    Page::of(session, lang, lang.say("Nouvel adhérent", "New member")).at("/desk")
}

pub async fn register(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
    fields: Fields,
) -> Result<Response, Refused> {
    let sent = details::sent(&fields);
    let request = RegisterMemberRequest {
        request_id: fields.request_id(),
        details: Some(sent.clone()),
        store_code: session.account.store_code.clone(),
    };
    match app.members.clone().register_member(as_staff(&session, request)).await {
        Ok(answer) => {
            let member = answer.into_inner().member.unwrap_or_default();
            Ok(to_member(&member.member_id, "registered"))
        }
        Err(status) => match details::refused(lang, &sent, &status) {
            Some(details) => {
                let page = registration_page(lang, &session);
                // Refused whole, so that the same identity serves the corrected form.
                let page =
                    RegistrationPage { page, request_id: fields.request_id(), details, any_error: true };
                Ok(render_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
            }
            None => Err(Refused::by(lang)(status)),
        },
    }
}

pub async fn member(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
    Path(member_id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let member = read(&app, &session, lang, member_id).await?;
    let outcome = query.iter().flat_map(|query| query.split('&')).find_map(|pair| pair.strip_prefix("done="));
    let notice = match outcome {
        Some("registered") => {
            lang.say("L’adhérent est inscrit, avec une première carte.", "Registered, with a first card.")
        }
        Some("saved") => lang.say("Les coordonnées sont enregistrées.", "The details are stored."),
        Some("issued") => lang.say("La nouvelle carte est prête.", "The new card is ready."),
        Some("blocked") => lang.say("La carte est bloquée.", "The card is blocked."),
        _ => "",
    };
    let mut page = member_page(&app, &session, lang, member).await;
    page.notice = notice;
    Ok(render(&page))
}

pub async fn correct(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
    Path(member_id): Path<String>,
    fields: Fields,
) -> Result<Response, Refused> {
    let sent = details::sent(&fields);
    let request = UpdateMemberRequest {
        request_id: fields.request_id(),
        member_id: member_id.clone(),
        details: Some(sent.clone()),
    };
    match app.members.clone().update_member(as_staff(&session, request)).await {
        Ok(_) => Ok(to_member(&member_id, "saved")),
        Err(status) => match details::refused(lang, &sent, &status) {
            Some(details) => {
                let member = read(&app, &session, lang, member_id).await?;
                let mut page = member_page(&app, &session, lang, member).await;
                page.details = details;
                page.refused = true;
                page.request_id = fields.request_id();
                Ok(render_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
            }
            None => Err(Refused::by(lang)(status)),
        },
    }
}

pub async fn issue_card(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
    Path(member_id): Path<String>,
    fields: Fields,
) -> Result<Response, Refused> {
    let request = IssueCardRequest {
        request_id: fields.request_id(),
        member_id: member_id.clone(),
        block_others: fields.has("block_others"),
        store_code: session.account.store_code.clone(),
    };
    app.members.clone().issue_card(as_staff(&session, request)).await.map_err(Refused::by(lang))?;
    Ok(to_member(&member_id, "issued"))
}

pub async fn block_card(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
    fields: Fields,
) -> Result<Response, Refused> {
    let request = BlockCardRequest {
        request_id: fields.request_id(),
        card_number: fields.text("card_number"),
        store_code: session.account.store_code.clone(),
    };
    app.members.clone().block_card(as_staff(&session, request)).await.map_err(Refused::by(lang))?;
    Ok(to_member(&fields.text("member_id"), "blocked"))
}

/// Back to the member's page, so that reloading it sends nothing again.
fn to_member(member_id: &str, outcome: &str) -> Response {
    match Uuid::parse_str(member_id) {
        Ok(member_id) => Redirect::to(&format!("/desk/members/{member_id}?done={outcome}")).into_response(),
        Err(_) => Redirect::to("/desk").into_response(),
    }
}

async fn read(app: &App, session: &Session, lang: Lang, member_id: String) -> Result<Member, Refused> {
    if Uuid::parse_str(&member_id).is_err() {
        return Err(Refused(lang, Refusal::NOT_FOUND));
    }
    let request = as_staff(session, GetMemberRequest { member_id });
    let answer = app.members.clone().get_member(request).await.map_err(Refused::by(lang))?;
    Ok(answer.into_inner().member.unwrap_or_default())
}

async fn member_page(app: &App, session: &Session, lang: Lang, member: Member) -> MemberPage {
    let zone = places::zone(app, &session.account.store_code).await;
    let cards = member.cards.iter().map(|card| ShownCard {
        barcode: CardNumber::parse(&card.card_number).ok().map(ean13::svg),
        active: card.state() == CardState::Active,
        issued: show::moment(card.issued_time, &zone, lang),
        request_id: form_id(),
        number: card.card_number.clone(),
    });
    let given = member.details.clone().unwrap_or_default();
    MemberPage {
        page: Page::of(session, lang, &format!("{} {}", given.first_name, given.last_name)).at("/desk"),
        request_id: form_id(),
        issue_id: form_id(),
        since: show::moment(member.registered_time, &zone, lang),
        details: details::shown(lang, &given),
        refused: false,
        cards: cards.collect(),
        notice: "",
        member,
    }
}
