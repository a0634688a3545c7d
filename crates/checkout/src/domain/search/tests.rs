use proptest::prelude::*;

use super::*;
use crate::domain::catalogue::{Contents, Product, SoldBy};
use crate::domain::scan::tests::product;

fn catalogue(names: &[&str]) -> Catalogue {
    let named = |(number, name): (usize, &&str)| Product {
        name: (*name).to_owned(),
        ..product(&format!("95240000{number:04}"), SoldBy::Unit)
    };
    let products = names.iter().enumerate().map(named).collect();
    Catalogue::from(Contents { products, ..Contents::default() })
}

fn found(names: &[&str], text: &str) -> Vec<String> {
    let catalogue = catalogue(names);
    let name = |gtin: Gtin| catalogue.product(&gtin).unwrap().name.clone();
    search(&catalogue, text).into_iter().map(name).collect()
}

#[test]
fn accents_and_case_do_not_matter() {
    let names = ["Crème fraîche", "Œufs de poules", "Pommes"];
    for (text, name) in [
        ("creme", "Crème fraîche"),
        ("CRÈME FRAICHE", "Crème fraîche"),
        ("cre\u{301}me", "Crème fraîche"),
        ("oeufs", "Œufs de poules"),
        ("œufs poules", "Œufs de poules"),
        ("pomm", "Pommes"),
    ] {
        assert_eq!(found(&names, text), [name], "{text}");
    }
    for nothing in ["", " ", "!?", "lait", "pommes lait"] {
        assert!(found(&names, nothing).is_empty(), "{nothing:?}");
    }
}

#[test]
fn one_typing_error_is_forgiven_in_a_word_that_is_long_enough() {
    let names = ["Courgettes", "Ail"];
    for text in ["courgetes", "courgettess", "courgattes", "coruge", "xcourgettes", "courgett"] {
        assert_eq!(found(&names, text), ["Courgettes"], "{text}");
    }
    for text in ["crgettes", "cuorgetets", "aul"] {
        assert!(found(&names, text).is_empty(), "{text}");
    }
}

#[test]
fn the_best_answer_comes_first() {
    let names = ["Pommes de terre", "Pomme", "Jus de pomme", "Pompe à vélo", "Pommeau"];
    assert_eq!(
        found(&names, "pomme"),
        ["Pomme", "Jus de pomme", "Pommeau", "Pommes de terre", "Pompe à vélo"]
    );
}

proptest! {
    #[test]
    fn no_text_makes_the_search_panic(name in "\\PC{0,30}", text in "\\PC{0,30}") {
        let _ = found(&[&name], &text);
    }

    #[test]
    fn a_name_is_found_by_itself_with_any_one_letter_wrong(name in "[a-z]{5,12}", place in 0..5_usize, letter in "[a-z]") {
        let mut typed: Vec<char> = name.chars().collect();
        typed[place] = letter.chars().next().unwrap();
        let typed: String = typed.into_iter().collect();
        prop_assert_eq!(found(&[&name], &typed), [name]);
    }
}
