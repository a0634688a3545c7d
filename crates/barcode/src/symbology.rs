//! What kind of text a scanner sent.

use thiserror::Error;

/// Forms of content that a code can carry besides a bare number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum Format {
    /// Application identifiers and their values, as in GS1-128, GS1 DataMatrix or DataBar.
    #[error("GS1 element string")]
    ElementString,
    /// A web address that carries a trade item number.
    #[error("GS1 Digital Link")]
    DigitalLink,
}

/// The content of a code without what scanners put around it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Content<'text> {
    /// What should be a bare number.
    Number(&'text str),
    /// Something richer.
    Rich(Format),
}

/// Takes off white space, control characters and the symbology identifier, and tells what is left.
pub(crate) fn content(raw: &str) -> Content<'_> {
    let text = raw.trim_matches(|character: char| character.is_whitespace() || character.is_control());
    let (identifier, text) = split_identifier(text);
    if matches!(identifier, Some("C1" | "e0" | "d2" | "Q3")) {
        return Content::Rich(Format::ElementString);
    }
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    if scheme
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http"))
    {
        return Content::Rich(Format::DigitalLink);
    }
    Content::Number(text)
}

/// A symbology identifier is `]`, a letter for the family and one character for the variant.
fn split_identifier(text: &str) -> (Option<&str>, &str) {
    let Some(rest) = text.strip_prefix(']') else { return (None, text) };
    match (rest.get(..2), rest.get(2..)) {
        (Some(identifier), Some(text))
            if identifier.starts_with(|family: char| family.is_ascii_alphabetic()) =>
        {
            (Some(identifier), text)
        }
        _ => (None, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_surrounds_a_number_is_taken_off() {
        for raw in ["96385074", "]E496385074", " 96385074\r\n", "\u{2}]E496385074\u{3}", "\t]X096385074\u{0}"]
        {
            assert_eq!(content(raw), Content::Number("96385074"), "{raw:?}");
        }
    }

    #[test]
    fn richer_contents_are_recognised() {
        for raw in [
            "]C10109521234543213",
            "]e00109521234543213",
            "]d20109521234543213\u{1d}10A",
            "]Q30109521234543213",
        ] {
            assert_eq!(content(raw), Content::Rich(Format::ElementString), "{raw:?}");
        }
        for raw in ["https://id.gs1.org/01/09521234543213", "]Q1HTTPS://example.com/01/09521234543213"] {
            assert_eq!(content(raw), Content::Rich(Format::DigitalLink), "{raw:?}");
        }
    }

    #[test]
    fn a_broken_identifier_stays_in_the_text() {
        for raw in ["]", "]E", "]€", "]99638507"] {
            assert_eq!(content(raw), Content::Number(raw));
        }
    }
}
