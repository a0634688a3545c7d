//! The separate reader: counts sales, events, mails and money in the running parts, and shares nothing with the player.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use anyhow::Context;
use proto::analytics::v1::{GetTotalsRequest, analytics_service_client::AnalyticsServiceClient};
use serde::Deserialize;
use sqlx::PgPool;

use crate::{
    card::{self, CardTerminal},
    door::Visitor,
    mailbox,
    report::Report,
    shop::Shop,
    stock::SignIn,
};

mod streams;

pub use streams::Streams;

// Lines by the kilogram, and what promotions took off: by the tickets, by the mails, by the facts.
const SOLD_BY_WEIGHT: &str =
    "select count(*) from sale cross join jsonb_array_elements(ticket -> 'lines') as line
    where line ->> 'sold_by' = 'kilogram'";
const MAILED_BY_WEIGHT: &str =
    "select count(*) from delivery cross join jsonb_array_elements(document -> 'lines') as line
    where kind = 'receipt' and (line ->> 'by_weight')::boolean";
const COUNTED_BY_WEIGHT: &str = "select coalesce(sum(weighed_lines), 0)::bigint from sale_fact";
const TAKEN_OFF: &str = "select coalesce(sum((ticket ->> 'discount')::bigint), 0)::bigint from sale";
const MAILED_TAKEN_OFF: &str =
    "select coalesce(sum((document ->> 'discount')::bigint), 0)::bigint from delivery where kind = 'receipt'";
const COUNTED_TAKEN_OFF: &str = "select coalesce(sum(promotion_minor), 0)::bigint from sale_fact";

// How tickets are given, by the service that gives them, and how they were wanted, by the tickets themselves.
const GIVEN_BY_CODE: &str =
    "select count(*) from delivery where kind = 'receipt' and state = 'other' and outcome = 'qr'";
const GIVEN_ON_PAPER: &str =
    "select count(*) from delivery where kind = 'receipt' and state = 'other' and outcome = 'paper'";
const NOT_GIVEN: &str = "select count(*) from delivery where kind = 'receipt' and state = 'other' and outcome in ('none', 'no member')";
const CHOSEN_CODE: &str = "select count(*) from sale where ticket #>> '{receipt,choice}' = 'qr'";
const CHOSEN_PAPER: &str = "select count(*) from sale where ticket #>> '{receipt,choice}' = 'paper'";
const CHOSEN_NONE: &str =
    "select count(*) from sale where coalesce(ticket #>> '{receipt,choice}', 'none') = 'none'";

// What people decided, by the records of it, and what became of card payments, by the edits of the baskets; not what was practised.
const DECIDED: &str = "select count(*) from intervention where answered_by is not null and not training";
const SETTLED: &str = "select count(*) from intervention
    where answered_by is not null and kind = 'payment_unknown' and not training";
const REFUSED: &str = "select count(*) from basket cross join jsonb_array_elements(entries) as entry
    where training_by is null and entry ->> 'edit' = 'abandon_payment' and entry ->> 'outcome' = 'refused'";
const ABANDONED: &str = "select count(*) from basket cross join jsonb_array_elements(entries) as entry
    where training_by is null and entry ->> 'edit' = 'abandon_payment' and entry ->> 'outcome' = 'abandoned'";

// How refunds came back. Each gave all of itself one way, for nobody here pays with store credit and a card together.
const TO_CARDS: &str = "select count(*) from refund_payment where paid_out_terminal is not null";
const TO_STORE_CREDIT: &str =
    "select count(*) from refund where refund_id not in (select refund_id from refund_payment)";
const BY_ACQUIRER: &str = "select count(*) from refund_payment where acquirer_state = 'done'";
const REFUNDED: &str = "select coalesce(sum(total_minor), 0)::bigint from refund";
const CENTS_TO_CARDS: &str = "select coalesce(sum(given_minor), 0)::bigint from refund_credit";
const CENTS_TO_STORE_CREDIT: &str =
    "select coalesce(sum(amount_minor), 0)::bigint from store_credit_entry where cause = 'refund'";
const CENTS_BY_ACQUIRER: &str =
    "select coalesce(sum(total_minor - (credit_note ->> 'to_credit')::bigint), 0)::bigint
    from refund join refund_payment using (refund_id) where acquirer_state = 'done'";

const SOLD: &str = "select coalesce(sum(greatest(total_minor, 0)), 0)::bigint from sale";

#[derive(Deserialize)]
struct LedgerLine {
    sale_id: String,
    #[serde(alias = "acknowledged_unix_nanos", alias = "unix_nanos_of_acknowledgement")]
    acknowledged_ns: i128,
}

/// Reads every figure of the report, but for the time the demo took.
///
/// # Errors
/// When a part cannot be read.
pub async fn read(shop: &Shop, manager: &SignIn) -> anyhow::Result<Report> {
    let checkout = PgPool::connect(&shop.database("checkout")).await?;
    let receipt = PgPool::connect(&shop.database("receipt")).await?;
    let membership = PgPool::connect(&shop.database("membership")).await?;
    let reviews = PgPool::connect(&shop.database("reviews")).await?;
    let analytics = PgPool::connect(&shop.database("analytics")).await?;
    let streams = Streams::open(shop).await?;
    let totals = totals(shop).await?;
    let mails = Mails::read(shop)?;
    let delays = mails.delays(shop)?;
    let stream_sales = streams.sales().await?;
    let report = Report {
        sales: number(&checkout, "select count(*) from sale").await?,
        stream_sales,
        analytics_sales: totals,
        refunds: number(&checkout, "select count(*) from refund").await?,
        refund_slips_sent: mails.refund_slips.try_into()?,
        revenue_cents: number(
            &checkout,
            "select ((select coalesce(sum(total_minor), 0) from sale) - (select coalesce(sum(total_minor), 0) from refund))::bigint",
        )
        .await?,
        dashboard_revenue_cents: dashboard_revenue(shop, manager).await?,
        weighed_lines: number(&checkout, SOLD_BY_WEIGHT).await?,
        receipt_weighed_lines: number(&receipt, MAILED_BY_WEIGHT).await?,
        analytics_weighed_lines: number(&analytics, COUNTED_BY_WEIGHT).await?,
        promotion_cents: number(&checkout, TAKEN_OFF).await?,
        receipt_promotion_cents: number(&receipt, MAILED_TAKEN_OFF).await?,
        analytics_promotion_cents: number(&analytics, COUNTED_TAKEN_OFF).await?,
        events_published: streams.events().await?,
        receipts_sent: mails.receipts.len().try_into()?,
        receipts_unknown: missing(&mails, &in_state(&receipt, "unknown").await?),
        receipts_other: in_state(&receipt, "other").await?.len().try_into()?,
        receipts_qr: number(&receipt, GIVEN_BY_CODE).await?,
        receipts_paper: number(&receipt, GIVEN_ON_PAPER).await?,
        receipts_none: number(&receipt, NOT_GIVEN).await?,
        chosen_qr: number(&checkout, CHOSEN_CODE).await?,
        chosen_paper: number(&checkout, CHOSEN_PAPER).await?,
        chosen_none: number(&checkout, CHOSEN_NONE).await?,
        slips_sent: mails.slips.try_into()?,
        credit_notes_sent: mails.credit_notes.len().try_into()?,
        reviews: number(&reviews, "select count(*) from review").await?,
        members: number(&membership, "select count(*) from member").await?,
        receipt_p50_ms: percentile(&delays, 50),
        receipt_p99_ms: percentile(&delays, 99),
        ..at_the_tills(shop, &checkout, &streams).await?
    };
    for pool in [checkout, receipt, membership, reviews, analytics] {
        pool.close().await;
    }
    Ok(report)
}

/// What people decided about the tills, and what became of card payments. The analysts' copy is level by now.
async fn at_the_tills(shop: &Shop, checkout: &PgPool, streams: &Streams) -> anyhow::Result<Report> {
    let (attended, cards) = (streams.attended().await?, Cards::read(shop)?);
    Ok(Report {
        interventions: number(checkout, DECIDED).await?,
        stream_interventions: attended.decided,
        payments_refused: number(checkout, REFUSED).await?,
        card_refused: cards.refused,
        payments_abandoned: number(checkout, ABANDONED).await?,
        card_abandoned: cards.abandoned,
        payments_unknown_resolved: number(checkout, SETTLED).await?,
        stream_unknown_resolved: attended.settled,
        sold_cents: number(checkout, SOLD).await?,
        card_cents: cards.taken_minor,
        refunds_card: number(checkout, TO_CARDS).await?,
        refunds_store_credit: number(checkout, TO_STORE_CREDIT).await?,
        refunds_acquirer: number(checkout, BY_ACQUIRER).await?,
        refunded_cents: number(checkout, REFUNDED).await?,
        refunds_card_cents: number(checkout, CENTS_TO_CARDS).await?,
        refunds_store_credit_cents: number(checkout, CENTS_TO_STORE_CREDIT).await?,
        refunds_acquirer_cents: number(checkout, CENTS_BY_ACQUIRER).await?,
        card_given_back_cents: cards.given_back_minor,
        ..Report::default()
    })
}

/// Waits until nothing is on its way any more: no event unsent, no mail unsettled, no complaint waiting, analytics level with
/// checkout.
///
/// # Errors
/// When a part cannot be read, or something is still on its way at the deadline.
pub async fn at_rest(shop: &Shop, deadline: std::time::Duration) -> anyhow::Result<()> {
    let mut pools = BTreeMap::new();
    for service in ["checkout", "membership", "receipt", "reviews", "analytics"] {
        pools.insert(service, PgPool::connect(&shop.database(service)).await?);
    }
    let pools = &pools;
    testbed::eventually(deadline, "everything at rest", || async move { rest(pools).await.unwrap_or(false) })
        .await?;
    for pool in pools.values() {
        pool.close().await;
    }
    Ok(())
}

async fn rest(pools: &BTreeMap<&str, PgPool>) -> anyhow::Result<bool> {
    if number(&pools["reviews"], "select count(*) from complaint where settled_time is null").await? > 0 {
        return Ok(false);
    }
    let sales = number(&pools["checkout"], "select count(*) from sale").await?;
    let refunds = number(&pools["checkout"], "select count(*) from refund").await?;
    let documents =
        number(&pools["receipt"], "select count(*) from delivery where settled_time is not null").await?;
    let facts = number(&pools["analytics"], "select count(*) from sale_fact").await?;
    let refund_facts = number(&pools["analytics"], "select count(*) from refund_fact").await?;
    let told = number(&pools["reviews"], "select count(*) from review").await?;
    let review_facts = number(&pools["analytics"], "select count(*) from review_fact").await?;
    let paid_back =
        number(&pools["checkout"], "select count(*) from refund_credit where state = 'done'").await?;
    if documents != sales + refunds + paid_back
        || facts != sales
        || refund_facts != refunds
        || review_facts != told
    {
        return Ok(false);
    }
    // Last, for what is counted above is written together with the event that tells of it.
    for service in ["checkout", "membership", "receipt", "reviews"] {
        if number(&pools[service], "select count(*) from outbox where published_time is null").await? > 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn number(db: &PgPool, sql: &'static str) -> anyhow::Result<i64> {
    sqlx::query_scalar(sql).fetch_one(db).await.with_context(|| format!("cannot read: {sql}"))
}

/// The sales whose receipts are in a state.
async fn in_state(receipt: &PgPool, state: &str) -> anyhow::Result<Vec<String>> {
    sqlx::query_scalar("select sale_id::text from delivery where kind = 'receipt' and state = $1")
        .bind(state)
        .fetch_all(receipt)
        .await
        .context("cannot read the deliveries")
}

/// How many of these sales have no receipt in the mailbox: one whose sending was ambiguous may have arrived all the same.
fn missing(mails: &Mails, sales: &[String]) -> i64 {
    let missing = sales.iter().filter(|sale_id| !mails.receipts.contains_key(*sale_id)).count();
    i64::try_from(missing).unwrap_or(i64::MAX)
}

async fn totals(shop: &Shop) -> anyhow::Result<i64> {
    let url = format!("https://{}", shop.addresses.analytics).parse()?;
    let peer = platform::peer::connect(&url, "analytics", &shop.identity("operator"))?;
    let totals = AnalyticsServiceClient::new(peer).get_totals(GetTotalsRequest {}).await?.into_inner();
    Ok(totals.sales)
}

/// The revenue on the dashboard's page, as a signed-in manager sees it.
async fn dashboard_revenue(shop: &Shop, manager: &SignIn) -> anyhow::Result<i64> {
    let mut browser = Visitor::of(shop.addresses.portal);
    browser.sign_in(&manager.login, &manager.password).await?;
    let page = browser.get("/dashboard").await?;
    let value = page
        .value_of("id=\"revenue\"")
        .with_context(|| format!("no revenue on the dashboard ({})", page.status))?;
    Ok(value.parse()?)
}

/// What the card terminals wrote down.
#[derive(Default)]
struct Cards {
    refused: i64,
    abandoned: i64,
    taken_minor: i64,
    given_back_minor: i64,
}

impl Cards {
    fn read(shop: &Shop) -> anyhow::Result<Self> {
        let mut cards = Self::default();
        for till in &shop.tills {
            for payment in CardTerminal::of(&shop.folder, till.code).payments()? {
                cards.refused += i64::from(payment.behaviour == card::REFUSE);
                cards.abandoned += i64::from(payment.behaviour == card::ABANDON);
                cards.taken_minor += payment.taken_minor.max(0);
                cards.given_back_minor -= payment.taken_minor.min(0);
            }
        }
        Ok(cards)
    }
}

/// What arrived in the sink, each Message-ID once.
#[derive(Default)]
struct Mails {
    receipts: BTreeMap<String, i128>,
    credit_notes: BTreeSet<String>,
    paid_back: BTreeSet<String>,
    slips: usize,
    refund_slips: usize,
}

impl Mails {
    fn read(shop: &Shop) -> anyhow::Result<Self> {
        let mut mails = Self::default();
        for letter in mailbox::letters(shop.sink.folder())?.into_values() {
            if let Some(sale_id) = letter.receipt_of() {
                let twice = mails.receipts.insert(sale_id.to_owned(), letter.arrived_ns);
                anyhow::ensure!(twice.is_none(), "the receipt of sale {sale_id} arrived twice");
                mails.slips += usize::from(letter.with_slip);
            } else if let Some(refund_id) = letter.credit_of() {
                anyhow::ensure!(
                    mails.credit_notes.insert(refund_id.to_owned()),
                    "the credit note of refund {refund_id} arrived twice"
                );
            } else if let Some(credit_id) = letter.paid_back_of() {
                let is_new = mails.paid_back.insert(credit_id.to_owned());
                anyhow::ensure!(is_new, "that the credit {credit_id} went back was told twice");
                mails.refund_slips += usize::from(letter.with_slip);
            }
        }
        Ok(mails)
    }

    /// Milliseconds from each till's acknowledgement to the arrival of the mail, sorted.
    fn delays(&self, shop: &Shop) -> anyhow::Result<Vec<f64>> {
        let mut delays = Vec::new();
        for till in &shop.tills {
            for line in fs::read_to_string(&till.ledger)?.lines() {
                let line: LedgerLine = serde_json::from_str(line).context("a line of a till's ledger")?;
                if let Some(arrived) = self.receipts.get(&line.sale_id) {
                    let nanoseconds = i64::try_from(arrived - line.acknowledged_ns)?;
                    #[expect(clippy::cast_precision_loss, reason = "a delay shown in milliseconds")]
                    delays.push(nanoseconds as f64 / 1e6);
                }
            }
        }
        delays.sort_by(f64::total_cmp);
        Ok(delays)
    }
}

/// The nearest-rank percentile of sorted values; 0 without any.
fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    let value = sorted.get(rank - 1).copied().unwrap_or(0.0);
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_value_that_was_seen() {
        let values: Vec<f64> = (1..=200).map(f64::from).collect();
        assert_eq!((percentile(&values, 50), percentile(&values, 99)), (100.0, 198.0));
        assert_eq!((percentile(&[7.0], 99), percentile(&[], 50)), (7.0, 0.0));
    }
}
