//! An unknown code once somebody says which product it is: what was scanned still says how much of it there is, its day and its
//! batch.

use barcode::{Article, Measure, Scan};
use money::Quantity;

use crate::domain::{
    audit::Again,
    catalogue::Product,
    scan::{Counter, Read, ScanError, Wanted, unread},
};

/// What a code says of an article, whichever it is.
struct Said {
    article: Article,
    value: Option<Measure>,
}

/// The product of the code `named`, as `scanned` says it: measured, stopped when it is past its date or recalled. What no code
/// measures is as much as is wanted.
pub fn resolve(counter: Counter<'_>, scanned: &str, named: &str, wanted: Wanted) -> Result<Read, ScanError> {
    let name = said(counter, named)?;
    let (product, pieces) = counter.named(&name)?;
    let seen = said(counter, scanned)?;
    // Neither code hides what the other says: goods that one of them stops are not sold.
    counter.is_sold(product, &name.article)?;
    let article = Article {
        gtin: product.gtin,
        batch: seen.article.batch.or(name.article.batch),
        expiry: seen.article.expiry.or(name.article.expiry),
        expiry_moment: seen.article.expiry_moment.or(name.article.expiry_moment),
    };
    match seen.value.or(name.value) {
        // What a label says is nobody's to change.
        Some(_) if wanted.quantity != Quantity::ZERO => Err(ScanError::QuantityOutOfRange),
        // How many are in a case is known.
        Some(Measure::Units(_)) if pieces > 1 => counter.plain(product, pieces, &article, wanted),
        Some(value) => counter.measured(product, &article, value),
        None => counter.plain(product, pieces, &article, wanted),
    }
}

/// What is scanned again to look into a basket: the product and how many pieces, or that nothing bears the number. Nothing where the
/// code is no article's or was misread. Whether it may be sold now is another question.
pub fn read_again(counter: Counter<'_>, code: &str) -> Option<Again> {
    let said = said(counter, code).ok()?;
    Some(match counter.named(&said) {
        Ok((product, pieces)) => Again::Product(product.gtin, pieces),
        Err(_) => Again::Unknown,
    })
}

/// Reads a code; a label without a measure is the number of its article.
fn said(counter: Counter<'_>, code: &str) -> Result<Said, ScanError> {
    let read = match barcode::scan(code, counter.catalogue.label_rules(counter.store_code)) {
        Err(barcode::ScanError::EmptyMeasure) => barcode::scan(code, &[]),
        read => read,
    };
    match read.map_err(unread)? {
        Scan::Product(article) => Ok(Said { article, value: None }),
        Scan::Measured { article, value } => Ok(Said { article, value: Some(value) }),
        Scan::MemberCard(_) => Err(ScanError::MemberCard),
        _ => Err(ScanError::UnknownCode),
    }
}

impl Counter<'_> {
    /// The product that the attendant means, and of how many pieces the code is.
    fn named(&self, said: &Said) -> Result<(&Product, i64), ScanError> {
        let gtin = &said.article.gtin;
        let found = match said.value {
            None => self.catalogue.product_of_code(gtin),
            Some(_) => self.catalogue.product(gtin).map(|product| (product, 1)),
        };
        found.ok_or(ScanError::UnknownCode)
    }
}
