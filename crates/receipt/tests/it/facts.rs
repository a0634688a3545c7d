//! Sales and refunds as checkout tells them.

use outbox::NewEvent;
use prost_types::Timestamp;
use proto::{
    checkout::v1::{RefundPaidBack, SaleCompleted, SaleDiscount, SaleLine, SalePayment, SaleRefunded},
    subject,
    r#type::v1::VatTotal,
};
use time::{OffsetDateTime, macros::datetime};
use uuid::Uuid;

/// What the manual clock of every test here says.
pub const NOW: OffsetDateTime = datetime!(2026-05-02 09:31:08 UTC);

fn timestamp(at: OffsetDateTime) -> Option<Timestamp> {
    Some(Timestamp { seconds: at.unix_timestamp(), nanos: 0 })
}

fn cream() -> SaleLine {
    let discount =
        SaleDiscount {
            code: "MEMBER-PRICE".to_owned(), label: "Prix adhérent".to_owned(), amount_minor: 69
        };
    SaleLine {
        line_id: 1,
        gtin: "09521234543213".to_owned(),
        name: "Crème crue d’Isigny".to_owned(),
        sold_by: "unit".to_owned(),
        quantity_milli: 2000,
        unit_price_minor: 345,
        gross_minor: 690,
        total_minor: 621,
        vat_rate_basis_points: 550,
        discounts: vec![discount],
        ..SaleLine::default()
    }
}

fn vat() -> Vec<VatTotal> {
    vec![VatTotal { rate_basis_points: 550, ttc_minor: 621, vat_minor: 32, ht_minor: 589 }]
}

/// A sale of two pots of cream in Lille.
pub fn sale(member_id: &str) -> SaleCompleted {
    SaleCompleted {
        sale_id: Uuid::now_v7().to_string(),
        basket_id: Uuid::now_v7().to_string(),
        store_code: "LILLE".to_owned(),
        store_name: "La Ferme de Lille".to_owned(),
        time_zone: "Europe/Paris".to_owned(),
        terminal_code: "LILLE-01".to_owned(),
        terminal_kind: "self".to_owned(),
        sequence: 41,
        completed_time: timestamp(datetime!(2026-05-02 09:31:07 UTC)),
        currency_code: "EUR".to_owned(),
        total_minor: 621,
        discount_minor: 69,
        lines: vec![cream()],
        vat_totals: vat(),
        payments: vec![SalePayment {
            kind: "card".to_owned(),
            amount_minor: 621,
            brand: "CB".to_owned(),
            pan_last4: "0674".to_owned(),
        }],
        member_id: member_id.to_owned(),
        fiscal_hash: "ab".repeat(32),
        store_address_lines: vec!["1 rue des Champs".to_owned(), "59000 Lille".to_owned()],
        siret: "39033422500096".to_owned(),
        vat_number: "FR12390334225".to_owned(),
        ..SaleCompleted::default()
    }
}

/// All of it given back at the desk.
pub fn refund(of: &SaleCompleted) -> SaleRefunded {
    SaleRefunded {
        refund_id: Uuid::now_v7().to_string(),
        sale_id: of.sale_id.clone(),
        store_code: of.store_code.clone(),
        store_name: of.store_name.clone(),
        time_zone: of.time_zone.clone(),
        terminal_code: of.terminal_code.clone(),
        terminal_kind: of.terminal_kind.clone(),
        sequence: 1,
        refunded_time: timestamp(datetime!(2026-05-03 10:00 UTC)),
        sale_completed_time: of.completed_time,
        sale_sequence: of.sequence,
        currency_code: of.currency_code.clone(),
        total_minor: of.total_minor,
        lines: of.lines.clone(),
        vat_totals: of.vat_totals.clone(),
        member_id: of.member_id.clone(),
        payout: "desk".to_owned(),
        fiscal_hash: "cd".repeat(32),
        fiscal_version: of.fiscal_version.clone(),
        store_address_lines: of.store_address_lines.clone(),
        siret: of.siret.clone(),
        vat_number: of.vat_number.clone(),
        deposit_minor: of.deposit_minor,
        store_credit_minor: 0,
        by_hand_minor: 0,
        language: of.language.clone(),
        reason: "simple_request".to_owned(),
    }
}

pub fn sold(sale: &SaleCompleted) -> NewEvent {
    let subject = subject::sale_completed::of(&sale.store_code);
    NewEvent::new(subject, subject::sale_completed::TYPE, "/checkout/LILLE", NOW, sale).unwrap()
}

/// Money of a refund went back to its card at a till.
pub fn paid_back(refund: &SaleRefunded, credit_id: &str) -> NewEvent {
    let event = RefundPaidBack {
        credit_id: credit_id.to_owned(),
        refund: Some(refund.clone()),
        terminal_code: "LILLE-02".to_owned(),
        amount_minor: refund.total_minor,
        brand: "CB".to_owned(),
        pan_last4: "0674".to_owned(),
        paid_back_time: refund.refunded_time,
    };
    let subject = subject::refund_paid_back::of(&refund.store_code);
    NewEvent::new(subject, subject::refund_paid_back::TYPE, "/checkout/LILLE", NOW, &event).unwrap()
}

pub fn given_back(refund: &SaleRefunded) -> NewEvent {
    let subject = subject::sale_refunded::of(&refund.store_code);
    NewEvent::new(subject, subject::sale_refunded::TYPE, "/checkout/LILLE", NOW, refund).unwrap()
}
