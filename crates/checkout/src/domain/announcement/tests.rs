use time::OffsetDateTime;
use time::macros::datetime;

use super::*;
use crate::domain::catalogue::{Contents, DatedPrice, Price, SoldBy};
use crate::domain::promotion::tests::percentage;
use crate::domain::scan::tests::product;
use money::Cents;

const START: OffsetDateTime = datetime!(2026-05-01 00:00 UTC);

/// A product that is sold since an instant.
fn catalogue(since: OffsetDateTime, perishable: bool) -> Catalogue {
    let product = Product { perishable, ..product("952400000001", SoldBy::Unit) };
    let dated = DatedPrice {
        gtin: product.gtin,
        store_code: String::new(),
        valid_from: since,
        price: Price { unit: Cents::new(500), member: None },
    };
    Catalogue::from(Contents { products: vec![product], prices: vec![dated], ..Contents::default() })
}

fn announced(announcement: Announcement) -> Promotion {
    Promotion { announcement, start: START, ..percentage("SOLDES", "", 1_000) }
}

#[test]
fn a_reduction_is_not_announced_without_the_lowest_price_of_the_thirty_days_before() {
    let promotion = announced(Announcement::PriorPrice);
    assert_eq!(check(&catalogue(datetime!(2026-04-30 23:59 UTC), false), &promotion), Ok(()));
    let refused = check(&catalogue(START, false), &promotion);
    assert!(matches!(refused, Err(AnnouncementError::NoPriorPrice { .. })), "{refused:?}");
    assert_eq!(check(&catalogue(START, false), &announced(Announcement::No)), Ok(()));
}

#[test]
fn goods_that_are_not_sold_yet_are_not_reduced_and_alone_announce_nothing() {
    let promotion = announced(Announcement::PriorPrice);
    let refused = check(&catalogue(datetime!(2026-06-01 00:00 UTC), false), &promotion);
    assert!(matches!(refused, Err(AnnouncementError::NoPriorPrice { .. })), "{refused:?}");
    let sold = product("952400000001", SoldBy::Unit);
    let beside = Contents {
        products: vec![sold.clone(), product("952400000002", SoldBy::Unit)],
        prices: vec![DatedPrice {
            gtin: sold.gtin,
            store_code: String::new(),
            valid_from: datetime!(2026-01-01 00:00 UTC),
            price: Price { unit: Cents::new(500), member: None },
        }],
        ..Contents::default()
    };
    assert_eq!(check(&Catalogue::from(beside), &promotion), Ok(()));
}

#[test]
fn goods_that_spoil_are_excepted_when_they_are_marked_so() {
    let promotion = announced(Announcement::Perishable);
    assert_eq!(check(&catalogue(START, true), &promotion), Ok(()));
    let refused = check(&catalogue(START, false), &promotion);
    assert!(matches!(refused, Err(AnnouncementError::NotPerishable { .. })), "{refused:?}");
}

#[test]
fn only_a_reduction_of_something_is_announced() {
    let groups = Promotion {
        benefit: crate::domain::promotion::Benefit::NForM { take: 3, pay: 2 },
        ..announced(Announcement::PriorPrice)
    };
    assert_eq!(check(&catalogue(START, false), &groups), Err(AnnouncementError::NoReduction));
    let claimed = Promotion { on_claim: true, ..announced(Announcement::PriorPrice) };
    let sold = catalogue(datetime!(2026-01-01 00:00 UTC), false);
    assert_eq!(check(&sold, &claimed), Err(AnnouncementError::NoReduction));
    let nothing = Promotion { category: "Vins".to_owned(), ..announced(Announcement::PriorPrice) };
    assert_eq!(check(&catalogue(START, false), &nothing), Err(AnnouncementError::NoProduct));
}
