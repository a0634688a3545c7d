//! What a cell may hold.

use std::sync::LazyLock;

use barcode::{Gtin, GtinError, Scan, ScanError};
use jiff::tz::TimeZone;
use money::{Cents, Quantity};
use time::OffsetDateTime;

use crate::domain::catalogue::{identity, label_rules};
use crate::domain::import::{Reason, Rejected};

/// A price above a million euros is a typing error.
const HIGHEST_PRICE: Cents = Cents::new(100_000_000);
/// A date before or after these years is one as well.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2099;
/// How much of what was found is reported.
const SHOWN: usize = 80;

/// A day in a file starts when it starts in metropolitan France. Elsewhere a file gives instants.
static FILE_ZONE: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("Europe/Paris").expect("the zones are built in"));

/// Why a row is not taken.
#[derive(Debug)]
pub struct Refusal {
    reason: Reason,
    found: String,
}

impl Refusal {
    /// With what was found, shortened, and harmless to show.
    pub fn new(reason: Reason, found: &str) -> Self {
        let mut shown = String::new();
        for character in found.chars().take(SHOWN) {
            if identity::is_plain_text(character.encode_utf8(&mut [0; 4])) {
                shown.push(character);
            } else {
                shown.extend(character.escape_unicode());
            }
        }
        Self { reason, found: shown.chars().take(SHOWN).collect() }
    }

    /// The same for a row of the file.
    pub fn at(self, line: i64) -> Rejected {
        Rejected { line, reason: self.reason, found: self.found }
    }
}

/// The number of a product. The tills must read it as that product: a member card is none, nor is the label of one weighed piece.
pub fn code(text: &str) -> Result<Gtin, Refusal> {
    let refusal = |reason| Refusal::new(reason, text);
    let gtin = Gtin::parse(text).map_err(|error| match error {
        GtinError::BadCheckDigit { .. } => refusal(Reason::BadCheckDigit),
        GtinError::NotDigits | GtinError::Length { .. } => refusal(Reason::BadCode),
    })?;
    match barcode::scan(gtin.as_str(), label_rules()) {
        // A label that says zero is the number under which all labels of the article are looked up.
        Ok(Scan::Product(_)) | Err(ScanError::EmptyMeasure) => Ok(gtin),
        Ok(_) | Err(_) => Err(refusal(Reason::BadCode)),
    }
}

/// A text as a ticket may show it: plain, not too long, and without character references, which some exports leave in
/// (`&quot;`) and which nobody may undo unseen.
pub fn text(text: &str, longest: usize, reason: Reason) -> Result<String, Refusal> {
    let is_fine = identity::is_plain_text(text) && text.chars().count() <= longest && !has_reference(text);
    if is_fine { Ok(text.to_owned()) } else { Err(Refusal::new(reason, text)) }
}

/// A price in euros.
pub fn price(text: &str) -> Result<Cents, Refusal> {
    match Cents::parse(text) {
        Ok(price) if price > Cents::ZERO && price <= HIGHEST_PRICE => Ok(price),
        _ => Err(Refusal::new(Reason::BadPrice, text)),
    }
}

/// A price for members, if there is one; it cannot be above the price.
pub fn member_price(text: &str, price: Cents) -> Result<Option<Cents>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    match self::price(text)? {
        member if member <= price => Ok(Some(member)),
        _ => Err(Refusal::new(Reason::BadPrice, text)),
    }
}

/// The start of a price: a day (`2026-05-02`), or an instant of whole seconds (`2026-05-02T00:00:00+02:00`).
pub fn valid_from(text: &str) -> Result<OffsetDateTime, Refusal> {
    instant(text).ok_or_else(|| Refusal::new(Reason::BadDate, text))
}

fn instant(text: &str) -> Option<OffsetDateTime> {
    let timestamp = if text.len() == "2026-05-02".len() {
        text.parse::<jiff::civil::Date>().ok()?.to_zoned(FILE_ZONE.clone()).ok()?.timestamp()
    } else {
        text.parse::<jiff::Timestamp>().ok()?
    };
    let is_believable = YEARS.contains(&timestamp.to_zoned(FILE_ZONE.clone()).year());
    let is_whole = timestamp.subsec_nanosecond() == 0;
    if !is_believable || !is_whole {
        return None;
    }
    OffsetDateTime::from_unix_timestamp(timestamp.as_second()).ok()
}

/// A weight in whole grams; nothing is none. No container of a shopper weighs more than a hundred kilograms.
pub fn grams(text: &str) -> Result<Quantity, Refusal> {
    match text {
        "" => Ok(Quantity::ZERO),
        text if text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            let grams = text.parse().map_err(|_| Refusal::new(Reason::BadRow, text))?;
            Ok(Quantity::grams(grams))
        }
        text => Err(Refusal::new(Reason::BadRow, text)),
    }
}

/// An age in years, 1 to 25; nothing is none.
pub fn age(text: &str) -> Result<u8, Refusal> {
    match text.parse() {
        Ok(age @ 1..=25) => Ok(age),
        _ if text.is_empty() => Ok(0),
        _ => Err(Refusal::new(Reason::BadRow, text)),
    }
}

/// `yes` or `no`; nothing is no.
pub fn yes(text: &str) -> Result<bool, Refusal> {
    match text {
        "yes" => Ok(true),
        "no" | "" => Ok(false),
        text => Err(Refusal::new(Reason::BadRow, text)),
    }
}

/// Whether a text holds a character reference of HTML: `&amp;`, `&#233;` or `&#xE9;`.
fn has_reference(text: &str) -> bool {
    text.split('&').skip(1).any(|after| {
        let Some((name, _)) = after.split_once(';') else { return false };
        match name.strip_prefix('#') {
            Some(number) => {
                let digits = number.trim_start_matches(['x', 'X']);
                !digits.is_empty() && digits.len() <= 7 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
            }
            None => (2..=31).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        }
    })
}
