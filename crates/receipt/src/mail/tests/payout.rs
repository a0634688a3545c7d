//! How the money of a credit note comes back, part by part.

use super::*;

/// A credit note over 1 241,73 €, of which so much goes to store credit or is paid out by hand.
fn words(language: Language, payout: Payout, to_credit: i64, by_hand: i64) -> String {
    let matter = Matter::CreditNote {
        sale_sequence: 40,
        sale_time: datetime!(2026-04-30 22:30 UTC),
        payout,
        to_credit: Cents::new(to_credit),
        by_hand: Cents::new(by_hand),
    };
    view(&Document { matter, language, ..credit_note(payout) }, None).payout
}

#[test]
fn a_credit_note_says_what_goes_to_store_credit_and_what_to_the_card() {
    let words = |payout, to_credit| words(Language::French, payout, to_credit, 0);
    let both = words(Payout::Desk, 100_000);
    assert!(both.contains("241,73\u{202f}€ y sont versés"), "{both}");
    assert!(both.contains("1\u{202f}000,00\u{202f}€ s’ajoutent à votre avoir"), "{both}");
    assert_eq!(words(Payout::Desk, 124_173), words(Payout::StoreCredit, 124_173));
    assert!(words(Payout::Desk, 0).contains("la somme y est versée"));
}

#[test]
fn a_credit_note_says_what_the_desk_hands_over_beside_what_goes_to_the_card() {
    let both = words(Language::French, Payout::Desk, 0, 24_173);
    assert!(both.contains("la carte bancaire qui a payé : 1\u{202f}000,00\u{202f}€ y sont versés"), "{both}");
    assert!(both.contains("241,73\u{202f}€, qu’aucune carte n’avait payés, vous y sont remis"), "{both}");
    let english = words(Language::English, Payout::Desk, 0, 24_173);
    for said in ["€1000.00 is paid back while", "€241.73, which no card had paid, is handed to you there"]
    {
        assert!(english.contains(said), "{said}: {english}");
    }
    let by_hand = words(Language::French, Payout::Desk, 0, 124_173);
    assert!(
        by_hand.contains("la somme vous y est remise") && !by_hand.contains("carte bancaire"),
        "{by_hand}"
    );
}

#[test]
fn what_the_bank_does_not_give_to_the_card_is_said_to_become_store_credit() {
    let both = words(Language::French, Payout::Acquirer, 24_173, 0);
    assert!(both.contains("1\u{202f}000,00\u{202f}€ reviennent sur la carte bancaire"), "{both}");
    assert!(
        both.contains("241,73\u{202f}€, qu’aucune carte n’avait payés, s’ajoutent à votre avoir"),
        "{both}"
    );
    assert!(
        !words(Language::French, Payout::Acquirer, 0, 0).contains("avoir"),
        "the card had paid all of it"
    );
}
