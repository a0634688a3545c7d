//! A message: fields in order, each tag once, card data cut.

use std::fmt;

use thiserror::Error;

use crate::{DecodeError, Decoder, Tag};

/// The largest value a three-digit length can announce.
pub(crate) const MAX_VALUE: usize = 999;

/// What stands for the content of a constructed field that could not be read, so that nothing unseen is carried along.
const UNREADABLE: &[u8] = b"?";

/// One tag and its value.
#[derive(Clone, PartialEq, Eq)]
pub struct Field {
    tag: Tag,
    value: Vec<u8>,
}

/// A message, for sending or as received.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Frame {
    fields: Vec<Field>,
}

/// Why a field cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FieldError {
    /// The tag is already in the message.
    #[error("{0} is there twice")]
    Duplicate(Tag),
    /// The value is empty or longer than 999 bytes.
    #[error("the value of {0} is not 1 to 999 bytes long")]
    Length(Tag),
    /// The value has a byte outside printable ASCII.
    #[error("the value of {0} is not printable ASCII")]
    NotPrintable(Tag),
}

impl Field {
    /// The one way a value becomes a field: what identifies a card is cut here, in nested fields too.
    pub(crate) fn cut(tag: Tag, value: &[u8]) -> Self {
        let value = if tag == Tag::CARD_NUMBER {
            masked(value)
        } else if tag.is_constructed() {
            match Frame::parse(value) {
                Ok(nested) if !nested.fields.is_empty() => nested.encode(),
                _ => UNREADABLE.to_vec(),
            }
        } else {
            value.to_vec()
        };
        Self { tag, value }
    }

    /// The tag.
    pub fn tag(&self) -> Tag {
        self.tag
    }

    /// The value; of a card number, only the last four digits are left.
    pub fn value(&self) -> &[u8] {
        &self.value
    }
}

/// Stars for everything but up to four digits at the end, whatever the sender hid already.
fn masked(number: &[u8]) -> Vec<u8> {
    let number = number.trim_ascii_end();
    if number.is_empty() {
        return b"*".to_vec();
    }
    let shown = number.iter().rev().take(4).take_while(|byte| byte.is_ascii_digit()).count();
    let hidden = number.len() - shown;
    std::iter::repeat_n(b'*', hidden).chain(number[hidden..].iter().copied()).collect()
}

impl Frame {
    /// Reads a whole message.
    pub fn parse(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::default();
        decoder.push(bytes)?;
        decoder.finish()
    }

    /// Adds a field to be sent.
    pub fn push(&mut self, tag: Tag, value: impl AsRef<[u8]>) -> Result<(), FieldError> {
        let value = value.as_ref();
        if self.get(tag).is_some() {
            return Err(FieldError::Duplicate(tag));
        }
        if value.is_empty() || value.len() > MAX_VALUE {
            return Err(FieldError::Length(tag));
        }
        if !value.iter().all(|byte| matches!(byte, b' '..=b'~')) {
            return Err(FieldError::NotPrintable(tag));
        }
        self.keep(Field::cut(tag, value));
        Ok(())
    }

    pub(crate) fn keep(&mut self, field: Field) {
        self.fields.push(field);
    }

    /// The fields in their order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The value of a tag.
    pub fn get(&self, tag: Tag) -> Option<&[u8]> {
        self.fields.iter().find(|field| field.tag == tag).map(Field::value)
    }

    /// The bytes of the message.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for Field { tag, value } in &self.fields {
            bytes.extend(tag.letters());
            bytes.extend(format!("{:03}", value.len()).bytes());
            bytes.extend(value);
        }
        bytes
    }
}

/// Values are shown for tags that cannot hold data of a card or of a person; of the others, the length.
impl fmt::Debug for Field {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tag, value } = self;
        if tag.is_plain() {
            write!(formatter, "{tag}={}", value.escape_ascii())
        } else {
            write!(formatter, "{tag}=<{} bytes>", value.len())
        }
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(&self.fields).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_values_that_can_travel_are_taken() {
        let mut frame = Frame::default();
        assert_eq!(frame.push(Tag::VERSION, "0320"), Ok(()));
        assert_eq!(frame.push(Tag::VERSION, "0320"), Err(FieldError::Duplicate(Tag::VERSION)));
        assert_eq!(frame.push(Tag::REFERENCE, ""), Err(FieldError::Length(Tag::REFERENCE)));
        assert_eq!(frame.push(Tag::REFERENCE, "a".repeat(1_000)), Err(FieldError::Length(Tag::REFERENCE)));
        assert_eq!(frame.push(Tag::REFERENCE, "é"), Err(FieldError::NotPrintable(Tag::REFERENCE)));
        assert_eq!(frame.push(Tag::REFERENCE, "a\n"), Err(FieldError::NotPrintable(Tag::REFERENCE)));
        assert_eq!(frame.push(Tag::REFERENCE, "a".repeat(999)), Ok(()));
        assert_eq!(frame.encode().len(), 9 + 5 + 999);
    }

    #[test]
    fn a_card_number_keeps_its_last_four_digits_only() {
        for (sent, kept) in [
            ("4970123456780674", "************0674"),
            ("123456######7890", "************7890"),
            ("***********0674", "***********0674"),
            ("4970123456780674  ", "************0674"),
            ("4970123456******", "****************"),
            ("49", "49"),
            ("  ", "*"),
        ] {
            assert_eq!(Field::cut(Tag::CARD_NUMBER, sent.as_bytes()).value(), kept.as_bytes(), "{sent}");
        }
    }

    #[test]
    fn card_data_inside_a_constructed_field_are_cut_too() {
        let cut = |nested: &[u8]| Field::cut(Tag::TICKET, nested).value().to_vec();
        assert_eq!(cut(b"AA0164970123456780674AB0042612"), b"AA016************0674");
        assert_eq!(cut(b"ZZ021AA0164970123456780674"), b"ZZ021AA016************0674");
        assert_eq!(cut(b"4970123456780674+++1"), b"?");
        assert_eq!(cut(b"AB0042612"), b"?");
    }

    #[test]
    fn logs_show_no_value_that_may_belong_to_a_card_or_a_person() {
        let bytes = b"CZ0040320AE00210CB0042500AA0164970123456780674AC006184117CF007private";
        let shown = format!("{:?}", Frame::parse(bytes).unwrap());
        assert_eq!(shown, "[CZ=0320, AE=10, CB=2500, AA=<16 bytes>, AC=<6 bytes>, CF=<7 bytes>]");
    }
}
