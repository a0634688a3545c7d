//! What makes a code, a legal identity or a time zone acceptable.

/// Longest code of a store or terminal.
pub const STORE_CODE: usize = 16;
/// Longest code of a promotion.
pub const PROMOTION_CODE: usize = 24;
/// Longest code of a supplier.
pub const SUPPLIER_CODE: usize = 32;

/// Whether a text is a code: capitals, digits and hyphens, at least one, at most so many.
///
/// A store's code is a token of event subjects and a terminal's code a part of a certificate, hence the narrow alphabet.
pub fn is_code(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Whether a text is a SIRET: fourteen digits whose last one is the key (Luhn).
pub fn is_siret(text: &str) -> bool {
    text.len() == 14 && text.bytes().all(|byte| byte.is_ascii_digit()) && luhn(text).is_multiple_of(10)
}

/// Whether a text has the form of a European VAT number: country, then 2 to 13 capitals or digits.
pub fn is_vat_number(text: &str) -> bool {
    let (country, number) = text.split_at_checked(2).unwrap_or(("", ""));
    country.bytes().all(|byte| byte.is_ascii_uppercase())
        && (2..=13).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Whether a text names a zone of the IANA database.
pub fn is_time_zone(text: &str) -> bool {
    jiff::tz::TimeZone::get(text).is_ok_and(|zone| zone.iana_name() == Some(text))
}

/// Whether a text may stand on a ticket: no control character, none that turns the direction of writing, with which a text could
/// show as another, and none that says that a character was lost.
pub fn is_plain_text(text: &str) -> bool {
    text.chars().all(|character| {
        !character.is_control()
            && !matches!(
                character,
                '\u{061c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffd}'
            )
    })
}

/// Every second digit from the right counts double, its own digits added.
fn luhn(digits: &str) -> u32 {
    let weigh = |(position, byte): (usize, u8)| {
        let digit = u32::from(byte - b'0');
        let doubled = digit * 2;
        match position % 2 {
            0 => digit,
            _ => doubled / 10 + doubled % 10,
        }
    };
    digits.bytes().rev().enumerate().map(weigh).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_capitals_digits_and_hyphens() {
        for code in ["LILLE", "LILLE-01", "1", "ABCDEFGHIJKLMNOP"] {
            assert!(is_code(code, STORE_CODE), "{code}");
        }
        for text in ["", "lille", "LILLE 1", "LILLE.1", "É", "ABCDEFGHIJKLMNOPQ", "A*", "A>"] {
            assert!(!is_code(text, STORE_CODE), "{text:?}");
        }
    }

    #[test]
    fn a_siret_has_fourteen_digits_and_a_right_key() {
        for siret in ["73282932000074", "00000000000000"] {
            assert!(is_siret(siret), "{siret}");
        }
        for text in
            ["", "73282932000075", "7328293200007", "732829320000740", "7328293200007٤", "73282932 00074"]
        {
            assert!(!is_siret(text), "{text:?}");
        }
    }

    #[test]
    fn every_single_wrong_digit_of_a_siret_is_seen() {
        let siret = b"73282932000074";
        for position in 0..siret.len() {
            for digit in b'0'..=b'9' {
                let mut typed = *siret;
                typed[position] = digit;
                let text = std::str::from_utf8(&typed).unwrap();
                assert_eq!(is_siret(text), typed == *siret, "{text}");
            }
        }
    }

    #[test]
    fn a_vat_number_starts_with_its_country() {
        for number in ["FR40303265045", "FRXX303265045", "BE0123456789", "ATU12345678"] {
            assert!(is_vat_number(number), "{number}");
        }
        for text in ["", "FR", "fr40303265045", "40303265045", "FR 40303265045", "É1"] {
            assert!(!is_vat_number(text), "{text:?}");
        }
    }

    #[test]
    fn a_time_zone_is_one_that_the_database_knows_by_this_very_name() {
        for zone in ["Europe/Paris", "America/Martinique", "Indian/Reunion", "UTC"] {
            assert!(is_time_zone(zone), "{zone}");
        }
        for text in ["", "Europe/Lille", "europe/paris", "+01:00", "Europe/Paris ", "../etc/passwd"] {
            assert!(!is_time_zone(text), "{text:?}");
        }
    }

    #[test]
    fn text_that_could_show_as_another_is_not_plain() {
        for text in ["", "Crème brûlée", "1\u{a0}kg", "œufs × 6", "日本", "350g\u{200b}"] {
            assert!(is_plain_text(text), "{text:?}");
        }
        for text in ["a\nb", "a\u{0}", "a\u{202e}b", "\u{2066}a", "\u{85}", "\u{fffd}"] {
            assert!(!is_plain_text(text), "{text:?}");
        }
    }
}
