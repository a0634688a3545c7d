//! What waits at the tills for a person: raised by what happens to baskets, decided by people of the store.

use std::sync::LazyLock;

use caisse_ap::{NotProven, Proven, Typed};
use opentelemetry::{KeyValue, metrics::Histogram};
use outbox::request::{self, Claim};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    app::{
        App, audit,
        basket::{resolved, unfoldable},
        hold, refund_credit,
        till::raised,
    },
    domain::{
        attendance::{AnswerError, Decision, Detail, Intervention, Kind},
        basket::{Basket, BasketError, Edit, Entry, UnknownCode},
        id::RequestKey,
        log::{Log, Shown},
        scan::{Counter, Wanted},
    },
    error::Error,
    events, store,
};

pub(super) mod deserted;
mod picture;
pub(super) mod removal;

pub use picture::{Picture, Till, list_basket_edits, list_tills, watch_tills};

static WAIT: LazyLock<Histogram<u64>> = LazyLock::new(|| {
    let meter = opentelemetry::global::meter("checkout");
    let wait = meter.u64_histogram("attendance.wait").with_unit("ms");
    wait.with_description("time from a call to its answer, by kind and decision").build()
});

/// Who decides.
#[derive(Clone, Copy, Debug)]
pub struct Attendant<'a> {
    /// The identity of the caller, to which request ids belong.
    pub caller: &'a str,
    /// The staff account.
    pub staff_id: Uuid,
    /// The store of that account: nobody else's tills and requests are there.
    pub store_code: &'a str,
    /// Their sign-in has ended, and the centre that would renew it is out of reach.
    pub has_ended: bool,
}

/// What somebody decides.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// About what.
    pub intervention_id: Uuid,
    /// How.
    pub decision: Decision,
    /// The age that whoever approves has read.
    pub minimum_age: u8,
    /// The product that an unknown code is.
    pub product_code: &'a str,
    /// What was found of a payment that was made.
    pub paid: Typed<'a>,
}

/// Decides about what waits: the basket, the record of who decided when, and the event are one transaction. A repeat gets the
/// first answer; whoever comes second learns that it was answered.
#[tracing::instrument(skip_all)]
pub async fn answer_intervention(
    app: &App,
    attendant: Attendant<'_>,
    request: RequestKey,
    answer: Answer<'_>,
) -> Result<Intervention, Error> {
    let mut tx = app.db.begin().await?;
    let claim = request::claim(&mut tx, attendant.caller, request.request_id, request.fingerprint.0).await?;
    let found = store::attendance::find(&mut tx, attendant.store_code, answer.intervention_id).await?;
    let found = found.ok_or(Error::NotFound("intervention"))?;
    match claim {
        Claim::Reused => return Err(Error::RequestIdReused),
        Claim::Repeat { .. } => return Ok(found),
        Claim::First => {}
    }
    // The basket before what waits there, as its edits do: nobody waits for each other.
    if let Some(key) = key_of(&found) {
        store::basket::lock(&mut tx, key).await?;
    }
    let found =
        store::attendance::find_to_answer(&mut tx, attendant.store_code, answer.intervention_id).await?;
    let mut decided = found.ok_or(Error::NotFound("intervention"))?;
    if attendant.has_ended && decided.kind.wants_sign_in() {
        return Err(AnswerError::SignInEnded.into());
    }
    decided.answer(answer.decision, app.now())?;
    let minimum_age = decided.detail.minimum_age;
    if answer.decision == Decision::Approve && answer.minimum_age < minimum_age {
        return Err(AnswerError::AgeRaised { minimum_age }.into());
    }
    if decided.kind == Kind::PaymentUnknown && answer.decision == Decision::Approve {
        prove(&mut decided.detail, answer.paid)?;
    }
    store::attendance::answer(&mut tx, &decided, Some(attendant.staff_id)).await?;
    record(&mut tx, &decided).await?;
    let mut ended = vec![decided.clone()];
    let scanned = scanned(&mut tx, &decided).await?;
    if let Some(edit) = edit(app, &decided, attendant, answer, &scanned)? {
        ended.extend(edit_basket(app, &mut tx, &decided, request, edit).await?);
    }
    ended.extend(deserted::settle(app, &mut tx, &decided).await?);
    refund_credit::settle_as_decided(app, &mut tx, attendant, &decided).await?;
    tx.commit().await?;
    self::ended(app, &ended);
    Ok(decided)
}

/// Keeps what somebody found of a payment, when it proves that it was made. Where no machine told of it, it may have been a part of what was
/// due, and is what they found.
fn prove(detail: &mut Detail, typed: Typed<'_>) -> Result<(), Error> {
    let asked = detail.amount;
    let proven = match detail.untold {
        true => Proven::typed_up_to(typed, asked),
        false => Proven::typed(typed, asked).map(|proven| (proven, asked)),
    };
    let (proven, amount) = proven.map_err(|refused| {
        if matches!(refused, NotProven::CardNumber { .. }) {
            tracing::error!("somebody typed a whole card number; it is kept nowhere");
        }
        Error::field(refused.field(), refused.to_string())
    })?;
    detail.amount = amount;
    proven.pan_last4.as_str().clone_into(&mut detail.pan_last4);
    detail.authorisation = proven.authorisation;
    proven.brand.name().clone_into(&mut detail.brand);
    detail.proof = Some(proven.proof.as_str().to_owned());
    Ok(())
}

fn key_of(intervention: &Intervention) -> Option<store::basket::Key<'_>> {
    let basket_id = intervention.basket_id?;
    Some(store::basket::Key { terminal_code: &intervention.terminal_code, basket_id })
}

/// All that the scanner sent of the code that waits, or nothing.
async fn scanned(tx: &mut PgConnection, decided: &Intervention) -> Result<String, Error> {
    let Some((key, line_id)) = key_of(decided).zip(decided.detail.line_id) else { return Ok(String::new()) };
    let log = store::basket::load(tx, key).await?.ok_or(Error::NotFound("basket"))?;
    Ok(log.scanned(line_id).map_err(unfoldable)?.unwrap_or_default())
}

/// What the decision changes in the basket, if it does.
fn edit(
    app: &App,
    decided: &Intervention,
    attendant: Attendant<'_>,
    answer: Answer<'_>,
    scanned: &str,
) -> Result<Option<Edit>, Error> {
    let by = attendant.staff_id;
    let line_id = decided.detail.line_id.unwrap_or_default();
    Ok(match (decided.kind, answer.decision) {
        (Kind::Approval, Decision::Approve) => {
            Some(Edit::Approve { minimum_age: decided.detail.minimum_age, by })
        }
        (Kind::Approval, _) => Some(Edit::RefuseGoods { by }),
        (Kind::UnknownCode, Decision::Approve) => {
            let catalogue = app.catalogue.current();
            let counter =
                Counter { catalogue: &catalogue, store_code: &decided.store_code, now: app.clock.now() };
            Some(resolved(counter, line_id, scanned, answer.product_code, Wanted::default())?)
        }
        (Kind::UnknownCode, _) => Some(Edit::Remove { line_id }),
        (Kind::Audit, decision) => {
            Some(Edit::EndAudit { clean: decision == Decision::Approve, by: Some(by), recount: None })
        }
        _ => None,
    })
}

/// Appends what a person decided, whatever version the till holds: it learns of the newer one.
async fn edit_basket(
    app: &App,
    tx: &mut PgConnection,
    decided: &Intervention,
    request: RequestKey,
    edit: Edit,
) -> Result<Vec<Intervention>, Error> {
    let key = key_of(decided).ok_or(Error::NotFound("basket"))?;
    let entry = Entry::attended(request, app.clock.now(), edit);
    let Some(log) = store::basket::append(tx, key, &entry, 0, None).await? else {
        let log = store::basket::load(tx, key).await?.ok_or(Error::NotFound("basket"))?;
        log.refusal(&entry.edit, 0)?;
        return Err(Error::Unavailable(anyhow::anyhow!("the basket changed meanwhile")));
    };
    let shown = log.shown()?;
    follow(app, tx, decided.terminal_code.as_str(), &log, &shown, &entry).await
}

/// What an edit of a basket means to the people of the store: raised or over, in the transaction of the edit. Most edits mean
/// nothing to them, and cost nothing here.
pub(super) async fn follow(
    app: &App,
    tx: &mut PgConnection,
    terminal_code: &str,
    log: &Log,
    shown: &Shown,
    entry: &Entry,
) -> Result<Vec<Intervention>, Error> {
    let now = app.now();
    let may_end_a_wait = match &entry.edit {
        Edit::Resolve { .. }
        | Edit::RefuseGoods { .. }
        | Edit::Suspend { .. }
        | Edit::Cancel
        | Edit::Abandon => true,
        // Most baskets never had anything that waits for a person: taking a line out costs them no query.
        Edit::Remove { .. } => log.entries.iter().any(|entry| entry.edit.may_wait_for_a_person()),
        _ => false,
    };
    let mut ended = Vec::new();
    if may_end_a_wait {
        let waiting = store::attendance::waiting_at(tx, terminal_code).await?;
        let own = waiting.into_iter().filter(|waits| waits.basket_id == Some(log.basket_id));
        let own: Vec<Intervention> = own.collect();
        // Money that may have been taken has to be looked after first.
        if entry.edit == Edit::Abandon && own.iter().any(|waits| waits.kind.is_payment()) {
            return Err(BasketError::Frozen.into());
        }
        let over = own.into_iter().filter(|waits| is_over(waits, &entry.edit, &shown.basket)).collect();
        ended = withdraw(tx, over, now).await?;
    }
    for (kind, detail) in raised_by(&entry.edit, shown) {
        let raised = raised(&log.store_code, terminal_code, Some(log.basket_id), kind, detail, now);
        store::attendance::raise(tx, &raised).await?;
    }
    if let Edit::EndAudit { clean, by: None, recount } = &entry.edit {
        ended.extend(audit::looked_at_the_till(tx, terminal_code, log, *clean, *recount, now).await?);
    }
    // What was practised is told to nobody.
    if shown.basket.state.is_closed() && !shown.training {
        let event = events::basket_ended(terminal_code, log, shown, now);
        outbox::record(tx, &event.map_err(anyhow::Error::new)?).await?;
    }
    Ok(ended)
}

/// Whether nobody waits for it at this till after the edit. What waits in a suspended basket goes with it, and waits again where it
/// is resumed.
fn is_over(waits: &Intervention, edit: &Edit, basket: &Basket) -> bool {
    let leaves = matches!(edit, Edit::Suspend { .. } | Edit::Cancel | Edit::Abandon);
    match waits.kind {
        Kind::Approval => leaves || basket.approval_needed().is_none(),
        Kind::UnknownCode => {
            let is_it = |code: &UnknownCode| Some(code.line_id) == waits.detail.line_id;
            leaves || !basket.unknown_codes.iter().any(is_it)
        }
        Kind::Help | Kind::Audit => leaves,
        _ => false,
    }
}

/// What begins to wait for a person with the edit.
fn raised_by(edit: &Edit, shown: &Shown) -> Vec<(Kind, Detail)> {
    let basket = &shown.basket;
    let approval = || {
        let detail = |minimum_age| (Kind::Approval, Detail { minimum_age, ..Detail::default() });
        basket.approval_needed().map(detail)
    };
    let unknown = |code: &UnknownCode| {
        let line_id = Some(code.line_id);
        (Kind::UnknownCode, Detail { code: code.code.clone(), line_id, ..Detail::default() })
    };
    match edit {
        Edit::ScanUnknown { .. } => {
            let scanned = basket.unknown_codes.iter().filter(|code| code.line_id == basket.touched_line);
            scanned.map(unknown).collect()
        }
        Edit::Scan { .. } | Edit::Resolve { .. } if edit.may_wait_for_a_person() => {
            approval().into_iter().collect()
        }
        Edit::Resume { .. } => {
            let goods = || Detail { goods: hold::goods(basket), ..Detail::default() };
            let audit = basket.audit_waits().then(|| (Kind::Audit, goods()));
            basket.unknown_codes.iter().map(unknown).chain(approval()).chain(audit).collect()
        }
        // Goods of unknown codes alone lie there as well.
        Edit::Abandon | Edit::Expire if !basket.lines.is_empty() || !basket.unknown_codes.is_empty() => {
            vec![(Kind::Abandoned, Detail { amount: shown.priced.total, ..Detail::default() })]
        }
        _ => Vec::new(),
    }
}

/// Ends what waits no more, with the event of each.
pub(super) async fn withdraw(
    tx: &mut PgConnection,
    mut over: Vec<Intervention>,
    now: OffsetDateTime,
) -> Result<Vec<Intervention>, Error> {
    over.iter_mut().for_each(|intervention| intervention.withdraw(now));
    end(tx, over).await
}

/// Writes what is over, with the event of each that nobody ended first.
pub(super) async fn end(tx: &mut PgConnection, over: Vec<Intervention>) -> Result<Vec<Intervention>, Error> {
    let mut ended = Vec::new();
    for intervention in over {
        if store::attendance::answer(tx, &intervention, None).await? {
            record(tx, &intervention).await?;
            ended.push(intervention);
        }
    }
    Ok(ended)
}

pub(super) async fn record(tx: &mut PgConnection, answered: &Intervention) -> Result<(), Error> {
    if answered.training {
        return Ok(());
    }
    let event = events::till_attended(answered).map_err(anyhow::Error::new)?;
    Ok(outbox::record(tx, &event).await?)
}

/// After the commit: the waits are measured, and the events go out.
pub(super) fn ended(app: &App, ended: &[Intervention]) {
    for intervention in ended.iter().filter(|intervention| !intervention.training) {
        let Some((decision, _)) = intervention.answered else { continue };
        let attributes = [
            KeyValue::new("cabas.intervention.kind", intervention.kind.as_str()),
            KeyValue::new("cabas.intervention.decision", decision.as_str()),
        ];
        WAIT.record(intervention.waited_ms().unwrap_or_default(), &attributes);
    }
    if !ended.is_empty() {
        app.wake.wake();
    }
}
