use fiscal::verify_chain;
use money::VatTotal;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::basket::Edit;
use crate::domain::basket::tests::{bring_back, scan};
use crate::domain::sale::tests::sold;

fn ticket(edits: Vec<Edit>) -> Ticket {
    sold(edits, &seal::START).ticket
}

fn claim<'a>(ticket: &'a Ticket, refunded: &'a [i32], line_ids: &'a [i32], head: &'a Head) -> Claim<'a> {
    Claim {
        refund_id: RefundId(Uuid::now_v7()),
        ticket,
        refunded,
        line_ids,
        payout: Payout::Desk,
        head,
        now: ticket.completed_time,
    }
}

#[test]
fn lines_go_back_with_the_amounts_they_were_sold_for() {
    let ticket = ticket(vec![scan(0, 2_000), scan(1, 1_000)]);
    let refunded = refund(claim(&ticket, &[], &[2], &seal::START)).unwrap();
    let note = &refunded.credit_note;
    assert_eq!((note.sequence, &note.lines[..], note.total), (1, &ticket.lines[1..], ticket.lines[1].total));
    assert_eq!(note.vat_totals, [VatTotal::of(2_000, note.total).unwrap()]);
    verify_chain([refunded.sealed.entry(1)]).unwrap();
}

#[test]
fn a_deposit_goes_back_outside_vat_and_an_empty_is_not_bought_back() {
    let ticket = ticket(vec![scan(3, 2_000), bring_back(1)]);
    let refused = refund(claim(&ticket, &[], &[3], &seal::START)).unwrap_err();
    assert_eq!(refused, RefundError::DepositReturn(3));
    let refunded = refund(claim(&ticket, &[], &[2], &seal::START)).unwrap();
    let note = &refunded.credit_note;
    assert_eq!((note.total, note.deposits, note.vat_totals.len()), (Cents::new(50), Cents::new(50), 0));
    verify_chain([refunded.sealed.entry(1)]).unwrap();
}

#[test]
fn what_was_given_back_what_is_not_there_and_what_is_too_old_stays() {
    let ticket = ticket(vec![scan(0, 2_000), scan(1, 1_000)]);
    let refused = |claim: Claim<'_>| refund(claim).unwrap_err();
    assert_eq!(refused(claim(&ticket, &[1], &[1, 2], &seal::START)), RefundError::AlreadyRefunded(1));
    assert_eq!(refused(claim(&ticket, &[], &[3], &seal::START)), RefundError::UnknownLine(3));
    let late = Claim {
        now: ticket.completed_time + PERIOD + Duration::SECOND,
        ..claim(&ticket, &[], &[1], &seal::START)
    };
    assert_eq!(refused(late), RefundError::PeriodOver);
    let credit = Claim { payout: Payout::StoreCredit, ..claim(&ticket, &[], &[1], &seal::START) };
    assert_eq!(refused(credit), RefundError::NoMember);
}

proptest! {
    #[test]
    fn all_that_is_given_back_in_parts_is_what_was_paid_and_never_more(
        numbers in prop::collection::vec((0_u8..6, 1_i64..9), 1..12), cut in 0_usize..12,
    ) {
        let ticket = ticket(numbers.into_iter().map(|(number, pieces)| scan(number, pieces * 1_000)).collect());
        let ids: Vec<i32> = ticket.lines.iter().map(|line| line.line_id).collect();
        let (first, second) = ids.split_at(cut.min(ids.len()));
        let mut given_back = Cents::ZERO;
        let mut tax_given_back = Cents::ZERO;
        let mut head = seal::START;
        let mut refunded = Vec::new();
        // The first lines one by one, as separate requests, then the others together.
        for part in first.chunks(1).chain([second]).filter(|part| !part.is_empty()) {
            let outcome = refund(claim(&ticket, &refunded, part, &head)).unwrap();
            head = Head { sequence: outcome.credit_note.sequence, hash: outcome.sealed.hash };
            given_back = given_back.checked_add(outcome.credit_note.total).unwrap();
            prop_assert!(given_back <= ticket.total);
            let tax = Cents::checked_sum(outcome.credit_note.vat_totals.iter().map(VatTotal::ttc)).unwrap();
            prop_assert_eq!(tax.checked_add(outcome.credit_note.deposits).unwrap(), outcome.credit_note.total);
            let vat = Cents::checked_sum(outcome.credit_note.vat_totals.iter().map(VatTotal::vat)).unwrap();
            tax_given_back = tax_given_back.checked_add(vat).unwrap();
            refunded.extend(part);
        }
        prop_assert_eq!(given_back, ticket.total);
        prop_assert_eq!(tax_given_back, Cents::checked_sum(ticket.vat_totals.iter().map(VatTotal::vat)).unwrap());
    }
}
