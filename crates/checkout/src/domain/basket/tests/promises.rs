//! Deposits, unknown codes, prices that fall, coupons that are used up.

use super::*;
use crate::domain::price::Priced;

fn priced(edits: Vec<Edit>) -> Priced {
    Priced::of(&after(edits).unwrap()).unwrap()
}

fn totals(priced: &Priced) -> (i64, i64, i64) {
    let taxed: i64 = priced.vat_totals.iter().map(|total| total.ttc().get()).sum();
    (priced.total.get(), priced.deposits.get(), taxed)
}

#[test]
fn a_deposit_goes_with_its_goods_outside_vat_and_no_promotion_touches_it() {
    let half = offer("MOITIE", 5_000, "", false);
    let basket = priced(vec![scan(3, 2_000), claim(half)]);
    assert_eq!(totals(&basket), (310 + 50, 50, 310));
    let [bottles, deposit] = &basket.lines[..] else { panic!("goods and deposit") };
    assert_eq!(
        (deposit.kind, deposit.deposit_of, deposit.quantity),
        (LineKind::Deposit, bottles.line_id, bottles.quantity)
    );
    assert!(deposit.discounts.is_empty());
    assert_eq!(basket.article_count, 2, "a packaging is no article");
}

#[test]
fn a_deposit_follows_the_quantity_of_its_goods_and_goes_with_them() {
    let more =
        after([scan(3, 1_000), Edit::SetQuantity { line_id: 1, quantity: Quantity::new(3_000) }]).unwrap();
    assert_eq!(more.lines.iter().map(|line| line.quantity.get()).collect::<Vec<_>>(), [3_000, 3_000]);
    for edit in [Edit::Remove { line_id: 2 }, Edit::SetQuantity { line_id: 2, quantity: Quantity::ONE }] {
        assert_eq!(more.clone().apply(&edit), Err(BasketError::QuantityOutOfRange), "{edit:?}");
    }
    let mut gone = more;
    gone.apply(&Edit::Remove { line_id: 1 }).unwrap();
    assert!(gone.lines.is_empty());
}

#[test]
fn empties_bring_back_at_most_what_the_store_takes_from_one_basket() {
    let full = after([bring_back(20)]).unwrap();
    let limit = Err(BasketError::DepositLimit { limit: Cents::new(500) });
    assert_eq!(full.clone().apply(&bring_back(1)), limit);
    let one = after([bring_back(1)]).unwrap();
    let more = Edit::SetQuantity { line_id: 1, quantity: Quantity::new(21_000) };
    assert_eq!(one.clone().apply(&more), limit);
    assert_eq!(totals(&priced(vec![bring_back(20)])), (-500, -500, 0));
}

#[test]
fn an_unknown_code_never_blocks_the_shopper_and_waits_for_the_attendant() {
    let basket = after([scan(0, 1_000), unknown(), scan(1, 1_000)]).unwrap();
    assert_eq!((basket.lines.len(), basket.unknown_codes.len()), (2, 1));
    assert_eq!(basket.clone().apply(&begin()), Err(BasketError::CodesUnresolved));
    let resolve = Edit::Resolve { line_id: 2, item: Box::new(item(2)), quantity: Quantity::ONE };
    let mut resolved = basket.clone();
    resolved.apply(&resolve).unwrap();
    resolved.apply(&begin()).unwrap();
    assert_eq!((resolved.lines.len(), resolved.unknown_codes.len()), (3, 0));
    let mut set_aside = basket;
    set_aside.apply(&Edit::Remove { line_id: 2 }).unwrap();
    assert_eq!(set_aside.clone().apply(&resolve), Err(BasketError::UnknownLine));
    set_aside.apply(&begin()).unwrap();
}

#[test]
fn the_shopper_keeps_the_lower_of_two_prices() {
    let lowered = |price: i64| {
        let lowered = Lowered { line_id: 1, unit_price: Cents::new(price), member_price: None };
        priced(vec![scan(0, 2_000), Edit::BeginPayment { lowered: vec![lowered] }]).total.get()
    };
    assert_eq!((lowered(150), lowered(199), lowered(500)), (300, 398, 398));
}

#[test]
fn a_promotion_that_is_used_up_is_withdrawn_with_all_that_it_took_off() {
    let once = Offer { counted: true, ..offer("BON", 5_000, "", false) };
    let basket = after([scan(0, 2_000), claim(once.clone())]).unwrap();
    assert_eq!(basket.counted(&Priced::of(&basket).unwrap()), ["BON"]);
    let gone = priced(vec![scan(0, 2_000), claim(once.clone()), withdraw("BON", None)]);
    assert_eq!(gone.total.get(), 398);
    let spent = Edit::Identify { member_id: MemberId(Uuid::nil()), used_up: vec!["BON".to_owned()] };
    let fidelity = priced(vec![scan(0, 2_000), claim(once), spent]);
    assert!(fidelity.lines[0].discounts.iter().all(|discount| discount.code != "BON"));
}

#[test]
fn what_one_member_has_used_up_is_given_to_the_next_card_and_what_is_gone_for_all_to_none() {
    let card = |number| Edit::Identify { member_id: MemberId(Uuid::from_u128(number)), used_up: Vec::new() };
    let limited = || claim(Offer { counted: true, ..offer("BON", 5_000, "", true) });
    let half = |edits: Vec<Edit>| {
        let edits = [scan(0, 2_000), limited(), card(1)].into_iter().chain(edits).collect();
        priced(edits).gave("BON")
    };
    let mine = || withdraw("BON", Some(MemberId(Uuid::from_u128(1))));
    assert!(half(vec![]));
    assert!(!half(vec![mine()]));
    assert!(half(vec![mine(), card(2)]), "the next card");
    assert!(!half(vec![mine(), card(2), card(1)]), "the first one again");
    assert!(!half(vec![mine(), Edit::Unidentify, card(1)]));
    assert!(!half(vec![withdraw("BON", None), card(2)]), "gone for everybody");
    let claimed = |edit| after([scan(0, 1_000), limited(), card(1), edit]).unwrap().claimed.len();
    assert_eq!((claimed(mine()), claimed(withdraw("BON", None))), (1, 0));
}

#[test]
fn meal_vouchers_pay_eligible_articles_up_to_the_cap_and_never_more_than_the_total() {
    assert_eq!(priced(vec![scan(0, 2_000), scan(1, 1_000)]).meal_voucher.get(), 398);
    assert_eq!(priced(vec![scan(0, 20_000)]).meal_voucher.get(), 2_500);
    assert_eq!(priced(vec![scan(0, 1_000), bring_back(4)]).meal_voucher.get(), 99);
    assert_eq!(priced(vec![bring_back(4)]).meal_voucher, Cents::ZERO);
}

#[test]
fn the_same_code_scanned_twice_is_two_pieces() {
    assert_eq!(priced(vec![scan(0, 1_000), scan(0, 1_000)]).lines[0].quantity, Quantity::new(2_000));
}
