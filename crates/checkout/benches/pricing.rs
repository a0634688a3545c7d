//! How long it takes to price a whole basket again, as each scan does: 30 lines, and 20 promotions of every kind that run for them.

use std::hint::black_box;

use barcode::{Gtin, check_digit};
use checkout::domain::{
    basket::{Basket, Edit},
    catalogue::SoldBy,
    id::MemberId,
    item::{Item, LineKind},
    price::Priced,
    promotion::{Benefit, Offer},
};
use criterion::Criterion;
use money::{Cents, Quantity};
use uuid::Uuid;

const LINES: u8 = 30;
const CATEGORIES: [&str; 5] = ["Fruits", "Fromages", "Vins", "Épicerie", "Boulangerie"];

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let (guest, member) = (basket(false), basket(true));
    let priced = Priced::of(&member).expect("the basket has its prices");
    let codes: Vec<&str> =
        priced.lines.iter().flat_map(|line| &line.discounts).map(|given| given.code.as_str()).collect();
    for kind in ["PERCENT", "GROUP", "PART"] {
        assert!(codes.iter().any(|code| code.starts_with(kind)), "no {kind} is given: {codes:?}");
    }
    criterion.bench_function("30 lines, 20 promotions, guest", |bencher| {
        bencher.iter(|| Priced::of(black_box(&guest)));
    });
    criterion.bench_function("30 lines, 20 promotions, member", |bencher| {
        bencher.iter(|| Priced::of(black_box(&member)));
    });
    criterion.final_summary();
}

fn basket(is_member: bool) -> Basket {
    let mut basket = Basket::new();
    for number in 0..LINES {
        let quantity = if number.is_multiple_of(5) { 350 } else { 1_000 + 1_000 * i64::from(number % 4) };
        let edit = Edit::Scan { item: Box::new(item(number)), quantity: Quantity::new(quantity) };
        basket.apply(&edit).expect("an open basket takes a scan");
    }
    if is_member {
        let edit = Edit::Identify { member_id: MemberId(Uuid::from_u128(1)), used_up: Vec::new() };
        basket.apply(&edit).expect("an open basket takes a card");
    }
    basket
}

fn item(number: u8) -> Item {
    let body = format!("9524000000{number:02}");
    let digit = check_digit(&body).expect("twelve digits");
    let gtin = Gtin::parse(&format!("{body}{digit}")).expect("a number with its check digit");
    let category = CATEGORIES[usize::from(number) % CATEGORIES.len()];
    Item {
        gtin,
        name: format!("Article {number}"),
        category: category.to_owned(),
        supplier_code: "LUNE".to_owned(),
        sold_by: if number.is_multiple_of(5) { SoldBy::Kilogram } else { SoldBy::Unit },
        kind: LineKind::Goods,
        unit_price: Cents::new(149 + 83 * i64::from(number)),
        member_price: number.is_multiple_of(7).then(|| Cents::new(140 + 80 * i64::from(number))),
        vat_code: "reduced".to_owned(),
        vat_rate_basis_points: if number.is_multiple_of(3) { 2_000 } else { 550 },
        measured: false,
        label_price: None,
        batch: String::new(),
        tare: Quantity::ZERO,
        minimum_age: 0,
        legal_guarantee: false,
        measure: None,
        meal_voucher_cap: Some(Cents::new(2_500)),
        deposit: None,
        offers: (0..20).map(offer).filter(|offer| offer.covers(category, &gtin)).collect(),
    }
}

/// Four of each kind, over one category or over all of them.
fn offer(number: i64) -> Offer {
    let (kind, benefit) = match number % 5 {
        0 => ("PERCENT", Benefit::Percent { basis_points: 500 + 100 * number }),
        1 => ("AMOUNT", Benefit::Amount { off: Cents::new(5 + number) }),
        2 => ("GROUP", Benefit::NForM { take: 2 + number % 3, pay: 1 + number % 3 }),
        3 => {
            ("SPEND", Benefit::ThresholdAmount { at_least: Cents::new(1_000 * number), off: Cents::new(150) })
        }
        _ => ("PART", Benefit::ThresholdPercent { at_least: Cents::new(900 * number), basis_points: 250 }),
    };
    let place = usize::try_from(number).unwrap_or_default();
    Offer {
        code: format!("{kind}-{number}"),
        label: format!("Offre {number}"),
        category: CATEGORIES
            .get(place / 4)
            .filter(|_| number % 4 != 3)
            .copied()
            .unwrap_or_default()
            .to_owned(),
        gtins: Vec::new(),
        benefit,
        members_only: number % 6 == 5,
        exclusive: false,
        basket_limit: None,
        counted: false,
        prior_price: None,
    }
}
