use std::collections::BTreeSet;

use caisse_ap::{Answer, Profile, SlipRule};
use time::macros::datetime;

use super::*;

#[test]
fn magic_amounts_decide_by_their_last_two_digits() {
    assert_eq!(Behaviour::of(113), Behaviour::NotDone(Complement::Refused));
    assert_eq!(Behaviour::of(2_516), Behaviour::CutAfterApproval);
    assert_eq!(Behaviour::of(1_300), Behaviour::Approve);
    assert_eq!(Behaviour::TakeLess.takes(2_519), 1_259);
    assert_eq!(Behaviour::Silence.takes(2_518), 0);
}

#[test]
fn the_help_tells_every_amount_that_decides() {
    let command = <Config as clap::Args>::augment_args(clap::Command::new("card-simulator"));
    let told = command.get_arguments().find(|argument| argument.get_long() == Some("magic-amounts")).unwrap();
    let told = told.get_help().unwrap().to_string();
    let numbers: BTreeSet<&str> = told.split(|letter: char| !letter.is_ascii_digit()).collect();
    for ending in (0..100).filter(|ending| Behaviour::of(*ending) != Behaviour::Approve) {
        let is_told = numbers.contains(ending.to_string().as_str()) || (20..=29).contains(&ending);
        assert!(is_told, "{ending} is not told in: {told}");
    }
}

#[test]
fn the_merchant_finds_what_was_asked_and_taken_whatever_the_till_was_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("payments");
    for behaviour in [Behaviour::CutAfterApproval, Behaviour::NotDone(Complement::Refused)] {
        let card = slip::Card::presented(behaviour.takes(1_250), None);
        PlayedPayment::of(behaviour, Operation::Debit, 1_250, &card).write(&file).unwrap();
    }
    let text = std::fs::read_to_string(&file).unwrap();
    let found: Vec<PlayedPayment> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told =
        |played: &PlayedPayment| (played.behaviour.clone(), played.taken_minor, played.pan_last4.clone());
    assert_eq!(told(&found[0]), ("cut-after".to_owned(), 1_250, slip::Card::of(1_250).pan_last4));
    assert_eq!(told(&found[1]), ("refuse".to_owned(), 0, String::new()));
}

#[test]
fn amounts_are_paid_with_several_brands_and_always_with_the_same_one() {
    let brands: BTreeSet<_> = (100..200).map(|amount| slip::Card::of(amount).name).collect();
    assert!(brands.len() >= 4, "{brands:?}");
    let (first, again) = (slip::Card::of(1_234), slip::Card::of(1_234));
    assert_eq!(first.pan_last4, again.pan_last4);
}

#[test]
fn a_slip_shows_the_amount_and_the_end_of_the_card_alone() {
    let now = datetime!(2026-05-02 10:05:09 UTC);
    let mut profile =
        Profile::new("0320".parse().unwrap(), "012345678901".parse().unwrap(), "01".parse().unwrap());
    profile.ticket = Some(Profile::SHOPPER_SLIP);
    for amount in 1..2_000 {
        let card = slip::Card::of(amount);
        let text = slip::paid("MAGASIN", now, &card, amount, Operation::Debit);
        let request = profile.debit(Cents::new(amount), None).unwrap();
        let approval = simulate::Approval {
            paid: Cents::new(amount),
            authorisation: &card.authorisation,
            aid: card.aid,
            pan_last4: &card.pan_last4,
            contactless: card.contactless,
            meal_voucher: false,
            slip: Some(&text),
        };
        let answer = Answer::new(simulate::approved(&request, &approval).unwrap());
        // The codec refuses a slip with a whole card number in it.
        assert_eq!(answer.slip(&SlipRule::default()).unwrap().unwrap().text(), text);
        assert!(text.contains(&format!("############{}", card.pan_last4)), "{text}");
    }
    let text = slip::paid("MAGASIN", now, &slip::Card::of(12_345), 12_345, Operation::Debit);
    assert!(text.contains("MONTANT : 123,45 EUR"), "{text}");
    assert!(text.contains("Le 02/05/2026 à 10:05:09"), "{text}");
    let request = profile.debit(Cents::new(12_345), None).unwrap();
    let text = slip::refused("MAGASIN", now, &request);
    assert!(text.contains("MAGASIN\nABANDON DEBIT\nMONTANT : 123,45 EUR"), "{text}");
}

#[test]
fn every_behaviour_has_an_amount_or_a_word_of_its_own_and_every_reason_is_played() {
    let words: BTreeSet<_> = Behaviour::all().map(|(word, _)| word).collect();
    assert_eq!(words.len(), Behaviour::all().count());
    for (word, behaviour) in Behaviour::all() {
        assert_eq!(word.parse(), Ok(behaviour));
    }
    for complement in Complement::ALL {
        let played = Behaviour::all().any(|(_, behaviour)| match behaviour {
            Behaviour::Abandon | Behaviour::AbandonWithAmount => {
                complement == Complement::AbandonedByCardholder
            }
            Behaviour::TimeOut => complement == Complement::InputTimeOut,
            other => other == Behaviour::NotDone(complement),
        });
        assert!(played, "{complement:?}");
    }
    assert!("nonsense".parse::<Behaviour>().is_err());
}

#[test]
fn a_script_says_one_behaviour_a_payment_and_goes_on_while_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("script");
    let script = Script::of(Some(file.clone()));
    assert_eq!(script.next().unwrap(), None, "there is no script yet");
    std::fs::write(&file, "approve\nrefuse\n\n late \nnonsense\n").unwrap();
    assert_eq!(script.next().unwrap(), Some((Behaviour::NotDone(Complement::Refused), None)));
    assert_eq!(script.next().unwrap(), None);
    assert_eq!(script.next().unwrap(), Some((Behaviour::AnswerLate, None)));
    assert!(script.next().is_err());
    assert_eq!(script.next().unwrap(), None);
}

#[test]
fn no_more_is_given_back_than_was_taken_not_even_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("charges");
    let charge = |amount_minor| Charge { amount_minor, reference: None };
    let charges = Charges::default();
    assert!(charges.book(charge(500), Some(&file)).unwrap());
    assert!(charges.book(charge(-300), Some(&file)).unwrap());
    assert!(!charges.book(charge(-201), Some(&file)).unwrap());
    let again = Charges::default();
    again.remember(Some(&file)).unwrap();
    assert_eq!(again.all(), charges.all());
    assert!(Charges::default().remember(Some(&folder.path().join("none"))).is_ok());
    // A folder is a file that cannot be read: what was taken is not forgotten for that.
    assert!(Charges::default().remember(Some(&folder.path().to_path_buf())).is_err());
    assert!(!again.book(charge(-201), None).unwrap() && again.book(charge(-200), None).unwrap());
}
