//! The page of an open basket.

use askama::Template;
use proto::checkout::v1 as pb;

use super::{Frame, Language, means, total_of, unpaid};
use crate::till::{Notice, View};

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

/// The page of this basket.
pub(super) fn basket_page<'a>(
    frame: Frame<'a>,
    basket: &'a pb::Basket,
    view: &'a View,
    language: Language,
) -> BasketPage<'a> {
    let said = frame.notice.unwrap_or_default();
    BasketPage {
        frame,
        lines: basket.lines.iter().rev().map(|line| shown(line, language)).collect(),
        total: language.money(total_of(basket)),
        saved: (basket.discount_minor > 0).then(|| language.money(basket.discount_minor)),
        article_count: basket.article_count,
        member: basket.member_identified,
        greeting: view.greeting.as_deref(),
        claimed: &basket.claimed_codes,
        still_there: view.notice == Some(Notice::StillThere),
        seconds_left: view.gives_up.map_or(0, |at| (at - tokio::time::Instant::now()).as_secs()),
        approval_age: basket.approval_age,
        audit_waits: basket.audit_waits,
        unknown_codes: &basket.unknown_codes,
        meal_voucher: (basket.meal_voucher_minor > 0).then(|| language.money(basket.meal_voucher_minor)),
        deposits: (basket.deposit_minor != 0).then(|| language.money(basket.deposit_minor)),
        bag: view
            .bag
            .as_ref()
            .filter(|_| !basket.lines.is_empty())
            .map(|bag| (bag.name.as_str(), language.money(bag.price_minor.unwrap_or_default()))),
        is_to_pay: total_of(basket) > 0,
        unpaid: unpaid(view, said, language),
        returned: means::ways(&view.returned, language),
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
    let prior =
        line.prior_price_minor.map(|minor| format!("{} {}", words.prior_price, language.money(minor)));
    [tare, measure, prior].into_iter().flatten().collect()
}
