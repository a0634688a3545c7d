//! How the money of a credit note comes back, in words.

use money::Cents;

use crate::domain::{Language, Payout};

/// Where the money of a credit note goes.
#[derive(Clone, Copy)]
pub struct Parts {
    pub total: Cents,
    /// What of it goes to store credit.
    pub to_credit: Cents,
    /// What of it a person pays out by hand.
    pub by_hand: Cents,
}

/// What no card had paid goes to store credit or, to a guest, by hand at the desk, also where another way was asked for.
pub fn words(language: Language, payout: Payout, parts: Parts, amount: &impl Fn(Cents) -> String) -> String {
    let at_desk = parts.total.checked_sub(parts.to_credit).unwrap_or(parts.total);
    match payout {
        Payout::Desk if !parts.by_hand.is_zero() => by_hand(language, at_desk, parts.by_hand, amount),
        Payout::Desk if parts.to_credit.is_zero() || !at_desk.is_zero() => {
            desk(language, at_desk, parts.to_credit, amount)
        }
        Payout::Acquirer if !at_desk.is_zero() => acquirer(language, at_desk, parts.to_credit, amount),
        Payout::Desk | Payout::StoreCredit | Payout::Acquirer => language
            .say(
                "La somme s’ajoute à votre avoir : payez-en vos prochains achats à la caisse, après avoir présenté votre carte de membre.",
                "The amount is added to your store credit: pay your next purchases with it at the till, after showing your member’s card.",
            )
            .to_owned(),
        Payout::Other => language
            .say(
                "L’accueil du magasin vous dit comment la somme vous est rendue.",
                "The desk of the shop tells you how the amount comes back to you.",
            )
            .to_owned(),
    }
}

fn by_hand(language: Language, at_desk: Cents, by_hand: Cents, amount: &impl Fn(Cents) -> String) -> String {
    let to_cards = at_desk.checked_sub(by_hand).unwrap_or(Cents::ZERO);
    if to_cards.is_zero() {
        let said = language.say(
            "Passez à l’accueil du magasin avec cet e-mail : la somme vous y est remise. Aucune carte ne l’avait payée.",
            "Come to the desk of the shop with this e-mail: the amount is handed to you there. No card had paid it.",
        );
        return said.to_owned();
    }
    let (to_cards, by_hand) = (amount(to_cards), amount(by_hand));
    match language {
        Language::French => format!(
            "Passez à l’accueil du magasin avec la carte bancaire qui a payé : {to_cards} y sont versés en votre présence. {by_hand}, qu’aucune carte n’avait payés, vous y sont remis."
        ),
        Language::English => format!(
            "Come to the desk of the shop with the bank card that paid: {to_cards} is paid back while you are there. {by_hand}, which no card had paid, is handed to you there."
        ),
    }
}

fn desk(language: Language, at_desk: Cents, to_credit: Cents, amount: &impl Fn(Cents) -> String) -> String {
    if to_credit.is_zero() {
        let said = language.say(
            "Passez à l’accueil du magasin avec la carte bancaire qui a payé : la somme y est versée en votre présence.",
            "Come to the desk of the shop with the bank card that paid: the amount is paid back while you are there.",
        );
        return said.to_owned();
    }
    let (at_desk, to_credit) = (amount(at_desk), amount(to_credit));
    match language {
        Language::French => format!(
            "Passez à l’accueil du magasin avec la carte bancaire qui a payé : {at_desk} y sont versés en votre présence. {to_credit} s’ajoutent à votre avoir."
        ),
        Language::English => format!(
            "Come to the desk of the shop with the bank card that paid: {at_desk} is paid back while you are there. {to_credit} is added to your store credit."
        ),
    }
}

fn acquirer(
    language: Language,
    to_cards: Cents,
    to_credit: Cents,
    amount: &impl Fn(Cents) -> String,
) -> String {
    if to_credit.is_zero() {
        let said = language.say(
            "La somme revient sur la carte bancaire qui a payé, par la banque du magasin, sous quelques jours. Vous n’avez rien à faire.",
            "The amount goes back to the bank card that paid, through the shop’s bank, within a few days. There is nothing to do.",
        );
        return said.to_owned();
    }
    let (to_cards, to_credit) = (amount(to_cards), amount(to_credit));
    match language {
        Language::French => format!(
            "{to_cards} reviennent sur la carte bancaire qui a payé, par la banque du magasin, sous quelques jours. Vous n’avez rien à faire. {to_credit}, qu’aucune carte n’avait payés, s’ajoutent à votre avoir."
        ),
        Language::English => format!(
            "{to_cards} goes back to the bank card that paid, through the shop’s bank, within a few days. There is nothing to do. {to_credit}, which no card had paid, is added to your store credit."
        ),
    }
}
