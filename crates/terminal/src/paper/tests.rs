use proto::{
    checkout::v1 as pb,
    r#type::v1::{Money, VatTotal},
};

use super::*;

fn ticket() -> pb::Ticket {
    let euros = |amount_minor| Some(Money { currency_code: "EUR".into(), amount_minor });
    pb::Ticket {
        store: Some(pb::Store {
            name: "La Ferme de Lille".into(),
            address_lines: vec!["1 rue des Champs".into(), "59000 Lille".into()],
            siret: "39033422500096".into(),
            vat_number: "FR12390334225".into(),
            time_zone: "Europe/Paris".into(),
            ..Default::default()
        }),
        terminal_code: "LILLE-01".into(),
        sequence: 41,
        completed_time: Some(proto_time(1_777_714_267)),
        lines: vec![pb::Line {
            line_id: 1,
            name: "Crème crue d’Isigny — 20 cl, avec un nom plus long que la ligne".into(),
            sold_by: pb::SoldBy::Unit.into(),
            quantity_milli: 2_000,
            unit_price_minor: 345,
            gross_minor: 690,
            total_minor: 621,
            vat_code: "REDUCED".into(),
            vat_rate_basis_points: 550,
            discounts: vec![pb::Discount {
                label: "Prix adhérent".into(),
                amount_minor: 69,
                ..Default::default()
            }],
            ..Default::default()
        }],
        total: euros(621),
        discount_minor: 69,
        vat_totals: vec![VatTotal { rate_basis_points: 550, ttc_minor: 621, vat_minor: 32, ht_minor: 589 }],
        payments: vec![paid(pb::TenderKind::Card, 621, Some(("CB", "0674")))],
        fiscal_hash: "abcdef0123456789abcdef".into(),
        ..Default::default()
    }
}

fn paid(kind: pb::TenderKind, amount_minor: i64, card: Option<(&str, &str)>) -> pb::Tender {
    let card = card.map(|(brand, last4)| pb::CardPayment {
        amount_minor,
        brand: brand.into(),
        pan_last4: last4.into(),
        ..Default::default()
    });
    pb::Tender { tender_id: String::new(), kind: kind.into(), amount_minor, card }
}

fn proto_time(seconds: i64) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds, nanos: 0 }
}

fn paper(copy: i64) -> PrintTicketResponse {
    PrintTicketResponse { ticket: Some(ticket()), slip_texts: vec!["CARTE BANCAIRE\nDEBIT".into()], copy }
}

#[test]
fn a_paper_has_the_mentions_of_a_ticket_and_no_line_is_too_long() {
    let lines = lines(&paper(0));
    let text: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    let text = text.join("\n");
    for mention in [
        "La Ferme de Lille",
        "SIRET 39033422500096",
        "TVA FR12390334225",
        "Ticket n° 41  Caisse LILLE-01",
        "02/05/2026 11:31",
        "ORIGINAL",
        "2 x 3,45",
        "Prix adhérent",
        "TOTAL TTC",
        "1 ligne(s)",
        "TVA 5,50 % sur",
        "Carte CB ****0674",
        "Scellé C",
        "CARTE BANCAIRE\nDEBIT",
    ] {
        assert!(text.contains(mention), "{mention} in\n{text}");
    }
    for line in &lines {
        assert!(line.text.chars().count() <= 42, "{}", line.text);
    }
}

#[test]
fn a_paper_shows_the_fiscal_version_that_sealed_its_ticket() {
    let sealed_by = |fiscal_version: &str| {
        let ticket = Some(pb::Ticket { fiscal_version: fiscal_version.into(), ..ticket() });
        let lines = lines(&PrintTicketResponse { ticket, ..paper(1) });
        lines.into_iter().find(|line| line.text.starts_with("Scellé")).unwrap().text
    };
    assert_eq!(sealed_by("1.0"), "Scellé C06C v1.0");
    assert_eq!(sealed_by(""), format!("Scellé C06C v{}", fiscal::VERSION));
}

#[test]
fn a_paper_names_each_means_of_payment_and_shows_each_slip() {
    let mut paper = paper(0);
    paper.ticket.as_mut().unwrap().payments = vec![
        paid(pb::TenderKind::StoreCredit, 100, None),
        paid(pb::TenderKind::MealVoucher, 200, Some(("CONECS", "4242"))),
        paid(pb::TenderKind::Card, 321, Some(("CB", ""))),
    ];
    paper.slip_texts = vec!["TITRE-RESTAURANT".into(), "CARTE BANCAIRE".into()];
    let lines = lines(&paper);
    let ends = |start: &str, end: &str| {
        lines.iter().any(|line| line.text.starts_with(start) && line.text.ends_with(end))
    };
    assert!(ends("Avoir  ", "1,00\u{202f}€") && ends("Titre-restaurant CONECS ****4242  ", "2,00\u{202f}€"));
    assert!(ends("Carte CB  ", "3,21\u{202f}€"), "{lines:?}");
    let place = |slip: &str| lines.iter().position(|line| line.text == slip);
    assert!(place("TITRE-RESTAURANT").unwrap() < place("CARTE BANCAIRE").unwrap());
}

#[test]
fn a_paper_that_was_practised_is_marked_at_both_ends_and_every_other_is_not() {
    let texts = |training| {
        let ticket = Some(pb::Ticket { training, ..ticket() });
        let lines = lines(&PrintTicketResponse { ticket, ..paper(1) });
        lines.into_iter().map(|line| line.text).collect::<Vec<_>>()
    };
    let practised = texts(true);
    for end in [practised.first(), practised.last()] {
        assert!(end.is_some_and(|line| line.contains("FACTICE - FORMATION")), "{practised:?}");
    }
    assert!(!texts(false).join("\n").contains("FACTICE"));
}

#[test]
fn a_shop_whose_time_zone_nobody_knows_says_that_its_paper_has_another_clock() {
    let mut abroad = paper(0);
    if let Some(store) = abroad.ticket.as_mut().and_then(|ticket| ticket.store.as_mut()) {
        store.time_zone = "Europe/Nowhere".into();
    }
    assert!(lines(&abroad).iter().any(|line| line.text == "02/05/2026 09:31 UTC"), "{abroad:?}");
}

#[test]
fn two_papers_of_a_ticket_differ_in_their_mention_alone() {
    let (original, duplicate) = (lines(&paper(0)), lines(&paper(3)));
    let other: Vec<_> = original.iter().zip(&duplicate).filter(|(one, two)| one != two).collect();
    assert_eq!(original.len(), duplicate.len());
    assert_eq!(other.len(), 1);
    assert_eq!((other[0].0.text.as_str(), other[0].1.text.as_str()), ("ORIGINAL", "DUPLICATA 3"));
}

#[test]
fn nothing_on_a_ticket_is_a_command_to_the_printer() {
    let mut hostile = paper(0);
    if let Some(ticket) = hostile.ticket.as_mut() {
        ticket.lines[0].name = "Thé\u{1b}@\u{1d}V\u{0} € 日本".into();
    }
    let bytes = escpos::document(&lines(&hostile));
    let cuts = bytes.windows(2).filter(|pair| *pair == [0x1d, b'V']).count();
    let starts = bytes.windows(2).filter(|pair| *pair == [0x1b, b'@']).count();
    assert_eq!((cuts, starts), (1, 1));
    // Accents and the euro are of the code page, and what is not is a question mark.
    let name = [&b"Th"[..], &[0x82], b"@V ", &[0xd5], b" ??"].concat();
    assert!(bytes.windows(name.len()).any(|part| part == name), "{bytes:02x?}");
}

#[test]
fn each_state_of_a_printer_is_told_apart_and_what_is_no_state_is_a_fault() {
    for (states, judged) in [
        ([0x12, 0x12, 0x12], Ok(())),
        // Paper near its end still prints.
        ([0x12, 0x12, 0x1e], Ok(())),
        ([0x1a, 0x16, 0x12], Err(PrinterFailure::CoverOpen)),
        ([0x1a, 0x32, 0x12], Err(PrinterFailure::PaperEnd)),
        ([0x12, 0x12, 0x72], Err(PrinterFailure::PaperEnd)),
        ([0x1a, 0x52, 0x12], Err(PrinterFailure::Fault)),
        ([b'H', b'T', b'T'], Err(PrinterFailure::Fault)),
    ] {
        assert_eq!(escpos::judge(states), judged, "{states:02x?}");
    }
}

#[tokio::test]
async fn a_printer_that_is_not_there_or_says_nothing_is_silent() {
    let nobody = Printer::at("127.0.0.1:1".to_owned());
    assert_eq!(nobody.ready().await.unwrap_err(), PrinterFailure::Silent);
    let mute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let printer = Printer::at(mute.local_addr().unwrap().to_string());
    assert_eq!(printer.ready().await.unwrap_err(), PrinterFailure::Silent);
}

#[tokio::test]
async fn a_printer_is_reached_once_for_a_paper() {
    let at = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let printer = Printer::at(at.local_addr().unwrap().to_string());
    let played = tokio::spawn(async move {
        let (mut stream, _) = at.accept().await.unwrap();
        drop(at);
        // Every question is answered as by a printer that is well; what is printed is read over.
        let mut asked = 0;
        while let Ok(byte) = stream.read_u8().await {
            let answer = match byte {
                0x10 => Some(0x12),
                0x1d if stream.read_u8().await.unwrap() == b'r' => Some(0),
                _ => None,
            };
            if let Some(answer) = answer {
                asked += 1;
                stream.write_u8(answer).await.unwrap();
            }
        }
        asked
    });
    printer.ready().await.unwrap().print(&paper(0)).await.unwrap();
    // Before the paper, after its last byte, and whether all is well then.
    assert_eq!(played.await.unwrap(), 3 + 1 + 3);
}

#[test]
fn the_paper_of_durable_goods_says_that_the_law_guarantees_them_for_two_years() {
    let said = |paper: &PrintTicketResponse| {
        let lines = lines(paper).into_iter().map(|line| line.text).collect::<Vec<_>>().join("\n");
        lines.contains("garantie légale de conformité : 2 ans")
    };
    let mut durable = paper(0);
    assert!(!said(&durable));
    durable.ticket.as_mut().unwrap().lines[0].legal_guarantee = true;
    assert!(said(&durable));
}

#[test]
fn a_paper_speaks_the_language_in_which_the_ticket_was_chosen() {
    let mut english = paper(0);
    english.ticket.as_mut().unwrap().language = "en".into();
    let text = lines(&english).into_iter().map(|line| line.text).collect::<Vec<_>>().join("\n");
    for said in [
        "Receipt no. 41  Till LILLE-01",
        "ORIGINAL",
        "TOTAL INCL. VAT",
        "1 line(s)",
        "VAT 5,50 % on",
        "Card CB",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.contains("Caisse") && !text.contains("Scellé"), "{text}");
}
