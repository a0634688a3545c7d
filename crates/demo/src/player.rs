//! Plays the plan: one shopper after the other at each till, through the till's own interface.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::Context;
use http::StatusCode;
use indicatif::ProgressBar;
use serde_json::{Value, json};

use crate::{desk::Member, door::Visitor, plan::Basket};

/// How often a refused or abandoned card is shown again.
const CARD_TRIES: usize = 5;
/// How often a till that cannot answer now is asked again, and after which pause.
const TRIES: usize = 100;
const PATIENCE: Duration = Duration::from_millis(200);

/// Plays `baskets` at the till at `address`, each at its share of `day` after `opening`, or as soon as the one before is done.
///
/// # Errors
/// When the till does not answer, or a sale cannot be made.
pub async fn play(
    address: SocketAddr,
    baskets: Vec<Basket>,
    members: Vec<Member>,
    opening: Instant,
    day: Duration,
    progress: ProgressBar,
) -> anyhow::Result<()> {
    let mut till = Visitor::of(address);
    for basket in baskets {
        let due = opening + day * basket.at / 1_000_000;
        tokio::time::sleep_until(due.into()).await;
        let member = basket.member.map(|number| &members[number]);
        shop(&mut till, &basket, member).await.context("a shopper could not finish")?;
        progress.inc(1);
    }
    Ok(())
}

/// One shopper: card, scans, a change of mind now and then, payment.
async fn shop(till: &mut Visitor, basket: &Basket, member: Option<&Member>) -> anyhow::Result<()> {
    if let Some(member) = member {
        taken(till, "/api/identify", &json!({"code": member.card_number})).await?;
    }
    for item in &basket.items {
        let mut scan = json!({"code": item.code});
        if let Some(quantity) = item.quantity_milli {
            scan["quantity_milli"] = quantity.into();
        }
        taken(till, "/api/scan", &scan).await?;
    }
    for _ in 0..CARD_TRIES {
        let (status, answer) = till.post_json("/api/pay", &json!({})).await?;
        if status == StatusCode::OK && answer["sale_id"].is_string() {
            return Ok(());
        }
        anyhow::ensure!(answer["refused"].is_string(), "the till answered {status}: {answer}");
        tokio::time::sleep(PATIENCE).await;
    }
    anyhow::bail!("the card was refused {CARD_TRIES} times")
}

/// Does something at the till; while it says that it cannot answer now, the shopper tries again.
async fn taken(till: &mut Visitor, path: &str, body: &Value) -> anyhow::Result<()> {
    for _ in 0..TRIES {
        let (status, answer) = till.post_json(path, body).await?;
        match status {
            StatusCode::OK => return Ok(()),
            StatusCode::SERVICE_UNAVAILABLE => tokio::time::sleep(PATIENCE).await,
            _ => anyhow::bail!("the till answered {status} to {path}: {answer}"),
        }
    }
    anyhow::bail!("the till was not ready for {path} in {TRIES} tries")
}
