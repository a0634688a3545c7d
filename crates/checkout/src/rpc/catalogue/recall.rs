//! Messages of recalls and held prices to domain and back.

use barcode::{Batch, Gtin};
use money::Cents;
use proto::checkout::v1 as pb;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::convert::{instant, text, timestamp};
use crate::app::catalogue::{Page, RecallSale};
use crate::domain::catalogue::{HeldPrice, Recall, RecallId, Suspect};
use crate::error::Error;

const LONGEST_REASON: usize = 200;

/// An id of a message.
pub fn id(field: &str, id: &str) -> Result<Uuid, Error> {
    match Uuid::try_parse(id) {
        Ok(id) if !id.is_nil() => Ok(id),
        _ => Err(Error::field(field, "not a UUID")),
    }
}

/// Where a page starts.
pub fn token(token: &str) -> Result<Uuid, Error> {
    match token {
        "" => Ok(Uuid::nil()),
        token => id("page_token", token),
    }
}

/// A recall as it is asked for; without a start it begins now.
pub fn wanted(request: pb::PutRecallRequest, now: OffsetDateTime) -> Result<Recall, Error> {
    let recall = request.recall.ok_or_else(|| Error::field("recall", "missing"))?;
    // It would recall nothing, and nobody would notice.
    if !recall.batch.is_empty() && Batch::parse(&recall.batch).is_none() {
        let problem =
            "no code bears such a batch: 1 to 20 letters without accents, digits and signs, without blanks";
        return Err(Error::field("recall.batch", problem));
    }
    let start = recall.start_time.map(|start| instant("recall.start_time", Some(start))).transpose()?;
    let start = start.unwrap_or_else(|| now.replace_nanosecond(0).unwrap_or(now));
    let end = match request.ends_now {
        // Never before its start.
        true => Some(now.max(start + Duration::SECOND)),
        false => recall.end_time.map(|end| instant("recall.end_time", Some(end))).transpose()?,
    };
    if end.is_some_and(|end| end <= start) {
        return Err(Error::field("recall.end_time", "not after the start"));
    }
    Ok(Recall {
        recall_id: RecallId(id("recall.recall_id", &recall.recall_id)?),
        gtin: Gtin::parse(&recall.gtin).map_err(|error| Error::field("recall.gtin", error.to_string()))?,
        batch: recall.batch,
        reason: text("recall.reason", recall.reason, LONGEST_REASON)?,
        start,
        end,
    })
}

impl From<Recall> for pb::Recall {
    fn from(recall: Recall) -> Self {
        Self {
            recall_id: recall.recall_id.0.to_string(),
            gtin: recall.gtin.to_string(),
            batch: recall.batch,
            reason: recall.reason,
            start_time: Some(timestamp(recall.start)),
            end_time: recall.end.map(timestamp),
        }
    }
}

impl From<Page<Recall>> for pb::ListRecallsResponse {
    fn from(page: Page<Recall>) -> Self {
        let last = page.items.last().filter(|_| page.has_more);
        let next_page_token = last.map(|recall| recall.recall_id.0.to_string()).unwrap_or_default();
        Self { recalls: page.items.into_iter().map(Into::into).collect(), next_page_token }
    }
}

/// A page of sales, and where the next one starts.
pub fn sales((sales, next): (Vec<RecallSale>, Option<Uuid>)) -> pb::ListRecallSalesResponse {
    let next_page_token = next.map(|sale_id| sale_id.to_string()).unwrap_or_default();
    pb::ListRecallSalesResponse { sales: sales.into_iter().map(Into::into).collect(), next_page_token }
}

impl From<RecallSale> for pb::RecallSale {
    fn from(sale: RecallSale) -> Self {
        Self {
            sale_id: sale.sale_id.to_string(),
            member_id: sale.member_id.map(|member_id| member_id.to_string()).unwrap_or_default(),
            store_code: sale.store_code,
            completed_seconds: sale.completed_time.unix_timestamp(),
            quantity_milli: sale.quantity.get(),
            batch: sale.batch,
        }
    }
}

impl From<Page<HeldPrice>> for pb::ListHeldPricesResponse {
    fn from(page: Page<HeldPrice>) -> Self {
        let last = page.items.last().filter(|_| page.has_more);
        let next_page_token = last.map(|held| held.held_price_id.to_string()).unwrap_or_default();
        Self { held_prices: page.items.into_iter().map(Into::into).collect(), next_page_token }
    }
}

impl From<HeldPrice> for pb::HeldPrice {
    fn from(held: HeldPrice) -> Self {
        let suspicion = held.suspect.suspicion();
        let Suspect { dated, previous } = held.suspect;
        Self {
            price_suspect: suspicion.is_some_and(|it| it.unit),
            member_price_suspect: suspicion.is_some_and(|it| it.member),
            times: suspicion.map(|it| it.times).unwrap_or_default(),
            held_price_id: held.held_price_id.to_string(),
            gtin: dated.gtin.to_string(),
            store_code: dated.store_code,
            valid_from_time: Some(timestamp(dated.valid_from)),
            price_minor: dated.price.unit.get(),
            member_price_minor: dated.price.member.map(Cents::get),
            previous_price_minor: previous.get(),
        }
    }
}
