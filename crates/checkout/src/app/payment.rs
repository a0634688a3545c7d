//! A basket around its payment.

use crate::{
    app::{
        App,
        basket::{Command, edit_basket},
    },
    domain::{
        basket::{Edit, Outcome},
        log::Shown,
    },
    error::Error,
};

/// Freezes the basket that the shopper saw, and so fixes the amount. Durable, and with it every edit before.
#[tracing::instrument(skip_all)]
pub async fn begin_payment(app: &App, command: Command<'_>) -> Result<Shown, Error> {
    edit_basket(app, command, Ok(Edit::BeginPayment)).await
}

/// The card terminal surely took nothing: the basket is open again.
#[tracing::instrument(skip_all)]
pub async fn abandon_payment(app: &App, command: Command<'_>, outcome: Outcome) -> Result<Shown, Error> {
    edit_basket(app, command, Ok(Edit::AbandonPayment { outcome })).await
}

/// Gives an unpaid basket up.
#[tracing::instrument(skip_all)]
pub async fn cancel_basket(app: &App, command: Command<'_>) -> Result<Shown, Error> {
    edit_basket(app, command, Ok(Edit::Cancel)).await
}
