use proptest::prelude::*;
use time::macros::datetime;

use super::*;

/// A percentage off a category, through the whole of 2026.
pub(crate) fn percentage(code: &str, category: &str, basis_points: i64) -> Promotion {
    Promotion {
        code: code.to_owned(),
        label: format!("label of {code}"),
        category: category.to_owned(),
        gtins: Vec::new(),
        store_codes: Vec::new(),
        benefit: Benefit::Percent { basis_points },
        start: datetime!(2026-01-01 00:00 UTC),
        end: datetime!(2027-01-01 00:00 UTC),
        hours: Hours::ALL,
        on_claim: false,
        members_only: false,
        exclusive: false,
        limits: Limits::default(),
        announcement: Announcement::No,
    }
}

#[test]
fn a_promotion_is_given_at_its_hours_by_the_clock_on_the_wall_of_the_store() {
    let happy = Hours { from_minute: 17 * 60, to_minute: 19 * 60, weekdays: 0b000_1000 };
    let thursday = Promotion { hours: happy, ..percentage("APERO", "", 1_000) };
    let runs = |now| thursday.runs_at("LILLE", "Europe/Paris", now);
    assert!(!runs(datetime!(2026-07-02 14:59:59 UTC)), "a minute to five in summer");
    assert!(runs(datetime!(2026-07-02 15:00 UTC)));
    assert!(runs(datetime!(2026-07-02 16:59:59 UTC)));
    assert!(!runs(datetime!(2026-07-02 17:00 UTC)));
    assert!(!runs(datetime!(2026-01-08 15:30 UTC)), "half past four in winter");
    assert!(runs(datetime!(2026-01-08 16:30 UTC)));
    assert!(!runs(datetime!(2026-07-03 15:30 UTC)), "a Friday");
    assert!(thursday.runs_at("FORT", "America/Martinique", datetime!(2026-07-02 21:30 UTC)));
    assert!(!thursday.runs_at("LILLE", "Nowhere", datetime!(2026-07-02 15:30 UTC)));
}

#[test]
fn a_promotion_runs_in_its_stores_only() {
    let local = Promotion { store_codes: vec!["LILLE".to_owned()], ..percentage("LOCAL", "", 1_000) };
    let now = datetime!(2026-07-02 12:00 UTC);
    assert!(local.runs_at("LILLE", "Europe/Paris", now) && !local.runs_at("ARRAS", "Europe/Paris", now));
}

#[test]
fn a_promotion_means_the_products_of_its_list_that_are_of_its_category() {
    let gtin = |text: &str| Gtin::parse(text).unwrap();
    let offer = |category: &str, gtins: &[&str]| Offer {
        gtins: gtins.iter().map(|text| gtin(text)).collect(),
        category: category.to_owned(),
        ..percentage("DIX", "", 1_000).offer(None)
    };
    let pen = gtin("96385074");
    assert!(offer("", &[]).covers("Papeterie", &pen));
    assert!(offer("Papeterie", &["96385074"]).covers("Papeterie, Stylos", &pen));
    assert!(!offer("Vins", &["96385074"]).covers("Papeterie", &pen));
    assert!(!offer("Papeterie", &["4006381333931"]).covers("Papeterie", &pen));
}

#[test]
fn an_offer_is_kept_as_text_that_means_the_same_for_ever() {
    let offer = percentage("DIX", "Vins", 1_000).offer(None);
    let text =
        r#"{"code":"DIX","label":"label of DIX","category":"Vins","gives":"percent","basis_points":1000}"#;
    assert_eq!(serde_json::to_string(&offer).unwrap(), text);
    assert_eq!(serde_json::from_str::<Offer>(text).unwrap(), offer);
}

proptest! {
    #[test]
    fn what_is_taken_off_a_line_is_never_more_than_it_costs(
        unit in 0..1_000_000_i64, milli in 1..1_000_000_i64, points in 1..=10_000_i64, off in 1..2_000_000_i64,
    ) {
        let (unit_price, quantity) = (Cents::new(unit), Quantity::new(milli));
        let gross = money::price(unit_price, quantity).unwrap();
        for benefit in [Benefit::Percent { basis_points: points }, Benefit::Amount { off: Cents::new(off) }] {
            let taken = benefit.off_line(unit_price, quantity).unwrap();
            prop_assert!(!taken.is_negative() && taken <= gross);
        }
    }
}
