//! A drawn basket of which a part is scanned again at its till.

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{
    app::{
        App, attendance,
        basket::{Command, counter, edit_basket, load},
    },
    domain::{
        attendance::{AnswerError, Decision, Intervention, Kind},
        audit::{self, Again, Recount},
        basket::Edit,
        log::{Log, Shown},
        scan,
    },
    error::Error,
    store,
};

/// Ends the look at a basket by what was scanned again, and says what that has found. A repeat gets the first answer.
#[tracing::instrument(skip_all)]
pub async fn record_audit(
    app: &App,
    command: Command<'_>,
    codes: &[String],
) -> Result<(Shown, Recount), Error> {
    let catalogue = app.catalogue.current();
    let counter = counter(app, &catalogue, command)?;
    let again: Vec<Again> = codes.iter().filter_map(|code| scan::read_again(counter, code)).collect();
    let basket = load(app, command).await?.shown()?.basket;
    let edit = if basket.audit_waits() {
        let recount = audit::recount(&basket, &again);
        match recount.is_of_nothing() {
            true => Err(Error::NothingScanned),
            false => Ok(Edit::EndAudit { clean: recount.is_clean(), by: None, recount: Some(recount) }),
        }
    } else {
        Err(AnswerError::Already.into())
    };
    let shown = edit_basket(app, command, edit).await?;
    let recount = shown.basket.attended.audit.as_ref().and_then(|audit| audit.recount);
    Ok((shown, recount.unwrap_or_default()))
}

/// A drawn basket was looked at at its till, by the attendants' code: nobody answers it on the page any more.
pub(super) async fn looked_at_the_till(
    tx: &mut PgConnection,
    terminal_code: &str,
    log: &Log,
    clean: bool,
    recount: Option<Recount>,
    now: OffsetDateTime,
) -> Result<Vec<Intervention>, Error> {
    let decision = if clean { Decision::Approve } else { Decision::Refuse };
    let waiting = store::attendance::waiting_at(tx, terminal_code).await?;
    let is_it = |waits: &Intervention| waits.kind == Kind::Audit && waits.basket_id == Some(log.basket_id);
    let mut looked: Vec<Intervention> = waiting.into_iter().filter(is_it).collect();
    for audit in &mut looked {
        audit.answer(decision, now)?;
        audit.detail.recount = recount;
    }
    attendance::end(tx, looked).await
}
