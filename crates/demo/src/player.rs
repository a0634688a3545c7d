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
        shop(&mut till, &basket, member).await.context("a shopper could not pay")?;
        progress.inc(1);
    }
    Ok(())
}

/// One shopper: card, scans, a change of mind now and then, payment.
async fn shop(till: &mut Visitor, basket: &Basket, member: Option<&Member>) -> anyhow::Result<()> {
    if let Some(member) = member {
        taken(till.post_json("/api/identify", &json!({"code": member.card_number})).await?)?;
    }
    for item in &basket.items {
        let mut scan = json!({"code": item.code});
        if let Some(quantity) = item.quantity_milli {
            scan["quantity_milli"] = quantity.into();
        }
        taken(till.post_json("/api/scan", &scan).await?)?;
    }
    for _ in 0..CARD_TRIES {
        let (status, answer) = till.post_json("/api/pay", &json!({})).await?;
        if status == StatusCode::OK && answer["sale_id"].is_string() {
            return Ok(());
        }
        anyhow::ensure!(answer["refused"].is_string(), "the till answered {status}: {answer}");
    }
    anyhow::bail!("the card was refused {CARD_TRIES} times")
}

fn taken((status, answer): (StatusCode, Value)) -> anyhow::Result<()> {
    anyhow::ensure!(status == StatusCode::OK, "the till answered {status}: {answer}");
    Ok(())
}
