//! What waits at a till, in the words of whoever decides about it.

use proto::checkout::v1::{FileFinding, Intervention, InterventionKind};
use time::OffsetDateTime;

use super::super::{form_id, show};
use crate::text::Lang;

/// Something that waits, with what may be decided about it.
pub(super) struct Waits {
    pub id: String,
    pub till: String,
    /// The basket it is about, or empty.
    pub basket_id: String,
    pub why: &'static str,
    /// What a decision needs to know.
    pub detail: String,
    /// The age that the goods want; the answer says which was read.
    pub minimum_age: i32,
    /// What a file of the bank says of it, or empty.
    pub hint: &'static str,
    pub seconds: i64,
    pub waited: String,
    pub form: Form,
    /// Nobody knows how much was asked for: whoever says that it was paid says how much.
    pub amount_untold: bool,
    /// Somebody practises.
    pub training: bool,
    pub request_id: String,
}

/// Which buttons there are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Approval,
    Audit,
    Code,
    Payment,
    GivenBack,
    Refund,
    LateAnswer,
    SlipRefused,
    Done,
}

impl Waits {
    pub(super) fn of(waits: Intervention, now: OffsetDateTime, zone: &str, lang: Lang) -> Self {
        let (why, form) = match waits.kind() {
            InterventionKind::PaymentUnknown => {
                (lang.say("Paiement inconnu", "Payment unknown"), Form::Payment)
            }
            InterventionKind::GiveBack => {
                (lang.say("Argent à rendre", "Money to give back"), Form::GivenBack)
            }
            InterventionKind::RefundUnknown => {
                (lang.say("Remboursement inconnu", "Refund unknown"), Form::Refund)
            }
            InterventionKind::LateAnswer => (
                lang.say("Réponse tardive du terminal de paiement", "Late answer of the card terminal"),
                Form::LateAnswer,
            ),
            InterventionKind::SlipRefused => {
                (lang.say("Ticket de carte écarté", "Card slip left out"), Form::SlipRefused)
            }
            InterventionKind::SaleRefused => {
                (lang.say("Payé, mais vente refusée", "Paid, but the sale was refused"), Form::GivenBack)
            }
            InterventionKind::Approval => (lang.say("Âge à vérifier", "Age to check"), Form::Approval),
            InterventionKind::UnknownCode => (lang.say("Code inconnu", "Unknown code"), Form::Code),
            InterventionKind::Audit => (lang.say("Contrôle tiré au sort", "Drawn for a check"), Form::Audit),
            InterventionKind::Abandoned => (lang.say("Panier abandonné", "Basket abandoned"), Form::Done),
            InterventionKind::Help | InterventionKind::Unspecified => {
                (lang.say("Demande d’aide", "Help wanted"), Form::Done)
            }
        };
        let seconds = show::seconds_since(waits.raised_time, now);
        Self {
            detail: detail(&waits, zone, lang),
            minimum_age: waits.minimum_age,
            hint: hint(waits.file_finding(), lang),
            till: waits.terminal_code,
            basket_id: waits.basket_id,
            id: waits.intervention_id,
            why,
            seconds,
            waited: show::waited(seconds),
            form,
            amount_untold: waits.amount_untold,
            training: waits.training,
            request_id: form_id(),
        }
    }
}

/// What a file of the bank says of a payment; a person decides all the same.
fn hint(finding: FileFinding, lang: Lang) -> &'static str {
    match finding {
        FileFinding::Unspecified => "",
        FileFinding::Absent => lang.say(
            "Le fichier de la banque couvre ce moment et ne contient pas ce paiement.",
            "The bank’s file covers this time and has no such payment.",
        ),
        FileFinding::Unclear => lang.say(
            "Le fichier de la banque contient un paiement semblable, sans dire si c’est celui-ci ou s’il a été rendu.",
            "The bank’s file has a payment like this, and does not say whether it is this one or was given back.",
        ),
    }
}

/// What a decision needs to know; of the shopper nothing.
fn detail(waits: &Intervention, zone: &str, lang: Lang) -> String {
    match waits.kind() {
        InterventionKind::Approval => {
            let born = show::day(&waits.born_until, lang);
            match lang {
                Lang::French => format!("Né(e) le {born} ou avant ({} ans).", waits.minimum_age),
                Lang::English => format!("Born on {born} or before ({} years).", waits.minimum_age),
            }
        }
        InterventionKind::UnknownCode => waits.code.clone(),
        InterventionKind::Audit => show::goods(&waits.goods),
        InterventionKind::Abandoned => show::amount(waits.amount_minor),
        InterventionKind::PaymentUnknown | InterventionKind::RefundUnknown => {
            let most = if waits.amount_untold { lang.say("au plus ", "at most ") } else { "" };
            let asked = show::moment(waits.asked_time, zone, lang);
            format!("{most}{} · {asked}", show::amount(waits.amount_minor))
        }
        InterventionKind::GiveBack
        | InterventionKind::SaleRefused
        | InterventionKind::LateAnswer
        | InterventionKind::SlipRefused => format!(
            "{} / {} · {}",
            show::amount(waits.paid_minor),
            show::amount(waits.amount_minor),
            show::moment(waits.asked_time, zone, lang)
        ),
        InterventionKind::Help | InterventionKind::Unspecified => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_screen_says_a_date_of_birth_and_asks_nobody_for_an_age() {
        let waits = Intervention {
            kind: InterventionKind::Approval.into(),
            minimum_age: 18,
            born_until: "2008-05-02".to_owned(),
            ..Intervention::default()
        };
        assert_eq!(detail(&waits, "", Lang::French), "Né(e) le 02/05/2008 ou avant (18 ans).");
        assert_eq!(detail(&waits, "", Lang::English), "Born on 02 May 2008 or before (18 years).");
    }
}
