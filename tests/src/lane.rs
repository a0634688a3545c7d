//! A shopper at a till: the till's own interface, one verb after the other.

use std::{net::SocketAddr, time::Duration};

use demo::{door::Visitor, shop::Till};
use http::StatusCode;
use proto::checkout::v1::Product;
use serde_json::{Value, json};
use testbed::eventually;
use uuid::Uuid;

use crate::OpenShop;

/// How long a shopper stays at a till that does not answer.
const PATIENCE: Duration = Duration::from_secs(90);
/// What a till says when the same may succeed in a moment.
const PASSING: [&str; 6] =
    ["CHECKOUT_UNREACHABLE", "CLOSED", "TILL_BUSY", "STOPPING", "UNKNOWN_CARD", "BASKET_CHANGED"];

/// A shopper at a till.
#[derive(Clone, Debug)]
pub struct Lane {
    visitor: Visitor,
}

/// A sale as the till told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sold {
    /// The sale.
    pub sale_id: Uuid,
    /// What was paid, in cents.
    pub total_minor: i64,
    /// Number of the ticket.
    pub sequence: i64,
}

/// A thing to scan: its code, and how much of it where the code does not say.
pub type Article = (String, Option<i64>);

impl Lane {
    /// A shopper at the till of this address.
    #[must_use]
    pub fn at(address: SocketAddr) -> Self {
        Self { visitor: Visitor::of(address) }
    }

    /// A shopper at a till.
    #[must_use]
    pub fn of(till: &Till) -> Self {
        Self::at(till.address)
    }

    /// Says something to the till: the status and the answer, whatever they are; nothing while the till does not answer.
    pub async fn say(&mut self, verb: &str, body: &Value) -> Option<(StatusCode, Value)> {
        self.visitor.post_json(&format!("/api/{verb}"), body).await.ok()
    }

    /// Says something that the till must take.
    pub async fn taken(&mut self, verb: &str, body: Value) -> Value {
        let (status, answer) = self.say(verb, &body).await.unwrap();
        assert_eq!(status, StatusCode::OK, "{verb} {body}: {answer}");
        answer
    }

    /// Says something that the till must refuse, and gives the reason back.
    pub async fn refused(&mut self, verb: &str, body: Value) -> String {
        let (status, answer) = self.say(verb, &body).await.unwrap();
        assert_ne!(status, StatusCode::OK, "{verb} {body}: {answer}");
        answer["refused"].as_str().unwrap_or_else(|| panic!("{verb} {body}: {status} {answer}")).to_owned()
    }

    /// Says something until the till takes it; a refusal that does not pass is an error.
    pub async fn insist(&mut self, verb: &str, body: Value) -> Value {
        // What asks owns what it needs, so that a task of its own may shop.
        let (lane, verb) = (self.clone(), verb.to_owned());
        let what = format!("{verb} {body}");
        let ask = move || {
            let (mut lane, verb, body) = (lane.clone(), verb.clone(), body.clone());
            async move {
                let (status, answer) = lane.say(&verb, &body).await?;
                if status == StatusCode::OK {
                    return Some(answer);
                }
                let reason = answer["refused"].as_str().unwrap_or_default();
                assert!(PASSING.contains(&reason), "{verb} {body}: {answer}");
                None
            }
        };
        eventually(PATIENCE, &what, ask).await.unwrap()
    }

    /// What the till shows.
    pub async fn shown(&mut self) -> Value {
        let answer = eventually(PATIENCE, "the till shows something", async || {
            self.visitor.get("/api/basket").await.ok()
        });
        serde_json::from_str(&answer.await.unwrap().body).unwrap()
    }

    /// Scans.
    pub async fn scan(&mut self, (code, quantity_milli): &Article) -> Value {
        self.insist("scan", json!({"code": code, "quantity_milli": quantity_milli.unwrap_or(0)})).await
    }

    /// Shows a member's card; a card that was issued just now may still be on its way to checkout.
    pub async fn identify(&mut self, card_number: &str) -> Value {
        self.insist("identify", json!({"code": card_number})).await
    }

    /// Pays, and gets the sale.
    pub async fn pay(&mut self) -> Sold {
        let answer = self.insist("pay", json!({})).await;
        Sold {
            sale_id: answer["sale_id"].as_str().unwrap().parse().unwrap(),
            total_minor: answer["total_minor"].as_i64().unwrap(),
            sequence: answer["sequence"].as_i64().unwrap(),
        }
    }

    /// Card, articles, payment.
    pub async fn buy(&mut self, card_number: Option<&str>, articles: &[Article]) -> Sold {
        if let Some(card_number) = card_number {
            self.identify(card_number).await;
        }
        for article in articles {
            self.scan(article).await;
        }
        self.pay().await
    }
}

impl OpenShop {
    /// A shopper at the first or second till.
    #[must_use]
    pub fn lane(&self, number: usize) -> Lane {
        Lane::of(&self.shop.tills[number])
    }

    /// The code that attendants type at the first or second till.
    ///
    /// # Panics
    /// When the till has made none.
    #[must_use]
    pub fn attendant_code(&self, number: usize) -> String {
        let file = format!("journal-{}.attendant-code", self.shop.tills[number].code);
        std::fs::read_to_string(self.shop.folder.join(file)).unwrap().trim().to_owned()
    }

    /// So much of a product that it costs an amount with these last two digits, for card terminals that decide by them.
    ///
    /// # Panics
    /// When no weight of any product does.
    #[must_use]
    pub fn article_ending(&self, ending: i64) -> (Article, i64) {
        for product in self.products.iter().filter(|product| is_weighed(product)) {
            let price = product.price_minor.unwrap_or_default();
            for grams in 200..1500 {
                let cents = (price * grams + 500) / 1000;
                if cents % 100 == ending {
                    return ((product.gtin.clone(), Some(grams)), cents);
                }
            }
        }
        panic!("no weight of any product costs an amount that ends with {ending}")
    }
}

fn is_weighed(product: &Product) -> bool {
    product.sold_by() == proto::checkout::v1::SoldBy::Kilogram && product.category != "Conserves"
}
