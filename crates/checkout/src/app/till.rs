//! What tills say of themselves, and what they learn from the answer.

use money::Cents;
use outbox::request::{self, Claim};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    app::{App, attendance, refund_credit},
    domain::{
        attendance::{Detail, Intervention, Kind, Stage},
        finding::TillFinding,
        id::{BasketId, RequestKey, TenderId},
        payment::CardKind,
    },
    error::Error,
    store::{
        self,
        till::{Orders, Said},
    },
};

/// Where a till stands, as it says.
#[derive(Clone, Debug)]
pub struct Report {
    /// What it is doing.
    pub stage: Stage,
    /// The basket it is at.
    pub basket_id: Option<BasketId>,
    /// The payment that it does not go on with.
    pub trouble: Option<Trouble>,
    /// What somebody is to look into, while the till goes on.
    pub notes: Vec<Note>,
    /// The generation that it was granted.
    pub generation: i64,
    /// What is wrong with it.
    pub findings: Vec<TillFinding>,
    /// The number of a ticket that was not printed; 0 when there is none.
    pub unprinted: i64,
    /// Its screen says that it is training.
    pub training_shown: bool,
}

/// Something that somebody is to look into, while the till goes on.
#[derive(Clone, Copy, Debug)]
pub struct Note {
    /// What the till calls it.
    pub note_id: Uuid,
    /// Why.
    pub kind: Kind,
    /// The basket, where it is known.
    pub basket_id: Option<BasketId>,
    /// What was asked for.
    pub amount: Cents,
    /// What was taken.
    pub paid: Cents,
    /// When the till noted it.
    pub noted: OffsetDateTime,
}

/// A payment that needs a person.
#[derive(Clone, Copy, Debug)]
pub struct Trouble {
    /// Why.
    pub kind: Kind,
    /// What was asked for.
    pub amount: Cents,
    /// What was taken, as far as that is known.
    pub paid: Cents,
    /// When it was asked for.
    pub asked: OffsetDateTime,
    /// As it was sent to the card terminal for reference.
    pub attempt_id: Option<Uuid>,
    /// The tender that is to be given back.
    pub tender_id: Option<TenderId>,
    /// What the card terminal was asked to read, where the till says it.
    pub card_kind: Option<CardKind>,
}

/// What a till has to do.
#[derive(Clone, Debug)]
pub struct Told {
    /// Whether it is locked, and how far its basket is.
    pub orders: Orders,
    /// What waits there.
    pub waiting: Vec<Intervention>,
    /// How somebody has settled the payment; of a till that finds out where it stood, the one that was found to be made.
    pub settlement: Option<Intervention>,
    /// The notes that somebody has settled.
    pub settled_notes: Vec<Uuid>,
    /// Some baskets of the store are drawn and looked at.
    pub audits: bool,
}

/// Notes where a till stands. A payment that needs a person is raised by it; what the till has left behind is over.
/// A machine that is not the till any more learns so, and changes nothing.
#[tracing::instrument(skip_all)]
pub async fn report_till(app: &App, terminal_code: &str, report: Report) -> Result<Option<Told>, Error> {
    let store_code = store_of(app, terminal_code)?;
    let now = app.now();
    let mut tx = store::basket::begin_relaxed(&app.db).await?;
    let Report { stage, basket_id, generation, unprinted, training_shown, .. } = report;
    let findings = &report.findings;
    let said = Said { stage, basket_id, generation, findings, unprinted, training_shown };
    let has_moved =
        stage != Stage::Starting && store::till::has_moved(&mut tx, terminal_code, basket_id).await?;
    let Some(orders) = store::till::report(&mut tx, terminal_code, &store_code, said, now).await? else {
        return Ok(None);
    };
    // The baskets before what waits there, as whoever answers does: nobody waits for each other.
    let mut ended = match has_moved {
        true => attendance::deserted::look_behind(app, &mut tx, terminal_code, basket_id, generation).await?,
        false => Vec::new(),
    };
    let mut settlement = None;
    if let Some(trouble) = report.trouble {
        let detail = Detail {
            amount: trouble.amount,
            paid: trouble.paid,
            asked_time: Some(trouble.asked),
            attempt_id: trouble.attempt_id,
            tender_id: trouble.tender_id,
            card_kind: trouble.card_kind,
            ..Detail::default()
        };
        let raised = raised(&store_code, terminal_code, basket_id, trouble.kind, detail, now);
        settlement = settled_or_raised(&mut tx, &raised).await?;
    }
    let settled_notes = keep_notes(&mut tx, &store_code, terminal_code, &report.notes, now).await?;
    let waiting = store::attendance::waiting_at(&mut tx, terminal_code).await?;
    // After what waits: an answer that falls in between is not missed.
    if let (Stage::Starting, None, Some(basket_id)) = (stage, &report.trouble, basket_id) {
        settlement = attendance::deserted::found_paid(&mut tx, terminal_code, basket_id).await?;
    }
    let (over, mut waiting): (Vec<_>, Vec<_>) =
        waiting.into_iter().partition(|waits| is_left_behind(waits, &report));
    let (over, kept) = without_deserted(&mut tx, over, &report).await?;
    let is_here = |waits: &Intervention| waits.basket_id.is_some() && waits.basket_id == basket_id;
    waiting.extend(kept.into_iter().filter(is_here));
    ended.extend(attendance::withdraw(&mut tx, over, now).await?);
    tx.commit().await?;
    attendance::ended(app, &ended);
    if has_moved {
        app.wake.wake();
    }
    let catalogue = app.catalogue.current();
    let audits = catalogue.store(&store_code).is_some_and(|store| store.audit_rate_basis_points > 0);
    Ok(Some(Told { orders, waiting, settlement, settled_notes, audits }))
}

/// How somebody has settled what the till stops at; it begins to wait where nobody has.
async fn settled_or_raised(
    tx: &mut PgConnection,
    raised: &Intervention,
) -> Result<Option<Intervention>, Error> {
    // A till that was silent for long is not needed to find out what became of its refund.
    if let Some(settled) = refund_credit::settled(tx, raised).await? {
        return Ok(Some(settled));
    }
    store::attendance::raise(tx, raised).await?;
    let settlement = store::attendance::settlement(tx, raised).await?;
    if let Some(settled) = &settlement
        && store::deserted::note_told(tx, settled).await?
    {
        store::deserted::make_durable(tx).await?;
    }
    Ok(settlement)
}

/// Raises what the till notes, and tells which of it somebody has settled.
async fn keep_notes(
    tx: &mut PgConnection,
    store_code: &str,
    terminal_code: &str,
    notes: &[Note],
    now: OffsetDateTime,
) -> Result<Vec<Uuid>, Error> {
    if notes.is_empty() {
        return Ok(Vec::new());
    }
    let note_ids: Vec<Uuid> = notes.iter().map(|note| note.note_id).collect();
    let settled = store::attendance::settled_notes(tx, terminal_code, &note_ids).await?;
    for note in notes.iter().filter(|note| !settled.contains(&note.note_id)) {
        let detail = Detail {
            amount: note.amount,
            paid: note.paid,
            asked_time: Some(note.noted),
            note_id: Some(note.note_id),
            ..Detail::default()
        };
        let raised = raised(store_code, terminal_code, note.basket_id, note.kind, detail, now);
        store::attendance::raise(tx, &raised).await?;
    }
    Ok(settled)
}

/// What is over, and what is not although the till has gone on: the payments of frozen baskets at which it is not, and of the one that it
/// scans, for its journal is older than the payment; and the refunds of which nobody knows. Another machine was at them, or another copy
/// of the journal, and a person still has to settle them.
async fn without_deserted(
    tx: &mut PgConnection,
    left_behind: Vec<Intervention>,
    report: &Report,
) -> Result<(Vec<Intervention>, Vec<Intervention>), Error> {
    let (mut over, mut kept) = (Vec::new(), Vec::new());
    for waits in left_behind {
        let knows_of_none = waits.basket_id != report.basket_id || report.stage == Stage::Scanning;
        let is_unknown = waits.kind.is_payment() && knows_of_none;
        let is_kept = (is_unknown && attendance::deserted::is_frozen(tx, &waits).await?)
            || refund_credit::is_open(tx, &waits).await?;
        if is_kept { kept.push(waits) } else { over.push(waits) }
    }
    Ok((over, kept))
}

/// Whether the till itself has gone on: from a payment that is settled, or to another basket.
fn is_left_behind(waits: &Intervention, report: &Report) -> bool {
    match (waits.kind, &report.trouble) {
        (Kind::Abandoned, _) => false,
        // A till that finds out where it stood has not read its notes yet.
        (kind, _) if kind.is_note() => {
            let is_noted = |note: &Note| Some(note.note_id) == waits.detail.note_id;
            report.stage != Stage::Starting && !report.notes.iter().any(is_noted)
        }
        (Kind::Help, _) if report.stage == Stage::Idle => waits.basket_id.is_some(),
        (kind, Some(trouble)) if kind.is_payment() => {
            kind != trouble.kind || waits.detail.asked_time != Some(trouble.asked)
        }
        (kind, None) if kind.is_payment() => report.stage != Stage::Starting,
        _ => {
            let is_served = matches!(report.stage, Stage::Scanning | Stage::Paying | Stage::Stopped);
            waits.basket_id.is_some() && is_served && waits.basket_id != report.basket_id
        }
    }
}

/// Calls somebody to a till. While one call waits, a second is the same.
#[tracing::instrument(skip_all)]
pub async fn call_attendant(
    app: &App,
    caller: &str,
    terminal_code: &str,
    request: RequestKey,
    basket_id: Option<BasketId>,
) -> Result<Intervention, Error> {
    let store_code = store_of(app, terminal_code)?;
    let mut tx = app.db.begin().await?;
    if request::claim(&mut tx, caller, request.request_id, request.fingerprint.0).await? == Claim::Reused {
        return Err(Error::RequestIdReused);
    }
    let call = raised(&store_code, terminal_code, basket_id, Kind::Help, Detail::default(), app.now());
    store::attendance::raise(&mut tx, &call).await?;
    let waiting = store::attendance::waiting_at(&mut tx, terminal_code).await?;
    let call = waiting.into_iter().find(|waits| waits.kind == Kind::Help);
    let call = call.ok_or(Error::NotFound("intervention"))?;
    tx.commit().await?;
    Ok(call)
}

/// Takes a call back; one that was answered meanwhile stays as it was.
#[tracing::instrument(skip_all)]
pub async fn withdraw_call(
    app: &App,
    caller: &str,
    terminal_code: &str,
    request: RequestKey,
    intervention_id: Uuid,
) -> Result<Intervention, Error> {
    let store_code = store_of(app, terminal_code)?;
    let mut tx = app.db.begin().await?;
    if request::claim(&mut tx, caller, request.request_id, request.fingerprint.0).await? == Claim::Reused {
        return Err(Error::RequestIdReused);
    }
    let find = |call: &Intervention| call.terminal_code == terminal_code && call.kind == Kind::Help;
    let call = store::attendance::find_to_answer(&mut tx, &store_code, intervention_id).await?;
    let call = call.filter(find).ok_or(Error::NotFound("intervention"))?;
    let ended = match call.answered {
        Some(_) => vec![call],
        None => attendance::withdraw(&mut tx, vec![call], app.now()).await?,
    };
    tx.commit().await?;
    attendance::ended(app, &ended);
    ended.into_iter().next().ok_or(Error::NotFound("intervention"))
}

/// Something that begins to wait.
pub(super) fn raised(
    store_code: &str,
    terminal_code: &str,
    basket_id: Option<BasketId>,
    kind: Kind,
    detail: Detail,
    now: OffsetDateTime,
) -> Intervention {
    Intervention {
        intervention_id: Uuid::now_v7(),
        store_code: store_code.to_owned(),
        terminal_code: terminal_code.to_owned(),
        basket_id,
        kind,
        detail,
        raised: now,
        answered: None,
        // The table knows, and says so where it is read.
        training: false,
    }
}

/// Where a till stands.
pub(super) fn store_of(app: &App, terminal_code: &str) -> Result<String, Error> {
    let catalogue = app.catalogue.current();
    let terminal = catalogue.terminal(terminal_code).ok_or(Error::NotFound("terminal"))?;
    Ok(terminal.store_code.clone())
}
