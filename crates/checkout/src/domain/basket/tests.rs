use barcode::{Gtin, check_digit};
use money::{Cents, Quantity};
use proptest::prelude::*;
use time::macros::datetime;
use uuid::Uuid;

use super::*;
use crate::domain::catalogue::SoldBy;
use crate::domain::id::{Fingerprint, RequestKey, SaleId, TenderId};
use crate::domain::item::Deposit;
use crate::domain::payment::tests::by_card;
use crate::domain::promotion::Benefit;

mod orders;
mod promises;
mod states;

/// An article of the drawer, `0..4` by the piece and `4..6` by the kilogram, at one of two rates; a deposit goes with number 3.
pub(crate) fn item(number: u8) -> Item {
    Item {
        gtin: gtin(number),
        name: format!("Article {number}"),
        category: if number.is_multiple_of(2) { "Épicerie".to_owned() } else { "Vins".to_owned() },
        supplier_code: "LUNE".to_owned(),
        sold_by: if number < 4 { SoldBy::Unit } else { SoldBy::Kilogram },
        unit_price: Cents::new(199 + 37 * i64::from(number)),
        member_price: (number == 1).then(|| Cents::new(150)),
        vat_code: "reduced".to_owned(),
        vat_rate_basis_points: if number.is_multiple_of(3) { 550 } else { 2_000 },
        measured: number == 5,
        label_price: None,
        kind: LineKind::Goods,
        batch: String::new(),
        tare: Quantity::ZERO,
        minimum_age: 0,
        legal_guarantee: false,
        measure: None,
        meal_voucher_cap: number.is_multiple_of(2).then(|| Cents::new(2_500)),
        deposit: (number == 3).then(deposit),
        offers: offers_for(if number.is_multiple_of(2) { "Épicerie" } else { "Vins" }),
    }
}

/// What runs for the articles of a category.
fn offers_for(category: &str) -> Vec<Offer> {
    let all = [offer("DIX", 1_000, "Vins", false), offer("MEMBRES", 1_500, "", true)];
    all.into_iter().filter(|offer| offer.covers(category, &gtin(0))).collect()
}

pub(crate) fn gtin(number: u8) -> Gtin {
    let body = format!("9524000000{number:02}");
    Gtin::parse(&format!("{body}{}", check_digit(&body).unwrap())).unwrap()
}

/// Twenty-five cents on a bottle.
pub(crate) fn deposit() -> Deposit {
    Deposit { gtin: gtin(90), name: "Consigne".to_owned(), unit_price: Cents::new(25) }
}

/// Empties that come back to a store that takes five euros' worth of them.
pub(crate) fn bring_back(pieces: i64) -> Edit {
    let item = Box::new(deposit().returned().unwrap());
    Edit::ReturnDeposit { item, quantity: Quantity::units(pieces).unwrap(), limit: Cents::new(500) }
}

pub(crate) fn begin() -> Edit {
    Edit::BeginPayment { lowered: Vec::new() }
}

pub(crate) fn claim(offer: Offer) -> Edit {
    Edit::ClaimDiscount { offer: Box::new(offer) }
}

pub(crate) fn identify() -> Edit {
    Edit::Identify { member_id: MemberId(Uuid::nil()), used_up: Vec::new() }
}

pub(crate) fn withdraw(promotion_code: &str, member_id: Option<MemberId>) -> Edit {
    Edit::WithdrawOffer { promotion_code: promotion_code.to_owned(), member_id }
}

pub(crate) fn unknown() -> Edit {
    let code = "09524000099994".to_owned();
    Edit::ScanUnknown { scanned: format!("]C101{code}10L7"), code }
}

pub(crate) fn offer(code: &str, percent_basis_points: i64, category: &str, members_only: bool) -> Offer {
    Offer {
        code: code.to_owned(),
        label: code.to_lowercase(),
        category: category.to_owned(),
        gtins: Vec::new(),
        benefit: Benefit::Percent { basis_points: percent_basis_points },
        members_only,
        exclusive: false,
        basket_limit: None,
        counted: false,
        prior_price: None,
    }
}

pub(crate) fn scan(number: u8, quantity: i64) -> Edit {
    Edit::Scan { item: Box::new(item(number)), quantity: Quantity::new(quantity) }
}

pub(crate) fn entry(edit: Edit) -> Entry {
    let request = RequestKey { request_id: Uuid::now_v7(), fingerprint: Fingerprint([7; 32]) };
    Entry::new(request, datetime!(2026-05-02 09:00 UTC), edit)
}

/// Any edit of a till, sensible or not.
pub(crate) fn any_edit() -> impl Strategy<Value = Edit> {
    let quantity = prop_oneof![(1_i64..20).prop_map(|pieces| pieces * 1_000), 1_i64..5_000, Just(999_999)];
    prop_oneof![
        6 => (0_u8..6, quantity.clone()).prop_map(|(number, quantity)| scan(number, quantity)),
        2 => (1_i32..12, quantity).prop_map(|(line_id, quantity)| {
            Edit::SetQuantity { line_id, quantity: Quantity::new(quantity) }
        }),
        2 => (1_i32..12).prop_map(|line_id| Edit::Remove { line_id }),
        1 => Just(identify()),
        1 => Just(Edit::Unidentify),
        1 => (1_i64..=10_000).prop_map(|percent| claim(offer("BON", percent, "", false))),
        1 => any::<bool>().prop_map(|for_all| withdraw("DIX", (!for_all).then_some(MemberId(Uuid::nil())))),
        1 => Just(unknown()),
        1 => (1_i32..12, 0_u8..4).prop_map(|(line_id, number)| {
            Edit::Resolve { line_id, item: Box::new(item(number)), quantity: Quantity::ONE }
        }),
        1 => (1_i64..30).prop_map(bring_back),
        2 => Just(begin()),
        2 => (1_u128..6, 1_i64..900).prop_map(|(number, amount)| {
            Edit::TakeTender { given: Box::new(by_card(number, amount)) }
        }),
        1 => (1_u128..6).prop_map(|number| Edit::ReturnTender { tender_id: TenderId(Uuid::from_u128(number)) }),
        1 => Just(Edit::AbandonPayment { outcome: Outcome::Refused, slip_texts: Vec::new() }),
    ]
}

/// The log of what was allowed of these edits.
pub(crate) fn log(edits: Vec<Edit>) -> Vec<Entry> {
    let mut basket = Basket::new();
    let mut entries = Vec::new();
    for edit in edits {
        let mut next = basket.clone();
        if next.apply(&edit).is_ok() {
            basket = next;
            entries.push(entry(edit));
        }
    }
    entries
}

fn after(edits: impl IntoIterator<Item = Edit>) -> Result<Basket, BasketError> {
    Basket::after(&edits.into_iter().map(entry).collect::<Vec<_>>())
}

#[test]
fn the_same_article_at_another_price_is_another_line() {
    let dearer = Item { unit_price: Cents::new(500), ..item(0) };
    let edits =
        [scan(0, 1_000), Edit::Scan { item: Box::new(dearer), quantity: Quantity::ONE }, scan(0, 2_000)];
    let basket = after(edits).unwrap();
    let lines: Vec<_> = basket.lines.iter().map(|line| (line.line_id, line.quantity.get())).collect();
    assert_eq!((lines, basket.touched_line), (vec![(1, 3_000), (2, 1_000)], 1));
}

#[test]
fn every_state_refuses_what_does_not_belong_to_it() {
    let open = after([scan(0, 1_000)]).unwrap();
    let frozen = after([scan(0, 1_000), begin()]).unwrap();
    let cancelled = after([scan(0, 1_000), Edit::Cancel]).unwrap();
    let pay = Edit::Pay { sale_id: SaleId(Uuid::now_v7()) };
    let paid = after([scan(0, 1_000), begin(), pay.clone()]).unwrap();
    let abandon = Edit::AbandonPayment { outcome: Outcome::TimedOut, slip_texts: Vec::new() };
    let table: [(&Basket, &Edit, Option<BasketError>); 14] = [
        (&open, &scan(1, 1_000), None),
        (&open, &Edit::Cancel, None),
        (&open, &abandon, Some(BasketError::NotFrozen)),
        (&open, &pay, Some(BasketError::NotFrozen)),
        (&frozen, &scan(1, 1_000), Some(BasketError::Frozen)),
        (&frozen, &begin(), Some(BasketError::Frozen)),
        (&frozen, &abandon, None),
        (&frozen, &Edit::Cancel, None),
        (&frozen, &pay, None),
        (&paid, &abandon, Some(BasketError::Closed)),
        (&paid, &Edit::Cancel, Some(BasketError::Closed)),
        (&paid, &pay, Some(BasketError::Closed)),
        (&cancelled, &scan(1, 1_000), Some(BasketError::Closed)),
        (&cancelled, &pay, Some(BasketError::Closed)),
    ];
    for (index, (basket, edit, refusal)) in table.into_iter().enumerate() {
        assert_eq!(basket.clone().apply(edit).err(), refusal, "row {index}");
    }
}

#[test]
fn a_basket_has_room_for_what_ends_it() {
    let mut basket = Basket::new();
    while basket.apply(&scan(0, 1_000)).is_ok() {}
    assert_eq!((basket.version, basket.apply(&scan(0, 1_000))), (MOST_ENTRIES + 1, Err(BasketError::Full)));
    while basket.apply(&Edit::SetQuantity { line_id: 1, quantity: Quantity::ONE }).is_ok() {}
    assert_eq!(basket.version, MOST_CORRECTIONS + 1);
    assert_eq!(basket.apply(&begin()), Err(BasketError::Full));
    basket.apply(&Edit::Cancel).unwrap();
}

#[test]
fn words_without_end_do_not_fit_into_a_basket() {
    let mut basket = Basket::new();
    let wordy = Item { name: "é".repeat(50_000), measured: true, ..item(0) };
    let edit = Edit::Scan { item: Box::new(wordy), quantity: Quantity::ONE };
    basket.apply(&edit).unwrap();
    basket.apply(&edit).unwrap();
    assert_eq!(basket.apply(&edit), Err(BasketError::Full));
}

#[test]
fn an_entry_is_kept_as_text_that_means_the_same_for_ever() {
    let kept = r#"{"request_id":"019a9f2e-0000-7000-8000-000000000001","fingerprint":"0707070707070707070707070707070707070707070707070707070707070707","time":"2026-05-02T09:00:00Z","edit":"set_quantity","line_id":2,"quantity":3000}"#;
    let entry: Entry = serde_json::from_str(kept).unwrap();
    assert_eq!(entry.request.unwrap().fingerprint, Fingerprint([7; 32]));
    assert_eq!(entry.edit, Edit::SetQuantity { line_id: 2, quantity: Quantity::new(3_000) });
    assert_eq!(serde_json::to_string(&entry).unwrap(), kept);
}

#[test]
fn an_edit_that_nobody_asked_for_is_kept_without_a_request() {
    let now = datetime!(2026-05-02 09:00 UTC);
    let entry = Entry::unasked(now, withdraw("DIX", None));
    let kept = r#"{"time":"2026-05-02T09:00:00Z","edit":"withdraw_offer","promotion_code":"DIX"}"#;
    assert_eq!(serde_json::to_string(&entry).unwrap(), kept);
    assert_eq!(serde_json::from_str::<Entry>(kept).unwrap(), entry);
}

#[test]
fn what_was_kept_before_a_code_was_kept_whole_means_what_it_meant() {
    let old = r#"{"edit":"scan_unknown","code":"09524000099994"}"#;
    let basket = after([serde_json::from_str(old).unwrap()]).unwrap();
    assert_eq!(basket.unknown_codes[0].scanned, "09524000099994");
}

proptest! {
    #[test]
    fn what_is_kept_is_read_back(edit in any_edit()) {
        let entry = entry(edit);
        let value = serde_json::to_value(&entry).unwrap();
        prop_assert_eq!(serde_json::from_value::<Entry>(value).unwrap(), entry);
    }

    #[test]
    fn a_log_gives_the_same_basket_however_often_and_in_how_many_parts_it_is_read(
        edits in prop::collection::vec(any_edit(), 0..40), cut in 0_usize..40,
    ) {
        let entries = log(edits);
        let whole = Basket::after(&entries).unwrap();
        prop_assert_eq!(&Basket::after(&entries).unwrap(), &whole);
        let (first, rest) = entries.split_at(cut.min(entries.len()));
        let mut in_parts = Basket::after(first).unwrap();
        for entry in rest {
            in_parts.apply(&entry.edit).unwrap();
        }
        prop_assert_eq!(&in_parts, &whole);
        prop_assert_eq!(whole.version, i64::try_from(entries.len()).unwrap() + 1);
    }

    #[test]
    fn what_is_held_and_what_is_due_are_the_total_whatever_was_done(edits in prop::collection::vec(any_edit(), 0..40)) {
        let basket = Basket::after(&log(edits)).unwrap();
        let total = Priced::of(&basket).unwrap().total;
        let held = basket.tenders.held().iter().map(|held| held.tender.amount);
        let held = Cents::checked_sum(held).unwrap();
        prop_assert_eq!(held.checked_add(basket.due(total)).unwrap(), total);
        prop_assert!(basket.state == State::Frozen || held.is_zero(), "nothing is held but for a payment");
    }

    #[test]
    fn an_edit_refused_changes_nothing_that_is_shown(edits in prop::collection::vec(any_edit(), 0..40), edit in any_edit()) {
        let before = Basket::after(&log(edits)).unwrap();
        let mut basket = before.clone();
        if basket.apply(&edit).is_err() {
            prop_assert_eq!(basket.version, before.version);
            prop_assert_eq!(basket.state, before.state);
        }
    }
}
