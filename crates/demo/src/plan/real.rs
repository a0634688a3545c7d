//! Real baskets, mapped deterministically onto the catalogue: the same product of the file is always the same product of the shop,
//! the same household the same member.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    io::{BufReader, Cursor, Read},
    path::Path,
};

use anyhow::Context;
use proto::checkout::v1::Product;
use serde::Deserialize;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Basket, Item, add, in_order, item};
use crate::chance::scatter;

/// Lines with more pieces than this are not shopping (fuel is measured so).
const MOST_PIECES: f64 = 50.0;
/// The shops of the known file stand five hours west of UTC.
const WEST: Duration = Duration::hours(5);
/// Opening hours of the demo, in seconds of the day.
const OPEN: (i64, i64) = (8 * 3600 + 1800, 19 * 3600 + 1800);

#[derive(Deserialize)]
struct Row {
    household_id: u64,
    basket_id: u64,
    product_id: u64,
    quantity: f64,
    transaction_timestamp: String,
}

/// Reads the first `count` baskets of a CSV file, packed with xz or not, in the order of the day.
///
/// # Errors
/// When the file cannot be read, or holds fewer baskets.
pub fn read(file: &Path, products: &[Product], count: u32, members: usize) -> anyhow::Result<Vec<Basket>> {
    let mut baskets: BTreeMap<u64, (u64, OffsetDateTime, Vec<Item>)> = BTreeMap::new();
    let mut taken: HashSet<u64> = HashSet::new();
    let text = unpacked(file)?;
    let mut rows = csv::Reader::from_reader(BufReader::new(text));
    for row in rows.deserialize() {
        let row: Row = row.with_context(|| format!("{} is not a file of baskets", file.display()))?;
        if !(row.quantity >= 1.0 && row.quantity <= MOST_PIECES) {
            continue;
        }
        if !taken.contains(&row.basket_id) {
            if taken.len() >= usize::try_from(count)? {
                continue;
            }
            taken.insert(row.basket_id);
        }
        let at = OffsetDateTime::parse(&row.transaction_timestamp, &Rfc3339).context("a time of the file")?;
        let product = &products[usize::try_from(scatter(row.product_id))? % products.len()];
        let grams = 80 + i64::try_from(scatter(row.product_id ^ row.basket_id) % 1400)?;
        // A quantity of pieces between 1 and 50 is whole after this.
        #[expect(clippy::cast_possible_truncation, reason = "bounded to 50 above")]
        let pieces = row.quantity as i64;
        let basket = baskets.entry(row.basket_id).or_insert((row.household_id, at, Vec::new()));
        add(&mut basket.2, item(product, pieces, grams));
    }
    anyhow::ensure!(
        baskets.len() >= usize::try_from(count)?,
        "{} holds {} baskets that can be played, {count} were asked for",
        file.display(),
        baskets.len()
    );
    let day = baskets.into_values().map(|(household, at, items)| basket(household, at, items, members));
    Ok(in_order(day.collect()))
}

fn basket(household: u64, at: OffsetDateTime, items: Vec<Item>, members: usize) -> Basket {
    let local = at - WEST;
    let second = i64::from(local.hour()) * 3600 + i64::from(local.minute()) * 60 + i64::from(local.second());
    let open = (second.clamp(OPEN.0, OPEN.1 - 1) - OPEN.0) * 1_000_000 / (OPEN.1 - OPEN.0);
    let drawn = scatter(household);
    Basket {
        place: 0,
        at: u32::try_from(open).unwrap_or(999_999),
        till: usize::from(scatter(household ^ at.unix_timestamp().unsigned_abs()) % 100 >= 65),
        member: (members > 0 && drawn % 100 < 75)
            .then(|| usize::try_from(drawn / 100).unwrap_or(0) % members),
        items,
        claims: false,
        second_thought: false,
        brings_empty: false,
        tries_recalled: false,
        receipt: None,
        trouble: None,
    }
}

fn unpacked(file: &Path) -> anyhow::Result<Box<dyn Read>> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    if file.extension().is_none_or(|extension| extension != "xz") {
        return Ok(Box::new(Cursor::new(bytes)));
    }
    let mut text = Vec::new();
    lzma_rs::xz_decompress(&mut Cursor::new(bytes), &mut text)
        .map_err(|failure| anyhow::anyhow!("cannot unpack {}: {failure:?}", file.display()))?;
    Ok(Box::new(Cursor::new(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn baskets_of_a_file_are_mapped_the_same_every_time_and_fuel_is_left_out() {
        let file = std::env::temp_dir().join(format!("cabas-baskets-{}.csv", std::process::id()));
        let header =
            "household_id,store_id,basket_id,product_id,quantity,sales_value,transaction_timestamp\n";
        let rows = "7,1,100,5,1,1.00,2017-01-01T15:00:00Z\n7,1,100,6,2,1.00,2017-01-01T15:00:00Z\n\
            8,1,101,5,9000,1.00,2017-01-01T16:00:00Z\n9,1,102,5,1,1.00,2017-01-01T14:00:00Z\n";
        fs::write(&file, format!("{header}{rows}")).unwrap();
        let product = |gtin: &str| Product { gtin: gtin.to_owned(), ..Product::default() };
        let products = [product("09521234543213"), product("04006381333931")];
        let day = read(&file, &products, 2, 5).unwrap();
        assert_eq!(day, read(&file, &products, 2, 5).unwrap());
        assert_eq!(day.iter().map(|basket| basket.items.len()).collect::<Vec<_>>(), [1, 2]);
        assert!(read(&file, &products, 3, 5).is_err());
        fs::remove_file(file).unwrap();
    }
}
