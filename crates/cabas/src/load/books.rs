//! Whether everything that tills were told of is there, once, asked over the contracts alone: a client has no database.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use platform::peer::Peer;
use proto::analytics::v1::{GetTotalsRequest, analytics_service_client::AnalyticsServiceClient};
use serde::Serialize;
use terminal::{
    client::{CallError, Client},
    load::Sold,
};
use tokio::{
    task::JoinSet,
    time::{Instant, interval},
};

use crate::operator::refused;

/// How often the figures are looked at.
const STEP: Duration = Duration::from_millis(200);
/// Looks at which figures must be the same to be called still: events are on their way for less than a second.
const STILL: u32 = 10;
/// How long the figures may stand still before they are due: a relay or a consumer that is away has come back by then.
const PATIENCE: Duration = Duration::from_secs(60);
/// More disagreements than this say nothing more.
const MOST_TOLD: usize = 20;

/// The independent count at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Books {
    /// Sales that tills were told of.
    pub acknowledged: usize,
    /// Cents that tills were told of.
    pub acknowledged_minor: i64,
    /// Those of the sales that checkout gives back.
    pub found: usize,
    /// Payments without an answer of which checkout knows the sale; they count as acknowledged.
    pub settled: usize,
    /// Sales that analytics has counted since the beginning.
    pub counted: i64,
    /// Cents that analytics has counted since the beginning.
    pub counted_minor: i64,
    /// What does not agree, in words; empty when all does.
    pub disagreements: Vec<String>,
}

/// What is known of a till before its first sale, and what the shop is besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ground {
    /// The tills have never sold: their numbers begin with 1.
    pub is_fresh: bool,
    /// No other till sells meanwhile: analytics counts these sales and no others.
    pub is_alone: bool,
}

/// What analytics has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Sales.
    pub sales: i64,
    /// Cents.
    pub minor: i64,
}

impl Counted {
    /// What was counted since an earlier look.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self { sales: self.sales - before.sales, minor: self.minor - before.minor }
    }
}

/// Compares what tills were told with what checkout gives back of it, in the same order, and with what analytics has counted.
#[must_use]
pub fn compare(sold: &[Sold], given_back: &[Option<Sold>], counted: Counted, ground: Ground) -> Books {
    let mut books = Books {
        acknowledged: sold.len(),
        acknowledged_minor: sold.iter().map(|sold| sold.total_minor).sum(),
        found: given_back.iter().flatten().count(),
        counted: counted.sales,
        counted_minor: counted.minor,
        ..Books::default()
    };
    let distinct: BTreeSet<&str> = sold.iter().map(|sold| sold.sale_id.as_str()).collect();
    books.expect(distinct.len() == sold.len(), || "a sale was acknowledged twice".to_owned());
    books.expect(given_back.len() == sold.len(), || "not every sale was asked for".to_owned());
    for (told, kept) in sold.iter().zip(given_back) {
        let id = &told.sale_id;
        match kept {
            None => books.disagree(format!("sale {id} was acknowledged and is not there")),
            Some(kept) => {
                books.expect(kept == told, || format!("sale {id} is not as it was told: {kept:?}, {told:?}"));
            }
        }
    }
    let mut numbers: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for sold in sold {
        numbers.entry(&sold.terminal_code).or_default().push(sold.sequence);
    }
    for (till, mut numbers) in numbers {
        numbers.sort_unstable();
        let first = if ground.is_fresh { 1 } else { numbers[0] };
        let is_whole = (first..).zip(&numbers).all(|(expected, number)| expected == *number);
        books.expect(is_whole, || format!("the numbers of {till} from {first} have a gap"));
    }
    books.compare_counted(counted, ground.is_alone);
    let more = books.disagreements.len().saturating_sub(MOST_TOLD);
    if more > 0 {
        books.disagreements.truncate(MOST_TOLD);
        books.disagreements.push(format!("and {more} more"));
    }
    books
}

impl Books {
    /// Where others sell too, analytics must have counted at least what these tills sold.
    fn compare_counted(&mut self, counted: Counted, is_alone: bool) {
        let sales = i64::try_from(self.acknowledged).unwrap_or(i64::MAX);
        let told = Counted { sales, minor: self.acknowledged_minor };
        let agrees = if is_alone {
            counted == told
        } else {
            counted.sales >= told.sales && counted.minor >= told.minor
        };
        self.expect(agrees, || format!("analytics has counted {counted:?}, the tills were told {told:?}"));
    }

    fn expect(&mut self, agrees: bool, otherwise: impl FnOnce() -> String) {
        if !agrees {
            self.disagree(otherwise());
        }
    }

    /// Notes what does not agree.
    pub fn disagree(&mut self, told: String) {
        self.disagreements.push(told);
    }
}

/// Asks checkout for every sale, each till for its own.
pub async fn give_back(tills: &BTreeMap<String, Client>, sold: &[Sold]) -> anyhow::Result<Vec<Option<Sold>>> {
    let mut by_till: BTreeMap<&str, Vec<(usize, uuid::Uuid)>> = BTreeMap::new();
    for (place, sold) in sold.iter().enumerate() {
        by_till.entry(&sold.terminal_code).or_default().push((place, sold.basket_id));
    }
    let mut asking = JoinSet::new();
    for (till, baskets) in by_till {
        // A ticket of a till that is none of these has nobody to ask, and is not given back.
        let Some(client) = tills.get(till).cloned() else { continue };
        asking.spawn(async move {
            let mut given = Vec::new();
            for (place, basket_id) in baskets {
                let ticket = client.sale_of(basket_id).await?;
                given.push((place, ticket.map(|ticket| Sold::of(basket_id, ticket))));
            }
            Ok::<_, CallError>(given)
        });
    }
    let mut all = vec![None; sold.len()];
    while let Some(given) = asking.join_next().await {
        for (place, found) in given?? {
            if let Some(slot) = all.get_mut(place) {
                *slot = found;
            }
        }
    }
    Ok(all)
}

/// Reads what analytics has counted.
async fn counted(analytics: &mut AnalyticsServiceClient<Peer>) -> anyhow::Result<Counted> {
    let totals = analytics.get_totals(GetTotalsRequest {}).await.map_err(refused)?.into_inner();
    Ok(Counted { sales: totals.sales, minor: totals.revenue_minor })
}

/// Reads what analytics has counted once that stands still, and is no less than `due` sales or has stood still for longer than events
/// can be on their way.
pub async fn counted_at_rest(
    analytics: &mut AnalyticsServiceClient<Peer>,
    due: i64,
) -> anyhow::Result<Counted> {
    let mut steps = interval(STEP);
    let mut last = counted(analytics).await?;
    let (mut still, mut changed) = (0, Instant::now());
    loop {
        steps.tick().await;
        // A look that fails is no look: analytics may be starting again.
        let now = match counted(analytics).await {
            Ok(now) => now,
            Err(_) if changed.elapsed() < PATIENCE => continue,
            Err(failure) => return Err(failure.context("analytics does not tell its totals")),
        };
        if now == last {
            still += 1;
        } else {
            (last, still, changed) = (now, 0, Instant::now());
        }
        let is_due = now.sales >= due || changed.elapsed() >= PATIENCE;
        if is_due && still >= STILL {
            return Ok(now);
        }
    }
}

#[cfg(test)]
mod tests;
