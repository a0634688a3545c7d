//! What people write: kept as it is, but for what cannot be seen and could mislead who reads it.

/// Characters of a comment or an answer, counted after cleaning.
pub const LONGEST: usize = 2000;

/// Why a text is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// More than [`LONGEST`] characters.
    #[error("at most 2000 characters")]
    TooLong,
    /// A control character other than the end of a line or a tab.
    #[error("control characters are not taken")]
    ControlCharacter,
}

/// Lines end in one way, tabs are spaces, invisible characters and space around the text go; everything else stays: HTML, formulas and scripts of any
/// kind are words here, and whoever shows them escapes them.
///
/// # Errors
/// When it is too long, or has a control character.
pub fn clean(text: &str) -> Result<String, TextError> {
    let text = text
        .replace("\r\n", "\n")
        .replace(['\r', '\u{2028}', '\u{2029}'], "\n")
        .replace(['\t', '\u{b}', '\u{c}'], " ");
    if text.chars().any(|letter| letter.is_control() && letter != '\n') {
        return Err(TextError::ControlCharacter);
    }
    let visible: String = text.chars().filter(|&letter| !is_invisible(letter)).collect();
    let visible = visible.trim();
    if visible.chars().count() > LONGEST { Err(TextError::TooLong) } else { Ok(visible.to_owned()) }
}

/// Marks of direction, which could turn the text of others around, and characters without width, in which anything could hide. The
/// joiner of emoji is one of them: a family falls apart into its members, which is a small price.
fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_is_kept_and_what_is_hidden_is_not() {
        for (written, kept) in [
            ("Très bon, à reprendre 😋", "Très bon, à reprendre 😋"),
            ("<script>alert(1)</script>", "<script>alert(1)</script>"),
            ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
            ("=HYPERLINK(\"http://x\")", "=HYPERLINK(\"http://x\")"),
            ("'; drop table review; --", "'; drop table review; --"),
            ("**bon** [ici](javascript:x)", "**bon** [ici](javascript:x)"),
            ("une\r\ndeux\rtrois\nquatre", "une\ndeux\ntrois\nquatre"),
            ("  autour \n", "autour"),
            ("collé\tdepuis\u{b}un tableur\u{c}", "collé depuis un tableur"),
            ("طعم جيد", "طعم جيد"),
            ("prix\u{202e}9,1\u{202c}", "prix9,1"),
            ("\u{2066}a\u{2069}", "a"),
            ("z\u{200b}e\u{200d}r\u{feff}o", "zero"),
            ("👩\u{200d}👧", "👩👧"),
            ("\u{e0041}\u{200b}\u{200f}", ""),
            ("", ""),
        ] {
            assert_eq!(clean(written).as_deref(), Ok(kept), "{written:?}");
        }
    }

    #[test]
    fn control_characters_are_refused() {
        for letter in ['\0', '\u{7}', '\u{1b}', '\u{7f}', '\u{85}', '\u{9f}'] {
            assert_eq!(clean(&format!("a{letter}b")), Err(TextError::ControlCharacter), "{letter:?}");
        }
    }

    #[test]
    fn length_is_counted_in_characters_after_cleaning() {
        assert_eq!(clean(&"é".repeat(LONGEST)).unwrap().chars().count(), LONGEST);
        assert_eq!(clean(&"é".repeat(LONGEST + 1)), Err(TextError::TooLong));
        assert!(clean(&format!("{}\u{200b} ", "a".repeat(LONGEST))).is_ok());
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing(text in any::<String>()) {
            if let Ok(once) = clean(&text) {
                prop_assert_eq!(clean(&once), Ok(once));
            }
        }
    }
}
