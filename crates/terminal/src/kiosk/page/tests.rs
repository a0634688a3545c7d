use caisse_ap::Complement;
use time::macros::datetime;
use uuid::Uuid;

use super::*;
use crate::{
    card::{Doubt, NotTaken},
    client::Refusal,
    paper::PrinterFailure,
    receipt::Token,
    till::{FailedPayment, Notice},
};

fn basket() -> pb::Basket {
    let line = |line_id, name: &str, sold_by: pb::SoldBy, quantity_milli, total_minor| pb::Line {
        line_id,
        name: name.into(),
        sold_by: sold_by.into(),
        quantity_milli,
        unit_price_minor: 299,
        total_minor,
        ..Default::default()
    };
    let mut lines = vec![
        line(1, "Thé <vert>", pb::SoldBy::Unit, 2_000, 498),
        line(2, "Pommes \"bio\"", pb::SoldBy::Kilogram, 350, 105),
    ];
    lines[0].discounts.push(pb::Discount {
        code: "MERCI".into(),
        label: "Remise & merci".into(),
        amount_minor: 100,
    });
    pb::Basket {
        lines,
        total: Some(proto::r#type::v1::Money { currency_code: "EUR".into(), amount_minor: 603 }),
        discount_minor: 100,
        unknown_codes: vec![pb::UnknownCode { line_id: 9, code: "<vert>".into() }],
        deposit_minor: 25,
        meal_voucher_minor: 105,
        article_count: 3,
        ..Default::default()
    }
}

fn screens() -> Vec<Screen> {
    let asked_time = datetime!(2026-05-02 10:05:09 UTC);
    let attendant =
        |trouble| Screen::Attendant { trouble, total_minor: 603, asked_time, attempt_id: uuid::Uuid::nil() };
    let sale =
        |given| Sale { sale_id: Uuid::from_u128(1), total_minor: 603, sequence: 7, given, training: false };
    vec![
        Screen::Starting,
        Screen::Idle,
        Screen::Locked,
        Screen::Scanning(Box::default()),
        Screen::Scanning(Box::new(basket())),
        Screen::Paying { total_minor: 603 },
        Screen::Telling { total_minor: 603, taken: true },
        Screen::Telling { total_minor: 603, taken: false },
        attendant(Trouble::PaymentUnknown(Doubt::NoAnswer)),
        attendant(Trouble::PaymentPartial { paid_minor: 300 }),
        attendant(Trouble::SaleRefused(Refusal::AmountMismatch)),
        Screen::Thanks(sale(Given::CardEmail)),
        Screen::Thanks(sale(Given::Qr(Token::fresh()))),
        Screen::Thanks(sale(Given::AtDesk)),
    ]
}

fn offers() -> Offers {
    Offers { public_url: Some("https://tickets.example".parse().unwrap()), paper: true }
}

fn view(screen: Screen) -> View {
    View {
        revision: 3,
        cue: None,
        shopper: 1,
        screen,
        notice: Some(Notice::NoAnswer),
        greeting: Some("Zoé <D>".into()),
        basket_id: None,
        called: false,
        audits: true,
        gives_up: None,
        bag: None,
        recount: None,
        unpaid: None,
        training: false,
    }
}

#[test]
fn a_refused_payment_shows_its_reason_and_its_slip() {
    let mut view = view(Screen::Scanning(Box::new(basket())));
    view.notice = Some(Notice::NotPaid(NotTaken::Abandoned));
    let slip_text = "CARTE BANCAIRE\nABANDON DEBIT".to_owned();
    view.unpaid = Some(FailedPayment { complement: Some(Complement::AbandonedByOperator), slip_text });
    let page = render("LILLE-01", &offers(), &view, Language::French).unwrap();
    assert!(page.contains("Le paiement a été abandonné par le personnel.") && page.contains("ABANDON DEBIT"));
    let page = render("LILLE-01", &offers(), &view, Language::English).unwrap();
    assert!(page.contains("The payment was given up by the staff.") && page.contains("ABANDON DEBIT"));
    view.notice = Some(Notice::NotPaid(NotTaken::Refused));
    view.unpaid = Some(FailedPayment { complement: Some(Complement::Refused), slip_text: "X".to_owned() });
    let page = render("LILLE-01", &offers(), &view, Language::French).unwrap();
    assert_eq!(page.matches("Le paiement est refusé.").count(), 1, "{page}");
    view.unpaid = None;
    assert!(!render("LILLE-01", &offers(), &view, Language::French).unwrap().contains("<pre"));
}

fn pages() -> Vec<String> {
    let languages = [Language::French, Language::English];
    let render = |language| {
        screens()
            .into_iter()
            .map(move |screen| render("LILLE-01", &offers(), &view(screen), language).unwrap())
    };
    languages.into_iter().flat_map(render).collect()
}

#[test]
fn every_page_has_a_language_a_title_one_heading_and_its_landmarks() {
    for page in pages() {
        assert!(page.starts_with("<!doctype html>\n<html lang=\""), "{page}");
        for once in ["<title>", "<h1>", "<main", "<header>", "aria-live=\"polite\"", "name=\"viewport\""] {
            assert_eq!(page.matches(once).count(), 1, "{once} in {page}");
        }
        assert!(page.contains("LILLE-01"));
    }
}

#[test]
fn every_field_has_a_label_and_every_id_is_its_own() {
    for page in pages() {
        let ids: Vec<&str> =
            page.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        let mut unique = ids.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), ids.len(), "{ids:?}");
        for field in page.split("<input ").skip(1).map(|rest| rest.split('>').next().unwrap()) {
            if field.contains("type=\"hidden\"") {
                continue;
            }
            let id = field.split("id=\"").nth(1).unwrap().split('"').next().unwrap();
            assert!(page.contains(&format!("<label for=\"{id}\">")), "{id}");
        }
    }
}

#[test]
fn texts_of_others_are_never_markup() {
    for page in pages() {
        assert!(
            !page.contains("<vert>") && !page.contains("<D>") && !page.contains("Pommes \"bio\""),
            "{page}"
        );
        assert!(!page.contains("Remise & merci"), "{page}");
    }
}

#[test]
fn a_basket_shows_the_last_scan_first_and_what_can_be_done() {
    let page =
        render("LILLE-01", &offers(), &view(Screen::Scanning(Box::new(basket()))), Language::French).unwrap();
    let (apples, tea) = (page.find("Pommes").unwrap(), page.find("Thé").unwrap());
    assert!(apples < tea);
    assert!(page.contains("0,350\u{202f}kg") && page.contains("2,99\u{202f}€/kg"), "{page}");
    assert!(page.contains("-1,00\u{202f}€") && page.contains("Vous économisez 1,00\u{202f}€"), "{page}");
    for id in ["less-1", "more-1", "remove-1", "remove-2", "pay", "give-up"] {
        assert!(page.contains(&format!("id=\"{id}\"")), "{id}");
    }
    assert!(!page.contains("id=\"less-2\""), "a weight is not counted");
    assert!(page.contains("name=\"quantity_milli\" value=\"1000\""), "{page}");
    let empty =
        render("LILLE-01", &offers(), &view(Screen::Scanning(Box::default())), Language::French).unwrap();
    assert!(empty.contains("Votre panier est vide.") && !empty.contains("id=\"pay\""));
}

#[test]
fn tare_price_by_the_litre_lowest_price_before_and_meal_vouchers_stand_on_the_page() {
    let mut basket = basket();
    basket.lines[0].measure = "l".into();
    basket.lines[0].measure_price_minor = Some(413);
    basket.lines[0].prior_price_minor = Some(350);
    basket.lines[1].tare_milli = 12;
    let page =
        render("LILLE-01", &offers(), &view(Screen::Scanning(Box::new(basket))), Language::French).unwrap();
    for said in [
        "4,13\u{202f}€/l",
        "prix le plus bas des 30 derniers jours : 3,50\u{202f}€, −28,8\u{202f}%",
        "tare déduite 0,012\u{202f}kg",
        "Payable en titres-restaurant : 1,05\u{202f}€",
        "Dont consignes : 0,25\u{202f}€",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
}

#[test]
fn only_what_may_be_settled_is_offered() {
    let page = |trouble| {
        let asked_time = datetime!(2026-05-02 10:05:09 UTC);
        let screen =
            Screen::Attendant { trouble, total_minor: 603, asked_time, attempt_id: uuid::Uuid::nil() };
        render("LILLE-01", &offers(), &view(screen), Language::French).unwrap()
    };
    let unknown = page(Trouble::PaymentUnknown(Doubt::Restarted));
    assert!(unknown.contains("value=\"paid\"") && unknown.contains("value=\"not_paid\""));
    let partial = page(Trouble::PaymentPartial { paid_minor: 300 });
    assert!(!partial.contains("value=\"paid\"") && partial.contains("3,00\u{202f}€"));
    let refused = page(Trouble::SaleRefused(Refusal::Other));
    assert!(!refused.contains("value=\"paid\"") && refused.contains("La somme a été rendue"));
}

#[test]
fn every_notice_has_its_own_reason_and_words_in_both_languages() {
    let mut reasons = std::collections::BTreeSet::new();
    let refusals = Refusal::ALL.into_iter().chain([Refusal::Other]).map(Notice::Refused);
    let causes = [
        NotTaken::Refused,
        NotTaken::Abandoned,
        NotTaken::TimedOut,
        NotTaken::NotDone,
        NotTaken::Unreachable,
        NotTaken::SettledByStaff,
    ];
    let others = [
        Notice::NoAnswer,
        Notice::Busy,
        Notice::NeedsAttendant,
        Notice::NoBasket,
        Notice::NotACard,
        Notice::CodeKept,
        Notice::NoWeight,
        Notice::BasketChanged,
        Notice::PresentCardAgain,
        Notice::PaymentUnknown,
        Notice::PaymentPartial,
        Notice::SaleRefused,
        Notice::WrongAttendantCode,
        Notice::NotFourDigits,
        Notice::NotAnAuthorisation,
        Notice::UnknownBrand,
        Notice::OtherAmount,
        Notice::CardNumberTyped,
        Notice::NotOffered,
        Notice::NotAnAddress,
        Notice::AddressNotKept,
        Notice::Printed,
        Notice::NotPrinted(PrinterFailure::Silent),
        Notice::NotPrinted(PrinterFailure::PaperEnd),
        Notice::NotPrinted(PrinterFailure::CoverOpen),
        Notice::NotPrinted(PrinterFailure::Fault),
        Notice::StillThere,
        Notice::Locked,
        Notice::Approved,
        Notice::GoodsTakenOut,
        Notice::CodeSettled,
        Notice::Checked,
        Notice::NotUnderstood,
        Notice::Stopping,
    ];
    for notice in refusals.chain(causes.map(Notice::NotPaid)).chain(others) {
        assert!(reasons.insert(notice.reason()), "{}", notice.reason());
        assert_ne!(Language::French.notice(notice), Language::English.notice(notice));
    }
}

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
    }
}

#[test]
fn the_tests_look_at_every_screen_and_every_template_is_in_the_frame_that_says_what_is_practised() {
    let looked_at: std::collections::BTreeSet<usize> = screens().iter().map(place).collect();
    assert_eq!(looked_at.into_iter().collect::<Vec<_>>(), (0..8).collect::<Vec<_>>());
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
    let page = |training| {
        let view = View { training, ..view(Screen::Paying { total_minor: 603 }) };
        render("LILLE-01", &offers(), &view, Language::French).unwrap()
    };
    assert!(page(true).contains("action=\"/training/card\""));
    assert!(!page(false).contains("/training/"));
}
