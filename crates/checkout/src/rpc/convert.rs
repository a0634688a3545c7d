//! Messages of the till to domain and back. Every field is looked at; the refusal names it.

use money::{Cents, Currency, Quantity, VatTotal};
use prost::Message;
use proto::{checkout::v1 as pb, r#type::v1::Money};
use uuid::Uuid;

use crate::{
    domain::{
        basket::{Edit, Outcome, State, UnknownCode},
        catalogue::{SoldBy, TerminalKind},
        id::{BasketId, Fingerprint, RefundId, RequestKey, SaleId},
        item::LineKind,
        log::Shown,
        price::PricedLine,
        promotion::Discount,
        sale::{LONGEST_SLIP, MOST_SLIPS, Shop, Ticket},
        scan::Wanted,
    },
    error::Error,
    events::{timestamp, vat_total},
    store::sale::SaleKey,
};

const DEFAULT_PAGE: u16 = 50;
const LARGEST_PAGE: u16 = 200;
/// No container that a shopper brings weighs more, in grams.
const LARGEST_TARE: i64 = 99_999;

/// What makes a repeat of a command recognisable. The name of the RPC goes into the fingerprint: the same bytes mean something else
/// elsewhere.
pub fn request_key(rpc: &'static str, message: &impl Message, request_id: &str) -> Result<RequestKey, Error> {
    let mut bytes = rpc.as_bytes().to_vec();
    bytes.extend(message.encode_to_vec());
    let fingerprint = Fingerprint(outbox::request::fingerprint(&bytes));
    Ok(RequestKey { request_id: uuid("request_id", request_id)?, fingerprint })
}

/// The basket of a message.
pub fn basket_id(text: &str) -> Result<BasketId, Error> {
    uuid("basket_id", text).map(BasketId)
}

/// The sale of a message.
pub fn sale_id(text: &str) -> Result<SaleId, Error> {
    uuid("sale_id", text).map(SaleId)
}

/// The refund that a field names.
pub fn refund_id(field: &str, text: &str) -> Result<RefundId, Error> {
    uuid(field, text).map(RefundId)
}

/// The intervention of a message.
pub fn intervention_id(text: &str) -> Result<Uuid, Error> {
    uuid("intervention_id", text)
}

/// How a basket is given up.
pub fn ending(message: &pb::CancelBasketRequest) -> Result<Edit, Error> {
    match pb::CancelCause::try_from(message.cause) {
        Ok(pb::CancelCause::Unspecified | pb::CancelCause::Shopper) => Ok(Edit::Cancel),
        Ok(pb::CancelCause::Idle) => Ok(Edit::Abandon),
        Err(_) => Err(Error::field("cause", "not a cause")),
    }
}

/// A sale by the one identity that the message names.
pub fn sale_key(message: &pb::GetSaleRequest) -> Result<SaleKey<'_>, Error> {
    match (message.sale_id.as_str(), message.basket_id.as_str(), message.terminal_code.as_str()) {
        ("", "", "") => Err(Error::field("sale_id", "neither a sale, a basket nor a ticket is named")),
        (sale, "", "") => sale_id(sale).map(SaleKey::Sale),
        ("", basket, "") => basket_id(basket).map(SaleKey::Basket),
        ("", "", _) if message.sequence < 1 => Err(Error::field("sequence", "below one")),
        ("", "", till) => {
            let terminal_code = short("terminal_code", till, 16)?;
            Ok(SaleKey::Ticket { terminal_code, sequence: message.sequence })
        }
        (_, _, "") => Err(Error::field("basket_id", "a sale is named already")),
        _ => Err(Error::field("terminal_code", "a sale is named already")),
    }
}

/// The version that a till holds; 0 when it does not say.
pub fn version(version: i64) -> Result<i64, Error> {
    if version >= 0 { Ok(version) } else { Err(Error::field("basket_version", "below zero")) }
}

/// The version that a till must hold.
pub fn needed_version(version: i64) -> Result<i64, Error> {
    if version > 0 {
        Ok(version)
    } else {
        Err(Error::field("basket_version", "the version that was shown is needed"))
    }
}

/// A text that is there and not too long. What a scanner sends may hold control characters, which are dealt with where it is read.
pub fn short<'a>(field: &str, text: &'a str, longest: usize) -> Result<&'a str, Error> {
    if (1..=longest).contains(&text.chars().count()) {
        Ok(text)
    } else {
        Err(Error::field(field, format!("not 1 to {longest} characters")))
    }
}

/// Why a payment was abandoned.
pub fn outcome(word: &str) -> Result<Outcome, Error> {
    match word {
        "REFUSED" => Ok(Outcome::Refused),
        "ABANDONED" => Ok(Outcome::Abandoned),
        "TIMED_OUT" => Ok(Outcome::TimedOut),
        _ => Err(Error::field("outcome", "not REFUSED, ABANDONED or TIMED_OUT")),
    }
}

/// How much a till wants of what it scanned.
pub fn wanted_of(message: &pb::ScanItemRequest) -> Result<Wanted, Error> {
    if !(0..=LARGEST_TARE).contains(&message.tare_milli) {
        return Err(Error::field("tare_milli", format!("not 0 to {LARGEST_TARE}")));
    }
    Ok(Wanted { quantity: Quantity::new(message.quantity_milli), tare: Quantity::new(message.tare_milli) })
}

/// The end of a card's number, or nothing: never more of it.
pub fn last4(field: &str, text: &str) -> Result<(), Error> {
    let is_card_end = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_card_end || text.is_empty() { Ok(()) } else { Err(Error::field(field, "not four digits")) }
}

/// How much of a list that people read is answered at once.
pub fn page_size(wanted: i32) -> Result<u16, Error> {
    match u16::try_from(wanted) {
        Ok(0) => Ok(DEFAULT_PAGE),
        Ok(size @ 1..=LARGEST_PAGE) => Ok(size),
        _ => Err(Error::field("page_size", "not 1 to 200, nor 0 for 50")),
    }
}

/// A slip as a card terminal prints it, or nothing.
pub fn slip<'a>(field: &str, text: &'a str) -> Result<&'a str, Error> {
    if text.chars().count() > LONGEST_SLIP {
        return Err(Error::field(field, format!("more than {LONGEST_SLIP} characters")));
    }
    if !text.chars().all(|letter| letter == '\n' || letter == '\r' || is_plain(letter)) {
        return Err(Error::field(field, "characters that no slip has"));
    }
    Ok(text)
}

/// Slips that were not told before.
pub fn slips(texts: &[String]) -> Result<&[String], Error> {
    if texts.len() > MOST_SLIPS {
        return Err(Error::field("slip_texts", format!("more than {MOST_SLIPS}")));
    }
    for text in texts {
        slip("slip_texts", text)?;
    }
    Ok(texts)
}

/// No control character, and none that turns the direction of a text or hides in it.
pub fn is_plain(letter: char) -> bool {
    !letter.is_control()
        && !matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

pub(super) fn uuid(field: &str, text: &str) -> Result<Uuid, Error> {
    match Uuid::try_parse(text) {
        Ok(id) if !id.is_nil() => Ok(id),
        _ => Err(Error::field(field, "not a UUID")),
    }
}

pub(super) fn money(amount: Cents, currency: Currency) -> Option<Money> {
    Some(Money { currency_code: currency.code().to_owned(), amount_minor: amount.get() })
}

pub(super) fn vat_totals(totals: &[VatTotal]) -> Vec<proto::r#type::v1::VatTotal> {
    totals.iter().map(vat_total).collect()
}

impl From<Shown> for pb::Basket {
    fn from(shown: Shown) -> Self {
        let Shown { basket_id, currency, training, basket, priced } = shown;
        let receipt = basket.receipt();
        let due = basket.due(priced.total);
        Self {
            approval_age: basket.approval_needed().map_or(0, i32::from),
            approved_age: i32::from(basket.attended.approved_age),
            audit_waits: basket.audit_waits(),
            basket_id: basket_id.to_string(),
            basket_version: basket.version,
            state: pb::BasketState::from(basket.state).into(),
            lines: priced.lines.into_iter().map(Into::into).collect(),
            total: money(priced.total, currency),
            discount_minor: priced.discount.get(),
            member_identified: basket.member_id.is_some(),
            article_count: priced.article_count,
            vat_totals: vat_totals(&priced.vat_totals),
            claimed_codes: basket.claimed.into_iter().map(|offer| offer.code).collect(),
            unknown_codes: basket.unknown_codes.into_iter().map(Into::into).collect(),
            meal_voucher_minor: priced.meal_voucher.get(),
            deposit_minor: priced.deposits.get(),
            receipt_choice: super::receipt::choice(receipt.as_ref()).into(),
            guest_contact_id: super::receipt::guest_contact_id(receipt.as_ref()),
            tenders: basket.tenders.held().iter().map(|held| held.tender.clone().into()).collect(),
            due_minor: due.get(),
            training,
        }
    }
}

impl From<UnknownCode> for pb::UnknownCode {
    fn from(unknown: UnknownCode) -> Self {
        Self { line_id: unknown.line_id, code: unknown.code }
    }
}

impl From<Shown> for pb::ScanItemResponse {
    fn from(shown: Shown) -> Self {
        let line_id = shown.basket.touched_line;
        let unknown = shown.basket.unknown_codes.iter().any(|unknown| unknown.line_id == line_id);
        // A scan that touched no line was that of a coupon, whose claim is the last one.
        let claimed = shown.basket.claimed.last().filter(|_| line_id == 0);
        let claimed_code = claimed.map(|offer| offer.code.clone()).unwrap_or_default();
        Self { basket: Some(shown.into()), line_id, unknown, claimed_code }
    }
}

impl From<LineKind> for pb::LineKind {
    fn from(kind: LineKind) -> Self {
        match kind {
            LineKind::Goods => Self::Goods,
            LineKind::Deposit => Self::Deposit,
            LineKind::DepositReturn => Self::DepositReturn,
            LineKind::Bag => Self::Bag,
        }
    }
}

impl From<State> for pb::BasketState {
    fn from(state: State) -> Self {
        match state {
            State::Open => Self::Open,
            State::Frozen => Self::Frozen,
            State::Suspended => Self::Suspended,
            State::Paid => Self::Paid,
            State::Abandoned => Self::Abandoned,
            State::Cancelled => Self::Cancelled,
        }
    }
}

impl From<PricedLine> for pb::Line {
    fn from(line: PricedLine) -> Self {
        Self {
            line_id: line.line_id,
            gtin: line.gtin.to_string(),
            name: line.name,
            category: line.category,
            supplier_code: line.supplier_code,
            sold_by: match line.sold_by {
                SoldBy::Unit => pb::SoldBy::Unit.into(),
                SoldBy::Kilogram => pb::SoldBy::Kilogram.into(),
            },
            quantity_milli: line.quantity.get(),
            unit_price_minor: line.unit_price.get(),
            gross_minor: line.gross.get(),
            discounts: line.discounts.into_iter().map(Into::into).collect(),
            total_minor: line.total.get(),
            vat_code: line.vat_code,
            vat_rate_basis_points: line.vat_rate_basis_points,
            kind: pb::LineKind::from(line.kind).into(),
            batch: line.batch,
            tare_milli: line.tare.get(),
            measured: line.measured,
            measure: line.measure.as_ref().map(|of| of.measure.as_str().to_owned()).unwrap_or_default(),
            measure_price_minor: line.measure.map(|of| of.price.get()),
            prior_price_minor: line.prior_price.map(Cents::get),
            meal_voucher: line.meal_voucher,
            legal_guarantee: line.legal_guarantee,
            deposit_of_line_id: line.deposit_of,
        }
    }
}

impl From<Discount> for pb::Discount {
    fn from(discount: Discount) -> Self {
        Self { code: discount.code, label: discount.label, amount_minor: discount.amount.get() }
    }
}

impl From<Ticket> for pb::Ticket {
    fn from(ticket: Ticket) -> Self {
        Self {
            sale_id: ticket.sale_id.to_string(),
            basket_id: ticket.basket_id.to_string(),
            store: Some(store(ticket.shop, ticket.currency)),
            terminal_code: ticket.terminal_code,
            terminal_kind: match ticket.terminal_kind {
                TerminalKind::SelfCheckout => pb::TerminalKind::Self_.into(),
                TerminalKind::Staffed => pb::TerminalKind::Staffed.into(),
            },
            sequence: ticket.sequence,
            completed_time: Some(timestamp(ticket.completed_time)),
            lines: ticket.lines.into_iter().map(Into::into).collect(),
            total: money(ticket.total, ticket.currency),
            vat_totals: vat_totals(&ticket.vat_totals),
            payments: ticket.payments.into_iter().map(Into::into).collect(),
            member_id: ticket.member_id.map(|member_id| member_id.to_string()).unwrap_or_default(),
            fiscal_hash: ticket.fiscal_hash.to_string(),
            fiscal_version: ticket.fiscal_version,
            refunded_line_ids: Vec::new(),
            refunded_parts: Vec::new(),
            deposit_minor: ticket.deposits.get(),
            discount_minor: ticket.discount.get(),
            meal_voucher_minor: ticket.meal_voucher.get(),
            receipt_choice: super::receipt::choice(ticket.receipt.as_ref()).into(),
            training: ticket.training,
            language: ticket.language.tag().to_owned(),
        }
    }
}

fn store(shop: Shop, currency: Currency) -> pb::Store {
    pb::Store {
        store_code: shop.code,
        name: shop.name,
        address_lines: shop.address_lines,
        siret: shop.siret,
        vat_number: shop.vat_number,
        time_zone: shop.time_zone,
        currency_code: currency.code().to_owned(),
        ..pb::Store::default()
    }
}
