//! Refunds that the card terminal of a till gives back: claimed by one till, asked for once, and reported or settled by a person.

use anyhow::Context;
use outbox::request::{self, Claim};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    app::{
        App,
        attendance::{self, Attendant},
        refund_payment::Cashier,
        tender, till,
    },
    domain::{
        attendance::{Decision, Intervention, Kind},
        id::{CreditId, RefundId, RequestKey, SaleId},
        refund_credit::{self, CreditError, Outcome, RefundCredit, State},
        refund_payment::{Method, NotPayable, PaidOut, Payer, RefundPayment},
    },
    error::Error,
    events,
    store::{
        self,
        sale::{SaleKey, Scope},
    },
};

/// More tills than a store has that have given a credit note of one number.
const MOST_TILLS: i64 = 200;

/// What the id of a credit stands for among the requests of its till: it was claimed, or the till has done with it before it was.
const CLAIMED: &[u8] = b"the claim of a credit";
const OVER: &[u8] = b"the end of a credit that was not claimed";

/// The till that calls.
#[derive(Clone, Copy, Debug)]
pub struct Giver<'a> {
    /// The identity of the caller, to which request ids belong.
    pub caller: &'a str,
    /// Its code.
    pub terminal_code: &'a str,
}

/// Which refund a till is to give back.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The credit, made by the till.
    pub credit_id: CreditId,
    /// The number of the credit note.
    pub number: i64,
    /// The till of the credit note; nothing where the number says enough.
    pub of_terminal: Option<&'a str>,
    /// The generation that the till was granted.
    pub generation: i64,
}

/// Claims a refund of the store for a till. Of two at once one gets it; a repeat gets what has become of the credit by then. None is begun
/// at a till that is to serve nobody, or by another machine than the till.
#[tracing::instrument(skip_all)]
pub async fn claim_refund_credit(
    app: &App,
    giver: Giver<'_>,
    request: RequestKey,
    wanted: Wanted<'_>,
) -> Result<(RefundPayment, RefundCredit), Error> {
    let store_code = till::store_of(app, giver.terminal_code)?;
    let mut tx = app.db.begin().await?;
    match request::claim(&mut tx, giver.caller, request.request_id, request.fingerprint.0).await? {
        Claim::Reused => return Err(Error::RequestIdReused),
        Claim::Repeat { .. } => return own(&mut tx, &store_code, giver, wanted.credit_id).await,
        Claim::First => {}
    }
    if store::till::is_locked(&mut tx, giver.terminal_code).await? {
        return Err(Error::Locked);
    }
    if store::claim::is_elsewhere(&mut tx, giver.terminal_code, wanted.generation).await? {
        return Err(Error::ClaimedElsewhere);
    }
    // Its till has said that it is over: the claim was on the way for too long.
    if mark(&mut tx, giver, wanted.credit_id, CLAIMED).await? == Claim::Reused {
        return Err(CreditError::Settled.into());
    }
    let refund_id = numbered(&mut tx, &store_code, wanted).await?;
    let mut refund = locked(&mut tx, &store_code, refund_id).await?;
    refund.check_payable()?;
    let note = &refund.credit_note;
    let moved = store::refund_credit::lock_moved(&mut tx, note.sale_id).await?;
    let moved = moved.of_each(&refund.payments);
    let (tender, amount) = refund_credit::next(refund.due_to_cards(), &refund.payments, &moved)?;
    let credit = RefundCredit {
        credit_id: wanted.credit_id,
        refund_id,
        sale_id: note.sale_id,
        terminal_code: giver.terminal_code.to_owned(),
        tender_id: tender.tender_id,
        amount,
        state: State::Asked,
        given: money::Cents::ZERO,
        brand: String::new(),
        pan_last4: String::new(),
        asked: app.now(),
        is_overdue: false,
    };
    if !store::refund_credit::begin(&mut tx, &store_code, &credit).await? {
        return Err(Error::RequestIdReused);
    }
    tx.commit().await?;
    refund.credits.push(credit.clone());
    Ok((refund, credit))
}

/// Notes what the card terminal of the till did, with its slip where that may be kept, and tells of what went back. Said again it changes
/// nothing. A credit that is unknown here is none for good: its claim is refused if it comes later.
#[tracing::instrument(skip_all)]
pub async fn report_refund_credit(
    app: &App,
    giver: Giver<'_>,
    request: RequestKey,
    credit_id: CreditId,
    (outcome, slip_text): (&Outcome, String),
) -> Result<(RefundPayment, RefundCredit), Error> {
    let store_code = till::store_of(app, giver.terminal_code)?;
    let catalogue = app.catalogue.current();
    let store = catalogue.store(&store_code).ok_or(Error::NotFound("store"))?;
    let slip_text = tender::kept_slip(app, store, giver.terminal_code, slip_text);
    let mut tx = app.db.begin().await?;
    let claim = request::claim(&mut tx, giver.caller, request.request_id, request.fingerprint.0).await?;
    if claim == Claim::Reused {
        return Err(Error::RequestIdReused);
    }
    let known = match own(&mut tx, &store_code, giver, credit_id).await {
        Err(Error::NotFound(missing)) => {
            // A claim that is still on its way either ends now, and is heard of, or comes too late for good.
            if mark(&mut tx, giver, credit_id, OVER).await? != Claim::Reused {
                tx.commit().await?;
                return Err(Error::NotFound(missing));
            }
            own(&mut tx, &store_code, giver, credit_id).await?.1
        }
        known => known?.1,
    };
    let mut refund = locked(&mut tx, &store_code, known.refund_id).await?;
    let mut credit = of(&refund, credit_id)?.clone();
    if claim == Claim::First && credit.report(outcome)? {
        let by = (giver.caller, Payer::Till(giver.terminal_code.to_owned()));
        conclude(app, &mut tx, &mut refund, &credit, &slip_text, by).await?;
    }
    tx.commit().await?;
    app.wake.wake();
    Ok((refund, credit))
}

/// Notes what a person has found of a credit that nobody knows of, and answers its till, which calls for one. A repeat gets the refund as it
/// is by then.
#[tracing::instrument(skip_all)]
pub async fn settle_refund_credit(
    app: &App,
    cashier: Cashier<'_>,
    request: RequestKey,
    credit_id: CreditId,
    went_back: bool,
) -> Result<RefundPayment, Error> {
    let mut tx = app.db.begin().await?;
    let claim = request::claim(&mut tx, cashier.caller, request.request_id, request.fingerprint.0).await?;
    if claim == Claim::Reused {
        return Err(Error::RequestIdReused);
    }
    let known = store::refund_credit::find(&mut tx, cashier.store_code, credit_id).await?;
    let known = known.ok_or(Error::NotFound("credit"))?;
    // The call before the refund, as whoever answers it does: nobody waits for each other.
    let call = lock_call(&mut tx, cashier.store_code, &known).await?;
    let mut refund = locked(&mut tx, cashier.store_code, known.refund_id).await?;
    let mut ended = Vec::new();
    if claim == Claim::First {
        let mut credit = of(&refund, credit_id)?.clone();
        if call.is_some() {
            // The till has said so with its call, if not before.
            credit.report(&Outcome::Unknown)?;
        }
        credit.settle(went_back)?;
        let by = (cashier.caller, Payer::Person(cashier.staff_id));
        conclude(app, &mut tx, &mut refund, &credit, "", by).await?;
        if let Some(call) = call {
            ended.push(answer(&mut tx, call, went_back, cashier.staff_id, app.now()).await?);
        }
    }
    tx.commit().await?;
    attendance::ended(app, &ended);
    app.wake.wake();
    Ok(refund)
}

/// The call of a till for a person who finds out what became of a credit, if it waits; nobody else answers it until the transaction ends.
async fn lock_call(
    tx: &mut PgConnection,
    store_code: &str,
    credit: &RefundCredit,
) -> Result<Option<Intervention>, Error> {
    let waiting = store::attendance::waiting_at(tx, &credit.terminal_code).await?;
    let is_of_it = |waits: &&Intervention| {
        waits.kind == Kind::RefundUnknown && waits.detail.attempt_id == Some(credit.credit_id.0)
    };
    let Some(waits) = waiting.iter().find(is_of_it) else { return Ok(None) };
    let call = store::attendance::find_to_answer(tx, store_code, waits.intervention_id).await?;
    Ok(call.filter(|call| call.answered.is_none()))
}

/// Answers the call of a till with what a person has found elsewhere, with its event.
async fn answer(
    tx: &mut PgConnection,
    mut call: Intervention,
    went_back: bool,
    by: Uuid,
    now: OffsetDateTime,
) -> Result<Intervention, Error> {
    call.answer(found(went_back), now)?;
    store::attendance::answer(tx, &call, Some(by)).await?;
    attendance::record(tx, &call).await?;
    Ok(call)
}

/// What a person says of a call who has found this.
fn found(went_back: bool) -> Decision {
    if went_back { Decision::Approve } else { Decision::Refuse }
}

/// The call that a till would raise, answered, where it is for a refund of which it is known by now what became of it.
pub(super) async fn settled(
    tx: &mut PgConnection,
    raised: &Intervention,
) -> Result<Option<Intervention>, Error> {
    let credit = of_call(tx, raised).await?.filter(|credit| !credit.state.is_open());
    let Some(credit) = credit else { return Ok(None) };
    let mut call = raised.clone();
    call.answer(found(credit.state == State::Done), raised.raised)?;
    Ok(Some(call))
}

/// Whether it is a refund of which nobody knows yet whether it went back.
pub(super) async fn is_open(tx: &mut PgConnection, waits: &Intervention) -> Result<bool, Error> {
    Ok(unknown(tx, waits).await?.is_some())
}

/// Notes what a person has decided of a refund of which nobody knows, whether its till is still there to say so or not. Nothing, where
/// somebody was first.
pub(super) async fn settle_as_decided(
    app: &App,
    tx: &mut PgConnection,
    attendant: Attendant<'_>,
    decided: &Intervention,
) -> Result<(), Error> {
    let (Some(known), Some((decision, _))) = (unknown(tx, decided).await?, decided.answered) else {
        return Ok(());
    };
    let mut refund = locked(tx, &decided.store_code, known.refund_id).await?;
    let mut credit = of(&refund, known.credit_id)?.clone();
    if !credit.state.is_open() {
        return Ok(());
    }
    // The till has said so with its call, if not before.
    credit.report(&Outcome::Unknown)?;
    credit.settle(decision == Decision::Approve)?;
    let by = (attendant.caller, Payer::Person(attendant.staff_id));
    conclude(app, tx, &mut refund, &credit, "", by).await
}

/// The credit of a call for a person, while it is open.
async fn unknown(tx: &mut PgConnection, waits: &Intervention) -> Result<Option<RefundCredit>, Error> {
    Ok(of_call(tx, waits).await?.filter(|credit| credit.state.is_open()))
}

/// The credit of a call for a person, whose id the till gave as that of what it asked.
async fn of_call(tx: &mut PgConnection, waits: &Intervention) -> Result<Option<RefundCredit>, Error> {
    let Some(credit_id) = waits.detail.attempt_id.filter(|_| waits.kind == Kind::RefundUnknown) else {
        return Ok(None);
    };
    let credit = store::refund_credit::find(tx, &waits.store_code, CreditId(credit_id)).await?;
    Ok(credit.filter(|credit| credit.terminal_code == waits.terminal_code))
}

/// Reads the slip of a credit, for its mail.
#[tracing::instrument(skip_all)]
pub async fn get_credit_slip(app: &App, sale_id: SaleId, credit_id: CreditId) -> Result<Vec<String>, Error> {
    let mut connection = app.db.acquire().await?;
    let slip = store::refund_credit::slip(&mut connection, sale_id, credit_id).await?;
    Ok(Some(slip.ok_or(Error::NotFound("credit"))?).filter(|slip| !slip.is_empty()).into_iter().collect())
}

/// Writes what has become of a credit; when money went back, with its event, and that the refund is paid when all of it did.
async fn conclude(
    app: &App,
    tx: &mut PgConnection,
    refund: &mut RefundPayment,
    credit: &RefundCredit,
    slip_text: &str,
    (caller, payer): (&str, Payer),
) -> Result<(), Error> {
    let now = app.now();
    store::refund_credit::settle(tx, credit, slip_text, caller, now).await?;
    if let Some(kept) = refund.credits.iter_mut().find(|kept| kept.credit_id == credit.credit_id) {
        kept.clone_from(credit);
    }
    if credit.state != State::Done {
        return Ok(());
    }
    if refund.due().is_zero() {
        let paid_out = PaidOut { by: payer, at: now };
        store::refund_payment::pay_out(tx, credit.refund_id, &paid_out).await?;
        refund.paid_out = Some(paid_out);
    }
    let sale = SaleKey::Sale(credit.sale_id);
    let ticket = store::sale::find(tx, &Scope::Everywhere, sale).await?.ok_or(Error::NotFound("sale"))?;
    let event = events::refund_paid_back(&refund.credit_note, &ticket, credit, now);
    Ok(outbox::record(tx, &event.context("the event of money that went back")?).await?)
}

/// The refund that a till is to give back. What was paid out is only named where nothing else bears the number.
async fn numbered(tx: &mut PgConnection, store_code: &str, wanted: Wanted<'_>) -> Result<RefundId, Error> {
    let mut found = store::refund_payment::numbered(tx, store_code, wanted.number, MOST_TILLS).await?;
    found.retain(|refund| wanted.of_terminal.is_none_or(|code| code == refund.credit_note.terminal_code));
    let is_due = |refund: &&RefundPayment| refund.paid_out.is_none() && refund.method == Method::Desk;
    let due: Vec<&RefundPayment> = found.iter().filter(is_due).collect();
    match (&due[..], found.is_empty()) {
        ([refund], _) => Ok(refund.credit_note.refund_id),
        ([], true) => Err(Error::NotFound("refund")),
        ([], false) => Err(NotPayable::PaidOut.into()),
        (_, _) => Err(CreditError::NumberUnclear.into()),
    }
}

/// Writes down what the id of a credit stands for, once; waits for whoever is doing so.
async fn mark(
    tx: &mut PgConnection,
    giver: Giver<'_>,
    credit_id: CreditId,
    meaning: &[u8],
) -> Result<Claim, Error> {
    Ok(request::claim(tx, giver.caller, credit_id.0, request::fingerprint(meaning)).await?)
}

/// A credit of the till, with its refund.
async fn own(
    tx: &mut PgConnection,
    store_code: &str,
    giver: Giver<'_>,
    credit_id: CreditId,
) -> Result<(RefundPayment, RefundCredit), Error> {
    let credit = store::refund_credit::find(tx, store_code, credit_id).await?;
    let credit = credit.filter(|credit| credit.terminal_code == giver.terminal_code);
    let credit = credit.ok_or(Error::NotFound("credit"))?;
    let refund = store::refund_payment::find(tx, store_code, credit.refund_id).await?;
    Ok((refund.ok_or(Error::NotFound("refund"))?, credit))
}

/// A refund that nobody else pays until the transaction ends.
async fn locked(
    tx: &mut PgConnection,
    store_code: &str,
    refund_id: RefundId,
) -> Result<RefundPayment, Error> {
    store::refund_payment::lock(tx, store_code, refund_id).await?;
    let refund = store::refund_payment::find(tx, store_code, refund_id).await?;
    refund.ok_or(Error::NotFound("refund"))
}

fn of(refund: &RefundPayment, credit_id: CreditId) -> Result<&RefundCredit, Error> {
    let credit = refund.credits.iter().find(|credit| credit.credit_id == credit_id);
    credit.ok_or(Error::NotFound("credit"))
}
