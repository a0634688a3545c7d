//! The screens as HTML.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use caisse_ap::Brand;
use proto::checkout::v1 as pb;

use super::{
    code, means,
    words::{Language, Said, Words},
};
use crate::{
    client::Refusal,
    moment,
    suspension::SuspensionCode,
    till::{Cue, Given, Notice, Offers, RefundNotice, Sale, Screen, Trouble, View},
};

mod basket;
#[cfg(test)]
mod tests;

use basket::basket_page;

/// Seconds after which a page without JavaScript looks again.
const LOOK_AGAIN: u64 = 2;
/// The same where a slip lies on a page on which the next shopper may type already.
const SLIP_SEEN: u64 = 15;

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
    pub(super) notice: Option<Said>,
    /// Seconds after which a page without JavaScript goes on to what the till shows.
    pub(super) refresh: Option<u64>,
    /// Whether somebody was called; nothing where nobody is to be called.
    pub(super) called: Option<bool>,
    /// Somebody practises: every page says so.
    pub(super) training: bool,
}

/// The frame of a page beside those of the till. Without JavaScript, too, it leaves the screen when nobody is there any more.
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
        refresh: Some(left_alone(view)),
        called: None,
        training: view.training,
    }
}

/// Seconds after which the till itself asks, or has gone on: nothing of a shopper stays longer on a page that nobody touches.
fn left_alone(view: &View) -> u64 {
    view.asks_after.as_secs().max(LOOK_AGAIN)
}

#[derive(Template)]
#[template(path = "idle.html")]
struct IdlePage<'a> {
    frame: Frame<'a>,
    /// Some baskets are drawn and looked at before payment.
    audits: bool,
    /// Where people of the store refund; nothing in training.
    refund: Option<&'static str>,
    /// What is wrong with the till, for the people of the store.
    findings: Vec<&'static str>,
    /// The slip of a payment that was not made, after its basket was given up.
    slip: Option<&'a str>,
    has_paper: bool,
}

#[derive(Template)]
#[template(path = "closed.html")]
struct ClosedPage<'a> {
    frame: Frame<'a>,
    text: &'static str,
    findings: Vec<&'static str>,
    slip: Option<&'a str>,
    has_paper: bool,
}

#[derive(Template)]
#[template(path = "locked.html")]
struct LockedPage<'a> {
    frame: Frame<'a>,
    slip: Option<&'a str>,
    has_paper: bool,
}

#[derive(Template)]
#[template(path = "suspended.html")]
struct SuspendedPage<'a> {
    frame: Frame<'a>,
    code: String,
    /// Letter by letter, for the ear.
    spelled: String,
}

#[derive(Template)]
#[template(path = "waiting.html")]
struct WaitingPage<'a> {
    frame: Frame<'a>,
    text: &'static str,
    amount: Option<String>,
    /// Which card, or empty.
    detail: String,
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
    /// Of money that went back or not: what is said when it did.
    went_back: Option<&'static str>,
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

/// Whether somebody may be called from this screen.
const fn is_served(screen: &Screen) -> bool {
    matches!(
        screen,
        Screen::Idle | Screen::Scanning(_) | Screen::Suspended(_) | Screen::Held { .. } | Screen::Thanks(_)
    )
}

/// The page of what the till shows now.
pub(super) fn render(code: &str, offers: &Offers, view: &View, language: Language) -> askama::Result<String> {
    let words = language.words();
    let frame = |screen, title, announcement: String, refresh| Frame {
        announcement,
        cue: view.cue.map(|cue| cue_of(cue, words)),
        notice: notice_of(view, language),
        refresh,
        called: is_served(&view.screen).then_some(view.called),
        ..frame(code, view, language, screen, title)
    };
    let can_print = offers.paper && view.can_print();
    let findings = view.findings.iter().map(|found| language.finding(*found)).collect();
    match &view.screen {
        Screen::Starting | Screen::Paying { .. } | Screen::GivingBack { .. } | Screen::Telling { .. } => {
            waiting_page(frame, view, language).render()
        }
        Screen::Held { tenders, due_minor } => {
            let said = means::said(tenders, *due_minor, language);
            let refresh = if view.called { LOOK_AGAIN } else { left_alone(view) };
            let frame = frame("held", words.held, said, Some(refresh));
            means::held_page(frame, tenders, view, can_print, language).render()
        }
        Screen::Locked => {
            let frame = frame("locked", words.locked, words.locked.to_owned(), Some(LOOK_AGAIN));
            LockedPage { frame, slip: slip_of(view), has_paper: can_print }.render()
        }
        Screen::Idle => {
            let refresh = slip_of(view).map(|_| SLIP_SEEN);
            let frame = frame("idle", words.welcome, String::new(), refresh);
            idle_page(frame, view, findings, (can_print, language.refund().link)).render()
        }
        Screen::Closed(closure) => {
            let frame = frame("closed", words.locked, words.locked.to_owned(), Some(LOOK_AGAIN));
            let (text, slip) = (language.closed(*closure), slip_of(view));
            ClosedPage { frame, text, findings, slip, has_paper: can_print }.render()
        }
        Screen::Scanning(basket) => {
            let total = language.money(total_of(basket));
            let said = format!("{} {total}, {} {}", words.total, basket.article_count, words.articles);
            // A page without JavaScript follows the countdown, and what somebody decides.
            let follows =
                view.gives_up.is_some() || view.called || basket.approval_age > 0 || basket.audit_waits;
            let refresh = if follows { LOOK_AGAIN } else { left_alone(view) };
            let frame = frame("scanning", words.your_basket, said, Some(refresh));
            basket_page(frame, basket, view, can_print, language).render()
        }
        Screen::Attendant { trouble, total_minor, asked_time, .. } => {
            let frame = frame("attendant", words.attendant, words.attendant_text.to_owned(), Some(10));
            let asked_time = moment::local(asked_time.unix_timestamp(), &view.time_zone, "%H:%M:%S");
            attendant_page(frame, *trouble, language.money(*total_minor), asked_time, language).render()
        }
        Screen::Suspended(code) => {
            let said = format!("{} {}", words.suspended, spelled(code));
            suspended_page(frame("suspended", words.suspended, said, Some(LOOK_AGAIN)), code).render()
        }
        Screen::Thanks(sale) => {
            let frame = frame("thanks", words.thanks, words.thanks.to_owned(), Some(LOOK_AGAIN));
            thanks_page(frame, sale, view, offers, can_print, language).render()
        }
    }
}

/// The page of a till that is busy. In training nobody asks a card terminal, and an assistant says what it would answer.
fn waiting_page<'a>(
    frame: impl Fn(&'static str, &'static str, String, Option<u64>) -> Frame<'a>,
    view: &View,
    language: Language,
) -> WaitingPage<'a> {
    let (words, training) = (language.words(), view.training);
    let (screen, title, text, minor) = match &view.screen {
        Screen::Paying { total_minor } if training => {
            ("paying", words.training_paying, words.training_paying_text, Some(*total_minor))
        }
        Screen::Paying { total_minor } => ("paying", words.paying, words.paying_text, Some(*total_minor)),
        Screen::GivingBack { tender } => {
            let text = if training { words.training_paying_text } else { words.giving_back_text };
            ("paying", words.giving_back, text, Some(tender.amount_minor))
        }
        Screen::Telling { total_minor, taken } => {
            let title = if *taken { words.telling_taken } else { words.telling_not_taken };
            ("telling", title, words.telling_text, Some(*total_minor))
        }
        _ => ("starting", words.starting, words.starting_text, None),
    };
    let detail = match &view.screen {
        Screen::GivingBack { tender } => means::name(tender, language),
        _ => String::new(),
    };
    WaitingPage {
        frame: frame(screen, title, title.to_owned(), Some(LOOK_AGAIN)),
        text,
        amount: minor.map(|minor| language.money(minor)),
        detail,
        plays_the_card: training && screen == "paying",
    }
}

fn idle_page<'a>(
    frame: Frame<'a>,
    view: &'a View,
    findings: Vec<&'static str>,
    (has_paper, link): (bool, &'static str),
) -> IdlePage<'a> {
    let refund = (!view.training).then_some(link);
    IdlePage { frame, audits: view.audits, refund, findings, slip: slip_of(view), has_paper }
}

/// What the card terminal printed last, while it is still to be read.
fn slip_of(view: &View) -> Option<&str> {
    view.unpaid.as_ref().map(|unpaid| unpaid.slip_text.as_str()).filter(|slip| !slip.is_empty())
}

fn thanks_page<'a>(
    frame: Frame<'a>,
    sale: &Sale,
    view: &View,
    offers: &Offers,
    has_paper: bool,
    language: Language,
) -> ThanksPage<'a> {
    ThanksPage {
        frame,
        amount: language.money(sale.total_minor.abs()),
        at_desk: sale.total_minor < 0,
        sequence: sale.sequence,
        ticket_text: language.given(view.given(sale), sale.training),
        code: shown_code(offers, sale),
        has_paper,
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

fn suspended_page<'a>(frame: Frame<'a>, code: &SuspensionCode) -> SuspendedPage<'a> {
    SuspendedPage { frame, code: code.shown(), spelled: spelled(code) }
}

/// Letter by letter, for the ear.
fn spelled(code: &SuspensionCode) -> String {
    code.text().chars().map(String::from).collect::<Vec<_>>().join(" ")
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
fn notice_of(view: &View, language: Language) -> Option<Said> {
    let is_trouble = matches!(view.screen, Screen::Attendant { .. });
    let repeats = |notice: &Notice| {
        let of_trouble = matches!(
            notice,
            Notice::PaymentUnknown
                | Notice::GivenBackByHand
                | Notice::GiveBackUnknown
                | Notice::SaleRefused
                | Notice::Refund(RefundNotice::Unknown)
        );
        is_trouble && of_trouble
    };
    view.notice.filter(|notice| !repeats(notice)).map(|notice| language.notice(notice))
}

/// Why the card terminal took nothing, and its slip.
pub(super) fn unpaid<'a>(
    view: &'a View,
    said: &str,
    language: Language,
) -> Option<(Option<&'static str>, &'a str)> {
    let unpaid = view.unpaid.as_ref()?;
    let reason = unpaid.complement.map(|reason| language.reason(reason));
    // What the notice says already is not said twice.
    Some((reason.filter(|reason| !said.starts_with(reason)), unpaid.slip_text.as_str()))
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
        Trouble::GiveBack { owed_minor, is_unknown } => {
            let why = if is_unknown { words.give_back_unknown } else { words.give_back_by_hand };
            (why, Some(language.money(owed_minor)), words.staff_given_back)
        }
        Trouble::RefundUnknown => (language.refund().unknown, None, language.refund().did_not),
        Trouble::SaleRefused(Refusal::MealVoucherLimit) => {
            (words.voucher_refused, None, words.staff_given_back)
        }
        Trouble::SaleRefused(_) => (words.sale_refused, None, words.staff_given_back),
    };
    let may_be_paid = matches!(trouble, Trouble::PaymentUnknown(_));
    let brands = Brand::ALL.into_iter().filter(|brand| *brand != Brand::Other).map(Brand::name).collect();
    let went_back = (trouble == Trouble::RefundUnknown).then_some(language.refund().went_back);
    AttendantPage { frame, explanation, taken, amount, asked_time, may_be_paid, went_back, not_paid, brands }
}

fn total_of(basket: &pb::Basket) -> i64 {
    basket.total.as_ref().map_or(0, |total| total.amount_minor)
}
