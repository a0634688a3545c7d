//! Products, how they are counted, and who delivers them.

use barcode::Gtin;
use money::Quantity;

use crate::domain::item::LineKind;

/// How a product is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SoldBy {
    /// By the piece.
    Unit,
    /// By the kilogram.
    Kilogram,
}

/// Who delivers products: a company, never a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supplier {
    /// `[A-Z0-9-]{1,32}`.
    pub code: String,
    /// Its name; the code when no file has named it.
    pub name: String,
}

/// A product that can be scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Fourteen digits.
    pub gtin: Gtin,
    /// On screen and ticket.
    pub name: String,
    /// Or empty.
    pub brand: String,
    /// One category, or several from wide to narrow with commas between them, as the file had them; or empty.
    pub category: String,
    /// Who delivers it, and may read its reviews; or empty.
    pub supplier_code: String,
    /// By the piece or by the kilogram.
    pub sold_by: SoldBy,
    /// The rate behind it is dated.
    pub vat_code: String,
    /// What is written on the pack, such as `250 g`; or empty.
    pub net_content: String,
    /// Goods, a deposit or a bag.
    pub kind: LineKind,
    /// The deposit that is charged with each piece.
    pub deposit: Option<Gtin>,
    /// Meal vouchers pay it.
    pub meal_voucher: bool,
    /// It spoils quickly: its reductions may be announced without a prior price.
    pub perishable: bool,
    /// The law guarantees for two years that it is as it should be, and the ticket says so.
    pub legal_guarantee: bool,
    /// The tile it is found under when it bears no code, or empty.
    pub tile: String,
    /// What its usual container weighs.
    pub tare: Quantity,
    /// The age in years below which it is not sold; 0 when it is sold to everybody.
    pub minimum_age: u8,
    /// Its further codes, in ascending order.
    pub codes: Vec<ProductCode>,
}

/// A further code of a product, such as that of a case. No code belongs to two products.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProductCode {
    /// Fourteen digits.
    pub code: Gtin,
    /// How many pieces one scan of it stands for.
    pub pieces: i64,
}

impl Product {
    /// Whether the product is of a category, alone or among others.
    pub fn is_of_category(&self, category: &str) -> bool {
        has_category(&self.category, category)
    }
}

impl SoldBy {
    /// The word in files, events and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Kilogram => "kg",
        }
    }

    /// From its word.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "unit" => Some(Self::Unit),
            "kg" => Some(Self::Kilogram),
            _ => None,
        }
    }
}

/// A list is of a category when one of its parts is, or when it is that very list.
pub fn has_category(categories: &str, category: &str) -> bool {
    categories == category || categories.split(',').any(|part| part.trim() == category)
}
