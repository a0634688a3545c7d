//! A shopper leaves a till and goes on at another; and what becomes of a basket that nobody comes back for.

use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use barcode::{CardNumber, CardNumberError, GtinError};
use outbox::request::{self, Claim};
use platform::Shutdown;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    app::{
        App, attendance,
        basket::{Command, edit_basket, unfoldable},
    },
    domain::{
        basket::{BasketError, Edit, Entry},
        id::{BasketId, RequestKey},
        log::{Log, Shown},
        scan::ScanError,
        wall,
    },
    error::Error,
    store::{
        self,
        suspended::{Suspended, Way},
    },
};

/// How often baskets are looked for whose day has ended.
const SWEEP: Duration = Duration::from_secs(1);
/// As many are abandoned in one transaction.
const MOST_AT_ONCE: i64 = 50;

/// By what the shopper says to be known.
#[derive(Clone, Debug)]
pub enum ShownBy {
    /// SHA-256 of the code.
    Code(String),
    /// The number of the card.
    Card(String),
    /// Nothing: the till asks what became of its earlier request.
    Nothing,
}

/// The till that asks for a basket.
#[derive(Clone, Copy, Debug)]
pub struct TillCommand<'a> {
    /// Its code, by its certificate.
    pub terminal_code: &'a str,
    /// The identity to which request ids belong.
    pub caller: &'a str,
    /// What makes a repeat recognisable.
    pub request: RequestKey,
}

/// Takes a basket off its till. Durable, and with it every edit before.
#[tracing::instrument(skip_all)]
pub async fn suspend_basket(app: &App, command: Command<'_>, code_sha256: String) -> Result<Shown, Error> {
    let terminal_code = command.terminal_code.to_owned();
    edit_basket(app, command, Ok(Edit::Suspend { terminal_code, code_sha256 })).await
}

/// In the transaction of the edit: by what it is resumed, and until when.
pub(super) async fn let_wait(
    app: &App,
    tx: &mut PgConnection,
    log: &Log,
    shown: &Shown,
    entry: &Entry,
) -> Result<(), Error> {
    let Edit::Suspend { terminal_code, code_sha256 } = &entry.edit else { return Ok(()) };
    let catalogue = app.catalogue.current();
    let store = catalogue.store(&log.store_code).ok_or(Error::NotFound("store"))?;
    let waiting = Suspended {
        basket_id: log.basket_id,
        store_code: log.store_code.clone(),
        terminal_code: terminal_code.clone(),
        article_count: shown.priced.article_count,
        since: entry.time,
        ends: wall::day_end(&store.time_zone, entry.time).context("a store without a calendar")?,
        training: shown.training,
    };
    // What is practised comes back by its code alone: the same card is shown in earnest, too.
    let member_id = shown.basket.member_id.filter(|_| !shown.training);
    match store::suspended::put(tx, &waiting, code_sha256, member_id).await? {
        true => Ok(()),
        false => Err(Error::field("code_sha256", "another basket waits under it: make another code")),
    }
}

/// Brings a basket to a till, with everything that waits in it for a person. A repeat gets the first answer; so does the question
/// what became of a request.
#[tracing::instrument(skip_all)]
pub async fn resume_basket(app: &App, till: TillCommand<'_>, shows: ShownBy) -> Result<Shown, Error> {
    let catalogue = app.catalogue.current();
    let terminal = catalogue.terminal(till.terminal_code).ok_or(Error::NotFound("terminal"))?;
    // Waited for without a connection: a till's tries come one after the other.
    let mut turn = app.guesses.codes.turn(till.terminal_code).await;
    let mut tx = app.db.begin().await?;
    let id = till.request.request_id;
    let claim = request::claim(&mut tx, till.caller, id, till.request.fingerprint.0).await?;
    let earlier = match (claim, &shows) {
        (Claim::First, ShownBy::Nothing) => {
            // Should the request that is asked about still come, its id stands for this question.
            tx.commit().await?;
            return Err(BasketError::NothingSuspended.into());
        }
        (Claim::First, _) => None,
        (Claim::Repeat { reply }, _) => Some(reply),
        (Claim::Reused, ShownBy::Nothing) => {
            Some(store::suspended::reply_of(&mut tx, till.caller, id).await?)
        }
        (Claim::Reused, _) => return Err(Error::RequestIdReused),
    };
    if let Some(reply) = earlier {
        return answered_before(&mut tx, &terminal.store_code, id, reply).await;
    }
    if store::till::is_locked(&mut tx, till.terminal_code).await? {
        return Err(Error::Locked);
    }
    turn.take(Instant::now()).map_err(|_| Error::TooManyGuesses)?;
    let way = way(&mut tx, shows).await?;
    let now = app.clock.now();
    let taken = store::suspended::take(&mut tx, &terminal.store_code, &way, now).await?;
    let basket_id = taken.ok_or(BasketError::NothingSuspended)?;
    let entry = Entry::new(till.request, now, Edit::Resume { terminal_code: till.terminal_code.to_owned() });
    let store_code = &terminal.store_code;
    let log = store::suspended::bring(&mut tx, store_code, basket_id, till.terminal_code, &entry).await?;
    let shown = log.shown().map_err(unfoldable)?;
    attendance::follow(app, &mut tx, till.terminal_code, &log, &shown, &entry).await?;
    request::save_reply(&mut tx, till.caller, id, basket_id.0.as_bytes()).await?;
    tx.commit().await?;
    turn.give_back();
    Ok(shown)
}

/// The basket as it was when it was resumed.
async fn answered_before(
    tx: &mut PgConnection,
    store_code: &str,
    request_id: Uuid,
    reply: Option<Vec<u8>>,
) -> Result<Shown, Error> {
    let Some(id) = reply.and_then(|reply| Uuid::from_slice(&reply).ok()) else {
        return Err(BasketError::NothingSuspended.into());
    };
    let found = store::basket::find_in_store(tx, store_code, BasketId(id)).await?;
    let log = found.ok_or(Error::NotFound("basket"))?.log;
    let edits = log.asked_by(request_id).ok_or(BasketError::NothingSuspended)?;
    log.shown_after(edits).map_err(unfoldable)
}

async fn way(tx: &mut PgConnection, shows: ShownBy) -> Result<Way, Error> {
    let number = match shows {
        ShownBy::Code(code_sha256) => return Ok(Way::Code(code_sha256)),
        ShownBy::Card(number) => number,
        ShownBy::Nothing => return Err(BasketError::NothingSuspended.into()),
    };
    let card = CardNumber::parse(&number).map_err(|error| match error {
        CardNumberError::NotANumber(GtinError::BadCheckDigit { expected }) => {
            Error::from(ScanError::BadCheckDigit(barcode::ScanError::BadCheckDigit { expected }))
        }
        _ => BasketError::UnknownCard.into(),
    })?;
    let member = store::member::by_card(tx, card.as_str()).await?;
    Ok(Way::Member(member.ok_or(BasketError::UnknownCard)?.member_id))
}

/// Abandons what nobody came back for, until `shutdown`.
pub async fn sweep(app: App, shutdown: Shutdown) -> anyhow::Result<()> {
    let mut tick = tokio::time::interval(SWEEP);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return Ok(()),
            _ = tick.tick() => {}
        }
        if let Err(error) = end_days(&app).await {
            tracing::warn!(error = format!("{:#}", anyhow!(error)), "suspended baskets were not ended");
        }
    }
}

/// Abandons the baskets whose day has ended: each with its event, and the attendants of its till are told.
async fn end_days(app: &App) -> Result<(), Error> {
    let now: OffsetDateTime = app.clock.now();
    let mut tx = app.db.begin().await?;
    let ended = store::suspended::take_ended(&mut tx, now, MOST_AT_ONCE).await?;
    for Suspended { basket_id, terminal_code, .. } in &ended {
        let key = store::basket::Key { terminal_code, basket_id: *basket_id };
        let entry = Entry::unasked(now, Edit::Expire);
        let log = store::basket::append(&mut tx, key, &entry, 0, None).await?;
        let log = log.context("a basket that waits is not suspended")?;
        let shown = log.shown().map_err(unfoldable)?;
        attendance::follow(app, &mut tx, terminal_code, &log, &shown, &entry).await?;
    }
    tx.commit().await?;
    if !ended.is_empty() {
        app.wake.wake();
    }
    Ok(())
}
