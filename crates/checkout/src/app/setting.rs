//! What the people of a store and the office set at a till: its lock, its mode, and that any machine may be it.

use std::collections::HashMap;

use outbox::request::{self, Claim};

use crate::{
    app::{App, attendance::Till},
    domain::id::RequestKey,
    error::Error,
    store,
};

/// What is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// It serves nobody, or serves again. A shopper who is there finishes first: the till hears of it in the answer to its report.
    Locked(bool),
    /// It trains, or sells again. A basket that is open keeps its mode; the next one is opened in the new, and it is kept with it who
    /// decided so.
    Training(bool),
    /// Which machine it was is forgotten, for a new disk or one that was restored: whoever asks first is the till.
    Released,
}

/// Sets something at a till, of one store or of any. A repeat changes nothing and shows the till as it stands.
#[tracing::instrument(skip_all)]
pub async fn set_till(
    app: &App,
    caller: &str,
    store_code: Option<&str>,
    request: RequestKey,
    terminal_code: &str,
    setting: Setting,
) -> Result<Till, Error> {
    let mut tx = app.db.begin().await?;
    match request::claim(&mut tx, caller, request.request_id, request.fingerprint.0).await? {
        Claim::Reused => return Err(Error::RequestIdReused),
        Claim::Repeat { .. } => {}
        Claim::First => {
            let is_there = match setting {
                Setting::Locked(locked) => {
                    store::till::lock(&mut tx, store_code, terminal_code, locked, caller).await?
                }
                Setting::Training(training) => {
                    store::training::set_mode(&mut tx, store_code, terminal_code, training, caller).await?
                }
                Setting::Released => store::claim::release(&mut tx, store_code, terminal_code).await?,
            };
            if !is_there {
                return Err(Error::NotFound("terminal"));
            }
            tracing::info!(terminal_code, ?setting, "a till was set");
        }
    }
    let presence = store::till::find(&mut tx, terminal_code).await?.ok_or(Error::NotFound("terminal"))?;
    let waiting = store::attendance::waiting_at(&mut tx, terminal_code).await?;
    tx.commit().await?;
    Ok(Till { presence, waiting, file_findings: HashMap::new() })
}
