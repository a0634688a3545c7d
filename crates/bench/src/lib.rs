#![doc = include_str!("../README.md")]

pub mod fiscal;
pub mod sale;

mod books;
mod observe;
mod pgbench;
mod report;
mod rounds;
mod script;
mod shop;
mod trace;
mod usage;

pub use books::Books;
pub use report::Report;
