//! What may be typed into a field, and what is compared when somebody looks for it.

use thiserror::Error;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// What is wrong with what was typed. It never repeats it: the answer may end up in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Flaw {
    /// Nothing was given.
    #[error("must be given")]
    Missing,
    /// Something was given that does not belong there.
    #[error("must be empty for this role")]
    Needless,
    /// Fewer characters than the field needs.
    #[error("must have at least {0} characters")]
    TooShort(usize),
    /// More characters than the field takes.
    #[error("must have at most {0} characters")]
    TooLong(usize),
    /// A control character, or one that hides or reorders others.
    #[error("must not contain control characters or invisible ones")]
    Forbidden,
    /// A name of nothing but punctuation.
    #[error("must contain a letter or a digit")]
    NoLetter,
    /// Not an address that mail could reach.
    #[error("must be an e-mail address such as name@example.org")]
    NotAnEmail,
    /// Not a telephone number that can be called from everywhere.
    #[error("must be a telephone number in international form such as +33199001234")]
    NotAPhone,
    /// Not a country of ISO 3166-1.
    #[error("must be a country of ISO 3166-1 alpha-2 such as FR")]
    NotACountry,
    /// Not a code of a store or supplier.
    #[error("must be a code of capital letters, digits and hyphens")]
    NotACode,
    /// Not a sign-in name.
    #[error("must be 3 to 40 small letters, digits, dots and hyphens")]
    NotALogin,
}

/// The text in its one normal form (NFC), without the space around it: 1 to `longest` characters, none of them invisible.
///
/// # Errors
/// When it is empty, too long, or contains what must not be shown to others.
pub fn tidy(text: &str, longest: usize) -> Result<String, Flaw> {
    let tidy: String = text.trim().nfc().collect();
    if tidy.is_empty() {
        return Err(Flaw::Missing);
    }
    if tidy.chars().count() > longest {
        return Err(Flaw::TooLong(longest));
    }
    if tidy.chars().any(is_forbidden) {
        return Err(Flaw::Forbidden);
    }
    Ok(tidy)
}

/// A [`tidy`] text with at least one letter or digit.
///
/// # Errors
/// As [`tidy`], and when there is only punctuation.
pub fn name(text: &str, longest: usize) -> Result<String, Flaw> {
    let name = tidy(text, longest)?;
    if name.chars().any(char::is_alphanumeric) { Ok(name) } else { Err(Flaw::NoLetter) }
}

/// The text as it is compared and sorted: no accents, no capitals, ligatures apart, one kind of apostrophe and hyphen.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    // Twice, for taking a sign apart may show capitals, and making them small may show accents.
    let small = text.nfkd().collect::<String>().to_lowercase();
    for letter in small.nfkd().filter(|letter| !is_combining_mark(*letter)) {
        match letter {
            'ς' => folded.push('σ'),
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            'ß' => folded.push_str("ss"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            '\u{2018}' | '\u{2019}' | '\u{2bc}' => folded.push('\''),
            '\u{2010}'..='\u{2015}' => folded.push('-'),
            letter if letter.is_whitespace() => {
                if !folded.ends_with(' ') {
                    folded.push(' ');
                }
            }
            letter => folded.push(letter),
        }
    }
    folded
}

/// Characters that end lines, cannot be seen, or change the order of what is around them; and those that no standard defines.
fn is_forbidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{e000}'..='\u{f8ff}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{ffff}'
            | '\u{e0000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn space_around_goes_and_letters_are_composed() {
        assert_eq!(tidy("  Ame\u{301}lie \n", 80).unwrap(), "Amélie");
        assert_eq!(tidy(&"é".repeat(80), 80).unwrap(), "é".repeat(80));
        assert_eq!(tidy(&"e\u{301}".repeat(81), 80), Err(Flaw::TooLong(80)));
        assert_eq!(tidy(" \t ", 80), Err(Flaw::Missing));
    }

    #[test]
    fn what_cannot_be_seen_is_refused() {
        for (letter, what) in [
            ("\0", "null"),
            ("\r\n", "the end of a line"),
            ("\u{7f}", "delete"),
            ("\u{85}", "next line"),
            ("\u{202e}", "right-to-left override"),
            ("\u{2066}", "isolate"),
            ("\u{200b}", "zero-width space"),
            ("\u{200d}", "zero-width joiner"),
            ("\u{feff}", "byte-order mark"),
            ("\u{e0041}", "tag letter"),
            ("\u{e000}", "private use"),
        ] {
            assert_eq!(tidy(&format!("Du{letter}pont"), 80), Err(Flaw::Forbidden), "{what}");
        }
    }

    #[test]
    fn a_name_has_a_letter() {
        assert_eq!(name("--", 80), Err(Flaw::NoLetter));
        assert_eq!(name("O’Neil", 80).unwrap(), "O’Neil");
    }

    #[test]
    fn folding_forgets_accents_capitals_and_typography() {
        for (written, folded) in [
            ("Lefèvre", "lefevre"),
            ("LEFE\u{300}VRE", "lefevre"),
            ("Cœur  d’Alène", "coeur d'alene"),
            ("Łukasiewicz", "lukasiewicz"),
            ("Saint‐Just", "saint-just"),
            ("STRASSE Straße", "strasse strasse"),
            ("100%_sûr", "100%_sur"),
        ] {
            assert_eq!(fold(written), folded);
        }
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,40}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn a_start_of_a_name_finds_it(name in "[A-Za-zÀ-ÿœŒ' -]{2,20}", at in 1_usize..20) {
            let start: String = name.chars().take(at).collect();
            prop_assert!(fold(&name).starts_with(&fold(&start)));
        }

        #[test]
        fn what_is_tidy_stays_as_it_is(text in any::<String>()) {
            if let Ok(once) = tidy(&text, 80) {
                prop_assert_eq!(tidy(&once, 80), Ok(once));
            }
        }
    }
}
