//! What the day is like, while it happens.

mod bars;

use askama::Template;
use axum::{Extension, extract::State, response::Response};
use bars::Bars;
use futures::StreamExt;
use proto::analytics::v1::{DayFigures, GetDayRequest, WatchDayRequest};
use time::OffsetDateTime;
use tonic::Code;

use super::{Page, feed, places, render, show};
use crate::{
    app::{App, as_staff},
    error::Refused,
    session::Session,
    text::Lang,
};

#[derive(Template)]
#[template(path = "dashboard.html")]
struct DashboardPage {
    page: Page,
    figures: Figures,
}

#[derive(Template)]
#[template(path = "figures.html")]
struct Fragment {
    figures: Figures,
}

/// The figures of a day, written out.
struct Figures {
    lang: Lang,
    day: DayFigures,
    date: String,
    /// When these figures were true, on the store's wall.
    now: String,
    revenue: String,
    average_basket: String,
    self_share: String,
    refunded: String,
    purchase_days: String,
    days_between: String,
    average_rating: String,
    bars: Bars,
    reviews: Vec<Recent>,
}

struct Recent {
    product: String,
    rating: i32,
    comment: String,
    sent: String,
}

pub async fn page(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
) -> Result<Response, Refused> {
    let request = GetDayRequest { store_code: session.account.store_code.clone(), day: String::new() };
    let day = match app.analytics.clone().get_day(as_staff(&session, request)).await {
        Ok(answer) => answer.into_inner().day.unwrap_or_default(),
        // A store is known by its first sale.
        Err(status) if status.code() == Code::NotFound => DayFigures::default(),
        Err(status) => return Err(Refused::by(lang)(status)),
    };
    let zone = places::zone(&app, &session.account.store_code).await;
    let title = lang.say("Tableau de bord", "Dashboard");
    let page = Page::of(&session, lang, title).at("/dashboard");
    Ok(render(&DashboardPage { page, figures: Figures::of(day, app.clock.now(), &zone, lang) }))
}

pub async fn feed(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
) -> Result<Response, Refused> {
    let store_code = session.account.store_code.clone();
    let zone = places::zone(&app, &store_code).await;
    let request = as_staff(&session, WatchDayRequest { store_code });
    let days = app.analytics.clone().watch_day(request).await.map_err(Refused::by(lang))?.into_inner();
    let days = days.take_while(|told| std::future::ready(told.is_ok()));
    let clock = app.clock.clone();
    let fragments = days.filter_map(move |told| {
        let day = told.ok().and_then(|told| told.day);
        let fragment = day.and_then(|day| {
            feed::fragment(&Fragment { figures: Figures::of(day, clock.now(), &zone, lang) })
        });
        std::future::ready(fragment)
    });
    Ok(feed::of(&app, fragments))
}

impl Figures {
    fn of(day: DayFigures, now: OffsetDateTime, zone: &str, lang: Lang) -> Self {
        let unless_zero = |value: i64, text: String| if value == 0 { "–".to_owned() } else { text };
        let reviews = day.reviews.iter().map(|review| Recent {
            product: review.product_name.clone(),
            rating: review.rating,
            comment: review.comment.clone(),
            sent: show::moment(review.submitted_time, zone, lang),
        });
        Self {
            lang,
            date: show::day(&day.day, lang),
            now: show::minute(now, zone),
            revenue: show::amount(day.revenue_minor),
            average_basket: show::amount(day.average_basket_minor),
            self_share: show::percentage(day.self_share_basis_points, lang),
            refunded: show::amount(day.refunded_minor),
            purchase_days: unless_zero(
                day.purchase_days_per_member_milli,
                show::thousandths(day.purchase_days_per_member_milli, lang),
            ),
            days_between: unless_zero(
                day.days_between_purchases_milli,
                show::thousandths(day.days_between_purchases_milli, lang),
            ),
            average_rating: unless_zero(day.review_count, show::thousandths(day.average_rating_milli, lang)),
            bars: Bars::of(&day.hours),
            reviews: reviews.collect(),
            day,
        }
    }
}
