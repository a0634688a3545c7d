use uuid::Uuid;

use super::*;

fn edit(line_id: i32) -> Edit {
    Edit { request_id: RequestId::fresh(), version: i64::from(line_id), change: Change::Remove { line_id } }
}

fn scanning() -> Stage {
    Stage::Scanning { basket_id: Uuid::from_u128(1), version: 1, unpaid: None }
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
