//! What is wrong with a till, in words for whoever goes there.

use proto::checkout::v1::{TillFinding, TillState};

use crate::text::Lang;

/// Everything that is wrong with it.
pub(super) fn all(till: &TillState, lang: Lang) -> Vec<String> {
    till.findings().map(|finding| words(finding, till.unprinted_sequence, lang)).collect()
}

fn words(finding: TillFinding, unprinted: i64, lang: Lang) -> String {
    if finding == TillFinding::TicketUnprinted {
        return match lang {
            Lang::French => format!("Le ticket {unprinted}, demandé sur papier, n’a pas été imprimé."),
            Lang::English => format!("Ticket {unprinted}, wanted on paper, was not printed."),
        };
    }
    let (french, english) = both(finding);
    lang.say(french, english).to_owned()
}

fn both(finding: TillFinding) -> (&'static str, &'static str) {
    match finding {
        TillFinding::CardTerminalSilent => (
            "Fermée : le terminal de carte ne répond pas. Vérifiez qu’il est allumé et relié.",
            "Closed: the card terminal does not answer. See that it is switched on and connected.",
        ),
        TillFinding::CardTerminalNotReady => (
            "Le terminal de carte n’est pas prêt : regardez son écran.",
            "The card terminal is not ready: look at its screen.",
        ),
        TillFinding::PrinterSilent => (
            "L’imprimante ne répond pas : pas de ticket sur papier. Vérifiez qu’elle est allumée et reliée.",
            "The printer does not answer: no tickets on paper. See that it is switched on and connected.",
        ),
        TillFinding::PrinterPaperEnd => (
            "L’imprimante n’a plus de papier : changez le rouleau.",
            "The printer is out of paper: change the roll.",
        ),
        TillFinding::PrinterCoverOpen => (
            "Le capot de l’imprimante est ouvert : fermez-le.",
            "The cover of the printer is open: close it.",
        ),
        TillFinding::PrinterFault => (
            "L’imprimante est en panne : éteignez-la, puis rallumez-la.",
            "The printer is out of order: switch it off and on again.",
        ),
        TillFinding::ScaleSilent => (
            "La balance ne répond pas : vérifiez qu’elle est allumée et reliée.",
            "The scale does not answer: see that it is switched on and connected.",
        ),
        TillFinding::ClockWrong => (
            "L’heure de la caisse n’est pas celle du magasin : appelez le bureau.",
            "The time of the till is not that of the shop: call the office.",
        ),
        TillFinding::DiskFull => (
            "Fermée : le disque de la caisse est plein. Appelez le bureau.",
            "Closed: the disk of the till is full. Call the office.",
        ),
        TillFinding::CertificateEnds => (
            "Le certificat de la caisse finit dans moins de deux semaines : appelez le bureau.",
            "The certificate of the till ends in less than two weeks: call the office.",
        ),
        TillFinding::ClaimedTwice => (
            "Une autre machine veut être cette caisse. Éteignez celle des deux qui ne doit pas vendre, puis \
             appelez le bureau.",
            "Another machine wants to be this till. Switch off the one of the two that must not sell, then \
             call the office.",
        ),
        TillFinding::TicketUnprinted | TillFinding::Unspecified => {
            ("Quelque chose ne va pas : appelez le bureau.", "Something is wrong: call the office.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_has_words_of_its_own_and_an_unprinted_ticket_its_number() {
        let mut said = std::collections::BTreeSet::new();
        for number in 1..=i32::from(TillFinding::ClaimedTwice) {
            let finding = TillFinding::try_from(number).unwrap();
            for lang in [Lang::French, Lang::English] {
                assert!(said.insert(words(finding, 41, lang)), "{finding:?}");
            }
        }
        assert!(said.contains("Le ticket 41, demandé sur papier, n’a pas été imprimé."));
    }
}
