//! A frozen basket whose till is another machine by now: what a person or the bank finds of its payment ends it here, for nobody at
//! the till can.

use anyhow::anyhow;
use caisse_ap::{Proof, Proven, Typed};
use money::Cents;
use outbox::request;
use sqlx::{Connection, PgConnection};
use time::OffsetDateTime;
use uuid::Uuid;

use super::key_of;
use crate::{
    app::{
        App,
        basket::{self, Command},
        sale::{self, Written},
        tender,
        till::raised,
    },
    domain::{
        attendance::{Decision, Detail, Intervention, Kind, Stage},
        basket::{Basket, BasketError, Edit, Entry, State},
        id::{BasketId, Fingerprint, RequestKey, TenderId},
        log::{Log, Shown},
        payment::{Card, CardKind, Given, Means, Tender, Tenders},
        wall,
    },
    error::Error,
    store::{self, deserted::Left},
};

/// Under whose name it sells.
const CALLER: &str = "checkout";

/// Whether a basket is frozen.
pub(in crate::app) async fn is_frozen(tx: &mut PgConnection, waits: &Intervention) -> Result<bool, Error> {
    Ok(frozen(tx, waits).await?.is_some())
}

/// Ends the basket as its payment was settled: sold, when that pays what is due; else what is held goes back, store credit at once
/// and cards by a person, and then it is cancelled. Nothing, where the till is at the basket: it learns of the answer and goes on.
pub(in crate::app) async fn settle(
    app: &App,
    tx: &mut PgConnection,
    decided: &Intervention,
) -> Result<Vec<Intervention>, Error> {
    let Some(basket_id) = decided.basket_id.filter(|_| decided.kind.is_payment()) else {
        return Ok(Vec::new());
    };
    if !is_deserted(tx, decided).await? {
        return Ok(Vec::new());
    }
    let Some(basket) = frozen(tx, decided).await? else { return Ok(Vec::new()) };
    end(app, tx, decided, command(decided, basket_id), basket).await
}

async fn end(
    app: &App,
    tx: &mut PgConnection,
    decided: &Intervention,
    command: Command<'_>,
    mut basket: Basket,
) -> Result<Vec<Intervention>, Error> {
    let is_paid = decided.answered.is_some_and(|(decision, _)| decision == Decision::Approve);
    let mut ended = Vec::new();
    if is_paid {
        let given = given(app, decided);
        if basket.tenders.due() == given.tender.amount {
            sell(app, tx, command, Some(&given)).await?;
            return Ok(ended);
        }
        let (shown, over) = edit(app, tx, command, Edit::TakeTender { given: Box::new(given) }).await?;
        basket = shown.basket;
        ended.extend(over);
    }
    ended.extend(let_go(app, tx, command, decided, &basket).await?);
    Ok(ended)
}

fn command(of: &Intervention, basket_id: BasketId) -> Command<'_> {
    command_under(of.intervention_id, &of.terminal_code, basket_id)
}

/// What checkout itself does to a basket, of whatever version and whichever machine.
pub(super) fn command_under(request_id: Uuid, terminal_code: &str, basket_id: BasketId) -> Command<'_> {
    let fingerprint = Fingerprint(request::fingerprint(request_id.as_bytes()));
    Command {
        terminal_code,
        basket_id,
        version: 0,
        request: RequestKey { request_id, fingerprint },
        generation: None,
    }
}

/// Looks at the frozen baskets that a till has left. What a person has said of a payment, and no machine has heard, is carried out here;
/// and where a machine that is the till no more began one, and nobody was called to it, somebody is. A basket that cannot be ended
/// stands in nobody's way: the till sells on, and it is looked at again when the till goes to the next one.
pub(in crate::app) async fn look_behind(
    app: &App,
    tx: &mut PgConnection,
    terminal_code: &str,
    at: Option<BasketId>,
    generation: i64,
) -> Result<Vec<Intervention>, Error> {
    let mut ended = Vec::new();
    let left = store::deserted::lock_left(tx, terminal_code, at).await?;
    if left.is_empty() {
        return Ok(ended);
    }
    store::deserted::make_durable(tx).await?;
    for left in left {
        let mut attempt = tx.begin().await?;
        match end_or_call(app, &mut attempt, terminal_code, left, generation).await {
            Ok(over) => {
                attempt.commit().await?;
                ended.extend(over);
            }
            Err(error) => {
                attempt.rollback().await?;
                let basket_id = left.basket_id;
                tracing::error!(terminal_code, %basket_id, %error, "a basket that was left does not end");
            }
        }
    }
    Ok(ended)
}

/// The last payment of a frozen basket, where it was found to be made and nothing has followed from it: the machine that asked for it is
/// gone, and the journal with which the till starts may be an older copy.
pub(in crate::app) async fn found_paid(
    tx: &mut PgConnection,
    terminal_code: &str,
    basket_id: BasketId,
) -> Result<Option<Intervention>, Error> {
    let key = store::basket::Key { terminal_code, basket_id };
    let Some(log) = store::basket::load(tx, key).await? else { return Ok(None) };
    let basket = log.shown().map_err(basket::unfoldable)?.basket;
    let Some(begun) = begun(&log).filter(|_| basket.state == State::Frozen) else { return Ok(None) };
    let payments = store::attendance::payments_since(tx, terminal_code, basket_id, begun).await?;
    Ok(payments.into_iter().next_back().filter(|decided| is_unheard_as_paid(decided, &basket.tenders)))
}

/// Refuses to open or give up a frozen basket for a till that does not know what it asked for, while nobody else knows it either: its
/// journal may be an old copy. A payment that was found to be made is carried out first, for that till hears of it in no other way.
pub(in crate::app) async fn refuse_unasked(app: &App, asked: Command<'_>) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    store::basket::lock(&mut tx, asked.key()).await?;
    let Some(log) = store::basket::load(&mut tx, asked.key()).await? else { return Ok(()) };
    let basket = log.shown().map_err(basket::unfoldable)?.basket;
    let Some(begun) = begun(&log).filter(|_| basket.state == State::Frozen) else { return Ok(()) };
    let payments =
        store::attendance::payments_since(&mut tx, asked.terminal_code, asked.basket_id, begun).await?;
    if payments.iter().any(|waits| waits.answered.is_none()) {
        return Err(BasketError::Frozen.into());
    }
    if let Some(decided) = payments.last().filter(|decided| is_unheard_as_paid(decided, &basket.tenders)) {
        let over = end(app, &mut tx, decided, command(decided, asked.basket_id), basket.clone()).await?;
        tx.commit().await?;
        super::ended(app, &over);
        app.wake.wake();
    }
    Ok(())
}

async fn end_or_call(
    app: &App,
    tx: &mut PgConnection,
    terminal_code: &str,
    left: Left,
    generation: i64,
) -> Result<Vec<Intervention>, Error> {
    let key = store::basket::Key { terminal_code, basket_id: left.basket_id };
    let Some(log) = store::basket::load(tx, key).await? else { return Ok(Vec::new()) };
    let basket = log.shown().map_err(basket::unfoldable)?.basket;
    let Some(begun) = begun(&log) else { return Ok(Vec::new()) };
    let payments = store::attendance::payments_since(tx, terminal_code, left.basket_id, begun).await?;
    if payments.iter().any(|waits| waits.answered.is_none()) {
        return Ok(Vec::new());
    }
    if let Some(decided) = payments.last().filter(|decided| is_unheard(decided, left, &basket.tenders)) {
        return end(app, tx, decided, command(decided, left.basket_id), basket).await;
    }
    // A report may be older than the payment that its machine began; that of another machine is not, nor is one whose payment began
    // before it was kept which machine begins it.
    match left.begun_generation {
        Some(began) if began >= generation => Ok(Vec::new()),
        Some(_) | None => call(app, tx, terminal_code, &log, &basket, begun).await,
    }
}

/// When the payment began, in whole milliseconds, as tills say it.
fn begun(log: &Log) -> Option<OffsetDateTime> {
    let begins = |entry: &&Entry| matches!(entry.edit, Edit::BeginPayment { .. });
    let time = log.entries.iter().rev().find(begins)?.time;
    time.replace_nanosecond(time.nanosecond() / 1_000_000 * 1_000_000).ok()
}

/// Whether nothing has followed from what a person said: the tender of a payment that was made is not there; and of one that was not made
/// the till was not told, for otherwise it may have asked for another. Where it was not kept yet what the till was told, nobody knows.
fn is_unheard(decided: &Intervention, left: Left, tenders: &Tenders) -> bool {
    match decided.answered {
        Some((Decision::Approve, _)) => is_unheard_as_paid(decided, tenders),
        Some((Decision::Refuse, _)) => {
            let is_kept = left.begun_generation.is_some() || decided.detail.untold;
            is_kept && left.told != Some(decided.intervention_id)
        }
        Some((Decision::Done | Decision::Withdrawn, _)) | None => false,
    }
}

/// Whether a payment was found to be made, and its tender is not there.
fn is_unheard_as_paid(decided: &Intervention, tenders: &Tenders) -> bool {
    matches!(decided.answered, Some((Decision::Approve, _))) && !tenders.knows(tender_id(decided))
}

/// Calls a person to a payment whose machine is gone before it could tell of it. What is paid already is sold, and what costs nothing is
/// cancelled: there is no payment to look for.
async fn call(
    app: &App,
    tx: &mut PgConnection,
    terminal_code: &str,
    log: &Log,
    basket: &Basket,
    begun: OffsetDateTime,
) -> Result<Vec<Intervention>, Error> {
    let amount = basket.tenders.due();
    let detail = Detail { amount, asked_time: Some(begun), untold: true, ..Detail::default() };
    let (store, basket_id) = (&log.store_code, log.basket_id);
    let waits = raised(store, terminal_code, Some(basket_id), Kind::PaymentUnknown, detail, app.now());
    let command = command(&waits, basket_id);
    if amount > Cents::ZERO {
        store::attendance::raise(tx, &waits).await?;
        return Ok(Vec::new());
    }
    if basket.tenders.held().is_empty() {
        return let_go(app, tx, command, &waits, basket).await;
    }
    sell(app, tx, command, None).await?;
    Ok(Vec::new())
}

/// Whether the till has told of something else since. One that finds out where it stood may still find the basket.
async fn is_deserted(tx: &mut PgConnection, decided: &Intervention) -> Result<bool, Error> {
    let presence = store::till::find(tx, &decided.terminal_code).await?;
    Ok(presence.is_some_and(|till| {
        !matches!(till.stage, Stage::Unspecified | Stage::Starting) && till.basket_id != decided.basket_id
    }))
}

async fn frozen(tx: &mut PgConnection, of: &Intervention) -> Result<Option<Basket>, Error> {
    let Some(key) = key_of(of) else { return Ok(None) };
    let Some(log) = store::basket::load(tx, key).await? else { return Ok(None) };
    let basket = log.shown().map_err(basket::unfoldable)?.basket;
    Ok(Some(basket).filter(|basket| basket.state == State::Frozen))
}

/// A card's tender is that of its attempt.
fn tender_id(decided: &Intervention) -> TenderId {
    TenderId(decided.detail.attempt_id.unwrap_or(decided.intervention_id))
}

/// The payment, as it was proven, with the shop's own slip: the card terminal's was lost with its machine.
fn given(app: &App, decided: &Intervention) -> Given {
    let detail = &decided.detail;
    let card = Card {
        brand: detail.brand.clone(),
        pan_last4: detail.pan_last4.clone(),
        application_id: String::new(),
        authorisation: detail.authorisation.clone(),
        contactless: false,
    };
    let means = match detail.card_kind {
        Some(CardKind::MealVoucher) => Means::MealVoucher { card },
        Some(CardKind::Card) | None => Means::Card { card },
    };
    let tender = Tender { tender_id: tender_id(decided), amount: detail.amount, means };
    Given { tender, slip_text: slip(app, decided).unwrap_or_default() }
}

/// As the till writes it; nothing for what was practised.
fn slip(app: &App, decided: &Intervention) -> Option<String> {
    let detail = &decided.detail;
    let found = Typed {
        pan_last4: &detail.pan_last4,
        authorisation: &detail.authorisation,
        brand: &detail.brand,
        amount: None,
    };
    let proof = detail.proof.as_deref().and_then(Proof::parse).filter(|_| !decided.training)?;
    let proven = Proven::read(proof, found).ok()?;
    let catalogue = app.catalogue.current();
    let store = catalogue.store(&decided.store_code)?;
    let moment = wall::clock(&store.time_zone, detail.asked_time?)?;
    let moment = moment.strftime("Le %d/%m/%Y à %H:%M:%S").to_string();
    let shop: Vec<String> = std::iter::once(&store.name).chain(&store.address_lines).cloned().collect();
    let text = proven.slip(&shop, &moment, detail.amount);
    Some(tender::kept_slip(app, store, &decided.terminal_code, text))
}

async fn sell(
    app: &App,
    tx: &mut PgConnection,
    command: Command<'_>,
    last: Option<&Given>,
) -> Result<(), Error> {
    store::sale::lock_head(tx, command.terminal_code).await?;
    match sale::attempt_sale(app, CALLER, command, (last, &[]), tx).await? {
        Written::Now(..) | Written::Before(_) => Ok(()),
        Written::Not => Err(Error::Unavailable(anyhow!("another sale of this till came first"))),
    }
}

/// Gives back what is held: store credit at once. A card is given back at the card terminal, by a person who is called for it.
async fn let_go(
    app: &App,
    tx: &mut PgConnection,
    command: Command<'_>,
    decided: &Intervention,
    basket: &Basket,
) -> Result<Vec<Intervention>, Error> {
    let held: Vec<&Tender> = basket.tenders.held().iter().map(|held| &held.tender).collect();
    let gone = given_back(decided, &held);
    let (mut ended, mut waits) = (Vec::new(), Cents::ZERO);
    for Tender { tender_id, amount, means } in held {
        if *means != Means::StoreCredit && !gone.contains(tender_id) {
            waits = waits.checked_add(*amount).unwrap_or(waits);
            continue;
        }
        ended.extend(edit(app, tx, command, Edit::ReturnTender { tender_id: *tender_id }).await?.1);
    }
    if waits == Cents::ZERO {
        ended.extend(edit(app, tx, command, Edit::Cancel).await?.1);
    } else {
        give_back(app, tx, decided, command.basket_id, waits).await?;
    }
    Ok(ended)
}

/// The tenders that are given back with the decision, whole: what the card terminal gave of one before, a person did not have to. A person
/// who was called here gives all that is held; the till calls one for one tender, the last that it holds where it does not say which.
fn given_back(decided: &Intervention, held: &[&Tender]) -> Vec<TenderId> {
    let Detail { amount, paid, tender_id, attempt_id, .. } = &decided.detail;
    if decided.kind != Kind::GiveBack {
        return Vec::new();
    }
    let by_hand = || held.iter().filter(|tender| tender.means != Means::StoreCredit);
    match (tender_id, attempt_id) {
        (Some(tender_id), _) => vec![*tender_id],
        (None, None) if paid == amount => by_hand().map(|tender| tender.tender_id).collect(),
        (None, _) => {
            let last = by_hand().rfind(|tender| tender.amount == *amount);
            last.or_else(|| by_hand().next_back()).map(|tender| tender.tender_id).into_iter().collect()
        }
    }
}

async fn give_back(
    app: &App,
    tx: &mut PgConnection,
    decided: &Intervention,
    basket_id: BasketId,
    amount: Cents,
) -> Result<(), Error> {
    let now = app.now();
    let detail = Detail { amount, paid: amount, asked_time: Some(now), untold: true, ..Detail::default() };
    let (store, till) = (&decided.store_code, &decided.terminal_code);
    let waits = raised(store, till, Some(basket_id), Kind::GiveBack, detail, now);
    store::attendance::raise(tx, &waits).await
}

/// Appends an edit that follows from what was found, with all that it means.
pub(super) async fn edit(
    app: &App,
    tx: &mut PgConnection,
    command: Command<'_>,
    edit: Edit,
) -> Result<(Shown, Vec<Intervention>), Error> {
    let entry = Entry { attended: true, ..Entry::unasked(app.clock.now(), edit) };
    let log = store::basket::append(tx, command.key(), &entry, 0, None).await?;
    let log = log.ok_or_else(|| Error::Unavailable(anyhow!("the basket changed meanwhile")))?;
    basket::settle(app, command, tx, log).await
}
