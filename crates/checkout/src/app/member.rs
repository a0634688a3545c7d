//! Checkout's own copy of card to member id, kept from membership's events; and whose card a till shows.

use std::time::Instant;

use barcode::{CardNumber, CardNumberError, GtinError};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{
    app::App,
    domain::{
        basket::{BasketError, Edit},
        id::MemberId,
        scan::ScanError,
    },
    error::Error,
    store,
};

/// A card recognises a member from now on.
pub async fn issue_card(
    tx: &mut PgConnection,
    card_number: &str,
    member_id: MemberId,
    time: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    store::member::issue_card(tx, card_number, member_id, time).await
}

/// A card recognises nobody from now on.
pub async fn block_card(
    tx: &mut PgConnection,
    card_number: &str,
    member_id: MemberId,
    time: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    store::member::block_card(tx, card_number, member_id, time).await
}

/// Whose card it is. Answers nothing personal.
pub(super) async fn identify(app: &App, terminal_code: &str, card_number: &str) -> Result<Edit, Error> {
    let card = match CardNumber::parse(card_number) {
        Ok(card) => card,
        Err(CardNumberError::NotANumber(GtinError::BadCheckDigit { expected })) => {
            return Err(ScanError::BadCheckDigit(barcode::ScanError::BadCheckDigit { expected }).into());
        }
        Err(_) => return Err(BasketError::UnknownCard.into()),
    };
    // Taken before the card is looked up: a till that guesses learns nothing of the one that would have been right.
    let mut turn = app.guesses.cards.turn(terminal_code).await;
    turn.take(Instant::now()).map_err(|retry_after| Error::TooManyCards { retry_after })?;
    let recognised = recognise(app, card).await;
    if !matches!(recognised, Ok(None)) {
        turn.give_back();
    }
    let store::member::Recognised { member_id, used_up } = recognised?.ok_or(BasketError::UnknownCard)?;
    Ok(Edit::Identify { member_id, used_up })
}

async fn recognise(app: &App, card: CardNumber) -> Result<Option<store::member::Recognised>, Error> {
    let mut connection = app.db.acquire().await?;
    store::member::by_card(&mut connection, card.as_str()).await
}
