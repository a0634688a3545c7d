//! What a load came to: one JSON line.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;
use terminal::load::{day::Day, percentile, rounded};

use super::books::Books;

/// The line.
#[derive(Debug, Serialize)]
pub struct Report {
    load: &'static str,
    stores: u16,
    terminals: u16,
    seed: u64,
    seconds: f64,
    sales: usize,
    sales_per_second: f64,
    /// Shoppers who showed a card.
    members: u64,
    scan_p50_ms: f64,
    scan_p99_ms: f64,
    complete_p50_ms: f64,
    complete_p99_ms: f64,
    /// From when a shopper came to when a till was free; nobody waits under `--flat`.
    queue_p50_ms: f64,
    queue_p99_ms: f64,
    /// Shoppers whom checkout refused something, by its reason.
    refused: BTreeMap<&'static str, u64>,
    /// Baskets that got no answer before their payment.
    unanswered: u64,
    /// Shoppers who found the queue full.
    turned_away: u64,
    books: Books,
}

impl Report {
    /// The line of a day.
    pub fn of(args: &super::LoadArgs, mut day: Day, took: Duration, books: Books) -> Self {
        let mut refused = BTreeMap::new();
        day.refused.iter().for_each(|refusal| *refused.entry(refusal.reason()).or_default() += 1);
        let (scans, completions) = (&mut day.takings.scans, &mut day.takings.completions);
        Self {
            load: if args.flat { "flat" } else { "saturday" },
            stores: args.stores,
            terminals: args.terminals,
            seed: args.seed,
            seconds: rounded(took.as_secs_f64()),
            sales: books.acknowledged,
            sales_per_second: rounded(books.acknowledged as f64 / took.as_secs_f64().max(f64::EPSILON)),
            members: day.members,
            scan_p50_ms: percentile(scans, 50),
            scan_p99_ms: percentile(scans, 99),
            complete_p50_ms: percentile(completions, 50),
            complete_p99_ms: percentile(completions, 99),
            queue_p50_ms: percentile(&mut day.waits, 50),
            queue_p99_ms: percentile(&mut day.waits, 99),
            refused,
            unanswered: day.unanswered,
            turned_away: day.turned_away,
            books,
        }
    }
}
