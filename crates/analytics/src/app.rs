//! The stories: what the day is like, and the totals.

use platform::Clock;
use sqlx::PgPool;
use time::Date;

use crate::{
    domain::{Day, StoreZone},
    error::Error,
    store::{self, Totals},
};

/// The state of the service; cheap to clone.
#[derive(Clone)]
pub struct App {
    db: PgPool,
    clock: Clock,
}

impl App {
    pub fn new(db: PgPool, clock: Clock) -> Self {
        Self { db, clock }
    }

    /// What `day` is like in the store; without a day, the current one of the store.
    pub async fn day(&self, store_code: &str, day: Option<Date>) -> Result<Day, Error> {
        let mut connection = self.db.acquire().await?;
        let store = store::store(&mut connection, store_code).await?.ok_or(Error::NotFound)?;
        let today = StoreZone::named(&store.time_zone)?.moment(self.clock.now()).day;
        let day = day.unwrap_or(today);
        Ok(Day {
            store_code: store_code.to_owned(),
            day,
            hours: store::hours(&mut connection, store_code, day).await?,
            visits: store::visits(&mut connection, store_code, day).await?,
            reviews: store::recent_reviews(&mut connection, store_code).await?,
            review_count: 0,
            rating_sum: 0,
            revision: store.revision,
            currency_code: store.currency_code,
        }
        .with_notes(store::notes(&mut connection, store_code, &store.time_zone, day).await?))
    }

    /// What changes when figures of the store moved, or its day is over.
    pub async fn mark(&self, store_code: &str) -> Result<(i64, Date), Error> {
        let mut connection = self.db.acquire().await?;
        let store = store::store(&mut connection, store_code).await?.ok_or(Error::NotFound)?;
        Ok((store.revision, StoreZone::named(&store.time_zone)?.moment(self.clock.now()).day))
    }

    /// Totals over all stores and days.
    pub async fn totals(&self) -> Result<Totals, Error> {
        let mut connection = self.db.acquire().await?;
        Ok(store::totals(&mut connection).await?)
    }
}
