//! Files of products, with their suppliers and first prices.

use std::collections::BTreeMap;

use barcode::Gtin;
use money::Quantity;

use crate::domain::catalogue::{Catalogue, DatedPrice, Price, Product, SoldBy, Supplier, identity};
use crate::domain::import::cell::{self, Refusal};
use crate::domain::import::codes::{self, Claims};
use crate::domain::import::prices::with_known_member_price;
use crate::domain::import::table::{Row, Table};
use crate::domain::import::verdict::{Judge, Verdict};
use crate::domain::import::{BadFile, MAX_REJECTED, MAX_ROWS, Products, Reason};
use crate::domain::item::LineKind;

const LONGEST_NAME: usize = 200;
const LONGEST_BRAND: usize = 200;
const LONGEST_CATEGORY: usize = 500;
const LONGEST_NET_CONTENT: usize = 100;
const LONGEST_SUPPLIER_NAME: usize = 100;
const LONGEST_TILE: usize = 40;

/// Where the columns are that the file has.
struct Columns {
    code: usize,
    name: usize,
    brands: Option<usize>,
    category: Option<usize>,
    quantity: Option<usize>,
    sold_by: Option<usize>,
    vat_code: Option<usize>,
    supplier: Option<usize>,
    supplier_name: Option<usize>,
    price: Option<usize>,
    price_from: Option<usize>,
    member_price: Option<usize>,
    kind: Option<usize>,
    deposit: Option<usize>,
    codes: Option<usize>,
    tile: Option<usize>,
    tare: Option<usize>,
    meal_voucher: Option<usize>,
    perishable: Option<usize>,
    minimum_age: Option<usize>,
    legal_guarantee: Option<usize>,
}

/// A row as it would be taken.
struct Candidate {
    product: Product,
    supplier_name: String,
    price: Option<DatedPrice>,
}

/// What earlier rows of the file have said.
struct Taken<'a> {
    claims: Claims<'a>,
    /// The suppliers by code; the name is empty while no row has given it.
    suppliers: BTreeMap<String, String>,
}

/// Compares a file of products with the catalogue. `default_vat_code` is that of rows that name none, and may be empty.
pub fn products(before: &Catalogue, file: &[u8], default_vat_code: &str) -> Result<Products, BadFile> {
    if !default_vat_code.is_empty() && !before.knows_vat_code(default_vat_code) {
        return Err(BadFile::DefaultVatCode);
    }
    let table = Table::open(file)?;
    let columns = Columns::of(&table)?;
    let mut found = Products::default();
    let mut taken = Taken { claims: Claims::new(before), suppliers: BTreeMap::new() };
    let mut judge = Judge::new(before);
    for (row, number) in table.zip(1_i64..) {
        if found.rows == MAX_ROWS {
            return Err(BadFile::TooManyRows);
        }
        found.rows = number;
        let candidate = columns.read(&row, before, default_vat_code);
        match candidate.and_then(|candidate| taken.take(candidate)) {
            Ok((product, price)) => {
                // A file of products says again what it said before: that undoes no newer word for the same start.
                let is_new = |dated: &DatedPrice| !before.is_overtaken(dated, columns.member_price.is_some());
                let new = price.clone().filter(is_new);
                found.overtaken += i64::from(price.is_some() && new.is_none());
                found.compare(before, &mut judge, product, new);
            }
            Err(refusal) => found.rejected.push(refusal.at(row.line)),
        }
        if found.rejected.len() > MAX_REJECTED {
            return Err(BadFile::TooManyRejected(found.rejected.swap_remove(0)));
        }
    }
    found.suppliers = taken.new_suppliers(before);
    Ok(found)
}

impl Columns {
    fn of(table: &Table<'_>) -> Result<Self, BadFile> {
        Ok(Self {
            code: table.needed_column("code")?,
            name: table.needed_column("product_name")?,
            brands: table.column("brands")?,
            category: table.column("category")?.or(table.column("categories")?),
            quantity: table.column("quantity")?,
            sold_by: table.column("sold_by")?,
            vat_code: table.column("vat_code")?,
            supplier: table.column("supplier")?,
            supplier_name: table.column("supplier_name")?,
            price: table.column("price")?,
            price_from: table.column("price_from")?,
            member_price: table.column("member_price")?,
            kind: table.column("line_kind")?,
            deposit: table.column("deposit")?,
            codes: table.column("codes")?,
            tile: table.column("tile")?,
            tare: table.column("tare")?,
            meal_voucher: table.column("meal_voucher")?,
            perishable: table.column("perishable")?,
            minimum_age: table.column("minimum_age")?,
            legal_guarantee: table.column("legal_guarantee")?,
        })
    }

    fn read(&self, row: &Row, before: &Catalogue, default_vat_code: &str) -> Result<Candidate, Refusal> {
        row.check()?;
        let gtin = cell::code(row.cell(self.code)?)?;
        let name = row.cell(self.name)?;
        // Zero-width characters show nothing: a name of them alone is none.
        if name.trim_matches(['\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}']).is_empty() {
            return Err(Refusal::new(Reason::NoName, gtin.as_str()));
        }
        let supplier_name = row.optional_cell(self.supplier_name)?;
        let product = self.product(row, before, default_vat_code, gtin)?;
        if row.optional_cell(self.supplier)?.is_empty() && !supplier_name.is_empty() {
            return Err(Refusal::new(Reason::BadSupplier, supplier_name));
        }
        Ok(Candidate {
            product,
            supplier_name: cell::text(supplier_name, LONGEST_SUPPLIER_NAME, Reason::BadSupplier)?,
            price: self.price(row, before, gtin)?,
        })
    }

    /// The product of a row. What the file has no column for stays as it is known; an empty cell takes it away.
    fn product(
        &self,
        row: &Row,
        before: &Catalogue,
        default_vat_code: &str,
        gtin: Gtin,
    ) -> Result<Product, Refusal> {
        let mut product = before.product(&gtin).cloned().unwrap_or_else(|| plain(gtin));
        for (column, longest, kept) in [
            (Some(self.name), LONGEST_NAME, &mut product.name),
            (self.brands, LONGEST_BRAND, &mut product.brand),
            (self.category, LONGEST_CATEGORY, &mut product.category),
            (self.quantity, LONGEST_NET_CONTENT, &mut product.net_content),
            (self.tile, LONGEST_TILE, &mut product.tile),
        ] {
            if let Some(column) = column {
                *kept = cell::text(row.cell(column)?, longest, Reason::BadRow)?;
            }
        }
        if let Some(column) = self.sold_by {
            product.sold_by = sold_by(row.cell(column)?)?;
        }
        if self.vat_code.is_some() || product.vat_code.is_empty() {
            product.vat_code = vat_code(row.optional_cell(self.vat_code)?, before, default_vat_code)?;
        }
        if let Some(column) = self.supplier {
            product.supplier_code = supplier_code(row.cell(column)?)?;
        }
        if let Some(column) = self.codes {
            product.codes = codes::read(row.cell(column)?)?;
        }
        if let Some(column) = self.kind {
            product.kind = kind(row.cell(column)?)?;
        }
        if let Some(column) = self.deposit {
            product.deposit = deposit(row.cell(column)?)?;
        }
        if let Some(column) = self.tare {
            product.tare = cell::grams(row.cell(column)?)?;
        }
        for (column, kept) in [
            (self.meal_voucher, &mut product.meal_voucher),
            (self.perishable, &mut product.perishable),
            (self.legal_guarantee, &mut product.legal_guarantee),
        ] {
            if let Some(column) = column {
                *kept = cell::yes(row.cell(column)?)?;
            }
        }
        if let Some(column) = self.minimum_age {
            product.minimum_age = cell::age(row.cell(column)?)?;
        }
        // What is kept from the young is no food that meal vouchers pay.
        if product.minimum_age > 0 && product.meal_voucher {
            return Err(Refusal::new(Reason::BadRow, row.optional_cell(self.minimum_age)?));
        }
        match product.deposit.filter(|_| product.kind != LineKind::Goods) {
            Some(deposit) => Err(Refusal::new(Reason::UnknownDeposit, deposit.as_str())),
            None => Ok(product),
        }
    }

    /// The price of a row, if it has one; half of one is a mistake.
    fn price(&self, row: &Row, before: &Catalogue, gtin: Gtin) -> Result<Option<DatedPrice>, Refusal> {
        let [price, from, member] =
            [self.price, self.price_from, self.member_price].map(|column| row.optional_cell(column));
        let (price, from, member) = (price?, from?, member?);
        if price.is_empty() && from.is_empty() && member.is_empty() {
            return Ok(None);
        }
        let unit = cell::price(price)?;
        let member = cell::member_price(member, unit)?;
        let dated = DatedPrice {
            gtin,
            store_code: String::new(),
            valid_from: cell::valid_from(from)?,
            price: Price { unit, member },
        };
        Ok(Some(if self.member_price.is_some() { dated } else { with_known_member_price(dated, before) }))
    }
}

/// A product of which nothing is said: sold by the piece.
fn plain(gtin: Gtin) -> Product {
    Product {
        gtin,
        name: String::new(),
        brand: String::new(),
        category: String::new(),
        supplier_code: String::new(),
        sold_by: SoldBy::Unit,
        vat_code: String::new(),
        net_content: String::new(),
        kind: LineKind::Goods,
        deposit: None,
        meal_voucher: false,
        perishable: false,
        legal_guarantee: false,
        minimum_age: 0,
        tile: String::new(),
        tare: Quantity::ZERO,
        codes: Vec::new(),
    }
}

fn sold_by(cell: &str) -> Result<SoldBy, Refusal> {
    match cell {
        "" => Ok(SoldBy::Unit),
        word => SoldBy::parse(word).ok_or_else(|| Refusal::new(Reason::BadRow, word)),
    }
}

fn vat_code(cell: &str, before: &Catalogue, default: &str) -> Result<String, Refusal> {
    let word = if cell.is_empty() { default } else { cell };
    if before.knows_vat_code(word) {
        Ok(word.to_owned())
    } else {
        Err(Refusal::new(Reason::BadVatCode, word))
    }
}

fn supplier_code(code: &str) -> Result<String, Refusal> {
    if code.is_empty() || identity::is_code(code, identity::SUPPLIER_CODE) {
        Ok(code.to_owned())
    } else {
        Err(Refusal::new(Reason::BadSupplier, code))
    }
}

fn kind(cell: &str) -> Result<LineKind, Refusal> {
    match cell {
        "" => Ok(LineKind::Goods),
        word => match LineKind::parse(word) {
            // An empty that comes back is no product: it is the deposit of one.
            None | Some(LineKind::DepositReturn) => Err(Refusal::new(Reason::BadRow, word)),
            Some(kind) => Ok(kind),
        },
    }
}

fn deposit(cell: &str) -> Result<Option<Gtin>, Refusal> {
    match cell {
        "" => Ok(None),
        code => cell::code(code).map(Some),
    }
}

impl Taken<'_> {
    /// Takes a row, unless an earlier one contradicts it.
    fn take(&mut self, candidate: Candidate) -> Result<(Product, Option<DatedPrice>), Refusal> {
        let Candidate { product, supplier_name, price } = candidate;
        let known_name = self.suppliers.get(&product.supplier_code).map_or("", String::as_str);
        if !known_name.is_empty() && !supplier_name.is_empty() && known_name != supplier_name {
            return Err(Refusal::new(Reason::BadSupplier, &supplier_name));
        }
        self.claims.take(&product)?;
        if !product.supplier_code.is_empty() {
            let name = self.suppliers.entry(product.supplier_code.clone()).or_default();
            if name.is_empty() {
                *name = supplier_name;
            }
        }
        Ok((product, price))
    }

    /// The suppliers that are not in the catalogue under this name. Without a name, a new one bears its code.
    fn new_suppliers(self, before: &Catalogue) -> Vec<Supplier> {
        let mut new = Vec::new();
        for (code, name) in self.suppliers {
            let known = before.supplier(&code).map(|supplier| supplier.name.as_str());
            let name = if name.is_empty() { known.unwrap_or(&code).to_owned() } else { name };
            if known != Some(&name) {
                new.push(Supplier { code, name });
            }
        }
        new
    }
}

impl Products {
    fn compare(
        &mut self,
        before: &Catalogue,
        judge: &mut Judge<'_>,
        product: Product,
        price: Option<DatedPrice>,
    ) {
        match before.product(&product.gtin) {
            None => self.created.push(product),
            Some(known) if *known == product => self.unchanged += 1,
            Some(_) => self.changed.push(product),
        }
        match price.map(|dated| judge.verdict(dated)) {
            Some(Verdict::New(dated)) => self.prices.push(dated),
            Some(Verdict::Held(suspect)) => self.held.push(suspect),
            Some(Verdict::Unchanged) | None => {}
        }
    }
}
