//! A frozen basket that is paid in parts.

use money::{Cents, Currency};
use sqlx::PgConnection;

use crate::{
    app::{
        App,
        basket::{Command, counter, edit_basket, unfoldable},
    },
    domain::{
        basket::{Edit, Entry},
        catalogue::Store,
        id::{BasketId, TenderId},
        log::Shown,
        payment::{Given, Tender, TenderError},
        sale,
    },
    error::Error,
    metrics,
    store::{self, store_credit::Movement},
};

/// Holds a tender that is not the last one. A slip that may not be kept is left out of it: the shopper has paid.
#[tracing::instrument(skip_all)]
pub async fn take_tender(app: &App, command: Command<'_>, mut given: Given) -> Result<Shown, Error> {
    let catalogue = app.catalogue.current();
    let edit = counter(app, &catalogue, command).and_then(|counter| {
        let store = catalogue.store(counter.store_code).ok_or(Error::NotFound("store"))?;
        given.slip_text = kept_slip(app, store, command.terminal_code, given.slip_text);
        Ok(Edit::TakeTender { given: Box::new(given) })
    });
    edit_basket(app, command, edit).await
}

/// The slip, or nothing where it may not be kept: that stands in nobody's way.
pub(super) fn kept_slip(app: &App, store: &Store, terminal: &str, text: String) -> String {
    match sale::check_slip(store, &app.card_contracts, &text) {
        Ok(()) => text,
        Err(refused) => {
            tracing::error!(terminal, %refused, "a card slip is left out");
            metrics::slip_refused();
            String::new()
        }
    }
}

/// Lets a held tender go that was given back.
#[tracing::instrument(skip_all)]
pub async fn return_tender(app: &App, command: Command<'_>, tender_id: TenderId) -> Result<Shown, Error> {
    edit_basket(app, command, Ok(Edit::ReturnTender { tender_id })).await
}

/// Reads the store credit of the basket's member, and its currency.
#[tracing::instrument(skip_all)]
pub async fn get_store_credit(
    app: &App,
    terminal_code: &str,
    basket_id: BasketId,
) -> Result<(Cents, Currency), Error> {
    let mut connection = app.db.acquire().await?;
    let key = store::basket::Key { terminal_code, basket_id };
    let log = store::basket::load(&mut connection, key).await?.ok_or(Error::NotFound("basket"))?;
    let balance = match log.shown().map_err(unfoldable)?.basket.member_id {
        Some(member_id) => store::store_credit::balance(&mut connection, member_id, log.currency).await?,
        None => Cents::ZERO,
    };
    Ok((balance, log.currency))
}

/// Moves the store credit that an edit takes or gives back, in its transaction.
pub(super) async fn settle(tx: &mut PgConnection, shown: &Shown, entry: &Entry) -> Result<(), Error> {
    match &entry.edit {
        Edit::TakeTender { given } => match movement(shown, &given.tender, entry) {
            Some(movement) => spend(tx, &movement).await,
            None => Ok(()),
        },
        Edit::ReturnTender { .. } => {
            let returned = shown.basket.tenders.returned().last();
            match returned.and_then(|tender| movement(shown, tender, entry)) {
                Some(movement) => store::store_credit::put_back(tx, &movement).await,
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// Takes store credit, or refuses when there is not enough.
pub(super) async fn spend(tx: &mut PgConnection, movement: &Movement) -> Result<(), Error> {
    match store::store_credit::spend(tx, movement).await? {
        true => Ok(()),
        false => Err(TenderError::NoStoreCredit.into()),
    }
}

fn movement(shown: &Shown, tender: &Tender, entry: &Entry) -> Option<Movement> {
    let account = shown.basket.member_id.filter(|_| !shown.training);
    Movement::of(tender, account?, shown.currency, shown.basket_id, entry.time)
}
