//! What a refund that goes back to its card at the till says.

use super::Language;
use crate::till::RefundNotice;

/// Its page, and the screen of one that nobody knows of.
pub(in crate::kiosk) struct Words {
    pub(in crate::kiosk) link: &'static str,
    pub(in crate::kiosk) title: &'static str,
    pub(in crate::kiosk) text: &'static str,
    pub(in crate::kiosk) number: &'static str,
    pub(in crate::kiosk) terminal_code: &'static str,
    pub(in crate::kiosk) button: &'static str,
    pub(in crate::kiosk) unknown: &'static str,
    pub(in crate::kiosk) went_back: &'static str,
    pub(in crate::kiosk) did_not: &'static str,
}

const FRENCH: Words = Words {
    link: "Équipe : rembourser sur la carte",
    title: "Remboursement sur la carte",
    text: "Le client est là, avec la carte qui a payé. Tapez le numéro de l’avoir, qui est dans son e-mail : la caisse demande la somme au terminal de paiement.",
    number: "Numéro de l’avoir",
    terminal_code: "Caisse de l’avoir, si plusieurs ont ce numéro",
    button: "Rembourser",
    unknown: "Nous ne savons pas si le remboursement est parti sur la carte. Regardez le journal du terminal de paiement ; ne remboursez pas une deuxième fois.",
    went_back: "Le journal montre le remboursement",
    did_not: "Le journal ne montre rien : il attend de nouveau",
};

const ENGLISH: Words = Words {
    link: "Staff: refund to the card",
    title: "Refund to the card",
    text: "The customer is here, with the card that paid. Type the number of the credit note, which is in the e-mail: the till asks the card terminal for the amount.",
    number: "Number of the credit note",
    terminal_code: "Till of the credit note, if several have this number",
    button: "Refund",
    unknown: "We do not know whether the refund went to the card. Look into the card terminal’s own journal; do not refund again.",
    went_back: "The journal shows the refund",
    did_not: "The journal shows nothing: it waits again",
};

impl Language {
    /// The words of its page.
    pub(in crate::kiosk) const fn refund(self) -> &'static Words {
        match self {
            Self::French => &FRENCH,
            Self::English => &ENGLISH,
        }
    }
}

pub(super) const fn french(notice: RefundNotice) -> &'static str {
    match notice {
        RefundNotice::Given => "Le remboursement est parti sur la carte.",
        RefundNotice::RestByHand { .. } => {
            "Le remboursement est parti sur la carte. Il reste à rendre à l’accueil :"
        }
        RefundNotice::OtherCard => {
            "La somme est partie sur une autre carte que celle qui a payé. Notez-le, et prévenez le responsable."
        }
        RefundNotice::NotGiven => "Rien n’a été remboursé. Le remboursement attend de nouveau.",
        RefundNotice::Unknown => "Nous ne savons pas si le remboursement est parti.",
        RefundNotice::Training => "En formation, rien n’est remboursé.",
        RefundNotice::NoCredit => "Le terminal de paiement de cette caisse ne rembourse pas.",
        RefundNotice::NotFound => "Ce magasin n’a pas d’avoir de ce numéro.",
        RefundNotice::PaidOut => "Cet avoir est déjà versé, ou la banque s’en charge.",
        RefundNotice::AtTill => {
            "Une caisse s’occupe déjà de cet avoir, ou personne ne sait ce qu’elle a fait."
        }
        RefundNotice::NumberUnclear => "Plusieurs caisses ont un avoir de ce numéro : tapez aussi la caisse.",
        RefundNotice::NoCardPaid => "Aucune carte n’a payé ce qui reste : c’est l’accueil qui le rend.",
        RefundNotice::SettledElsewhere => {
            "La somme est partie, mais quelqu’un avait noté le contraire. Le responsable doit regarder."
        }
    }
}

pub(super) const fn english(notice: RefundNotice) -> &'static str {
    match notice {
        RefundNotice::Given => "The refund went back to the card.",
        RefundNotice::RestByHand { .. } => {
            "The refund went back to the card. Still to be given back at the desk:"
        }
        RefundNotice::OtherCard => {
            "The money went to another card than the one that paid. Write it down, and tell the manager."
        }
        RefundNotice::NotGiven => "Nothing was refunded. The refund waits again.",
        RefundNotice::Unknown => "We do not know whether the refund went back.",
        RefundNotice::Training => "In training nothing is refunded.",
        RefundNotice::NoCredit => "The card terminal of this till gives nothing back.",
        RefundNotice::NotFound => "This store has no credit note of this number.",
        RefundNotice::PaidOut => "This credit note is paid out already, or is left to the bank.",
        RefundNotice::AtTill => "A till is at this credit note already, or nobody knows what it did.",
        RefundNotice::NumberUnclear => {
            "Several tills have a credit note of this number: type the till as well."
        }
        RefundNotice::NoCardPaid => "No card paid what is left: the desk gives it back.",
        RefundNotice::SettledElsewhere => {
            "The money went back, but somebody had noted that it did not. The manager has to look."
        }
    }
}
