//! A Saturday at every till of several stores.

use std::{sync::Arc, time::Duration};

use barcode::CardNumber;
use tokio::{
    sync::watch,
    task::{JoinError, JoinSet},
};
use uuid::Uuid;

use super::{
    Takings,
    queue::{self, Pace, Progress},
    saturday::Arrival,
};
use crate::client::{CallError, Client, Refusal};

/// What there is to buy, and who has a card.
#[derive(Clone, Debug)]
pub struct Shelves {
    /// The codes, as they stand beside each other.
    pub codes: Vec<String>,
    /// The members' cards; without any, everybody is a guest.
    pub cards: Vec<CardNumber>,
}

/// A store with its shoppers.
#[derive(Debug)]
pub struct Store {
    /// The clients of its tills.
    pub tills: Vec<Client>,
    /// Those who come.
    pub arrivals: Vec<Arrival>,
}

/// A payment that was told and not answered: the sale may be there or not.
#[derive(Clone, Debug)]
pub struct Unknown {
    /// The client of the till that may ask.
    pub till: Client,
    /// What was to become a sale.
    pub basket_id: Uuid,
}

/// What came of a day.
#[derive(Debug, Default)]
pub struct Day {
    /// The sales and the latencies.
    pub takings: Takings,
    /// How long each shopper waited for a till, from the moment of coming.
    pub waits: Vec<Duration>,
    /// How many showed a card.
    pub members: u64,
    /// Why shoppers could not buy.
    pub refused: Vec<Refusal>,
    /// Baskets that got no answer before their payment was told: nothing was sold.
    pub unanswered: u64,
    /// Payments without an answer.
    pub unknown: Vec<Unknown>,
    /// How many found the queue full.
    pub turned_away: u64,
}

/// Plays the day in every store at once, until the last shopper has left.
///
/// # Errors
/// When a till panics.
pub async fn play(
    stores: Vec<Store>,
    shelves: &Arc<Shelves>,
    pace: Pace,
    progress: &Arc<watch::Sender<Progress>>,
) -> Result<Day, JoinError> {
    let mut open = JoinSet::new();
    for store in stores {
        let (shelves, progress) = (shelves.clone(), progress.clone());
        let shop = move |till, arrival| turn(till, arrival, shelves.clone());
        open.spawn(queue::serve(store.tills, store.arrivals, pace, shop, progress));
    }
    let mut day = Day::default();
    while let Some(closed) = open.join_next().await {
        let served = closed??;
        day.waits.extend(served.waits);
        day.turned_away += served.turned_away;
        served.outcomes.into_iter().for_each(|turn| day.add(turn));
    }
    Ok(day)
}

impl Day {
    /// Adds what came of one shopper, or of many.
    fn add(&mut self, other: Self) {
        self.takings.add(other.takings);
        self.waits.extend(other.waits);
        self.members += other.members;
        self.refused.extend(other.refused);
        self.unanswered += other.unanswered;
        self.unknown.extend(other.unknown);
        self.turned_away += other.turned_away;
    }
}

/// What comes of one shopper at a till.
async fn turn(till: Client, arrival: Arrival, shelves: Arc<Shelves>) -> Day {
    let codes = shelves.codes.iter().cycle().skip(arrival.shelf % shelves.codes.len().max(1));
    let codes = codes.take(arrival.articles).map(String::as_str);
    let card = if arrival.is_member { shelves.card(arrival.shelf) } else { None };
    let mut turn = Day { members: u64::from(card.is_some()), ..Day::default() };
    let (basket_id, total) = match super::fill(&till, card, codes, &mut turn.takings).await {
        Ok(filled) => filled,
        Err(CallError::Refused(refusal)) => {
            turn.refused.push(refusal);
            return turn;
        }
        Err(CallError::NoAnswer(_)) => {
            turn.unanswered += 1;
            return turn;
        }
    };
    match super::complete(&till, basket_id, total, &mut turn.takings).await {
        Ok(()) => {}
        Err(CallError::Refused(refusal)) => turn.refused.push(refusal),
        Err(CallError::NoAnswer(_)) => turn.unknown.push(Unknown { till, basket_id }),
    }
    turn
}

impl Shelves {
    fn card(&self, number: usize) -> Option<&CardNumber> {
        self.cards.get(number % self.cards.len().max(1))
    }
}
