//! The tills of the store: what each is doing, why it waits and for how long, and what somebody decides about it.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use caisse_ap::Brand;
use futures::StreamExt;
use money::Cents;
use platform::{Role, access};
use proto::checkout::v1::{
    AnswerInterventionRequest, InterventionDecision, ListTillsRequest, LockTillRequest, SetTillModeRequest,
    SuspendedBasket, TillStage, TillState, WatchTillsRequest,
};
use time::OffsetDateTime;
use tonic::Status;

use super::{Page, feed, form::Fields, form_id, places, render, show};
use crate::{
    app::{App, as_staff},
    error::{Refusal, Refused},
    session::Session,
    text::Lang,
};

mod finding;
mod waits;

use waits::{Form, Waits};

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
    suspended: Vec<Suspended>,
    /// Whoever reads it turns tills to training and back.
    sets_modes: bool,
}

/// A basket that waits for its shopper.
struct Suspended {
    basket_id: String,
    till: String,
    since: String,
    articles: i64,
    training: bool,
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
    /// Its next basket is opened in training.
    trains: bool,
    /// What is to be said of that.
    training: Option<&'static str>,
    mode_id: String,
    waiting: Vec<Waits>,
}

pub async fn page(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
) -> Result<Response, Refused> {
    let request = ListTillsRequest { page_size: MOST_TILLS, page_token: String::new() };
    let answer = app.checkout_of(&session).attendance.list_tills(as_staff(&session, request)).await;
    let told = answer.map_err(Refused::by(lang))?.into_inner();
    let zone = places::zone(&app, &session.account.store_code).await;
    let page = Page::of(&session, lang, lang.say("Les caisses", "Tills")).at("/tills");
    let list = List::of(told.tills, told.suspended, app.clock.now(), &zone, lang, session.role);
    Ok(render(&TillsPage { page, list }))
}

/// The whole list, whenever something changes in it.
pub async fn feed(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
) -> Result<Response, Refused> {
    let watch = as_staff(&session, WatchTillsRequest {});
    let told = app
        .checkout_of(&session)
        .attendance
        .watch_tills(watch)
        .await
        .map_err(Refused::by(lang))?
        .into_inner();
    let told = told.take_while(|told| std::future::ready(told.is_ok()));
    let (of_app, role, store_code) = (app.clone(), session.role, session.account.store_code);
    let fragments = told.filter_map(move |told| {
        let (app, store_code) = (of_app.clone(), store_code.clone());
        async move {
            let told = told.ok()?;
            // Asked for until it is known: a feed that began while checkout was away learns it as well.
            let zone = places::zone(&app, &store_code).await;
            let list = List::of(told.tills, told.suspended, app.clock.now(), &zone, lang, role);
            feed::fragment(&Fragment { list })
        }
    });
    Ok(feed::of(&app, Box::pin(fragments)))
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
        minimum_age: fields.text("minimum_age").parse().unwrap_or_default(),
        product_code: fields.text("product_code"),
        pan_last4: fields.text("pan_last4"),
        authorisation: fields.text("authorisation"),
        brand: fields.text("brand"),
        amount_minor: typed_amount(&fields).ok_or(Refused(lang, Refusal::OTHER_AMOUNT))?,
    };
    let answered =
        app.checkout_of(&session).attendance.answer_intervention(as_staff(&session, request)).await;
    answered.map_err(|status| Refused(lang, refusal(&status)))?;
    Ok(Redirect::to("/tills").into_response())
}

/// The amount that somebody has read on a slip, in cents; 0 when none was typed, nothing when it is no amount.
fn typed_amount(fields: &Fields) -> Option<i64> {
    match fields.text("amount").as_str() {
        "" => Some(0),
        typed => Cents::parse(typed).ok().map(Cents::get).filter(|amount| *amount > 0),
    }
}

/// What is typed wrong of a slip is said as such.
fn refusal(status: &Status) -> Refusal {
    match platform::status::field(status).as_deref() {
        Some("amount_minor") => Refusal::OTHER_AMOUNT,
        Some("pan_last4" | "authorisation" | "brand") => Refusal::NOT_PROVEN,
        _ => Refusal::from(status),
    }
}

/// Locks a till or opens it.
pub async fn lock(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
    Path(terminal_code): Path<String>,
    fields: Fields,
) -> Result<Response, Refused> {
    let locked = fields.yes_or_no("locked").map_err(|refusal| Refused(lang, refusal))?;
    let request = LockTillRequest { request_id: fields.request_id(), terminal_code, locked };
    app.checkout_of(&session)
        .attendance
        .lock_till(as_staff(&session, request))
        .await
        .map_err(Refused::by(lang))?;
    Ok(Redirect::to("/tills").into_response())
}

/// Turns a till to training or back to selling.
pub async fn set_mode(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
    Path(terminal_code): Path<String>,
    fields: Fields,
) -> Result<Response, Refused> {
    let training = fields.yes_or_no("training").map_err(|refusal| Refused(lang, refusal))?;
    let request = SetTillModeRequest { request_id: fields.request_id(), terminal_code, training };
    app.checkout_of(&session)
        .training
        .set_till_mode(as_staff(&session, request))
        .await
        .map_err(Refused::by(lang))?;
    Ok(Redirect::to("/tills").into_response())
}

impl List {
    fn of(
        tills: Vec<TillState>,
        suspended: Vec<SuspendedBasket>,
        now: OffsetDateTime,
        zone: &str,
        lang: Lang,
        role: Role,
    ) -> Self {
        let suspended = suspended.into_iter().map(|basket| Suspended::of(basket, now, zone, lang)).collect();
        let mut tills: Vec<Till> = tills.into_iter().map(|till| Till::of(till, now, zone, lang)).collect();
        tills.sort_by_key(|till| (till.waiting.is_empty(), till.findings.is_empty()));
        let page = access::page("/tills/{terminal_code}/mode");
        let sets_modes = matches!(page, Some(access::Page::Staff(roles)) if roles.contains(&role));
        Self { lang, tills, suspended, sets_modes }
    }

    /// The card schemes that a slip may show.
    fn brands() -> impl Iterator<Item = &'static str> {
        Brand::ALL.into_iter().filter(|brand| *brand != Brand::Other).map(Brand::name)
    }

    /// How many wait, for the ear too.
    fn waiting_words(&self) -> String {
        match self.tills.iter().map(|till| till.waiting.len()).sum::<usize>() {
            0 => self.lang.say("Personne n’attend.", "Nobody is waiting.").to_owned(),
            waiting => format!("{} {waiting}", self.lang.say("En attente\u{a0}:", "Waiting:")),
        }
    }
}

impl Suspended {
    fn of(basket: SuspendedBasket, now: OffsetDateTime, zone: &str, lang: Lang) -> Self {
        let seconds = show::seconds_since(basket.suspended_time, now);
        Self {
            since: show::moment(basket.suspended_time, zone, lang),
            basket_id: basket.basket_id,
            till: basket.terminal_code,
            articles: basket.article_count,
            training: basket.training,
            seconds,
            waited: show::waited(seconds),
        }
    }
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
            trains: till.training,
            training: training(till.training, till.training_shown, lang),
            mode_id: form_id(),
            waiting: till.waiting.into_iter().map(|waits| Waits::of(waits, now, zone, lang)).collect(),
            code: till.terminal_code,
        }
    }

    /// The basket it is at, where nobody who waits there leads to it already.
    fn basket(&self) -> Option<&str> {
        let is_linked = self.waiting.iter().any(|waits| waits.basket_id == self.basket_id);
        (!self.basket_id.is_empty() && !is_linked).then_some(&self.basket_id)
    }
}

/// What the office wants of a till, and what its screen says already.
fn training(wanted: bool, shown: bool, lang: Lang) -> Option<&'static str> {
    match (wanted, shown) {
        (false, false) => None,
        (true, true) => Some(lang.say("en formation", "training")),
        (true, false) => {
            Some(lang.say("en formation dès le prochain panier", "training from the next basket on"))
        }
        (false, true) => {
            Some(lang.say("en formation jusqu’à la fin du panier", "training until this basket ends"))
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

#[cfg(test)]
mod tests {
    use proto::checkout::v1::{Intervention, InterventionKind, TillFinding};

    use super::*;

    #[test]
    fn what_is_wrong_with_a_till_is_said_there_and_comes_before_the_tills_that_are_well() {
        let well = TillState { terminal_code: "LILLE-01".to_owned(), ..TillState::default() };
        let ill = TillState {
            terminal_code: "LILLE-02".to_owned(),
            findings: vec![TillFinding::CardTerminalSilent.into(), TillFinding::TicketUnprinted.into()],
            unprinted_sequence: 41,
            ..TillState::default()
        };
        let (now, lang) = (OffsetDateTime::UNIX_EPOCH, Lang::French);
        let list = List::of(vec![well, ill], Vec::new(), now, "Europe/Paris", lang, Role::Attendant);
        let shown = Fragment { list }.render().unwrap();
        assert!(
            shown.contains("le terminal de carte ne répond pas") && shown.contains("Le ticket 41"),
            "{shown}"
        );
        assert!(shown.find("till-LILLE-02").unwrap() < shown.find("till-LILLE-01").unwrap());
    }

    #[test]
    fn a_payment_of_which_no_machine_told_may_be_a_part_and_its_amount_is_asked_for_once() {
        let (now, lang) = (OffsetDateTime::UNIX_EPOCH, Lang::French);
        for amount_untold in [true, false] {
            let waits = Intervention {
                kind: InterventionKind::PaymentUnknown.into(),
                amount_minor: 2_400,
                amount_untold,
                ..Intervention::default()
            };
            let till = TillState { waiting: vec![waits], ..TillState::default() };
            let list = List::of(vec![till], Vec::new(), now, "Europe/Paris", lang, Role::Attendant);
            let shown = Fragment { list }.render().unwrap();
            assert_eq!(shown.matches("name=\"amount\"").count(), 1, "{shown}");
            for said in ["au plus 24,00", "peut-être une partie", "Montant payé"] {
                assert_eq!(shown.contains(said), amount_untold, "{said}: {shown}");
            }
        }
    }
}
