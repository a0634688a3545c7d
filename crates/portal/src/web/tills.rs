//! The tills of the store: what each is doing, why it waits and for how long, and what somebody decides about it.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use futures::StreamExt;
use proto::checkout::v1::{
    AnswerInterventionRequest, AuditedGoods, Intervention, InterventionDecision, InterventionKind,
    ListTillsRequest, LockTillRequest, SuspendedBasket, TillStage, TillState, WatchTillsRequest,
};
use time::OffsetDateTime;

use super::{Page, feed, form::Fields, form_id, places, render, show};
use crate::{
    app::{App, as_staff},
    error::{Refusal, Refused},
    session::Session,
    text::Lang,
};

mod finding;

/// As many tills as one store shows at once.
const MOST_TILLS: i32 = 200;

#[derive(Template)]
#[template(path = "tills.html")]
struct TillsPage {
    page: Page,
    list: List,
}

#[derive(Template)]
#[template(path = "till_list.html")]
struct Fragment {
    list: List,
}

/// The tills, written out; those where somebody waits come first.
struct List {
    lang: Lang,
    tills: Vec<Till>,
    suspended: Vec<Away>,
}

/// A basket that waits for its shopper.
struct Away {
    basket_id: String,
    till: String,
    since: String,
    articles: i64,
    seconds: i64,
    waited: String,
}

struct Till {
    code: String,
    stage: &'static str,
    locked: bool,
    silent: bool,
    lock_id: String,
    /// The basket it is at, or empty.
    basket_id: String,
    findings: Vec<String>,
    waiting: Vec<Waits>,
}

/// Something that waits, with what may be decided about it.
struct Waits {
    id: String,
    till: String,
    /// The basket it is about, or empty.
    basket_id: String,
    why: &'static str,
    /// What a decision needs to know.
    detail: String,
    seconds: i64,
    waited: String,
    form: Form,
    request_id: String,
}

/// Which buttons there are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Approval,
    Audit,
    Code,
    Payment,
    GivenBack,
    LateAnswer,
    SlipRefused,
    Done,
}

pub async fn page(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
) -> Result<Response, Refused> {
    let request = ListTillsRequest { page_size: MOST_TILLS, page_token: String::new() };
    let answer = app.attendance.clone().list_tills(as_staff(&session, request)).await;
    let told = answer.map_err(Refused::by(lang))?.into_inner();
    let zone = places::zone(&app, &session.account.store_code).await;
    let page = Page::of(&session, lang, lang.say("Les caisses", "Tills")).at("/tills");
    Ok(render(&TillsPage { page, list: List::of(told.tills, told.suspended, app.clock.now(), &zone, lang) }))
}

/// The whole list, whenever something changes in it.
pub async fn feed(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
) -> Result<Response, Refused> {
    let zone = places::zone(&app, &session.account.store_code).await;
    let watch = as_staff(&session, WatchTillsRequest {});
    let told = app.attendance.clone().watch_tills(watch).await.map_err(Refused::by(lang))?.into_inner();
    let told = told.take_while(|told| std::future::ready(told.is_ok()));
    let clock = app.clock.clone();
    let fragments = told.filter_map(move |told| {
        let list = told.ok().map(|told| List::of(told.tills, told.suspended, clock.now(), &zone, lang));
        std::future::ready(list.and_then(|list| feed::fragment(&Fragment { list })))
    });
    Ok(feed::of(&app, fragments))
}

/// Decides; the list is shown again, so that reloading it sends nothing.
pub async fn answer(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
    Path(intervention_id): Path<String>,
    fields: Fields,
) -> Result<Response, Refused> {
    let decision = match fields.text("decision").as_str() {
        "approve" => InterventionDecision::Approve,
        "refuse" => InterventionDecision::Refuse,
        "done" => InterventionDecision::Done,
        _ => return Err(Refused(lang, Refusal::BAD_FORM)),
    };
    let request = AnswerInterventionRequest {
        request_id: fields.request_id(),
        intervention_id,
        decision: decision.into(),
        product_code: fields.text("product_code"),
        pan_last4: fields.text("pan_last4"),
    };
    let answered = app.attendance.clone().answer_intervention(as_staff(&session, request)).await;
    answered.map_err(Refused::by(lang))?;
    Ok(Redirect::to("/tills").into_response())
}

/// Locks a till or opens it.
pub async fn lock(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
    Path(terminal_code): Path<String>,
    fields: Fields,
) -> Result<Response, Refused> {
    let locked = match fields.text("locked").as_str() {
        "yes" => true,
        "no" => false,
        _ => return Err(Refused(lang, Refusal::BAD_FORM)),
    };
    let request = LockTillRequest { request_id: fields.request_id(), terminal_code, locked };
    app.attendance.clone().lock_till(as_staff(&session, request)).await.map_err(Refused::by(lang))?;
    Ok(Redirect::to("/tills").into_response())
}

impl List {
    fn of(
        tills: Vec<TillState>,
        suspended: Vec<SuspendedBasket>,
        now: OffsetDateTime,
        zone: &str,
        lang: Lang,
    ) -> Self {
        let suspended = suspended.into_iter().map(|away| Away::of(away, now, zone, lang)).collect();
        let mut tills: Vec<Till> = tills.into_iter().map(|till| Till::of(till, now, zone, lang)).collect();
        tills.sort_by_key(|till| (till.waiting.is_empty(), till.findings.is_empty()));
        Self { lang, tills, suspended }
    }

    /// How many wait, for the ear too.
    fn waiting_words(&self) -> String {
        match self.tills.iter().map(|till| till.waiting.len()).sum::<usize>() {
            0 => self.lang.say("Personne n’attend.", "Nobody is waiting.").to_owned(),
            waiting => format!("{} {waiting}", self.lang.say("En attente\u{a0}:", "Waiting:")),
        }
    }
}

impl Away {
    fn of(away: SuspendedBasket, now: OffsetDateTime, zone: &str, lang: Lang) -> Self {
        let seconds = seconds_since(away.suspended_time, now);
        Self {
            since: show::moment(away.suspended_time, zone, lang),
            basket_id: away.basket_id,
            till: away.terminal_code,
            articles: away.article_count,
            seconds,
            waited: waited(seconds),
        }
    }
}

fn seconds_since(time: Option<prost_types::Timestamp>, now: OffsetDateTime) -> i64 {
    time.map_or(0, |time| now.unix_timestamp() - time.seconds).max(0)
}

impl Till {
    fn of(till: TillState, now: OffsetDateTime, zone: &str, lang: Lang) -> Self {
        Self {
            stage: stage(till.stage(), lang),
            locked: till.locked,
            silent: till.silent,
            lock_id: form_id(),
            findings: finding::all(&till, lang),
            basket_id: till.basket_id,
            waiting: till.waiting.into_iter().map(|waits| Waits::of(waits, now, zone, lang)).collect(),
            code: till.terminal_code,
        }
    }
}

fn stage(stage: TillStage, lang: Lang) -> &'static str {
    match stage {
        TillStage::Unspecified => lang.say("jamais vue", "never heard of"),
        TillStage::Starting => lang.say("démarre", "starting"),
        TillStage::Idle => lang.say("libre", "free"),
        TillStage::Scanning => lang.say("en cours d’achat", "shopping"),
        TillStage::Paying => lang.say("paiement en cours", "paying"),
        TillStage::Stopped => lang.say("arrêtée", "stopped"),
        TillStage::Paid => lang.say("vient d’être payée", "just paid"),
        TillStage::Locked => lang.say("fermée", "closed"),
    }
}

impl Waits {
    fn of(waits: Intervention, now: OffsetDateTime, zone: &str, lang: Lang) -> Self {
        let (why, form) = match waits.kind() {
            InterventionKind::PaymentUnknown => {
                (lang.say("Paiement inconnu", "Payment unknown"), Form::Payment)
            }
            InterventionKind::GiveBack => {
                (lang.say("Argent à rendre", "Money to give back"), Form::GivenBack)
            }
            InterventionKind::LateAnswer => (
                lang.say("Réponse tardive du terminal de paiement", "Late answer of the card terminal"),
                Form::LateAnswer,
            ),
            InterventionKind::SlipRefused => {
                (lang.say("Ticket de carte écarté", "Card slip left out"), Form::SlipRefused)
            }
            InterventionKind::SaleRefused => {
                (lang.say("Payé, mais vente refusée", "Paid, but the sale was refused"), Form::GivenBack)
            }
            InterventionKind::Approval => (lang.say("Âge à vérifier", "Age to check"), Form::Approval),
            InterventionKind::UnknownCode => (lang.say("Code inconnu", "Unknown code"), Form::Code),
            InterventionKind::Audit => (lang.say("Contrôle tiré au sort", "Drawn for a check"), Form::Audit),
            InterventionKind::Abandoned => (lang.say("Panier abandonné", "Basket abandoned"), Form::Done),
            InterventionKind::Help | InterventionKind::Unspecified => {
                (lang.say("Demande d’aide", "Help wanted"), Form::Done)
            }
        };
        let seconds = seconds_since(waits.raised_time, now);
        Self {
            detail: detail(&waits, zone, lang),
            till: waits.terminal_code,
            basket_id: waits.basket_id,
            id: waits.intervention_id,
            why,
            seconds,
            waited: waited(seconds),
            form,
            request_id: form_id(),
        }
    }
}

/// What a decision needs to know; of the shopper nothing.
fn detail(waits: &Intervention, zone: &str, lang: Lang) -> String {
    match waits.kind() {
        InterventionKind::Approval => {
            let born = show::day(&waits.born_until, lang);
            match lang {
                Lang::French => format!("Né(e) le {born} ou avant ({} ans).", waits.minimum_age),
                Lang::English => format!("Born on {born} or before ({} years).", waits.minimum_age),
            }
        }
        InterventionKind::UnknownCode => waits.code.clone(),
        InterventionKind::Audit => goods(&waits.goods),
        InterventionKind::Abandoned => show::amount(waits.amount_minor),
        InterventionKind::PaymentUnknown => {
            format!("{} · {}", show::amount(waits.amount_minor), show::moment(waits.asked_time, zone, lang))
        }
        InterventionKind::GiveBack
        | InterventionKind::SaleRefused
        | InterventionKind::LateAnswer
        | InterventionKind::SlipRefused => format!(
            "{} / {} · {}",
            show::amount(waits.paid_minor),
            show::amount(waits.amount_minor),
            show::moment(waits.asked_time, zone, lang)
        ),
        InterventionKind::Help | InterventionKind::Unspecified => String::new(),
    }
}

/// Goods with how much of them.
pub(super) fn goods(goods: &[AuditedGoods]) -> String {
    let shown = |goods: &AuditedGoods| {
        let measure = if goods.by_weight { "kg" } else { "unit" };
        format!("{} {}", goods.name, show::quantity(goods.quantity_milli, measure))
    };
    goods.iter().map(shown).collect::<Vec<_>>().join(", ")
}

/// `0:35`, `12:05`.
fn waited(seconds: i64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use proto::checkout::v1::TillFinding;

    use super::*;

    #[test]
    fn a_wait_is_told_in_minutes_and_seconds() {
        assert_eq!((waited(35), waited(725)), ("0:35".to_owned(), "12:05".to_owned()));
    }

    #[test]
    fn what_is_wrong_with_a_till_is_said_there_and_comes_before_the_tills_that_are_well() {
        let well = TillState { terminal_code: "LILLE-01".to_owned(), ..TillState::default() };
        let ill = TillState {
            terminal_code: "LILLE-02".to_owned(),
            findings: vec![TillFinding::CardTerminalSilent.into(), TillFinding::TicketUnprinted.into()],
            unprinted_sequence: 41,
            ..TillState::default()
        };
        let list =
            List::of(vec![well, ill], Vec::new(), OffsetDateTime::UNIX_EPOCH, "Europe/Paris", Lang::French);
        let shown = Fragment { list }.render().unwrap();
        assert!(
            shown.contains("le terminal de carte ne répond pas") && shown.contains("Le ticket 41"),
            "{shown}"
        );
        assert!(shown.find("till-LILLE-02").unwrap() < shown.find("till-LILLE-01").unwrap());
    }

    #[test]
    fn the_screen_says_a_date_of_birth_and_asks_nobody_for_an_age() {
        let waits = Intervention {
            kind: InterventionKind::Approval.into(),
            minimum_age: 18,
            born_until: "2008-05-02".to_owned(),
            ..Intervention::default()
        };
        assert_eq!(detail(&waits, "", Lang::French), "Né(e) le 02/05/2008 ou avant (18 ans).");
        assert_eq!(detail(&waits, "", Lang::English), "Born on 02 May 2008 or before (18 years).");
    }
}
