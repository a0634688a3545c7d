use lettre::message::Mailbox;
use money::Cents;
use time::macros::datetime;
use uuid::Uuid;

use super::*;
use crate::domain::{
    CreditId, Discount, Language, Line, Means, MeasurePrice, Payment, Payout, RefundId, SaleId, Shop, VatRow,
};

mod paid_back;
mod payout;

const SALE: SaleId = SaleId(Uuid::from_u128(0x0192_f3a0_0000_7000_8000_0000_0000_0001));
const REFUND: RefundId = RefundId(Uuid::from_u128(0x0192_f3a0_0000_7000_8000_0000_0000_0004));
const CREDIT: CreditId = CreditId(Uuid::from_u128(3));

fn line(label: &str, by_weight: bool, quantity_milli: i64, unit_price: i64, gross: i64) -> Line {
    Line {
        label: label.to_owned(),
        by_weight,
        quantity_milli,
        unit_price: Cents::new(unit_price),
        gross: Cents::new(gross),
        total: Cents::new(gross),
        vat_rate_basis_points: 550,
        discounts: Vec::new(),
        is_deposit: false,
        tare_milli: 0,
        legal_guarantee: false,
        measure: None,
        prior_price: None,
    }
}

fn document(matter: Matter) -> Document {
    let discounts = vec![Discount { label: "Prix adhérent".to_owned(), amount: Cents::new(69) }];
    let cream =
        Line { discounts, total: Cents::new(621), ..line("Crème crue d’Isigny", false, 2000, 345, 690) };
    let wine =
        Line { vat_rate_basis_points: 2000, ..line("Cidre <b>& Poiré</b>", false, 1000, 123_450, 123_450) };
    let row = |rate_basis_points, ht, vat, ttc| VatRow {
        rate_basis_points,
        ht: Cents::new(ht),
        vat: Cents::new(vat),
        ttc: Cents::new(ttc),
    };
    Document {
        shop: Shop {
            name: "La Ferme de Lille".to_owned(),
            address_lines: vec!["1 rue des Champs".to_owned(), "59000 Lille".to_owned()],
            siret: "39033422500096".to_owned(),
            vat_number: "FR12390334225".to_owned(),
            time_zone: "Europe/Paris".to_owned(),
        },
        terminal_code: "LILLE-01".to_owned(),
        sequence: 41,
        time: datetime!(2026-05-02 09:31:07 UTC),
        currency_code: "EUR".to_owned(),
        lines: vec![cream, line("Pommes", true, 350, 290, 102), wine],
        vat_rows: vec![row(2000, 102_875, 20_575, 123_450), row(550, 685, 38, 723)],
        total: Cents::new(124_173),
        discount: Cents::new(69),
        deposits: Cents::ZERO,
        meal_voucher: Cents::ZERO,
        fiscal_hash: "00a000b00000c00000d0000000000000".to_owned(),
        fiscal_version: String::new(),
        language: Language::French,
        matter,
    }
}

fn receipt() -> Document {
    let card = Payment {
        amount: Cents::new(124_173),
        brand: "CB".to_owned(),
        last4: "0674".to_owned(),
        means: Means::Card,
    };
    document(Matter::Receipt { payments: vec![card] })
}

fn credit_note(payout: Payout) -> Document {
    let sale_time = datetime!(2026-04-30 22:30 UTC);
    Document {
        discount: Cents::ZERO,
        ..document(Matter::CreditNote {
            sale_sequence: 40,
            sale_time,
            payout,
            to_credit: Cents::ZERO,
            by_hand: Cents::ZERO,
        })
    }
}

fn contact(email: &str, first_name: &str) -> Contact {
    Contact { email: email.to_owned(), first_name: first_name.to_owned() }
}

fn from() -> Mailbox {
    "tickets@shop.example".parse().unwrap()
}

fn public_url() -> Url {
    "https://cabas.example/".parse().unwrap()
}

fn links() -> Links {
    Links { review: "REVIEW-TOKEN".to_owned(), refund: "REFUND-TOKEN".to_owned() }
}

fn view(document: &Document, slip: Option<&str>) -> View {
    let (contact, links) = (contact("camille@example.org", "Camille"), links());
    let slips: Vec<String> = slip.map(str::to_owned).into_iter().collect();
    let (about, links) = match document.matter {
        Matter::Receipt { .. } => (About::Sale(SALE), Some(&links)),
        Matter::CreditNote { .. } => (About::Refund { refund_id: REFUND, sale_id: SALE }, None),
        Matter::PaidBack { .. } => {
            (About::PaidBack { credit_id: CREDIT, refund_id: REFUND, sale_id: SALE }, None)
        }
    };
    let letter = Letter { about, document, contact: &contact, slips: &slips, links, is_to_guest: false };
    View::of(&letter, &public_url()).unwrap()
}

fn mail(document: &Document, contact: &Contact, slip: Option<&str>) -> Result<String, LetterError> {
    let links = links();
    let slips: Vec<String> = slip.map(str::to_owned).into_iter().collect();
    let about = About::Sale(SALE);
    let letter = Letter { about, document, contact, slips: &slips, links: Some(&links), is_to_guest: false };
    compose(&letter, &from(), &public_url()).map(|message| String::from_utf8(message.formatted()).unwrap())
}

#[test]
fn a_receipt_reads_well_as_text() {
    let view = view(&receipt(), Some("CARTE BANCAIRE"));
    insta::assert_snapshot!(ReceiptText { view: &view }.render().unwrap());
}

#[test]
fn a_price_that_a_label_gave_is_no_multiplication() {
    let mut receipt = receipt();
    receipt.lines = vec![line("Comté", true, 352, 2_190, 770), line("Pommes", true, 352, 2_190, 771)];
    let text = ReceiptText { view: &view(&receipt, None) }.render().unwrap();
    let label = "0,352\u{202f}kg net à 21,90\u{202f}€/kg, prix de l’étiquette = 7,70\u{202f}€";
    assert!(text.contains(label), "{text}");
    assert!(text.contains("0,352\u{202f}kg net × 21,90\u{202f}€/kg = 7,71\u{202f}€"), "{text}");
}

#[test]
fn a_receipt_reads_well_as_a_page_and_shows_markup_as_text() {
    let view = view(&receipt(), None);
    let page = ReceiptPage { view: &view }.render().unwrap();
    assert!(!page.contains("<b>") && !page.contains("<img") && !page.contains("src="));
    insta::assert_snapshot!(page);
}

#[test]
fn a_credit_note_refers_to_its_ticket_and_says_how_the_money_comes_back() {
    let at_the_desk = view(&credit_note(Payout::Desk), None);
    insta::assert_snapshot!(CreditNoteText { view: &at_the_desk }.render().unwrap());
    let as_credit = view(&credit_note(Payout::StoreCredit), None);
    insta::assert_snapshot!(CreditNotePage { view: &as_credit }.render().unwrap());
}

#[test]
fn a_mail_has_the_ticket_and_the_slip_as_two_parts() {
    let text =
        mail(&receipt(), &contact("camille@example.org", "Camille"), Some("CARTE BANCAIRE\nDébit")).unwrap();
    let mut masked: Vec<String> = Vec::new();
    for line in text.lines() {
        let is_header =
            ["From:", "To:", "Subject:", "Message-ID:", "Auto-Submitted:", "MIME-Version:", "Content-"]
                .iter()
                .any(|header| line.starts_with(header));
        if is_header {
            masked.push(line.split("boundary=").next().unwrap().trim_end().to_owned());
        }
    }
    insta::assert_snapshot!(masked.join("\n"));
    assert!(text.contains("\r\nDate: ") && text.is_ascii());
    assert!(
        mail(&receipt(), &contact("camille@example.org", "Camille"), None)
            .unwrap()
            .matches("Content-Disposition")
            .count()
            == 0
    );
}

#[test]
fn nothing_typed_anywhere_becomes_a_header() {
    let mut document = receipt();
    document.shop.name = "Ferme\r\nBcc: everybody@example.org".to_owned();
    let text =
        mail(&document, &contact("camille@example.org", "Camille\r\nBcc: everybody@example.org"), None)
            .unwrap();
    let (headers, _) = text.split_once("\r\n\r\n").unwrap();
    assert!(!headers.lines().any(|line| line.starts_with("Bcc")), "{headers}");
    assert_eq!(
        headers.lines().filter(|line| line.starts_with("To:")).collect::<Vec<_>>(),
        ["To: camille@example.org"]
    );
    for address in
        ["camille@example.org\r\nBcc: x@example.org", "a@b, c@d", "camille", "", "Camille <c@example.org>"]
    {
        assert!(
            matches!(mail(&receipt(), &contact(address, ""), None), Err(LetterError::Address)),
            "{address:?}"
        );
    }
}

#[test]
fn the_subject_tells_shop_day_and_amount_and_no_product() {
    let subject = view(&receipt(), None).subject;
    assert_eq!(subject, "Votre ticket La Ferme de Lille du 2 mai 2026 : 1\u{202f}241,73\u{202f}€");
    assert!(view(&credit_note(Payout::Other), None).subject.starts_with("Votre avoir La Ferme de Lille du"));
}

#[test]
fn the_operator_may_name_the_sender() {
    let named: Mailbox = "Les Fermes <tickets@shop.example>".parse().unwrap();
    assert_eq!(sender(&named, &receipt()).name.as_deref(), Some("Les Fermes"));
    assert_eq!(sender(&from(), &receipt()).name.as_deref(), Some("La Ferme de Lille"));
}

#[test]
fn a_ticket_shows_tare_price_by_measure_the_lowest_price_before_and_deposits_outside_vat() {
    let apples = Line { tare_milli: 12, ..line("Pommes", true, 350, 290, 102) };
    let cider = Line {
        measure: Some(MeasurePrice { measure: "l".to_owned(), price: Cents::new(413) }),
        prior_price: Some(Cents::new(320)),
        ..line("Cidre doux", false, 1000, 310, 310)
    };
    let dearer = Line { prior_price: Some(Cents::new(280)), ..line("Poiré", false, 1000, 310, 310) };
    let deposit = Line { is_deposit: true, ..line("Consigne", false, 1000, 20, 20) };
    let document = Document {
        lines: vec![apples, cider, dearer, deposit],
        deposits: Cents::new(20),
        meal_voucher: Cents::new(102),
        ..receipt()
    };
    let view = view(&document, None);
    let text = ReceiptText { view: &view }.render().unwrap();
    let page = ReceiptPage { view: &view }.render().unwrap();
    for said in [
        "tare déduite : 0,012\u{202f}kg",
        "soit 4,13\u{202f}€/litre",
        "prix le plus bas des 30 jours précédents : 3,20\u{202f}€, soit −3,1\u{202f}%",
        "prix le plus bas des 30 jours précédents : 2,80\u{202f}€",
        "Dont consignes, hors TVA : 0,20\u{202f}€",
        "Payable en titres-restaurant : 1,02\u{202f}€",
        "3 articles, 4 lignes",
    ] {
        assert!(text.contains(said), "{said}: {text}");
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(!text.contains("2,80\u{202f}€, soit"), "no reduction of a lower price: {text}");
    assert!(text.contains("= 0,20\u{202f}€ (hors TVA)"), "{text}");
}

#[test]
fn a_receipt_names_each_means_and_brings_each_slip() {
    let paid = |means, amount, brand: &str, last4: &str| Payment {
        amount: Cents::new(amount),
        brand: brand.to_owned(),
        last4: last4.to_owned(),
        means,
    };
    let payments = vec![
        paid(Means::StoreCredit, 100_000, "", ""),
        paid(Means::MealVoucher, 2_500, "CONECS", "4242"),
        paid(Means::Card, 21_673, "CB", "0674"),
    ];
    let document = document(Matter::Receipt { payments });
    let text = ReceiptText { view: &view(&document, None) }.render().unwrap();
    for said in [
        "Payé par avoir : 1\u{202f}000,00\u{202f}€",
        "Payé par titre-restaurant CONECS se terminant par 4242 : 25,00\u{202f}€",
        "Payé par carte CB se terminant par 0674 : 216,73\u{202f}€",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let (links, slips) = (links(), ["TITRE-RESTAURANT".to_owned(), "CARTE BANCAIRE".to_owned()]);
    let contact = contact("camille@example.org", "Camille");
    let letter = Letter {
        about: About::Sale(SALE),
        document: &document,
        contact: &contact,
        slips: &slips,
        links: Some(&links),
        is_to_guest: false,
    };
    let message = compose(&letter, &from(), &public_url()).unwrap().formatted();
    let message = String::from_utf8(message).unwrap();
    for part in ["recu-carte.txt", "recu-carte-2.txt", "TITRE-RESTAURANT", "CARTE BANCAIRE"] {
        assert!(message.contains(part), "{part}: {message}");
    }
}

#[test]
fn a_ticket_of_empties_alone_invites_to_nothing() {
    let empties = Line { is_deposit: true, ..line("Consigne rendue", false, 1000, -20, -20) };
    let document = Document { lines: vec![empties], total: Cents::new(-20), ..receipt() };
    assert!(!document.has_goods() && receipt().has_goods());
    let contact = contact("camille@example.org", "Camille");
    let (about, document) = (About::Sale(SALE), &document);
    let letter = Letter { about, document, contact: &contact, slips: &[], links: None, is_to_guest: false };
    let view = View::of(&letter, &public_url()).unwrap();
    let text = ReceiptText { view: &view }.render().unwrap();
    let page = ReceiptPage { view: &view }.render().unwrap();
    for said in [text, page] {
        assert!(!said.contains("https://") && !said.to_lowercase().contains("noter vos achats"), "{said}");
        assert!(said.contains("Empreinte") && said.contains("envoyé automatiquement"), "{said}");
    }
}

#[test]
fn the_ticket_of_durable_goods_says_that_the_law_guarantees_them_for_two_years() {
    let lamp = Line { legal_guarantee: true, ..line("Lampe", false, 1000, 1_990, 1_990) };
    let document = Document { lines: vec![lamp, line("Poiré", false, 1000, 310, 310)], ..receipt() };
    let view = view(&document, None);
    let said = "garantie légale de conformité : 2 ans à compter de la remise";
    for ticket in
        [ReceiptText { view: &view }.render().unwrap(), ReceiptPage { view: &view }.render().unwrap()]
    {
        assert_eq!(ticket.matches(said).count(), 1, "of one line alone: {ticket}");
    }
}

#[test]
fn a_ticket_that_was_wanted_in_english_is_english_throughout() {
    let view = view(&Document { language: Language::English, ..receipt() }, Some("CARTE BANCAIRE"));
    assert_eq!(view.subject, "Your receipt La Ferme de Lille of 2 May 2026: €1241.73");
    let text = ReceiptText { view: &view }.render().unwrap();
    let page = ReceiptPage { view: &view }.render().unwrap();
    assert!(page.contains("<html lang=\"en\">"), "{page}");
    for ticket in [&text, &page] {
        for said in ["Hello Camille,", "Receipt no. 41", "€6.21", "Paid by card CB ending in 0674: €1241.73"]
        {
            assert!(ticket.contains(said), "{said}: {ticket}");
        }
        for french in
            ["Bonjour", "Merci", "TVA", "Total TTC", "TOTAL TTC", "Noter", "caisse", "Vous ", "Empreinte"]
        {
            assert!(!ticket.contains(french), "{french}: {ticket}");
        }
        assert!(!ticket.contains(" :") && !ticket.contains("\u{a0}:"), "{ticket}");
    }
    let note = self::view(&Document { language: Language::English, ..credit_note(Payout::Desk) }, None);
    let text = CreditNoteText { view: &note }.render().unwrap();
    assert!(
        text.contains("Credit note no. 41") && text.contains("for goods of receipt no. 40 of 1 May 2026"),
        "{text}"
    );
    assert!(!text.contains("avoir") && !text.contains("accueil"), "{text}");
}

#[test]
fn an_address_that_was_typed_is_told_so_and_what_to_do_when_the_purchase_is_not_its_own() {
    let (contact, links, document) = (contact("camille@example.org", ""), links(), receipt());
    let (about, document) = (About::Sale(SALE), &document);
    let letter =
        Letter { about, document, contact: &contact, slips: &[], links: Some(&links), is_to_guest: true };
    let view = View::of(&letter, &public_url()).unwrap();
    let text = ReceiptText { view: &view }.render().unwrap();
    assert!(text.contains("Si cet achat n’est pas le vôtre") && !text.contains("carte d’adhérent"), "{text}");
}

#[test]
fn what_empties_bring_back_is_paid_out_at_the_desk() {
    let at_desk =
        Payment { amount: Cents::new(-100), brand: String::new(), last4: String::new(), means: Means::Desk };
    let document =
        Document { total: Cents::new(-100), ..document(Matter::Receipt { payments: vec![at_desk] }) };
    let text = ReceiptText { view: &view(&document, None) }.render().unwrap();
    assert!(text.contains("À recevoir à l’accueil : 1,00\u{202f}€"), "{text}");
}

#[test]
fn a_mail_shows_the_fiscal_version_that_sealed_its_ticket() {
    let sealed = Document { fiscal_version: "1.0".to_owned(), ..receipt() };
    assert_eq!(view(&sealed, None).seal, "ABCD v1.0");
}
