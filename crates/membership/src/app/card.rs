//! Cards: issued, blocked, greeted.

use anyhow::anyhow;
use barcode::CardNumber;
use outbox::record;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{App, Command, member::member};
use crate::{
    domain::{card::Card, code::StoreCode, id::MemberId, member::Member},
    error::Error,
    events, store,
};

/// Numbers drawn before we take it that something is wrong: even a million cards leave 9999 of 10000 free.
const DRAWS: usize = 8;

/// Issues another card, and blocks those the member held if asked to.
pub async fn issue_card(
    app: &App,
    command: &Command,
    store: &StoreCode,
    member_id: MemberId,
    block_others: bool,
) -> Result<(Member, Card), Error> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    if let Some(before) = command.claim(&mut tx).await? {
        let number: CardNumber = before.id()?.parse().map_err(anyhow::Error::from)?;
        let member = member(&mut tx, store, member_id).await?;
        return Ok((member, card(&mut tx, member_id, &number).await?));
    }
    if !store::member::lock(&mut tx, store, member_id).await? {
        return Err(Error::NotFound("member"));
    }
    if block_others {
        for other in store::card::block_all(&mut tx, member_id, now).await? {
            record(&mut tx, &events::card_blocked(store, member_id, &other, now)?).await?;
        }
    }
    let card = new_card(&mut tx, member_id, now).await?;
    record(&mut tx, &events::card_issued(store, member_id, &card)?).await?;
    let member = member(&mut tx, store, member_id).await?;
    command.made(&mut tx, card.number.as_str()).await?;
    tx.commit().await?;
    app.wake.wake();
    Ok((member, card))
}

/// Blocks a card for good. Blocking it again, under another request id, changes nothing.
pub async fn block_card(
    app: &App,
    command: &Command,
    store: &StoreCode,
    number: &CardNumber,
) -> Result<Card, Error> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let repeated = command.claim(&mut tx).await?.is_some();
    let holder = store::card::holder(&mut tx, store, number).await?.ok_or(Error::NotFound("card"))?;
    if repeated {
        return card(&mut tx, holder, number).await;
    }
    if !store::member::lock(&mut tx, store, holder).await? {
        return Err(Error::NotFound("card"));
    }
    let changed = store::card::block(&mut tx, holder, number, now).await?;
    let card = card(&mut tx, holder, number).await?;
    if changed {
        record(&mut tx, &events::card_blocked(store, holder, &card, now)?).await?;
    }
    tx.commit().await?;
    app.wake.wake();
    Ok(card)
}

/// Tells how a till greets the bearer of a card. A till that shows too many unknown cards is made to wait.
pub async fn get_greeting(app: &App, terminal: &str, number: &CardNumber) -> Result<String, Error> {
    if !app.guesses.take(terminal) {
        return Err(Error::TooManyCards);
    }
    let greeting = greeting(app, number).await;
    if !matches!(greeting, Err(Error::NotFound(_) | Error::CardBlocked)) {
        app.guesses.give_back(terminal);
    }
    greeting
}

async fn greeting(app: &App, number: &CardNumber) -> Result<String, Error> {
    let mut db = app.db.acquire().await?;
    let bearer = store::card::bearer(&mut db, number).await?.ok_or(Error::NotFound("card"))?;
    Ok(bearer.greeting()?)
}

/// A card of a number that nobody can guess.
pub(super) async fn new_card(
    tx: &mut PgConnection,
    member_id: MemberId,
    now: OffsetDateTime,
) -> Result<Card, Error> {
    for _ in 0..DRAWS {
        let serial = rand::random_range(0..CardNumber::SERIALS);
        let number = CardNumber::from_serial(serial).expect("the serial is below their number");
        if store::card::insert(tx, member_id, &number, now).await? {
            return Ok(Card { number, issued: now, blocked: None });
        }
    }
    Err(Error::Internal(anyhow!("{DRAWS} card numbers in a row were taken")))
}

async fn card(db: &mut PgConnection, member_id: MemberId, number: &CardNumber) -> Result<Card, Error> {
    store::card::find(db, member_id, number).await?.ok_or(Error::NotFound("card"))
}
