use super::*;
use crate::{Decoder, Profile};

fn profile(till: &str) -> Profile {
    Profile::new("0320".parse().unwrap(), "999999999999".parse().unwrap(), till.parse().unwrap())
}

fn debit(cents: i64) -> Request {
    profile("01").debit(Cents::new(cents), None).unwrap()
}

fn outcome_of(request: &Request, answer: &str) -> Result<Outcome, AnswerError> {
    Answer::new(Frame::parse(answer.as_bytes()).unwrap()).outcome(request, &SlipRule::default())
}

fn approved(request: &Request, answer: &str) -> Payment {
    match outcome_of(request, answer) {
        Ok(Outcome::Approved(payment)) => payment,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_accepted_debit_of_version_3_00_is_understood() {
    let answer = "CZ0040300CJ012789300987456AE00210CA00201CB0042500CC003001CD0010CE003978CG0071999403AI014A0000000421010CI0011";
    let payment = approved(&debit(2_500), answer);
    assert_eq!(payment.amount, Cents::new(2_500));
    assert_eq!(payment.brand, Brand::Cb);
    assert_eq!(payment.aid.unwrap().as_str(), "A0000000421010");
    assert!(!payment.contactless);
    assert_eq!((payment.authorisation, payment.pan_last4, payment.slip), (None, None, Ok(None)));
}

#[test]
fn an_accepted_contactless_debit_of_version_3_20_is_understood() {
    let slip = format!("{}\n", Slip::encode("CARTE BANCAIRE\nSANS CONTACT"));
    let nested = format!("CK003100AK{:03}{slip}", slip.len());
    let answer = format!(
        "CZ0040320CJ012999999999999CA00201CB00512345CC00300BCD0010CE003978AA016123456######7890AB0042612AC006184117\
         AE00210CF007order-1CG0071234567ZT{:03}{nested}",
        nested.len()
    );
    let payment = approved(&debit(12_345), &answer);
    assert!(payment.contactless);
    assert_eq!(payment.authorisation.as_deref(), Some("184117"));
    assert_eq!(payment.pan_last4.unwrap().as_str(), "7890");
    assert_eq!(payment.slip.unwrap().unwrap().text(), "CARTE BANCAIRE\nSANS CONTACT");
}

#[test]
fn an_amount_may_come_back_padded_with_zeros() {
    let answer = "CZ0040320CA00201CB012000000002500CD0010CE003978AE00210";
    assert_eq!(approved(&debit(2_500), answer).amount, Cents::new(2_500));
}

#[test]
fn less_money_than_asked_is_not_approved() {
    let answer = "CZ0040320CA00201CB0042000CD0010CE003978AE00210";
    let Ok(Outcome::Partial(payment)) = outcome_of(&debit(2_500), answer) else {
        panic!("a partial payment")
    };
    assert_eq!(payment.amount, Cents::new(2_000));
}

#[test]
fn a_refusal_is_a_refusal_with_its_slip() {
    let slip = Slip::encode("ABANDON DEBIT");
    let nested = format!("CK003100AK{:03}{slip}", slip.len());
    let zt = format!("ZT{:03}{nested}", nested.len());
    let text = format!("CZ0040320CA00201CB0042500CD0010CE003978AC006184118AE00201AF00204CF001x{zt}");
    let answer = Answer::new(Frame::parse(text.as_bytes()).unwrap());
    assert_eq!(answer.outcome(&debit(2_500), &SlipRule::default()), Ok(Outcome::Refused));
    assert_eq!(answer.slip(&SlipRule::default()).unwrap().unwrap().text(), "ABANDON DEBIT");
}

#[test]
fn a_badly_formed_request_is_told_apart() {
    let answer = "CZ0040320CJ012999999999999AE00201AF00209CA00201CB00512345CD0010CE003978";
    assert_eq!(outcome_of(&debit(12_345), answer), Ok(Outcome::NotDone(Complement::FormatError)));
}

#[test]
fn failures_are_understood_without_any_echo() {
    for (answer, outcome) in [
        ("CZ0040320AE00201AF00206", Outcome::Abandoned),
        ("CZ0040320AE00201AF00211", Outcome::Abandoned),
        ("CZ0040320AE00201AF00208", Outcome::TimedOut),
        ("CZ0040320AE00201AF00205", Outcome::NotDone(Complement::Forbidden)),
        ("CZ0040320AE00201AF02904148HOLDER INVALID          ", Outcome::Refused),
        ("CZ0040320AE00201", Outcome::NotDone(Complement::Unknown)),
    ] {
        assert_eq!(outcome_of(&debit(2_500), answer), Ok(outcome), "{answer}");
    }
}

#[test]
fn done_of_something_else_is_unknown_and_not_approved() {
    for (answer, tag) in [
        ("CZ0040320CA00202CB0042500CD0010CE003978AE00210", Tag::TILL),
        ("CZ0040320CB0042500CD0010CE003978AE00210", Tag::TILL),
        ("CZ0040320CA00201CB0042500CD0011CE003978AE00210", Tag::OPERATION),
        ("CZ0040320CA00201CB0042500CD0010CE003953AE00210", Tag::CURRENCY),
        ("CZ0040320CA00201CB0042501CD0010CE003978AE00210", Tag::AMOUNT),
        ("CZ0040320CA00201CB0040000CD0010CE003978AE00210", Tag::AMOUNT),
        ("CZ0040320CA00201CB00425.0CD0010CE003978AE00210", Tag::AMOUNT),
        ("CZ0040320CA00201CD0010CE003978AE00210", Tag::AMOUNT),
        ("CZ0040320CA00201CB0042500CD0010CE003978AE00210AF00204", Tag::COMPLEMENT),
        ("CZ0040320AE00201AF00201", Tag::COMPLEMENT),
    ] {
        assert_eq!(outcome_of(&debit(2_500), answer), Err(AnswerError::Mismatch(tag)), "{answer}");
    }
}

#[test]
fn an_answer_that_names_another_reference_is_of_another_payment_and_settles_nothing() {
    let mut profile = profile("01");
    profile.references = true;
    let ours = "0199e2a0-7b1c-7def-8123-456789abcdef";
    let request = profile.debit(Cents::new(2_500), Some(ours)).unwrap();
    let done = |reference: &str| {
        let named = match reference {
            "" => String::new(),
            reference => format!("CF{:03}{reference}", reference.len()),
        };
        outcome_of(&request, &format!("CZ0040320CA00201CB0042500CD0010CE003978AE00210{named}"))
    };
    // Some name none, some cut it short, some fill it up.
    for reference in ["", ours, &ours[..32], &format!("{ours}    ")] {
        assert!(matches!(done(reference), Ok(Outcome::Approved(_))), "{reference}");
    }
    let other = "0199e2a0-7b1c-7def-8123-456789abcdee";
    for reference in [other, &ours[..31], "x", &format!("{ours}0")] {
        assert_eq!(done(reference), Err(AnswerError::Mismatch(Tag::REFERENCE)), "{reference}");
    }
    let refused = format!("CZ0040320AE00201AF00204CF036{other}");
    assert_eq!(outcome_of(&request, &refused), Err(AnswerError::Mismatch(Tag::REFERENCE)));
    // Who sends no reference may be answered any.
    assert!(matches!(
        outcome_of(&debit(2_500), "CZ0040320CA00201CB0042500CD0010CE003978AE00210CF001x"),
        Ok(Outcome::Approved(_))
    ));
}

#[test]
fn an_answer_without_a_known_status_is_unknown() {
    assert_eq!(outcome_of(&debit(2_500), "CZ0040320CA00201"), Err(AnswerError::NoStatus));
    assert_eq!(outcome_of(&debit(2_500), "CZ0040320AE00299"), Err(AnswerError::NoStatus));
    assert_eq!(outcome_of(&debit(2_500), "CZ0040320AE00211"), Ok(Outcome::InProgress));
}

#[test]
fn a_terminal_that_is_there_says_so() {
    let request = profile("07").identification();
    assert_eq!(outcome_of(&request, "CZ0040320CA00207CD001IAE00210"), Ok(Outcome::Identified));
}

#[test]
fn an_unreadable_slip_does_not_hide_the_payment() {
    let answer = "CZ0040320CA00201CB0042500CD0010CE003978AE00210ZT0204970123456780674+++1";
    assert_eq!(approved(&debit(2_500), answer).slip, Err(SlipError::Malformed));
}

#[test]
fn no_debug_text_shows_a_card() {
    let answer = "CZ0040320CA00201CB0042500CD0010CE003978AE00210AA0164970123456780674AB0042612AC015497012345678067\
                  AI0164970123456780674";
    let mut decoder = Decoder::default();
    decoder.push(&answer.as_bytes()[..60]).unwrap();
    let mut shown = format!("{decoder:?}");
    let answer = Answer::new(Frame::parse(answer.as_bytes()).unwrap());
    shown += &format!("{answer:?} {:?}", answer.outcome(&debit(2_500), &SlipRule::default()));
    assert!(!shown.contains("4970") && !shown.contains("2612"), "{shown}");
    assert!(shown.contains("****0674"), "{shown}");
}
