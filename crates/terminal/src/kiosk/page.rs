//! The screens as HTML.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use caisse_ap::Brand;
use money::{Cents, Quantity};
use proto::checkout::v1 as pb;
use time::macros::format_description;

use super::{
    code,
    words::{Language, Words},
};
use crate::till::{Cue, Given, Notice, Offers, Recount, Sale, Screen, Trouble, View};

#[cfg(test)]
mod tests;

/// Seconds after which a page without JavaScript looks again.
const LOOK_AGAIN: u32 = 2;

/// What every page has.
pub(super) struct Frame<'a> {
    pub(super) words: &'static Words,
    pub(super) code: &'a str,
    pub(super) revision: u64,
    pub(super) shopper: u64,
    /// What the change is heard as, with the word that is shown for it.
    pub(super) cue: Option<(&'static str, &'static str)>,
    pub(super) screen: &'static str,
    pub(super) title: &'static str,
    /// What is read aloud when it changes.
    pub(super) announcement: String,
    pub(super) notice: Option<&'static str>,
    pub(super) refresh: Option<u32>,
    /// Whether somebody was called; nothing where nobody is to be called.
    pub(super) called: Option<bool>,
    /// Somebody practises: every page says so.
    pub(super) training: bool,
}

/// The frame of a page beside those of the till.
pub(super) fn frame<'a>(
    code: &'a str,
    view: &View,
    language: Language,
    screen: &'static str,
    title: &'static str,
) -> Frame<'a> {
    Frame {
        words: language.words(),
        code,
        revision: view.revision,
        shopper: view.shopper,
        cue: None,
        screen,
        title,
        announcement: title.to_owned(),
        notice: None,
        refresh: None,
        called: None,
        training: view.training,
    }
}

#[derive(Template)]
#[template(path = "idle.html")]
struct IdlePage<'a> {
    frame: Frame<'a>,
    /// Some baskets are drawn and looked at before payment.
    audits: bool,
    /// The slip of a payment that was not made, after its basket was given up.
    slip: Option<&'a str>,
    has_paper: bool,
}

#[derive(Template)]
#[template(path = "locked.html")]
struct LockedPage<'a> {
    frame: Frame<'a>,
}

#[derive(Template)]
#[template(path = "basket.html")]
struct BasketPage<'a> {
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

#[derive(Template)]
#[template(path = "waiting.html")]
struct WaitingPage<'a> {
    frame: Frame<'a>,
    text: &'static str,
    amount: Option<String>,
    /// The card terminal is not there, and an assistant says what it answers.
    plays_the_card: bool,
}

#[derive(Template)]
#[template(path = "attendant.html")]
struct AttendantPage<'a> {
    frame: Frame<'a>,
    explanation: &'static str,
    taken: Option<String>,
    amount: String,
    asked_time: String,
    may_be_paid: bool,
    not_paid: &'static str,
    brands: Vec<&'static str>,
}

#[derive(Template)]
#[template(path = "thanks.html")]
struct ThanksPage<'a> {
    frame: Frame<'a>,
    amount: String,
    sequence: i64,
    /// How the ticket is given.
    ticket_text: &'static str,
    /// What a telephone reads it by.
    code: Option<String>,
    has_paper: bool,
    /// The amount is paid out at the desk.
    at_desk: bool,
}

/// The page of what the till shows now.
pub(super) fn render(code: &str, offers: &Offers, view: &View, language: Language) -> askama::Result<String> {
    let words = language.words();
    let is_served = matches!(view.screen, Screen::Idle | Screen::Scanning(_) | Screen::Thanks(_));
    let frame = |screen, title, announcement: String, refresh| Frame {
        announcement,
        cue: view.cue.map(|cue| cue_of(cue, words)),
        notice: notice_of(view, language),
        refresh,
        called: is_served.then_some(view.called),
        ..frame(code, view, language, screen, title)
    };
    let waiting = |screen, title: &'static str, text, total_minor: Option<i64>| WaitingPage {
        frame: frame(screen, title, title.to_owned(), Some(LOOK_AGAIN)),
        text,
        amount: total_minor.map(|minor| language.money(minor)),
        plays_the_card: view.training && matches!(view.screen, Screen::Paying { .. }),
    };
    match &view.screen {
        Screen::Starting => waiting("starting", words.starting, words.starting_text, None).render(),
        Screen::Paying { total_minor } => {
            let (title, text) = paying(words, view.training);
            waiting("paying", title, text, Some(*total_minor)).render()
        }
        Screen::Telling { total_minor, taken } => {
            let title = if *taken { words.telling_taken } else { words.telling_not_taken };
            waiting("telling", title, words.telling_text, Some(*total_minor)).render()
        }
        Screen::Locked => {
            let frame = frame("locked", words.locked, words.locked.to_owned(), Some(LOOK_AGAIN));
            LockedPage { frame }.render()
        }
        Screen::Idle => {
            let frame = frame("idle", words.welcome, String::new(), None);
            IdlePage { frame, audits: view.audits, slip: left_slip(view), has_paper: offers.paper }.render()
        }
        Screen::Scanning(basket) => {
            let total = language.money(total_of(basket));
            let said = format!("{} {total}, {} {}", words.total, basket.article_count, words.articles);
            // A page without JavaScript follows the countdown, and what somebody decides.
            let follows =
                view.gives_up.is_some() || view.called || basket.approval_age > 0 || basket.audit_waits;
            let refresh = follows.then_some(LOOK_AGAIN);
            let frame = frame("scanning", words.your_basket, said, refresh);
            BasketPage { has_paper: offers.paper, ..basket_page(frame, basket, view, language) }.render()
        }
        Screen::Attendant { trouble, total_minor, asked_time, .. } => {
            let frame = frame("attendant", words.attendant, words.attendant_text.to_owned(), Some(10));
            let form = format_description!("[hour]:[minute]:[second] UTC");
            let asked_time = asked_time.format(form).unwrap_or_default();
            attendant_page(frame, *trouble, language.money(*total_minor), asked_time, language).render()
        }
        Screen::Thanks(sale @ Sale { total_minor, sequence, given, .. }) => ThanksPage {
            frame: frame("thanks", words.thanks, words.thanks.to_owned(), Some(LOOK_AGAIN)),
            amount: language.money(total_minor.abs()),
            at_desk: *total_minor < 0,
            sequence: *sequence,
            ticket_text: language.given(*given, sale.training),
            code: shown_code(offers, sale),
            has_paper: offers.paper,
        }
        .render(),
    }
}

/// The slip of a payment that was not made, if it has one.
fn left_slip(view: &View) -> Option<&str> {
    let slip = view.unpaid.as_ref().map(|unpaid| unpaid.slip_text.as_str());
    slip.filter(|slip| !slip.is_empty())
}

/// What is said while the card terminal is asked, or the one that is not there.
fn paying(words: &'static Words, training: bool) -> (&'static str, &'static str) {
    match training {
        true => (words.training_paying, words.training_paying_text),
        false => (words.paying, words.paying_text),
    }
}

/// A page, or an error where there is none.
pub(super) fn html(rendered: askama::Result<String>) -> Response {
    match rendered {
        Ok(text) => Html(text).into_response(),
        Err(failure) => {
            tracing::error!(%failure, "a page was not rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn cue_of(cue: Cue, words: &Words) -> (&'static str, &'static str) {
    match cue {
        Cue::Added => ("added", words.cue_added),
        Cue::Removed => ("removed", words.cue_removed),
        Cue::Alert => ("alert", words.cue_alert),
        Cue::Paid => ("paid", words.cue_paid),
    }
}

/// The code of a ticket, where there is one to be shown.
fn shown_code(offers: &Offers, sale: &Sale) -> Option<String> {
    let Given::Qr(token) = sale.given else { return None };
    offers.public_url.as_ref().and_then(|url| code::svg(&code::address(url, &token, sale.training)))
}

/// What is to be said about the last command, unless the screen of a trouble says it already.
fn notice_of(view: &View, language: Language) -> Option<&'static str> {
    let is_trouble = matches!(view.screen, Screen::Attendant { .. });
    let repeats = |notice: &Notice| {
        is_trouble && matches!(notice, Notice::PaymentUnknown | Notice::PaymentPartial | Notice::SaleRefused)
    };
    view.notice.filter(|notice| !repeats(notice)).map(|notice| language.notice(notice))
}

fn basket_page<'a>(
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
        has_paper: false,
        unpaid: view.unpaid.as_ref().map(|unpaid| {
            let reason = unpaid.complement.map(|reason| language.reason(reason));
            // What the notice says already is not said twice.
            (reason.filter(|reason| !said.starts_with(reason)), unpaid.slip_text.as_str())
        }),
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

fn attendant_page(
    frame: Frame<'_>,
    trouble: Trouble,
    amount: String,
    asked_time: String,
    language: Language,
) -> AttendantPage<'_> {
    let words = frame.words;
    let (explanation, taken, not_paid) = match trouble {
        Trouble::PaymentUnknown(_) => (words.payment_unknown, None, words.staff_not_paid),
        Trouble::PaymentPartial { paid_minor } => {
            (words.payment_partial, Some(language.money(paid_minor)), words.staff_given_back)
        }
        Trouble::SaleRefused(_) => (words.sale_refused, None, words.staff_given_back),
    };
    let may_be_paid = matches!(trouble, Trouble::PaymentUnknown(_));
    let brands = Brand::ALL.into_iter().filter(|brand| *brand != Brand::Other).map(Brand::name).collect();
    AttendantPage { frame, explanation, taken, amount, asked_time, may_be_paid, not_paid, brands }
}

fn total_of(basket: &pb::Basket) -> i64 {
    basket.total.as_ref().map_or(0, |total| total.amount_minor)
}
