//! Amounts, quantities and times as people read them.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use money::{Cents, Quantity};
use proto::{
    checkout::v1::{AuditedGoods, SoldBy, Tender, TenderKind},
    r#type::v1::Money,
};
use time::OffsetDateTime;

use crate::text::Lang;

/// An amount of euros.
pub fn amount(minor: i64) -> String {
    Cents::from(minor).french()
}

/// An amount above nothing; empty for nothing.
pub fn amount_if_any(minor: i64) -> String {
    if minor > 0 { amount(minor) } else { String::new() }
}

/// An amount as messages tell it; nothing where there is none.
pub fn money(money: Option<&Money>) -> String {
    amount(money.map_or(0, |money| money.amount_minor))
}

/// By what goods are measured, in the word that `quantity` knows.
pub fn measure(sold_by: SoldBy) -> &'static str {
    if sold_by == SoldBy::Kilogram { "kg" } else { "unit" }
}

/// A quantity: pieces, or a weight.
pub fn quantity(milli: i64, sold_by: &str) -> String {
    let quantity = Quantity::new(milli);
    if sold_by == "kg" { quantity.french_weight() } else { format!("×\u{202f}{}", quantity.french()) }
}

/// Goods with how much of them.
pub fn goods(goods: &[AuditedGoods]) -> String {
    let shown = |goods: &AuditedGoods| {
        let measure = if goods.by_weight { "kg" } else { "unit" };
        format!("{} {}", goods.name, quantity(goods.quantity_milli, measure))
    };
    goods.iter().map(shown).collect::<Vec<_>>().join(", ")
}

/// Day and minute in a time zone.
pub fn moment(at: Option<prost_types::Timestamp>, zone: &str, lang: Lang) -> String {
    written(at, zone, lang.say("%d/%m/%Y à\u{a0}%H:%M", "%d\u{a0}%b\u{a0}%Y at\u{a0}%H:%M"))
}

/// The same to the second, where one thing comes after the other.
pub fn moment_with_seconds(at: Option<prost_types::Timestamp>, zone: &str, lang: Lang) -> String {
    written(at, zone, lang.say("%d/%m/%Y à\u{a0}%H:%M:%S", "%d\u{a0}%b\u{a0}%Y at\u{a0}%H:%M:%S"))
}

/// The day alone in a time zone.
pub fn date(at: Option<prost_types::Timestamp>, zone: &str, lang: Lang) -> String {
    written(at, zone, lang.say("%d/%m/%Y", "%d\u{a0}%b\u{a0}%Y"))
}

/// The minute of the day in a time zone.
pub fn minute(at: OffsetDateTime, zone: &str) -> String {
    written(Some(prost_types::Timestamp { seconds: at.unix_timestamp(), nanos: 0 }), zone, "%H:%M")
}

/// A time in a form of strftime; in UTC, and saying so, when the zone is not known.
fn written(at: Option<prost_types::Timestamp>, zone: &str, form: &str) -> String {
    let Some(timestamp) = at.and_then(|at| Timestamp::new(at.seconds, at.nanos).ok()) else {
        return String::new();
    };
    match TimeZone::get(zone) {
        Ok(zone) => timestamp.to_zoned(zone).strftime(form).to_string(),
        Err(_) => format!("{} UTC", timestamp.to_zoned(TimeZone::UTC).strftime(form)),
    }
}

/// `0:35`, `12:05`.
pub fn waited(seconds: i64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// Since when, in seconds.
pub fn seconds_since(time: Option<prost_types::Timestamp>, now: OffsetDateTime) -> i64 {
    time.map_or(0, |time| now.unix_timestamp() - time.seconds).max(0)
}

/// A civil day written `YYYY-MM-DD`.
pub fn day(text: &str, lang: Lang) -> String {
    let form = lang.say("%d/%m/%Y", "%d %b %Y");
    text.parse::<Date>().map_or_else(|_| text.to_owned(), |day| day.strftime(form).to_string())
}

/// Thousandths with one decimal.
pub fn thousandths(milli: i64, lang: Lang) -> String {
    let tenths = (milli + 50) / 100;
    format!("{}{}{}", tenths / 10, lang.say(",", "."), tenths % 10)
}

/// Basis points as a percentage with one decimal.
pub fn percentage(basis_points: i64, lang: Lang) -> String {
    format!("{}{}%", thousandths(basis_points * 10, lang), lang.say("\u{202f}", ""))
}

/// With what a part of a sale was paid.
pub fn means(kind: TenderKind, lang: Lang) -> &'static str {
    match kind {
        TenderKind::MealVoucher => lang.say("Payé par titre-restaurant", "Paid with a meal voucher"),
        TenderKind::StoreCredit => lang.say("Payé par avoir", "Paid with store credit"),
        TenderKind::Card | TenderKind::Unspecified => lang.say("Payé par carte", "Paid by card"),
    }
}

/// How a sale was paid: means, brand, last digits and amount of each tender.
pub fn payments(tenders: &[Tender], lang: Lang) -> Vec<(&'static str, String, String, String)> {
    let payment = |paid: &Tender| {
        let card = paid.card.clone().unwrap_or_default();
        (means(paid.kind(), lang), card.brand, card.pan_last4, amount(paid.amount_minor))
    };
    tenders.iter().map(payment).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_on_the_wall_of_the_store_or_as_utc() {
        let at = Some(prost_types::Timestamp { seconds: 1_777_737_600, nanos: 0 });
        assert_eq!(moment(at, "Europe/Paris", Lang::French), "02/05/2026 à\u{a0}18:00");
        assert_eq!(moment(at, "Europe/Paris", Lang::English), "02\u{a0}May\u{a0}2026 at\u{a0}18:00");
        assert_eq!(moment(at, "", Lang::French), "02/05/2026 à\u{a0}16:00 UTC");
        assert_eq!(moment(None, "Europe/Paris", Lang::French), "");
        assert_eq!(moment_with_seconds(at, "Europe/Paris", Lang::French), "02/05/2026 à\u{a0}18:00:00");
        assert_eq!(moment_with_seconds(at, "", Lang::French), "02/05/2026 à\u{a0}16:00:00 UTC");
        assert_eq!(moment_with_seconds(None, "", Lang::French), "");
        let midnight = Some(prost_types::Timestamp { seconds: 1_777_672_800, nanos: 0 });
        assert_eq!(date(midnight, "Europe/Paris", Lang::French), "02/05/2026");
        assert_eq!(date(midnight, "Europe/Paris", Lang::English), "02\u{a0}May\u{a0}2026");
        assert_eq!(date(midnight, "", Lang::French), "01/05/2026 UTC");
        assert_eq!(date(None, "Europe/Paris", Lang::French), "");
    }

    #[test]
    fn the_hour_that_comes_twice_is_told_twice_and_the_one_that_is_left_out_never() {
        let told = |seconds| {
            moment(Some(prost_types::Timestamp { seconds, nanos: 0 }), "Europe/Paris", Lang::French)
        };
        // 2026-10-25T00:30:00Z and an hour later; 2026-03-29T00:59:00Z and a minute later.
        assert_eq!(
            [told(1_792_888_200), told(1_792_891_800)],
            ["25/10/2026 à\u{a0}02:30", "25/10/2026 à\u{a0}02:30"]
        );
        assert_eq!(
            [told(1_774_745_940), told(1_774_746_000)],
            ["29/03/2026 à\u{a0}01:59", "29/03/2026 à\u{a0}03:00"]
        );
    }

    #[test]
    fn a_wait_is_told_in_minutes_and_seconds() {
        assert_eq!((waited(35), waited(725)), ("0:35".to_owned(), "12:05".to_owned()));
    }

    #[test]
    fn figures_are_written_in_the_readers_language() {
        assert_eq!(
            (thousandths(4_250, Lang::French), thousandths(4_249, Lang::English)),
            ("4,3".into(), "4.2".into())
        );
        assert_eq!(
            (percentage(7_250, Lang::French), percentage(10_000, Lang::English)),
            ("72,5\u{202f}%".into(), "100.0%".into())
        );
        assert_eq!(
            (day("2026-05-02", Lang::French), day("", Lang::French)),
            ("02/05/2026".into(), String::new())
        );
    }
}
