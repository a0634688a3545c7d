//! What is bought, when and by whom: drawn from the seed, or mapped from a file of real baskets.

use proto::checkout::v1::{Product, SoldBy};
use rand::{RngExt, rngs::StdRng};

use crate::chance;

mod opinion;
mod real;
mod trouble;

pub use opinion::{Note, Opinion, Regret, opinions};
pub use real::read;
pub use trouble::{Promise, Trouble, trouble};

/// One thing put on the scanner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What the scanner reads: a GTIN, or the label of a scale.
    pub code: String,
    /// Quantity in thousandths where the code does not say it; one piece if left out.
    pub quantity_milli: Option<i64>,
    /// The code is a label of the scale and says the quantity itself.
    pub labelled: bool,
}

/// One basket of the day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basket {
    /// Its place in the plan, from 0, in the order of the day.
    pub place: usize,
    /// When it is brought, as a share of the opening hours in millionths.
    pub at: u32,
    /// Which till it is brought to.
    pub till: usize,
    /// Which member brings it, if any.
    pub member: Option<usize>,
    /// What is in it, each code once: whether a scanner that reads a code twice at once means one or two depends on the moment.
    pub items: Vec<Item>,
    /// The member claims the discount that is there for the asking.
    pub claims: bool,
    /// The last thing scanned is put back before payment.
    pub second_thought: bool,
    /// An empty bottle comes back.
    pub brings_empty: bool,
    /// The shopper tries to buy what was recalled, and puts it back.
    pub tries_recalled: bool,
    /// How a shopper who says so wants the ticket, as the till is told it; others get what is usual.
    pub receipt: Option<&'static str>,
    /// What goes wrong before payment, or needs a person.
    pub trouble: Option<Trouble>,
}

/// Out of a hundred baskets, how many are a member's.
const MEMBERS_SHARE: u32 = 75;
/// Out of a hundred baskets, how many go to the self-checkout.
const SELF_SHARE: u32 = 65;
/// Out of a hundred members, how many claim the discount that is there for the asking.
const CLAIM_SHARE: u32 = 12;
/// Out of a hundred shoppers with more than one thing, how many put the last one back.
const SECOND_THOUGHTS: u32 = 8;

/// Out of a hundred shoppers, how many bring an empty bottle back.
const EMPTIES_SHARE: u32 = 6;
/// Out of a hundred shoppers, how many find a piece of the recalled batch on the shelf.
const RECALLED_SHARE: u32 = 3;

/// How guests want the ticket, in their turn, so that a short day has every way; some say nothing.
const CHOICES: [Option<&str>; 8] =
    [Some("qr"), Some("paper"), Some("none"), None, Some("qr"), Some("paper"), Some("qr"), None];

/// Draws `count` baskets for two tills out of what can be sold, in the order of the day.
#[must_use]
pub fn draw(products: &[Product], count: u32, members: usize, seed: u64) -> Vec<Basket> {
    let basket = |number: u32| basket(products, members, &mut chance::of(seed, "basket", number.into()));
    in_order((0..count).map(basket).collect())
}

fn basket(products: &[Product], members: usize, rng: &mut StdRng) -> Basket {
    let at = moment(rng);
    let till = usize::from(rng.random_range(0..100) >= SELF_SHARE);
    let member =
        (members > 0 && rng.random_range(0..100) < MEMBERS_SHARE).then(|| rng.random_range(0..members));
    let mut items = Vec::new();
    for _ in 0..1 + rng.random_range(0..6) + rng.random_range(0..6) {
        let product = &products[rng.random_range(0..products.len())];
        let pieces = i64::from(1 + rng.random_range(0..20_u32) / 15);
        add(&mut items, item(product, pieces, rng.random_range(80..1500)));
    }
    let claims = member.is_some() && rng.random_range(0..100) < CLAIM_SHARE;
    let second_thought = items.len() > 1 && rng.random_range(0..100) < SECOND_THOUGHTS;
    let brings_empty = rng.random_range(0..100) < EMPTIES_SHARE;
    let tries_recalled = rng.random_range(0..100) < RECALLED_SHARE;
    Basket {
        place: 0,
        at,
        till,
        member,
        items,
        claims,
        second_thought,
        brings_empty,
        tries_recalled,
        receipt: None,
        trouble: None,
    }
}

/// Puts the baskets of a day in their order, gives each its place, and each guest a word about the ticket.
fn in_order(mut day: Vec<Basket>) -> Vec<Basket> {
    day.sort_by_key(|basket| basket.at);
    for (place, basket) in day.iter_mut().enumerate() {
        basket.place = place;
    }
    let guests = day.iter_mut().filter(|basket| basket.member.is_none());
    for (guest, choice) in guests.zip(CHOICES.iter().cycle()) {
        guest.receipt = *choice;
    }
    day
}

/// Adds to what is in the basket already. The same label of the scale twice would be the same bag.
fn add(items: &mut Vec<Item>, item: Item) {
    let Some(same) = items.iter_mut().find(|known| known.code == item.code) else {
        items.push(item);
        return;
    };
    if !same.labelled {
        same.quantity_milli = Some(same.quantity_milli.unwrap_or(1000) + item.quantity_milli.unwrap_or(1000));
    }
}

/// A moment of the opening hours, more often late in the morning and late in the afternoon.
fn moment(rng: &mut StdRng) -> u32 {
    let around = |rng: &mut StdRng, centre: u32, width: u32| {
        let draw: u32 = (0..4).map(|_| rng.random_range(0..width / 2)).sum();
        (centre + draw).saturating_sub(width).min(999_999)
    };
    match rng.random_range(0..10) {
        0..4 => around(rng, 250_000, 150_000),
        4..8 => around(rng, 800_000, 150_000),
        _ => rng.random_range(0..1_000_000),
    }
}

/// A product as it comes over the scanner: weighed goods bear the label of the scale when their number is one of a label.
fn item(product: &Product, pieces: i64, grams: i64) -> Item {
    if product.sold_by() != SoldBy::Kilogram {
        return Item {
            code: short(&product.gtin),
            quantity_milli: (pieces != 1).then_some(pieces * 1000),
            labelled: false,
        };
    }
    match label(&product.gtin, grams) {
        Some(code) => Item { code, quantity_milli: None, labelled: true },
        None => Item { code: short(&product.gtin), quantity_milli: Some(grams), labelled: false },
    }
}

/// The label of a scale for an in-store product of prefix 26: five digits of item, five of grams.
fn label(gtin: &str, grams: i64) -> Option<String> {
    let item = gtin.strip_prefix("026")?.get(..5)?;
    let digits = format!("26{item}{grams:05}");
    let check = barcode::check_digit(&digits)?;
    Some(format!("{digits}{check}"))
}

/// The code as it is printed: 13 digits, or 8 for a short one.
fn short(gtin: &str) -> String {
    let digits = gtin.trim_start_matches('0');
    let width = if digits.len() <= 8 { 8 } else { 13 };
    if digits.len() > 13 { gtin.to_owned() } else { gtin[gtin.len() - width..].to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn products() -> Vec<Product> {
        let product = |gtin: &str, sold_by: SoldBy| Product {
            gtin: gtin.to_owned(),
            sold_by: sold_by.into(),
            ..Product::default()
        };
        vec![product("09521234543213", SoldBy::Unit), product("02600101000008", SoldBy::Kilogram)]
    }

    #[test]
    fn one_seed_is_one_day() {
        let products = products();
        assert_eq!(draw(&products, 50, 10, 7), draw(&products, 50, 10, 7));
        assert_ne!(draw(&products, 50, 10, 7), draw(&products, 50, 10, 8));
        let day = draw(&products, 200, 10, 7);
        assert!(day.is_sorted_by_key(|basket| basket.at));
        assert!(
            day.iter().all(|basket| !basket.items.is_empty() && basket.till < 2 && basket.at < 1_000_000)
        );
    }

    #[test]
    fn no_code_is_scanned_twice_in_a_basket_whatever_was_drawn() {
        let mut items = Vec::new();
        for _ in 0..3 {
            add(&mut items, item(&products()[0], 1, 0));
            add(&mut items, item(&products()[1], 1, 350));
        }
        add(&mut items, item(&products()[0], 2, 0));
        let label = item(&products()[1], 1, 350);
        let pieces = Item { quantity_milli: Some(5000), ..item(&products()[0], 1, 0) };
        assert_eq!(items, [pieces, label]);
    }

    #[test]
    fn places_are_those_of_the_day_and_only_members_claim() {
        let day = draw(&products(), 400, 10, 7);
        assert!(day.iter().enumerate().all(|(place, basket)| basket.place == place));
        assert!(day.iter().all(|basket| basket.member.is_some() || !basket.claims));
        assert!(day.iter().all(|basket| basket.items.len() > 1 || !basket.second_thought));
        assert!(day.iter().all(|basket| basket.member.is_none() || basket.receipt.is_none()));
        for choice in [None, Some("qr"), Some("paper"), Some("none")] {
            assert!(
                day.iter().any(|basket| basket.member.is_none() && basket.receipt == choice),
                "{choice:?}"
            );
        }
        assert!(day.iter().any(|basket| basket.claims) && day.iter().any(|basket| basket.second_thought));
    }

    #[test]
    fn weighed_goods_bear_the_label_of_the_scale() {
        let label = item(&products()[1], 1, 350);
        assert_eq!(label.quantity_milli, None);
        assert!(label.code.starts_with("260010100350"), "{}", label.code);
        assert!(barcode::Gtin::parse(&label.code).is_ok());
    }
}
