//! The two letters before every value.

use std::fmt;

/// Two capital letters: `A*` comes from the terminal, `B*` from the till, `C*` from both, `Z*` holds further fields.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag([u8; 2]);

impl Tag {
    /// Card number, cut to its last four digits.
    pub const CARD_NUMBER: Self = Self(*b"AA");
    /// Card expiry, never kept.
    pub const CARD_EXPIRY: Self = Self(*b"AB");
    /// Authorisation number.
    pub const AUTHORISATION: Self = Self(*b"AC");
    /// Status: done, not done, taken into account.
    pub const STATUS: Self = Self(*b"AE");
    /// Complement of the status.
    pub const COMPLEMENT: Self = Self(*b"AF");
    /// Application identifier of the card.
    pub const CARD_APPLICATION: Self = Self(*b"AI");
    /// Slip in base64, inside [`Tag::TICKET`].
    pub const SLIP: Self = Self(*b"AK");
    /// The shopper's phone number as typed at the terminal, never kept.
    pub const SHOPPER_PHONE: Self = Self(*b"AM");
    /// The shopper's e-mail address as typed at the terminal, never kept.
    pub const SHOPPER_EMAIL: Self = Self(*b"AN");
    /// When the terminal answers.
    pub const DELAY: Self = Self(*b"BA");
    /// Whether less than the amount may be taken.
    pub const PARTIAL: Self = Self(*b"BF");
    /// Till number.
    pub const TILL: Self = Self(*b"CA");
    /// Amount in the smallest unit.
    pub const AMOUNT: Self = Self(*b"CB");
    /// Payment application of the terminal.
    pub const APPLICATION: Self = Self(*b"CC");
    /// Operation.
    pub const OPERATION: Self = Self(*b"CD");
    /// Currency, ISO 4217 numeric.
    pub const CURRENCY: Self = Self(*b"CE");
    /// The merchant's own reference.
    pub const REFERENCE: Self = Self(*b"CF");
    /// How the card was read.
    pub const READING: Self = Self(*b"CI");
    /// Identifier of the till's software.
    pub const IPC: Self = Self(*b"CJ");
    /// What becomes of the slip.
    pub const TICKET_HANDLING: Self = Self(*b"CK");
    /// Protocol version, always first.
    pub const VERSION: Self = Self(*b"CZ");
    /// The slip and how it is written.
    pub const TICKET: Self = Self(*b"ZT");

    /// A tag, if both letters are capitals.
    pub const fn new(letters: [u8; 2]) -> Option<Self> {
        if letters[0].is_ascii_uppercase() && letters[1].is_ascii_uppercase() {
            Some(Self(letters))
        } else {
            None
        }
    }

    /// The two letters.
    pub const fn letters(self) -> [u8; 2] {
        self.0
    }

    /// Whether the value holds further fields.
    pub const fn is_constructed(self) -> bool {
        self.0[0] == b'Z'
    }

    /// Whether the value is data that must not be kept: it identifies a card or a person.
    pub(crate) fn is_never_kept(self) -> bool {
        matches!(self, Self::CARD_EXPIRY | Self::SHOPPER_PHONE | Self::SHOPPER_EMAIL)
    }

    /// Whether the value may be shown in logs: none of these can hold data of a card or of a person.
    pub(crate) fn is_plain(self) -> bool {
        matches!(
            self,
            Self::STATUS
                | Self::DELAY
                | Self::PARTIAL
                | Self::TILL
                | Self::AMOUNT
                | Self::APPLICATION
                | Self::OPERATION
                | Self::CURRENCY
                | Self::READING
                | Self::TICKET_HANDLING
                | Self::VERSION
        )
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = self.0.map(char::from);
        write!(formatter, "{first}{second}")
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
