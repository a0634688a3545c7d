use time::macros::datetime;

use super::*;
use crate::card::Doubt;

fn attempt() -> Attempt {
    Attempt {
        attempt_id: Uuid::from_u128(1),
        basket_id: Uuid::from_u128(2),
        amount_minor: 2_500,
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

fn suspending() -> Stage {
    let (code, request_id) = (SuspensionCode::fresh(), RequestId::fresh());
    Stage::Suspending { basket_id: Uuid::from_u128(2), version: 3, code, request_id }
}

fn every_stage() -> Vec<Stage> {
    let request_id = RequestId::fresh();
    vec![
        Stage::Idle,
        Stage::Scanning { basket_id: Uuid::from_u128(2), version: 3 },
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
        Stage::Taken { attempt: attempt(), payment: payment(2_500), request_id },
        Stage::Partial { attempt: attempt(), payment: payment(2_000) },
    ]
}

#[test]
fn only_a_till_that_scans_may_ask_for_money() {
    for stage in every_stage() {
        let may = matches!(stage, Stage::Scanning { .. });
        assert_eq!(stage.asked(attempt()).is_ok(), may, "{stage:?}");
    }
    let elsewhere = Stage::Scanning { basket_id: Uuid::from_u128(9), version: 1 };
    assert!(elsewhere.asked(attempt()).is_err());
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
    let asked = Stage::Asked { attempt: attempt() };
    let unknown = Outcome::Unknown(Doubt::NoAnswer);
    assert_eq!(asked.answered(unknown, RequestId::fresh()), Ok(asked.clone()));
}

#[test]
fn only_the_whole_amount_counts_as_paid_whoever_says_so() {
    let asked = Stage::Asked { attempt: attempt() };
    let id = RequestId::fresh();
    assert!(matches!(asked.answered(Outcome::Partial(payment(2_000)), id), Ok(Stage::Partial { .. })));
    assert!(asked.settled_as_paid(payment(2_000), id).is_err());
    assert!(matches!(asked.settled_as_paid(payment(2_500), id), Ok(Stage::Taken { .. })));
    let partial = Stage::Partial { attempt: attempt(), payment: payment(2_000) };
    assert!(partial.settled_as_paid(payment(2_500), id).is_err());
    assert!(matches!(partial.settled_as_not_paid(id), Ok(Stage::NotTaken { .. })));
}

#[test]
fn money_that_was_taken_is_never_forgotten() {
    for stage in every_stage() {
        let is_coming_or_going = matches!(stage, Stage::Suspending { .. } | Stage::Resuming { .. });
        let may = is_coming_or_going
            || matches!(stage, Stage::Scanning { .. } | Stage::Asked { .. } | Stage::Taken { .. });
        assert_eq!(stage.closed().is_ok(), may, "{stage:?}");
        let doubtful = matches!(stage, Stage::Asked { .. } | Stage::Partial { .. } | Stage::Taken { .. });
        assert_eq!(stage.settled_as_not_paid(RequestId::fresh()).is_ok(), doubtful, "{stage:?}");
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
