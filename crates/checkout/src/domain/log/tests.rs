use money::Currency;

use super::*;
use crate::domain::basket::{
    Outcome,
    tests::{entry, scan},
};
use crate::domain::id::Fingerprint;

fn log(edits: Vec<Edit>) -> Log {
    Log {
        basket_id: BasketId(Uuid::now_v7()),
        store_code: "LILLE".to_owned(),
        currency: Currency::EUR,
        open_request_id: Uuid::now_v7(),
        training_by: None,
        entries: edits.into_iter().map(entry).collect(),
    }
}

fn key(entry: &Entry, byte: u8) -> RequestKey {
    RequestKey { fingerprint: Fingerprint([byte; 32]), ..entry.request.unwrap() }
}

#[test]
fn a_log_knows_its_commands_by_id_and_content() {
    let log = log(vec![scan(0, 1_000), scan(1, 1_000)]);
    assert_eq!(log.seen(key(&log.entries[1], 7)), Seen::Repeat(2));
    assert_eq!(log.seen(key(&log.entries[1], 8)), Seen::Reused);
    let new = RequestKey { request_id: Uuid::now_v7(), fingerprint: Fingerprint([7; 32]) };
    assert_eq!(log.seen(new), Seen::No);
    let opening = RequestKey { request_id: log.open_request_id, fingerprint: Fingerprint([7; 32]) };
    assert_eq!(log.seen(opening), Seen::Reused);
}

#[test]
fn what_was_answered_first_is_found_again_whatever_came_later() {
    let long = log(vec![scan(0, 1_000), scan(1, 1_000), Edit::BeginPayment { lowered: Vec::new() }]);
    let short = Log { entries: long.entries[..1].to_vec(), ..long.clone() };
    assert_eq!(long.shown_after(1), short.shown());
}

#[test]
fn a_till_with_an_older_version_learns_that_first_unless_the_basket_has_gone_on() {
    let open = log(vec![scan(0, 1_000)]);
    let stale = Err(BasketError::Stale { current: 2 });
    assert_eq!(open.refusal(&scan(0, 1_000), 1), stale);
    assert_eq!(open.refusal(&Edit::Remove { line_id: 9 }, 1), stale);
    assert_eq!(open.refusal(&Edit::Remove { line_id: 9 }, 2), Err(BasketError::UnknownLine));
    assert_eq!(open.refusal(&scan(0, 1_000), 0), Ok(()));
    let frozen = log(vec![scan(0, 1_000), Edit::BeginPayment { lowered: Vec::new() }]);
    assert_eq!(frozen.refusal(&scan(0, 1_000), 1), Err(BasketError::Frozen));
}

#[test]
fn an_entry_from_when_a_payment_that_was_not_made_had_one_slip_is_read() {
    let read = |slips: &str| {
        let entry = format!(
            r#"{{"time":"2026-03-02T10:00:00Z","edit":"abandon_payment","outcome":"refused"{slips}}}"#
        );
        serde_json::from_str::<Entry>(&entry).unwrap().edit
    };
    let edit = |slip_texts| Edit::AbandonPayment { outcome: Outcome::Refused, slip_texts };
    assert_eq!(read(r#","slip_text":"ABANDON DEBIT""#), edit(vec!["ABANDON DEBIT".to_owned()]));
    assert_eq!(read(r#","slip_texts":["A","B"]"#), edit(vec!["A".to_owned(), "B".to_owned()]));
    assert_eq!(read(""), edit(Vec::new()));
}
