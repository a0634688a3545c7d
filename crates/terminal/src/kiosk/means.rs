//! By which means the shopper pays: all by card with one press, or otherwise; and what is paid already.

use askama::Template;
use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use money::Cents;
use serde::Deserialize;

use super::{
    Kiosk,
    forms::{Filled, back},
    page::{Frame, frame, html, unpaid},
    words::Language,
};
use crate::{
    tender::{Returned, Tender, TenderKind, Way},
    till::{Due, Means, Notice, Screen, View},
};

/// A means as the page names it.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum MeansWord {
    #[default]
    Card,
    CardPart,
    MealVoucher,
    StoreCredit,
}

#[derive(Deserialize)]
pub(super) struct PayForm {
    #[serde(default)]
    means: MeansWord,
    /// In euros, as shoppers write them.
    #[serde(default)]
    amount: String,
}

/// What may be paid by which means.
struct Offered {
    due: String,
    /// How much of it, and what the shop owes the member.
    store_credit: Option<(String, String)>,
    /// As it is typed, and as it is said.
    meal_voucher: Option<(String, String)>,
    may_be_paid: bool,
    may_be_part: bool,
}

#[derive(Template)]
#[template(path = "payment.html")]
struct PaymentPage<'a> {
    frame: Frame<'a>,
    means: Offered,
}

#[derive(Template)]
#[template(path = "held.html")]
pub(super) struct HeldPage<'a> {
    frame: Frame<'a>,
    means: Offered,
    paid: String,
    tenders: Vec<(String, String)>,
    returned: Vec<(String, String)>,
    unpaid: Option<(Option<&'static str>, &'a str)>,
    /// The slip can be printed.
    has_paper: bool,
}

impl MeansWord {
    pub(super) fn with(self, amount_minor: Option<i64>) -> Result<Means, Notice> {
        match (self, amount_minor) {
            (Self::Card, _) => Ok(Means::Card),
            (Self::StoreCredit, _) => Ok(Means::StoreCredit),
            (Self::MealVoucher, amount_minor) => Ok(Means::MealVoucher { amount_minor }),
            (Self::CardPart, Some(amount_minor)) => Ok(Means::CardPart { amount_minor }),
            (Self::CardPart, None) => Err(Notice::NotAnAmount),
        }
    }
}

impl Offered {
    fn of(due: &Due, language: Language) -> Self {
        let vouchers = due.meal_voucher_minor;
        let typed = || match language {
            Language::French => Cents::new(vouchers).plain().replace('.', ","),
            Language::English => Cents::new(vouchers).plain(),
        };
        Self {
            due: language.money(due.due_minor),
            store_credit: (due.store_credit_minor > 0)
                .then(|| (language.money(due.store_credit_minor), language.money(due.balance_minor))),
            meal_voucher: (vouchers > 0).then(|| (typed(), language.money(vouchers))),
            may_be_paid: due.may_be_paid,
            may_be_part: due.may_be_part && due.due_minor > 1,
        }
    }
}

/// The other means, while there is something to pay.
pub(super) async fn show(State(kiosk): State<Kiosk>, headers: HeaderMap) -> Response {
    let view = kiosk.till.view();
    if view.basket().is_none() || view.due.due_minor <= 0 {
        return Redirect::to("/").into_response();
    }
    let language = kiosk.language(&view, &headers);
    let frame = frame(&kiosk.code, &view, language, "means", language.words().means_question);
    html(PaymentPage { frame, means: Offered::of(&view.due, language) }.render())
}

pub(super) async fn pay(
    State(kiosk): State<Kiosk>,
    headers: HeaderMap,
    Filled(form): Filled<PayForm>,
) -> Response {
    let amount_minor = match form.amount.trim() {
        "" => Ok(None),
        typed => typed_cents(typed).map(Some),
    };
    match amount_minor.and_then(|amount_minor| form.means.with(amount_minor)) {
        Ok(means) => pay_by(kiosk, headers, means).await,
        Err(notice) => back(&kiosk, Err(notice), &headers),
    }
}

/// Leads to the page as soon as the shopper's turn at the card terminal has come: the page moves on by itself.
pub(super) async fn pay_by(kiosk: Kiosk, headers: HeaderMap, means: Means) -> Response {
    let till = kiosk.till.clone();
    let paying = tokio::spawn(async move { till.pay_by(means).await });
    until_the_shoppers_turn(&kiosk, paying, &headers).await
}

/// Gives back what is paid so far.
pub(super) async fn give_back(State(kiosk): State<Kiosk>, headers: HeaderMap) -> Response {
    let till = kiosk.till.clone();
    let giving = tokio::spawn(async move { till.give_back().await });
    until_the_shoppers_turn(&kiosk, giving, &headers).await
}

async fn until_the_shoppers_turn(
    kiosk: &Kiosk,
    mut done: tokio::task::JoinHandle<Result<View, Notice>>,
    headers: &HeaderMap,
) -> Response {
    let mut shown = kiosk.till.watch();
    let is_turn = |view: &View| matches!(view.screen, Screen::Paying { .. } | Screen::GivingBack { .. });
    tokio::select! {
        done = &mut done => back(kiosk, done.unwrap_or(Err(Notice::Stopping)), headers),
        _ = shown.wait_for(is_turn) => Redirect::to("/").into_response(),
    }
}

/// What is paid and what is due, for who listens.
pub(super) fn said(tenders: &[Tender], due_minor: i64, language: Language) -> String {
    let due = language.money(due_minor);
    format!("{} {} {due}", paid(tenders, language), language.words().held_paid)
}

/// The page of a basket that is paid in part.
pub(super) fn held_page<'a>(
    frame: Frame<'a>,
    tenders: &[Tender],
    view: &'a View,
    has_paper: bool,
    language: Language,
) -> HeldPage<'a> {
    HeldPage {
        unpaid: unpaid(view, frame.notice.as_deref().unwrap_or_default(), language),
        frame,
        means: Offered::of(&view.due, language),
        paid: paid(tenders, language),
        tenders: named(tenders, language),
        returned: ways(&view.returned, language),
        has_paper,
    }
}

fn paid(tenders: &[Tender], language: Language) -> String {
    language.money(tenders.iter().map(|tender| tender.amount_minor).sum())
}

/// What was given, each with its name.
fn named(tenders: &[Tender], language: Language) -> Vec<(String, String)> {
    tenders.iter().map(|tender| (language.money(tender.amount_minor), name(tender, language))).collect()
}

/// What was given back, each with the way it went.
pub(super) fn ways(returned: &[Returned], language: Language) -> Vec<(String, String)> {
    let words = language.words();
    let way = |back: &Returned| match back.way {
        Way::Card => format!("{} {}", words.back_to, name(&back.tender, language)),
        Way::StoreCredit => words.back_to_credit.to_owned(),
        Way::Staff => words.back_by_staff.to_owned(),
    };
    returned.iter().map(|back| (language.money(back.tender.amount_minor), way(back))).collect()
}

pub(super) fn name(tender: &Tender, language: Language) -> String {
    let words = language.words();
    let kind = match tender.kind {
        TenderKind::Card => words.by_card,
        TenderKind::MealVoucher => words.by_meal_voucher,
        TenderKind::StoreCredit => words.by_store_credit,
    };
    match tender.pan_last4.as_str() {
        "" => kind.to_owned(),
        last4 => format!("{kind} {} ···· {last4}", tender.brand),
    }
}

/// Cents of what a shopper typed: `12`, `12,5`, `12.50 €`.
fn typed_cents(typed: &str) -> Result<i64, Notice> {
    let plain = typed.trim_end_matches('€').trim().replace(',', ".");
    Cents::parse(&plain).map(Cents::get).map_err(|_| Notice::NotAnAmount)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_as_shoppers_write_it() {
        for (typed, cents) in
            [("12", 1_200), ("12,50", 1_250), ("12.5", 1_250), (" 0,05 €", 5), ("3,00€", 300)]
        {
            assert_eq!(typed_cents(typed), Ok(cents), "{typed}");
        }
        for typed in ["", "douze", "1,234", "1 000 000 000 000 000 000 000", "€"] {
            assert_eq!(typed_cents(typed), Err(Notice::NotAnAmount), "{typed}");
        }
    }
}
