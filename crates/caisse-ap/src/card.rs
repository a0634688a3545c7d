//! The little that is known, and kept, of a card.

use std::fmt;

/// The application a card was used with.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Aid(String);

/// The last four digits of a card number.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PanLast4([u8; 4]);

/// A card scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Brand {
    /// Groupement des cartes bancaires.
    Cb,
    /// Visa, Visa Electron and V Pay.
    Visa,
    /// Mastercard.
    Mastercard,
    /// Maestro.
    Maestro,
    /// American Express.
    AmericanExpress,
    /// Diners Club and Discover.
    Diners,
    /// JCB.
    Jcb,
    /// UnionPay.
    UnionPay,
    /// Meal vouchers of Conecs.
    Conecs,
    /// Any other, or not told.
    Other,
}

impl Aid {
    /// Ten to thirty-two hexadecimal digits: the provider, then the product. The first one is a letter, as in every registered
    /// provider: without that, a card number in the wrong field would pass for an application.
    pub(crate) fn read(value: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(value).ok()?.trim_end();
        let readable = (10..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let registered = text.starts_with(|first: char| first.is_ascii_alphabetic());
        (readable && registered).then(|| Self(text.to_ascii_uppercase()))
    }

    /// The hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The scheme of the application.
    pub fn brand(&self) -> Brand {
        const SCHEMES: [(&str, Brand); 9] = [
            ("A000000042", Brand::Cb),
            ("A000000003", Brand::Visa),
            ("A0000000043060", Brand::Maestro),
            ("A000000004", Brand::Mastercard),
            ("A000000025", Brand::AmericanExpress),
            ("A000000152", Brand::Diners),
            ("A000000065", Brand::Jcb),
            ("A000000333", Brand::UnionPay),
            ("A0000000050001", Brand::Maestro),
        ];
        SCHEMES
            .iter()
            .find(|(prefix, _)| self.0.starts_with(prefix))
            .map_or(Brand::Other, |(_, brand)| *brand)
    }
}

impl Brand {
    /// Every scheme.
    pub const ALL: [Self; 10] = [
        Self::Cb,
        Self::Visa,
        Self::Mastercard,
        Self::Maestro,
        Self::AmericanExpress,
        Self::Diners,
        Self::Jcb,
        Self::UnionPay,
        Self::Conecs,
        Self::Other,
    ];

    /// The scheme of this name, in capitals or not; nothing named is [`Self::Other`].
    pub fn named(name: &str) -> Option<Self> {
        if name.is_empty() {
            return Some(Self::Other);
        }
        Self::ALL.into_iter().find(|brand| brand.name().eq_ignore_ascii_case(name))
    }

    /// The name shoppers know.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cb => "CB",
            Self::Visa => "Visa",
            Self::Mastercard => "Mastercard",
            Self::Maestro => "Maestro",
            Self::AmericanExpress => "American Express",
            Self::Diners => "Diners Club",
            Self::Jcb => "JCB",
            Self::UnionPay => "UnionPay",
            Self::Conecs => "Conecs",
            Self::Other => "Carte",
        }
    }

    /// The scheme of a payment: by the card's application, or else by the terminal's.
    pub(crate) fn of(aid: Option<&Aid>, application: Option<&[u8]>) -> Self {
        let by_card = aid.map_or(Self::Other, Aid::brand);
        if by_card != Self::Other {
            return by_card;
        }
        match application {
            Some(b"002" | b"00D") => Self::AmericanExpress,
            Some(b"006") => Self::Diners,
            Some(b"009") => Self::Jcb,
            Some(b"00U") => Self::UnionPay,
            Some(b"00E" | b"10E") => Self::Conecs,
            _ => Self::Other,
        }
    }
}

impl PanLast4 {
    /// Takes the four digits at the end of a card number, if there are four.
    pub(crate) fn read(number: &[u8]) -> Option<Self> {
        let last = number.last_chunk::<4>()?;
        last.iter().all(u8::is_ascii_digit).then_some(Self(*last))
    }

    /// The four digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only ASCII digits are ever stored")
    }
}

impl fmt::Display for PanLast4 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl fmt::Debug for PanLast4 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "****{}", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_brand_follows_from_the_application_of_the_card() {
        for (aid, brand) in [
            ("A0000000421010", Brand::Cb),
            ("A0000000031010", Brand::Visa),
            ("A0000000041010", Brand::Mastercard),
            ("a0000000043060", Brand::Maestro),
            ("A000000025010402", Brand::AmericanExpress),
            ("A0000009990000", Brand::Other),
        ] {
            assert_eq!(Aid::read(aid.as_bytes()).unwrap().brand(), brand, "{aid}");
        }
        for value in ["4970123456780674", "not hex at all", "A00000", ""] {
            assert_eq!(Aid::read(value.as_bytes()), None, "{value}");
        }
    }

    #[test]
    fn the_terminals_application_tells_the_brand_when_the_card_does_not() {
        assert_eq!(Brand::of(None, Some(b"10E")), Brand::Conecs);
        assert_eq!(Brand::of(Aid::read(b"A0000000421010").as_ref(), Some(b"002")), Brand::Cb);
        assert_eq!(Brand::of(None, None), Brand::Other);
    }
}
