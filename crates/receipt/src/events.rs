//! What receipt hears, and what it tells.

use money::Cents;
use outbox::{Event, Handle, HandleError, NewEvent, Wake};
use platform::{Clock, telemetry};
use prost_types::Timestamp;
use proto::{
    checkout::v1::{RefundPaidBack, SaleCompleted, SaleLine, SaleRefunded},
    receipt::v1::{MailSettled, ShopperInvited},
    subject,
    r#type::v1::VatTotal,
};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    app::Queue,
    domain::{
        About, CreditId, Delivery, Discount, Document, GuestContactId, Language, Line, Matter, Means,
        MeasurePrice, MemberId, Owed, Payment, Payout, RefundId, SaleId, Shop, State, StoreZone, VatRow,
        Wish,
    },
    mail::Links,
    store::{self, Taken},
};

/// Turns sales and refunds into documents that are owed.
pub struct Documents {
    pub clock: Clock,
    pub wake: Wake,
    pub queue: Queue,
}

impl Handle for Documents {
    async fn handle(&self, tx: &mut PgConnection, event: &Event) -> Result<(), HandleError> {
        let mut owed = match event.event_type.as_str() {
            subject::sale_completed::TYPE => sale(event.decode()?)?,
            subject::sale_refunded::TYPE => refund(event.decode()?)?,
            subject::refund_paid_back::TYPE => paid_back(event.decode()?)?,
            // The filter of the consumer lets nothing else through; a type that is new is for a newer program.
            other => return Err(HandleError::Reject(format!("unknown event type {other}"))),
        };
        owed.traceparent = telemetry::current_traceparent().or_else(|| event.traceparent.clone());
        let now = self.clock.now();
        if let Some(delivery) = store::enqueue(tx, &owed, now).await?
            && let Some(event) = settled(&delivery, now)?
        {
            outbox::record(tx, &event).await?;
        }
        Ok(())
    }

    fn committed(&self) {
        self.queue.wake();
        self.wake.wake();
    }
}

/// The mail with these links is about to be sent.
pub fn invited(taken: &Taken, links: &Links, now: OffsetDateTime) -> Result<NewEvent, serde_json::Error> {
    let body = ShopperInvited {
        sale_id: taken.about.sale_id().0.to_string(),
        store_code: taken.store_code.clone(),
        review_token_sha256: links.review_sha256(),
        refund_token_sha256: links.refund_sha256(),
        invited_time: Some(timestamp(now)),
    };
    let subject = subject::shopper_invited::of(&taken.store_code);
    NewEvent::new(subject, subject::shopper_invited::TYPE, source(&taken.store_code), now, &body)
}

/// The mail reached a final state; nothing is told of the others.
pub fn settled(delivery: &Delivery, now: OffsetDateTime) -> Result<Option<NewEvent>, serde_json::Error> {
    match delivery.state {
        State::Sent | State::Unknown | State::Failed | State::Other => {}
        State::Queued | State::Leased | State::Sending => return Ok(None),
    }
    let body = MailSettled {
        delivery_id: delivery.delivery_id.0.to_string(),
        kind: delivery.about.kind().to_owned(),
        sale_id: delivery.about.sale_id().0.to_string(),
        refund_id: delivery.about.refund_id().map(|id| id.to_string()).unwrap_or_default(),
        store_code: delivery.store_code.clone(),
        state: delivery.state.word().to_owned(),
        with_slip: delivery.with_slip,
        message_id: delivery.message_id.clone().unwrap_or_default(),
        settled_time: delivery.settled_time.map(timestamp),
        guest_contact_id: delivery.guest_contact_id.map(|contact| contact.0.to_string()).unwrap_or_default(),
    };
    let subject = subject::mail_settled::of(&delivery.store_code);
    NewEvent::new(subject, subject::mail_settled::TYPE, source(&delivery.store_code), now, &body).map(Some)
}

fn source(store_code: &str) -> String {
    format!("/receipt/{store_code}")
}

fn sale(event: SaleCompleted) -> Result<Owed, HandleError> {
    let wish = wish(&event)?;
    let payments = event.payments.into_iter().map(|payment| Payment {
        amount: Cents::new(payment.amount_minor),
        brand: payment.brand,
        last4: payment.pan_last4,
        means: match payment.kind.as_str() {
            "card" => Means::Card,
            "meal_voucher" => Means::MealVoucher,
            "store_credit" => Means::StoreCredit,
            "desk" => Means::Desk,
            _ => Means::Other,
        },
    });
    let document = Document {
        shop: Shop {
            name: event.store_name,
            address_lines: event.store_address_lines,
            siret: event.siret,
            vat_number: event.vat_number,
            time_zone: zone(event.time_zone)?,
        },
        terminal_code: event.terminal_code,
        sequence: event.sequence,
        time: instant("completed_time", event.completed_time)?,
        currency_code: event.currency_code,
        lines: event.lines.into_iter().map(line).collect(),
        vat_rows: event.vat_totals.into_iter().map(vat_row).collect(),
        total: Cents::new(event.total_minor),
        discount: Cents::new(event.discount_minor),
        deposits: Cents::new(event.deposit_minor),
        meal_voucher: Cents::new(event.meal_voucher_minor),
        fiscal_hash: event.fiscal_hash,
        fiscal_version: event.fiscal_version,
        language: Language::of(&event.language),
        matter: Matter::Receipt { payments: payments.collect() },
    };
    Ok(Owed {
        about: About::Sale(SaleId(id("sale_id", &event.sale_id)?)),
        store_code: store_code(event.store_code)?,
        member_id: member(&event.member_id)?,
        wish,
        document,
        traceparent: None,
    })
}

fn refund(event: SaleRefunded) -> Result<Owed, HandleError> {
    let payout = match event.payout.as_str() {
        "desk" => Payout::Desk,
        "store_credit" => Payout::StoreCredit,
        "acquirer" => Payout::Acquirer,
        _ => Payout::Other,
    };
    let document = Document {
        shop: Shop {
            name: event.store_name,
            address_lines: event.store_address_lines,
            siret: event.siret,
            vat_number: event.vat_number,
            time_zone: zone(event.time_zone)?,
        },
        terminal_code: event.terminal_code,
        sequence: event.sequence,
        time: instant("refunded_time", event.refunded_time)?,
        currency_code: event.currency_code,
        // What was given back is guaranteed no more.
        lines: event.lines.into_iter().map(|it| Line { legal_guarantee: false, ..line(it) }).collect(),
        vat_rows: event.vat_totals.into_iter().map(vat_row).collect(),
        total: Cents::new(event.total_minor),
        discount: Cents::ZERO,
        deposits: Cents::new(event.deposit_minor),
        meal_voucher: Cents::ZERO,
        fiscal_hash: event.fiscal_hash,
        fiscal_version: event.fiscal_version,
        language: Language::of(&event.language),
        matter: Matter::CreditNote {
            sale_sequence: event.sale_sequence,
            sale_time: instant("sale_completed_time", event.sale_completed_time)?,
            payout,
            to_credit: Cents::new(event.store_credit_minor),
            by_hand: Cents::new(event.by_hand_minor),
        },
    };
    Ok(Owed {
        about: About::Refund {
            refund_id: RefundId(id("refund_id", &event.refund_id)?),
            sale_id: SaleId(id("sale_id", &event.sale_id)?),
        },
        store_code: store_code(event.store_code)?,
        member_id: member(&event.member_id)?,
        wish: Wish::Mail,
        document,
        traceparent: None,
    })
}

/// The mail of money that went back: no credit note, but the slip of the card terminal.
fn paid_back(event: RefundPaidBack) -> Result<Owed, HandleError> {
    let note = event.refund.ok_or_else(|| HandleError::Reject("refund is missing".to_owned()))?;
    let (sale_sequence, sale_time) =
        (note.sale_sequence, instant("sale_completed_time", note.sale_completed_time)?);
    let owed = refund(note)?;
    let (sale_id, refund_id) = match owed.about {
        About::Refund { refund_id, sale_id } => (sale_id, refund_id),
        About::Sale(_) | About::PaidBack { .. } => {
            return Err(HandleError::Reject("not of a refund".to_owned()));
        }
    };
    let matter = Matter::PaidBack { sale_sequence, sale_time, brand: event.brand, last4: event.pan_last4 };
    let document = Document {
        terminal_code: event.terminal_code,
        time: instant("paid_back_time", event.paid_back_time)?,
        lines: Vec::new(),
        vat_rows: Vec::new(),
        total: Cents::new(event.amount_minor),
        deposits: Cents::ZERO,
        matter,
        ..owed.document
    };
    let credit_id = CreditId(id("credit_id", &event.credit_id)?);
    Ok(Owed { about: About::PaidBack { credit_id, refund_id, sale_id }, document, ..owed })
}

fn line(line: SaleLine) -> Line {
    let discounts = line.discounts.into_iter();
    let by_weight = line.sold_by == "kg";
    // A price by the kilogram stands beside itself already.
    let measure = (!by_weight && line.measure_price_minor > 0 && !line.measure.is_empty())
        .then(|| MeasurePrice { measure: line.measure, price: Cents::new(line.measure_price_minor) });
    Line {
        is_deposit: matches!(line.kind.as_str(), "deposit" | "deposit_return"),
        tare_milli: line.tare_milli,
        legal_guarantee: line.legal_guarantee,
        measure,
        prior_price: (line.prior_price_minor > 0).then(|| Cents::new(line.prior_price_minor)),
        label: line.name,
        by_weight,
        quantity_milli: line.quantity_milli,
        unit_price: Cents::new(line.unit_price_minor),
        gross: Cents::new(line.gross_minor),
        total: Cents::new(line.total_minor),
        vat_rate_basis_points: line.vat_rate_basis_points,
        discounts: discounts
            .map(|discount| Discount { label: discount.label, amount: Cents::new(discount.amount_minor) })
            .collect(),
    }
}

fn vat_row(total: VatTotal) -> VatRow {
    VatRow {
        rate_basis_points: total.rate_basis_points,
        ht: Cents::new(total.ht_minor),
        vat: Cents::new(total.vat_minor),
        ttc: Cents::new(total.ttc_minor),
    }
}

fn id(field: &str, text: &str) -> Result<Uuid, HandleError> {
    text.parse().map_err(|_| HandleError::Reject(format!("{field} is not a UUID")))
}

fn member(text: &str) -> Result<Option<MemberId>, HandleError> {
    if text.is_empty() { Ok(None) } else { Ok(Some(MemberId(id("member_id", text)?))) }
}

/// How the shopper wants the ticket. What a later checkout may say is a mail to the member, as is nothing at all.
fn wish(event: &SaleCompleted) -> Result<Wish, HandleError> {
    Ok(match event.receipt_choice.as_str() {
        "typed_email" => Wish::TypedMail(GuestContactId(id("guest_contact_id", &event.guest_contact_id)?)),
        "qr" => Wish::Qr { token_sha256: sha256(&event.receipt_token_sha256)? },
        "paper" => Wish::Paper,
        "none" => Wish::Nothing,
        _ => Wish::Mail,
    })
}

fn sha256(text: &str) -> Result<[u8; 32], HandleError> {
    let reject = || HandleError::Reject("receipt_token_sha256 is no SHA-256".to_owned());
    let mut hash = [0; 32];
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(reject());
    }
    for (place, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16).map_err(|_| reject())?;
    }
    Ok(hash)
}

fn zone(name: String) -> Result<String, HandleError> {
    StoreZone::named(&name).map_err(|unknown| HandleError::Reject(unknown.to_string()))?;
    Ok(name)
}

/// A store code becomes a part of a subject: what is none would hold up the outbox.
fn store_code(text: String) -> Result<String, HandleError> {
    let fits = (1..=16).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-');
    if fits { Ok(text) } else { Err(HandleError::Reject("store_code is none".to_owned())) }
}

fn instant(field: &str, timestamp: Option<Timestamp>) -> Result<OffsetDateTime, HandleError> {
    timestamp
        .and_then(|at| OffsetDateTime::from_unix_timestamp(at.seconds).ok())
        .ok_or_else(|| HandleError::Reject(format!("{field} is missing")))
}

fn timestamp(at: OffsetDateTime) -> Timestamp {
    Timestamp { seconds: at.unix_timestamp(), nanos: i32::try_from(at.nanosecond()).unwrap_or(0) }
}
