//! Labels that say what a pack costs.

use proptest::prelude::*;

use super::*;
use crate::domain::basket::{Basket, Edit, Entry};
use crate::domain::id::{Fingerprint, MemberId, RequestKey};
use crate::domain::price::{Priced, PricedLine};
use crate::domain::promotion::{Benefit, Limits};

/// A shop whose cheese costs so much a kilogram, and so much for members, without any promotion.
fn cheese(unit: i64, member: Option<i64>) -> Contents {
    let mut contents = Contents { promotions: Vec::new(), ..contents() };
    for dated in contents.prices.iter_mut().filter(|dated| dated.gtin == gtin("275432100000")) {
        dated.price = Price { unit: Cents::new(unit), member: member.map(Cents::new) };
    }
    contents
}

/// The pack with this price on its label; `UnknownCode` where the attendant looks at it first.
fn labelled(contents: &Contents, cents: i64) -> Result<(Item, Quantity), ScanError> {
    match read_at(contents.clone(), NOW, &complete(&format!("2754321{cents:05}")), wanted(0)) {
        Ok(Read::Unknown { .. }) => Err(ScanError::UnknownCode),
        read => article(read),
    }
}

/// The line of a pack in a basket of its own.
fn line(item: Item, quantity: Quantity, is_member: bool) -> PricedLine {
    let request = || RequestKey { request_id: uuid::Uuid::now_v7(), fingerprint: Fingerprint([7; 32]) };
    let member = Edit::Identify { member_id: MemberId(uuid::Uuid::nil()), used_up: Vec::new() };
    let scan = Edit::Scan { item: Box::new(item), quantity };
    let edits = is_member.then_some(member).into_iter().chain([scan]);
    let entries: Vec<Entry> = edits.map(|edit| Entry::new(request(), NOW, edit)).collect();
    let priced = Priced::of(&Basket::after(&entries).unwrap()).unwrap();
    assert_eq!(priced.total, priced.lines[0].total);
    priced.lines.into_iter().next().unwrap()
}

#[test]
fn a_pack_whose_price_no_gram_gives_keeps_its_weight_its_price_per_kilogram_and_its_member_price() {
    let contents = cheese(2_000, Some(1_500));
    let (item, quantity) = labelled(&contents, 1_231).unwrap();
    assert_eq!((item.sold_by, quantity.get(), item.unit_price.get()), (SoldBy::Kilogram, 616, 2_000));
    assert_eq!(item.measure.as_ref().map(|of| of.price.get()), Some(2_000));
    let guest = line(item.clone(), quantity, false);
    assert_eq!((guest.gross.get(), guest.total.get(), guest.quantity), (1_231, 1_231, quantity));
    // 12.31 x 15 / 20 = 9.2325
    assert_eq!(line(item, quantity, true).total.get(), 923);
}

#[test]
fn nobody_names_the_price_of_what_the_catalogue_prices() {
    let piece = gtin("952400000001");
    for code in [format!("]C101{piece}39221"), format!("https://id.gs1.org/01/{piece}?3922=1")] {
        let read = read_at(contents(), NOW, &code, wanted(0));
        assert_eq!(read, Err(ScanError::LabelMismatch), "{code}");
    }
    let mut deposit = contents();
    for product in deposit.products.iter_mut().filter(|product| product.gtin == gtin("275432100000")) {
        product.kind = LineKind::Deposit;
    }
    assert_eq!(labelled(&deposit, 1), Err(ScanError::LabelMismatch));
}

#[test]
fn a_label_that_no_pack_of_the_goods_bears_waits_for_the_attendant_and_is_sold_when_named() {
    let contents = cheese(2_000, None);
    assert_eq!(labelled(&contents, 1), Err(ScanError::UnknownCode), "less than a gram");
    assert_eq!(labelled(&contents, 2).map(|(_, quantity)| quantity.get()), Ok(1));
    let cheap = cheese(5, None);
    assert_eq!(labelled(&cheap, 500).map(|(_, quantity)| quantity.get()), Ok(100_000));
    assert_eq!(labelled(&cheap, 501), Err(ScanError::UnknownCode), "more than a hundred kilograms");
    let catalogue = Catalogue::from(cheap);
    let counter = Counter { catalogue: &catalogue, store_code: "LILLE", now: NOW };
    let named = resolve(counter, &complete("275432100501"), &complete("275432100000"), wanted(0));
    let (item, quantity) = article(named).unwrap();
    assert_eq!(item.gross(quantity).map(Cents::get), Some(501));
}

#[test]
fn a_percentage_is_taken_off_the_price_of_the_label_and_an_amount_off_its_weight() {
    let off = |benefit| {
        let mut contents = cheese(2_000, None);
        contents.promotions = vec![Promotion { benefit, ..percentage("FROMAGE", "Vrac", 1) }];
        let (item, quantity) = labelled(&contents, 199).unwrap();
        line(item, quantity, false).discounts.iter().map(|discount| discount.amount.get()).sum::<i64>()
    };
    assert_eq!(off(Benefit::Percent { basis_points: 5_000 }), 100, "half of 1.99, not of 2.00");
    assert_eq!(off(Benefit::Percent { basis_points: 10_000 }), 199);
    assert_eq!(off(Benefit::Amount { off: Cents::new(300) }), 30, "100 grams");
    assert_eq!(off(Benefit::Amount { off: Cents::new(9_000) }), 199);
}

#[test]
fn of_two_packs_of_one_weight_the_same_one_gets_what_only_one_gets_in_whatever_order_they_come() {
    let mut contents = cheese(2_000, None);
    let once = Limits { basket: Some(1), ..Limits::default() };
    contents.promotions = vec![Promotion { limits: once, ..percentage("FROMAGE", "Vrac", 10_000) }];
    let total = |labels: [i64; 2]| {
        let mut basket = Basket::new();
        for cents in labels {
            let (item, quantity) = labelled(&contents, cents).unwrap();
            assert_eq!(quantity.get(), 100);
            basket.apply(&Edit::Scan { item: Box::new(item), quantity }).unwrap();
        }
        Priced::of(&basket).unwrap().total.get()
    };
    assert_eq!(total([199, 200]), total([200, 199]));
}

#[test]
fn a_pack_that_has_no_price_per_kilogram_is_one_piece_at_the_price_of_its_label() {
    let mut contents = cheese(2_000, None);
    contents.prices.retain(|dated| dated.gtin != gtin("275432100000"));
    let (item, quantity) = labelled(&contents, 199).unwrap();
    assert_eq!(
        (item.sold_by, quantity, item.gross(quantity)),
        (SoldBy::Unit, Quantity::ONE, Some(Cents::new(199)))
    );
}

proptest! {
    #[test]
    fn the_line_of_a_label_costs_what_the_label_says_and_weighs_the_nearest_gram(
        unit in 1_i64..20_000, cents in 1_i64..50_000,
    ) {
        let grams = (cents * 1_000 * 2 + unit) / (2 * unit);
        let Ok((item, quantity)) = labelled(&cheese(unit, None), cents) else {
            prop_assert!(cents > 100 * unit || cents * 1_000 < unit, "only what nobody weighs is not sold");
            return Ok(());
        };
        prop_assert_eq!((quantity.get(), item.sold_by), (grams.max(1), SoldBy::Kilogram));
        let line = line(item, quantity, false);
        prop_assert_eq!((line.gross.get(), line.unit_price.get()), (cents, unit));
        let other = |grams: i64| money::price(Cents::new(unit), Quantity::grams(grams)).unwrap().get() == cents;
        let is_given_by_a_gram = (grams - 2..=grams + 2).any(other);
        prop_assert_eq!(money::price(line.unit_price, line.quantity) == Some(line.gross), is_given_by_a_gram);
    }

    #[test]
    fn a_member_pays_a_label_in_proportion_and_never_more_than_it_says(
        unit in 1_i64..20_000, part in 1_i64..=100, cents in 1_i64..50_000,
    ) {
        let member = (unit * part / 100).max(1);
        let Ok((item, quantity)) = labelled(&cheese(unit, Some(member)), cents) else { return Ok(()) };
        let exact = item.label_price.is_none();
        let total = line(item, quantity, true).total.get();
        prop_assert!(total <= cents);
        let wanted = match exact {
            true => money::price(Cents::new(member), quantity).unwrap().get(),
            false => (cents * member * 2 + unit) / (2 * unit),
        };
        prop_assert_eq!(total, wanted.min(cents));
    }
}
