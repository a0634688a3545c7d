use proptest::prelude::*;

use super::*;
use crate::domain::basket::tests::{any_edit, entry, identify, item, log, offer, scan};
use crate::domain::basket::{Edit, Outcome, State};
use crate::domain::item::Item;

fn priced(edits: Vec<Edit>) -> Priced {
    Priced::of(&Basket::after(&log(edits)).unwrap()).unwrap()
}

fn claim(percent_basis_points: i64, category: &str) -> Edit {
    crate::domain::basket::tests::claim(offer("BON", percent_basis_points, category, false))
}

#[test]
fn the_best_offer_wins_and_never_two() {
    let of = |edits: Vec<Edit>| {
        let priced = priced(edits);
        let line = &priced.lines[0];
        let codes: Vec<_> = line.discounts.iter().map(|discount| discount.code.clone()).collect();
        (codes.join(","), line.total.get())
    };
    assert_eq!(of(vec![scan(1, 1_000)]), ("DIX".to_owned(), 212));
    assert_eq!(of(vec![scan(1, 1_000), identify()]), ("MEMBER-PRICE".to_owned(), 150));
    assert_eq!(of(vec![scan(1, 1_000), identify(), claim(5_000, "")]), ("BON".to_owned(), 118));
    assert_eq!(of(vec![scan(1, 1_000), claim(5_000, "Fruits")]), ("DIX".to_owned(), 212));
    assert_eq!(of(vec![scan(0, 1_000)]), (String::new(), 199));
    assert_eq!(
        of(vec![identify(), scan(0, 1_000)]),
        ("MEMBRES".to_owned(), 169),
        "the order does not matter"
    );
}

#[test]
fn the_tax_is_taken_out_once_per_rate_highest_first() {
    let seen: Vec<_> = priced(vec![scan(0, 7_000), scan(1, 1_000), scan(2, 1_000)])
        .vat_totals
        .iter()
        .map(|total| (total.rate_basis_points(), total.ttc().get(), total.vat().get()))
        .collect();
    assert_eq!(seen, [(2_000, 212 + 273, 81), (550, 1_393, 73)]);
}

#[test]
fn articles_are_pieces_and_weighings() {
    assert_eq!(priced(vec![scan(0, 3_000), scan(4, 350), scan(4, 1_200)]).article_count, 5);
}

#[test]
fn quantities_whose_price_does_not_fit_are_refused() {
    let dear = Item { unit_price: Cents::new(i64::MAX), ..item(4) };
    let mut basket = Basket::new();
    let edit = Edit::Scan { item: Box::new(dear), quantity: Quantity::new(2_000) };
    basket.apply(&edit).unwrap();
    assert_eq!(Priced::of(&basket), Err(BasketError::QuantityOutOfRange));
}

#[test]
fn totals_are_kept_as_they_were_given() {
    #[derive(serde::Serialize, serde::Deserialize, PartialEq, Debug)]
    struct Kept(#[serde(with = "vat_rows")] Vec<VatTotal>);
    let kept = Kept(priced(vec![scan(0, 1_000), scan(1, 1_000)]).vat_totals);
    let text = serde_json::to_string(&kept).unwrap();
    assert_eq!(
        text,
        r#"[{"rate_basis_points":2000,"ttc":212,"vat":35},{"rate_basis_points":550,"ttc":199,"vat":10}]"#
    );
    assert_eq!(serde_json::from_str::<Kept>(&text).unwrap(), kept);
}

proptest! {
    #[test]
    fn the_total_is_the_sum_of_its_lines_and_nothing_is_ever_negative_but_deposits(edits in prop::collection::vec(any_edit(), 0..40)) {
        let priced = priced(edits);
        let sum = |amounts: Vec<Cents>| Cents::checked_sum(amounts).unwrap();
        prop_assert_eq!(sum(priced.lines.iter().map(|line| line.total).collect()), priced.total);
        let taxed = sum(priced.vat_totals.iter().map(VatTotal::ttc).collect());
        prop_assert_eq!(taxed.checked_add(priced.deposits).unwrap(), priced.total);
        let gross = sum(priced.lines.iter().map(|line| line.gross).collect());
        prop_assert_eq!(gross.checked_sub(priced.discount).unwrap(), priced.total);
        for total in &priced.vat_totals {
            prop_assert_eq!(total.ht().checked_add(total.vat()).unwrap(), total.ttc());
        }
        for line in &priced.lines {
            // No label of the drawer says a price of its own: `scan::tests::labels` has those.
            prop_assert_eq!(money::price(line.unit_price, line.quantity).unwrap(), line.gross);
            let taken = sum(line.discounts.iter().map(|discount| discount.amount).collect());
            prop_assert_eq!(line.gross.checked_sub(taken).unwrap(), line.total);
            prop_assert!(line.discounts.iter().all(|discount| discount.amount > Cents::ZERO));
            prop_assert!(line.total <= line.gross);
            prop_assert_eq!(line.total.is_negative(), line.kind == LineKind::DepositReturn);
        }
    }

    #[test]
    fn a_percentage_off_everything_is_within_a_half_cent_a_line(
        numbers in prop::collection::vec(0_u8..6, 1..20), percent in 1_i64..=10_000,
    ) {
        let scans: Vec<Edit> = numbers.iter().map(|number| scan(*number, 1_000)).collect();
        let plain: Vec<Edit> = scans.iter().cloned().map(without_offers).collect();
        let before = priced(plain.clone());
        let after = priced(plain.into_iter().chain([claim(percent, "")]).collect());
        let wanted = i128::from(before.total.get()) * i128::from(percent);
        let given = i128::from(after.discount.get()) * 10_000;
        let lines = i128::try_from(after.lines.len()).unwrap();
        prop_assert!((wanted - given).abs() <= 5_000 * lines);
    }

    #[test]
    fn a_card_never_makes_a_basket_dearer(edits in prop::collection::vec(any_edit(), 0..30)) {
        let mut entries = log(edits);
        let guest = Priced::of(&Basket::after(&entries).unwrap()).unwrap();
        let frozen = Basket::after(&entries).unwrap();
        if frozen.state == State::Frozen {
            for held in frozen.tenders.held() {
                entries.push(entry(Edit::ReturnTender { tender_id: held.tender.tender_id }));
            }
            entries.push(entry(Edit::AbandonPayment { outcome: Outcome::Refused, slip_texts: Vec::new() }));
        }
        entries.push(entry(identify()));
        let member = Priced::of(&Basket::after(&entries).unwrap()).unwrap();
        prop_assert!(member.total <= guest.total);
    }
}

fn without_offers(edit: Edit) -> Edit {
    match edit {
        Edit::Scan { item, quantity } => {
            let item = Item { offers: Vec::new(), member_price: None, deposit: None, ..*item };
            Edit::Scan { item: Box::new(item), quantity }
        }
        other => other,
    }
}
