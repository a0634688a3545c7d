//! The whole shop, seen from outside: what shoppers, staff, suppliers, managers, analysts and attackers get, whatever fails meanwhile.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod story;

mod journeys;
mod restarts;

mod cards;
mod edge;
mod events;
mod outages;
mod refunds;
mod replicas;

mod analyst;
mod privacy;
mod strangers;
mod suspended;
mod tickets;
mod traces;

mod training;

mod composition;
mod playing;
