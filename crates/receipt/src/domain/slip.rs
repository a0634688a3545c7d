//! The card slip: what the card terminal returned for the shopper. Whoever was careless before, a whole card number ends here.

/// The slip holds a whole card number: it must not be mailed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the card slip holds a card number")]
pub struct CardNumberInSlip;

/// The slip as lines that can be shown; `None` when it is blank.
///
/// # Errors
/// When 13 to 19 digits in it, together or in the groups printed on cards, are a card number.
pub fn slip(text: &str) -> Result<Option<String>, CardNumberInSlip> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<String> = text
        .lines()
        .map(|line| line.chars().filter(|character| !character.is_control()).collect::<String>())
        .map(|line| line.trim_end().to_owned())
        .collect();
    let text = lines.join("\n").trim_matches('\n').to_owned();
    if holds_card_number(&text) {
        return Err(CardNumberInSlip);
    }
    Ok(Some(text).filter(|text| !text.trim().is_empty()))
}

fn holds_card_number(text: &str) -> bool {
    let groups = digit_groups(text);
    let alone = groups.iter().any(|(digits, _)| is_card_number(digits) && !is_siret(digits));
    alone || (2..=6).any(|count| groups.windows(count).any(is_grouped_card_number))
}

/// Every run of digits, and whether only one blank, dash, point or line end stands between it and the run before.
fn digit_groups(text: &str) -> Vec<(String, bool)> {
    let mut groups: Vec<(String, bool)> = Vec::new();
    let mut gap = String::new();
    let mut in_group = false;
    for character in text.chars() {
        match groups.last_mut() {
            Some((digits, _)) if in_group && character.is_ascii_digit() => digits.push(character),
            _ if character.is_ascii_digit() => {
                let follows = matches!(gap.as_str(), " " | "\u{a0}" | "\u{202f}" | "-" | "." | "\n");
                groups.push((character.to_string(), follows));
                gap.clear();
            }
            _ => gap.push(character),
        }
        in_group = character.is_ascii_digit();
    }
    groups
}

/// Groups of three to seven digits that begin with four, as on cards; dates and amounts are cut otherwise.
fn is_grouped_card_number(window: &[(String, bool)]) -> bool {
    let cut_as_on_cards = window.first().is_some_and(|(first, _)| first.len() == 4)
        && window[1..].iter().all(|(digits, follows)| *follows && (1..=7).contains(&digits.len()));
    cut_as_on_cards && is_card_number(&window.iter().map(|(digits, _)| digits.as_str()).collect::<String>())
}

fn is_card_number(digits: &str) -> bool {
    let begins_like_a_card = matches!(digits.as_bytes(), [b'3'..=b'6', ..] | [b'2', b'2'..=b'7', ..]);
    (13..=19).contains(&digits.len()) && begins_like_a_card && has_key(digits)
}

/// Slips print the shop's SIRET: fourteen digits that have a key, as have the first nine of them, which is rare for a card number.
fn is_siret(digits: &str) -> bool {
    digits.len() == 14 && has_key(&digits[..9])
}

/// The digit sum, every second digit from the right doubled, ends in zero.
fn has_key(digits: &str) -> bool {
    let values = digits.bytes().rev().map(|byte| u32::from(byte - b'0')).enumerate();
    let sum: u32 =
        values.map(|(index, value)| if index % 2 == 0 { value } else { value * 2 % 10 + value / 5 }).sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_usual_slip_passes_without_its_control_characters() {
        let text = "CARTE BANCAIRE  \r\nSANS CONTACT\r\nLe 02/05/2026 a 11:31:07\r\n1234567 39033422500096 30004\r\n\
                    ############0674\r\nD6C691E12B70AC40\r\n005 001 000010 C @\r\n\x1bMONTANT : 6,21 EUR\r\n";
        let shown = slip(text).unwrap().unwrap();
        assert!(
            shown.starts_with("CARTE BANCAIRE\nSANS CONTACT\n") && shown.ends_with("\nMONTANT : 6,21 EUR")
        );
    }

    #[test]
    fn a_whole_card_number_never_passes() {
        for number in [
            "4532015112830366",
            "4532 0151 1283 0366",
            "4532-0151-1283-0366",
            "4532.0151.1283.0366",
            "3782 822463 10005",
            "378282246310005",
            "2223003122003222",
            "45320151\n12830366 4532015112830366",
        ] {
            assert_eq!(slip(&format!("CARTE {number} 25,00 EUR")), Err(CardNumberInSlip), "{number}");
        }
    }

    #[test]
    fn a_blank_slip_is_none() {
        assert_eq!(slip(" \r\n \x1b"), Ok(None));
    }

    proptest! {
        #[test]
        fn no_valid_number_passes_wherever_it_stands(
            start in 3_u64..=6, middle in 0_u64..100_000_000_000_000, before in "[A-Z :]{0,8}", after in "[A-Z :]{0,8}"
        ) {
            let body = format!("{start}{middle:014}");
            let number = (0..10).map(|key| format!("{body}{key}")).find(|number| has_key(number)).unwrap();
            prop_assert_eq!(slip(&format!("{before}{number}{after}")), Err(CardNumberInSlip));
        }

        #[test]
        fn any_text_is_taken_or_refused(text in any::<String>()) {
            if let Ok(Some(shown)) = slip(&text) {
                prop_assert!(shown.chars().all(|character| character == '\n' || !character.is_control()));
            }
        }
    }
}
