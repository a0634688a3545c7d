//! A basket while it is scanned.

use anyhow::anyhow;
use money::Quantity;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    app::{App, attendance, claim, hold, member, payment, suspension, tender},
    domain::{
        attendance::Intervention,
        basket::{BasketError, Edit, Entry},
        catalogue::Catalogue,
        id::{BasketId, RequestKey},
        log::{Log, Seen, Shown},
        scan::{self, Counter, Read, ScanError, Wanted},
    },
    error::Error,
    store::{self, promotion::Claimed},
};

/// How often an edit is tried while others change the basket so that it neither fits nor is refused.
const ATTEMPTS: usize = 8;

/// Who wants what changed.
#[derive(Clone, Copy, Debug)]
pub struct Command<'a> {
    /// The till of the certificate.
    pub terminal_code: &'a str,
    /// Its basket.
    pub basket_id: BasketId,
    /// The version that the till holds; 0 when it does not say.
    pub version: i64,
    /// What makes a repeat recognisable.
    pub request: RequestKey,
    /// The generation that the till was granted, where money begins: another machine's is refused.
    pub generation: Option<i64>,
}

impl<'a> Command<'a> {
    /// The basket, within the reach of the till.
    pub(super) fn key(&self) -> store::basket::Key<'a> {
        store::basket::Key { terminal_code: self.terminal_code, basket_id: self.basket_id }
    }
}

/// Opens an empty basket; a repeat gets the same one, as it was then.
#[tracing::instrument(skip_all)]
pub async fn open_basket(
    app: &App,
    terminal_code: &str,
    request: RequestKey,
    generation: i64,
) -> Result<Shown, Error> {
    let catalogue = app.catalogue.current();
    let terminal = catalogue.terminal(terminal_code).ok_or(Error::NotFound("terminal"))?;
    let store = catalogue.store(&terminal.store_code).ok_or(Error::NotFound("store"))?;
    let new = Log {
        basket_id: BasketId(Uuid::now_v7()),
        store_code: store.code.clone(),
        currency: store.currency,
        open_request_id: request.request_id,
        training_by: None,
        entries: Vec::new(),
    };
    let opening = store::basket::Opening {
        key: store::basket::Key { terminal_code, basket_id: new.basket_id },
        store_code: &new.store_code,
        currency: new.currency,
        request_id: request.request_id,
        time: app.clock.now(),
        generation,
    };
    let mut tx = store::basket::begin_relaxed(&app.db).await?;
    let log = match store::basket::open(&mut tx, &opening).await? {
        Some(store::basket::Opened { training_by }) => Log { training_by, ..new },
        None => match store::basket::opened_by(&mut tx, terminal_code, request.request_id).await? {
            Some(log) => log,
            None if store::till::is_locked(&mut tx, terminal_code).await? => return Err(Error::Locked),
            None if store::claim::is_elsewhere(&mut tx, terminal_code, generation).await? => {
                return Err(Error::ClaimedElsewhere);
            }
            None => return Err(Error::Unavailable(anyhow!("the basket of this request is not there yet"))),
        },
    };
    tx.commit().await?;
    Ok(log.shown_after(0)?)
}

/// Reads a basket as it stands.
#[tracing::instrument(skip_all)]
pub async fn get_basket(app: &App, terminal_code: &str, basket_id: BasketId) -> Result<Shown, Error> {
    let mut connection = app.db.acquire().await?;
    let key = store::basket::Key { terminal_code, basket_id };
    load_at(&mut connection, key).await?.shown().map_err(unfoldable)
}

/// Recognises a member. What is answered is not personal: the same basket with a member's prices.
#[tracing::instrument(skip_all)]
pub async fn identify_member(app: &App, command: Command<'_>, card_number: &str) -> Result<Shown, Error> {
    let edit = member::identify(app, command.terminal_code, card_number).await;
    edit_basket(app, command, edit).await
}

/// Forgets the member: the basket costs again what it costs everybody.
#[tracing::instrument(skip_all)]
pub async fn unidentify_member(app: &App, command: Command<'_>) -> Result<Shown, Error> {
    edit_basket(app, command, Ok(Edit::Unidentify)).await
}

/// Adds what was scanned: an article as a line, a coupon as a claim, and a number that nobody knows for the attendant. The
/// catalogue is in memory; the database is touched once.
#[tracing::instrument(skip_all)]
pub async fn scan_item(app: &App, command: Command<'_>, code: &str, wanted: Wanted) -> Result<Shown, Error> {
    let catalogue = app.catalogue.current();
    let edit = read(app, &catalogue, command, code, wanted);
    edit_basket(app, command, edit).await
}

fn read(
    app: &App,
    catalogue: &Catalogue,
    command: Command<'_>,
    code: &str,
    wanted: Wanted,
) -> Result<Edit, Error> {
    let counter = counter(app, catalogue, command)?;
    Ok(match scan::read(counter, code, wanted)? {
        Read::Article { item, quantity } => Edit::Scan { item, quantity },
        Read::Unknown { code, scanned } => Edit::ScanUnknown { code, scanned },
        Read::Coupon { promotion_code } => claimed_discount(counter, &promotion_code)?,
    })
}

/// Where the till stands, and now.
pub(super) fn counter<'a>(
    app: &App,
    catalogue: &'a Catalogue,
    command: Command<'_>,
) -> Result<Counter<'a>, Error> {
    let terminal = catalogue.terminal(command.terminal_code).ok_or(Error::NotFound("terminal"))?;
    Ok(Counter { catalogue, store_code: &terminal.store_code, now: app.clock.now() })
}

/// Makes a line of a code that nobody knew, of the product that the attendant says it is and of what the code said besides.
#[tracing::instrument(skip_all)]
pub async fn resolve_code(
    app: &App,
    command: Command<'_>,
    line_id: i32,
    code: &str,
    quantity: Quantity,
) -> Result<Shown, Error> {
    let catalogue = app.catalogue.current();
    let wanted = Wanted { quantity, ..Wanted::default() };
    let log = load(app, command).await?;
    let edit = match log.scanned(line_id).map_err(unfoldable)? {
        Some(scanned) => counter(app, &catalogue, command)
            .and_then(|counter| resolved(counter, line_id, &scanned, code, wanted)),
        // It is refused for the same reasons as taking out what is not there.
        None => {
            let refusal = log.refusal(&Edit::Remove { line_id }, command.version);
            Err(refusal.err().unwrap_or(BasketError::UnknownLine).into())
        }
    };
    edit_basket(app, command, edit).await
}

/// The line that an unknown code becomes, of the product that a person names.
pub(super) fn resolved(
    counter: Counter<'_>,
    line_id: i32,
    scanned: &str,
    code: &str,
    wanted: Wanted,
) -> Result<Edit, Error> {
    match scan::resolve(counter, scanned, code, wanted)? {
        Read::Article { item, quantity } => Ok(Edit::Resolve { line_id, item, quantity }),
        Read::Coupon { .. } | Read::Unknown { .. } => Err(ScanError::UnknownCode.into()),
    }
}

/// Takes an empty back.
#[tracing::instrument(skip_all)]
pub async fn return_deposit(
    app: &App,
    command: Command<'_>,
    code: &str,
    pieces: Quantity,
) -> Result<Shown, Error> {
    let catalogue = app.catalogue.current();
    let edit = counter(app, &catalogue, command).and_then(|counter| {
        let store = catalogue.store(counter.store_code).ok_or(Error::NotFound("store"))?;
        let (item, quantity) = scan::read_deposit(counter, code, pieces)?;
        Ok(Edit::ReturnDeposit { item: Box::new(item), quantity, limit: store.deposit_return_limit })
    });
    edit_basket(app, command, edit).await
}

/// Changes the quantity of a line.
#[tracing::instrument(skip_all)]
pub async fn set_quantity(
    app: &App,
    command: Command<'_>,
    line_id: i32,
    quantity: Quantity,
) -> Result<Shown, Error> {
    edit_basket(app, command, Ok(Edit::SetQuantity { line_id, quantity })).await
}

/// Takes a line out.
#[tracing::instrument(skip_all)]
pub async fn remove_item(app: &App, command: Command<'_>, line_id: i32) -> Result<Shown, Error> {
    edit_basket(app, command, Ok(Edit::Remove { line_id })).await
}

/// Claims a discount by its code.
#[tracing::instrument(skip_all)]
pub async fn apply_discount(app: &App, command: Command<'_>, code: &str) -> Result<Shown, Error> {
    let catalogue = app.catalogue.current();
    let edit = counter(app, &catalogue, command).and_then(|counter| claimed_discount(counter, code));
    edit_basket(app, command, edit).await
}

fn claimed_discount(counter: Counter<'_>, code: &str) -> Result<Edit, Error> {
    let running = counter.catalogue.promotions_at(counter.store_code, counter.now);
    let claimed = running.into_iter().find(|promotion| promotion.on_claim && promotion.code == code);
    match claimed {
        Some(promotion) => Ok(Edit::ClaimDiscount { offer: Box::new(promotion.offer(None)) }),
        None => Err(BasketError::UnknownDiscount.into()),
    }
}

/// Carries an edit out, or answers its repeat with the basket as it was answered first: also when what was asked for could not
/// be asked for any more.
pub(super) async fn edit_basket(
    app: &App,
    command: Command<'_>,
    edit: Result<Edit, Error>,
) -> Result<Shown, Error> {
    let edit = match edit {
        Ok(edit) => edit,
        Err(refused) => {
            let log = load(app, command).await?;
            return repeated(&log, command.request)?.ok_or(refused);
        }
    };
    let entry = Entry::new(command.request, app.clock.now(), edit);
    for _ in 0..ATTEMPTS {
        if let Some(shown) = append(app, command, &entry).await? {
            return Ok(shown);
        }
        let log = load(app, command).await?;
        if let Some(shown) = repeated(&log, command.request)? {
            return Ok(shown);
        }
        log.refusal(&entry.edit, command.version)?;
        claim::refuse_elsewhere(app, command.terminal_code, command.generation).await?;
        // Another command of the till came in between, and what was refused would now be taken.
    }
    Err(Error::Unavailable(anyhow!("the basket changes faster than it can be edited")))
}

/// The statement decides who comes first, the rules whether it may: what they refuse is rolled back.
async fn append(app: &App, command: Command<'_>, entry: &Entry) -> Result<Option<Shown>, Error> {
    let mut tx = match entry.edit.is_durable() {
        true => app.db.begin().await?,
        false => store::basket::begin_relaxed(&app.db).await?,
    };
    let Some(log) =
        store::basket::append(&mut tx, command.key(), entry, command.version, command.generation).await?
    else {
        tx.rollback().await?;
        return Ok(None);
    };
    match settle(app, command, &mut tx, log).await {
        Ok((shown, ended)) => {
            tx.commit().await?;
            attendance::ended(app, &ended);
            if matches!(entry.edit, Edit::Cancel | Edit::Abandon) {
                app.wake.wake();
            }
            Ok(Some(shown))
        }
        Err(refused) => {
            tx.rollback().await?;
            Err(refused)
        }
    }
}

/// What the rules make of the edit that was appended last, and what of it ends a wait of the people of the store.
pub(super) async fn settle(
    app: &App,
    command: Command<'_>,
    tx: &mut PgConnection,
    mut log: Log,
) -> Result<(Shown, Vec<Intervention>), Error> {
    let mut shown = log.shown()?;
    if matches!(log.entries.last(), Some(Entry { edit: Edit::BeginPayment { .. }, .. })) {
        payment::check_hours(app, command, &shown.basket.lines)?;
        hold::check(app, &log, &shown.basket)?;
    }
    if let Some(entry) = log.entries.last_mut()
        && let Edit::BeginPayment { lowered } = &mut entry.edit
    {
        *lowered = payment::lowered(app, command, &shown.basket.lines)?;
        if !lowered.is_empty() {
            store::basket::amend(tx, command.key(), entry).await?;
            shown = log.shown()?;
        }
    }
    let Some(entry) = log.entries.last() else { return Ok((shown, Vec::new())) };
    settle_uses(app, tx, &shown, &entry.edit).await?;
    tender::settle(tx, &shown, entry).await?;
    suspension::let_wait(app, tx, &log, &shown, entry).await?;
    let ended = attendance::follow(app, tx, command.terminal_code, &log, &shown, entry).await?;
    Ok((shown, ended))
}

/// Claims a use of each promotion whose uses are counted when payment begins, and gives them back when it does not end in a sale.
/// Refused when one is used up. Most baskets have none, and cost nothing here.
async fn settle_uses(app: &App, tx: &mut PgConnection, shown: &Shown, edit: &Edit) -> Result<(), Error> {
    let Shown { basket_id, basket, .. } = shown;
    match edit {
        // Who practises uses nothing up.
        _ if shown.training => {}
        Edit::BeginPayment { .. } => {
            // In the order of their codes, as everybody does: two baskets never wait for each other.
            for code in basket.counted(&shown.priced) {
                store::promotion::lock(tx, &code).await?;
                let now = app.clock.now();
                let member_id =
                    match store::promotion::claim_use(tx, &code, *basket_id, basket.member_id, now).await? {
                        Claimed::Given => continue,
                        Claimed::UsedUp => None,
                        Claimed::UsedUpByMember => basket.member_id,
                    };
                return Err(Error::UsedUp { promotion_code: code, member_id });
            }
        }
        Edit::AbandonPayment { .. } | Edit::Cancel | Edit::Abandon if basket.has_counted_offers() => {
            store::promotion::release_uses(tx, *basket_id).await?;
        }
        _ => {}
    }
    Ok(())
}

/// Changes a basket as nobody asked for; nothing when a till has changed it meanwhile, for that comes first.
pub(super) async fn edit_unasked(
    app: &App,
    command: Command<'_>,
    edit: Edit,
) -> Result<Option<Shown>, Error> {
    append(app, command, &Entry::unasked(app.clock.now(), edit)).await
}

pub(super) async fn load(app: &App, command: Command<'_>) -> Result<Log, Error> {
    let mut connection = app.db.acquire().await?;
    load_at(&mut connection, command.key()).await
}

/// Reads a basket of a till. One that its shopper took to another till is refused by name: it is not lost.
pub(super) async fn load_at(db: &mut PgConnection, key: store::basket::Key<'_>) -> Result<Log, Error> {
    match store::basket::load(db, key).await? {
        Some(log) => Ok(log),
        None if store::basket::has_moved(db, key).await? => Err(BasketError::Moved.into()),
        None => Err(Error::NotFound("basket")),
    }
}

fn repeated(log: &Log, request: RequestKey) -> Result<Option<Shown>, Error> {
    match log.seen(request) {
        Seen::No => Ok(None),
        Seen::Repeat(edits) => log.shown_after(edits).map(Some).map_err(unfoldable),
        Seen::Reused => Err(Error::RequestIdReused),
    }
}

/// What is stored was allowed when it was written: that it no longer is must be our fault.
pub(super) fn unfoldable(error: BasketError) -> Error {
    Error::Internal(anyhow::Error::new(error).context("a stored basket does not follow from its log"))
}
