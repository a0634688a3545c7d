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

    /// The complement of two digits, as [`Complement::code`] gives them.
    pub fn of_code(code: &str) -> Option<Self> {
        let place: usize = code.parse().ok().filter(|_| code.len() == 2)?;
        Self::ALL.get(place).copied()
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

    /// The same sentence in English.
    pub fn english(self) -> &'static str {
        match self {
            Self::Unknown => "The card terminal gave no reason.",
            Self::Authorised => "The payment is authorised.",
            Self::PhoneCall => "The bank asks for a telephone call.",
            Self::Forced => "The payment is accepted without an authorisation.",
            Self::Refused => "The payment is refused.",
            Self::Forbidden => "This card cannot be used.",
            Self::AbandonedByCardholder => "The payment was given up.",
            Self::NotCompleted => "The payment did not come to an end.",
            Self::InputTimeOut => "The time to present the card is over.",
            Self::FormatError => "The card terminal did not understand the request.",
            Self::SelectionError => "The card could not be read as asked.",
            Self::AbandonedByOperator => "The payment was given up by the staff.",
            Self::UnknownOperation => "The card terminal does not know this operation.",
            Self::UnsupportedCurrency => "The card terminal does not take this currency.",
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
            assert_eq!(Complement::of_code(&complement.code()), Some(complement));
            assert!(sentences.insert(complement.french()) && sentences.insert(complement.english()));
        }
    }

    #[test]
    fn an_extended_complement_is_known_by_its_first_two_digits() {
        assert_eq!(Complement::read(Some(b"04148HOLDER INVALID        ")), Complement::Refused);
        assert_eq!(Complement::read(Some(b"99")), Complement::Unknown);
        assert_eq!((Complement::of_code("99"), Complement::of_code("")), (None, None));
        assert_eq!(Complement::read(Some(b"x")), Complement::Unknown);
        assert_eq!(Complement::read(None), Complement::Unknown);
    }
}
