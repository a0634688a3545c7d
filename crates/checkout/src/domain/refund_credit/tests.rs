use time::macros::datetime;
use uuid::Uuid;

use super::*;
use crate::domain::payment::{Card, Means};

impl RefundCredit {
    /// Of 4.50, by LILLE-02.
    pub(crate) fn asked_in_a_test(state: State) -> Self {
        Self {
            credit_id: CreditId(Uuid::from_u128(9)),
            refund_id: RefundId(Uuid::from_u128(1)),
            sale_id: SaleId(Uuid::from_u128(2)),
            terminal_code: "LILLE-02".to_owned(),
            tender_id: TenderId(Uuid::from_u128(3)),
            amount: Cents::new(450),
            state,
            given: Cents::ZERO,
            brand: String::new(),
            pan_last4: String::new(),
            asked: datetime!(2026-05-02 11:00 UTC),
            is_overdue: false,
        }
    }
}

fn tender(number: u128, amount: i64, by_card: bool) -> Tender {
    let card = Card {
        brand: "CB".to_owned(),
        pan_last4: "6368".to_owned(),
        application_id: String::new(),
        authorisation: String::new(),
        contactless: false,
    };
    Tender {
        tender_id: TenderId(Uuid::from_u128(number)),
        amount: Cents::new(amount),
        means: if by_card { Means::Card { card } } else { Means::StoreCredit },
    }
}

fn done(given: i64) -> Outcome {
    Outcome::Done { given: Cents::new(given), brand: "CB".to_owned(), pan_last4: "6368".to_owned() }
}

#[test]
fn money_goes_back_to_the_cards_that_paid_and_to_each_no_more_than_it_paid() {
    let payments = [tender(1, 300, false), tender(2, 500, true), tender(3, 400, true)];
    let to = |due, moved: &[(TenderId, Cents)]| {
        next(Cents::new(due), &payments, moved).map(|(tender, amount)| (tender.tender_id, amount.get()))
    };
    let (first, second) = (TenderId(Uuid::from_u128(2)), TenderId(Uuid::from_u128(3)));
    assert_eq!(to(450, &[]), Ok((first, 450)));
    assert_eq!(to(700, &[]), Ok((first, 500)), "the rest goes to the next card");
    assert_eq!(to(200, &[(first, Cents::new(500))]), Ok((second, 200)));
    // Two refunds of the sale share what a card paid.
    assert_eq!(to(450, &[(first, Cents::new(300)), (first, Cents::new(100))]), Ok((first, 100)));
    let all = [(first, Cents::new(500)), (second, Cents::new(400))];
    assert_eq!(to(1, &all), Err(CreditError::NoCardPaid));
    assert_eq!(to(0, &[]), Err(CreditError::NoCardPaid));
    assert_eq!(
        next(Cents::new(1), &payments[..1], &[]),
        Err(CreditError::NoCardPaid),
        "store credit is none"
    );
}

#[test]
fn what_went_elsewhere_counts_for_the_cards_that_would_have_come_next() {
    let payments = [tender(1, 300, false), tender(2, 500, true), tender(3, 540, true)];
    let (first, second) = (TenderId(Uuid::from_u128(2)), TenderId(Uuid::from_u128(3)));
    let to = |due, by_tills: &[(TenderId, Cents)], elsewhere| {
        let moved = Moved { by_tills: by_tills.to_vec(), elsewhere: Cents::new(elsewhere) };
        next(Cents::new(due), &payments, &moved.of_each(&payments))
            .map(|(tender, amount)| (tender.tender_id, amount.get()))
    };
    assert_eq!(to(540, &[], 0), Ok((first, 500)));
    assert_eq!(to(540, &[], 200), Ok((first, 300)));
    assert_eq!(to(540, &[], 500), Ok((second, 540)));
    assert_eq!(to(540, &[], 740), Ok((second, 300)));
    assert_eq!(to(540, &[(first, Cents::new(500))], 240), Ok((second, 300)));
    assert_eq!(to(540, &[(first, Cents::new(500))], 540), Err(CreditError::NoCardPaid));
    assert_eq!(to(540, &[], 2_000), Err(CreditError::NoCardPaid), "more than any card paid");
}

#[test]
fn what_a_till_says_of_a_credit_is_said_once_and_an_unknown_one_may_still_become_known() {
    let mut credit = RefundCredit::asked_in_a_test(State::Asked);
    assert_eq!(credit.report(&Outcome::Unknown), Ok(true));
    assert_eq!(credit.report(&Outcome::Unknown), Ok(false));
    assert_eq!(credit.report(&done(450)), Ok(true), "a late answer");
    assert_eq!((credit.given.get(), credit.pan_last4.as_str()), (450, "6368"));
    assert_eq!(credit.report(&done(450)), Ok(false));
    for other in [done(449), Outcome::Refused, Outcome::Unknown] {
        assert_eq!(credit.report(&other), Err(CreditError::Settled), "{other:?}");
    }
    let mut credit = RefundCredit::asked_in_a_test(State::Asked);
    for amount in [-1, 0, 451] {
        assert_eq!(credit.report(&done(amount)), Err(CreditError::NotTheAmount));
    }
    assert_eq!(credit.report(&Outcome::Refused), Ok(true));
    assert_eq!(credit.report(&done(450)), Err(CreditError::Settled));
}

#[test]
fn a_person_settles_what_nobody_knows_or_what_its_till_is_silent_of_and_nothing_else() {
    let mut under_way = RefundCredit::asked_in_a_test(State::Asked);
    assert_eq!(under_way.settle(true), Err(CreditError::UnderWay));
    under_way.is_overdue = true;
    under_way.settle(true).unwrap();
    assert_eq!((under_way.state, under_way.given.get()), (State::Done, 450));
    assert_eq!(under_way.settle(false), Err(CreditError::Settled));
    let mut unknown = RefundCredit::asked_in_a_test(State::Unknown);
    unknown.settle(false).unwrap();
    assert_eq!((unknown.state, unknown.given.get()), (State::Refused, 0));
}

#[test]
fn a_state_is_read_back() {
    for state in State::ALL {
        assert_eq!(State::named(state.as_str()), Some(state));
    }
    assert_eq!(State::named(""), None);
}
