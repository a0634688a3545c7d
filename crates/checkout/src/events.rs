//! How a fact becomes an event, and what is done with the events of others.

mod attendance;
mod catalogue;

use money::Cents;
use outbox::{Event, Handle, HandleError, NewEvent};
use prost_types::Timestamp;
use proto::{
    checkout::v1::{RefundPaidBack, SaleCompleted, SaleDiscount, SaleLine, SalePayment, SaleRefunded},
    membership::v1::{CardBlocked, CardIssued},
    receipt::v1::MailSettled,
    subject::{card_blocked, card_issued, mail_settled, refund_paid_back, sale_completed, sale_refunded},
    r#type::v1::VatTotal,
};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    app::member,
    domain::{
        basket::receipt::Receipt,
        id::MemberId,
        price::PricedLine,
        refund::CreditNote,
        refund_credit::RefundCredit,
        sale::{Paid, Ticket},
    },
    store,
};

pub use attendance::{basket_ended, till_attended};
pub use catalogue::products_changed;

/// The subjects of `MEMBERS` that checkout reads.
pub const CARDS: [&str; 2] = [card_issued::ALL, card_blocked::ALL];

/// The subject of `RECEIPTS` that checkout reads.
pub const MAILS: [&str; 1] = [mail_settled::ALL];

/// Keeps checkout's copy of card to member id, and which documents left by mail.
#[derive(Clone, Copy, Debug)]
pub struct Facts;

impl Handle for Facts {
    async fn handle(&self, tx: &mut PgConnection, event: &Event) -> Result<(), HandleError> {
        match event.event_type.as_str() {
            card_issued::TYPE => {
                let card: CardIssued = event.decode()?;
                let (number, member_id) = card_of(&card.card_number, &card.member_id)?;
                Ok(member::issue_card(tx, &number, member_id, event.occurred).await?)
            }
            card_blocked::TYPE => {
                let card: CardBlocked = event.decode()?;
                let (number, member_id) = card_of(&card.card_number, &card.member_id)?;
                Ok(member::block_card(tx, &number, member_id, event.occurred).await?)
            }
            mail_settled::TYPE => {
                let mail: MailSettled = event.decode()?;
                Ok(settled(tx, &mail, event.occurred).await?)
            }
            // The filter lets no other type through today; one that comes with a later membership is not ours.
            _ => Ok(()),
        }
    }
}

/// A mail that left, or may have: what was never sent is no copy.
async fn settled(tx: &mut PgConnection, mail: &MailSettled, time: OffsetDateTime) -> Result<(), HandleError> {
    // Nor is what tells that money went back: no document is in it.
    if !matches!(mail.state.as_str(), "sent" | "unknown") || mail.kind == "paid_back" {
        return Ok(());
    }
    let id =
        |text: &str| Uuid::try_parse(text).map_err(|_| HandleError::Reject("an id that is none".to_owned()));
    let refund_id = if mail.refund_id.is_empty() { None } else { Some(id(&mail.refund_id)?) };
    Ok(store::sending::keep(tx, id(&mail.delivery_id)?, id(&mail.sale_id)?, refund_id, time).await?)
}

fn card_of(card_number: &str, member_id: &str) -> Result<(String, MemberId), HandleError> {
    // The number recognises a person, so the reason does not repeat it.
    let card = barcode::CardNumber::parse(card_number)
        .map_err(|_| HandleError::Reject("the card number is not one".to_owned()))?;
    let member_id =
        member_id.parse().map_err(|_| HandleError::Reject("the member id is not a UUID".to_owned()))?;
    Ok((card.as_str().to_owned(), MemberId(member_id)))
}

/// `sales.completed.<store>`.
pub fn sale_completed(ticket: &Ticket) -> Result<NewEvent, serde_json::Error> {
    let body = SaleCompleted {
        sale_id: ticket.sale_id.to_string(),
        basket_id: ticket.basket_id.to_string(),
        store_code: ticket.shop.code.clone(),
        store_name: ticket.shop.name.clone(),
        time_zone: ticket.shop.time_zone.clone(),
        terminal_code: ticket.terminal_code.clone(),
        terminal_kind: ticket.terminal_kind.as_str().to_owned(),
        sequence: ticket.sequence,
        completed_time: Some(timestamp(ticket.completed_time)),
        currency_code: ticket.currency.code().to_owned(),
        total_minor: ticket.total.get(),
        discount_minor: ticket.discount.get(),
        lines: ticket.lines.iter().map(line).collect(),
        vat_totals: ticket.vat_totals.iter().map(vat_total).collect(),
        payments: ticket.paid().into_iter().map(payment).collect(),
        member_id: ticket.member_id.map(|member_id| member_id.to_string()).unwrap_or_default(),
        fiscal_hash: ticket.fiscal_hash.to_string(),
        fiscal_version: ticket.fiscal_version.clone(),
        store_address_lines: ticket.shop.address_lines.clone(),
        siret: ticket.shop.siret.clone(),
        vat_number: ticket.shop.vat_number.clone(),
        deposit_minor: ticket.deposits.get(),
        meal_voucher_minor: ticket.meal_voucher.get(),
        receipt_choice: ticket.receipt.as_ref().map(|receipt| receipt.word().to_owned()).unwrap_or_default(),
        guest_contact_id: match &ticket.receipt {
            Some(Receipt::TypedEmail { guest_contact_id }) => guest_contact_id.to_string(),
            _ => String::new(),
        },
        receipt_token_sha256: match &ticket.receipt {
            Some(Receipt::Qr { token_sha256 }) => token_sha256.clone(),
            _ => String::new(),
        },
        language: ticket.language.tag().to_owned(),
    };
    let subject = sale_completed::of(&ticket.shop.code);
    NewEvent::new(subject, sale_completed::TYPE, source(&ticket.shop.code), ticket.completed_time, &body)
}

/// `sales.refunded.<store>`.
pub fn sale_refunded(note: &CreditNote, ticket: &Ticket) -> Result<NewEvent, serde_json::Error> {
    let subject = sale_refunded::of(&ticket.shop.code);
    let body = refunded(note, ticket);
    NewEvent::new(subject, sale_refunded::TYPE, source(&ticket.shop.code), note.refunded_time, &body)
}

/// `sales.paid_back.<store>`.
pub fn refund_paid_back(
    note: &CreditNote,
    ticket: &Ticket,
    credit: &RefundCredit,
    now: OffsetDateTime,
) -> Result<NewEvent, serde_json::Error> {
    let body = RefundPaidBack {
        credit_id: credit.credit_id.to_string(),
        refund: Some(refunded(note, ticket)),
        terminal_code: credit.terminal_code.clone(),
        amount_minor: credit.given.get(),
        brand: credit.brand.clone(),
        pan_last4: credit.pan_last4.clone(),
        paid_back_time: Some(timestamp(credit.asked)),
    };
    let subject = refund_paid_back::of(&ticket.shop.code);
    NewEvent::new(subject, refund_paid_back::TYPE, source(&ticket.shop.code), now, &body)
}

fn refunded(note: &CreditNote, ticket: &Ticket) -> SaleRefunded {
    SaleRefunded {
        refund_id: note.refund_id.to_string(),
        sale_id: note.sale_id.to_string(),
        store_code: ticket.shop.code.clone(),
        store_name: ticket.shop.name.clone(),
        time_zone: ticket.shop.time_zone.clone(),
        terminal_code: note.terminal_code.clone(),
        terminal_kind: ticket.terminal_kind.as_str().to_owned(),
        sequence: note.sequence,
        refunded_time: Some(timestamp(note.refunded_time)),
        sale_completed_time: Some(timestamp(ticket.completed_time)),
        sale_sequence: note.sale_sequence,
        currency_code: note.currency.code().to_owned(),
        total_minor: note.total.get(),
        lines: note.lines.iter().map(line).collect(),
        vat_totals: note.vat_totals.iter().map(vat_total).collect(),
        member_id: ticket.member_id.map(|member_id| member_id.to_string()).unwrap_or_default(),
        payout: note.payout.as_str().to_owned(),
        fiscal_hash: note.fiscal_hash.to_string(),
        fiscal_version: note.fiscal_version.clone(),
        store_address_lines: ticket.shop.address_lines.clone(),
        siret: ticket.shop.siret.clone(),
        vat_number: ticket.shop.vat_number.clone(),
        deposit_minor: note.deposits.get(),
        store_credit_minor: note.to_credit.get(),
        by_hand_minor: note.by_hand.get(),
        language: ticket.language.tag().to_owned(),
        reason: note.reason.as_str().to_owned(),
    }
}

fn source(store_code: &str) -> String {
    format!("/checkout/{store_code}")
}

fn payment(paid: Paid<'_>) -> SalePayment {
    SalePayment {
        kind: paid.kind.to_owned(),
        amount_minor: paid.amount.get(),
        brand: paid.card.map(|card| card.brand.clone()).unwrap_or_default(),
        pan_last4: paid.card.map(|card| card.pan_last4.clone()).unwrap_or_default(),
    }
}

fn line(line: &PricedLine) -> SaleLine {
    SaleLine {
        line_id: line.line_id,
        gtin: line.gtin.to_string(),
        name: line.name.clone(),
        category: line.category.clone(),
        supplier_code: line.supplier_code.clone(),
        sold_by: line.sold_by.as_str().to_owned(),
        quantity_milli: line.quantity.get(),
        unit_price_minor: line.unit_price.get(),
        gross_minor: line.gross.get(),
        total_minor: line.total.get(),
        vat_rate_basis_points: line.vat_rate_basis_points,
        discounts: line.discounts.iter().map(discount).collect(),
        kind: line.kind.as_str().to_owned(),
        batch: line.batch.clone(),
        tare_milli: line.tare.get(),
        measure: line.measure.as_ref().map(|of| of.measure.as_str().to_owned()).unwrap_or_default(),
        measure_price_minor: line.measure.as_ref().map_or(0, |of| of.price.get()),
        prior_price_minor: line.prior_price.map_or(0, Cents::get),
        deposit_of_line_id: line.deposit_of,
        legal_guarantee: line.legal_guarantee,
    }
}

fn discount(discount: &crate::domain::promotion::Discount) -> SaleDiscount {
    SaleDiscount {
        code: discount.code.clone(),
        label: discount.label.clone(),
        amount_minor: discount.amount.get(),
    }
}

/// A rate's share, as events and answers show it.
pub fn vat_total(total: &money::VatTotal) -> VatTotal {
    VatTotal {
        rate_basis_points: total.rate_basis_points(),
        ttc_minor: total.ttc().get(),
        vat_minor: total.vat().get(),
        ht_minor: total.ht().get(),
    }
}

/// An instant, as events and answers show it.
pub fn timestamp(time: OffsetDateTime) -> Timestamp {
    let nanos = i32::try_from(time.nanosecond()).expect("a second has a billion nanoseconds");
    Timestamp { seconds: time.unix_timestamp(), nanos }
}
