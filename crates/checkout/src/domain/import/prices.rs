//! Files of dated prices.

use std::collections::HashSet;

use crate::domain::catalogue::{Catalogue, DatedPrice, Price};
use crate::domain::import::cell::{self, Refusal};
use crate::domain::import::table::{Row, Table};
use crate::domain::import::verdict::{Judge, Verdict};
use crate::domain::import::{BadFile, MAX_REJECTED, MAX_ROWS, Prices, Reason};

struct Columns {
    code: usize,
    price: usize,
    price_from: usize,
    member_price: Option<usize>,
    store: Option<usize>,
}

/// Compares a file of dated prices with the catalogue. Of a file that came before, only the `refused` lines are looked at, those that
/// were not taken then: the others were applied once, and may have been corrected since.
pub fn prices(before: &Catalogue, file: &[u8], refused: Option<&HashSet<i64>>) -> Result<Prices, BadFile> {
    let table = Table::open(file)?;
    let columns = Columns {
        code: table.needed_column("code")?,
        price: table.needed_column("price")?,
        price_from: table.needed_column("price_from")?,
        member_price: table.column("member_price")?,
        store: table.column("store")?,
    };
    let mut found = Prices::default();
    let mut taken = HashSet::new();
    let mut judge = Judge::new(before);
    for (row, number) in table.zip(1_i64..) {
        if found.rows == MAX_ROWS {
            return Err(BadFile::TooManyRows);
        }
        found.rows = number;
        match columns.read(&row, before) {
            Ok(dated) if !taken.insert((dated.gtin, dated.store_code.clone(), dated.valid_from)) => {
                let refusal = Refusal::new(Reason::DuplicateGtin, dated.gtin.as_str());
                found.rejected.push(refusal.at(row.line));
            }
            Ok(dated) if refused.is_some_and(|refused| !refused.contains(&row.line)) => {
                match before.is_overtaken(&dated, columns.member_price.is_some()) {
                    true => found.overtaken += 1,
                    false => found.unchanged += 1,
                }
            }
            // A file that never came is a new word, also where it says what was said before.
            Ok(dated) => match judge.verdict(dated) {
                Verdict::Unchanged => found.unchanged += 1,
                Verdict::New(dated) => found.changed.push(dated),
                Verdict::Held(suspect) => found.held.push(suspect),
            },
            Err(refusal) => found.rejected.push(refusal.at(row.line)),
        }
        if found.rejected.len() > MAX_REJECTED {
            return Err(BadFile::TooManyRejected(found.rejected.swap_remove(0)));
        }
    }
    Ok(found)
}

impl Columns {
    fn read(&self, row: &Row, before: &Catalogue) -> Result<DatedPrice, Refusal> {
        row.check()?;
        let gtin = cell::code(row.cell(self.code)?)?;
        if before.product(&gtin).is_none() {
            return Err(Refusal::new(Reason::UnknownGtin, gtin.as_str()));
        }
        let store_code = row.optional_cell(self.store)?;
        if !store_code.is_empty() && before.store(store_code).is_none() {
            return Err(Refusal::new(Reason::UnknownStore, store_code));
        }
        let unit = cell::price(row.cell(self.price)?)?;
        let price = Price { unit, member: cell::member_price(row.optional_cell(self.member_price)?, unit)? };
        let valid_from = cell::valid_from(row.cell(self.price_from)?)?;
        let dated = DatedPrice { gtin, store_code: store_code.to_owned(), valid_from, price };
        Ok(if self.member_price.is_some() { dated } else { with_known_member_price(dated, before) })
    }
}

/// A price out of a file that has no column for those of members: the one that starts at the same instant keeps the member price it
/// has, unless a member would then pay more than others.
pub fn with_known_member_price(mut dated: DatedPrice, before: &Catalogue) -> DatedPrice {
    let known = before.price_starting(&dated.store_code, &dated.gtin, dated.valid_from);
    let member = known.and_then(|known| known.member);
    dated.price.member = member.filter(|member| *member <= dated.price.unit);
    dated
}
