//! The further codes of a product, and whose every code of the file is.

use std::collections::{HashMap, HashSet};

use barcode::Gtin;

use crate::domain::catalogue::{Catalogue, Product, ProductCode};
use crate::domain::import::Reason;
use crate::domain::import::cell::{self, Refusal};
use crate::domain::item::LineKind;

/// The most further codes of one product.
const MOST_CODES: usize = 50;
/// The largest case.
const MOST_PIECES: i64 = 999;

/// Reads `13760000000017x6 3760000000024`: codes with how many pieces one scan of each stands for, one when nothing is said.
pub fn read(cell: &str) -> Result<Vec<ProductCode>, Refusal> {
    let mut codes = Vec::new();
    for word in cell.split_whitespace() {
        let (code, pieces) = word.split_once(['x', '×']).unwrap_or((word, "1"));
        let pieces = pieces.parse().ok().filter(|pieces| (1..=MOST_PIECES).contains(pieces));
        let pieces = pieces.ok_or_else(|| Refusal::new(Reason::BadPieces, word))?;
        codes.push(ProductCode { code: cell::code(code)?, pieces });
    }
    codes.sort_unstable();
    if codes.len() > MOST_CODES {
        return Err(Refusal::new(Reason::BadRow, cell));
    }
    match codes.windows(2).find(|pair| pair[0].code == pair[1].code) {
        Some(pair) => Err(Refusal::new(Reason::CodeClaimedTwice, pair[0].code.as_str())),
        None => Ok(codes),
    }
}

/// Which product each code belongs to: by the catalogue, and by the rows before.
pub struct Claims<'a> {
    before: &'a Catalogue,
    products: HashSet<Gtin>,
    deposits: HashSet<Gtin>,
    codes: HashMap<Gtin, Gtin>,
}

impl<'a> Claims<'a> {
    /// Before the first row.
    pub fn new(before: &'a Catalogue) -> Self {
        Self { before, products: HashSet::new(), deposits: HashSet::new(), codes: HashMap::new() }
    }

    /// Takes a product with all its codes, unless one of them is another one's.
    pub fn take(&mut self, product: &Product) -> Result<(), Refusal> {
        if self.owner(&product.gtin).is_some_and(|owner| owner != product.gtin) {
            return Err(Refusal::new(Reason::CodeClaimedTwice, product.gtin.as_str()));
        }
        let is_claimed = |further: &&ProductCode| {
            further.code == product.gtin
                || self.products.contains(&further.code)
                || self.owner(&further.code).is_some_and(|owner| owner != product.gtin)
        };
        if let Some(further) = product.codes.iter().find(is_claimed) {
            return Err(Refusal::new(Reason::CodeClaimedTwice, further.code.as_str()));
        }
        if let Some(deposit) = product.deposit.filter(|deposit| !self.is_deposit(deposit)) {
            return Err(Refusal::new(Reason::UnknownDeposit, deposit.as_str()));
        }
        if !self.products.insert(product.gtin) {
            return Err(Refusal::new(Reason::DuplicateGtin, product.gtin.as_str()));
        }
        if product.kind == LineKind::Deposit {
            self.deposits.insert(product.gtin);
        }
        self.codes.extend(product.codes.iter().map(|further| (further.code, product.gtin)));
        Ok(())
    }

    fn owner(&self, code: &Gtin) -> Option<Gtin> {
        let known = || self.before.product_of_code(code).map(|(product, _)| product.gtin);
        self.codes.get(code).copied().or_else(known)
    }

    fn is_deposit(&self, gtin: &Gtin) -> bool {
        let is_kept = |product: &Product| product.kind == LineKind::Deposit && !self.products.contains(gtin);
        self.deposits.contains(gtin) || self.before.product(gtin).is_some_and(is_kept)
    }
}
