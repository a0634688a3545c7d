//! What stands behind "pas satisfait": lines of one sale that are given back on simple request.

use std::collections::BTreeSet;

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use proto::reviews::v1::{GetComplaintFormRequest, Invitation, SubmitComplaintRequest};

use super::{
    Page,
    form::{Fields, comment_flaw},
    form_id, render, render_with, show,
};
use crate::{
    app::App,
    error::{Refusal, Refused},
    text::Lang,
};

#[derive(Template)]
#[template(path = "complaint.html")]
struct ComplaintPage {
    page: Page,
    request_id: String,
    store: String,
    bought: String,
    until: String,
    lines: Vec<Line>,
    all_refunded: bool,
    /// Store credit is offered beside the desk.
    member: bool,
    to_credit: bool,
    comment: String,
    error: &'static str,
}

#[derive(Template)]
#[template(path = "complaint_confirm.html")]
struct ConfirmPage {
    page: Page,
    request_id: String,
    lines: Vec<Line>,
    total: String,
    payout: String,
    member: bool,
    to_credit: bool,
    comment: String,
}

#[derive(Template)]
#[template(path = "complaint_done.html")]
struct DonePage {
    page: Page,
    store: String,
    amount: String,
    waiting: bool,
    member: bool,
    to_credit: bool,
}

struct Line {
    line_id: i32,
    name: String,
    detail: String,
    amount: String,
    refunded: bool,
    chosen: bool,
}

/// The money waits at the desk.
const DESK: &str = "desk";
/// It is added to the member's store credit.
const STORE_CREDIT: &str = "store_credit";

/// What the form says.
#[derive(Default)]
struct Wish {
    line_ids: BTreeSet<i32>,
    payout: String,
    comment: String,
}

pub async fn form(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Path(token): Path<String>,
) -> Result<Response, Refused> {
    let invitation = invitation(&app, lang, token).await?;
    Ok(render(&page_of(lang, invitation, form_id(), Wish::default(), "")))
}

/// The first sending asks for a confirmation, the confirmation gives the money back.
pub async fn send(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response, Refused> {
    let mut wish = Wish::of(&fields);
    let invitation = invitation(&app, lang, token.clone()).await?;
    if fields.text("confirm") == "yes" {
        if !wish.has_payout(&invitation) {
            return Err(Refused(lang, Refusal::BAD_FORM));
        }
        return settled(&app, lang, token, invitation, fields.request_id(), wish).await;
    }
    if fields.has("edit") {
        return Ok(render(&page_of(lang, invitation, fields.request_id(), wish, "")));
    }
    let error = wish.flaw(lang);
    if !error.is_empty() {
        let page = page_of(lang, invitation, fields.request_id(), wish, error);
        return Ok(render_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    if wish.payout.is_empty() {
        wish.payout = DESK.to_owned();
    }
    if !wish.has_payout(&invitation) {
        return Err(Refused(lang, Refusal::BAD_FORM));
    }
    let chosen = || invitation.lines.iter().filter(|line| wish.line_ids.contains(&line.line_id));
    if chosen().count() != wish.line_ids.len() {
        return Err(Refused(lang, Refusal::BAD_FORM));
    }
    if chosen().any(|line| line.refunded) {
        return Err(Refused(lang, Refusal::ALREADY_REFUNDED));
    }
    let total = chosen().try_fold(0_i64, |sum, line| sum.checked_add(line.total_minor));
    let mut lines = lines(&invitation, &wish.line_ids);
    lines.retain(|line| line.chosen);
    Ok(render(&ConfirmPage {
        page: Page::new(lang, lang.say("Confirmez le remboursement", "Confirm the refund")),
        request_id: fields.request_id(),
        lines,
        total: show::amount(total.ok_or(Refused(lang, Refusal::DEFECT))?),
        member: invitation.member,
        to_credit: wish.to_credit(),
        payout: wish.payout,
        comment: wish.comment,
    }))
}

async fn settled(
    app: &App,
    lang: Lang,
    token: String,
    invitation: Invitation,
    request_id: String,
    wish: Wish,
) -> Result<Response, Refused> {
    let to_credit = wish.to_credit();
    let request = SubmitComplaintRequest {
        request_id,
        token,
        line_ids: wish.line_ids.into_iter().collect(),
        payout: wish.payout,
        comment: wish.comment,
    };
    let answer = app.reviews.clone().submit_complaint(request).await.map_err(Refused::by(lang))?.into_inner();
    let title = if answer.waiting {
        lang.say("Votre demande est enregistrée", "Your request is stored")
    } else {
        lang.say("Remboursement accepté", "Refund granted")
    };
    Ok(render(&DonePage {
        page: Page::new(lang, title),
        store: invitation.store_name,
        amount: show::amount(answer.amount_minor),
        waiting: answer.waiting,
        member: invitation.member,
        to_credit,
    }))
}

impl Wish {
    fn of(fields: &Fields) -> Self {
        Self {
            line_ids: fields.numbered("line.").map(|(line_id, _)| line_id).collect(),
            payout: fields.text("payout"),
            comment: fields.text("comment").replace("\r\n", "\n"),
        }
    }

    /// Whether the money can go back like this: store credit is a member's.
    fn has_payout(&self, invitation: &Invitation) -> bool {
        self.payout == DESK || (self.to_credit() && invitation.member)
    }

    fn to_credit(&self) -> bool {
        self.payout == STORE_CREDIT
    }

    fn flaw(&self, lang: Lang) -> &'static str {
        if self.line_ids.is_empty() {
            lang.say("Cochez au moins un article.", "Tick at least one product.")
        } else {
            comment_flaw(lang, &self.comment)
        }
    }
}

async fn invitation(app: &App, lang: Lang, token: String) -> Result<Invitation, Refused> {
    let request = GetComplaintFormRequest { token };
    let answer = app.reviews.clone().get_complaint_form(request).await.map_err(Refused::by(lang))?;
    Ok(answer.into_inner().invitation.unwrap_or_default())
}

fn lines(invitation: &Invitation, chosen: &BTreeSet<i32>) -> Vec<Line> {
    let line = |line: &proto::reviews::v1::PurchasedLine| Line {
        line_id: line.line_id,
        name: line.name.clone(),
        detail: show::quantity(line.quantity_milli, &line.sold_by),
        amount: show::amount(line.total_minor),
        refunded: line.refunded,
        chosen: chosen.contains(&line.line_id),
    };
    invitation.lines.iter().map(line).collect()
}

fn page_of(
    lang: Lang,
    invitation: Invitation,
    request_id: String,
    wish: Wish,
    error: &'static str,
) -> ComplaintPage {
    ComplaintPage {
        page: Page::new(lang, lang.say("Pas satisfait\u{a0}? Remboursé.", "Not satisfied? Refunded.")),
        request_id,
        bought: show::moment(invitation.completed_time, &invitation.time_zone, lang),
        until: show::moment(invitation.expiry_time, &invitation.time_zone, lang),
        lines: lines(&invitation, &wish.line_ids),
        all_refunded: invitation.lines.iter().all(|line| line.refunded),
        member: invitation.member,
        to_credit: wish.to_credit(),
        store: invitation.store_name,
        comment: wish.comment,
        error,
    }
}
