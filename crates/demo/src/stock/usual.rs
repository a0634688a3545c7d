//! What a kind of product usually costs, and prices around it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use proto::checkout::v1::Product;
use rand::RngExt;

use super::CATALOGUE;
use crate::chance;

/// Lowest and highest price drawn, in hundredths of the median: as many above it as below.
const AROUND: (i64, i64) = (60, 140);
/// Nothing costs less, in cents.
const LEAST: i64 = 10;

/// The median price of every category.
#[derive(Debug)]
pub(super) struct UsualPrices {
    medians: BTreeMap<String, i64>,
    seed: u64,
}

impl UsualPrices {
    /// The medians of what has a price in this shop already, and of the invented catalogue for other categories.
    pub(super) fn of(products: &[Product], seed: u64) -> anyhow::Result<Self> {
        let own =
            products.iter().filter_map(|product| Some((product.category.clone(), product.price_minor?)));
        let mut medians = medians(invented()?);
        medians.extend(self::medians(own));
        Ok(Self { medians, seed })
    }

    /// Some product of the category has a price.
    pub(super) fn knows(&self, category: &str) -> bool {
        self.medians.contains_key(category)
    }

    /// A price for a product, in cents; the same whenever it is asked for.
    pub(super) fn draw(&self, product: &Product) -> i64 {
        let percent = chance::of(self.seed, &product.gtin, 0).random_range(AROUND.0..=AROUND.1);
        (self.median(&product.category) * percent / 100).max(LEAST)
    }

    /// The median of a category; where no price is known of it, that of another one, drawn by its name.
    fn median(&self, category: &str) -> i64 {
        self.medians.get(category).copied().unwrap_or_else(|| {
            let known: BTreeSet<i64> = self.medians.values().copied().collect();
            let drawn = chance::of(self.seed, category, 1).random_range(0..known.len());
            known.into_iter().nth(drawn).unwrap_or(LEAST)
        })
    }
}

/// Category and price in cents of every product of the invented catalogue.
fn invented() -> anyhow::Result<Vec<(String, i64)>> {
    let mut reader = csv::Reader::from_reader(CATALOGUE.as_bytes());
    let headers = reader.headers()?.clone();
    let column = |name: &str| headers.iter().position(|header| header == name).context("a column is missing");
    let (category, price) = (column("category")?, column("price")?);
    let mut found = Vec::new();
    for row in reader.records() {
        let row = row?;
        let cents = money::Cents::parse(&row[price]).context("a price of the catalogue")?;
        found.push((row[category].to_owned(), cents.get()));
    }
    Ok(found)
}

fn medians(prices: impl IntoIterator<Item = (String, i64)>) -> BTreeMap<String, i64> {
    let mut categories: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for (category, cents) in prices {
        categories.entry(category).or_default().push(cents);
    }
    let median = |mut cents: Vec<i64>| {
        cents.sort_unstable();
        cents[cents.len() / 2]
    };
    categories.into_iter().map(|(category, cents)| (category, median(cents))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(number: usize, category: &str, price_minor: Option<i64>) -> Product {
        Product {
            gtin: format!("{number:014}"),
            category: category.to_owned(),
            price_minor,
            ..Product::default()
        }
    }

    fn drawn(usual: &UsualPrices, category: &str) -> Vec<i64> {
        let mut prices: Vec<i64> =
            (0..401).map(|number| usual.draw(&product(number, category, None))).collect();
        prices.sort_unstable();
        prices
    }

    #[test]
    fn prices_lie_around_the_median_of_their_category() {
        let known = [100, 900, 1000, 1100, 5000];
        let products: Vec<Product> =
            (0..).zip(known).map(|(number, cents)| product(number, "Truffes", Some(cents))).collect();
        let prices = drawn(&UsualPrices::of(&products, 1).unwrap(), "Truffes");
        assert!(prices[0] >= 600 && prices[400] <= 1400, "{prices:?}");
        assert!((950..=1050).contains(&prices[200]), "half above, half below: {}", prices[200]);
    }

    #[test]
    fn a_category_that_nobody_knows_a_price_of_has_one_median_of_its_own() {
        let usual = UsualPrices::of(&[], 1).unwrap();
        assert!(usual.knows("Fromages") && !usual.knows("Snacks"));
        let median = usual.median("Snacks");
        assert!(usual.medians.values().any(|known| *known == median));
        let prices = drawn(&usual, "Snacks");
        assert!(prices[0] * 100 >= median * 59 && prices[400] * 100 <= median * 140, "{median}: {prices:?}");
    }

    #[test]
    fn one_seed_draws_the_same_prices_whatever_else_is_in_the_catalogue() {
        let alone = UsualPrices::of(&[], 7).unwrap();
        let other = UsualPrices::of(&[product(9, "Vis et boulons", Some(15))], 7).unwrap();
        assert_eq!(drawn(&alone, "Fromages"), drawn(&other, "Fromages"));
        assert_ne!(drawn(&alone, "Fromages"), drawn(&UsualPrices::of(&[], 8).unwrap(), "Fromages"));
    }
}
