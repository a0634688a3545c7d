//! A payment whose answer was lost, and that a person or the bank has found to be made.

use money::Cents;
use thiserror::Error;

use crate::{Brand, PanLast4, SlipRule};

/// Where it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Proof {
    /// In the card terminal's own journal, by a person.
    CardTerminal,
    /// On the merchant's slip, by a person.
    MerchantSlip,
    /// In a file of the bank that collects the payments.
    AcquirerFile,
}

/// What is known of such a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// Where it was found.
    pub proof: Proof,
    /// The end of the card's number.
    pub pan_last4: PanLast4,
    /// The bank's authorisation, in capitals; empty for a payment that was accepted without one, or when it was not read.
    pub authorisation: String,
    /// The card's scheme; [`Brand::Other`] when it could not be read.
    pub brand: Brand,
}

/// What a person types of a slip; empty where nothing is readable.
#[derive(Debug, Clone, Copy, Default)]
pub struct Typed<'text> {
    /// The last four digits of the card.
    pub pan_last4: &'text str,
    /// The authorisation number.
    pub authorisation: &'text str,
    /// The card's scheme, by its name.
    pub brand: &'text str,
    /// The amount on the slip.
    pub amount: Option<Cents>,
}

/// Why what was typed proves no payment. No error repeats what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotProven {
    /// A whole card number, which nobody may keep.
    #[error("a whole card number: only its last four digits are ever written")]
    CardNumber {
        /// Where.
        field: &'static str,
    },
    /// Not four digits.
    #[error("the last four digits of the card are needed")]
    NotFourDigits,
    /// No authorisation looks like this.
    #[error("an authorisation has one to ten letters and digits")]
    NotAnAuthorisation,
    /// No scheme has this name.
    #[error("no card scheme has this name")]
    UnknownBrand,
    /// The slip's amount is needed as a check.
    #[error("the amount on the slip is needed")]
    AmountMissing,
    /// It is the slip of another payment.
    #[error("the amount on the slip is not the one that was asked")]
    OtherAmount,
}

impl Proof {
    /// Every proof.
    pub const ALL: [Self; 3] = [Self::CardTerminal, Self::MerchantSlip, Self::AcquirerFile];

    /// A stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CardTerminal => "card_terminal",
            Self::MerchantSlip => "merchant_slip",
            Self::AcquirerFile => "acquirer_file",
        }
    }

    /// From its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|proof| proof.as_str() == word)
    }

    const fn french(self) -> &'static str {
        match self {
            Self::CardTerminal => "RÉGLÉ D’APRÈS LE JOURNAL DU TERMINAL",
            Self::MerchantSlip => "RÉGLÉ D’APRÈS LE TICKET COMMERÇANT",
            Self::AcquirerFile => "RÉGLÉ D’APRÈS LE FICHIER DE LA BANQUE",
        }
    }
}

impl Proven {
    /// Takes what a person has typed about a payment of `asked`. Whoever types more than the end of the card's number holds a slip,
    /// and then the amount on it has to be the one that was asked.
    pub fn typed(typed: Typed<'_>, asked: Cents) -> Result<Self, NotProven> {
        let holds_slip = !typed.authorisation.is_empty() || !typed.brand.is_empty() || typed.amount.is_some();
        let proof = if holds_slip { Proof::MerchantSlip } else { Proof::CardTerminal };
        let proven = Self::read(proof, typed)?;
        match typed.amount {
            None if holds_slip => Err(NotProven::AmountMissing),
            Some(amount) if amount != asked => Err(NotProven::OtherAmount),
            _ => Ok(proven),
        }
    }

    /// Takes what a person has typed about a payment of which only `most` is known: it may have been a part. What was taken is always
    /// needed then, wherever it is read.
    pub fn typed_up_to(typed: Typed<'_>, most: Cents) -> Result<(Self, Cents), NotProven> {
        let holds_slip = !typed.authorisation.is_empty() || !typed.brand.is_empty();
        let proof = if holds_slip { Proof::MerchantSlip } else { Proof::CardTerminal };
        let proven = Self::read(proof, typed)?;
        match typed.amount {
            None => Err(NotProven::AmountMissing),
            Some(amount) if amount <= Cents::ZERO || amount > most => Err(NotProven::OtherAmount),
            Some(amount) => Ok((proven, amount)),
        }
    }

    /// Takes what was found elsewhere, whose amount was compared there.
    pub fn read(proof: Proof, found: Typed<'_>) -> Result<Self, NotProven> {
        let Typed { pan_last4, authorisation, brand, .. } = found;
        let rule = SlipRule::default();
        for (field, text) in [("pan_last4", pan_last4), ("authorisation", authorisation), ("brand", brand)] {
            rule.check(text).map_err(|_| NotProven::CardNumber { field })?;
        }
        let pan_last4 = (pan_last4.len() == 4).then(|| PanLast4::read(pan_last4.as_bytes())).flatten();
        let fits =
            authorisation.len() <= 10 && authorisation.bytes().all(|byte| byte.is_ascii_alphanumeric());
        Ok(Self {
            proof,
            pan_last4: pan_last4.ok_or(NotProven::NotFourDigits)?,
            authorisation: fits
                .then(|| authorisation.to_ascii_uppercase())
                .ok_or(NotProven::NotAnAuthorisation)?,
            brand: Brand::named(brand).ok_or(NotProven::UnknownBrand)?,
        })
    }

    /// The shop's own slip of the payment, for the card terminal's was lost with its answer.
    pub fn slip(&self, shop: &[String], moment: &str, amount: Cents) -> String {
        let amount = amount.plain().replace('.', ",");
        let mut lines = vec!["CARTE BANCAIRE".to_owned()];
        if self.brand != Brand::Other {
            lines.push(self.brand.name().to_owned());
        }
        lines.push(moment.to_owned());
        lines.extend(shop.iter().cloned());
        lines.push(format!("############{}", self.pan_last4));
        if !self.authorisation.is_empty() {
            lines.push(format!("NUM AUTO : {}", self.authorisation));
        }
        lines.push(format!("MONTANT : {amount} EUR"));
        let words =
            ["DEBIT", self.proof.french(), "TICKET ÉTABLI PAR LE MAGASIN", "TICKET CLIENT", "A CONSERVER"];
        lines.extend(words.map(str::to_owned));
        lines.retain(|line| !line.trim().is_empty());
        lines.join("\n")
    }
}

impl NotProven {
    /// What was typed wrong.
    pub const fn field(self) -> &'static str {
        match self {
            Self::CardNumber { field } => field,
            Self::NotFourDigits => "pan_last4",
            Self::NotAnAuthorisation => "authorisation",
            Self::UnknownBrand => "brand",
            Self::AmountMissing | Self::OtherAmount => "amount_minor",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ASKED: Cents = Cents::new(12_345);
    const SLIP: Typed<'_> =
        Typed { pan_last4: "0674", authorisation: "a00395", brand: "mastercard", amount: Some(ASKED) };

    #[test]
    fn a_merchants_slip_proves_the_payment_whose_amount_it_shows() {
        let proven = Proven::typed(SLIP, ASKED).unwrap();
        assert_eq!((proven.proof, proven.pan_last4.as_str()), (Proof::MerchantSlip, "0674"));
        assert_eq!((proven.authorisation.as_str(), proven.brand), ("A00395", Brand::Mastercard));
        // Small amounts are accepted without an authorisation, and a faint slip does not show the scheme.
        let faint = Proven::typed(Typed { authorisation: "", brand: "", ..SLIP }, ASKED).unwrap();
        assert_eq!((faint.proof, faint.brand), (Proof::MerchantSlip, Brand::Other));
        let seen = Proven::typed(Typed { pan_last4: "0674", ..Typed::default() }, ASKED).unwrap();
        assert_eq!(seen.proof, Proof::CardTerminal);
        for (typed, refused) in [
            (Typed { amount: None, ..SLIP }, NotProven::AmountMissing),
            (Typed { amount: Some(Cents::new(12_344)), ..SLIP }, NotProven::OtherAmount),
            (Typed { pan_last4: "674", ..SLIP }, NotProven::NotFourDigits),
            (Typed { pan_last4: "", ..SLIP }, NotProven::NotFourDigits),
            (Typed { authorisation: "12345678901", ..SLIP }, NotProven::NotAnAuthorisation),
            (Typed { authorisation: "A 395", ..SLIP }, NotProven::NotAnAuthorisation),
            (Typed { brand: "Nobody", ..SLIP }, NotProven::UnknownBrand),
        ] {
            assert_eq!(Proven::typed(typed, ASKED), Err(refused));
        }
    }

    #[test]
    fn a_payment_of_which_only_the_most_is_known_is_proven_with_what_was_taken() {
        let seen = Typed { authorisation: "", brand: "", ..SLIP };
        for (typed, proof) in [(SLIP, Proof::MerchantSlip), (seen, Proof::CardTerminal)] {
            for taken in [1, 12_345] {
                let typed = Typed { amount: Some(Cents::new(taken)), ..typed };
                let (proven, amount) = Proven::typed_up_to(typed, ASKED).unwrap();
                assert_eq!((proven.proof, amount), (proof, Cents::new(taken)));
            }
            for (amount, refused) in [
                (None, NotProven::AmountMissing),
                (Some(Cents::ZERO), NotProven::OtherAmount),
                (Some(Cents::new(12_346)), NotProven::OtherAmount),
            ] {
                assert_eq!(Proven::typed_up_to(Typed { amount, ..typed }, ASKED), Err(refused));
            }
        }
    }

    #[test]
    fn a_whole_card_number_is_refused_wherever_it_is_typed_and_not_repeated() {
        let number = "4970101234567893";
        for (typed, field) in [
            (Typed { pan_last4: number, ..SLIP }, "pan_last4"),
            (Typed { authorisation: number, ..SLIP }, "authorisation"),
            (Typed { brand: "4970 1012 3456 7893", ..SLIP }, "brand"),
        ] {
            let refused = Proven::typed(typed, ASKED).unwrap_err();
            assert_eq!((refused, refused.field()), (NotProven::CardNumber { field }, field));
            assert!(!format!("{refused} {refused:?}").contains("4970"));
        }
    }

    #[test]
    fn the_slip_says_by_what_the_payment_was_settled() {
        let shop = ["Le Cabas".to_owned(), String::new()];
        let slip = Proven::typed(SLIP, ASKED).unwrap().slip(&shop, "Le 02/05/2026 à 10:05:09", ASKED);
        assert_eq!(
            slip,
            "CARTE BANCAIRE\nMastercard\nLe 02/05/2026 à 10:05:09\nLe Cabas\n############0674\nNUM AUTO : A00395\nMONTANT : 123,45 EUR\n\
             DEBIT\nRÉGLÉ D’APRÈS LE TICKET COMMERÇANT\nTICKET ÉTABLI PAR LE MAGASIN\nTICKET CLIENT\nA CONSERVER"
        );
        assert_eq!(SlipRule::default().check(&slip), Ok(()));
        assert!(Proof::ALL.into_iter().all(|proof| Proof::parse(proof.as_str()) == Some(proof)));
    }

    proptest! {
        #[test]
        fn whatever_is_typed_nothing_longer_than_an_authorisation_is_kept(
            pan_last4 in "[0-9 ]{0,20}", authorisation in "[0-9A-Za-z ]{0,20}", brand in "[A-Za-z0-9 ]{0,20}",
        ) {
            let typed = Typed { pan_last4: &pan_last4, authorisation: &authorisation, brand: &brand, amount: Some(ASKED) };
            if let Ok(proven) = Proven::typed(typed, ASKED) {
                prop_assert!(proven.authorisation.len() <= 10);
                prop_assert!(SlipRule::default().check(&proven.slip(&[], "", ASKED)).is_ok());
            }
        }
    }
}
