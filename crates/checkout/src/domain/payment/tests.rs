use proptest::prelude::*;
use uuid::Uuid;

use super::*;

pub(crate) fn card() -> Card {
    Card {
        brand: "CB".to_owned(),
        pan_last4: "6368".to_owned(),
        application_id: String::new(),
        authorisation: String::new(),
        contactless: false,
    }
}

/// A tender of this number.
pub(crate) fn given(number: u128, amount: i64, means: Means) -> Given {
    let tender = Tender { tender_id: TenderId(Uuid::from_u128(number)), amount: Cents::new(amount), means };
    Given { tender, slip_text: String::new() }
}

pub(crate) fn by_card(number: u128, amount: i64) -> Given {
    given(number, amount, Means::Card { card: card() })
}

fn by_vouchers(number: u128, amount: i64) -> Given {
    given(number, amount, Means::MealVoucher { card: card() })
}

fn by_credit(number: u128, amount: i64) -> Given {
    given(number, amount, Means::StoreCredit)
}

fn tenders(total: i64, meal_voucher: i64, has_member: bool) -> Tenders {
    let mut tenders = Tenders::default();
    tenders.begin(Bill { total: Cents::new(total), meal_voucher: Cents::new(meal_voucher), has_member });
    tenders
}

#[test]
fn no_more_is_taken_than_is_due() {
    let mut tenders = tenders(1_000, 0, false);
    let refused = TenderError::TooLarge { due: Cents::new(1_000) };
    for amount in [1_001, 0, -1, i64::MAX, i64::MIN] {
        assert_eq!(tenders.take(&by_card(1, amount)), Err(refused));
    }
    tenders.take(&by_card(1, 400)).unwrap();
    assert_eq!(tenders.take(&by_card(2, 601)), Err(TenderError::TooLarge { due: Cents::new(600) }));
    tenders.take(&by_card(2, 600)).unwrap();
    assert_eq!(tenders.due(), Cents::ZERO);
    assert_eq!(tenders.complete(None).unwrap().len(), 2);
}

#[test]
fn meal_vouchers_together_pay_no_more_than_they_may() {
    let mut tenders = tenders(5_000, 2_500, false);
    let limit = |most| Err(TenderError::MealVoucherLimit { most: Cents::new(most) });
    assert_eq!(tenders.take(&by_vouchers(1, 2_501)), limit(2_500));
    tenders.take(&by_vouchers(1, 1_500)).unwrap();
    assert_eq!(tenders.take(&by_vouchers(2, 1_001)), limit(1_000));
    tenders.take(&by_vouchers(2, 1_000)).unwrap();
    let last = by_vouchers(3, 2_500).tender;
    assert_eq!(tenders.complete(Some(&last)), Err(TenderError::MealVoucherLimit { most: Cents::ZERO }));
    tenders.give_back(TenderId(Uuid::from_u128(1))).unwrap();
    tenders.take(&by_vouchers(4, 1_500)).unwrap();
}

#[test]
fn store_credit_needs_a_member() {
    assert_eq!(tenders(1_000, 0, false).take(&by_credit(1, 1)), Err(TenderError::NoStoreCredit));
    let last = by_credit(1, 1_000).tender;
    assert_eq!(tenders(1_000, 0, false).complete(Some(&last)), Err(TenderError::NoStoreCredit));
    assert_eq!(tenders(1_000, 0, true).complete(Some(&last)), Ok(vec![last]));
}

#[test]
fn a_sale_takes_five_tenders() {
    let mut tenders = tenders(1_000, 0, false);
    for number in 1..=4 {
        tenders.take(&by_card(number, 100)).unwrap();
    }
    assert_eq!(tenders.complete(Some(&by_card(5, 600).tender)).unwrap().len(), 5);
    tenders.take(&by_card(5, 100)).unwrap();
    assert_eq!(tenders.take(&by_card(6, 100)), Err(TenderError::TooMany));
    assert_eq!(tenders.complete(Some(&by_card(6, 500).tender)), Err(TenderError::TooMany));
}

#[test]
fn a_tender_counts_once_also_after_it_was_given_back() {
    let mut tenders = tenders(1_000, 0, false);
    tenders.take(&by_card(1, 400)).unwrap();
    assert_eq!(tenders.take(&by_card(1, 400)), Err(TenderError::Known));
    assert_eq!(tenders.complete(Some(&by_card(1, 600).tender)), Err(TenderError::Known));
    tenders.give_back(TenderId(Uuid::from_u128(1))).unwrap();
    assert_eq!(tenders.take(&by_card(1, 400)), Err(TenderError::Known));
    assert_eq!(tenders.give_back(TenderId(Uuid::from_u128(1))), Err(TenderError::NotHeld));
}

#[test]
fn nothing_is_given_for_what_is_paid_out() {
    for total in [0, -100] {
        let mut tenders = tenders(total, 0, true);
        assert_eq!(tenders.take(&by_card(1, 100)), Err(TenderError::TooLarge { due: Cents::new(total) }));
        assert_eq!(tenders.complete(None), Ok(Vec::new()));
    }
}

/// What a till may do with a payment.
#[derive(Clone, Debug)]
enum Step {
    Take(Given),
    Return(u128),
    End,
    Complete(Option<Given>),
}

fn any_given() -> impl Strategy<Value = Given> {
    let means = prop_oneof![
        Just(Means::Card { card: card() }),
        Just(Means::MealVoucher { card: card() }),
        Just(Means::StoreCredit)
    ];
    (0_u128..12, -50_i64..700, means).prop_map(|(number, amount, means)| given(number, amount, means))
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => any_given().prop_map(Step::Take),
        2 => (0_u128..12).prop_map(Step::Return),
        1 => Just(Step::End),
        1 => prop::option::of(any_given()).prop_map(Step::Complete),
    ]
}

proptest! {
    #[test]
    fn no_sequence_of_steps_loses_or_doubles_a_cent(
        total in -100_i64..2_000,
        share in 0_i64..2_000,
        has_member: bool,
        steps in prop::collection::vec(any_step(), 1..40),
    ) {
        let cap = share.min(total).max(0);
        let mut tenders = tenders(total, cap, has_member);
        // The money as the shopper sees it: what went over the counter, and what came back.
        let (mut gone, mut back) = (0, 0);
        for step in steps {
            match step {
                Step::Take(given) => if tenders.take(&given).is_ok() {
                    gone += given.tender.amount.get();
                },
                Step::Return(number) => {
                    let tender_id = TenderId(Uuid::from_u128(number));
                    if tenders.give_back(tender_id).is_ok() {
                        back += tenders.returned().last().unwrap().amount.get();
                    }
                }
                Step::End => prop_assert_eq!(tenders.check_none_held().is_ok(), gone == back),
                Step::Complete(last) => {
                    let last = last.map(|given| given.tender);
                    if let Ok(payments) = tenders.complete(last.as_ref()) {
                        let paid: i64 = payments.iter().map(|tender| tender.amount.get()).sum();
                        prop_assert_eq!(paid, total.max(0));
                        prop_assert_eq!(paid, gone - back + last.map_or(0, |last| last.amount.get()));
                    }
                }
            }
            let held: i64 = tenders.held().iter().map(|held| held.tender.amount.get()).sum();
            prop_assert_eq!(held, gone - back);
            prop_assert_eq!(held + tenders.due().get(), total);
            prop_assert!(tenders.held().len() <= MOST_TENDERS);
            let is_voucher = |held: &&Given| matches!(held.tender.means, Means::MealVoucher { .. });
            let vouchers: i64 = tenders.held().iter().filter(is_voucher).map(|held| held.tender.amount.get()).sum();
            prop_assert!(vouchers <= cap);
        }
    }
}
