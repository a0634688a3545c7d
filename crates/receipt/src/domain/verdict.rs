//! What follows from the mail server's answer. A mail is sent again only when it was surely not delivered.

/// How far a conversation with the mail server had come when it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Connecting, greeting, encrypting, signing in.
    Hello,
    /// `MAIL FROM`.
    Sender,
    /// `RCPT TO`.
    Recipient,
    /// `DATA`, before the first byte of the mail.
    Data,
    /// From the first byte of the mail to the reply to its last dot.
    Content,
}

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Delivered to the mail server.
    Sent,
    /// Surely not delivered, and worth another attempt.
    Again,
    /// Refused for good.
    Failed,
    /// Nobody knows: to be settled by a person.
    Unknown,
}

impl Phase {
    /// The phase in the words of the protocol, for people who look at an outcome.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Hello => "connection",
            Self::Sender => "MAIL",
            Self::Recipient => "RCPT",
            Self::Data => "DATA",
            Self::Content => "content",
        }
    }
}

/// What became of a mail whose conversation ended in `phase` with the reply `code`, or with none.
///
/// Before the content nothing was delivered. A refusal of the sender or of the connection is about us and not about this mail, so that
/// it is worth another attempt once somebody has looked; a refusal of the recipient or of the mail is final. After the content only 250
/// is success. 421 is said by a server that hangs up, and by a relay that has lost the server behind it, which may have the mail.
#[must_use]
pub fn verdict(phase: Phase, code: Option<u16>) -> Verdict {
    match (phase, code) {
        (Phase::Content, Some(250)) => Verdict::Sent,
        (Phase::Content, Some(421)) => Verdict::Unknown,
        (Phase::Content, Some(400..=499)) => Verdict::Again,
        (Phase::Recipient | Phase::Data | Phase::Content, Some(500..=599)) => Verdict::Failed,
        (Phase::Content, _) => Verdict::Unknown,
        (Phase::Hello | Phase::Sender | Phase::Recipient | Phase::Data, _) => Verdict::Again,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_250_after_the_content_is_success() {
        for code in [Some(200), Some(251), Some(354), Some(99), None] {
            assert_eq!(verdict(Phase::Content, code), Verdict::Unknown, "{code:?}");
        }
        assert_eq!(verdict(Phase::Content, Some(250)), Verdict::Sent);
    }

    #[test]
    fn before_the_content_nothing_is_sent_and_nothing_is_unknown() {
        for phase in [Phase::Hello, Phase::Sender, Phase::Recipient, Phase::Data] {
            for code in (0..700).map(Some).chain([None]) {
                assert!(
                    matches!(verdict(phase, code), Verdict::Again | Verdict::Failed),
                    "{phase:?} {code:?}"
                );
            }
        }
    }

    #[test]
    fn refusals_of_recipient_and_mail_are_final_and_those_of_the_sender_are_not() {
        for (phase, code, expected) in [
            (Phase::Hello, 554, Verdict::Again),
            (Phase::Sender, 550, Verdict::Again),
            (Phase::Recipient, 450, Verdict::Again),
            (Phase::Recipient, 550, Verdict::Failed),
            (Phase::Data, 451, Verdict::Again),
            (Phase::Data, 554, Verdict::Failed),
            (Phase::Content, 451, Verdict::Again),
            (Phase::Content, 554, Verdict::Failed),
            (Phase::Content, 421, Verdict::Unknown),
        ] {
            assert_eq!(verdict(phase, Some(code)), expected, "{phase:?} {code}");
        }
    }
}
