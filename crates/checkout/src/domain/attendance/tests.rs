use time::macros::datetime;

use super::*;

fn waiting(kind: Kind) -> Intervention {
    Intervention {
        intervention_id: Uuid::from_u128(1),
        store_code: "LILLE".to_owned(),
        terminal_code: "LILLE-01".to_owned(),
        basket_id: None,
        kind,
        detail: Detail::default(),
        raised: datetime!(2026-05-02 10:00 UTC),
        answered: None,
        training: false,
    }
}

#[test]
fn what_waits_is_answered_once_and_only_as_its_kind_takes_it() {
    let now = datetime!(2026-05-02 10:00:35.5 UTC);
    for kind in Kind::ALL {
        for decision in Decision::ALL {
            let mut intervention = waiting(kind);
            let answered = intervention.answer(decision, now);
            assert_eq!(answered.is_ok(), kind.takes(decision), "{kind:?} {decision:?}");
            if answered.is_ok() {
                assert_eq!(intervention.waited_ms(), Some(35_500));
                assert_eq!(intervention.answer(decision, now), Err(AnswerError::Already));
            }
        }
    }
}

#[test]
fn words_are_read_back() {
    assert!(Kind::ALL.into_iter().all(|kind| Kind::parse(kind.as_str()) == Some(kind)));
    assert!(Decision::ALL.into_iter().all(|word| Decision::parse(word.as_str()) == Some(word)));
    assert!(Stage::ALL.into_iter().all(|stage| Stage::parse(stage.as_str()) == Some(stage)));
    assert_eq!((Kind::parse("visit"), Decision::parse(""), Stage::parse("x")), (None, None, None));
}

#[test]
fn old_enough_is_a_day_of_birth_on_the_calendar_of_the_store() {
    let born = |now| born_until(18, "Europe/Paris", now).unwrap();
    assert_eq!(born(datetime!(2026-05-02 10:00 UTC)), "2008-05-02");
    // In Paris it is the next day already.
    assert_eq!(born(datetime!(2026-05-02 22:30 UTC)), "2008-05-03");
    // Eighteen years before a leap day there was none.
    assert_eq!(born(datetime!(2028-02-29 10:00 UTC)), "2010-02-28");
    assert_eq!(born_until(18, "Nowhere/None", datetime!(2026-05-02 10:00 UTC)), None);
}
