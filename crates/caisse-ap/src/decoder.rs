//! From a byte stream, in whatever pieces it comes, to a frame.

use std::fmt;

use thiserror::Error;

use crate::frame::{Field, Frame};
use crate::tag::Tag;

/// More than any answer needs (the largest field has 999 bytes); a longer one is refused before it is stored.
pub const MAX_BYTES: usize = 16 * 1_024;

const TAG_BYTES: usize = 2;
const HEADER_BYTES: usize = 5;

/// "Taken into account": the terminal's real answer is still to come.
pub(crate) const ACKNOWLEDGED: &[u8] = b"11";

/// Why bytes are not a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// Where a tag should be there are not two capital letters.
    #[error("no tag where one should be")]
    BadTag,
    /// The length after this tag is not three digits, or is zero.
    #[error("the length of {0} is not 001 to 999")]
    BadLength(Tag),
    /// The tag came before.
    #[error("{0} is there twice")]
    Duplicate(Tag),
    /// Something follows the line end after the last field.
    #[error("bytes after the end")]
    AfterEnd,
    /// More bytes than any message needs.
    #[error("more than {MAX_BYTES} bytes")]
    TooLarge,
    /// The stream stopped inside a field.
    #[error("the message stops inside a field")]
    Truncated,
    /// The stream stopped before the first field.
    #[error("no message")]
    Empty,
}

/// Takes the bytes of one message as they arrive.
#[derive(Default)]
pub struct Decoder {
    frame: Frame,
    /// Every tag so far, those included whose values are not kept.
    seen: Vec<Tag>,
    pending: Vec<u8>,
    received: usize,
    line_ended: bool,
    failed: Option<DecodeError>,
}

impl Decoder {
    /// Takes more bytes. After an error every further call answers the same error.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let outcome = self.advance(bytes);
        self.failed = outcome.err();
        outcome
    }

    /// Whether the fields so far make a final answer: complete, with a status other than "taken into account".
    ///
    /// The protocol has no end mark. More fields may still come: wait until the connection closes or falls silent.
    pub fn looks_complete(&self) -> bool {
        self.at_boundary() && self.frame.get(Tag::STATUS).is_some() && !self.is_acknowledgement()
    }

    /// The terminal's side: whether the fields so far make a request. More fields may still come.
    pub fn request_looks_complete(&self) -> bool {
        let has = |tag| self.frame.get(tag).is_some();
        let identification = self.frame.get(Tag::OPERATION) == Some(b"I");
        self.at_boundary()
            && has(Tag::OPERATION)
            && (identification || has(Tag::AMOUNT) && has(Tag::CURRENCY))
    }

    /// The message, once the caller knows that nothing more will come.
    pub fn finish(self) -> Result<Frame, DecodeError> {
        match self.failed {
            Some(error) => Err(error),
            None if !self.at_boundary() => Err(DecodeError::Truncated),
            None if self.seen.is_empty() => Err(DecodeError::Empty),
            None => Ok(self.frame),
        }
    }

    fn at_boundary(&self) -> bool {
        self.failed.is_none() && self.pending.is_empty()
    }

    fn is_acknowledgement(&self) -> bool {
        self.frame.get(Tag::STATUS) == Some(ACKNOWLEDGED)
    }

    fn advance(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        for byte in bytes {
            self.received += 1;
            let line_end = self.pending.is_empty() && matches!(byte, b'\r' | b'\n');
            self.line_ended |= line_end;
            if line_end {
                continue;
            }
            if self.line_ended && !self.is_acknowledgement() {
                return Err(DecodeError::AfterEnd);
            }
            self.line_ended = false;
            if self.received > MAX_BYTES {
                return Err(DecodeError::TooLarge);
            }
            self.pending.push(*byte);
            self.read_pending()?;
        }
        Ok(())
    }

    /// Looks at the field that is arriving; each part is checked as soon as it is there.
    fn read_pending(&mut self) -> Result<(), DecodeError> {
        let [first, second, rest @ ..] = &self.pending[..] else { return Ok(()) };
        let tag = Tag::new([*first, *second]).ok_or(DecodeError::BadTag)?;
        if self.pending.len() == TAG_BYTES {
            return self.begin(tag);
        }
        let length_digits = &rest[..rest.len().min(HEADER_BYTES - TAG_BYTES)];
        if !length_digits.iter().all(u8::is_ascii_digit) {
            return Err(DecodeError::BadLength(tag));
        }
        let Some(value) = self.pending.get(HEADER_BYTES..) else { return Ok(()) };
        let length = length_digits.iter().fold(0, |length, digit| length * 10 + usize::from(digit - b'0'));
        if length == 0 {
            return Err(DecodeError::BadLength(tag));
        }
        if value.len() == length {
            if !tag.is_never_kept() {
                self.frame.keep(Field::cut(tag, value));
            }
            self.pending.clear();
        }
        Ok(())
    }

    /// Notes a tag. A second version field after "taken into account" opens the final answer on the same connection.
    fn begin(&mut self, tag: Tag) -> Result<(), DecodeError> {
        if tag == Tag::VERSION && self.is_acknowledgement() {
            self.frame = Frame::default();
            self.seen.clear();
        }
        if self.seen.contains(&tag) {
            return Err(DecodeError::Duplicate(tag));
        }
        self.seen.push(tag);
        Ok(())
    }
}

/// The bytes that wait to be understood may belong to a card: they are counted, not shown.
impl fmt::Debug for Decoder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Decoder")
            .field("frame", &self.frame)
            .field("pending_bytes", &self.pending.len())
            .field("failed", &self.failed)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
        Frame::parse(bytes).map(|frame| frame.encode())
    }

    #[test]
    fn what_is_not_a_message_is_refused_with_its_reason() {
        for (bytes, reason) in [
            (&b""[..], DecodeError::Empty),
            (b"\r\n", DecodeError::Empty),
            (b"C", DecodeError::Truncated),
            (b"CZ00", DecodeError::Truncated),
            (b"CZ004032", DecodeError::Truncated),
            (b"cz0040320", DecodeError::BadTag),
            (b"CZ0040320\0", DecodeError::Truncated),
            (b"CZ0040320\0\0", DecodeError::BadTag),
            (b"CZ+040320", DecodeError::BadLength(Tag::VERSION)),
            (b"CZ000", DecodeError::BadLength(Tag::VERSION)),
            (b"CZ0040320CZ0040320", DecodeError::Duplicate(Tag::VERSION)),
            (b"AB0042612AB0042612", DecodeError::Duplicate(Tag::CARD_EXPIRY)),
            (b"CZ0040320\r\nCA00201", DecodeError::AfterEnd),
        ] {
            assert_eq!(decode(bytes), Err(reason), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn a_line_end_after_the_last_field_is_passed_over() {
        assert_eq!(decode(b"CZ0040320\r\n"), Ok(b"CZ0040320".to_vec()));
        assert_eq!(decode(b"CZ0040320\n\n"), Ok(b"CZ0040320".to_vec()));
    }

    #[test]
    fn unknown_tags_are_kept_and_private_ones_dropped() {
        let answer = b"CZ0040320QQ003xyzAB0042612AM0100600000000AN006a@b.frAE00210";
        assert_eq!(decode(answer), Ok(b"CZ0040320QQ003xyzAE00210".to_vec()));
    }

    #[test]
    fn an_endless_answer_is_refused_within_a_bound() {
        let mut decoder = Decoder::default();
        let tags = (b'A'..=b'Z').flat_map(|first| (b'A'..=b'Z').map(move |second| [first, second]));
        let endless = tags.flat_map(|tag| [&tag[..], b"100", &[b'x'; 100]].concat()).collect::<Vec<u8>>();
        assert_eq!(decoder.push(&endless), Err(DecodeError::TooLarge));
        assert_eq!(decoder.push(b"CZ"), Err(DecodeError::TooLarge));
        assert!(decoder.pending.len() < HEADER_BYTES + crate::frame::MAX_VALUE);
        assert!(!decoder.looks_complete());
    }

    #[test]
    fn the_final_answer_may_follow_the_acknowledgement_at_once() {
        let mut decoder = Decoder::default();
        decoder.push(b"CZ0040320CA00201AE00211\r\n").unwrap();
        assert!(!decoder.looks_complete());
        decoder.push(b"CZ0040320CA00201AE00201AF00204").unwrap();
        assert!(decoder.looks_complete());
        assert_eq!(decoder.finish().unwrap().encode(), b"CZ0040320CA00201AE00201AF00204");
    }

    #[test]
    fn a_request_is_complete_with_its_amount_and_currency() {
        let complete = |bytes: &[u8]| {
            let mut decoder = Decoder::default();
            decoder.push(bytes).unwrap();
            decoder.request_looks_complete()
        };
        assert!(complete(b"CZ0040320CA00201CB0042500CD0010CE003978"));
        assert!(complete(b"CZ0040320CA00201CD001I"));
        assert!(!complete(b"CZ0040320CA00201CB0042500CD0010"));
        assert!(!complete(b"CZ0040320CA00201CB0042500CD0010CE00397"));
    }

    #[test]
    fn bytes_that_wait_are_not_shown() {
        let mut decoder = Decoder::default();
        decoder.push(b"AA0164970123456780").unwrap();
        assert!(!format!("{decoder:?}").contains("4970"));
    }
}
