//! The price by the kilogram, the litre or the piece, which stands beside the price of a pack (arrêté of 16 November 1999, as
//! told in the VAT facts).

use money::{Cents, Quantity};

use crate::domain::{catalogue::SoldBy, item::Measure};

#[cfg(test)]
mod tests;

/// What an article costs by the measure that prices are compared by; `None` when its content says none.
pub fn price(sold_by: SoldBy, net_content: &str, unit_price: Cents) -> Option<(Measure, Cents)> {
    if sold_by == SoldBy::Kilogram {
        return Some((Measure::Kilogram, unit_price));
    }
    let (measure, thousandths) = content(net_content)?;
    let price = money::round_half_up(i128::from(unit_price.get()) * 1_000, i128::from(thousandths))?;
    Some((measure, Cents::new(price)))
}

/// What a pack weighs whose label says only what it costs: the nearest whole gram, and never nothing. Where any gram gives the
/// label's price back, this one does.
pub fn weight(label: Cents, per_kilogram: Cents) -> Option<Quantity> {
    let grams = money::round_half_up(i128::from(label.get()) * 1_000, i128::from(per_kilogram.get()))?;
    Some(Quantity::grams(grams.max(1)))
}

/// Reads `250 g`, `1,5 kg`, `75 cl` or `6 x 33 cl` as thousandths of its measure. Anything else is not guessed at.
fn content(text: &str) -> Option<(Measure, i64)> {
    let text = text.trim().to_lowercase().replace(['\u{a0}', '\u{202f}'], " ").replace('×', "x");
    let (times, text) = match text.split_once('x') {
        Some((times, rest)) => (times.trim().parse::<i64>().ok().filter(|times| *times > 0)?, rest.trim()),
        None => (1, text.as_str()),
    };
    let end = text.find(|letter: char| !(letter.is_ascii_digit() || matches!(letter, ',' | '.')))?;
    let (number, unit) = text.split_at(end);
    // A millionth of the measure is finer than any pack.
    let micros = decimal(number)?;
    let (measure, scale) = match unit.trim() {
        "kg" => (Measure::Kilogram, 1_000_000),
        "g" => (Measure::Kilogram, 1_000),
        "l" => (Measure::Litre, 1_000_000),
        "cl" => (Measure::Litre, 10_000),
        "ml" => (Measure::Litre, 1_000),
        "pièces" | "pièce" | "pieces" | "piece" => (Measure::Piece, 1_000_000),
        _ => return None,
    };
    let total = i128::from(micros) * i128::from(times) * scale / 1_000_000;
    let thousandths = i64::try_from(total / 1_000).ok()?;
    (thousandths > 0 && total % 1_000 == 0).then_some((measure, thousandths))
}

/// A number with at most six decimals, in millionths.
fn decimal(text: &str) -> Option<i64> {
    let text = text.replace(',', ".");
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    if decimals.len() > 6 || whole.is_empty() || whole.len() > 6 || decimals.contains('.') {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    let decimals: i64 = format!("{decimals:0<6}").parse().ok()?;
    Some(whole * 1_000_000 + decimals)
}
