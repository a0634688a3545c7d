//! What the templates show: every figure and every word as it is read in the language of the ticket.

use money::{Cents, Quantity};
use url::Url;

use super::{
    Letter, LetterError,
    payout::{self, Parts},
};
use crate::domain::{Document, Language, Line, Matter, Means, Payment, StoreZone, plain};

/// A document in words.
pub struct View {
    pub language: Language,
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
    pub payout: String,
    pub review_url: String,
    pub refund_url: String,
    /// How many card slips go with it.
    pub slips: usize,
    /// It goes to an address that was typed at the till.
    pub is_to_guest: bool,
}

/// A line of the ticket.
pub struct LineView {
    pub label: String,
    pub quantity: String,
    pub gross: String,
    /// With its word, or that there is no VAT.
    pub vat: String,
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
        let language = document.language;
        let amount = |cents| language.amount(cents, &document.currency_code);
        let (payments, original, payout) = match &document.matter {
            Matter::Receipt { payments } => {
                let payments =
                    payments.iter().map(|paid| payment(language, paid, &amount(paid.amount))).collect();
                (payments, String::new(), String::new())
            }
            Matter::CreditNote { sale_sequence, sale_time, payout, to_credit, by_hand } => {
                let parts = Parts { total: document.total, to_credit: *to_credit, by_hand: *by_hand };
                let payout = payout::words(language, *payout, parts, &amount);
                (Vec::new(), original(language, *sale_sequence, &zone.minute(*sale_time, language)), payout)
            }
            Matter::PaidBack { sale_sequence, sale_time, brand, last4 } => {
                let went = paid_back(language, &amount(document.total), brand, last4);
                (Vec::new(), original(language, *sale_sequence, &zone.minute(*sale_time, language)), went)
            }
        };
        let link =
            |path, token: &str| format!("{}/{path}/{token}", public_url.as_str().trim_end_matches('/'));
        Ok(Self {
            language,
            subject: subject(document, &zone.day(document.time, language), &amount(document.total)),
            greeting: greeting(language, &letter.contact.first_name),
            shop: plain(&document.shop.name),
            address_lines: document.shop.address_lines.iter().map(|line| plain(line)).collect(),
            siret: siret(&document.shop.siret),
            vat_number: plain(&document.shop.vat_number),
            terminal: plain(&document.terminal_code),
            number: document.sequence,
            date: zone.minute(document.time, language),
            lines: document.lines.iter().map(|line| line_view(language, line, &amount)).collect(),
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
            slips: letter.slips.len(),
            is_to_guest: letter.is_to_guest,
        })
    }

    /// One of two texts that mean the same.
    pub const fn say(&self, french: &'static str, english: &'static str) -> &'static str {
        self.language.say(french, english)
    }
}

/// The shop, the day and the amount; never a product, for the subject shows on locked screens.
fn subject(document: &Document, day: &str, total: &str) -> String {
    let language = document.language;
    let what = match document.matter {
        Matter::Receipt { .. } => language.say("Votre ticket", "Your receipt"),
        Matter::CreditNote { .. } => language.say("Votre avoir", "Your credit note"),
        Matter::PaidBack { .. } => language.say("Votre remboursement", "Your refund"),
    };
    let (of, colon) = (language.say("du", "of"), language.say(" :", ":"));
    plain(&format!("{what} {} {of} {day}{colon} {total}", document.shop.name))
}

fn greeting(language: Language, first_name: &str) -> String {
    let hello = language.say("Bonjour", "Hello");
    match plain(first_name).as_str() {
        "" => format!("{hello},"),
        name => format!("{hello} {name},"),
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

fn payment(language: Language, paid: &Payment, amount: &str) -> String {
    let colon = language.say(" :", ":");
    let with = match paid.means {
        Means::Desk => {
            let amount = amount.trim_start_matches(['-', '−']);
            let at_desk = language.say("À recevoir à l’accueil", "To receive at the desk");
            return format!("{at_desk}{colon} {amount}");
        }
        Means::StoreCredit => {
            return format!("{}{colon} {amount}", language.say("Payé par avoir", "Paid with store credit"));
        }
        Means::Other => return format!("{}{colon} {amount}", language.say("Payé", "Paid")),
        Means::MealVoucher => language.say("Payé par titre-restaurant", "Paid with a meal voucher"),
        Means::Card => language.say("Payé par carte", "Paid by card"),
    };
    let brand = plain(&paid.brand);
    let card = if brand.is_empty() { with.to_owned() } else { format!("{with} {brand}") };
    match plain(&paid.last4).as_str() {
        "" => format!("{card}{colon} {amount}"),
        last4 => {
            let ending = language.say("se terminant par", "ending in");
            format!("{card} {ending} {last4}{colon} {amount}")
        }
    }
}

/// The ticket that is given back from.
fn original(language: Language, sale_sequence: i64, moment: &str) -> String {
    let (number, of) = (language.say("n°", "no."), language.say("du", "of"));
    format!("{number} {sale_sequence} {of} {moment}")
}

/// How much went back, and to which card.
fn paid_back(language: Language, amount: &str, brand: &str, last4: &str) -> String {
    let card = match plain(brand).as_str() {
        "" => String::new(),
        brand => format!(" {brand}"),
    };
    let ending = match plain(last4).as_str() {
        "" => String::new(),
        last4 => format!(" {} {last4}", language.say("se terminant par", "ending in")),
    };
    match language {
        Language::French => format!("{amount} ont été versés sur la carte{card}{ending}."),
        Language::English => format!("{amount} was paid back to the card{card}{ending}."),
    }
}

fn line_view(language: Language, line: &Line, amount: &impl Fn(Cents) -> String) -> LineView {
    let quantity = Quantity::new(line.quantity_milli);
    let price = amount(line.unit_price);
    let is_product = money::is_price(line.unit_price, quantity, line.gross);
    let off = |discount: Cents| amount(discount.checked_neg().unwrap_or(discount));
    let rate = language.rate(line.vat_rate_basis_points);
    LineView {
        label: plain(&line.label),
        quantity: match (line.by_weight, is_product) {
            (true, true) => format!("{} net × {price}/kg", language.weight(quantity)),
            (true, false) => {
                let (at, label) =
                    (language.say("à", "at"), language.say("prix de l’étiquette", "price of the label"));
                format!("{} net {at} {price}/kg, {label}", language.weight(quantity))
            }
            (false, _) => format!("{} × {price}", language.pieces(quantity)),
        },
        gross: amount(line.gross),
        vat: match line.is_deposit {
            true => language.say("hors TVA", "no VAT").to_owned(),
            false => format!("{} {rate}", language.say("TVA", "VAT")),
        },
        vat_rate: if line.is_deposit { language.say("hors TVA", "no VAT").to_owned() } else { rate },
        details: details(language, line, amount),
        discounts: line
            .discounts
            .iter()
            .map(|discount| (plain(&discount.label), off(discount.amount)))
            .collect(),
        total: amount(line.total),
    }
}

fn details(language: Language, line: &Line, amount: &impl Fn(Cents) -> String) -> Vec<String> {
    let tare = (line.tare_milli > 0).then(|| {
        let said = language.say("tare déduite :", "tare taken off:");
        format!("{said} {}", language.weight(Quantity::new(line.tare_milli)))
    });
    let measure = line.measure.as_ref().map(|of| {
        let unit = match of.measure.as_str() {
            "kg" => "kg",
            "l" => "litre",
            _ => language.say("pièce", "piece"),
        };
        format!("{} {}/{unit}", language.say("soit", "that is"), amount(of.price))
    });
    let prior = line.prior_price.map(|price| {
        let said =
            language.say("prix le plus bas des 30 jours précédents :", "lowest price of the 30 days before:");
        let text = format!("{said} {}", amount(price));
        match reduction(price, line) {
            Some(tenths) => {
                format!("{text}, {} −{}", language.say("soit", "that is"), language.rate(tenths * 10))
            }
            None => text,
        }
    });
    // Existence and duration stand on the ticket of durable goods (C. conso. D211-6, as told in the facts of receipts).
    let guarantee = line.legal_guarantee.then(|| {
        let said = language.say(
            "garantie légale de conformité : 2 ans à compter de la remise",
            "legal guarantee of conformity: 2 years from delivery",
        );
        said.to_owned()
    });
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
        rate: document.language.rate(row.rate_basis_points),
        ht: amount(row.ht),
        vat: amount(row.vat),
        ttc: amount(row.ttc),
    });
    rows.collect()
}

fn count(document: &Document) -> String {
    let some =
        |count: i64, one: &str| if count < 2 { format!("{count} {one}") } else { format!("{count} {one}s") };
    let lines = i64::try_from(document.lines.len()).unwrap_or(i64::MAX);
    let (article, line) = (document.language.say("article", "item"), document.language.say("ligne", "line"));
    format!("{}, {}", some(document.article_count(), article), some(lines, line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_siret_is_written_in_its_groups() {
        assert_eq!(siret("39033422500096"), "390 334 225 00096");
        assert_eq!(siret("12"), "12");
    }

    #[test]
    fn a_nameless_member_is_greeted_all_the_same() {
        assert_eq!(greeting(Language::French, "\u{202e} "), "Bonjour,");
        assert_eq!(greeting(Language::French, "Zoé\r\nBcc: x"), "Bonjour Zoé  Bcc: x,");
        assert_eq!(greeting(Language::English, "Zoé"), "Hello Zoé,");
    }
}
