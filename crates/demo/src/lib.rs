#![doc = include_str!("../README.md")]

pub mod args;
pub mod attendant;
pub mod card;
pub mod chance;
pub mod closing;
pub mod description;
pub mod desk;
pub mod door;
pub mod mailbox;
pub mod plan;
pub mod player;
pub mod reader;
pub mod report;
pub mod shop;
pub mod shopper;
pub mod stock;
