//! Whole sales through the client library: to measure a running shop, never to sell.
//!
//! Either as fast as checkout answers ([`everywhere_until`], a closed loop), or as shoppers come on a Saturday ([`day::play`]).

use std::time::{Duration, Instant};

use barcode::CardNumber;
use proto::{checkout::v1 as pb, r#type::v1::Money};
use tokio::task::{JoinError, JoinSet};
use uuid::Uuid;

use crate::client::{CallError, Client, RequestId, Scanned};

pub mod day;
pub mod queue;
pub mod saturday;

mod figures;

pub use figures::{percentile, rounded};

/// What a card terminal prints, about as long as in a shop.
const SLIP: &str = "CARTE BANCAIRE\nSANS CONTACT\nA0000000421010\nCB\nLE 02/03/26 A 10:41:07\nLA FERME D'EXEMPLE\n\
    59000 LILLE\n0000001\nXXXXXXXXXXXX6368\n001 000042 C @\nNO AUTO : 184117\nDEBIT\nTICKET CLIENT\nA CONSERVER";

/// What every shopper does: present a card, if there is one, and scan so many articles.
#[derive(Clone, Debug)]
pub struct Shopping {
    /// The member's card.
    pub card: Option<CardNumber>,
    /// What is on the shelves; taken one after the other.
    pub codes: Vec<String>,
    /// Articles a basket.
    pub scans: usize,
}

/// A sale that checkout acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sold {
    /// The basket that became it.
    pub basket_id: Uuid,
    /// Identity of the sale.
    pub sale_id: String,
    /// The till.
    pub terminal_code: String,
    /// The till's number for it.
    pub sequence: i64,
    /// What was paid, in cents.
    pub total_minor: i64,
}

/// What a till sold, and how long it waited for answers.
#[derive(Clone, Debug, Default)]
pub struct Takings {
    /// Every acknowledged sale.
    pub sold: Vec<Sold>,
    /// One for each `ScanItem`.
    pub scans: Vec<Duration>,
    /// One for each `CompleteSale`.
    pub completions: Vec<Duration>,
}

impl Sold {
    /// The sale of a basket, as its ticket tells it.
    #[must_use]
    pub fn of(basket_id: Uuid, ticket: pb::Ticket) -> Self {
        Self {
            basket_id,
            sale_id: ticket.sale_id,
            terminal_code: ticket.terminal_code,
            sequence: ticket.sequence,
            total_minor: cents(ticket.total.as_ref()),
        }
    }
}

impl Takings {
    /// Adds those of another till.
    pub fn add(&mut self, other: Self) {
        self.sold.extend(other.sold);
        self.scans.extend(other.scans);
        self.completions.extend(other.completions);
    }
}

/// Why a measurement ended before its time.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// A till got no answer, or a refusal.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A till panicked.
    #[error(transparent)]
    Panic(#[from] JoinError),
}

/// [`sell_until`] at every one of these tills at once.
///
/// # Errors
/// When one of them stops; see [`sell_until`].
pub async fn everywhere_until(
    clients: &[Client],
    shopping: &Shopping,
    end: Instant,
) -> Result<Takings, Stopped> {
    let mut tills = JoinSet::new();
    for client in clients {
        let (client, shopping) = (client.clone(), shopping.clone());
        tills.spawn(async move { sell_until(&client, &shopping, end).await });
    }
    let mut takings = Takings::default();
    while let Some(ended) = tills.join_next().await {
        takings.add(ended??);
    }
    Ok(takings)
}

/// Sells one basket after the other; none begins after `end`.
///
/// # Errors
/// When checkout refuses, or does not answer within the client's patience: what was measured is worth nothing then.
pub async fn sell_until(client: &Client, shopping: &Shopping, end: Instant) -> Result<Takings, CallError> {
    let mut takings = Takings::default();
    let mut shelf = shopping.codes.iter().cycle();
    while Instant::now() < end {
        let codes = shelf.by_ref().take(shopping.scans);
        sell(client, shopping.card.as_ref(), codes.map(String::as_str), &mut takings).await?;
    }
    Ok(takings)
}

/// Sells one basket.
///
/// # Errors
/// See [`sell_until`].
pub async fn sell(
    client: &Client,
    card: Option<&CardNumber>,
    codes: impl Iterator<Item = &str>,
    takings: &mut Takings,
) -> Result<(), CallError> {
    let (basket_id, total_minor) = fill(client, card, codes, takings).await?;
    complete(client, basket_id, total_minor, takings).await
}

/// Fills a basket and begins its payment; gives the basket and its total in cents.
///
/// # Errors
/// See [`sell_until`].
pub async fn fill(
    client: &Client,
    card: Option<&CardNumber>,
    codes: impl Iterator<Item = &str>,
    takings: &mut Takings,
) -> Result<(Uuid, i64), CallError> {
    let mut basket = client.open_basket(RequestId::fresh()).await?;
    let basket_id = identity(&basket)?;
    if let Some(card) = card {
        basket = client.identify_member(RequestId::fresh(), basket_id, basket.basket_version, card).await?;
    }
    for code in codes {
        let scanned = Scanned { code, quantity_milli: 0, tare_milli: 0 };
        let started = Instant::now();
        basket = client.scan_item(RequestId::fresh(), basket_id, basket.basket_version, scanned).await?;
        takings.scans.push(started.elapsed());
    }
    basket = client.begin_payment(RequestId::fresh(), basket_id, basket.basket_version).await?;
    Ok((basket_id, cents(basket.total.as_ref())))
}

/// Completes the sale of a basket whose payment has begun.
///
/// # Errors
/// See [`sell_until`].
pub async fn complete(
    client: &Client,
    basket_id: Uuid,
    total_minor: i64,
    takings: &mut Takings,
) -> Result<(), CallError> {
    let tender = tender(total_minor);
    let started = Instant::now();
    let ticket = client.complete_sale(RequestId::fresh(), basket_id, (Some(tender), Vec::new())).await?;
    takings.completions.push(started.elapsed());
    takings.sold.push(Sold::of(basket_id, ticket));
    Ok(())
}

fn identity(basket: &pb::Basket) -> Result<Uuid, CallError> {
    basket.basket_id.parse().map_err(|_| CallError::NoAnswer(tonic::Code::Internal))
}

fn cents(total: Option<&Money>) -> i64 {
    total.map_or(0, |total| total.amount_minor)
}

fn tender(amount_minor: i64) -> pb::Tender {
    let card = pb::CardPayment {
        amount_minor,
        brand: "CB".to_owned(),
        pan_last4: "6368".to_owned(),
        application_id: "A0000000421010".to_owned(),
        authorisation: "184117".to_owned(),
        contactless: true,
        slip_text: SLIP.to_owned(),
    };
    pb::Tender {
        tender_id: Uuid::now_v7().to_string(),
        kind: pb::TenderKind::Card.into(),
        amount_minor,
        card: Some(card),
    }
}
