//! Technical events of a till, and the table of their codes.

use serde::{Deserialize, Serialize};

use crate::record::{Inconsistent, require};

/// Something technical that happened to a till.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Its number in [`CODES`].
    pub code: u16,
    /// What is to be known beside the code; no person.
    pub detail: String,
}

/// What a code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The number that is sealed.
    pub number: u16,
    /// A word for it.
    pub name: &'static str,
    /// What it means, for the reader of an archive.
    pub french: &'static str,
    /// Whether the number was read in a public text that names the list of the certifying body; else it is to be checked.
    pub is_verified: bool,
}

const fn code(number: u16, name: &'static str, french: &'static str) -> Code {
    Code { number, name, french, is_verified: true }
}

const fn unverified(number: u16, name: &'static str, french: &'static str) -> Code {
    Code { number, name, french, is_verified: false }
}

/// An archive within a fiscal year.
pub const ARCHIVE: Code = code(20, "archive", "Archive fiscale intermédiaire");
/// An archive of a whole fiscal year.
pub const YEAR_ARCHIVE: Code = code(30, "year_archive", "Archive fiscale d’un exercice");
/// The end of work.
pub const STOP: Code = code(40, "stop", "Arrêt du terminal");
/// The end of a day, a month or a year.
pub const PERIOD_CLOSING: Code = code(50, "period_closing", "Clôture de période");
/// Selling without what is usually there.
pub const DEGRADED_ON: Code = code(70, "degraded_on", "Début du mode dégradé");
/// The beginning of work.
pub const START: Code = unverified(80, "start", "Démarrage du terminal");
/// Somebody touched what is sealed.
pub const INTEGRITY_FLAW: Code = code(90, "integrity_flaw", "Défaut d’intégrité constaté");
/// Selling as usual again.
pub const DEGRADED_OFF: Code = code(120, "degraded_off", "Fin du mode dégradé");
/// A till more.
pub const TERMINAL_ADDED: Code = code(126, "terminal_added", "Ajout d’une caisse");
/// A till less.
pub const TERMINAL_REMOVED: Code = code(127, "terminal_removed", "Retrait d’une caisse");
/// Another version of the product.
pub const VERSION_CHANGE: Code = unverified(250, "version_change", "Changement de version");

/// All codes that this version seals.
pub const CODES: [Code; 11] = [
    ARCHIVE,
    YEAR_ARCHIVE,
    STOP,
    PERIOD_CLOSING,
    DEGRADED_ON,
    START,
    INTEGRITY_FLAW,
    DEGRADED_OFF,
    TERMINAL_ADDED,
    TERMINAL_REMOVED,
    VERSION_CHANGE,
];

/// The most characters of what an event says.
const LONGEST_DETAIL: usize = 200;

impl Event {
    /// An event; what it says is cut to what may be sealed.
    pub fn of(code: Code, detail: &str) -> Self {
        let letters = detail.chars().filter(|letter| !letter.is_control());
        Self { code: code.number, detail: letters.take(LONGEST_DETAIL).collect() }
    }

    /// A later version may seal more codes than this one knows: its events are still read.
    pub(crate) fn check(&self) -> Result<(), Inconsistent> {
        let is_short = self.detail.chars().count() <= LONGEST_DETAIL;
        let is_plain = !self.detail.chars().any(char::is_control);
        require((1..=999).contains(&self.code) && is_short && is_plain, Inconsistent::Event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_given_once_and_in_order() {
        assert!(CODES.windows(2).all(|pair| pair[0].number < pair[1].number));
        assert!(CODES.iter().all(|code| Event::of(*code, "").check().is_ok()));
    }

    #[test]
    fn whatever_an_event_is_to_say_can_be_sealed() {
        let event = Event::of(START, &"é\n".repeat(300));
        assert_eq!(event.check(), Ok(()));
        assert_eq!(event.detail, "é".repeat(200));
        assert_eq!(Event { code: 0, ..event.clone() }.check(), Err(Inconsistent::Event));
        assert_eq!(Event { detail: "\u{7}".to_owned(), ..event }.check(), Err(Inconsistent::Event));
    }
}
