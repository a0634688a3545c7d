//! What a finding means for who stands at the till.

use proto::checkout::v1::TillFinding;

use crate::paper::PrinterFailure;

/// Whether nobody can be served with it: what cannot be paid is not scanned, and what cannot be written down is not asked.
pub(super) const fn closes(finding: TillFinding) -> bool {
    matches!(finding, TillFinding::CardTerminalSilent | TillFinding::DiskFull)
}

/// Whether it takes the paper away.
pub(super) const fn is_of_the_printer(finding: TillFinding) -> bool {
    matches!(
        finding,
        TillFinding::PrinterSilent
            | TillFinding::PrinterPaperEnd
            | TillFinding::PrinterCoverOpen
            | TillFinding::PrinterFault
    )
}

/// What a printer says of itself.
pub(crate) const fn of_printer(failure: PrinterFailure) -> TillFinding {
    match failure {
        PrinterFailure::Silent => TillFinding::PrinterSilent,
        PrinterFailure::PaperEnd => TillFinding::PrinterPaperEnd,
        PrinterFailure::CoverOpen => TillFinding::PrinterCoverOpen,
        PrinterFailure::Fault => TillFinding::PrinterFault,
    }
}
