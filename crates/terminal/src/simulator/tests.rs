use std::collections::BTreeSet;

use caisse_ap::{Answer, Profile};
use time::macros::datetime;

use super::*;

#[test]
fn magic_amounts_decide_by_their_last_two_digits() {
    assert_eq!(Behaviour::of(113), Behaviour::Refuse);
    assert_eq!(Behaviour::of(2_516), Behaviour::CutAfterApproval);
    assert_eq!(Behaviour::of(1_300), Behaviour::Approve);
    assert_eq!(Behaviour::TakeLess.takes(2_519), 1_259);
    assert_eq!(Behaviour::Silence.takes(2_518), 0);
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
        let text = slip::paid("MAGASIN", now, &card, amount);
        let request = profile.debit(Cents::new(amount), None).unwrap();
        let approval = simulate::Approval {
            paid: Cents::new(amount),
            authorisation: &card.authorisation,
            aid: card.aid,
            pan_last4: &card.pan_last4,
            contactless: card.contactless,
            slip: Some(&text),
        };
        let answer = Answer::new(simulate::approved(&request, &approval).unwrap());
        // The codec refuses a slip with a whole card number in it.
        assert_eq!(answer.slip().unwrap().unwrap().text(), text);
        assert!(text.contains(&format!("############{}", card.pan_last4)), "{text}");
    }
    let text = slip::paid("MAGASIN", now, &slip::Card::of(12_345), 12_345);
    assert!(text.contains("MONTANT : 123,45 EUR"), "{text}");
    assert!(text.contains("Le 02/05/2026 à 10:05:09"), "{text}");
    assert!(slip::abandoned("MAGASIN", now).contains("ABANDON DEBIT"));
}
