//! The history of a basket, for the people of its store.

use proto::checkout::v1 as pb;

use super::{attendance::goods, convert, receipt};
use crate::{
    app::{App, attendance},
    domain::{
        basket::{Edit, Outcome},
        history::{Author, Fact},
    },
    error::Error,
    events::timestamp,
    store::suspended::Suspended,
};

pub async fn list(
    app: &App,
    store_code: &str,
    message: &pb::ListBasketEditsRequest,
) -> Result<pb::ListBasketEditsResponse, Error> {
    let basket_id = convert::basket_id(&message.basket_id)?;
    let size = convert::page_size(message.page_size)?;
    let after = match message.page_token.as_str() {
        "" => 0,
        token => token.parse().map_err(|_| Error::field("page_token", "not one that was answered"))?,
    };
    let history = attendance::list_basket_edits(app, store_code, basket_id, after, size).await?;
    let last = history.facts.last().filter(|_| history.has_more).map(|fact| fact.number.to_string());
    Ok(pb::ListBasketEditsResponse {
        next_page_token: last.unwrap_or_default(),
        state: pb::BasketState::from(history.basket.state).into(),
        terminal_code: history.terminal_code,
        opened_time: Some(timestamp(history.opened)),
        audit_waits: history.basket.audit_waits(),
        member_identified: history.basket.member_id.is_some(),
        training: history.training,
        edits: history.facts.into_iter().map(Into::into).collect(),
    })
}

impl From<Fact> for pb::KeptEdit {
    fn from(fact: Fact) -> Self {
        let mut kept = Self {
            number: i64::try_from(fact.number).unwrap_or(i64::MAX),
            edit_time: Some(timestamp(fact.time)),
            terminal_code: fact.terminal_code,
            author: match fact.author {
                Author::Till => pb::EditAuthor::Till.into(),
                Author::Attendant => pb::EditAuthor::Attendant.into(),
                Author::Rules => pb::EditAuthor::Checkout.into(),
            },
            kind: kind(&fact.edit).into(),
            goods: fact.goods.into_iter().map(goods).collect(),
            label: fact.label,
            total_minor: fact.total.map_or(0, money::Cents::get),
            ..Self::default()
        };
        match &fact.edit {
            Edit::Approve { minimum_age, .. } => kept.minimum_age = i32::from(*minimum_age),
            Edit::EndAudit { clean, .. } => kept.clean = *clean,
            Edit::AbandonPayment { outcome, .. } => outcome_word(*outcome).clone_into(&mut kept.outcome),
            Edit::ChooseReceipt { receipt, .. } => {
                kept.receipt_choice = receipt::choice(Some(receipt)).into()
            }
            _ => {}
        }
        kept
    }
}

fn kind(edit: &Edit) -> pb::EditKind {
    match edit {
        Edit::Scan { .. } => pb::EditKind::Scan,
        Edit::ScanUnknown { .. } => pb::EditKind::ScanUnknown,
        Edit::Resolve { .. } => pb::EditKind::Resolve,
        Edit::ReturnDeposit { .. } => pb::EditKind::ReturnDeposit,
        Edit::SetQuantity { .. } => pb::EditKind::SetQuantity,
        Edit::Remove { .. } => pb::EditKind::Remove,
        Edit::Identify { .. } => pb::EditKind::Identify,
        Edit::Unidentify => pb::EditKind::Unidentify,
        Edit::ClaimDiscount { .. } => pb::EditKind::ClaimDiscount,
        Edit::WithdrawOffer { .. } => pb::EditKind::WithdrawOffer,
        Edit::ChooseReceipt { .. } => pb::EditKind::ChooseReceipt,
        Edit::BeginPayment { .. } => pb::EditKind::BeginPayment,
        Edit::TakeTender { .. } => pb::EditKind::TakeTender,
        Edit::ReturnTender { .. } => pb::EditKind::ReturnTender,
        Edit::AbandonPayment { .. } => pb::EditKind::AbandonPayment,
        Edit::Approve { .. } => pb::EditKind::Approve,
        Edit::RefuseGoods { .. } => pb::EditKind::RefuseGoods,
        Edit::BeginAudit { .. } => pb::EditKind::BeginAudit,
        Edit::EndAudit { .. } => pb::EditKind::EndAudit,
        Edit::Suspend { .. } => pb::EditKind::Suspend,
        Edit::Resume { .. } => pb::EditKind::Resume,
        Edit::Pay { .. } => pb::EditKind::Pay,
        Edit::Cancel => pb::EditKind::Cancel,
        Edit::Abandon => pb::EditKind::Abandon,
        Edit::Expire => pb::EditKind::Expire,
    }
}

fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Refused => "REFUSED",
        Outcome::Abandoned => "ABANDONED",
        Outcome::TimedOut => "TIMED_OUT",
    }
}

impl From<Suspended> for pb::SuspendedBasket {
    fn from(suspended: Suspended) -> Self {
        Self {
            basket_id: suspended.basket_id.to_string(),
            terminal_code: suspended.terminal_code,
            suspended_time: Some(timestamp(suspended.since)),
            article_count: suspended.article_count,
            ends_time: Some(timestamp(suspended.ends)),
            training: suspended.training,
        }
    }
}
