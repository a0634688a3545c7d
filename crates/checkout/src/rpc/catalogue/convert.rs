//! Messages of the catalogue to domain and back. Every field is looked at; the refusal names it.

use barcode::{Gtin, LabelRule, LabelRuleError};
use money::{Cents, Currency};
use prost_types::Timestamp;
use proto::checkout::v1 as pb;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::app::catalogue::{Page, TerminalInStore};
use crate::domain::catalogue::identity::{self, STORE_CODE};
use crate::domain::catalogue::{
    ClosedHours, ClosedHoursError, DEPOSIT_RETURN_LIMIT, Price, Product, ProductCode, SoldBy, Store,
    Terminal, TerminalKind,
};
use crate::domain::import::{PriceReport, ProductReport, Rejected};
use crate::domain::measure;
use crate::domain::refund::policy::Policy;
use crate::error::Error;

const LONGEST_NAME: usize = 100;
const MOST_ADDRESS_LINES: usize = 6;
const MOST_LABEL_RULES: usize = 50;
const MOST_CLOSED_HOURS: usize = 50;
const LARGEST_DEPOSIT_RETURN: i64 = 100_000;
const LONGEST_REFUND_DAYS: u16 = 3_650;
const LARGEST_REFUND_LIMIT: i64 = 10_000_000;
const DEFAULT_FOUND: usize = 12;
const MOST_FOUND: usize = 50;
const LONGEST_SEARCH: usize = 64;
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

/// How many to find at most.
pub fn search_size(wanted: i32) -> Result<usize, Error> {
    match usize::try_from(wanted) {
        Ok(0) => Ok(DEFAULT_FOUND),
        Ok(size @ 1..=MOST_FOUND) => Ok(size),
        _ => Err(Error::field("page_size", "not 1 to 50, nor 0 for 12")),
    }
}

/// What was typed to be searched.
pub fn searched(typed: &str) -> Result<&str, Error> {
    match typed.chars().count() {
        1..=LONGEST_SEARCH => Ok(typed),
        _ => Err(Error::field("text", "not 1 to 64 characters")),
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
            label_rules: label_rules(&store.label_rules)?,
            bag: gtin("store.bag_gtin", &store.bag_gtin)?,
            deposit_return_limit: deposit_return_limit(store.deposit_return_limit_minor)?,
            audit_rate_basis_points: audit_rate(store.audit_rate_basis_points)?,
            closed_hours: closed_hours(&store.closed_hours)?,
            refund_policy: refund_policy(
                store.refund_days,
                store.refund_sale_limit_minor,
                store.refund_member_month_minor,
            )?,
        })
    }
}

/// What the store gives back without a person: what is not said is as the house has it.
fn refund_policy(days: Option<i32>, of_sale: Option<i64>, of_month: Option<i64>) -> Result<Policy, Error> {
    let house = Policy::OF_THE_HOUSE;
    let days = match days.map(u16::try_from) {
        None => house.days,
        Some(Ok(days @ 0..=LONGEST_REFUND_DAYS)) => days,
        Some(_) => return Err(Error::field("store.refund_days", "not 0 to 3650")),
    };
    let limit = |field: &str, cents: Option<i64>, house: Cents| match cents {
        None => Ok(house),
        Some(cents @ 0..=LARGEST_REFUND_LIMIT) => Ok(Cents::new(cents)),
        Some(_) => Err(Error::field(field, format!("not 0 to {LARGEST_REFUND_LIMIT}"))),
    };
    Ok(Policy {
        days,
        of_sale: limit("store.refund_sale_limit_minor", of_sale, house.of_sale)?,
        of_month: limit("store.refund_member_month_minor", of_month, house.of_month)?,
    })
}

/// The rules of a store's scale labels. Two that claim one code would be a guess, and 29 belongs to the members' cards.
fn label_rules(texts: &[String]) -> Result<Vec<LabelRule>, Error> {
    let field = "store.label_rules";
    if texts.len() > MOST_LABEL_RULES {
        return Err(Error::field(field, format!("more than {MOST_LABEL_RULES} rules")));
    }
    let read =
        |text: &String| text.parse().map_err(|error: LabelRuleError| Error::field(field, error.to_string()));
    let rules: Vec<LabelRule> = texts.iter().map(read).collect::<Result<_, _>>()?;
    let clash = rules.iter().enumerate().any(|(place, rule)| {
        rule.prefix().starts_with("29") || rules[..place].iter().any(|other| other.prefix() == rule.prefix())
    });
    if clash {
        Err(Error::field(field, "a prefix twice, or 29, that of the members' cards"))
    } else {
        Ok(rules)
    }
}

/// The hours in which goods are not sold.
fn closed_hours(texts: &[String]) -> Result<Vec<ClosedHours>, Error> {
    let field = "store.closed_hours";
    if texts.len() > MOST_CLOSED_HOURS {
        return Err(Error::field(field, format!("more than {MOST_CLOSED_HOURS} hours")));
    }
    let read = |text: &String| {
        text.parse().map_err(|error: ClosedHoursError| Error::field(field, error.to_string()))
    };
    texts.iter().map(read).collect()
}

/// A product's number, or nothing.
pub(super) fn gtin(field: &str, text: &str) -> Result<Option<Gtin>, Error> {
    match text {
        "" => Ok(None),
        text => Gtin::parse(text).map(Some).map_err(|error| Error::field(field, error.to_string())),
    }
}

fn audit_rate(basis_points: i32) -> Result<u16, Error> {
    match u16::try_from(basis_points) {
        Ok(rate @ 0..=10_000) => Ok(rate),
        _ => Err(Error::field("store.audit_rate_basis_points", "not 0 to 10000")),
    }
}

fn deposit_return_limit(cents: i64) -> Result<Cents, Error> {
    match cents {
        0 => Ok(DEPOSIT_RETURN_LIMIT),
        1..=LARGEST_DEPOSIT_RETURN => Ok(Cents::new(cents)),
        _ => Err(Error::field("store.deposit_return_limit_minor", "not 1 to 100000, nor 0 for 5000")),
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
        Ok(Self { code: terminal.terminal_code, store_code: terminal.store_code, kind, removed: false })
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
            label_rules: store.label_rules.iter().map(ToString::to_string).collect(),
            bag_gtin: store.bag.map(|gtin| gtin.to_string()).unwrap_or_default(),
            deposit_return_limit_minor: store.deposit_return_limit.get(),
            audit_rate_basis_points: i32::from(store.audit_rate_basis_points),
            closed_hours: store.closed_hours.iter().map(ToString::to_string).collect(),
            refund_days: Some(i32::from(store.refund_policy.days)),
            refund_sale_limit_minor: Some(store.refund_policy.of_sale.get()),
            refund_member_month_minor: Some(store.refund_policy.of_month.get()),
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
        let (terminal, store) = (Some(found.terminal.into()), Some(found.store.into()));
        Self { terminal, store, ..Self::default() }
    }
}

impl From<ProductReport> for pb::ImportCatalogueResponse {
    fn from(report: ProductReport) -> Self {
        let ProductReport { rows, created, changed, unchanged, prices, overtaken, held, rejected } = report;
        let rejected = rejected.into_iter().map(Into::into).collect();
        Self { rows, created, changed, unchanged, prices, rejected, held, overtaken }
    }
}

impl From<PriceReport> for pb::ImportPricesResponse {
    fn from(report: PriceReport) -> Self {
        let PriceReport { rows, changed, unchanged, overtaken, held, rejected } = report;
        let rejected = rejected.into_iter().map(Into::into).collect();
        Self { rows, changed, unchanged, rejected, held, overtaken }
    }
}

impl From<Rejected> for pb::RejectedRow {
    fn from(rejected: Rejected) -> Self {
        Self { line: rejected.line, reason: rejected.reason.as_str().to_owned(), found: rejected.found }
    }
}

/// A product as it can be sold now.
pub(super) fn product((product, price): (Product, Option<Price>)) -> pb::Product {
    let measured = price.and_then(|price| measure::price(product.sold_by, &product.net_content, price.unit));
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
        kind: pb::LineKind::from(product.kind).into(),
        deposit_gtin: product.deposit.map(|gtin| gtin.to_string()).unwrap_or_default(),
        meal_voucher: product.meal_voucher,
        perishable: product.perishable,
        legal_guarantee: product.legal_guarantee,
        tile: product.tile,
        tare_milli: product.tare.get(),
        minimum_age: i32::from(product.minimum_age),
        codes: product.codes.into_iter().map(code).collect(),
        measure: measured.map(|(measure, _)| measure.as_str().to_owned()).unwrap_or_default(),
        measure_price_minor: measured.map(|(_, price)| price.get()),
    }
}

fn code(further: ProductCode) -> pb::ProductCode {
    pb::ProductCode { code: further.code.to_string(), pieces: further.pieces }
}

pub(super) fn is_text(text: &str, shortest: usize, longest: usize) -> bool {
    let is_trimmed = text.trim() == text;
    (shortest..=longest).contains(&text.chars().count()) && is_trimmed && identity::is_plain_text(text)
}

pub(super) fn text(field: &str, text: String, longest: usize) -> Result<String, Error> {
    if is_text(&text, 1, longest) {
        return Ok(text);
    }
    Err(Error::field(field, format!("not 1 to {longest} plain characters without blanks around")))
}

/// Whole microseconds, for the database keeps no finer ones.
pub(super) fn instant(field: &str, timestamp: Option<Timestamp>) -> Result<OffsetDateTime, Error> {
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

pub(super) fn timestamp(instant: OffsetDateTime) -> Timestamp {
    let nanos = i32::try_from(instant.nanosecond()).expect("less than a thousand million");
    Timestamp { seconds: instant.unix_timestamp(), nanos }
}
