//! The service as it runs: real PostgreSQL, real NATS, real gRPC.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod service;
mod shop;
mod teller;
mod till;

mod catalogue;

mod baskets;
mod members;
mod payments;
mod receipts;
mod sales;

mod deposits;
mod prices;
mod promotions;
mod recalls;
mod search;
mod unknown_codes;
mod weighings;

mod acquirer;
mod acquirer_refunds;
mod attendance;
mod audits;
mod suspended;
mod tills;
mod training;

mod refund_cards;
mod refund_parts;
mod refund_payments;
mod refund_requests;
mod refunds;
mod store_credit;
mod tenders;
mod till_refunds;
mod unknown_refunds;

mod chains;
mod claims;
mod copies;
mod cut_off;
mod deserted;
mod duplicates;
mod hours;
mod journal;
mod malformed;
mod outages;
mod restored;
mod roles;
mod scopes;
mod technical;
mod tls;
