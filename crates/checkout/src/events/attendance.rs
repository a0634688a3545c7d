//! What people do at the tills, and baskets that end without a sale. Nobody is named.

use outbox::NewEvent;
use proto::{
    checkout::v1::{BasketEdit, BasketEnded, TillAttended},
    subject::{basket_ended, till_attended},
};
use time::OffsetDateTime;

use crate::{
    domain::{
        attendance::Intervention,
        basket::{Edit, Entry},
        log::{Log, Shown},
    },
    events::{source, timestamp},
};

/// `sales.attended.<store>`.
pub fn till_attended(answered: &Intervention) -> Result<NewEvent, serde_json::Error> {
    let (decision, time) = match answered.answered {
        Some((decision, time)) => (decision.as_str(), time),
        None => ("", answered.raised),
    };
    let recount = answered.detail.recount.unwrap_or_default();
    let body = TillAttended {
        intervention_id: answered.intervention_id.to_string(),
        store_code: answered.store_code.clone(),
        terminal_code: answered.terminal_code.clone(),
        basket_id: answered.basket_id.map(|basket_id| basket_id.to_string()).unwrap_or_default(),
        kind: answered.kind.as_str().to_owned(),
        decision: decision.to_owned(),
        raised_time: Some(timestamp(answered.raised)),
        answered_time: Some(timestamp(time)),
        found: recount.found,
        missing: recount.missing,
        not_scanned: recount.not_scanned,
        waited_ms: answered.waited_ms().and_then(|waited| i64::try_from(waited).ok()).unwrap_or_default(),
    };
    let store = &answered.store_code;
    NewEvent::new(till_attended::of(store), till_attended::TYPE, source(store), time, &body)
}

/// `sales.ended.<store>`.
pub fn basket_ended(
    terminal_code: &str,
    log: &Log,
    shown: &Shown,
    now: OffsetDateTime,
) -> Result<NewEvent, serde_json::Error> {
    let (cause, abandon_cause) = match log.entries.last().map(|entry| &entry.edit) {
        Some(Edit::Abandon) => ("abandoned", "idle"),
        Some(Edit::Expire) => ("abandoned", "day_ended"),
        _ => ("cancelled", ""),
    };
    let body = BasketEnded {
        basket_id: log.basket_id.to_string(),
        store_code: log.store_code.clone(),
        terminal_code: terminal_code.to_owned(),
        cause: cause.to_owned(),
        ended_time: Some(timestamp(now)),
        total_minor: shown.priced.total.get(),
        currency_code: log.currency.code().to_owned(),
        edits: log.entries.iter().map(edit).collect(),
        abandon_cause: abandon_cause.to_owned(),
    };
    let store = &log.store_code;
    NewEvent::new(basket_ended::of(store), basket_ended::TYPE, source(store), now, &body)
}

fn edit(entry: &Entry) -> BasketEdit {
    let (word, line_id, scanned) = match &entry.edit {
        Edit::Scan { item, quantity } => ("scan", 0, Some((item, *quantity))),
        Edit::ScanUnknown { .. } => ("scan_unknown", 0, None),
        Edit::ChooseReceipt { .. } => ("choose_receipt", 0, None),
        Edit::Resolve { line_id, item, quantity } => ("resolve", *line_id, Some((item, *quantity))),
        Edit::ReturnDeposit { item, quantity, .. } => ("return_deposit", 0, Some((item, *quantity))),
        Edit::SetQuantity { line_id, quantity } => {
            return BasketEdit { quantity_milli: quantity.get(), ..plain("set_quantity", *line_id, entry) };
        }
        Edit::Remove { line_id } => ("remove", *line_id, None),
        Edit::Identify { .. } => ("identify", 0, None),
        Edit::Unidentify => ("unidentify", 0, None),
        Edit::ClaimDiscount { .. } => ("claim_discount", 0, None),
        Edit::WithdrawOffer { .. } => ("withdraw_offer", 0, None),
        Edit::BeginPayment { .. } => ("begin_payment", 0, None),
        Edit::TakeTender { .. } => ("take_tender", 0, None),
        Edit::ReturnTender { .. } => ("return_tender", 0, None),
        Edit::AbandonPayment { .. } => ("abandon_payment", 0, None),
        Edit::Suspend { .. } => ("suspend", 0, None),
        Edit::Resume { .. } => ("resume", 0, None),
        Edit::Expire => ("expire", 0, None),
        Edit::Cancel => ("cancel", 0, None),
        Edit::Abandon => ("abandon", 0, None),
        Edit::Approve { .. } => ("approve", 0, None),
        Edit::RefuseGoods { .. } => ("refuse_goods", 0, None),
        Edit::BeginAudit { .. } => ("begin_audit", 0, None),
        Edit::EndAudit { .. } => ("end_audit", 0, None),
        Edit::Pay { .. } => ("pay", 0, None),
    };
    let plain = plain(word, line_id, entry);
    match scanned {
        Some((item, quantity)) => {
            BasketEdit { gtin: item.gtin.to_string(), quantity_milli: quantity.get(), ..plain }
        }
        None => plain,
    }
}

fn plain(word: &str, line_id: i32, entry: &Entry) -> BasketEdit {
    BasketEdit {
        edit: word.to_owned(),
        edit_time: Some(timestamp(entry.time)),
        line_id,
        gtin: String::new(),
        quantity_milli: 0,
    }
}
