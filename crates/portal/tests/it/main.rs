//! The portal as a browser sees it: the real router over HTTP, with the five services faked at the wire.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod browser;
mod fakes;
mod shop;
mod tills;

mod access;
mod feeds;
mod forms;
mod hostile;
mod pages;
mod payouts;
mod refusals;
