//! What the templates show: every figure and every word as it is read in French.

use money::{Cents, Quantity};
use url::Url;

use super::{Letter, LetterError};
use crate::domain::{Document, Line, Matter, Payment, Payout, StoreZone, plain};

/// Space before a percent sign.
const NARROW_SPACE: char = '\u{202f}';

/// A document in words.
pub struct View {
    pub subject: String,
    pub greeting: String,
    pub shop: String,
    pub address_lines: Vec<String>,
    pub siret: String,
    pub vat_number: String,
    pub terminal: String,
    pub number: i64,
    pub date: String,
    pub lines: Vec<LineView>,
    pub count: String,
    pub vat_rows: Vec<VatView>,
    pub total: String,
    pub discount: Option<String>,
    pub deposits: Option<String>,
    pub meal_voucher: Option<String>,
    pub seal: String,
    /// How it was paid.
    pub payments: Vec<String>,
    /// The ticket that a credit note gives back from.
    pub original: String,
    /// How the money of a credit note comes back.
    pub payout: &'static str,
    pub review_url: String,
    pub refund_url: String,
    pub has_slip: bool,
}

/// A line of the ticket.
pub struct LineView {
    pub label: String,
    pub quantity: String,
    pub gross: String,
    pub vat_rate: String,
    /// Tare, the price by the measure, the lowest price before: each when there is one.
    pub details: Vec<String>,
    /// Label and amount of each discount.
    pub discounts: Vec<(String, String)>,
    pub total: String,
}

/// A row of the VAT table.
pub struct VatView {
    pub rate: String,
    pub ht: String,
    pub vat: String,
    pub ttc: String,
}

impl View {
    pub fn of(letter: &Letter<'_>, public_url: &Url) -> Result<Self, LetterError> {
        let document = letter.document;
        let zone = StoreZone::named(&document.shop.time_zone)?;
        let amount = |cents| amount(cents, &document.currency_code);
        let (payments, original, payout) = match &document.matter {
            Matter::Receipt { payments } => {
                let payments = payments.iter().map(|paid| payment(paid, &amount(paid.amount))).collect();
                (payments, String::new(), "")
            }
            Matter::CreditNote { sale_sequence, sale_time, payout: how } => {
                (Vec::new(), format!("n° {sale_sequence} du {}", zone.minute(*sale_time)), payout(*how))
            }
        };
        let link =
            |path, token: &str| format!("{}/{path}/{token}", public_url.as_str().trim_end_matches('/'));
        Ok(Self {
            subject: subject(document, &zone.day(document.time), &amount(document.total)),
            greeting: greeting(&letter.contact.first_name),
            shop: plain(&document.shop.name),
            address_lines: document.shop.address_lines.iter().map(|line| plain(line)).collect(),
            siret: siret(&document.shop.siret),
            vat_number: plain(&document.shop.vat_number),
            terminal: plain(&document.terminal_code),
            number: document.sequence,
            date: zone.minute(document.time),
            lines: document.lines.iter().map(|line| line_view(line, &amount)).collect(),
            count: count(document),
            vat_rows: vat_rows(document, &amount),
            total: amount(document.total),
            discount: (!document.discount.is_zero()).then(|| amount(document.discount)),
            deposits: (!document.deposits.is_zero()).then(|| amount(document.deposits)),
            meal_voucher: (!document.meal_voucher.is_zero()).then(|| amount(document.meal_voucher)),
            seal: document.short_hash(),
            payments,
            original,
            payout,
            review_url: letter.links.map(|links| link("r", &links.review)).unwrap_or_default(),
            refund_url: letter.links.map(|links| link("s", &links.refund)).unwrap_or_default(),
            has_slip: letter.slip.is_some(),
        })
    }
}

/// The French way for euros; another currency shows its code.
fn amount(cents: Cents, currency_code: &str) -> String {
    let text = cents.french();
    if currency_code == "EUR" { text } else { text.replace('€', currency_code) }
}

/// The shop, the day and the amount; never a product, for the subject shows on locked screens.
fn subject(document: &Document, day: &str, total: &str) -> String {
    let what = match document.matter {
        Matter::Receipt { .. } => "Votre ticket",
        Matter::CreditNote { .. } => "Votre avoir",
    };
    plain(&format!("{what} {} du {day} : {total}", document.shop.name))
}

fn greeting(first_name: &str) -> String {
    match plain(first_name).as_str() {
        "" => "Bonjour,".to_owned(),
        name => format!("Bonjour {name},"),
    }
}

/// `000 000 000 00000`, as it is written in France.
fn siret(digits: &str) -> String {
    let text = plain(digits);
    match (text.get(..3), text.get(3..6), text.get(6..9), text.get(9..)) {
        (Some(one), Some(two), Some(three), Some(rest)) => format!("{one} {two} {three} {rest}"),
        _ => text,
    }
}

fn payment(paid: &Payment, amount: &str) -> String {
    if paid.at_desk {
        return format!("À recevoir à l’accueil : {}", amount.trim_start_matches(['-', '−']));
    }
    let brand = plain(&paid.brand);
    let card =
        if brand.is_empty() { "Payé par carte".to_owned() } else { format!("Payé par carte {brand}") };
    match plain(&paid.last4).as_str() {
        "" => format!("{card} : {amount}"),
        last4 => format!("{card} se terminant par {last4} : {amount}"),
    }
}

fn payout(payout: Payout) -> &'static str {
    match payout {
        Payout::Desk => {
            "Passez à l’accueil du magasin avec la carte bancaire qui a payé : la somme y est versée en votre présence."
        }
        // Nobody keeps a balance of store credit: the desk pays whatever was asked for.
        Payout::StoreCredit | Payout::Other => {
            "L’accueil du magasin vous dit comment la somme vous est rendue."
        }
    }
}

fn line_view(line: &Line, amount: &impl Fn(Cents) -> String) -> LineView {
    let quantity = Quantity::new(line.quantity_milli);
    let price = amount(line.unit_price);
    let is_product = money::is_price(line.unit_price, quantity, line.gross);
    let off = |discount: Cents| amount(discount.checked_neg().unwrap_or(discount));
    LineView {
        label: plain(&line.label),
        quantity: match (line.by_weight, is_product) {
            (true, true) => format!("{} net × {price}/kg", quantity.french_weight()),
            (true, false) => {
                format!("{} net à {price}/kg, prix de l’étiquette", quantity.french_weight())
            }
            (false, _) => format!("{} × {price}", quantity.french()),
        },
        gross: amount(line.gross),
        vat_rate: if line.is_deposit { "hors TVA".to_owned() } else { rate(line.vat_rate_basis_points) },
        details: details(line, amount),
        discounts: line
            .discounts
            .iter()
            .map(|discount| (plain(&discount.label), off(discount.amount)))
            .collect(),
        total: amount(line.total),
    }
}

fn details(line: &Line, amount: &impl Fn(Cents) -> String) -> Vec<String> {
    let tare = (line.tare_milli > 0)
        .then(|| format!("tare déduite : {}", Quantity::new(line.tare_milli).french_weight()));
    let measure = line.measure.as_ref().map(|of| {
        let unit = match of.measure.as_str() {
            "kg" => "kg",
            "l" => "litre",
            _ => "pièce",
        };
        format!("soit {}/{unit}", amount(of.price))
    });
    let prior = line.prior_price.map(|price| {
        let text = format!("prix le plus bas des 30 jours précédents : {}", amount(price));
        match reduction(price, line) {
            Some(tenths) => format!("{text}, soit −{}", rate(tenths * 10)),
            None => text,
        }
    });
    // Existence and duration stand on the ticket of durable goods (C. conso. D211-6, as told in the facts of receipts).
    let guarantee = line
        .legal_guarantee
        .then(|| "garantie légale de conformité : 2 ans à compter de la remise".to_owned());
    [tare, measure, prior, guarantee].into_iter().flatten().collect()
}

/// What was paid less than at the lowest price before. An announced reduction is one of that price, not of a higher one since (Court of
/// Justice, C-330/23 Aldi Süd, 26 September 2024, as the Court's note to the press tells it).
fn reduction(prior: Cents, line: &Line) -> Option<i64> {
    let before = money::price(prior, Quantity::new(line.quantity_milli))?;
    money::reduction_tenths(before, line.total)
}

fn vat_rows(document: &Document, amount: &impl Fn(Cents) -> String) -> Vec<VatView> {
    let rows = document.vat_rows.iter().map(|row| VatView {
        rate: rate(row.rate_basis_points),
        ht: amount(row.ht),
        vat: amount(row.vat),
        ttc: amount(row.ttc),
    });
    rows.collect()
}

/// `5,5 %`.
fn rate(basis_points: i64) -> String {
    let (whole, rest) = (basis_points / 100, basis_points % 100);
    let decimals = match rest {
        0 => String::new(),
        rest if rest % 10 == 0 => format!(",{}", rest / 10),
        rest => format!(",{rest:02}"),
    };
    format!("{whole}{decimals}{NARROW_SPACE}%")
}

fn count(document: &Document) -> String {
    let some =
        |count: i64, one: &str| if count < 2 { format!("{count} {one}") } else { format!("{count} {one}s") };
    let lines = i64::try_from(document.lines.len()).unwrap_or(i64::MAX);
    format!("{}, {}", some(document.article_count(), "article"), some(lines, "ligne"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_numbers_are_written_the_french_way() {
        let rates = [550, 2000, 210, 1000, 1025].map(rate);
        assert_eq!(rates, ["5,5\u{202f}%", "20\u{202f}%", "2,1\u{202f}%", "10\u{202f}%", "10,25\u{202f}%"]);
        assert_eq!(siret("39033422500096"), "390 334 225 00096");
        assert_eq!(siret("12"), "12");
        assert_eq!(amount(Cents::new(123_450), "CHF"), "1\u{202f}234,50\u{202f}CHF");
    }

    #[test]
    fn a_nameless_member_is_greeted_all_the_same() {
        assert_eq!(greeting("\u{202e} "), "Bonjour,");
        assert_eq!(greeting("Zoé\r\nBcc: x"), "Bonjour Zoé  Bcc: x,");
    }
}
