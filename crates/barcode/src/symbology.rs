//! What kind of text a scanner sent.

/// The content of a code without what scanners put around it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Content<'text> {
    /// What should be a bare number.
    Number(&'text str),
    /// What the scanner says is an EAN-8.
    Ean8(&'text str),
    /// GS1 application identifiers and their values.
    Elements(&'text str),
    /// What comes after the scheme of a web address.
    Link(&'text str),
}

/// What ends a value inside an element string.
const SEPARATOR: char = '\u{1d}';
/// As many digits has an EAN-13, and a UPC as scanners send it.
const EAN_13: usize = 13;
/// The longest bare number: a GTIN-14.
const LONGEST_NUMBER: usize = 14;

/// Takes off white space, control characters and the symbology identifier, and tells what is left.
pub(crate) fn content(raw: &str) -> Content<'_> {
    let around = |character: char| character.is_whitespace() || character.is_control();
    let (identifier, text) = split_identifier(raw.trim_matches(around));
    let text = text.trim_start_matches(around);
    if let Some((scheme, address)) = text.split_once("://")
        && (scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http"))
    {
        return Content::Link(address);
    }
    match identifier {
        Some("C1" | "e0" | "d2" | "Q3") => Content::Elements(text),
        Some("E4") => Content::Ean8(text),
        // The issue of a magazine, in a second code beside its thirteen digits.
        Some("E3") => Content::Number(text.get(..EAN_13).unwrap_or(text)),
        // No number is that long: a scanner that names no symbology has sent the identifiers as they are.
        None if text.contains(SEPARATOR) || (text.len() > LONGEST_NUMBER && text.starts_with("01")) => {
            Content::Elements(text)
        }
        _ => Content::Number(text),
    }
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
        for raw in ["96385074", " 96385074\r\n", "\u{2}]E096385074\u{3}", "\t]X096385074\u{0}"] {
            assert_eq!(content(raw), Content::Number("96385074"), "{raw:?}");
        }
        assert_eq!(content("]E3977147396501405"), Content::Number("9771473965014"));
        assert_eq!(content("\u{2}]E496385074\u{3}"), Content::Ean8("96385074"));
    }

    #[test]
    fn richer_contents_are_recognised() {
        for raw in ["]C10109521234543213", "]e00109521234543213", "]Q3\u{1d}0109521234543213"] {
            assert_eq!(content(raw), Content::Elements("0109521234543213"), "{raw:?}");
        }
        assert_eq!(content("010952123454321310A"), Content::Elements("010952123454321310A"));
        for raw in ["https://id.gs1.org/01/09521234543213", "]Q1HTTPS://id.gs1.org/01/09521234543213"] {
            assert_eq!(content(raw), Content::Link("id.gs1.org/01/09521234543213"), "{raw:?}");
        }
    }

    #[test]
    fn a_broken_identifier_stays_in_the_text() {
        for raw in ["]", "]E", "]€", "]99638507"] {
            assert_eq!(content(raw), Content::Number(raw));
        }
    }
}
