//! A till against a checkout, a membership and a card terminal that are played at the wire.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod books;
mod catalogue;
mod checkout;
mod claims;
mod membership;
mod shop;
mod slips;
mod tickets;
mod wire;

mod api;
mod attendance;
mod basket;
mod crash;
mod given_up;
mod goods;
mod killed;
mod killed_tenders;
mod kiosk;
mod last_sale;
mod left_alone;
mod meal_vouchers;
mod payment;
mod refunds;
mod restored;
mod storm;
mod suspended;
mod tenders;
mod training;
mod unknown;
