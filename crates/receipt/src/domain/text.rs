//! Text that was typed somewhere and is shown in a mail.

/// The text without what could break a line or turn its direction: control and bidirectional characters become blanks.
#[must_use]
pub fn plain(text: &str) -> String {
    let shown = text.chars().map(|character| if is_hidden(character) { ' ' } else { character });
    shown.collect::<String>().trim().to_owned()
}

fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_break_a_line_nor_turn_it_round() {
        assert_eq!(plain("Zoé\r\nBcc: all@example.org"), "Zoé  Bcc: all@example.org");
        assert_eq!(plain("\u{202e}Camille\u{2066}\0"), "Camille");
        assert_eq!(plain("Crème d’Isigny 6,21\u{202f}€"), "Crème d’Isigny 6,21\u{202f}€");
    }
}
