//! Messages of the catalogue to domain and back. Every field is looked at; the refusal names it.

use barcode::Gtin;
use money::{Cents, Currency};
use prost_types::Timestamp;
use proto::checkout::v1 as pb;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::app::catalogue::{Page, TerminalInStore};
use crate::domain::catalogue::identity::{self, PROMOTION_CODE, STORE_CODE};
use crate::domain::catalogue::{Price, Product, Promotion, SoldBy, Store, Terminal, TerminalKind};
use crate::domain::import::{PriceReport, ProductReport, Rejected};
use crate::domain::promotion::MEMBER_PRICE;
use crate::error::Error;

const LONGEST_NAME: usize = 100;
const LONGEST_LABEL: usize = 60;
const LONGEST_CATEGORY: usize = 500;
const MOST_ADDRESS_LINES: usize = 6;
const WHOLE: i64 = 10_000;
const DEFAULT_PAGE: usize = 100;
const LARGEST_PAGE: usize = 1_000;

/// The id of a request that changes something.
pub fn request_id(text: &str) -> Result<Uuid, Error> {
    match Uuid::try_parse(text) {
        Ok(id) if !id.is_nil() => Ok(id),
        _ => Err(Error::field("request_id", "not a UUID")),
    }
}

/// How many to list at most.
pub fn page_size(wanted: i32) -> Result<usize, Error> {
    match usize::try_from(wanted) {
        Ok(0) => Ok(DEFAULT_PAGE),
        Ok(size @ 1..=LARGEST_PAGE) => Ok(size),
        _ => Err(Error::field("page_size", "not 1 to 1000, nor 0 for 100")),
    }
}

/// The product after which a page starts.
pub fn product_token(request: &pb::ListProductsRequest) -> Result<Option<Gtin>, Error> {
    match request.page_token.as_str() {
        "" => Ok(None),
        token => Gtin::parse(token).map(Some).map_err(|_| Error::field("page_token", "not one of ours")),
    }
}

/// The store after which a page starts; empty for the start.
pub fn store_token(request: &pb::ListStoresRequest) -> Result<&str, Error> {
    let token = request.page_token.as_str();
    if token.is_empty() || identity::is_code(token, STORE_CODE) {
        Ok(token)
    } else {
        Err(Error::field("page_token", "not one of ours"))
    }
}

impl TryFrom<pb::PutStoreRequest> for Store {
    type Error = Error;

    fn try_from(request: pb::PutStoreRequest) -> Result<Self, Error> {
        let store = request.store.ok_or_else(|| Error::field("store", "missing"))?;
        if !identity::is_code(&store.store_code, STORE_CODE) {
            return Err(Error::field("store.store_code", "not 1 to 16 of A-Z, 0-9 and hyphen"));
        }
        let lines_fit = store.address_lines.len() <= MOST_ADDRESS_LINES;
        if !lines_fit || !store.address_lines.iter().all(|line| is_text(line, 1, LONGEST_NAME)) {
            return Err(Error::field(
                "store.address_lines",
                "not at most 6 lines of 1 to 100 plain characters",
            ));
        }
        if !identity::is_siret(&store.siret) {
            return Err(Error::field("store.siret", "not 14 digits with a right key"));
        }
        if !store.vat_number.is_empty() && !identity::is_vat_number(&store.vat_number) {
            return Err(Error::field("store.vat_number", "not a country and 2 to 13 letters or digits"));
        }
        if !identity::is_time_zone(&store.time_zone) {
            return Err(Error::field("store.time_zone", "not a name of the IANA database"));
        }
        if store.currency_code != Currency::EUR.code() {
            return Err(Error::field("store.currency_code", "only EUR is known"));
        }
        Ok(Self {
            name: text("store.name", store.name, LONGEST_NAME)?,
            code: store.store_code,
            address_lines: store.address_lines,
            siret: store.siret,
            vat_number: store.vat_number,
            time_zone: store.time_zone,
            currency: Currency::EUR,
        })
    }
}

impl TryFrom<pb::PutTerminalRequest> for Terminal {
    type Error = Error;

    fn try_from(request: pb::PutTerminalRequest) -> Result<Self, Error> {
        let terminal = request.terminal.ok_or_else(|| Error::field("terminal", "missing"))?;
        for (field, code) in [
            ("terminal.terminal_code", &terminal.terminal_code),
            ("terminal.store_code", &terminal.store_code),
        ] {
            if !identity::is_code(code, STORE_CODE) {
                return Err(Error::field(field, "not 1 to 16 of A-Z, 0-9 and hyphen"));
            }
        }
        let kind = match pb::TerminalKind::try_from(terminal.kind) {
            Ok(pb::TerminalKind::Self_) => TerminalKind::SelfCheckout,
            Ok(pb::TerminalKind::Staffed) => TerminalKind::Staffed,
            Ok(pb::TerminalKind::Unspecified) | Err(_) => {
                return Err(Error::field("terminal.kind", "neither SELF nor STAFFED"));
            }
        };
        Ok(Self { code: terminal.terminal_code, store_code: terminal.store_code, kind })
    }
}

impl TryFrom<pb::PutPromotionRequest> for Promotion {
    type Error = Error;

    fn try_from(request: pb::PutPromotionRequest) -> Result<Self, Error> {
        let promotion = request.promotion.ok_or_else(|| Error::field("promotion", "missing"))?;
        let code = promotion.promotion_code;
        if !identity::is_code(&code, PROMOTION_CODE) || code == MEMBER_PRICE {
            let problem = format!("not 1 to 24 of A-Z, 0-9 and hyphen, or {MEMBER_PRICE}, which is taken");
            return Err(Error::field("promotion.promotion_code", problem));
        }
        if !is_text(&promotion.category, 0, LONGEST_CATEGORY) {
            return Err(Error::field("promotion.category", "more than 500 characters, or not plain ones"));
        }
        if !(1..=WHOLE).contains(&promotion.percent_basis_points) {
            return Err(Error::field("promotion.percent_basis_points", "not 1 to 10000"));
        }
        let start = instant("promotion.start_time", promotion.start_time)?;
        let end = instant("promotion.end_time", promotion.end_time)?;
        if end <= start {
            return Err(Error::field("promotion.end_time", "not after the start"));
        }
        Ok(Self {
            label: text("promotion.label", promotion.label, LONGEST_LABEL)?,
            code,
            category: promotion.category,
            percent_basis_points: promotion.percent_basis_points,
            start,
            end,
            on_claim: promotion.on_claim,
            members_only: promotion.members_only,
        })
    }
}

impl From<Store> for pb::Store {
    fn from(store: Store) -> Self {
        Self {
            store_code: store.code,
            name: store.name,
            address_lines: store.address_lines,
            siret: store.siret,
            vat_number: store.vat_number,
            time_zone: store.time_zone,
            currency_code: store.currency.into(),
        }
    }
}

impl From<Terminal> for pb::Terminal {
    fn from(terminal: Terminal) -> Self {
        let kind = match terminal.kind {
            TerminalKind::SelfCheckout => pb::TerminalKind::Self_,
            TerminalKind::Staffed => pb::TerminalKind::Staffed,
        };
        Self { terminal_code: terminal.code, store_code: terminal.store_code, kind: kind.into() }
    }
}

impl From<Promotion> for pb::Promotion {
    fn from(promotion: Promotion) -> Self {
        Self {
            promotion_code: promotion.code,
            label: promotion.label,
            category: promotion.category,
            percent_basis_points: promotion.percent_basis_points,
            start_time: Some(timestamp(promotion.start)),
            end_time: Some(timestamp(promotion.end)),
            on_claim: promotion.on_claim,
            members_only: promotion.members_only,
        }
    }
}

impl From<Page<(Product, Option<Price>)>> for pb::ListProductsResponse {
    fn from(page: Page<(Product, Option<Price>)>) -> Self {
        let last = page.items.last().filter(|_| page.has_more);
        let next_page_token = last.map(|(product, _)| product.gtin.to_string()).unwrap_or_default();
        Self { products: page.items.into_iter().map(product).collect(), next_page_token }
    }
}

impl From<Page<Store>> for pb::ListStoresResponse {
    fn from(page: Page<Store>) -> Self {
        let last = page.items.last().filter(|_| page.has_more);
        let next_page_token = last.map(|store| store.code.clone()).unwrap_or_default();
        Self { stores: page.items.into_iter().map(Into::into).collect(), next_page_token }
    }
}

impl From<TerminalInStore> for pb::GetTerminalResponse {
    fn from(found: TerminalInStore) -> Self {
        Self { terminal: Some(found.terminal.into()), store: Some(found.store.into()) }
    }
}

impl From<ProductReport> for pb::ImportCatalogueResponse {
    fn from(report: ProductReport) -> Self {
        let ProductReport { rows, created, changed, unchanged, prices, rejected } = report;
        let rejected = rejected.into_iter().map(Into::into).collect();
        Self { rows, created, changed, unchanged, prices, rejected }
    }
}

impl From<PriceReport> for pb::ImportPricesResponse {
    fn from(report: PriceReport) -> Self {
        let PriceReport { rows, changed, unchanged, rejected } = report;
        Self { rows, changed, unchanged, rejected: rejected.into_iter().map(Into::into).collect() }
    }
}

impl From<Rejected> for pb::RejectedRow {
    fn from(rejected: Rejected) -> Self {
        Self { line: rejected.line, reason: rejected.reason.as_str().to_owned(), found: rejected.found }
    }
}

fn product((product, price): (Product, Option<Price>)) -> pb::Product {
    let sold_by = match product.sold_by {
        SoldBy::Unit => pb::SoldBy::Unit,
        SoldBy::Kilogram => pb::SoldBy::Kilogram,
    };
    pb::Product {
        gtin: product.gtin.to_string(),
        name: product.name,
        brand: product.brand,
        category: product.category,
        net_content: product.net_content,
        sold_by: sold_by.into(),
        vat_code: product.vat_code,
        supplier_code: product.supplier_code,
        price_minor: price.map(|price| price.unit.get()),
        member_price_minor: price.and_then(|price| price.member).map(Cents::get),
    }
}

fn is_text(text: &str, shortest: usize, longest: usize) -> bool {
    let is_trimmed = text.trim() == text;
    (shortest..=longest).contains(&text.chars().count()) && is_trimmed && identity::is_plain_text(text)
}

fn text(field: &str, text: String, longest: usize) -> Result<String, Error> {
    if is_text(&text, 1, longest) {
        return Ok(text);
    }
    Err(Error::field(field, format!("not 1 to {longest} plain characters without blanks around")))
}

/// Whole microseconds, for the database keeps no finer ones.
fn instant(field: &str, timestamp: Option<Timestamp>) -> Result<OffsetDateTime, Error> {
    let Timestamp { seconds, nanos } = timestamp.ok_or_else(|| Error::field(field, "missing"))?;
    let nanos = u32::try_from(nanos).ok().filter(|nanos| *nanos < 1_000_000_000);
    let instant = OffsetDateTime::from_unix_timestamp(seconds).ok();
    match instant.zip(nanos) {
        Some((instant, nanos)) if (2000..2100).contains(&instant.year()) => {
            Ok(instant + time::Duration::microseconds(i64::from(nanos / 1_000)))
        }
        _ => Err(Error::field(field, "not an instant of the years 2000 to 2099")),
    }
}

fn timestamp(instant: OffsetDateTime) -> Timestamp {
    let nanos = i32::try_from(instant.nanosecond()).expect("less than a thousand million");
    Timestamp { seconds: instant.unix_timestamp(), nanos }
}
