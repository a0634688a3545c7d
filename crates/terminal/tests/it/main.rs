//! A till against a checkout, a membership and a card terminal that are played at the wire.

mod books;
mod checkout;
mod shop;
mod wire;

mod api;
mod basket;
mod crash;
mod kiosk;
mod payment;
mod unknown;
