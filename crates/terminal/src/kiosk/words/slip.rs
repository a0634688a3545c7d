//! What is said of the slip of a payment that was not made, where it was wanted on paper: no desk has it, and the screen shows it.

use crate::paper::PrinterFailure;

pub(super) const fn french(failure: PrinterFailure) -> &'static str {
    match failure {
        PrinterFailure::PaperEnd => {
            "L’imprimante n’a plus de papier. Votre ticket de carte n’est pas imprimé : lisez-le à l’écran."
        }
        PrinterFailure::CoverOpen => {
            "Le capot de l’imprimante est ouvert. Votre ticket de carte n’est pas imprimé : lisez-le à l’écran."
        }
        PrinterFailure::Silent | PrinterFailure::Fault => {
            "L’imprimante ne répond pas. Votre ticket de carte n’est pas imprimé : lisez-le à l’écran."
        }
    }
}

pub(super) const fn english(failure: PrinterFailure) -> &'static str {
    match failure {
        PrinterFailure::PaperEnd => {
            "The printer is out of paper. Your card slip is not printed: read it on the screen."
        }
        PrinterFailure::CoverOpen => {
            "The cover of the printer is open. Your card slip is not printed: read it on the screen."
        }
        PrinterFailure::Silent | PrinterFailure::Fault => {
            "The printer does not answer. Your card slip is not printed: read it on the screen."
        }
    }
}
