use time::macros::datetime;

use super::*;
use crate::{
    card::Doubt,
    tender::{Bill, Tender, Way},
};

fn attempt() -> Attempt {
    Attempt {
        attempt_id: Uuid::from_u128(1),
        bill: Bill::of(Uuid::from_u128(2)),
        kind: TenderKind::Card,
        amount_minor: 2_500,
        rest_minor: 0,
        asked_time: datetime!(2026-05-02 10:00 UTC),
    }
}

fn payment(amount_minor: i64) -> Payment {
    Payment {
        amount_minor,
        brand: "CB".into(),
        pan_last4: "0674".into(),
        application_id: String::new(),
        authorisation: String::new(),
        contactless: true,
        slip_text: String::new(),
    }
}

fn tender(number: u128, kind: TenderKind, amount_minor: i64) -> Tender {
    let (brand, pan_last4) = ("CB".to_owned(), "0674".to_owned());
    Tender { tender_id: Uuid::from_u128(number), kind, amount_minor, brand, pan_last4 }
}

/// Store credit of five euros and a card of ten are held, ten more are due.
fn bill() -> Bill {
    let held = vec![tender(3, TenderKind::StoreCredit, 500), tender(4, TenderKind::Card, 1_000)];
    Bill { held, ..Bill::of(Uuid::from_u128(2)) }
}

fn held() -> Stage {
    Stage::Held { bill: bill(), due_minor: 1_000 }
}

fn credit() -> Credit {
    let (credit_id, asked_time) = (Uuid::from_u128(5), datetime!(2026-05-02 10:01 UTC));
    Credit { credit_id, tender: tender(4, TenderKind::Card, 1_000), asked_time }
}

fn rest(kind: TenderKind, amount_minor: i64) -> Attempt {
    let rest_minor = 1_000 - amount_minor;
    Attempt { bill: bill(), kind, amount_minor, rest_minor, ..attempt() }
}

fn suspending() -> Stage {
    let (code, request_id) = (SuspensionCode::fresh(), RequestId::fresh());
    Stage::Suspending { basket_id: Uuid::from_u128(2), version: 3, code, request_id }
}

fn every_stage() -> Vec<Stage> {
    let request_id = RequestId::fresh();
    let (bill, due_minor, credit) = (bill(), 1_000, credit());
    let returned = Returned { tender: credit.tender.clone(), way: Way::Card, slip_text: "CREDIT".to_owned() };
    vec![
        Stage::Idle,
        Stage::Scanning { basket_id: Uuid::from_u128(2), version: 3, unpaid: None },
        suspending(),
        Stage::Resuming { request_id },
        Stage::Asked { attempt: attempt() },
        Stage::NotTaken {
            attempt: attempt(),
            cause: NotTaken::Refused,
            complement: "04".to_owned(),
            slip_text: "ABANDON DEBIT".to_owned(),
            request_id,
        },
        Stage::Taken { attempt: attempt(), payment: Some(payment(2_500)), request_id },
        held(),
        Stage::CreditAsked { bill: bill.clone(), due_minor, credit: credit.clone() },
        Stage::Owed { bill: bill.clone(), due_minor, credit, owed_minor: 1_000 },
        Stage::Returned { bill, due_minor, returned, request_id },
    ]
}

#[test]
fn only_a_till_that_scans_or_holds_a_part_may_ask_for_money() {
    for stage in every_stage() {
        let may = matches!(stage, Stage::Scanning { .. });
        assert_eq!(stage.asked(attempt()).is_ok(), may, "{stage:?}");
        let may = matches!(stage, Stage::Held { .. });
        assert_eq!(stage.asked(rest(TenderKind::Card, 400)).is_ok(), may, "{stage:?}");
        let drawn = stage.drawn(rest(TenderKind::StoreCredit, 400), RequestId::fresh());
        assert_eq!(drawn.is_ok(), may, "{stage:?}");
    }
    let elsewhere = Stage::Scanning { basket_id: Uuid::from_u128(9), version: 1, unpaid: None };
    assert!(elsewhere.asked(attempt()).is_err());
    let id = RequestId::fresh();
    assert!(held().asked(rest(TenderKind::StoreCredit, 400)).is_err(), "no card is asked for it");
    assert!(held().drawn(rest(TenderKind::Card, 400), id).is_err());
    assert!(held().asked(rest(TenderKind::Card, 1_001)).is_err(), "more than is due");
    assert!(held().asked(rest(TenderKind::Card, 0)).is_err());
}

#[test]
fn a_shopper_leaves_from_a_basket_alone_and_comes_back_to_an_idle_till_alone() {
    for stage in every_stage() {
        let leaves = stage.suspending(3, SuspensionCode::fresh(), RequestId::fresh());
        assert_eq!(leaves.is_ok(), matches!(stage, Stage::Scanning { .. }), "{stage:?}");
        let comes = stage.resuming(RequestId::fresh());
        assert_eq!(comes.is_ok(), stage == Stage::Idle, "{stage:?}");
        assert_eq!(stage.not_suspended().is_ok(), matches!(stage, Stage::Suspending { .. }), "{stage:?}");
    }
    assert_eq!(suspending().closed(), Ok(Stage::Idle));
    let resuming = Stage::Resuming { request_id: RequestId::fresh() };
    assert!(
        resuming.opened(Uuid::from_u128(2), 9).is_ok() && suspending().opened(Uuid::from_u128(2), 9).is_err()
    );
}

#[test]
fn an_unknown_outcome_leaves_the_till_where_it_was() {
    let unknown = || Outcome::Unknown(Doubt::NoAnswer);
    let asked = Stage::Asked { attempt: attempt() };
    assert_eq!(asked.answered(unknown(), RequestId::fresh()), Ok(asked.clone()));
    let asked = held().credit_asked(credit()).unwrap();
    assert_eq!(asked.credited(unknown(), RequestId::fresh()), Ok(asked.clone()));
    assert!(asked.credit_asked(credit()).is_err(), "nothing goes back twice");
}

#[test]
fn only_the_whole_amount_makes_a_sale_and_less_is_held_whoever_says_so() {
    let asked = Stage::Asked { attempt: attempt() };
    let id = RequestId::fresh();
    let part = asked.answered(Outcome::Partial(payment(2_000)), id).unwrap();
    assert!(part.closed().is_err() && part.reopened(1).is_err());
    let Ok(Stage::Held { bill, due_minor }) = part.held() else { panic!("{part:?}") };
    assert_eq!((bill.held_minor(), due_minor), (2_000, 500));
    let whole = asked.answered(Outcome::Taken(payment(2_500)), id).unwrap();
    assert!(whole.held().is_err() && whole.closed().is_ok());
    assert!(asked.settled_as_paid(payment(2_000), id).is_err());
    assert!(matches!(asked.settled_as_paid(payment(2_500), id), Ok(Stage::Taken { .. })));
}

#[test]
fn what_is_held_stays_held_when_the_next_payment_is_not_made() {
    let id = RequestId::fresh();
    let asked = held().asked(rest(TenderKind::Card, 400)).unwrap();
    let refused = asked.answered(Outcome::not_taken(NotTaken::Refused), id).unwrap();
    assert!(refused.reopened(1).is_err(), "never while something is held");
    assert_eq!(refused.held(), Ok(held()));
    let settled = asked.settled_as_not_paid(String::new(), id).unwrap();
    assert_eq!(settled.held(), Ok(held()));
    let paid = asked.answered(Outcome::Taken(payment(400)), id).unwrap().held().unwrap();
    assert!(matches!(paid, Stage::Held { bill, due_minor: 600 } if bill.held.len() == 3));
}

#[test]
fn a_payment_that_another_machine_asked_for_a_held_basket_is_asked_and_no_slip_of_it_is_lost() {
    let slip_texts = vec!["ABANDON DEBIT".to_owned()];
    let held = Stage::Held { bill: Bill { slip_texts, ..bill() }, due_minor: 1_000 };
    let found = rest(TenderKind::Card, 400);
    let asked = held.found_asked(found.clone()).unwrap();
    let Stage::Asked { attempt } = &asked else { panic!("{asked:?}") };
    assert_eq!((attempt.bill.held.len(), attempt.bill.slip_texts.len()), (2, 1));
    assert_eq!((attempt.attempt_id, attempt.due_minor()), (found.attempt_id, 1_000));
    // It takes the place of an older one as well.
    let newer = Attempt { attempt_id: Uuid::from_u128(77), ..found.clone() };
    let Stage::Asked { attempt } = asked.found_asked(newer).unwrap() else { panic!("{asked:?}") };
    assert_eq!((attempt.attempt_id, attempt.bill.slip_texts.len()), (Uuid::from_u128(77), 1));
    assert!(held.found_asked(Attempt { bill: Bill::of(Uuid::from_u128(9)), ..found }).is_err());
}

#[test]
fn money_goes_back_one_tender_after_the_other_and_the_basket_is_open_after_the_last() {
    let (id, now) = (RequestId::fresh(), datetime!(2026-05-02 10:02 UTC));
    assert!(held().returned(id).is_err(), "a card comes before the store credit");
    let asked = held().credit_asked(credit()).unwrap();
    let returned = asked.credited(Outcome::Taken(payment(1_000)), id).unwrap();
    let one_left = returned.returned_told(now, id).unwrap();
    let Stage::Held { bill, due_minor } = &one_left else { panic!("{one_left:?}") };
    assert_eq!((bill.held.len(), bill.returned.len(), *due_minor), (1, 1, 2_000));
    assert!(one_left.credit_asked(credit()).is_err());
    let none_left = one_left.returned(id).unwrap().returned_told(now, id).unwrap();
    let Stage::NotTaken { attempt, cause, .. } = &none_left else { panic!("{none_left:?}") };
    assert_eq!((attempt.amount_minor, attempt.bill.returned.len(), *cause), (2_500, 2, NotTaken::GivenBack));
    assert!(matches!(none_left.reopened(4), Ok(Stage::Scanning { version: 4, .. })));
}

#[test]
fn what_the_card_terminal_does_not_give_back_is_a_persons_to_give() {
    let id = RequestId::fresh();
    let asked = held().credit_asked(credit()).unwrap();
    let refused = asked.credited(Outcome::not_taken(NotTaken::Refused), id).unwrap();
    assert!(matches!(refused, Stage::Owed { owed_minor: 1_000, .. }));
    assert!(refused.credit_asked(credit()).is_ok(), "surely nothing went back");
    let part = asked.credited(Outcome::Partial(payment(300)), id).unwrap();
    assert!(matches!(part, Stage::Owed { owed_minor: 700, .. }));
    assert!(part.credit_asked(credit()).is_err(), "a part went back");
    for owed in [held().owed(credit()).unwrap(), refused, part, asked] {
        let back = owed.settled_as_given_back(id).unwrap();
        assert!(matches!(back, Stage::Returned { returned, .. } if returned.way == Way::Staff));
    }
}

#[test]
fn money_that_was_taken_is_never_forgotten() {
    for stage in every_stage() {
        let is_coming_or_going = matches!(stage, Stage::Suspending { .. } | Stage::Resuming { .. });
        let may = is_coming_or_going
            || matches!(stage, Stage::Scanning { .. } | Stage::Asked { .. } | Stage::Taken { .. });
        assert_eq!(stage.closed().is_ok(), may, "{stage:?}");
        let doubtful = matches!(stage, Stage::Asked { .. } | Stage::Taken { .. });
        assert_eq!(
            stage.settled_as_not_paid(String::new(), RequestId::fresh()).is_ok(),
            doubtful,
            "{stage:?}"
        );
        let owes = matches!(stage, Stage::CreditAsked { .. } | Stage::Owed { .. });
        assert_eq!(stage.settled_as_given_back(RequestId::fresh()).is_ok(), owes, "{stage:?}");
        let is_unpaid = matches!(stage, Stage::NotTaken { .. });
        assert_eq!(stage.reopened(1).is_ok(), is_unpaid, "{stage:?}");
    }
}

#[test]
fn every_stage_survives_the_journal() {
    for stage in every_stage() {
        let text = serde_json::to_string(&stage).unwrap();
        assert_eq!(serde_json::from_str::<Stage>(&text).unwrap(), stage, "{text}");
    }
}

#[test]
fn a_journal_that_was_written_before_it_kept_slips_is_read() {
    let id = Uuid::from_u128(1);
    let written = format!(
        r#"{{"stage": "not_taken", "cause": "refused", "request_id": "{id}", "attempt": {{"attempt_id": "{id}",
            "basket_id": "{id}", "amount_minor": 250, "asked_time": "2026-05-02T10:00:00Z"}}}}"#
    );
    let stage: Stage = serde_json::from_str(&written).unwrap();
    assert!(
        matches!(stage, Stage::NotTaken { cause: NotTaken::Refused, slip_text, .. } if slip_text.is_empty())
    );
}
