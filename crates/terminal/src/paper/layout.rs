//! A ticket as lines of 42 letters: the same on every paper, but for the mention of which paper it is.

use money::{Cents, Quantity};
use proto::checkout::v1 as pb;

use crate::moment;

/// Letters of a line.
const WIDTH: usize = 42;

/// A line of the paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it says.
    pub text: String,
    /// Printed bold.
    pub bold: bool,
}

/// The ticket and its card slip as lines.
#[must_use]
pub fn lines(paper: &pb::PrintTicketResponse) -> Vec<Line> {
    let ticket = paper.ticket.clone().unwrap_or_default();
    let mut lines = Vec::new();
    let mut say = |text: &str, bold: bool| {
        lines.extend(wrapped(text).into_iter().map(|text| Line { text, bold }));
    };
    let store = ticket.store.clone().unwrap_or_default();
    say(&centred(&store.name), true);
    for line in &store.address_lines {
        say(&centred(line), false);
    }
    say(&centred(&format!("SIRET {}", store.siret)), false);
    say(&centred(&format!("TVA {}", store.vat_number)), false);
    say("", false);
    say(&format!("Ticket n° {}  Caisse {}", ticket.sequence, ticket.terminal_code), false);
    say(&moment(&ticket, &store.time_zone), false);
    say(&mention(paper.copy), true);
    say(&"-".repeat(WIDTH), false);
    for line in &ticket.lines {
        for (text, bold) in article(line) {
            say(&text, bold);
        }
    }
    say(&"-".repeat(WIDTH), false);
    let total = ticket.total.as_ref().map_or(0, |total| total.amount_minor);
    say(&spread("TOTAL TTC", &amount(total)), true);
    say(&format!("{} ligne(s)", ticket.lines.len()), false);
    if ticket.discount_minor > 0 {
        say(&spread("dont remises", &amount(-ticket.discount_minor)), false);
    }
    if ticket.deposit_minor != 0 {
        say(&spread("dont consignes, hors TVA", &amount(ticket.deposit_minor)), false);
    }
    for row in &ticket.vat_totals {
        let rate = Cents::new(row.rate_basis_points).plain().replace('.', ",");
        say(&spread(&format!("TVA {rate} % sur {}", amount(row.ht_minor)), &amount(row.vat_minor)), false);
    }
    match &ticket.payment {
        Some(paid) => {
            let card = format!("Carte {} ****{}", paid.brand, paid.pan_last4);
            say(&spread(card.trim_end_matches(" ****"), &amount(paid.amount_minor)), false);
        }
        None if total < 0 => say(&spread("À recevoir à l'accueil", &amount(-total)), false),
        None => {}
    }
    say(&format!("Scellé {}", fiscal::shown(&ticket.fiscal_hash)), false);
    if !paper.slip_text.is_empty() {
        say(&"-".repeat(WIDTH), false);
        for line in paper.slip_text.lines() {
            say(line.trim_end(), false);
        }
    }
    lines
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

fn article(line: &pb::Line) -> Vec<(String, bool)> {
    let price = amount(line.unit_price_minor);
    let quantity = Quantity::new(line.quantity_milli);
    let by_weight = line.sold_by() == pb::SoldBy::Kilogram;
    let is_product =
        money::is_price(Cents::new(line.unit_price_minor), quantity, Cents::new(line.gross_minor));
    let detail = match (by_weight, is_product) {
        (true, true) => format!("  {} net x {price}/kg", quantity.french_weight()),
        (true, false) => format!("  {} net, prix étiquette", quantity.french_weight()),
        (false, _) => format!("  {} x {price}", quantity.french()),
    };
    let rate = Cents::new(line.vat_rate_basis_points).plain().replace('.', ",");
    let vat = if line.vat_code.is_empty() { String::new() } else { format!("  TVA {rate} %") };
    let mut rows = vec![
        (line.name.clone(), false),
        (spread(&format!("{detail}{vat}"), &amount(line.gross_minor)), false),
    ];
    if line.tare_milli > 0 {
        rows.push((format!("  tare déduite : {}", Quantity::new(line.tare_milli).french_weight()), false));
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
