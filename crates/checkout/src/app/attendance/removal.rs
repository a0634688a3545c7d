//! What the machine of a till has left that is taken out of its store.

use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::deserted;
use crate::{
    app::App,
    domain::{attendance::Intervention, basket::Edit},
    error::Error,
    store,
};

/// Newer than every machine that a till ever was: none will be at what is left.
const NOBODY: i64 = i64::MAX;

/// Ends what a machine has left that is not heard of any more: its open baskets are given up, and what is known of its payments is carried
/// out, or somebody is called to them. `false` while it is heard of; then nothing is ended.
pub(in crate::app) async fn end_left(app: &App, terminal_code: &str) -> Result<bool, Error> {
    let mut tx = app.db.begin().await?;
    if store::claim::is_heard_of(&mut tx, terminal_code).await? {
        return Ok(false);
    }
    let mut ended = give_up(app, &mut tx, terminal_code).await?;
    ended.extend(deserted::look_behind(app, &mut tx, terminal_code, None, NOBODY).await?);
    tx.commit().await?;
    super::ended(app, &ended);
    app.wake.wake();
    Ok(true)
}

/// Gives the open baskets up, but for one of which a payment still waits for a person.
async fn give_up(app: &App, tx: &mut PgConnection, terminal_code: &str) -> Result<Vec<Intervention>, Error> {
    let mut ended = Vec::new();
    for basket_id in store::deserted::lock_open(tx, terminal_code).await? {
        let mut attempt = tx.begin().await?;
        let command = deserted::command_under(Uuid::now_v7(), terminal_code, basket_id);
        match deserted::edit(app, &mut attempt, command, Edit::Abandon).await {
            Ok((_, over)) => {
                attempt.commit().await?;
                ended.extend(over);
            }
            Err(error) => {
                attempt.rollback().await?;
                tracing::warn!(terminal_code, %basket_id, %error, "a basket of a silent till stays open");
            }
        }
    }
    Ok(ended)
}
