//! The slip a terminal returns instead of printing it.

mod html;
mod proven;
mod rule;
mod unpaid;

use std::fmt;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use thiserror::Error;

use crate::{Frame, Tag};

pub use proven::{NotProven, Proof, Proven, Typed};
pub use rule::{CardNumberInSlip, SlipRule};
pub use unpaid::Unpaid;

/// Terminals pad or not, and end with a line feed or not: neither is a reason to lose a slip.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The slip as lines of plain text, free of control characters and of whole card numbers.
#[derive(Clone, PartialEq, Eq)]
pub struct Slip(String);

/// Why there is a slip that cannot be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SlipError {
    /// The fields around the slip, or its base64, cannot be read.
    #[error("the slip cannot be read")]
    Malformed,
    /// A whole card number stands in the slip: it must not be mailed, stored or shown.
    #[error(transparent)]
    CardNumber(#[from] CardNumberInSlip),
}

impl Slip {
    /// The lines of the slip.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The slip of an answer, whatever became of the payment; `None` when there is none or it is blank.
    pub(crate) fn read(answer: &Frame, rule: &SlipRule) -> Result<Option<Self>, SlipError> {
        let Some(ticket) = answer.get(Tag::TICKET) else { return Ok(None) };
        let ticket = Frame::parse(ticket).map_err(|_| SlipError::Malformed)?;
        let Some(encoded) = ticket.get(Tag::SLIP) else { return Ok(None) };
        let encoded: Vec<u8> = encoded.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let bytes = BASE64.decode(encoded).map_err(|_| SlipError::Malformed)?;
        let raw = match ticket.get(Tag::TICKET_HANDLING) {
            Some([_, _, b'1']) => String::from_utf8(bytes).unwrap_or_else(|error| latin_1(error.as_bytes())),
            Some([_, _, b'0']) | None => latin_1(&bytes),
            Some(_) => return Err(SlipError::Malformed),
        };
        let is_html = matches!(ticket.get(Tag::TICKET_HANDLING), Some([_, _, b'1']));
        // Markup can split a number that the eye sees whole, and hide one that the eye does not see.
        rule.check(&raw)?;
        let text = if is_html { html::to_text(&raw) } else { raw };
        Ok(rule.shown(&text)?.map(Self))
    }

    /// The terminal's side: text as it travels, in Latin-1 and base64; other characters become question marks.
    pub(crate) fn encode(text: &str) -> String {
        let bytes: Vec<u8> = text.chars().map(|character| u8::try_from(character).unwrap_or(b'?')).collect();
        BASE64.encode(bytes)
    }
}

/// A slip names a shop, an amount and the end of a card number: none of it belongs in logs.
impl fmt::Debug for Slip {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Slip(<{} characters>)", self.0.chars().count())
    }
}

fn latin_1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(handling: &str, encoded: &str) -> Frame {
        let nested = format!("CK{:03}{handling}AK{:03}{encoded}", handling.len(), encoded.len());
        Frame::parse(format!("AE00210ZT{:03}{nested}", nested.len()).as_bytes()).unwrap()
    }

    fn read(handling: &str, bytes: &[u8]) -> Result<Option<String>, SlipError> {
        Slip::read(&answer(handling, &BASE64.encode(bytes)), &SlipRule::default())
            .map(|slip| slip.map(|slip| slip.0))
    }

    #[test]
    fn a_latin_1_slip_is_read_as_lines() {
        let bytes = b"CARTE BANCAIRE  \r\nD\xe9bit\r\n\x1b25,00 EUR\r\n\r\n";
        assert_eq!(read("100", bytes), Ok(Some("CARTE BANCAIRE\nDébit\n25,00 EUR".to_owned())));
    }

    #[test]
    fn an_html_slip_is_read_as_lines_too() {
        let bytes =
            "<html><style>p{}</style><p>CARTE&nbsp;BANCAIRE</p>D&eacute;bit<br/>25,00&#32;EUR &lt;</html>"
                .as_bytes();
        assert_eq!(read("101", bytes), Ok(Some("CARTE\u{a0}BANCAIRE\nDébit\n25,00 EUR <".to_owned())));
        assert_eq!(read("101", b"D\xe9bit"), Ok(Some("Débit".to_owned())));
        assert_eq!(read("101", "Débit".as_bytes()), Ok(Some("Débit".to_owned())));
        assert_eq!(read("101", "De\u{202e}bit".as_bytes()), Ok(Some("Debit".to_owned())));
    }

    #[test]
    fn base64_is_read_with_or_without_padding_and_line_feed() {
        for encoded in ["QUJDRA==", "QUJDRA", "QUJDRA==\n", "QUJD\r\nRA==\r\n"] {
            assert_eq!(
                Slip::read(&answer("100", encoded), &SlipRule::default()).unwrap().unwrap().text(),
                "ABCD",
                "{encoded:?}"
            );
        }
    }

    #[test]
    fn a_slip_that_cannot_be_read_says_so() {
        assert_eq!(Slip::read(&answer("100", "Q*JD"), &SlipRule::default()), Err(SlipError::Malformed));
        assert_eq!(Slip::read(&answer("109", "QUJD"), &SlipRule::default()), Err(SlipError::Malformed));
        let broken = Frame::parse(b"AE00210ZT005CK009").unwrap();
        assert_eq!(Slip::read(&broken, &SlipRule::default()), Err(SlipError::Malformed));
    }

    #[test]
    fn no_slip_is_no_error() {
        assert_eq!(Slip::read(&Frame::parse(b"AE00210").unwrap(), &SlipRule::default()), Ok(None));
        assert_eq!(
            Slip::read(&Frame::parse(b"AE00210ZT008CK003100").unwrap(), &SlipRule::default()),
            Ok(None)
        );
        assert_eq!(read("100", b" \r\n "), Ok(None));
    }

    #[test]
    fn a_whole_card_number_refuses_the_slip() {
        let refused = Err(SlipError::CardNumber(CardNumberInSlip));
        assert_eq!(read("100", b"CARTE 4532015112830366 25,00"), refused);
        assert_eq!(read("101", b"<b>45320151</b>12830366"), refused);
        assert_eq!(read("101", b"<!-- 4532015112830366 -->ok"), refused);
        assert!(read("100", b"CARTE ############0366").is_ok());
    }

    #[test]
    fn logs_do_not_show_the_slip() {
        let slip = Slip::read(&answer("100", "QUJDRA=="), &SlipRule::default()).unwrap().unwrap();
        assert_eq!(format!("{slip:?}"), "Slip(<4 characters>)");
    }
}
