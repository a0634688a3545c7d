use super::*;

const JOURNAL: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);

fn holder() -> Holder {
    Holder {
        instance_id: Some(JOURNAL),
        generation: 4,
        place: "here".to_owned(),
        heard_since_granted: true,
        ..Holder::default()
    }
}

fn alive() -> Holder {
    Holder { is_alive: true, ..holder() }
}

fn asking(instance_id: Uuid, generation: i64, place: &str) -> Asking {
    Asking { instance_id, generation, place: place.to_owned(), granted: None }
}

#[test]
fn a_till_that_nobody_is_is_granted_above_every_generation_that_anybody_knows() {
    let free = Holder { instance_id: None, generation: 4, ..Holder::default() };
    assert_eq!(decide(&Holder::default(), &asking(JOURNAL, 0, "here")), Verdict::Granted(1));
    assert_eq!(decide(&free, &asking(OTHER, 0, "there")), Verdict::Granted(5));
    assert_eq!(decide(&free, &asking(JOURNAL, 2, "here")), Verdict::Granted(5));
    assert_eq!(decide(&free, &asking(JOURNAL, 9, "here")), Verdict::Granted(10));
}

#[test]
fn a_till_that_starts_anew_in_its_place_waits_for_nobody() {
    assert_eq!(decide(&alive(), &asking(JOURNAL, 4, "here")), Verdict::Granted(5));
    let lost_its_past = Holder { generation: 3, ..alive() };
    assert_eq!(decide(&lost_its_past, &asking(JOURNAL, 4, "here")), Verdict::Granted(5));
}

#[test]
fn a_machine_that_was_started_anew_waits_until_its_former_self_is_silent() {
    assert_eq!(decide(&alive(), &asking(JOURNAL, 4, "after a boot")), Verdict::Elsewhere);
    assert_eq!(decide(&holder(), &asking(JOURNAL, 4, "after a boot")), Verdict::Granted(5));
}

#[test]
fn a_copy_is_never_the_till_once_the_original_was_heard_of_beside_it() {
    let beside = Holder { heard_since_asked: true, ..alive() };
    assert_eq!(decide(&beside, &asking(JOURNAL, 4, "there")), Verdict::Cloned);
    // Not even when the original is silent for a while.
    let silent = Holder { is_alive: false, ..beside };
    assert_eq!(decide(&silent, &asking(JOURNAL, 4, "there")), Verdict::Cloned);
    assert_eq!(decide(&silent, &asking(OTHER, 0, "there")), Verdict::Elsewhere);
}

#[test]
fn an_old_copy_is_known_by_its_generation_wherever_it_is() {
    for (instance_id, generation) in [(JOURNAL, 3), (JOURNAL, 0), (OTHER, 3)] {
        assert_eq!(decide(&holder(), &asking(instance_id, generation, "here")), Verdict::Cloned);
    }
}

#[test]
fn a_new_disk_is_the_till_once_the_old_one_is_silent() {
    assert_eq!(decide(&alive(), &asking(OTHER, 0, "there")), Verdict::Elsewhere);
    assert_eq!(decide(&holder(), &asking(OTHER, 0, "there")), Verdict::Granted(5));
}

#[test]
fn a_repeat_is_answered_as_before_unless_somebody_works_under_the_grant_elsewhere() {
    let again = |place: &str| Asking { granted: Some(4), ..asking(JOURNAL, 3, place) };
    let unheard = Holder { heard_since_granted: false, ..holder() };
    assert_eq!(decide(&unheard, &again("here")), Verdict::Repeated(4));
    assert_eq!(decide(&unheard, &again("after a boot")), Verdict::Repeated(4));
    assert_eq!(decide(&holder(), &again("here")), Verdict::Repeated(4));
    assert_eq!(decide(&holder(), &again("there")), Verdict::Cloned);
    // Superseded since: the till learns it from its next report.
    let moved_on = Holder { generation: 5, instance_id: Some(OTHER), ..holder() };
    assert_eq!(decide(&moved_on, &again("here")), Verdict::Repeated(4));
}
