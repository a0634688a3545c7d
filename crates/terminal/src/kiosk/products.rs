//! Articles without a barcode: picked by tile or name, weighed where they are sold by the kilogram.

use askama::Template;
use axum::{extract::State, http::HeaderMap, response::Response};
use proto::checkout::v1 as pb;
use serde::Deserialize;

use super::{
    Kiosk,
    forms::{Filled, back},
    page::{Frame, frame, html},
    words::Language,
};
use crate::till::Notice;

/// The heaviest that is typed, in grams.
const HEAVIEST: i64 = 99_999;

#[derive(Deserialize)]
pub(super) struct Searched {
    #[serde(default)]
    text: String,
}

#[derive(Deserialize)]
pub(super) struct Picked {
    code: String,
    name: String,
    #[serde(default)]
    tare: i64,
    /// The scale is to be read.
    #[serde(default)]
    scale: bool,
}

#[derive(Deserialize)]
pub(super) struct Weighed {
    code: String,
    gross: i64,
    #[serde(default)]
    tare: i64,
}

#[derive(Template)]
#[template(path = "products.html")]
struct ProductsPage<'a> {
    frame: Frame<'a>,
    text: &'a str,
    groups: Vec<Group<'a>>,
}

/// Articles under one tile.
struct Group<'a> {
    name: &'a str,
    articles: Vec<Article<'a>>,
}

struct Article<'a> {
    code: &'a str,
    name: &'a str,
    price: String,
    tare: i64,
    by_weight: bool,
}

#[derive(Template)]
#[template(path = "weigh.html")]
struct WeighPage<'a> {
    frame: Frame<'a>,
    code: &'a str,
    name: &'a str,
    tare: i64,
    gross: Option<i64>,
    has_scale: bool,
}

/// The tiles: whoever leafs through them is there.
pub(super) async fn show(State(kiosk): State<Kiosk>, headers: HeaderMap) -> Response {
    // A till that is busy gives nothing up.
    let _ = kiosk.till.touch().await;
    let products = kiosk.till.tiles().await;
    products_page(&kiosk, &headers, "", &products)
}

/// What answers the name that was typed, which stands in no address and in no history.
pub(super) async fn search(
    State(kiosk): State<Kiosk>,
    headers: HeaderMap,
    Filled(searched): Filled<Searched>,
) -> Response {
    let _ = kiosk.till.touch().await;
    let text: String = searched.text.trim().chars().take(64).collect();
    let products = match text.as_str() {
        "" => kiosk.till.tiles().await,
        text => kiosk.till.search(text).await,
    };
    products_page(&kiosk, &headers, &text, &products)
}

fn products_page(kiosk: &Kiosk, headers: &HeaderMap, text: &str, products: &[pb::Product]) -> Response {
    let view = kiosk.till.view();
    let language = kiosk.language(&view, headers);
    let frame = frame(&kiosk.code, &view, language, "products", language.words().products);
    html(ProductsPage { frame, text, groups: groups(products, language) }.render())
}

/// Asks for the weight, or reads the scale.
pub(super) async fn weigh(
    State(kiosk): State<Kiosk>,
    headers: HeaderMap,
    Filled(picked): Filled<Picked>,
) -> Response {
    let view = kiosk.till.view();
    let language = kiosk.language(&view, &headers);
    let (gross, notice) = match picked.scale {
        true => match kiosk.till.read_scale().await {
            Ok(grams) => (Some(grams), None),
            Err(notice) => (None, Some(notice)),
        },
        false => (None, None),
    };
    let mut frame = frame(&kiosk.code, &view, language, "weigh", language.words().weigh);
    frame.notice = notice.map(|notice| language.notice(notice));
    let page = WeighPage {
        frame,
        code: &picked.code,
        name: &picked.name,
        tare: picked.tare.clamp(0, HEAVIEST),
        gross,
        has_scale: kiosk.till.has_scale(),
    };
    html(page.render())
}

/// The net weight is what is sold.
pub(super) async fn weighed(
    State(kiosk): State<Kiosk>,
    headers: HeaderMap,
    Filled(form): Filled<Weighed>,
) -> Response {
    let is_weight = (0..=HEAVIEST).contains(&form.tare) && (form.tare + 1..=HEAVIEST).contains(&form.gross);
    let done = match is_weight {
        true => kiosk.till.weighed(&form.code, form.gross - form.tare, form.tare).await,
        false => Err(Notice::NoWeight),
    };
    back(&kiosk, done, &headers)
}

fn groups<'a>(products: &'a [pb::Product], language: Language) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for product in products {
        let name = if product.tile.is_empty() { language.words().others } else { product.tile.as_str() };
        let article = article(product, language);
        match groups.iter_mut().find(|group| group.name == name) {
            Some(group) => group.articles.push(article),
            None => groups.push(Group { name, articles: vec![article] }),
        }
    }
    groups
}

fn article(product: &pb::Product, language: Language) -> Article<'_> {
    let by_weight = product.sold_by() == pb::SoldBy::Kilogram;
    let price = product.price_minor.map(|minor| language.money(minor)).unwrap_or_default();
    Article {
        code: &product.gtin,
        name: &product.name,
        price: if by_weight { format!("{price}/kg") } else { price },
        tare: product.tare_milli,
        by_weight,
    }
}
