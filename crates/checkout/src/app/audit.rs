//! A drawn basket of which a part is scanned again at its till.

use crate::{
    app::{
        App,
        basket::{Command, counter, edit_basket, load},
    },
    domain::{
        attendance::AnswerError,
        audit::{self, Again, Recount},
        basket::Edit,
        log::Shown,
        scan,
    },
    error::Error,
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
        Ok(Edit::EndAudit { clean: recount.is_clean(), by: None, recount: Some(recount) })
    } else {
        Err(AnswerError::Already.into())
    };
    let shown = edit_basket(app, command, edit).await?;
    let recount = shown.basket.attended.audit.as_ref().and_then(|audit| audit.recount);
    Ok((shown, recount.unwrap_or_default()))
}
