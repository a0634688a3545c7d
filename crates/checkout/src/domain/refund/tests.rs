use fiscal::{Head, verify_chain};
use money::{Quantity, VatTotal};
use proptest::prelude::*;
use uuid::Uuid;

use super::part::Extent;
use super::*;
use crate::domain::basket::Edit;
use crate::domain::basket::tests::{bring_back, claim as claim_offer, identify, offer, scan};
use crate::domain::item::LineKind;
use crate::domain::payment::tests::{by_card, card, given};
use crate::domain::payment::{Means, Tender};
use crate::domain::promotion::{Benefit, Offer};
use crate::domain::sale::tests::sold;

pub(super) fn ticket(edits: Vec<Edit>) -> Ticket {
    sold(edits, &Head::START).ticket
}

fn claim<'a>(
    ticket: &'a Ticket,
    given_back: &'a [GivenBack],
    parts: &'a [Part],
    head: &'a Head,
) -> Claim<'a> {
    Claim {
        refund_id: RefundId(Uuid::now_v7()),
        ticket,
        given_back,
        parts,
        reason: Reason::SimpleRequest,
        payout: Payout::Desk,
        to_cards: Cents::ZERO,
        head,
        now: ticket.completed_time,
    }
}

fn rest<const N: usize>(line_ids: [i32; N]) -> [Part; N] {
    line_ids.map(Part::rest)
}

/// The line, given back whole before.
fn whole(ticket: &Ticket, line_id: i32) -> GivenBack {
    let line = ticket.lines.iter().find(|line| line.line_id == line_id).unwrap();
    GivenBack { line_id, quantity: line.quantity, amount: line.total }
}

#[test]
fn lines_go_back_with_the_amounts_they_were_sold_for() {
    let ticket = ticket(vec![scan(0, 2_000), scan(1, 1_000)]);
    let refunded = refund(claim(&ticket, &[], &rest([2]), &Head::START)).unwrap();
    let note = &refunded.credit_note;
    assert_eq!((note.sequence, &note.lines[..], note.total), (1, &ticket.lines[1..], ticket.lines[1].total));
    assert_eq!(note.vat_totals, [VatTotal::of(2_000, note.total).unwrap()]);
    verify_chain([refunded.sealed.entry(1)]).unwrap();
}

#[test]
fn a_deposit_goes_back_outside_vat_and_an_empty_is_not_bought_back() {
    let ticket = ticket(vec![scan(3, 2_000), bring_back(1)]);
    let refused = refund(claim(&ticket, &[], &rest([3]), &Head::START)).unwrap_err();
    assert_eq!(refused, RefundError::DepositReturn(3));
    let refunded = refund(claim(&ticket, &[], &rest([2]), &Head::START)).unwrap();
    let note = &refunded.credit_note;
    assert_eq!((note.total, note.deposits, note.vat_totals.len()), (Cents::new(50), Cents::new(50), 0));
    verify_chain([refunded.sealed.entry(1)]).unwrap();
}

#[test]
fn what_was_given_back_and_what_is_not_there_stays() {
    let ticket = ticket(vec![scan(0, 2_000), scan(1, 1_000)]);
    let refused = |claim: Claim<'_>| refund(claim).unwrap_err();
    assert_eq!(
        refused(claim(&ticket, &[whole(&ticket, 1)], &rest([1, 2]), &Head::START)),
        RefundError::AlreadyRefunded(1)
    );
    assert_eq!(refused(claim(&ticket, &[], &rest([3]), &Head::START)), RefundError::UnknownLine(3));
    let one = rest([1]);
    let credit = Claim { payout: Payout::StoreCredit, ..claim(&ticket, &[], &one, &Head::START) };
    assert_eq!(refused(credit), RefundError::NoMember);
}

/// A ticket of which store credit paid a part, the most it could.
fn partly_by_credit(mut ticket: Ticket, by_credit: i64) -> Ticket {
    if by_credit == 0 {
        return ticket;
    }
    let by_credit = ticket.total.min(Cents::new(by_credit));
    let rest = ticket.total.checked_sub(by_credit).unwrap();
    ticket.payments =
        vec![given(1, by_credit.get(), Means::StoreCredit).tender, by_card(2, rest.get()).tender];
    ticket
}

/// The same, where of the card's part so much was paid by a card of meal vouchers, which came first.
fn partly_by_vouchers(mut ticket: Ticket, by_vouchers: i64) -> Ticket {
    let Some(last) = ticket.payments.pop() else { return ticket };
    let by_vouchers = last.amount.min(Cents::new(by_vouchers));
    let rest = last.amount.checked_sub(by_vouchers).unwrap();
    let vouchers = given(3, by_vouchers.get(), Means::MealVoucher { card: card() }).tender;
    ticket.payments.extend([vouchers, Tender { amount: rest, ..last }]);
    ticket
}

/// How a sealed credit ticket says that it was paid back.
fn sealed_payments(sealed: &Sealed) -> Vec<(String, i64)> {
    let sealed: serde_json::Value = serde_json::from_slice(&sealed.payload).unwrap();
    let payments = sealed["record"]["credit_note"]["payments"].as_array().unwrap().iter();
    let payment = |paid: &serde_json::Value| {
        (paid["kind"].as_str().unwrap().to_owned(), paid["amount"].as_i64().unwrap())
    };
    payments.map(payment).collect()
}

#[test]
fn what_a_card_of_meal_vouchers_paid_is_sealed_as_meal_vouchers_again() {
    let ticket = partly_by_vouchers(ticket(vec![scan(0, 1_000), scan(2, 1_000)]), 199);
    let mut books = Books::open(&ticket);
    let first = Part { line_id: 1, extent: Extent::Amount(Cents::new(150)) };
    books.refund(&[first]).unwrap();
    books.refund(&[Part::rest(1), Part { line_id: 2, extent: Extent::Amount(Cents::new(100)) }]).unwrap();
    books.refund_rest();
    let paid: Vec<_> = books.entries.iter().map(sealed_payments).collect();
    let paid: Vec<Vec<(&str, i64)>> =
        paid.iter().map(|note| note.iter().map(|(kind, amount)| (&**kind, *amount)).collect()).collect();
    assert_eq!(
        paid,
        [vec![("meal_voucher", 150)], vec![("meal_voucher", 49), ("card", 100)], vec![("card", 173)]]
    );
    books.check();
}

#[test]
fn what_store_credit_paid_comes_back_as_store_credit_and_the_desk_pays_the_rest_first() {
    let ticket = partly_by_credit(ticket(vec![scan(0, 1_000), scan(2, 1_000), identify()]), 300);
    let [first, second] = &ticket.lines[..] else { panic!("two lines") };
    let card = ticket.total.checked_sub(Cents::new(300)).unwrap();
    assert!(first.total > card, "one line alone is worth more than the card paid");
    let note = refund(claim(&ticket, &[], &rest([1]), &Head::START)).unwrap().credit_note;
    assert_eq!((note.at_desk(), note.to_credit), (card, first.total.checked_sub(card).unwrap()));
    let (before, rest_of) = ([whole(&ticket, 1)], rest([2]));
    let later = Claim { to_cards: card, ..claim(&ticket, &before, &rest_of, &Head::START) };
    let refunded = refund(later).unwrap();
    let note = &refunded.credit_note;
    assert_eq!((note.at_desk(), note.to_credit), (Cents::ZERO, second.total));
    verify_chain([refunded.sealed.entry(1)]).unwrap();
    let one = rest([1]);
    let wished = Claim { payout: Payout::StoreCredit, ..claim(&ticket, &[], &one, &Head::START) };
    assert_eq!(refund(wished).unwrap().credit_note.at_desk(), Cents::ZERO);
}

#[test]
fn what_empties_paid_of_the_goods_goes_back_to_no_card_but_to_store_credit_or_by_hand() {
    for payout in [Payout::Desk, Payout::Acquirer] {
        let guest = ticket(vec![scan(0, 2_000), bring_back(4)]);
        assert_eq!((guest.lines[0].total, guest.total), (Cents::new(398), Cents::new(298)));
        let goods = rest([1]);
        let refunded = refund(Claim { payout, ..claim(&guest, &[], &goods, &Head::START) }).unwrap();
        let note = &refunded.credit_note;
        assert_eq!((note.to_cards(), note.by_hand), (Cents::new(298), Cents::new(100)));
        assert_eq!((note.to_credit, note.payout), (Cents::ZERO, Payout::Desk), "the acquirer gives to cards");
        verify_chain([refunded.sealed.entry(1)]).unwrap();
        let paid = [("card".to_owned(), 298), ("desk".to_owned(), 100)];
        assert_eq!(sealed_payments(&refunded.sealed), paid);

        let member = ticket(vec![scan(0, 2_000), bring_back(4), identify()]);
        let refunded = refund(Claim { payout, ..claim(&member, &[], &goods, &Head::START) }).unwrap();
        let note = &refunded.credit_note;
        assert_eq!((note.to_cards(), note.to_credit), (member.total, Cents::new(100)));
        assert_eq!((note.by_hand, note.payout), (Cents::ZERO, payout));
    }
    // What came back was worth more than the goods: no card was asked for anything.
    let guest = ticket(vec![scan(0, 1_000), bring_back(10)]);
    assert!(guest.total.is_negative() && guest.payments.is_empty());
    let goods = rest([1]);
    let note = refund(claim(&guest, &[], &goods, &Head::START)).unwrap().credit_note;
    assert_eq!((note.to_cards(), note.by_hand), (Cents::ZERO, guest.lines[0].total));
}

#[test]
fn of_a_promotion_nothing_is_kept_when_each_line_that_carried_it_came_back() {
    let of_groceries = claim_offer(offer("SEPT", 700, "Épicerie", false));
    let ticket = ticket(vec![scan(0, 2_000), scan(1, 1_000), scan(2, 1_000), of_groceries]);
    let carried: Vec<&str> = ticket.lines.iter().map(|line| line.discounts[0].code.as_str()).collect();
    assert_eq!(carried, ["SEPT", "DIX", "SEPT"]);
    let (one, two, three) = (whole(&ticket, 1), whole(&ticket, 2), whole(&ticket, 3));
    let half = GivenBack { quantity: Quantity::ONE, amount: Cents::new(100), ..one };
    let money = GivenBack { quantity: Quantity::ZERO, ..three };
    let of = |given_back: &[GivenBack]| undone(&ticket, given_back).join(" ");
    assert_eq!(of(&[]), "");
    assert_eq!(of(&[one]), "");
    assert_eq!(of(&[half, three]), "");
    assert_eq!(of(&[two, three]), "DIX");
    assert_eq!(of(&[one, three]), "SEPT");
    assert_eq!(of(&[one, money]), "SEPT", "the goods may stay");
    assert_eq!(of(&[one, two, three]), "DIX SEPT");
}

/// Gives parts of a sale back, one request after the other, as the books of a store remember them.
pub(super) struct Books<'a> {
    ticket: &'a Ticket,
    given_back: Vec<GivenBack>,
    to_cards: Cents,
    head: Head,
    notes: Vec<CreditNote>,
    entries: Vec<Sealed>,
}

impl<'a> Books<'a> {
    pub(super) fn open(ticket: &'a Ticket) -> Self {
        let (given_back, notes, entries) = (Vec::new(), Vec::new(), Vec::new());
        Self { ticket, given_back, to_cards: Cents::ZERO, head: Head::START, notes, entries }
    }

    pub(super) fn refund(&mut self, parts: &[Part]) -> Result<&CreditNote, RefundError> {
        let asked = claim(self.ticket, &self.given_back, parts, &self.head);
        let refunded = refund(Claim { to_cards: self.to_cards, ..asked })?;
        let note = refunded.credit_note;
        self.to_cards = self.to_cards.checked_add(note.to_cards()).unwrap();
        self.head = Head { sequence: note.sequence, hash: refunded.sealed.hash };
        for line in &note.lines {
            let before = self.before(line.line_id);
            self.given_back.retain(|before| before.line_id != line.line_id);
            self.given_back.push(GivenBack {
                line_id: line.line_id,
                quantity: before.quantity.checked_add(line.quantity).unwrap(),
                amount: before.amount.checked_add(line.total).unwrap(),
            });
        }
        self.entries.push(refunded.sealed);
        self.notes.push(note);
        Ok(self.notes.last().unwrap())
    }

    fn before(&self, line_id: i32) -> GivenBack {
        let before = self.given_back.iter().find(|before| before.line_id == line_id);
        before.copied().unwrap_or(GivenBack::nothing(line_id))
    }

    /// All that is left of every line but the empties.
    pub(super) fn refund_rest(&mut self) {
        let left = |line: &&PricedLine| {
            line.kind != LineKind::DepositReturn && self.before(line.line_id).left_of(line).is_some()
        };
        let parts: Vec<Part> =
            self.ticket.lines.iter().filter(left).map(|line| Part::rest(line.line_id)).collect();
        if !parts.is_empty() {
            self.refund(&parts).unwrap();
        }
    }

    /// That what was given back in all is what was paid, in each way in which it can be counted.
    pub(super) fn check(&self) {
        for line in self.ticket.lines.iter().filter(|line| line.kind != LineKind::DepositReturn) {
            assert_eq!(self.before(line.line_id).amount, line.total, "line {}", line.line_id);
        }
        for total in &self.ticket.vat_totals {
            let rate = total.rate_basis_points();
            let given = self.notes.iter().flat_map(|note| &note.vat_totals);
            let given = given.filter(|given| given.rate_basis_points() == rate);
            let (ttc, vat): (Vec<_>, Vec<_>) = given.map(|given| (given.ttc(), given.vat())).unzip();
            assert_eq!(Cents::checked_sum(ttc).unwrap(), total.ttc(), "rate {rate}");
            assert_eq!(Cents::checked_sum(vat).unwrap(), total.vat(), "tax of rate {rate}");
        }
        let charged = self.ticket.lines.iter().filter(|line| line.kind == LineKind::Deposit);
        let charged = Cents::checked_sum(charged.map(|line| line.total)).unwrap();
        assert_eq!(Cents::checked_sum(self.notes.iter().map(|note| note.deposits)).unwrap(), charged);
        let by_card = self.ticket.payments.iter().filter(|paid| paid.means != Means::StoreCredit);
        let by_card = Cents::checked_sum(by_card.map(|paid| paid.amount)).unwrap();
        assert_eq!(self.to_cards, by_card, "the cards get back what they paid, and no more");
        let sealed: Vec<_> = self.entries.iter().flat_map(sealed_payments).collect();
        for kind in ["card", "meal_voucher"] {
            let paid = self.ticket.payments.iter().filter(|paid| paid.means.as_str() == kind);
            let paid: i64 = paid.map(|paid| paid.amount.get()).sum();
            let back = sealed.iter().filter(|(back, _)| back == kind);
            assert_eq!(back.map(|(_, amount)| amount).sum::<i64>(), paid, "{kind}");
        }
        let by_hand = self.notes.iter().any(|note| !note.by_hand.is_zero());
        assert!(!by_hand || self.ticket.member_id.is_none(), "a member has store credit");
        verify_chain(self.entries.iter().zip(1..).map(|(sealed, sequence)| sealed.entry(sequence))).unwrap();
    }
}

/// Goods of every kind: by the piece, weighed, with a deposit, promoted, for members, three for the price of two; and empties that came
/// back with them, for less than they cost or for more.
fn any_ticket() -> impl Strategy<Value = Ticket> {
    let scans = prop::collection::vec((0_u8..6, 1_i64..9, 1_i64..3_000), 1..8);
    let empties = prop_oneof![Just(0), 1_i64..20];
    let vouchers = prop_oneof![Just(0), 0_i64..2_500];
    let asked = (scans, any::<bool>(), any::<bool>(), 0_i64..5_000, empties, vouchers);
    asked.prop_map(|(scans, member, trio, by_credit, empties, by_vouchers)| {
        let scan = |(number, pieces, grams): (u8, i64, i64)| {
            scan(number, if number < 4 { pieces * 1_000 } else { grams })
        };
        let mut edits: Vec<Edit> = scans.into_iter().map(scan).collect();
        edits.extend(trio.then(|| claim_offer(three_for_two())));
        edits.extend(member.then(identify));
        edits.extend((empties > 0).then(|| bring_back(empties)));
        let ticket = ticket(edits);
        let by_credit = if member && ticket.total > Cents::ZERO { by_credit } else { 0 };
        partly_by_vouchers(partly_by_credit(ticket, by_credit), by_vouchers)
    })
}

pub(super) fn three_for_two() -> Offer {
    Offer { benefit: Benefit::NForM { take: 3, pay: 2 }, ..offer("TRIO", 0, "", false) }
}

/// Any part of any line, sensible or not.
fn any_part() -> impl Strategy<Value = Part> {
    let extent = prop_oneof![
        1 => Just(Extent::Rest),
        3 => (1_i64..9).prop_map(|pieces| Extent::Quantity(Quantity::new(pieces * 1_000))),
        2 => (0_i64..3_000).prop_map(|grams| Extent::Quantity(Quantity::new(grams))),
        2 => (0_i64..2_000).prop_map(|cents| Extent::Amount(Cents::new(cents))),
    ];
    (0_i32..12, extent).prop_map(|(line_id, extent)| Part { line_id, extent })
}

proptest! {
    #[test]
    fn whatever_parts_are_given_back_in_whatever_order_all_of_them_are_what_was_paid_to_the_cent(
        ticket in any_ticket(), wishes in prop::collection::vec(prop::collection::vec(any_part(), 1..4), 0..12),
    ) {
        let mut books = Books::open(&ticket);
        for mut parts in wishes {
            parts.sort_unstable_by_key(|part| part.line_id);
            parts.dedup_by_key(|part| part.line_id);
            let before = books.given_back.clone();
            if books.refund(&parts).is_err() {
                prop_assert_eq!(&books.given_back, &before, "refused whole");
            }
            for line in &ticket.lines {
                let given = books.before(line.line_id);
                prop_assert!(given.amount <= line.total.max(Cents::ZERO) && given.quantity <= line.quantity);
            }
        }
        books.refund_rest();
        books.check();
    }
}
