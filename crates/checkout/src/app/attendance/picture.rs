//! What people of a store see: its tills, the baskets that wait for their shoppers, and the history of a basket.

use std::{collections::HashMap, time::Duration};

use platform::Shutdown;
use time::OffsetDateTime;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::{
    app::{App, basket::unfoldable},
    domain::{
        acquirer::FileFinding,
        attendance::{Intervention, Kind},
        basket::Basket,
        history::{self, Fact},
        id::BasketId,
    },
    error::Error,
    store::{self, basket::Found, suspended::Suspended},
};

/// The most tills of one store that are shown at once.
const MOST_TILLS: i64 = 200;
/// The most suspended baskets of one store that are shown.
const MOST_SUSPENDED: i64 = 200;
/// How often the tables are looked at while somebody watches.
const LOOK: Duration = Duration::from_millis(300);

/// A till with what waits there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Till {
    /// As it stands.
    pub presence: store::till::Presence,
    /// The most pressing first, then the longest.
    pub waiting: Vec<Intervention>,
    /// What files of the bank say of payments that wait.
    pub file_findings: HashMap<Uuid, FileFinding>,
}

/// A store at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// By code.
    pub tills: Vec<Till>,
    /// The longest first.
    pub suspended: Vec<Suspended>,
}

/// The history of a basket.
#[derive(Clone, Debug)]
pub struct History {
    /// A page of it, oldest first.
    pub facts: Vec<Fact>,
    /// Whether there are more.
    pub has_more: bool,
    /// The basket as it stands.
    pub basket: Basket,
    /// The till it is at, or was at last.
    pub terminal_code: String,
    /// When it was opened.
    pub opened: OffsetDateTime,
    /// It is practised with.
    pub training: bool,
}

/// The tills of a store by code, after one of them; with the first of them the suspended baskets.
pub async fn list_tills(
    app: &App,
    store_code: &str,
    after: &str,
    page_size: u16,
) -> Result<(Picture, bool), Error> {
    let mut picture = picture(app, store_code, after, i64::from(page_size) + 1).await?;
    let has_more = picture.tills.len() > usize::from(page_size);
    picture.tills.truncate(usize::from(page_size));
    Ok((picture, has_more))
}

async fn picture(app: &App, store_code: &str, after: &str, limit: i64) -> Result<Picture, Error> {
    let mut db = app.db.acquire().await?;
    let mut waiting = store::attendance::waiting_in(&mut db, store_code).await?;
    waiting.sort_by_key(|waits| (waits.kind, waits.raised));
    // Most stores have none that waits, and are not asked what a file says of it.
    let findings = match waiting.iter().any(|waits| waits.kind == Kind::PaymentUnknown) {
        true => store::acquirer::findings_in(&mut db, store_code).await?,
        false => HashMap::new(),
    };
    let tills = store::till::of_store(&mut db, store_code, after, limit).await?;
    // They are told with the first tills.
    let suspended = match after.is_empty() {
        true => store::suspended::of_store(&mut db, store_code, MOST_SUSPENDED).await?,
        false => Vec::new(),
    };
    let with_waiting = |presence: store::till::Presence| {
        let own = waiting.iter().filter(|waits| waits.terminal_code == presence.terminal_code);
        let waiting: Vec<Intervention> = own.cloned().collect();
        let found =
            |waits: &Intervention| Some((waits.intervention_id, *findings.get(&waits.intervention_id)?));
        Till { file_findings: waiting.iter().filter_map(found).collect(), waiting, presence }
    };
    Ok(Picture { tills: tills.into_iter().map(with_waiting).collect(), suspended })
}

/// Shows a store now and whenever something changes, until nobody watches or the service stops. The tables are the truth, so that
/// every replica shows the same.
pub async fn watch_tills(
    app: App,
    store_code: String,
    shutdown: Shutdown,
    sender: mpsc::Sender<Result<Picture, Error>>,
) {
    let mut ticks = tokio::time::interval(LOOK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut shown: Option<Picture> = None;
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = sender.closed() => return,
            _ = ticks.tick() => {}
        }
        let told = match picture(&app, &store_code, "", MOST_TILLS).await {
            Ok(picture) if shown.as_ref().is_some_and(|shown| looks_the_same(shown, &picture)) => continue,
            Ok(picture) => Ok(shown.insert(picture).clone()),
            Err(error) => Err(error),
        };
        let is_end = told.is_err();
        if sender.send(told).await.is_err() || is_end {
            return;
        }
    }
}

/// That a till was heard of once more is no news.
fn looks_the_same(one: &Picture, other: &Picture) -> bool {
    let seen = |till: &Till| {
        let reported = till.presence.reported.map(|_| OffsetDateTime::UNIX_EPOCH);
        Till { presence: store::till::Presence { reported, ..till.presence.clone() }, ..till.clone() }
    };
    let is_same = |(one, other): (&Till, &Till)| seen(one) == seen(other);
    one.suspended == other.suspended
        && one.tills.len() == other.tills.len()
        && one.tills.iter().zip(&other.tills).all(is_same)
}

/// What was done with a basket of a store, after the first so many facts.
#[tracing::instrument(skip_all)]
pub async fn list_basket_edits(
    app: &App,
    store_code: &str,
    basket_id: BasketId,
    after: usize,
    page_size: u16,
) -> Result<History, Error> {
    let mut db = app.db.acquire().await?;
    let found = store::basket::find_in_store(&mut db, store_code, basket_id).await?;
    let Found { log, terminal_code, opened } = found.ok_or(Error::NotFound("basket"))?;
    let basket = Basket::after(&log.entries).map_err(unfoldable)?;
    let mut facts = history::facts(&log, &terminal_code).map_err(unfoldable)?;
    let mut facts = facts.split_off(after.min(facts.len()));
    let has_more = facts.len() > usize::from(page_size);
    facts.truncate(usize::from(page_size));
    let training = log.training_by.is_some();
    Ok(History { facts, has_more, basket, terminal_code, opened, training })
}
