//! Dated prices: those of all stores, and those of one.

use barcode::Gtin;
use money::{Cents, Quantity};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::domain::promotion::Promotion;

/// How far back the lowest price is looked for that an announced reduction shows (C. conso. art. L112-1-1, as told in the VAT facts).
const PRIOR_PERIOD: Duration = Duration::days(30);

/// A price this many times its yesterday, or this part of it, was typed in the wrong unit: a person looks at it first. Cents for euros
/// make a hundred times of a price; half of that also finds the slip in a price that was halved or doubled at the same time, and no
/// shop means such a step.
const SUSPECT: i64 = 50;

/// What was in force so recently is a yesterday, too: two files one after the other go no further than one.
const RECENT: Duration = Duration::days(30);

/// Tax-included prices of a piece or a kilogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// What everybody pays.
    pub unit: Cents,
    /// What a member pays, if that differs.
    pub member: Option<Cents>,
}

/// A price and since when it holds; it ends where the next one of the product and the store starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatedPrice {
    /// Of which product.
    pub gtin: Gtin,
    /// In which store; empty for all that have no price of their own.
    pub store_code: String,
    /// First instant of validity.
    pub valid_from: OffsetDateTime,
    /// The price.
    pub price: Price,
}

/// A dated price that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldPrice {
    /// Its identity.
    pub held_price_id: Uuid,
    /// What would be in force.
    pub suspect: Suspect,
}

/// A dated price that may be a typing error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspect {
    /// What would be in force.
    pub dated: DatedPrice,
    /// What it is so far from: what it follows or displaces.
    pub previous: Cents,
}

impl Suspect {
    /// Which of its prices is meant, and how far it is off.
    pub fn suspicion(&self) -> Option<Suspicion> {
        self.dated.price.suspicion_after(self.previous)
    }
}

/// Which of the two prices may be a typing error, and how far it is from the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suspicion {
    /// What everybody pays.
    pub unit: bool,
    /// What a member pays.
    pub member: bool,
    /// So many whole times the smaller of the two goes into the larger; of the one that is farther off, if both are.
    pub times: i64,
}

impl Price {
    /// Why a person must look at it: it is too far from the price before it.
    pub fn suspicion_after(self, previous: Cents) -> Option<Suspicion> {
        let times = |price: Cents| {
            let (less, more) = (price.min(previous).get(), price.max(previous).get());
            more.checked_div(less).unwrap_or(i64::MAX)
        };
        let far = |price: Cents| Some(times(price)).filter(|times| *times >= SUSPECT);
        let (unit, member) = (far(self.unit), self.member.and_then(far));
        let times = unit.max(member)?;
        Some(Suspicion { unit: unit.is_some(), member: member.is_some(), times })
    }
}

/// The prices of a product: past, present and to come.
#[derive(Clone, Debug, Default)]
pub struct PriceList {
    /// By store, then by start; the empty store first. Short for nearly every product, so that a search is a walk.
    dated: Vec<(Box<str>, OffsetDateTime, Price)>,
    /// Those that were in force for a start until a newer word came for it. Hardly any product has one.
    overtaken: Vec<(Box<str>, OffsetDateTime, Price)>,
}

impl PriceList {
    /// Adds a price, or changes the one that starts at the same instant.
    pub fn put(&mut self, store_code: &str, valid_from: OffsetDateTime, price: Price) {
        let place = self.dated.binary_search_by(|(store, from, _)| {
            (**store).cmp(store_code).then_with(|| from.cmp(&valid_from))
        });
        match place {
            Ok(place) => self.dated[place].2 = price,
            Err(place) => self.dated.insert(place, (store_code.into(), valid_from, price)),
        }
    }

    /// Remembers a price that a newer word for the same start has overtaken.
    pub fn put_overtaken(&mut self, store_code: &str, valid_from: OffsetDateTime, price: Price) {
        self.overtaken.push((store_code.into(), valid_from, price));
    }

    /// What a store, or all stores, were asked for from this very instant before a newer word came for it.
    pub fn overtaken(&self, store_code: &str, valid_from: OffsetDateTime) -> impl Iterator<Item = Price> {
        let is_of = move |(store, from, _): &&(Box<str>, OffsetDateTime, Price)| {
            **store == *store_code && *from == valid_from
        };
        self.overtaken.iter().filter(is_of).map(|(_, _, price)| *price)
    }

    /// The price of a store or of all stores that starts at this very instant.
    pub fn starting(&self, store_code: &str, valid_from: OffsetDateTime) -> Option<Price> {
        self.of(store_code).find(|(from, _)| *from == valid_from).map(|(_, price)| price)
    }

    /// The price in force in a store: its own if it has one by then, else that of all stores.
    pub fn at(&self, store_code: &str, now: OffsetDateTime) -> Option<Price> {
        self.latest(store_code, now).or_else(|| self.latest("", now))
    }

    /// What a price would follow or displace if it started at an instant: those in force in the thirty days before, the one in force
    /// then, and each of all stores that a store would not see any more, until the next one of its own. A first price has no
    /// yesterday but those of other stores and times, which are all meant then.
    pub fn beside(&self, store_code: &str, valid_from: OffsetDateTime) -> Vec<Cents> {
        let end = self.of(store_code).map(|(from, _)| from).find(|from| *from > valid_from);
        let is_displaced = |from: &OffsetDateTime| *from > valid_from && end.is_none_or(|end| *from < end);
        let displaced = self.of("").map(|(from, _)| from).filter(is_displaced);
        let recent = valid_from - RECENT;
        let changes = self.of(store_code).chain(self.of("")).map(|(from, _)| from);
        let changes = changes.filter(|from| (recent..valid_from).contains(from));
        let before = [recent, valid_from - Duration::SECOND, valid_from];
        let moments = before.into_iter().chain(changes).chain(displaced);
        let beside: Vec<Cents> =
            moments.filter_map(|moment| self.at(store_code, moment)).map(|price| price.unit).collect();
        match beside.is_empty() {
            true => self.dated.iter().map(|(_, _, price)| price.unit).collect(),
            false => beside,
        }
    }

    /// The lowest price in force in a store during the thirty days before an instant, less what a reduction took off it then; `None`
    /// when it was not sold.
    pub fn lowest_before(
        &self,
        store_code: &str,
        instant: OffsetDateTime,
        reductions: &[&Promotion],
    ) -> Option<Cents> {
        let start = instant - PRIOR_PERIOD;
        let changes = self.dated.iter().map(|(_, from, _)| *from);
        let changes = changes.chain(reductions.iter().map(|promotion| promotion.start));
        let moments = std::iter::once(start).chain(changes.filter(|from| (start..instant).contains(from)));
        let asked = |moment: OffsetDateTime| {
            let unit = self.at(store_code, moment)?.unit;
            let running =
                reductions.iter().filter(|promotion| (promotion.start..promotion.end).contains(&moment));
            let off = running.filter_map(|promotion| promotion.benefit.off_line(unit, Quantity::ONE)).max();
            unit.checked_sub(off.unwrap_or_default())
        };
        moments.filter_map(asked).min()
    }

    /// The latest price of a store, or of all stores, that has started.
    pub fn latest(&self, store_code: &str, now: OffsetDateTime) -> Option<Price> {
        self.of(store_code).take_while(|(from, _)| *from <= now).last().map(|(_, price)| price)
    }

    fn of(&self, store_code: &str) -> impl Iterator<Item = (OffsetDateTime, Price)> {
        self.dated
            .iter()
            .filter(move |(store, ..)| **store == *store_code)
            .map(|(_, from, price)| (*from, *price))
    }
}
