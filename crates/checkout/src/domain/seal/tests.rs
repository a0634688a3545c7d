use fiscal::{GENESIS, Head};

use super::*;
use crate::domain::basket::tests::{bring_back, scan};
use crate::domain::id::RefundId;
use crate::domain::payment::Means;
use crate::domain::payment::tests::{by_card, card, given};
use crate::domain::refund::{Claim, Payout, Reason, part::Part, refund};
use crate::domain::sale::tests::sold;

/// Who changes what a ticket or a credit note is sealed with, the words of its payments too, finds other hashes here, and gives them the
/// next version.
#[test]
fn the_fiscal_version_moves_with_what_checkout_seals() {
    // Goods for 3.98, of which empties paid 1.00, meal vouchers 1.50 and a card the rest; then all of the goods come back.
    let mut ticket = sold(vec![scan(0, 2_000), bring_back(4)], &Head::START).ticket;
    let vouchers = given(1, 150, Means::MealVoucher { card: card() });
    ticket.payments = vec![vouchers.tender, by_card(2, 148).tender];
    ticket.fiscal_hash = super::ticket(&ticket, &GENESIS).unwrap().hash;
    let given_back = Claim {
        refund_id: RefundId(uuid::Uuid::nil()),
        ticket: &ticket,
        given_back: &[],
        parts: &[Part::rest(1)],
        reason: Reason::SimpleRequest,
        payout: Payout::Desk,
        to_cards: Cents::ZERO,
        head: &Head::START,
        now: ticket.completed_time,
    };
    let refunded = refund(given_back).unwrap();
    let sealed = (fiscal::VERSION, ticket.fiscal_hash.to_string(), refunded.sealed.hash.to_string());
    let golden = (
        "2.1",
        "9a082f8fc4d4865c887efb195950e981c3d8e0e8359a096aea2ad0e75c666589".to_owned(),
        "91d6e2b52021e1a057c87242a3b0d6b5326997344967fe0ebdef31d67cb8d515".to_owned(),
    );
    assert_eq!(sealed, golden);
}
