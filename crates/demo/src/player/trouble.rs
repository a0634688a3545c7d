//! Shoppers in trouble, and the people of the store who help them. Everybody waits for what the page shows, never for time.

use serde_json::json;
use testbed::eventually;

use super::{Lane, PATIENCE, TRIES, pay, refused, scan, taken};
use crate::{
    attendant::Call,
    card,
    plan::{Item, Trouble},
    shop::READY,
};

/// From the trouble to the sale.
pub(super) async fn paid(lane: &mut Lane, trouble: &Trouble, lines: usize) -> anyhow::Result<String> {
    let code = lane.code;
    match trouble {
        Trouble::Age { code: goods, approved } => {
            let item = Item { code: goods.clone(), quantity_milli: None, labelled: false };
            scan(&mut lane.till, &item, lines).await?;
            refused(&mut lane.till, "/api/pay", &json!({}), "APPROVAL_NEEDED").await?;
            let decision = if *approved { "approve" } else { "refuse" };
            lane.attendant.decide(code, Call::Age, &[("decision", decision)]).await?;
        }
        Trouble::Help => {
            taken(&mut lane.till, "/api/help", &json!({})).await?;
            lane.attendant.decide(code, Call::Help, &[("decision", "done")]).await?;
        }
        Trouble::UnknownCode { code: unknown, product } => {
            taken(&mut lane.till, "/api/scan", &json!({"code": unknown})).await?;
            refused(&mut lane.till, "/api/pay", &json!({}), "CODES_UNRESOLVED").await?;
            let (decision, product) = match product {
                Some(product) => ("approve", product.as_str()),
                None => ("refuse", ""),
            };
            let fields = [("decision", decision), ("product_code", product)];
            lane.attendant.decide(code, Call::Code, &fields).await?;
        }
        Trouble::Refused => {
            lane.card.next(card::REFUSE)?;
            asked(lane, "PAYMENT_REFUSED").await?;
            lane.card.next(card::APPROVE)?;
        }
        Trouble::Abandoned => {
            lane.card.next(card::ABANDON)?;
            asked(lane, "PAYMENT_ABANDONED").await?;
            lane.card.next(card::APPROVE)?;
        }
        Trouble::CutAfterApproval => return unknown(lane).await,
    }
    pay(&mut lane.till).await
}

/// The card terminal was paid and the till does not know: the attendant looks into it and says so. The basket becomes its sale.
async fn unknown(lane: &mut Lane) -> anyhow::Result<String> {
    lane.card.next(card::CUT_AFTER)?;
    asked(lane, "PAYMENT_UNKNOWN").await?;
    let last = lane.card.payments()?.pop();
    let pan_last4 = last.map(|payment| payment.pan_last4).unwrap_or_default();
    let fields = [("decision", "approve"), ("pan_last4", pan_last4.as_str())];
    lane.attendant.decide(lane.code, Call::Payment, &fields).await?;
    eventually(READY, "the basket becomes its sale", async || {
        let (_, shown) = lane.till.get_json("/api/basket").await.ok()?;
        shown["sale"]["sale_id"].as_str().map(ToOwned::to_owned)
    })
    .await
}

/// Asks for the payment until the card terminal was asked: what the till shows may have changed meanwhile.
async fn asked(lane: &mut Lane, reason: &str) -> anyhow::Result<()> {
    let before = lane.card.payments()?.len();
    for _ in 0..TRIES {
        let (status, answer) = lane.till.post_json("/api/pay", &json!({})).await?;
        if lane.card.payments()?.len() > before {
            anyhow::ensure!(
                answer["refused"] == reason,
                "the till answered {status}, not {reason}: {answer}"
            );
            return Ok(());
        }
        anyhow::ensure!(answer["refused"].is_string(), "the till answered {status}: {answer}");
        tokio::time::sleep(PATIENCE).await;
    }
    anyhow::bail!("the card terminal was not asked in {TRIES} tries")
}
