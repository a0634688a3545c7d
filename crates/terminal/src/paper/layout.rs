//! A ticket as lines of 42 letters: the same on every paper, but for the mention of which paper it is. It speaks the language in which
//! it was chosen; the card slip is what the card terminal gave.

use money::{Cents, Quantity};
use proto::checkout::v1 as pb;

use crate::{moment, receipt::Language};

/// Letters of a line.
const WIDTH: usize = 42;

/// At both ends of a paper that was practised: it is no ticket.
const TRAINING: &str = "*** FACTICE - FORMATION ***";

/// A line of the paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it says.
    pub text: String,
    /// Printed bold.
    pub bold: bool,
}

/// The ticket and its card slips as lines.
#[must_use]
pub fn lines(paper: &pb::PrintTicketResponse) -> Vec<Line> {
    let ticket = paper.ticket.clone().unwrap_or_default();
    let words = Words { english: ticket.language == Language::English.tag() };
    let mut lines = Vec::new();
    let mut say = |text: &str, bold: bool| {
        lines.extend(wrapped(text).into_iter().map(|text| Line { text, bold }));
    };
    let store = ticket.store.clone().unwrap_or_default();
    if ticket.training {
        say(&centred(TRAINING), true);
    }
    say(&centred(&store.name), true);
    for line in &store.address_lines {
        say(&centred(line), false);
    }
    say(&centred(&format!("SIRET {}", store.siret)), false);
    say(&centred(&format!("{} {}", words.say("TVA", "VAT"), store.vat_number)), false);
    say("", false);
    let (number, till) = (words.say("Ticket n°", "Receipt no."), words.say("Caisse", "Till"));
    say(&format!("{number} {}  {till} {}", ticket.sequence, ticket.terminal_code), false);
    say(&moment(&ticket, &store.time_zone), false);
    say(&mention(paper.copy), true);
    say(&"-".repeat(WIDTH), false);
    for line in &ticket.lines {
        for (text, bold) in article(line, words) {
            say(&text, bold);
        }
    }
    say(&"-".repeat(WIDTH), false);
    for (text, bold) in sums(&ticket, words) {
        say(&text, bold);
    }
    let seal = fiscal::shown(&ticket.fiscal_hash, &ticket.fiscal_version);
    say(&format!("{} {seal}", words.say("Scellé", "Seal")), false);
    for slip in &paper.slip_texts {
        say(&"-".repeat(WIDTH), false);
        for line in slip.lines() {
            say(line.trim_end(), false);
        }
    }
    if ticket.training {
        say(&centred(TRAINING), true);
    }
    lines
}

/// What a part of the total was paid with.
fn means(paid: &pb::Tender, words: Words) -> String {
    let what = match paid.kind() {
        pb::TenderKind::MealVoucher => words.say("Titre-restaurant", "Meal voucher"),
        pb::TenderKind::StoreCredit => words.say("Avoir", "Store credit"),
        pb::TenderKind::Card | pb::TenderKind::Unspecified => words.say("Carte", "Card"),
    };
    let Some(card) = &paid.card else { return what.to_owned() };
    format!("{what} {} ****{}", card.brand, card.pan_last4).trim_end_matches(" ****").trim_end().to_owned()
}

/// What there is to pay, the tax in it, and how it was paid.
fn sums(ticket: &pb::Ticket, words: Words) -> Vec<(String, bool)> {
    let total = ticket.total.as_ref().map_or(0, |total| total.amount_minor);
    let lines = words.say("ligne(s)", "line(s)");
    let mut rows = vec![
        (spread(words.say("TOTAL TTC", "TOTAL INCL. VAT"), &amount(total)), true),
        (format!("{} {lines}", ticket.lines.len()), false),
    ];
    let mut add = |text: &str, minor| rows.push((spread(text, &amount(minor)), false));
    if ticket.discount_minor > 0 {
        add(words.say("dont remises", "of which discounts"), -ticket.discount_minor);
    }
    if ticket.deposit_minor != 0 {
        add(words.say("dont consignes, hors TVA", "of which deposits, no VAT"), ticket.deposit_minor);
    }
    for row in &ticket.vat_totals {
        let rate = Cents::new(row.rate_basis_points).plain().replace('.', ",");
        let (vat, on) = (words.say("TVA", "VAT"), words.say("sur", "on"));
        add(&format!("{vat} {rate} % {on} {}", amount(row.ht_minor)), row.vat_minor);
    }
    for paid in &ticket.payments {
        add(&means(paid, words), paid.amount_minor);
    }
    if total < 0 {
        add(words.say("À recevoir à l'accueil", "To receive at the desk"), -total);
    }
    rows
}

/// A card slip alone.
pub(super) fn slip(slip_text: &str) -> Vec<Line> {
    let lines = slip_text.lines().flat_map(|line| wrapped(line.trim_end()));
    lines.map(|text| Line { text, bold: false }).collect()
}

/// What tells a paper from every other of its ticket.
fn mention(copy: i64) -> String {
    if copy == 0 { "ORIGINAL".to_owned() } else { format!("DUPLICATA {copy}") }
}

/// The two languages of a paper.
#[derive(Clone, Copy)]
struct Words {
    english: bool,
}

impl Words {
    const fn say(self, french: &'static str, english: &'static str) -> &'static str {
        if self.english { english } else { french }
    }
}

fn article(line: &pb::Line, words: Words) -> Vec<(String, bool)> {
    let price = amount(line.unit_price_minor);
    let quantity = Quantity::new(line.quantity_milli);
    let by_weight = line.sold_by() == pb::SoldBy::Kilogram;
    let is_product =
        money::is_price(Cents::new(line.unit_price_minor), quantity, Cents::new(line.gross_minor));
    let detail = match (by_weight, is_product) {
        (true, true) => format!("  {} net x {price}/kg", quantity.french_weight()),
        (true, false) => {
            format!("  {} net, {}", quantity.french_weight(), words.say("prix étiquette", "label price"))
        }
        (false, _) => format!("  {} x {price}", quantity.french()),
    };
    let rate = Cents::new(line.vat_rate_basis_points).plain().replace('.', ",");
    let vat = if line.vat_code.is_empty() {
        String::new()
    } else {
        format!("  {} {rate} %", words.say("TVA", "VAT"))
    };
    let mut rows = vec![
        (line.name.clone(), false),
        (spread(&format!("{detail}{vat}"), &amount(line.gross_minor)), false),
    ];
    if line.tare_milli > 0 {
        let tare = words.say("tare déduite :", "tare taken off:");
        rows.push((format!("  {tare} {}", Quantity::new(line.tare_milli).french_weight()), false));
    }
    if line.legal_guarantee {
        let guarantee =
            words.say("garantie légale de conformité : 2 ans", "legal guarantee of conformity: 2 years");
        rows.push((format!("  {guarantee}"), false));
        rows.push((format!("  {}", words.say("à compter de la remise", "from delivery")), false));
    }
    for off in &line.discounts {
        rows.push((spread(&format!("  {}", off.label), &amount(-off.amount_minor)), false));
    }
    rows
}

/// The moment by the shop's own clock, to the minute.
fn moment(ticket: &pb::Ticket, time_zone: &str) -> String {
    let Some(time) = &ticket.completed_time else { return String::new() };
    moment::local(time.seconds, time_zone, "%d/%m/%Y %H:%M")
}

fn amount(minor: i64) -> String {
    Cents::new(minor).french()
}

fn centred(text: &str) -> String {
    let letters = text.chars().count();
    format!("{}{text}", " ".repeat(WIDTH.saturating_sub(letters) / 2))
}

/// Two texts at the two ends of a line; on two lines when they do not fit.
fn spread(left: &str, right: &str) -> String {
    let (one, two) = (left.chars().count(), right.chars().count());
    if one + two < WIDTH {
        format!("{left}{}{right}", " ".repeat(WIDTH - one - two))
    } else {
        format!("{left}\n{}{right}", " ".repeat(WIDTH.saturating_sub(two)))
    }
}

/// A text in lines that fit; nothing of it is a command to the printer.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let letters: Vec<char> = line.chars().filter(|letter| !letter.is_control()).collect();
        if letters.is_empty() {
            lines.push(String::new());
        }
        lines.extend(letters.chunks(WIDTH).map(|part| part.iter().collect::<String>()));
    }
    lines
}
