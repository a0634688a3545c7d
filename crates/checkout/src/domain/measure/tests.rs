use proptest::prelude::*;

use super::*;

fn of(content: &str, cents: i64) -> Option<(&'static str, i64)> {
    let (measure, price) = price(SoldBy::Unit, content, Cents::new(cents))?;
    Some((measure.as_str(), price.get()))
}

#[test]
fn the_price_by_the_kilogram_litre_or_piece_stands_beside_that_of_the_pack() {
    assert_eq!(of("250 g", 299), Some(("kg", 1_196)));
    assert_eq!(of("1,5 kg", 450), Some(("kg", 300)));
    assert_eq!(of("75 cl", 1_200), Some(("l", 1_600)));
    assert_eq!(of("6 x 33 cl", 594), Some(("l", 300)));
    assert_eq!(of("6 × 1 L", 420), Some(("l", 70)));
    assert_eq!(of("12 pièces", 360), Some(("piece", 30)));
    assert_eq!(price(SoldBy::Kilogram, "", Cents::new(712)), Some((Measure::Kilogram, Cents::new(712))));
}

#[test]
fn a_content_that_says_no_measure_is_not_guessed_at() {
    for content in ["", "une botte", "250", "0 g", "-1 kg", "1.2.3 kg", "x 3 g", "250 g env.", "99999999 kg"]
    {
        assert_eq!(of(content, 100), None, "{content:?}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_without_harm(text in ".{0,40}", cents in 0_i64..1_000_000) {
        let _ = of(&text, cents);
    }

    #[test]
    fn grams_and_kilograms_agree(grams in 1_i64..100_000, cents in 1_i64..100_000) {
        let kilograms = format!("{}.{:03} kg", grams / 1_000, grams % 1_000);
        prop_assert_eq!(of(&format!("{grams} g"), cents), of(&kilograms, cents));
    }
}
