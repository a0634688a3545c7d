//! The card slip: what the card terminal returned for the shopper. Whoever was careless before, a whole card number ends here.

use caisse_ap::{CardNumberInSlip, SlipRule};

/// The slip as lines that can be shown; `None` when it is blank.
///
/// # Errors
/// When the rule that till and checkout go by finds a card number in it.
pub fn slip(text: &str, rule: &SlipRule) -> Result<Option<String>, CardNumberInSlip> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<String> = text
        .lines()
        .map(|line| line.chars().filter(|character| !character.is_control()).collect::<String>())
        .map(|line| line.trim_end().to_owned())
        .collect();
    let text = lines.join("\n").trim_matches('\n').to_owned();
    rule.check(&text)?;
    Ok(Some(text).filter(|text| !text.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rule() -> SlipRule {
        SlipRule::new("39033422500096", ["4970109876543217"])
    }

    #[test]
    fn a_usual_slip_passes_without_its_control_characters() {
        let text = "CARTE BANCAIRE  \r\nSANS CONTACT\r\nLe 02/05/2026 a 11:31:07\r\n1234567 39033422500096 30004\r\n\
                    ############0674\r\nD6C691E12B70AC40\r\n005 001 000010 C @\r\n\x1bMONTANT : 6,21 EUR\r\n";
        let shown = slip(text, &rule()).unwrap().unwrap();
        assert!(
            shown.starts_with("CARTE BANCAIRE\nSANS CONTACT\n") && shown.ends_with("\nMONTANT : 6,21 EUR")
        );
    }

    #[test]
    fn a_card_number_never_passes_not_even_in_the_shape_of_another_shops_siret() {
        for number in
            ["4532015112830366", "4532 0151 1283 0366", "4532\x1b0151\x1b1283\x1b0366", "36000000400000"]
        {
            assert_eq!(
                slip(&format!("CARTE {number} 25,00 EUR"), &rule()),
                Err(CardNumberInSlip),
                "{number}"
            );
        }
        assert!(slip("CONTRAT 4970109876543217", &rule()).is_ok());
    }

    #[test]
    fn a_blank_slip_is_none() {
        assert_eq!(slip(" \r\n \x1b", &rule()), Ok(None));
    }

    proptest! {
        #[test]
        fn any_text_is_taken_or_refused(text in any::<String>()) {
            if let Ok(Some(shown)) = slip(&text, &rule()) {
                prop_assert!(shown.chars().all(|character| character == '\n' || !character.is_control()));
            }
        }
    }
}
