use fiscal::{Head, verify_chain};
use money::Quantity;
use proptest::prelude::*;
use time::macros::datetime;
use uuid::Uuid;

use super::*;
use crate::domain::basket::tests::{begin, bring_back, entry, identify, log as entries, scan};
use crate::domain::payment::tests::by_card;
use crate::domain::price::Priced;

fn store() -> Store {
    Store {
        code: "LILLE".to_owned(),
        name: "Le Cabas".to_owned(),
        address_lines: vec!["1 rue du Marché".to_owned()],
        siret: "73282932000074".to_owned(),
        vat_number: String::new(),
        time_zone: "Europe/Paris".to_owned(),
        currency: Currency::EUR,
        label_rules: Vec::new(),
        bag: None,
        deposit_return_limit: Cents::new(5_000),
        audit_rate_basis_points: 0,
        closed_hours: Vec::new(),
        refund_policy: crate::domain::refund::policy::Policy::OF_THE_HOUSE,
    }
}

fn terminal() -> Terminal {
    Terminal {
        code: "LILLE-01".to_owned(),
        store_code: "LILLE".to_owned(),
        kind: TerminalKind::SelfCheckout,
        removed: false,
    }
}

fn frozen(edits: Vec<Edit>) -> Log {
    let mut entries = entries(edits);
    entries.push(entry(begin()));
    Log {
        basket_id: BasketId(Uuid::now_v7()),
        store_code: "LILLE".to_owned(),
        currency: Currency::EUR,
        open_request_id: Uuid::now_v7(),
        training_by: None,
        entries,
    }
}

fn payment(amount: Cents, slip_text: &str) -> Given {
    Given { slip_text: slip_text.to_owned(), ..by_card(99, amount.get()) }
}

/// A ticket of these edits, paid exactly, after `head`.
pub(crate) fn sold(edits: Vec<Edit>, head: &Head) -> Completed {
    let log = frozen(edits);
    let total = log.shown().unwrap().priced.total;
    let last = (total > Cents::ZERO).then(|| payment(total, ""));
    try_with(&log, head, last.as_ref()).unwrap()
}

fn attempt(log: &Log, head: &Head, amount: Cents, slip_text: &str) -> Result<Completed, SaleError> {
    try_with(log, head, Some(&payment(amount, slip_text)))
}

fn try_with(log: &Log, head: &Head, last: Option<&Given>) -> Result<Completed, SaleError> {
    complete(Order {
        sale_id: SaleId(Uuid::now_v7()),
        log,
        store: &store(),
        terminal: &terminal(),
        head,
        last,
        slip_texts: &[],
        card_contracts: &["4970109876543217".to_owned()],
        now: datetime!(2026-05-02 09:00 UTC),
    })
}

fn kinds(ticket: &Ticket) -> Vec<(&'static str, Cents)> {
    ticket.paid().iter().map(|paid| (paid.kind, paid.amount)).collect()
}

#[test]
fn tickets_are_numbered_and_sealed_one_after_the_other() {
    let first = sold(vec![scan(0, 1_000)], &Head::START);
    let head = Head { sequence: 1, hash: first.sealed.hash };
    let second = sold(vec![scan(1, 2_000), identify()], &head);
    assert_eq!((first.ticket.sequence, second.ticket.sequence), (1, 2));
    assert_eq!(first.ticket.fiscal_hash, first.sealed.hash);
    verify_chain([first.sealed.entry(1), second.sealed.entry(2)]).unwrap();
    let sealed = String::from_utf8(second.sealed.payload).unwrap();
    assert!(!sealed.contains(&second.ticket.member_id.unwrap().to_string()));
}

#[test]
fn a_basket_of_training_becomes_a_marked_ticket_in_a_chain_that_no_ticket_belongs_to() {
    let log = Log { training_by: Some("operator".to_owned()), ..frozen(vec![scan(0, 1_000)]) };
    let total = log.shown().unwrap().priced.total;
    let practised = attempt(&log, &Head::START, total, "").unwrap();
    assert!(practised.ticket.training && log.shown().unwrap().training);
    let text = String::from_utf8(practised.sealed.payload.clone()).unwrap();
    assert!(text.contains(r#""record":{"training":{"#), "{text}");
    verify_chain([practised.sealed.entry(1)]).unwrap();
    let head = Head { sequence: 1, hash: practised.sealed.hash };
    let sold = sold(vec![scan(0, 1_000)], &head);
    assert!(!sold.ticket.training);
    assert!(verify_chain([practised.sealed.entry(1), sold.sealed.entry(2)]).is_err());
    // A ticket says nothing of training, as those from before there was any.
    assert!(!serde_json::to_string(&sold.ticket).unwrap().contains("training"));
}

#[test]
fn only_a_frozen_basket_is_paid_and_only_exactly() {
    let mut log = frozen(vec![scan(0, 1_000)]);
    let total = log.shown().unwrap().priced.total;
    for off in [-1, 1] {
        let taken = total.checked_add(Cents::new(off)).unwrap();
        let refused = attempt(&log, &Head::START, taken, "").unwrap_err();
        assert_eq!(refused, TenderError::AmountMismatch { expected: total, taken }.into());
    }
    log.entries.push(entry(Edit::Pay { sale_id: SaleId(Uuid::now_v7()) }));
    assert_eq!(attempt(&log, &Head::START, total, "").unwrap_err(), SaleError::Basket(BasketError::Closed));
    log.entries.truncate(1);
    assert_eq!(
        attempt(&log, &Head::START, total, "").unwrap_err(),
        SaleError::Basket(BasketError::NotFrozen)
    );
}

#[test]
fn a_slip_with_a_card_number_is_left_out_of_a_paid_sale_and_does_not_block_it() {
    let log = frozen(vec![scan(0, 1_000)]);
    let total = log.shown().unwrap().priced.total;
    let slip = |text: &str| {
        let completed = attempt(&log, &Head::START, total, text).unwrap();
        (completed.slip_texts.concat(), completed.slips_refused)
    };
    let refused = (String::new(), 1);
    assert_eq!(slip("CARTE 4970101234567893"), refused);
    assert_eq!(slip("CARTE 4970 1012 3456 7893"), refused);
    assert!(attempt(&log, &Head::START, total, "4970101234567893").unwrap().slip_texts.is_empty());
    // Another shop's SIRET has the look of a card number; the shop's own and a contract of the house are known.
    assert_eq!(slip("1234567 39033422500096 30004"), refused);
    for own in ["1234567 73282932000074 30004", "CONTRAT 4970109876543217\n############6368"] {
        assert_eq!(slip(own), (own.to_owned(), 0));
    }
}

#[test]
fn a_basket_of_empties_is_paid_out_at_the_desk_and_no_card_is_asked() {
    let returned = sold(vec![bring_back(4)], &Head::START);
    let (ticket, amount) = (&returned.ticket, Cents::new(-100));
    assert_eq!((ticket.total, ticket.deposits, kinds(ticket)), (amount, amount, vec![("desk", amount)]));
    assert!(ticket.vat_totals.is_empty());
    verify_chain([returned.sealed.entry(1)]).unwrap();
    let log = frozen(vec![bring_back(4)]);
    let refused = attempt(&log, &Head::START, Cents::new(100), "").unwrap_err();
    assert_eq!(refused, TenderError::AmountMismatch { expected: amount, taken: Cents::new(100) }.into());
}

#[test]
fn what_costs_nothing_is_sold_without_a_card_and_what_costs_something_is_not() {
    let free = crate::domain::basket::tests::offer("OFFERT", 10_000, "", false);
    let given = sold(vec![scan(0, 1_000), crate::domain::basket::tests::claim(free)], &Head::START);
    assert_eq!((given.ticket.total, kinds(&given.ticket)), (Cents::ZERO, Vec::new()));
    verify_chain([given.sealed.entry(1)]).unwrap();
    let log = frozen(vec![scan(0, 1_000)]);
    let needed = TenderError::PaymentNeeded { expected: Cents::new(199) };
    assert_eq!(try_with(&log, &Head::START, None).unwrap_err(), needed.into());
}

#[test]
fn a_ticket_is_kept_as_it_was_given() {
    let ticket = sold(vec![scan(0, 1_000), scan(4, 350)], &Head::START).ticket;
    let value = serde_json::to_value(&ticket).unwrap();
    assert_eq!(value["terminal_kind"], "self");
    assert_eq!(serde_json::from_value::<Ticket>(value).unwrap(), ticket);
}

proptest! {
    #[test]
    fn whatever_was_scanned_can_be_sealed(numbers in prop::collection::vec((0_u8..6, 1_i64..9), 1..20)) {
        let edits = numbers.into_iter().map(|(number, pieces)| scan(number, pieces * 1_000)).collect();
        let completed = sold(edits, &Head::START);
        prop_assert!(verify_chain([completed.sealed.entry(1)]).is_ok());
        let sum = Priced::sum(completed.ticket.lines.clone()).unwrap();
        prop_assert_eq!(sum.total, completed.ticket.total);
        prop_assert!(completed.ticket.lines.iter().all(|line| line.quantity > Quantity::ZERO));
    }
}
