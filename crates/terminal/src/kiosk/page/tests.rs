use caisse_ap::Complement;
use time::{OffsetDateTime, macros::datetime};
use uuid::Uuid;

use super::*;
use crate::{
    card::{Doubt, NotTaken},
    client::Refusal,
    receipt::Token,
    suspension::SuspensionCode,
    tender::{Returned, Tender, TenderKind, Way},
    till::{Closure, Due, FailedPayment, Notice},
};

mod papers;
mod training;

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

fn attendant(trouble: Trouble, asked_time: OffsetDateTime) -> Screen {
    let (attempt_id, tender_id, kind) = (Uuid::nil(), None, TenderKind::Card);
    Screen::Attendant { trouble, total_minor: 603, asked_time, attempt_id, tender_id, kind }
}

fn screens() -> Vec<Screen> {
    let asked_time = datetime!(2026-05-02 10:05:09 UTC);
    let attendant = |trouble| attendant(trouble, asked_time);
    let sale =
        |given| Sale { sale_id: Uuid::from_u128(1), total_minor: 603, sequence: 7, given, training: false };
    vec![
        Screen::Starting,
        Screen::Idle,
        Screen::Locked,
        Screen::Closed(Closure::Findings),
        Screen::Closed(Closure::NoCheckout),
        Screen::Closed(Closure::Claimed(Refusal::TillCloned)),
        Screen::Scanning(Box::default()),
        Screen::Scanning(Box::new(basket())),
        Screen::Paying { total_minor: 603 },
        Screen::Telling { total_minor: 603, taken: true },
        Screen::Telling { total_minor: 603, taken: false },
        attendant(Trouble::PaymentUnknown(Doubt::NoAnswer)),
        attendant(Trouble::GiveBack { owed_minor: 300, is_unknown: false }),
        attendant(Trouble::GiveBack { owed_minor: 300, is_unknown: true }),
        attendant(Trouble::RefundUnknown),
        Screen::Held { tenders: vec![tender()], due_minor: 303 },
        Screen::GivingBack { tender: tender() },
        attendant(Trouble::SaleRefused(Refusal::AmountMismatch)),
        Screen::Suspended(SuspensionCode::fresh()),
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
        asks_after: std::time::Duration::from_secs(180),
        bag: None,
        recount: None,
        unpaid: None,
        due: Due {
            due_minor: 303,
            meal_voucher_minor: 105,
            store_credit_minor: 200,
            balance_minor: 200,
            may_be_paid: true,
            may_be_part: true,
        },
        returned: vec![Returned { tender: tender(), way: Way::Card, slip_text: String::new() }],
        notes: Vec::new(),
        findings: vec![pb::TillFinding::CardTerminalSilent, pb::TillFinding::PrinterSilent],
        unprinted: 0,
        unread: false,
        training: false,
        time_zone: "Europe/Paris".to_owned(),
    }
}

fn tender() -> Tender {
    let (brand, pan_last4) = ("CB".to_owned(), "0674".to_owned());
    Tender { tender_id: Uuid::from_u128(2), kind: TenderKind::Card, amount_minor: 300, brand, pan_last4 }
}

#[test]
fn a_part_that_is_paid_says_what_is_due_and_offers_every_means_and_the_money_back() {
    let view = view(Screen::Held { tenders: vec![tender()], due_minor: 303 });
    let page = render("LILLE-01", &offers(), &view, Language::French).unwrap();
    for said in
        ["<strong>3,00\u{202f}€</strong> payés, reste", "Tout par carte 3,03\u{202f}€", "Carte CB ···· 0674"]
    {
        assert!(page.contains(said), "{said}: {page}");
    }
    for id in ["pay-card", "pay-store-credit", "pay-meal-voucher", "pay-part", "give-back-sure"] {
        assert!(page.contains(&format!("id=\"{id}\"")), "{id}");
    }
    assert!(page.contains("name=\"amount\" type=\"text\"") && page.contains("value=\"1,05\""), "{page}");
    assert!(page.contains("rendus sur : Carte CB ···· 0674"), "{page}");
    let page = render("LILLE-01", &offers(), &view, Language::English).unwrap();
    assert!(page.contains("paid, still to be paid") && page.contains("value=\"1.05\""), "{page}");
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

#[test]
fn an_attendant_reads_the_time_of_the_shop_also_in_the_night_when_the_clocks_change() {
    let said = |time_zone: &str, asked_time| {
        let screen = attendant(Trouble::PaymentUnknown(Doubt::NoAnswer), asked_time);
        let view = View { time_zone: time_zone.to_owned(), ..view(screen) };
        let page = render("LILLE-01", &offers(), &view, Language::French).unwrap();
        page.split("<dd>").map(|rest| rest.split("</dd>").next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for (time_zone, asked_time, told) in [
        ("Europe/Paris", datetime!(2026-05-02 10:05:09 UTC), "12:05:09"),
        ("Indian/Reunion", datetime!(2026-05-02 10:05:09 UTC), "14:05:09"),
        ("Europe/Paris", datetime!(2026-10-25 00:30:00 UTC), "02:30:00"),
        ("Europe/Paris", datetime!(2026-10-25 01:30:00 UTC), "02:30:00"),
        ("Europe/Paris", datetime!(2026-03-29 01:00:00 UTC), "03:00:00"),
        ("", datetime!(2026-05-02 10:05:09 UTC), "10:05:09 UTC"),
    ] {
        let told_there = said(time_zone, asked_time);
        assert!(told_there.iter().any(|words| words == told), "{told}: {told_there:?}");
    }
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
        let screen = attendant(trouble, datetime!(2026-05-02 10:05:09 UTC));
        render("LILLE-01", &offers(), &view(screen), Language::French).unwrap()
    };
    let unknown = page(Trouble::PaymentUnknown(Doubt::Restarted));
    assert!(unknown.contains("value=\"paid\"") && unknown.contains("value=\"not_paid\""));
    let partial = page(Trouble::GiveBack { owed_minor: 300, is_unknown: false });
    assert!(!partial.contains("value=\"paid\"") && partial.contains("3,00\u{202f}€"));
    let refused = page(Trouble::SaleRefused(Refusal::Other));
    assert!(!refused.contains("value=\"paid\"") && refused.contains("La somme a été rendue"));
    let voucher = page(Trouble::SaleRefused(Refusal::MealVoucherLimit));
    assert!(voucher.contains("est une carte titre-restaurant") && voucher.contains("La somme a été rendue"));
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
        NotTaken::GivenBack,
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
        Notice::PartPaid,
        Notice::NotAnAmount,
        Notice::GivenBackByHand,
        Notice::GiveBackUnknown,
        Notice::TakenAfterAll,
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
        Notice::Printing,
        Notice::Printed,
        Notice::StillThere,
        Notice::NoteTheCode,
        Notice::NotACode,
        Notice::FinishFirst,
        Notice::Locked,
        Notice::Closed,
        Notice::Approved,
        Notice::GoodsTakenOut,
        Notice::CodeSettled,
        Notice::Checked,
        Notice::NotUnderstood,
        Notice::Stopping,
    ];
    let failures = papers::FAILURES;
    let papers = failures.map(Notice::NotPrinted).into_iter().chain(failures.map(Notice::SlipNotPrinted));
    for notice in refusals.chain(causes.map(Notice::NotPaid)).chain(others).chain(papers) {
        assert!(reasons.insert(notice.reason()), "{}", notice.reason());
        assert_ne!(Language::French.notice(notice), Language::English.notice(notice));
    }
}

#[test]
fn what_is_wrong_is_said_in_words_that_tell_what_to_do_and_the_paper_is_not_offered() {
    let page = |screen| render("LILLE-01", &offers(), &view(screen), Language::French).unwrap();
    let closed = page(Screen::Closed(Closure::Findings));
    for said in ["Caisse fermée", "Une autre caisse", "vérifiez qu’il est allumé et relié."] {
        assert!(closed.contains(said), "{said}: {closed}");
    }
    assert!(page(Screen::Idle).contains("vérifiez qu’elle est allumée et reliée."));
    let sale = Sale {
        sale_id: Uuid::from_u128(1),
        total_minor: 603,
        sequence: 7,
        given: Given::Nothing,
        training: false,
    };
    assert!(!page(Screen::Thanks(sale)).contains("id=\"print\""));
}

#[test]
fn a_machine_that_may_not_be_the_till_says_so_and_what_to_do() {
    for refusal in [Refusal::TillCloned, Refusal::TillClaimedElsewhere] {
        let screen = Screen::Closed(Closure::Claimed(refusal));
        let page = render("LILLE-01", &offers(), &view(screen), Language::French).unwrap();
        assert!(page.contains("une autre machine travaille") || page.contains("Une autre machine travaille"));
        assert!(page.contains("appelez le bureau"), "{page}");
    }
}

#[test]
fn every_finding_has_words_in_both_languages() {
    let numbers = 0..=i32::from(pb::TillFinding::ClaimedTwice);
    for finding in numbers.map(|number| pb::TillFinding::try_from(number).unwrap()) {
        assert_ne!(Language::French.finding(finding), Language::English.finding(finding));
    }
}
