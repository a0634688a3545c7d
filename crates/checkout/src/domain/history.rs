//! What was done with a basket, one fact after the other, as a person of the store reads it: also of lines that are gone.

use money::Cents;
use time::OffsetDateTime;

use crate::domain::{
    attendance::Goods,
    basket::{Basket, BasketError, Edit, Entry, Line},
    catalogue::SoldBy,
    id::TenderId,
    log::Log,
    price::Priced,
};

#[cfg(test)]
mod tests;

/// Who did it. Nobody is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// The shopper, at the till.
    Till,
    /// A person of the store.
    Attendant,
    /// Nobody: it followed from the rules.
    Rules,
}

/// A move or an edit of a basket.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Its place, from 1.
    pub number: usize,
    /// When.
    pub time: OffsetDateTime,
    /// The till the basket was at.
    pub terminal_code: String,
    /// Who did it.
    pub author: Author,
    /// What was done.
    pub edit: Edit,
    /// The goods it concerns.
    pub goods: Vec<Goods>,
    /// An unknown code, a discount; or empty.
    pub label: String,
    /// What the basket cost when it was frozen or suspended; how much a tender is.
    pub total: Option<Cents>,
}

/// The facts of a basket that is at this till now.
///
/// # Errors
/// When the basket does not follow from its log.
pub fn facts(log: &Log, terminal_code: &str) -> Result<Vec<Fact>, BasketError> {
    let mut at = opened_at(&log.entries).unwrap_or(terminal_code).to_owned();
    let mut basket = Basket::new();
    let mut facts = Vec::with_capacity(log.entries.len());
    for (entry, number) in log.entries.iter().zip(1..) {
        let (goods, label) = concerned(&basket, &entry.edit);
        basket.apply(&entry.edit)?;
        if let Edit::Resume { terminal_code } = &entry.edit {
            at.clone_from(terminal_code);
        }
        let total = match &entry.edit {
            Edit::BeginPayment { .. } | Edit::Suspend { .. } => Some(Priced::of(&basket)?.total),
            Edit::TakeTender { given } => Some(given.tender.amount),
            Edit::ReturnTender { tender_id } => taken(log, *tender_id),
            _ => None,
        };
        facts.push(Fact {
            number,
            time: entry.time,
            terminal_code: at.clone(),
            author: author(entry),
            edit: entry.edit.clone(),
            goods,
            label,
            total,
        });
    }
    Ok(facts)
}

/// The till that suspended it first had it from the beginning.
fn opened_at(entries: &[Entry]) -> Option<&str> {
    entries.iter().find_map(|entry| match &entry.edit {
        Edit::Suspend { terminal_code, .. } => Some(terminal_code.as_str()),
        _ => None,
    })
}

/// How much a tender was that was taken before.
fn taken(log: &Log, tender_id: TenderId) -> Option<Cents> {
    log.entries.iter().find_map(|entry| match &entry.edit {
        Edit::TakeTender { given } if given.tender.tender_id == tender_id => Some(given.tender.amount),
        _ => None,
    })
}

fn author(entry: &Entry) -> Author {
    match (&entry.edit, entry.request) {
        (
            Edit::Resolve { .. } | Edit::Approve { .. } | Edit::RefuseGoods { .. } | Edit::EndAudit { .. },
            _,
        ) => Author::Attendant,
        _ if entry.attended => Author::Attendant,
        (_, Some(_)) => Author::Till,
        (_, None) => Author::Rules,
    }
}

/// What an edit is about, in the basket as it stood before.
fn concerned(basket: &Basket, edit: &Edit) -> (Vec<Goods>, String) {
    let lines = |is_one: &dyn Fn(&Line) -> bool| -> Vec<Goods> {
        basket.lines.iter().filter(|line| line.deposit_of == 0 && is_one(line)).map(goods).collect()
    };
    match edit {
        Edit::Scan { item, quantity }
        | Edit::Resolve { item, quantity, .. }
        | Edit::ReturnDeposit { item, quantity, .. } => {
            let by_weight = item.sold_by == SoldBy::Kilogram;
            (vec![Goods { name: item.name.clone(), quantity: *quantity, by_weight }], String::new())
        }
        Edit::ScanUnknown { code, .. } => (Vec::new(), code.clone()),
        Edit::SetQuantity { line_id, quantity } => {
            let mut goods = lines(&|line| line.line_id == *line_id);
            goods.iter_mut().for_each(|goods| goods.quantity = *quantity);
            (goods, String::new())
        }
        Edit::Remove { line_id } => {
            let code = basket.unknown_codes.iter().find(|code| code.line_id == *line_id);
            (lines(&|line| line.line_id == *line_id), code.map(|code| code.code.clone()).unwrap_or_default())
        }
        Edit::RefuseGoods { .. } => {
            let approved = basket.attended.approved_age;
            (lines(&|line| line.item.minimum_age > approved), String::new())
        }
        Edit::BeginAudit { lines: drawn } => (lines(&|line| drawn.contains(&line.line_id)), String::new()),
        Edit::ClaimDiscount { offer } => (Vec::new(), offer.label.clone()),
        Edit::WithdrawOffer { promotion_code, .. } => (Vec::new(), promotion_code.clone()),
        Edit::Identify { .. }
        | Edit::Unidentify
        | Edit::ChooseReceipt { .. }
        | Edit::BeginPayment { .. }
        | Edit::TakeTender { .. }
        | Edit::ReturnTender { .. }
        | Edit::AbandonPayment { .. }
        | Edit::Suspend { .. }
        | Edit::Resume { .. }
        | Edit::Cancel
        | Edit::Abandon
        | Edit::Expire
        | Edit::Approve { .. }
        | Edit::EndAudit { .. }
        | Edit::Pay { .. } => (Vec::new(), String::new()),
    }
}

/// The goods of a line.
pub fn goods(line: &Line) -> Goods {
    let by_weight = line.item.sold_by == SoldBy::Kilogram;
    Goods { name: line.item.name.clone(), quantity: line.quantity, by_weight }
}
