use uuid::Uuid;

use super::*;
use crate::{
    receipt::Token,
    till::{Given, Sale},
};

fn edit(line_id: i32) -> Edit {
    Edit { request_id: RequestId::fresh(), version: i64::from(line_id), change: Change::Remove { line_id } }
}

fn scanning() -> Stage {
    Stage::Scanning { basket_id: Uuid::from_u128(1), version: 1, unpaid: None }
}

pub fn last_sale(given: Given) -> LastSale {
    let sale = Sale { sale_id: Uuid::from_u128(3), total_minor: 250, sequence: 9, given, training: false };
    let thanked_time = time::macros::datetime!(2026-05-02 10:00 UTC);
    LastSale { sale, thanked_time, paper_begun: false, left: false }
}

pub fn given_up(basket: u128) -> GivenUp {
    let (request_id, basket_id) = (RequestId::fresh(), Uuid::from_u128(basket));
    GivenUp { request_id, basket_id, cause: Cause::Idle }
}

fn remembered(stage: Stage, edits: &[Edit]) -> Remembered {
    Remembered { stage, edits: edits.to_vec(), mode: Mode::default(), last_sale: None, given_up: Vec::new() }
}

#[tokio::test]
async fn whether_it_is_training_is_there_after_the_process_is_gone_and_outlives_the_basket() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal");
    let mode = Mode { till: true, basket: true };
    {
        let journal = Journal::open(&file, "A").unwrap();
        journal.mode(mode).await.unwrap();
        journal.stage(&Stage::Idle).await.unwrap();
    }
    assert_eq!(Journal::open(&file, "A").unwrap().read().unwrap().mode, mode);
}

#[test]
fn an_open_basket_that_an_earlier_version_wrote_down_is_read() {
    let id = Uuid::from_u128(1);
    let record = format!(r#"{{"stage":"scanning","basket_id":"{id}","version":1}}"#);
    assert_eq!(read::<Stage>(record.as_bytes()).unwrap(), scanning());
    assert_eq!(serde_json::to_string(&scanning()).unwrap(), record);
}

#[tokio::test]
async fn what_is_owed_of_the_last_sale_and_what_was_given_up_outlive_the_process_and_the_next_basket() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal");
    let (owed, given_up) = (last_sale(Given::Qr(Token::fresh())), given_up(7));
    {
        let journal = Journal::open(&file, "A").unwrap();
        journal.stage(&scanning()).await.unwrap();
        journal.edit(&edit(1)).await.unwrap();
        journal.give_up(&given_up).await.unwrap();
        journal.sold(Some(&owed)).await.unwrap();
    }
    let journal = Journal::open(&file, "A").unwrap();
    journal.stage(&scanning()).await.unwrap();
    let kept = remembered(scanning(), &[]);
    let kept = Remembered { last_sale: Some(owed), given_up: vec![given_up], ..kept };
    assert_eq!(journal.read().unwrap(), kept);
    let begun = LastSale { paper_begun: true, ..last_sale(Given::Paper) };
    journal.keep_sale(Some(&begun)).await.unwrap();
    journal.told(&given_up).await.unwrap();
    assert_eq!(journal.read().unwrap(), Remembered { last_sale: Some(begun), given_up: Vec::new(), ..kept });
    journal.sold(None).await.unwrap();
    assert_eq!(journal.read().unwrap(), remembered(Stage::Idle, &[]));
    journal.sold(Some(&owed)).await.unwrap();
    journal.opened(&scanning(), None).await.unwrap();
    assert_eq!(journal.read().unwrap(), remembered(scanning(), &[]), "the next shopper has nothing of it");
}

#[tokio::test]
async fn what_is_written_is_there_after_the_process_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal");
    let edits: Vec<Edit> = (1..=12).map(edit).collect();
    {
        let journal = Journal::open(&file, "A").unwrap();
        assert_eq!(journal.read().unwrap(), remembered(Stage::Idle, &[]));
        journal.stage(&scanning()).await.unwrap();
        for edit in &edits {
            journal.edit(edit).await.unwrap();
        }
    }
    let journal = Journal::open(&file, "A").unwrap();
    assert_eq!(journal.read().unwrap(), remembered(scanning(), &edits));
    let elsewhere = Stage::Scanning { basket_id: Uuid::from_u128(2), version: 1, unpaid: None };
    journal.move_to(&elsewhere, &edits[..2]).await.unwrap();
    journal.edit(&edits[2]).await.unwrap();
    assert_eq!(journal.read().unwrap(), remembered(elsewhere, &edits[..3]));
    journal.stage(&Stage::Idle).await.unwrap();
    assert_eq!(journal.read().unwrap(), remembered(Stage::Idle, &[]));
}

#[test]
fn a_journal_belongs_to_one_till_and_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal");
    let journal = Journal::open(&file, "A").unwrap();
    assert!(matches!(Journal::open(&file, "A"), Err(JournalError::Storage(_))));
    drop(journal);
    assert!(matches!(Journal::open(&file, "B"), Err(JournalError::AnotherTill(code)) if code == "A"));
    assert!(Journal::open(&file, "A").is_ok());
}

#[test]
fn a_file_that_is_no_journal_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal");
    std::fs::write(&file, "something else entirely").unwrap();
    assert!(Journal::open(&file, "A").is_err());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "something else entirely");
}

#[tokio::test]
async fn a_note_stays_until_a_person_has_settled_it_whatever_the_next_shopper_does() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal");
    let note = |number| Note {
        note_id: Uuid::from_u128(number),
        cause: NoteCause::LateAnswer,
        basket_id: None,
        asked_minor: 250,
        taken_minor: 250,
        noted_time: time::macros::datetime!(2026-05-02 10:00 UTC),
    };
    {
        let journal = Journal::open(&file, "A").unwrap();
        for number in [2, 1] {
            journal.note(&note(number)).await.unwrap();
        }
        journal.stage(&Stage::Idle).await.unwrap();
    }
    let journal = Journal::open(&file, "A").unwrap();
    assert_eq!(journal.notes().unwrap(), [note(1), note(2)]);
    journal.settle_notes(&[note(1).note_id, Uuid::from_u128(9)]).await.unwrap();
    assert_eq!(journal.notes().unwrap(), [note(2)]);
}
