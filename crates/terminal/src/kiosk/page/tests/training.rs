//! What a till that trains shows.

use super::*;

/// The banner of training in a language.
fn banner(language: Language) -> &'static str {
    language.words().training
}

#[test]
fn every_screen_that_is_practised_says_so_first_of_all_and_no_other_does() {
    for language in [Language::French, Language::English] {
        for screen in screens() {
            let shown = |training| {
                let view = View { training, ..view(screen.clone()) };
                render("LILLE-01", &offers(), &view, language).unwrap()
            };
            let page = shown(true);
            let place = page.find(banner(language)).expect("the banner is there");
            assert!(place < page.find("<header>").unwrap() && place < page.find("<h1>").unwrap(), "{page}");
            assert!(!shown(false).contains(banner(language)));
        }
    }
}

/// Whether a screen is among those that the tests look at: a new one does not compile until it is.
fn place(screen: &Screen) -> usize {
    match screen {
        Screen::Starting => 0,
        Screen::Idle => 1,
        Screen::Locked => 2,
        Screen::Scanning(_) => 3,
        Screen::Paying { .. } => 4,
        Screen::Telling { .. } => 5,
        Screen::Attendant { .. } => 6,
        Screen::Thanks(_) => 7,
        Screen::Closed(_) => 8,
        Screen::Held { .. } => 9,
        Screen::GivingBack { .. } => 10,
        Screen::Suspended(_) => 11,
    }
}

#[test]
fn the_tests_look_at_every_screen_and_every_template_is_in_the_frame_that_says_what_is_practised() {
    let looked_at: std::collections::BTreeSet<usize> = screens().iter().map(place).collect();
    assert_eq!(looked_at.into_iter().collect::<Vec<_>>(), (0..12).collect::<Vec<_>>());
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let texts = std::fs::read_dir(folder).unwrap().map(|file| {
        let path = file.unwrap().path();
        (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(path).unwrap())
    });
    let texts: std::collections::BTreeMap<String, String> = texts.collect();
    for (name, text) in &texts {
        // A page is in the frame, which alone is a whole document, or a part that pages include.
        let is_part = texts.values().any(|other| other.contains(&format!("{{% include \"{name}\" %}}")));
        let is_frame = name == "base.html";
        assert_eq!(text.contains("<html"), is_frame, "{name}");
        assert!(is_frame || is_part || text.starts_with("{% extends \"base.html\" %}"), "{name}");
    }
    assert!(texts["base.html"].contains("{%- if frame.training %}<aside class=\"training\""));
}

#[test]
fn only_who_practises_says_what_the_card_terminal_answers() {
    for screen in [Screen::Paying { total_minor: 603 }, Screen::GivingBack { tender: tender() }] {
        let page = |training| {
            let view = View { training, ..view(screen.clone()) };
            render("LILLE-01", &offers(), &view, Language::French).unwrap()
        };
        assert!(page(true).contains("action=\"/training/card\"") && page(true).contains("personne ne paie"));
        assert!(!page(false).contains("/training/"));
    }
}
