use money::{Currency, Quantity};
use uuid::Uuid;

use super::*;
use crate::domain::{
    basket::tests::{begin, entry, scan, unknown},
    id::BasketId,
};

fn log(entries: Vec<Entry>) -> Log {
    Log {
        basket_id: BasketId(Uuid::now_v7()),
        store_code: "LILLE".to_owned(),
        currency: Currency::EUR,
        open_request_id: Uuid::now_v7(),
        training_by: None,
        entries,
    }
}

#[test]
fn a_line_that_is_gone_from_the_screen_stays_a_fact_with_its_name_and_quantity() {
    let aside = Entry { attended: true, ..entry(Edit::Remove { line_id: 3 }) };
    let edits = [scan(0, 2_000), scan(4, 350), unknown(), Edit::Remove { line_id: 1 }].map(entry);
    let log = log(edits.into_iter().chain([aside, entry(begin())]).collect());
    let facts = facts(&log, "LILLE-01").unwrap();
    assert_eq!(facts.iter().map(|fact| fact.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    let removed = &facts[3];
    assert_eq!(removed.goods[0].name, "Article 0");
    assert_eq!((removed.goods[0].quantity, removed.author), (Quantity::new(2_000), Author::Till));
    assert!(facts[1].goods[0].by_weight);
    assert_eq!((facts[4].label.as_str(), facts[4].author), ("09524000099994", Author::Attendant));
    assert_eq!(facts[5].total, Some(Priced::of(&Basket::after(&log.entries).unwrap()).unwrap().total));
}

#[test]
fn every_fact_tells_the_till_the_basket_was_at() {
    let suspend = |till: &str| Edit::Suspend { terminal_code: till.to_owned(), code_sha256: "a".repeat(64) };
    let resume = |till: &str| Edit::Resume { terminal_code: till.to_owned() };
    let edits = vec![
        scan(0, 1_000),
        suspend("LILLE-01"),
        resume("LILLE-02"),
        scan(1, 1_000),
        suspend("LILLE-02"),
        resume("LILLE-03"),
        Edit::Cancel,
    ];
    let log = log(edits.into_iter().map(entry).collect());
    let facts = facts(&log, "LILLE-03").unwrap();
    let at: Vec<&str> = facts.iter().map(|fact| &fact.terminal_code[6..]).collect();
    assert_eq!(at, ["01", "01", "02", "02", "02", "03", "03"]);
    let plain =
        Log { entries: vec![Entry::unasked(log.entries[0].time, Edit::BeginAudit { lines: vec![] })], ..log };
    let drawn = &super::facts(&plain, "LILLE-07").unwrap()[0];
    assert_eq!((drawn.terminal_code.as_str(), drawn.author), ("LILLE-07", Author::Rules));
}
