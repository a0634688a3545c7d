//! Which machine is a till.

use anyhow::Context;
use outbox::request::{self, Claim};

use crate::{
    app::{App, till::store_of},
    domain::{
        claim::{Asking, Verdict, decide},
        id::RequestKey,
    },
    error::Error,
    store,
};

/// Makes a machine the till, or refuses it. The refusal is kept as what it is: somebody asked, since then, and the people of the store
/// see it. The same request is decided anew until it is granted; from then on its answer stays.
#[tracing::instrument(skip_all)]
pub async fn claim_till(
    app: &App,
    caller: &str,
    terminal_code: &str,
    request: RequestKey,
    mut asking: Asking,
) -> Result<i64, Error> {
    let store_code = store_of(app, terminal_code)?;
    let mut tx = app.db.begin().await?;
    match request::claim(&mut tx, caller, request.request_id, request.fingerprint.0).await? {
        Claim::Reused => return Err(Error::RequestIdReused),
        Claim::Repeat { reply: Some(reply) } => {
            let bytes = reply.try_into().ok().context("a generation that is not one")?;
            asking.granted = Some(i64::from_be_bytes(bytes));
        }
        Claim::Repeat { reply: None } | Claim::First => {}
    }
    let holder =
        store::claim::holder(&mut tx, terminal_code, &store_code, caller, request.request_id).await?;
    let verdict = decide(&holder, &asking);
    match verdict {
        Verdict::Granted(generation) => {
            store::claim::grant(&mut tx, terminal_code, &asking, generation).await?;
            request::save_reply(&mut tx, caller, request.request_id, &generation.to_be_bytes()).await?;
        }
        Verdict::Repeated(generation) => {
            store::claim::move_to(&mut tx, terminal_code, &asking, generation).await?;
        }
        Verdict::Elsewhere | Verdict::Cloned => store::claim::contest(&mut tx, terminal_code).await?,
    }
    tx.commit().await?;
    match verdict {
        Verdict::Granted(generation) | Verdict::Repeated(generation) => Ok(generation),
        Verdict::Elsewhere => Err(Error::ClaimedElsewhere),
        Verdict::Cloned => Err(Error::Cloned),
    }
}

/// Refuses what another machine asked for than the till. The statement that writes looks at the generation itself: this is asked only to
/// say why it did not.
pub(super) async fn refuse_elsewhere(
    app: &App,
    terminal_code: &str,
    generation: Option<i64>,
) -> Result<(), Error> {
    let Some(generation) = generation else { return Ok(()) };
    let mut db = app.db.acquire().await?;
    match store::claim::is_elsewhere(&mut db, terminal_code, generation).await? {
        true => Err(Error::ClaimedElsewhere),
        false => Ok(()),
    }
}
