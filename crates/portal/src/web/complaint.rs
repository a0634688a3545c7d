//! What stands behind "pas satisfait": lines of one sale that are given back on simple request.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use proto::reviews::v1::{
    ComplaintPart, GetComplaintFormRequest, Invitation, PreviewComplaintRequest, PreviewComplaintResponse,
    PurchasedLine, SubmitComplaintRequest,
};
use tonic::Code;

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
    by_bank: bool,
    comment: String,
    error: &'static str,
}

#[derive(Template)]
#[template(path = "complaint_confirm.html")]
struct ConfirmPage {
    page: Page,
    request_id: String,
    lines: Vec<Line>,
    /// What will happen; nothing while checkout is out of reach.
    forecast: Option<Forecast>,
    /// What was asked for.
    payout: String,
    /// What no card paid goes to a member's store credit: how much is not said yet.
    member: bool,
    /// How the money goes back, as far as that is known: at the desk where it is neither.
    to_credit: bool,
    by_bank: bool,
    comment: String,
}

#[derive(Template)]
#[template(path = "complaint_done.html")]
struct DonePage {
    page: Page,
    store: String,
    amount: String,
    waiting: bool,
    /// A person of the store decides.
    deciding: bool,
    member: bool,
    /// How the money goes back; while it waits, how it was asked for.
    to_credit: bool,
    by_bank: bool,
    /// The bank was asked for, and cannot give all of it.
    turned: bool,
}

struct Line {
    line_id: i32,
    name: String,
    detail: String,
    amount: String,
    refunded: bool,
    chosen: bool,
    /// How many pieces can be given back, where that is more than one.
    pieces: Vec<i64>,
    /// How many of them are asked for; 0 for all.
    chosen_pieces: i64,
}

/// What will happen when the wish is sent.
struct Forecast {
    total: String,
    deciding: bool,
    /// How the money goes back.
    payout: String,
    /// The bank was asked for, and cannot give all of it.
    turned: bool,
    /// What of it goes to store credit though the money was asked for; empty for nothing.
    to_credit: String,
    /// What of it is handed over at the desk; empty for nothing.
    by_hand: String,
}

/// The money waits at the desk.
const DESK: &str = "desk";
/// It is added to the member's store credit.
const STORE_CREDIT: &str = "store_credit";
/// The bank gives it back to the card that paid.
const ACQUIRER: &str = "acquirer";
/// The longest list of pieces to choose from.
pub(super) const MOST_PIECES: i64 = 99;

/// What the form says.
#[derive(Default)]
struct Wish {
    /// The lines, and how many pieces of each; 0 for all that is left.
    pieces: BTreeMap<i32, i64>,
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
    let chosen = || invitation.lines.iter().filter(|line| wish.pieces.contains_key(&line.line_id));
    if chosen().count() != wish.pieces.len() {
        return Err(Refused(lang, Refusal::BAD_FORM));
    }
    if chosen().any(|line| line.refunded) {
        return Err(Refused(lang, Refusal::ALREADY_REFUNDED));
    }
    let mut lines = lines(&invitation, &wish.pieces);
    lines.retain(|line| line.chosen);
    let forecast = forecast(&app, lang, token, &wish).await?;
    let goes = forecast.as_ref().map_or(wish.payout.as_str(), |forecast| forecast.payout.as_str());
    Ok(render(&ConfirmPage {
        page: Page::new(lang, lang.say("Confirmez le remboursement", "Confirm the refund")),
        request_id: fields.request_id(),
        lines,
        member: invitation.member && forecast.as_ref().is_none_or(|forecast| forecast.to_credit.is_empty()),
        to_credit: goes == STORE_CREDIT,
        by_bank: goes == ACQUIRER,
        forecast,
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
    let wants_bank = wish.by_bank();
    let (whole, parts): (Vec<_>, Vec<_>) = wish.parts().partition(|part| part.quantity_milli == 0);
    let request = SubmitComplaintRequest {
        request_id,
        token,
        line_ids: whole.into_iter().map(|part| part.line_id).collect(),
        parts,
        payout: wish.payout,
        comment: wish.comment,
    };
    let answer = app.reviews.clone().submit_complaint(request).await.map_err(Refused::by(lang))?.into_inner();
    let title = if answer.waiting || answer.deciding {
        lang.say("Votre demande est enregistrée", "Your request is stored")
    } else {
        lang.say("Remboursement accepté", "Refund granted")
    };
    Ok(render(&DonePage {
        page: Page::new(lang, title),
        store: invitation.store_name,
        amount: show::amount(answer.amount_minor),
        waiting: answer.waiting,
        deciding: answer.deciding,
        member: invitation.member,
        to_credit: answer.payout == STORE_CREDIT,
        by_bank: answer.payout == ACQUIRER,
        turned: wants_bank && answer.payout == DESK,
    }))
}

/// What the wish will come to, as checkout sees it now.
async fn forecast(app: &App, lang: Lang, token: String, wish: &Wish) -> Result<Option<Forecast>, Refused> {
    let request =
        PreviewComplaintRequest { token, parts: wish.parts().collect(), payout: wish.payout.clone() };
    match app.reviews.clone().preview_complaint(request).await {
        Ok(answer) => {
            let PreviewComplaintResponse {
                amount_minor,
                store_credit_minor,
                deciding,
                payout,
                by_hand_minor,
            } = answer.into_inner();
            // All of it may go to store credit, whatever was asked for: no card paid the sale.
            let is_credit = amount_minor > 0 && store_credit_minor == amount_minor;
            let asked = if is_credit { STORE_CREDIT } else { wish.payout.as_str() };
            let payout = if is_credit || payout.is_empty() { asked.to_owned() } else { payout };
            Ok(Some(Forecast {
                total: show::amount(amount_minor),
                deciding,
                turned: wish.by_bank() && payout == DESK,
                payout,
                to_credit: show::amount_if_any(if is_credit { 0 } else { store_credit_minor }),
                by_hand: show::amount_if_any(by_hand_minor),
            }))
        }
        Err(status) if status.code() == Code::Unavailable => Ok(None),
        Err(status) => Err(Refused::by(lang)(status)),
    }
}

impl Wish {
    fn of(fields: &Fields) -> Self {
        let pieces = |line_id: i32| fields.text(&format!("pieces.{line_id}")).parse::<u16>();
        let asked = |(line_id, _)| (line_id, pieces(line_id).map_or(0, i64::from));
        Self {
            pieces: fields.numbered("line.").map(asked).collect(),
            payout: fields.text("payout"),
            comment: fields.text("comment").replace("\r\n", "\n"),
        }
    }

    fn parts(&self) -> impl Iterator<Item = ComplaintPart> {
        let part = |(line_id, pieces): (&i32, &i64)| ComplaintPart {
            line_id: *line_id,
            quantity_milli: pieces * 1_000,
        };
        self.pieces.iter().map(part)
    }

    /// Whether the money can go back like this: store credit is a member's.
    fn has_payout(&self, invitation: &Invitation) -> bool {
        self.payout == DESK || self.by_bank() || (self.to_credit() && invitation.member)
    }

    fn by_bank(&self) -> bool {
        self.payout == ACQUIRER
    }

    fn to_credit(&self) -> bool {
        self.payout == STORE_CREDIT
    }

    fn flaw(&self, lang: Lang) -> &'static str {
        if self.pieces.is_empty() {
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

/// Each with what is left of it; of one that is given back, with what it was.
fn lines(invitation: &Invitation, chosen: &BTreeMap<i32, i64>) -> Vec<Line> {
    let line = |line: &PurchasedLine| {
        let asked = chosen.get(&line.line_id).copied();
        let left = if line.refunded { line.quantity_milli } else { line.left_quantity_milli };
        let amount = if line.refunded { line.total_minor } else { line.left_minor };
        let pieces = if line.sold_by == "unit" && !line.refunded { left / 1_000 } else { 0 };
        Line {
            line_id: line.line_id,
            name: line.name.clone(),
            detail: show::quantity(left, &line.sold_by),
            amount: show::amount(amount),
            refunded: line.refunded,
            chosen: asked.is_some(),
            pieces: if pieces > 1 { (1..=pieces.min(MOST_PIECES)).collect() } else { Vec::new() },
            // All that is left is said without a number.
            chosen_pieces: asked.filter(|asked| *asked != pieces).unwrap_or(0),
        }
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
        lines: lines(&invitation, &wish.pieces),
        all_refunded: invitation.lines.iter().all(|line| line.refunded),
        member: invitation.member,
        to_credit: wish.to_credit(),
        by_bank: wish.by_bank(),
        store: invitation.store_name,
        comment: wish.comment,
        error,
    }
}
