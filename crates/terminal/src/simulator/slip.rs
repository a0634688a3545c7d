//! Slips as card terminals write them: the card's number is cut to its last four digits.

use caisse_ap::{Operation, Request, Unpaid};
use money::Cents;
use time::{OffsetDateTime, macros::format_description};

/// An invented card: the same amount is always paid with the same one.
#[derive(Debug)]
pub(super) struct Card {
    pub aid: &'static str,
    pub name: &'static str,
    pub pan_last4: String,
    pub authorisation: String,
    pub contactless: bool,
    cryptogram: String,
}

const SCHEMES: [(&str, &str); 5] = [
    ("A0000000421010", "CB"),
    ("A0000000031010", "Visa"),
    ("A0000000421010", "CB"),
    ("A0000000041010", "MasterCard"),
    ("A0000000043060", "Maestro"),
];

impl Card {
    pub(super) fn of(amount_minor: i64) -> Self {
        // Steps of splitmix64: neighbouring amounts get cards that have nothing in common.
        let mut mixed = amount_minor.unsigned_abs().wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed ^= mixed >> 27;
        let scheme = usize::try_from(mixed % 5).expect("a remainder of five fits");
        let (aid, name) = SCHEMES[scheme];
        Self {
            aid,
            name,
            pan_last4: format!("{:04}", (mixed >> 8) % 10_000),
            authorisation: format!("A{:05}", (mixed >> 24) % 100_000),
            contactless: !mixed.is_multiple_of(4),
            // A letter in the middle: no run of digits in a slip may be as long as a card's number.
            cryptogram: format!("{:07X}C{:07X}F", (mixed >> 20) & 0xFFF_FFFF, mixed & 0xFFF_FFFF),
        }
    }
}

impl Card {
    /// The card of an amount, or another one that ends so.
    pub(super) fn presented(amount_minor: i64, pan_last4: Option<String>) -> Self {
        let card = Self::of(amount_minor);
        let pan_last4 = pan_last4.unwrap_or_else(|| card.pan_last4.clone());
        Self { pan_last4, ..card }
    }
}

/// The shopper's slip of a payment.
pub(super) fn paid(
    shop: &str,
    now: OffsetDateTime,
    card: &Card,
    amount_minor: i64,
    operation: Operation,
) -> String {
    let reading = if card.contactless { "SANS CONTACT" } else { "EMV" };
    let amount = Cents::new(amount_minor).plain().replace('.', ",");
    [
        "CARTE BANCAIRE",
        reading,
        card.aid,
        card.name,
        &moment(now),
        shop,
        "CONTRAT 1999403",
        &format!("############{}", card.pan_last4),
        &card.cryptogram,
        "005 001 000010 C @",
        &format!("NUM AUTO : {}", card.authorisation),
        &format!("MONTANT : {amount} EUR"),
        if operation == Operation::Credit { "CREDIT" } else { "DEBIT" },
        "TICKET CLIENT",
        "A CONSERVER",
    ]
    .join("\n")
}

/// A slip so long that it fills the largest field there is: 738 characters are 984 of base64.
pub(super) fn largest(text: &str) -> String {
    let mut long = text.to_owned();
    long.push('\n');
    while long.chars().count() < 738 {
        long.push('*');
    }
    long
}

/// The slip of a payment that the bank or the card refused.
pub(super) fn refused(shop: &str, now: OffsetDateTime, request: &Request) -> String {
    Unpaid {
        shop: &[shop.to_owned()],
        moment: &moment(now),
        operation: request.operation(),
        amount: request.amount().unwrap_or(Cents::new(0)),
        complement: None,
        found_by_shop: false,
    }
    .slip()
}

fn moment(now: OffsetDateTime) -> String {
    let form = format_description!("Le [day]/[month]/[year] à [hour]:[minute]:[second] UTC");
    now.format(form).expect("a date has a day, and an instant a second")
}
