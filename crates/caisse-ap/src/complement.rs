//! Why a terminal did not do what it was asked.

/// The complement of a status: the first two digits of its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Complement {
    /// No reason known, or one this version does not know.
    Unknown,
    /// Authorised by the bank.
    Authorised,
    /// The bank wants a telephone call.
    PhoneCall,
    /// Accepted without an authorisation.
    Forced,
    /// Refused by the bank or by the card.
    Refused,
    /// This card may not be used.
    Forbidden,
    /// The cardholder gave up.
    AbandonedByCardholder,
    /// Begun and not brought to an end.
    NotCompleted,
    /// Nobody presented a card or typed a code in time.
    InputTimeOut,
    /// The terminal did not understand the request.
    FormatError,
    /// The application of the card could not be chosen.
    SelectionError,
    /// Staff gave up at the terminal.
    AbandonedByOperator,
    /// The terminal does not know the operation.
    UnknownOperation,
    /// The terminal does not take this currency.
    UnsupportedCurrency,
}

impl Complement {
    /// Every complement, in the order of the codes.
    pub const ALL: [Self; 14] = [
        Self::Unknown,
        Self::Authorised,
        Self::PhoneCall,
        Self::Forced,
        Self::Refused,
        Self::Forbidden,
        Self::AbandonedByCardholder,
        Self::NotCompleted,
        Self::InputTimeOut,
        Self::FormatError,
        Self::SelectionError,
        Self::AbandonedByOperator,
        Self::UnknownOperation,
        Self::UnsupportedCurrency,
    ];

    /// Reads the field; only its first two digits matter, what follows is between the bank and the terminal.
    pub(crate) fn read(value: Option<&[u8]>) -> Self {
        match value {
            Some([tens @ b'0'..=b'9', units @ b'0'..=b'9', ..]) => {
                let code = usize::from(tens - b'0') * 10 + usize::from(units - b'0');
                Self::ALL.get(code).copied().unwrap_or(Self::Unknown)
            }
            _ => Self::Unknown,
        }
    }

    /// The two digits.
    pub fn code(self) -> String {
        format!("{:02}", self as usize)
    }

    /// Whether it speaks of a transaction that was accepted.
    pub(crate) fn speaks_of_acceptance(self) -> bool {
        matches!(self, Self::Authorised | Self::Forced)
    }

    /// Whether it speaks of a transaction that did not happen.
    pub(crate) fn speaks_of_failure(self) -> bool {
        !matches!(self, Self::Unknown | Self::Authorised | Self::PhoneCall | Self::Forced)
    }

    /// One sentence for the shopper.
    pub fn french(self) -> &'static str {
        match self {
            Self::Unknown => "Le terminal de paiement n’a pas donné de raison.",
            Self::Authorised => "Le paiement est autorisé.",
            Self::PhoneCall => "La banque demande un appel téléphonique.",
            Self::Forced => "Le paiement est accepté sans autorisation.",
            Self::Refused => "Le paiement est refusé.",
            Self::Forbidden => "Cette carte ne peut pas être utilisée.",
            Self::AbandonedByCardholder => "Le paiement a été abandonné.",
            Self::NotCompleted => "Le paiement n’est pas allé à son terme.",
            Self::InputTimeOut => "Le délai pour présenter la carte est dépassé.",
            Self::FormatError => "Le terminal de paiement n’a pas compris la demande.",
            Self::SelectionError => "La carte n’a pas pu être lue comme demandé.",
            Self::AbandonedByOperator => "Le paiement a été abandonné par le personnel.",
            Self::UnknownOperation => "Le terminal de paiement ne connaît pas cette opération.",
            Self::UnsupportedCurrency => "Le terminal de paiement n’accepte pas cette devise.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_read_back_and_has_its_own_sentence() {
        let mut sentences = std::collections::BTreeSet::new();
        for complement in Complement::ALL {
            assert_eq!(Complement::read(Some(complement.code().as_bytes())), complement);
            assert!(sentences.insert(complement.french()));
        }
    }

    #[test]
    fn an_extended_complement_is_known_by_its_first_two_digits() {
        assert_eq!(Complement::read(Some(b"04148HOLDER INVALID        ")), Complement::Refused);
        assert_eq!(Complement::read(Some(b"99")), Complement::Unknown);
        assert_eq!(Complement::read(Some(b"x")), Complement::Unknown);
        assert_eq!(Complement::read(None), Complement::Unknown);
    }
}
