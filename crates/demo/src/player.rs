//! Plays the plan: one shopper after the other at each till, through the till's own interface.

use std::time::{Duration, Instant};

use anyhow::Context;
use http::StatusCode;
use indicatif::ProgressBar;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use crate::{
    attendant::Attendant,
    card::CardTerminal,
    desk::Member,
    door::Visitor,
    plan::{Basket, Item},
    shopper::Sold,
    stock::{DEPOSIT, WELCOME},
};

mod trouble;

/// How often a refused or abandoned card is shown again.
const CARD_TRIES: usize = 5;
/// How often a till that cannot answer now is asked again, and after which pause.
const TRIES: usize = 100;
const PATIENCE: Duration = Duration::from_millis(200);

/// The hours of a day, in real time.
#[derive(Clone, Copy, Debug)]
pub struct Hours {
    /// When the shop opened.
    pub opening: Instant,
    /// How long it is open.
    pub length: Duration,
}

/// What a till shows of a basket.
#[derive(Deserialize)]
struct Shown {
    lines: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    line_id: i32,
    quantity_milli: i64,
    /// Zero but for a deposit, which goes with its goods.
    deposit_of_line_id: i32,
}

/// A till, and what is around it.
#[derive(Clone, Debug)]
pub struct Lane {
    /// Code of the terminal.
    pub code: &'static str,
    /// The till's own interface.
    pub till: Visitor,
    /// The card terminal.
    pub card: CardTerminal,
    /// Who comes when somebody is needed.
    pub attendant: Attendant,
    /// The code of a piece that no till may sell.
    pub recalled: Option<String>,
}

/// Plays `baskets` at a till, each at its moment of the day or as soon as the one before is done, and tells of each sale.
///
/// # Errors
/// When the till does not answer, or a sale cannot be made.
pub async fn play(
    mut lane: Lane,
    baskets: Vec<Basket>,
    members: Vec<Member>,
    hours: Hours,
    sales: UnboundedSender<Sold>,
    progress: ProgressBar,
) -> anyhow::Result<()> {
    for basket in baskets {
        let due = hours.opening + hours.length * basket.at / 1_000_000;
        tokio::time::sleep_until(due.into()).await;
        let member = basket.member.map(|number| &members[number]);
        let sale_id = shop(&mut lane, &basket, member)
            .await
            .with_context(|| format!("the shopper of {basket:?} could not finish"))?;
        // Nobody at home listens any more when a mail could not be answered; that failure is told by itself.
        sales.send(Sold { sale_id, place: basket.place }).ok();
        progress.inc(1);
    }
    Ok(())
}

/// One shopper: card, scans, what was recalled and is put back, a claimed discount, a second thought, an empty, how
/// the ticket is wanted, payment. Gives the sale.
async fn shop(lane: &mut Lane, basket: &Basket, member: Option<&Member>) -> anyhow::Result<String> {
    let till = &mut lane.till;
    if let Some(member) = member {
        taken(till, "/api/identify", &json!({"code": member.card_number})).await?;
    }
    let mut lines = Vec::new();
    for item in &basket.items {
        lines = scan(till, item, lines.len()).await?;
    }
    if basket.tries_recalled
        && let Some(code) = &lane.recalled
    {
        refused(till, "/api/scan", &json!({"code": code}), "RECALLED").await?;
    }
    if basket.claims {
        lines = taken(till, "/api/discount", &json!({"code": WELCOME})).await?.0;
    }
    if let [_, .., last] = &lines[..]
        && basket.second_thought
    {
        lines = taken(till, "/api/remove", &json!({"line_id": last.line_id})).await?.0;
    }
    if basket.brings_empty {
        taken(till, "/api/empties", &json!({"code": DEPOSIT})).await?;
    }
    if let Some(choice) = basket.receipt {
        taken(till, "/api/receipt", &json!({"choice": choice})).await?;
    }
    match &basket.trouble {
        Some(trouble) => trouble::paid(lane, trouble, lines.len()).await,
        None => pay(till).await,
    }
}

/// Scans one thing more, and gives the lines after it. A till that did not answer may have taken the scan all the same: who scans again
/// looks at the basket, and makes it right.
async fn scan(till: &mut Visitor, item: &Item, before: usize) -> anyhow::Result<Vec<Line>> {
    let mut scan = json!({"code": item.code});
    if let Some(quantity) = item.quantity_milli {
        scan["quantity_milli"] = quantity.into();
    }
    let (lines, tries) = taken(till, "/api/scan", &scan).await?;
    let (Some(last), true) = (lines.last(), tries > 1) else { return Ok(lines) };
    let wanted = item.quantity_milli.unwrap_or(1000);
    let (verb, correction) = if lines.len() > before + 1 {
        ("/api/remove", json!({"line_id": last.line_id}))
    } else if !item.labelled && last.quantity_milli != wanted {
        ("/api/quantity", json!({"line_id": last.line_id, "quantity_milli": wanted}))
    } else {
        return Ok(lines);
    };
    Ok(taken(till, verb, &correction).await?.0)
}

async fn pay(till: &mut Visitor) -> anyhow::Result<String> {
    for _ in 0..CARD_TRIES {
        let (status, answer) = till.post_json("/api/pay", &json!({})).await?;
        if status == StatusCode::OK
            && let Some(sale_id) = answer["sale_id"].as_str()
        {
            return Ok(sale_id.to_owned());
        }
        anyhow::ensure!(answer["refused"].is_string(), "the till answered {status}: {answer}");
        tokio::time::sleep(PATIENCE).await;
    }
    anyhow::bail!("the card was refused {CARD_TRIES} times")
}

/// Does something at the till; while it says that it cannot answer now, the shopper tries again. Gives the lines of the basket, and
/// how often the till was asked.
async fn taken(till: &mut Visitor, path: &str, body: &Value) -> anyhow::Result<(Vec<Line>, usize)> {
    for tries in 1..=TRIES {
        let (status, answer) = till.post_json(path, body).await?;
        match status {
            StatusCode::OK => {
                let shown = Shown::deserialize(&answer["basket"]).context("the till shows no basket")?;
                let goods = shown.lines.into_iter().filter(|line| line.deposit_of_line_id == 0);
                return Ok((goods.collect(), tries));
            }
            StatusCode::SERVICE_UNAVAILABLE => tokio::time::sleep(PATIENCE).await,
            _ => anyhow::bail!("the till answered {status} to {path}: {answer}"),
        }
    }
    anyhow::bail!("the till was not ready for {path} in {TRIES} tries")
}

/// Does something that the till must refuse for this reason.
async fn refused(till: &mut Visitor, path: &str, body: &Value, reason: &str) -> anyhow::Result<()> {
    for _ in 0..TRIES {
        let (status, answer) = till.post_json(path, body).await?;
        match (status, answer["refused"].as_str()) {
            (StatusCode::CONFLICT, Some(told)) if told == reason => return Ok(()),
            (StatusCode::SERVICE_UNAVAILABLE, _) => tokio::time::sleep(PATIENCE).await,
            _ => anyhow::bail!("the till answered {status} to {path}, not {reason}: {answer}"),
        }
    }
    anyhow::bail!("the till was not ready for {path} in {TRIES} tries")
}
