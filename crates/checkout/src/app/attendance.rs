//! What waits at the tills for a person: raised by what happens to baskets, decided by people of the store.

use std::{collections::HashMap, sync::LazyLock, time::Duration};

use caisse_ap::{NotProven, Proven, Typed};
use opentelemetry::{KeyValue, metrics::Histogram};
use outbox::request::{self, Claim};
use platform::Shutdown;
use sqlx::PgConnection;
use time::OffsetDateTime;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::{
    app::{
        App, audit,
        basket::{resolved, unfoldable},
        till::raised,
    },
    domain::{
        acquirer::Finding,
        attendance::{Decision, Detail, Intervention, Kind},
        basket::{Edit, Entry, UnknownCode},
        id::RequestKey,
        log::{Log, Shown},
        scan::{Counter, Wanted},
    },
    error::Error,
    events, store,
};

/// The most tills of one store that are shown at once.
const MOST_TILLS: i64 = 200;
/// How often the tables are looked at while somebody watches.
const LOOK: Duration = Duration::from_millis(300);

static WAIT: LazyLock<Histogram<u64>> = LazyLock::new(|| {
    let meter = opentelemetry::global::meter("checkout");
    let wait = meter.u64_histogram("attendance.wait").with_unit("ms");
    wait.with_description("time from a call to its answer, by kind and decision").build()
});

/// A till with what waits there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Till {
    /// As it stands.
    pub presence: store::till::Presence,
    /// The most pressing first, then the longest.
    pub waiting: Vec<Intervention>,
    /// What files of the bank say of payments that wait.
    pub findings: HashMap<Uuid, Finding>,
}

/// Who decides.
#[derive(Clone, Copy, Debug)]
pub struct Attendant<'a> {
    /// The identity of the caller, to which request ids belong.
    pub caller: &'a str,
    /// The staff account.
    pub staff_id: Uuid,
    /// The store of that account: nobody else's tills are there.
    pub store_code: &'a str,
}

/// What somebody decides.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// About what.
    pub intervention_id: Uuid,
    /// How.
    pub decision: Decision,
    /// The product that an unknown code is.
    pub product_code: &'a str,
    /// What was found of a payment that was made.
    pub paid: Typed<'a>,
}

/// The tills of a store by code, after one of them.
pub async fn list_tills(
    app: &App,
    store_code: &str,
    after: &str,
    page_size: u16,
) -> Result<(Vec<Till>, bool), Error> {
    let mut tills = tills(app, store_code, after, i64::from(page_size) + 1).await?;
    let has_more = tills.len() > usize::from(page_size);
    tills.truncate(usize::from(page_size));
    Ok((tills, has_more))
}

async fn tills(app: &App, store_code: &str, after: &str, limit: i64) -> Result<Vec<Till>, Error> {
    let mut db = app.db.acquire().await?;
    let mut waiting = store::attendance::waiting_in(&mut db, store_code).await?;
    waiting.sort_by_key(|waits| (waits.kind, waits.raised));
    // Most stores have none that waits, and are not asked what a file says of it.
    let findings = match waiting.iter().any(|waits| waits.kind == Kind::PaymentUnknown) {
        true => store::acquirer::findings_in(&mut db, store_code).await?,
        false => HashMap::new(),
    };
    let tills = store::till::of_store(&mut db, store_code, after, limit).await?;
    let with_waiting = |presence: store::till::Presence| {
        let own = waiting.iter().filter(|waits| waits.terminal_code == presence.terminal_code);
        let waiting: Vec<Intervention> = own.cloned().collect();
        let found =
            |waits: &Intervention| Some((waits.intervention_id, *findings.get(&waits.intervention_id)?));
        Till { findings: waiting.iter().filter_map(found).collect(), waiting, presence }
    };
    Ok(tills.into_iter().map(with_waiting).collect())
}

/// Shows the tills of a store now and whenever something changes, until nobody watches or the service stops. The tables are the
/// truth, so that every replica shows the same.
pub async fn watch_tills(
    app: App,
    store_code: String,
    shutdown: Shutdown,
    sender: mpsc::Sender<Result<Vec<Till>, Error>>,
) {
    let mut ticks = tokio::time::interval(LOOK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut shown: Option<Vec<Till>> = None;
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = sender.closed() => return,
            _ = ticks.tick() => {}
        }
        let told = match tills(&app, &store_code, "", MOST_TILLS).await {
            Ok(tills) if shown.as_deref().is_some_and(|shown| looks_the_same(shown, &tills)) => continue,
            Ok(tills) => Ok(shown.insert(tills).clone()),
            Err(error) => Err(error),
        };
        let is_end = told.is_err();
        if sender.send(told).await.is_err() || is_end {
            return;
        }
    }
}

/// That a till was heard of once more is no news.
fn looks_the_same(one: &[Till], other: &[Till]) -> bool {
    let seen = |till: &Till| {
        let reported = till.presence.reported.map(|_| OffsetDateTime::UNIX_EPOCH);
        Till { presence: store::till::Presence { reported, ..till.presence.clone() }, ..till.clone() }
    };
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| seen(one) == seen(other))
}

/// Locks a till, or opens it again. A shopper who is there finishes first: the till hears of it in the answer to its report.
#[tracing::instrument(skip_all)]
pub async fn lock_till(
    app: &App,
    caller: &str,
    store_code: Option<&str>,
    request: RequestKey,
    terminal_code: &str,
    locked: bool,
) -> Result<Till, Error> {
    let mut tx = app.db.begin().await?;
    match request::claim(&mut tx, caller, request.request_id, request.fingerprint.0).await? {
        Claim::Reused => return Err(Error::RequestIdReused),
        Claim::Repeat { .. } => {}
        Claim::First => {
            if !store::till::lock(&mut tx, store_code, terminal_code, locked, caller).await? {
                return Err(Error::NotFound("terminal"));
            }
        }
    }
    let presence = store::till::find(&mut tx, terminal_code).await?.ok_or(Error::NotFound("terminal"))?;
    let waiting = store::attendance::waiting_at(&mut tx, terminal_code).await?;
    tx.commit().await?;
    Ok(Till { presence, waiting, findings: HashMap::new() })
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
    decided.answer(answer.decision, app.now())?;
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
    tx.commit().await?;
    self::ended(app, &ended);
    Ok(decided)
}

/// Keeps what somebody found of a payment, when it proves that it was made.
fn prove(detail: &mut Detail, typed: Typed<'_>) -> Result<(), Error> {
    let proven = Proven::typed(typed, detail.amount).map_err(|refused| {
        if matches!(refused, NotProven::CardNumber { .. }) {
            tracing::error!("somebody typed a whole card number; it is kept nowhere");
        }
        Error::field(refused.field(), refused.to_string())
    })?;
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
    let entry = Entry::new(request, app.clock.now(), edit);
    let Some(log) = store::basket::append(tx, key, &entry, 0).await? else {
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
    let (basket, now) = (&shown.basket, app.now());
    let raise = |kind, detail| raised(&log.store_code, terminal_code, Some(log.basket_id), kind, detail, now);
    let mut ended = Vec::new();
    let may_end_a_wait = match &entry.edit {
        Edit::Resolve { .. } | Edit::RefuseGoods { .. } | Edit::Cancel | Edit::Abandon => true,
        // Most baskets never had anything that waits for a person: taking a line out costs them no query.
        Edit::Remove { .. } => log.entries.iter().any(|entry| entry.edit.may_wait_for_a_person()),
        _ => false,
    };
    if may_end_a_wait {
        let waiting = store::attendance::waiting_at(tx, terminal_code).await?;
        let is_end = matches!(entry.edit, Edit::Cancel | Edit::Abandon);
        let is_over = |waits: &Intervention| match waits.kind {
            Kind::Approval => basket.approval_needed().is_none(),
            Kind::UnknownCode => {
                let is_it = |code: &UnknownCode| Some(code.line_id) == waits.detail.line_id;
                is_end || !basket.unknown_codes.iter().any(is_it)
            }
            Kind::Help | Kind::Audit => is_end,
            _ => false,
        };
        let own = waiting.into_iter().filter(|waits| waits.basket_id == Some(log.basket_id));
        ended = withdraw(tx, own.filter(is_over).collect(), now).await?;
    }
    match &entry.edit {
        Edit::EndAudit { clean, by: None, recount } => {
            ended.extend(audit::looked_at_the_till(tx, terminal_code, log, *clean, *recount, now).await?);
        }
        Edit::ScanUnknown { code, .. } => {
            let line_id = Some(basket.touched_line);
            let detail = Detail { code: code.clone(), line_id, ..Detail::default() };
            store::attendance::raise(tx, &raise(Kind::UnknownCode, detail)).await?;
        }
        Edit::Scan { .. } | Edit::Resolve { .. } if entry.edit.may_wait_for_a_person() => {
            if let Some(minimum_age) = basket.approval_needed() {
                let detail = Detail { minimum_age, ..Detail::default() };
                store::attendance::raise(tx, &raise(Kind::Approval, detail)).await?;
            }
        }
        Edit::Cancel | Edit::Abandon => {
            if matches!(entry.edit, Edit::Abandon) && !basket.lines.is_empty() {
                let detail = Detail { amount: shown.priced.total, ..Detail::default() };
                store::attendance::raise(tx, &raise(Kind::Abandoned, detail)).await?;
            }
            if !shown.training {
                let event = events::basket_ended(terminal_code, log, shown, now);
                outbox::record(tx, &event.map_err(anyhow::Error::new)?).await?;
            }
        }
        _ => {}
    }
    Ok(ended)
}

/// Ends what waits no more, with the event of each.
pub(super) async fn withdraw(
    tx: &mut PgConnection,
    over: Vec<Intervention>,
    now: OffsetDateTime,
) -> Result<Vec<Intervention>, Error> {
    let mut ended = Vec::new();
    for mut intervention in over {
        intervention.withdraw(now);
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
