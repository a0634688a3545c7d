//! The mail of money that went back to a card at a till.

use super::*;

fn paid_back() -> Document {
    Document {
        lines: Vec::new(),
        vat_rows: Vec::new(),
        total: Cents::new(892),
        terminal_code: "LILLE-02".to_owned(),
        ..document(Matter::PaidBack {
            sale_sequence: 40,
            sale_time: datetime!(2026-04-30 22:30 UTC),
            brand: "CB".to_owned(),
            last4: "0674".to_owned(),
        })
    }
}

#[test]
fn money_that_went_back_is_told_with_its_card_and_its_slip_and_is_no_credit_note() {
    let view = self::view(&paid_back(), Some("CARTE BANCAIRE"));
    let text = PaidBackText { view: &view }.render().unwrap();
    let page = PaidBackPage { view: &view }.render().unwrap();
    assert!(view.subject.starts_with("Votre remboursement La Ferme de Lille"), "{}", view.subject);
    for said in [&text, &page] {
        for part in [
            "8,92\u{202f}€ ont été versés sur la carte CB se terminant par 0674.",
            "pour des articles du ticket n° 40 du 1er mai 2026",
            "Le reçu du terminal de paiement est joint à ce message.",
            "LILLE-02",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert!(!said.contains("Empreinte") && !said.contains("https://"), "{said}");
    }
    let english = Document { language: Language::English, ..paid_back() };
    let text = PaidBackText { view: &self::view(&english, None) }.render().unwrap();
    assert!(text.contains("€8.92 was paid back to the card CB ending in 0674."), "{text}");
    assert!(!text.contains("slip") && !text.contains("avoir"), "{text}");
    let sent =
        mail(&paid_back(), &contact("camille@example.org", "Camille"), Some("CARTE BANCAIRE")).unwrap();
    assert!(sent.contains("recu-carte.txt"), "{sent}");
}
