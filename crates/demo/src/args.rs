//! What the demo is asked to play.

use std::path::PathBuf;

use clap::Parser;
use jiff::civil::Date;

/// Plays a shop's day through two tills and reads the figures back.
#[derive(Parser, Clone, Debug)]
#[command(name = "demo")]
pub struct Args {
    /// Sales to play
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub sales: u32,
    /// Seed of everything that is drawn: one seed on one day of prices gives the same figures every time
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Day to play, in the store's time zone: prices are dated. Today, if left out
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub day: Option<Date>,
    /// Catalogue to import instead of the invented one (CSV)
    #[arg(long)]
    pub catalogue: Option<PathBuf>,
    /// Prices of the catalogue (CSV with code, price, price_from, member_price)
    #[arg(long)]
    pub prices: Option<PathBuf>,
    /// Real baskets to play (CSV with basket_id, household_id, product_id, quantity, transaction_timestamp; may be .xz)
    #[arg(long)]
    pub baskets: Option<PathBuf>,
    /// Two places instead of one: a shop of its own and a centre, whose line is cut for a while in the middle of the day
    #[arg(long, conflicts_with_all = ["day", "baskets"])]
    pub edge: bool,
    /// How long that line is cut
    #[arg(long, default_value_t = 60, requires = "edge", value_parser = clap::value_parser!(u64).range(5..=3600))]
    pub cut_seconds: u64,
    /// Stop everything at the end instead of leaving it running
    #[arg(long)]
    pub exit: bool,
    /// Folder of secrets, mails and logs; `demo.json` is written beside it
    #[arg(long, default_value = "var/demo")]
    pub folder: PathBuf,
}
