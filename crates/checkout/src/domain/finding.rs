//! What is wrong with a till, in words for a table.

/// Something that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TillFinding {
    /// The card terminal does not answer.
    CardTerminalSilent,
    /// The card terminal says that it is not ready.
    CardTerminalNotReady,
    /// The printer does not answer.
    PrinterSilent,
    /// There is no paper in the printer.
    PrinterPaperEnd,
    /// The printer's cover is open.
    PrinterCoverOpen,
    /// Something else is wrong with the printer.
    PrinterFault,
    /// The scale does not answer.
    ScaleSilent,
    /// The till's clock and checkout's differ.
    ClockWrong,
    /// The disk has hardly any room left.
    DiskFull,
    /// The till's certificate ends soon.
    CertificateEnds,
    /// A ticket was wanted on paper and was not printed.
    TicketUnprinted,
    /// Another machine asks to be this till. The till itself never says so.
    ClaimedTwice,
}

impl TillFinding {
    /// Every finding.
    pub const ALL: [Self; 12] = [
        Self::CardTerminalSilent,
        Self::CardTerminalNotReady,
        Self::PrinterSilent,
        Self::PrinterPaperEnd,
        Self::PrinterCoverOpen,
        Self::PrinterFault,
        Self::ScaleSilent,
        Self::ClockWrong,
        Self::DiskFull,
        Self::CertificateEnds,
        Self::TicketUnprinted,
        Self::ClaimedTwice,
    ];

    /// The word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CardTerminalSilent => "card_terminal_silent",
            Self::CardTerminalNotReady => "card_terminal_not_ready",
            Self::PrinterSilent => "printer_silent",
            Self::PrinterPaperEnd => "printer_paper_end",
            Self::PrinterCoverOpen => "printer_cover_open",
            Self::PrinterFault => "printer_fault",
            Self::ScaleSilent => "scale_silent",
            Self::ClockWrong => "clock_wrong",
            Self::DiskFull => "disk_full",
            Self::CertificateEnds => "certificate_ends",
            Self::TicketUnprinted => "ticket_unprinted",
            Self::ClaimedTwice => "claimed_twice",
        }
    }

    /// From its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|finding| finding.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_is_read_back_from_its_word() {
        for finding in TillFinding::ALL {
            assert_eq!(TillFinding::parse(finding.as_str()), Some(finding));
        }
        assert_eq!(TillFinding::parse("moved"), None);
    }
}
