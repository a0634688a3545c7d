//! From lines to what the shopper pays, and the tax in it.

use barcode::Gtin;
use money::{Cents, Quantity, VatTotal};
use serde::{Deserialize, Serialize};

use crate::domain::{
    basket::{Basket, BasketError, Line},
    catalogue::SoldBy,
    item::{LineKind, MeasurePrice},
    promotion::{
        Discount, MEMBER_PRICE, MEMBER_PRICE_LABEL, Offer,
        evaluate::{self, Taken},
    },
};

#[cfg(test)]
mod tests;

/// A line with every price; on a ticket it stays like this for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricedLine {
    /// Number of the line.
    pub line_id: i32,
    /// The article.
    pub gtin: Gtin,
    /// Its name.
    pub name: String,
    /// Its categories, or empty.
    pub category: String,
    /// Its supplier, or empty.
    pub supplier_code: String,
    /// By the piece or by the kilogram.
    pub sold_by: SoldBy,
    /// What it is.
    #[serde(default)]
    pub kind: LineKind,
    /// How much of it.
    pub quantity: Quantity,
    /// The price per piece or kilogram; negative for an empty that came back.
    pub unit_price: Cents,
    /// Before discounts: price times quantity, or what a label says; then the quantity is the nearest gram.
    pub gross: Cents,
    /// What was taken off, one entry a rule.
    pub discounts: Vec<Discount>,
    /// What is paid for it.
    pub total: Cents,
    /// The code of the VAT rate.
    pub vat_code: String,
    /// The rate, in basis points; of no meaning outside VAT.
    pub vat_rate_basis_points: i64,
    /// The batch that its code said, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub batch: String,
    /// What the container weighed.
    #[serde(default)]
    pub tare: Quantity,
    /// A label said how much or for how much.
    #[serde(default)]
    pub measured: bool,
    /// The law guarantees for two years that it is as it should be, and the ticket says so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub legal_guarantee: bool,
    /// What it costs by the measure that prices are compared by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<MeasurePrice>,
    /// The lowest price of the thirty days before an announced reduction that applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior_price: Option<Cents>,
    /// Meal vouchers pay it.
    #[serde(default)]
    pub meal_voucher: bool,
    /// The line whose packaging this is; 0 for others.
    #[serde(default)]
    pub deposit_of: i32,
}

/// Lines with their sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Priced {
    /// The lines, in the order of their first scan.
    pub lines: Vec<PricedLine>,
    /// What is paid; below zero when more comes back in deposits than is bought.
    pub total: Cents,
    /// What was taken off in all.
    pub discount: Cents,
    /// Pieces, and one for each weighing; packagings are none.
    pub article_count: i64,
    /// The tax, highest rate first. Together with the deposits, the total.
    pub vat_totals: Vec<VatTotal>,
    /// Deposits charged less deposits given back: outside VAT.
    pub deposits: Cents,
    /// What of the total meal vouchers may pay.
    pub meal_voucher: Cents,
}

impl Priced {
    /// The prices of a basket. Refused when they do not fit: then some quantity is absurd.
    pub fn of(basket: &Basket) -> Result<Self, BasketError> {
        let cap = basket.lines.iter().filter_map(|line| line.item.meal_voucher_cap).max();
        lines(basket)
            .and_then(Self::sum)
            .and_then(|priced| priced.capped(cap.unwrap_or_default()))
            .ok_or(BasketError::QuantityOutOfRange)
    }

    /// The sums of lines that have their prices; `None` when they do not fit. What meal vouchers pay is left at zero.
    pub fn sum(lines: Vec<PricedLine>) -> Option<Self> {
        let total = Cents::checked_sum(lines.iter().map(|line| line.total))?;
        let discounts = lines.iter().flat_map(|line| &line.discounts).map(|discount| discount.amount);
        let discount = Cents::checked_sum(discounts)?;
        let taxed = lines.iter().filter(|line| !line.kind.is_outside_vat());
        let mut vat_totals = VatTotal::by_rate(taxed.map(|line| (line.vat_rate_basis_points, line.total)))?;
        vat_totals.reverse();
        let deposits = lines.iter().filter(|line| line.kind.is_outside_vat());
        let deposits = Cents::checked_sum(deposits.map(|line| line.total))?;
        let article_count = lines.iter().map(PricedLine::articles).sum();
        Some(Self { lines, total, discount, article_count, vat_totals, deposits, meal_voucher: Cents::ZERO })
    }

    /// Never more than the cap, than the total, nor than what the articles cost that meal vouchers pay.
    fn capped(mut self, cap: Cents) -> Option<Self> {
        let eligible = self.lines.iter().filter(|line| line.meal_voucher).map(|line| line.total);
        let eligible = Cents::checked_sum(eligible)?;
        self.meal_voucher = eligible.min(cap).min(self.total).max(Cents::ZERO);
        Some(self)
    }

    /// Whether a promotion took something off.
    pub fn gave(&self, code: &str) -> bool {
        self.lines.iter().flat_map(|line| &line.discounts).any(|discount| discount.code == code)
    }
}

impl PricedLine {
    fn articles(&self) -> i64 {
        match (self.kind.is_outside_vat(), self.sold_by) {
            (true, _) => 0,
            (false, SoldBy::Unit) => self.quantity.whole().unwrap_or(1),
            (false, SoldBy::Kilogram) => 1,
        }
    }
}

fn lines(basket: &Basket) -> Option<Vec<PricedLine>> {
    let mut lines: Vec<PricedLine> = basket.lines.iter().map(plain).collect::<Option<_>>()?;
    // That the sum fits is what the weighing relies on.
    Cents::checked_sum(lines.iter().map(|line| Cents::new(line.gross.get().saturating_abs())))?;
    let running = basket.running_offers();
    let offers: Vec<&Offer> = running.iter().map(|(_, offer)| *offer).collect();
    let mut places = vec![None; running.iter().map(|(place, _)| place + 1).max().unwrap_or(0)];
    for (rank, (place, _)) in running.iter().enumerate() {
        places[*place] = Some(rank);
    }
    let weighed: Vec<evaluate::Line> =
        basket.lines.iter().zip(&lines).map(|(line, priced)| weighable(line, priced, &places)).collect();
    for Taken { line, offer, amount } in evaluate::weigh(&weighed, &offers, basket.member_id.is_some()) {
        let offer = offer.map(|place| offers[place]);
        let line = &mut lines[line];
        line.total = line.total.checked_sub(amount)?;
        line.prior_price = line.prior_price.or(offer.and_then(|offer| offer.prior_price));
        line.discounts.push(discount(offer, amount));
    }
    for line in &mut lines {
        line.discounts.sort_unstable_by(|one, other| one.code.cmp(&other.code));
    }
    Some(lines)
}

fn discount(offer: Option<&Offer>, amount: Cents) -> Discount {
    let (code, label) = offer.map_or((MEMBER_PRICE, MEMBER_PRICE_LABEL), |offer| (&offer.code, &offer.label));
    Discount { code: code.to_owned(), label: label.to_owned(), amount }
}

/// A line as the weighing sees it. Promotions do not touch deposits.
fn weighable(line: &Line, priced: &PricedLine, places: &[Option<usize>]) -> evaluate::Line {
    let item = &line.item;
    let given = |place: &usize| places.get(*place).copied().flatten();
    let mut offers: Vec<usize> = match item.kind.is_outside_vat() {
        true => Vec::new(),
        false => line.offers.iter().filter_map(given).collect(),
    };
    offers.sort_unstable();
    evaluate::Line {
        gtin: item.gtin,
        unit_price: item.unit_price,
        member_price: item.member_price.filter(|_| !item.kind.is_outside_vat()),
        quantity: line.quantity,
        is_weighed: item.sold_by == SoldBy::Kilogram,
        gross: priced.gross.max(Cents::ZERO),
        vat_rate_basis_points: item.vat_rate_basis_points,
        offers,
    }
}

/// A line before discounts.
fn plain(line: &Line) -> Option<PricedLine> {
    let item = &line.item;
    let gross = item.gross(line.quantity)?;
    Some(PricedLine {
        line_id: line.line_id,
        gtin: item.gtin,
        name: item.name.clone(),
        category: item.category.clone(),
        supplier_code: item.supplier_code.clone(),
        sold_by: item.sold_by,
        kind: item.kind,
        quantity: line.quantity,
        unit_price: item.unit_price,
        gross,
        discounts: Vec::new(),
        total: gross,
        vat_code: item.vat_code.clone(),
        vat_rate_basis_points: item.vat_rate_basis_points,
        batch: item.batch.clone(),
        tare: item.tare,
        measured: item.measured,
        legal_guarantee: item.legal_guarantee,
        measure: item.measure.clone(),
        prior_price: None,
        meal_voucher: item.meal_voucher_cap.is_some(),
        deposit_of: line.deposit_of,
    })
}
/// Keeps totals per rate as they were given, rather than computing them again.
pub mod vat_rows {
    use money::{Cents, VatTotal};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    #[derive(Serialize, Deserialize)]
    struct Row {
        rate_basis_points: i64,
        ttc: Cents,
        vat: Cents,
    }

    /// Writes rate, total and tax; the rest follows.
    pub fn serialize<S: Serializer>(totals: &[VatTotal], serializer: S) -> Result<S::Ok, S::Error> {
        let row = |total: &VatTotal| Row {
            rate_basis_points: total.rate_basis_points(),
            ttc: total.ttc(),
            vat: total.vat(),
        };
        serializer.collect_seq(totals.iter().map(row))
    }

    /// Reads them back.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<VatTotal>, D::Error> {
        let rows = Vec::<Row>::deserialize(deserializer)?;
        let total = |row: Row| VatTotal::from_parts(row.rate_basis_points, row.ttc, row.vat);
        let totals: Option<Vec<VatTotal>> = rows.into_iter().map(total).collect();
        totals.ok_or_else(|| D::Error::custom("a total that does not fit"))
    }
}
