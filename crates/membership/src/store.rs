//! All of the SQL. Reads of members take the store as their first argument: nobody sees another store's people.

pub mod card;
pub mod guest;
pub mod member;
pub mod search;
pub mod session;
pub mod staff;

use barcode::CardNumber;

/// What the database holds is not what was put there.
fn corrupt(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}

fn card_number(text: &str) -> Result<CardNumber, sqlx::Error> {
    CardNumber::parse(text).map_err(corrupt)
}
