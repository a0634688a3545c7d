//! The page of an open basket.

use askama::Template;
use money::{Cents, Quantity};
use proto::checkout::v1 as pb;

use super::{Frame, Language, means, total_of, unpaid};
use crate::till::{Recount, View};

#[derive(Template)]
#[template(path = "basket.html")]
pub(super) struct BasketPage<'a> {
    frame: Frame<'a>,
    lines: Vec<Line<'a>>,
    total: String,
    saved: Option<String>,
    article_count: i64,
    member: bool,
    greeting: Option<&'a str>,
    claimed: &'a [String],
    still_there: bool,
    /// Seconds until the basket is given up.
    seconds_left: u64,
    /// The age that an attendant has to approve before payment; 0 when nothing waits for that.
    approval_age: i32,
    /// The basket was drawn, and somebody looks at it before payment.
    audit_waits: bool,
    /// What was found when a part of it was scanned again.
    recount: Option<String>,
    unknown_codes: &'a [pb::UnknownCode],
    meal_voucher: Option<String>,
    deposits: Option<String>,
    /// The bag to ask about, with its price.
    bag: Option<(&'a str, String)>,
    is_to_pay: bool,
    /// Why the card terminal took nothing, and its slip.
    unpaid: Option<(Option<&'static str>, &'a str)>,
    /// What was given back, and how.
    returned: Vec<(String, String)>,
    /// The slip can be printed.
    has_paper: bool,
}

/// A line, the last one scanned first.
struct Line<'a> {
    line_id: i32,
    name: &'a str,
    quantity: String,
    unit_price: String,
    /// Tare, the price by the measure, the lowest price before: each when there is one.
    details: Vec<String>,
    discounts: Vec<(&'a str, String)>,
    amount: String,
    /// The quantities of one less and one more; none for what was weighed or follows its goods.
    steps: Option<(i64, i64)>,
    /// It follows its goods.
    is_packaging: bool,
}

/// The page of a basket that is open.
pub(super) fn basket_page<'a>(
    frame: Frame<'a>,
    basket: &'a pb::Basket,
    view: &'a View,
    has_paper: bool,
    language: Language,
) -> BasketPage<'a> {
    let unpaid = unpaid(view, frame.notice.as_deref().unwrap_or_default(), language);
    BasketPage {
        frame,
        lines: basket.lines.iter().rev().map(|line| shown(line, language)).collect(),
        total: language.money(total_of(basket)),
        saved: (basket.discount_minor > 0).then(|| language.money(basket.discount_minor)),
        article_count: basket.article_count,
        member: basket.member_identified,
        greeting: view.greeting.as_deref(),
        claimed: &basket.claimed_codes,
        // Whatever else there is to be said meanwhile: the basket is given up all the same.
        still_there: view.gives_up.is_some(),
        seconds_left: view.gives_up.map_or(0, |at| (at - tokio::time::Instant::now()).as_secs()),
        approval_age: basket.approval_age,
        audit_waits: basket.audit_waits,
        recount: view.recount.map(|recount| {
            let words = language.words();
            let (found, missing, left) = (words.audit_found, words.audit_missing, words.audit_left);
            let Recount { found: of_it, missing: beside, not_scanned } = recount;
            format!("{found} {of_it}, {missing} {beside}, {left} {not_scanned}")
        }),
        unknown_codes: &basket.unknown_codes,
        meal_voucher: (basket.meal_voucher_minor > 0).then(|| language.money(basket.meal_voucher_minor)),
        deposits: (basket.deposit_minor != 0).then(|| language.money(basket.deposit_minor)),
        bag: view
            .bag
            .as_ref()
            .filter(|_| !basket.lines.is_empty())
            .map(|bag| (bag.name.as_str(), language.money(bag.price_minor.unwrap_or_default()))),
        is_to_pay: total_of(basket) > 0,
        unpaid,
        returned: means::ways(&view.returned, language),
        has_paper,
    }
}

fn shown(line: &pb::Line, language: Language) -> Line<'_> {
    let weighed = line.sold_by() == pb::SoldBy::Kilogram;
    let unit_price = language.money(line.unit_price_minor);
    let discounts = line.discounts.iter();
    let is_packaging = line.deposit_of_line_id != 0;
    Line {
        line_id: line.line_id,
        name: &line.name,
        quantity: if weighed {
            language.weight(line.quantity_milli)
        } else {
            (line.quantity_milli / 1_000).to_string()
        },
        unit_price: if weighed { format!("{unit_price}/kg") } else { unit_price },
        discounts: discounts
            .map(|discount| (discount.label.as_str(), language.money(-discount.amount_minor)))
            .collect(),
        amount: language.money(line.total_minor),
        details: details(line, language),
        steps: (!weighed && !line.measured && !is_packaging)
            .then_some((line.quantity_milli - 1_000, line.quantity_milli + 1_000)),
        is_packaging,
    }
}

fn details(line: &pb::Line, language: Language) -> Vec<String> {
    let words = language.words();
    let tare = (line.tare_milli > 0).then(|| format!("{} {}", words.tare, language.weight(line.tare_milli)));
    // A price by the kilogram stands there already.
    let measured = line.measure_price_minor.filter(|_| line.sold_by() != pb::SoldBy::Kilogram);
    let measure =
        measured.map(|minor| format!("{}/{}", language.money(minor), language.measure(&line.measure)));
    let prior = line.prior_price_minor.map(|minor| {
        let text = format!("{} {}", words.prior_price, language.money(minor));
        match reduction(minor, line) {
            Some(tenths) => format!("{text}, {}", language.off(tenths)),
            None => text,
        }
    });
    [tare, measure, prior].into_iter().flatten().collect()
}

/// What the line costs less than at the lowest price before. An announced reduction is one of that price, not of a higher one since
/// (Court of Justice, C-330/23 Aldi Süd, 26 September 2024, as the Court's note to the press tells it).
fn reduction(prior_minor: i64, line: &pb::Line) -> Option<i64> {
    let before = money::price(Cents::new(prior_minor), Quantity::new(line.quantity_milli))?;
    money::reduction_tenths(before, Cents::new(line.total_minor))
}
