//! Members: registered, corrected, found.

use outbox::record;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{App, Command, card::new_card};
use crate::{
    domain::{
        code::StoreCode,
        id::MemberId,
        member::{Contact, Details, Member},
        search::Search,
    },
    error::Error,
    events, store,
};

/// Part of a listing.
pub struct Page {
    /// The members, by last and first name.
    pub members: Vec<Member>,
    /// Behind whom the next page begins; `None` at the end.
    pub next: Option<MemberId>,
}

/// Registers a person and issues the first card.
pub async fn register_member(
    app: &App,
    command: &Command,
    store: &StoreCode,
    details: &Details,
) -> Result<Member, Error> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    if let Some(before) = command.claim(&mut tx).await? {
        let member_id = before.id()?.parse().map_err(anyhow::Error::from)?;
        return member(&mut tx, store, MemberId(member_id)).await;
    }
    let member_id = MemberId(Uuid::now_v7());
    store::member::insert(&mut tx, store, member_id, details, now).await?;
    record(&mut tx, &events::member_registered(store, member_id, now)?).await?;
    let card = new_card(&mut tx, member_id, now).await?;
    record(&mut tx, &events::card_issued(store, member_id, &card)?).await?;
    let registered = member(&mut tx, store, member_id).await?;
    command.made(&mut tx, &member_id.0.to_string()).await?;
    tx.commit().await?;
    app.wake.wake();
    Ok(registered)
}

/// Replaces the details of a member.
pub async fn update_member(
    app: &App,
    command: &Command,
    store: &StoreCode,
    member_id: MemberId,
    details: &Details,
) -> Result<Member, Error> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    if command.claim(&mut tx).await?.is_some() {
        return member(&mut tx, store, member_id).await;
    }
    if !store::member::update(&mut tx, store, member_id, details, now).await? {
        return Err(Error::NotFound("member"));
    }
    let updated = member(&mut tx, store, member_id).await?;
    tx.commit().await?;
    Ok(updated)
}

/// Reads a member.
pub async fn get_member(app: &App, store: &StoreCode, member_id: MemberId) -> Result<Member, Error> {
    let mut db = app.db.acquire().await?;
    member(&mut db, store, member_id).await
}

/// Finds members, at most `size`, behind the one where the page before ended.
pub async fn find_members(
    app: &App,
    store: &StoreCode,
    search: &Search,
    behind: Option<MemberId>,
    size: usize,
) -> Result<Page, Error> {
    let mut db = app.db.acquire().await?;
    let place = match behind {
        Some(member_id) => {
            store::search::place(&mut db, store, member_id).await?.ok_or(Error::NotFound("page"))?
        }
        None => store::search::Place::default(),
    };
    // One more than asked for tells whether there is another page.
    let limit = i64::try_from(size + 1).map_err(anyhow::Error::from)?;
    let mut found = store::search::search(&mut db, store, search, &place, limit).await?;
    let more = found.len() > size;
    found.truncate(size);
    let next = found.last().copied().filter(|_| more);
    Ok(Page { members: store::member::list(&mut db, store, &found).await?, next })
}

/// Reads where the mail of a member goes at this moment.
pub async fn get_contact(app: &App, member_id: MemberId) -> Result<Contact, Error> {
    let mut db = app.db.acquire().await?;
    store::member::contact(&mut db, member_id).await?.ok_or(Error::NotFound("member"))
}

/// A member who must be there.
pub(super) async fn member(
    db: &mut PgConnection,
    store: &StoreCode,
    member_id: MemberId,
) -> Result<Member, Error> {
    store::member::find(db, store, member_id).await?.ok_or(Error::NotFound("member"))
}
