use fiscal::verify_chain;
use money::VatTotal;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::basket::Edit;
use crate::domain::basket::tests::{bring_back, identify, scan};
use crate::domain::payment::tests::{by_card, given};
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
        at_desk: Cents::ZERO,
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

/// A ticket of which store credit paid a part, the most it could.
fn partly_by_credit(mut ticket: Ticket, by_credit: i64) -> Ticket {
    let by_credit = ticket.total.min(Cents::new(by_credit));
    let rest = ticket.total.checked_sub(by_credit).unwrap();
    ticket.payments =
        vec![given(1, by_credit.get(), Means::StoreCredit).tender, by_card(2, rest.get()).tender];
    ticket
}

#[test]
fn what_store_credit_paid_comes_back_as_store_credit_and_the_desk_pays_the_rest_first() {
    let ticket = partly_by_credit(ticket(vec![scan(0, 1_000), scan(2, 1_000), identify()]), 300);
    let [first, second] = &ticket.lines[..] else { panic!("two lines") };
    let card = ticket.total.checked_sub(Cents::new(300)).unwrap();
    assert!(first.total > card, "one line alone is worth more than the card paid");
    let note = refund(claim(&ticket, &[], &[1], &seal::START)).unwrap().credit_note;
    assert_eq!((note.at_desk(), note.to_credit), (card, first.total.checked_sub(card).unwrap()));
    let later = Claim { at_desk: card, ..claim(&ticket, &[1], &[2], &seal::START) };
    let refunded = refund(later).unwrap();
    let note = &refunded.credit_note;
    assert_eq!((note.at_desk(), note.to_credit), (Cents::ZERO, second.total));
    verify_chain([refunded.sealed.entry(1)]).unwrap();
    let wished = Claim { payout: Payout::StoreCredit, ..claim(&ticket, &[], &[1], &seal::START) };
    assert_eq!(refund(wished).unwrap().credit_note.at_desk(), Cents::ZERO);
}

proptest! {
    #[test]
    fn all_that_is_given_back_in_parts_is_what_was_paid_and_never_more(
        numbers in prop::collection::vec((0_u8..6, 1_i64..9), 1..12), cut in 0_usize..12, by_credit in 0_i64..5_000,
    ) {
        let edits = numbers.into_iter().map(|(number, pieces)| scan(number, pieces * 1_000));
        let ticket = partly_by_credit(ticket(edits.chain([identify()]).collect()), by_credit);
        let mut at_desk = Cents::ZERO;
        let ids: Vec<i32> = ticket.lines.iter().map(|line| line.line_id).collect();
        let (first, second) = ids.split_at(cut.min(ids.len()));
        let mut given_back = Cents::ZERO;
        let mut tax_given_back = Cents::ZERO;
        let mut head = seal::START;
        let mut refunded = Vec::new();
        // The first lines one by one, as separate requests, then the others together.
        for part in first.chunks(1).chain([second]).filter(|part| !part.is_empty()) {
            let outcome = refund(Claim { at_desk, ..claim(&ticket, &refunded, part, &head) }).unwrap();
            at_desk = at_desk.checked_add(outcome.credit_note.at_desk()).unwrap();
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
        prop_assert_eq!(at_desk, ticket.payments[1].amount, "the card gets back what it paid");
        prop_assert_eq!(tax_given_back, Cents::checked_sum(ticket.vat_totals.iter().map(VatTotal::vat)).unwrap());
    }
}
