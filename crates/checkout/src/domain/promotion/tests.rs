use proptest::prelude::*;
use time::macros::datetime;

use super::*;

fn percentage(code: &str, category: &str, percent_basis_points: i64) -> Promotion {
    Promotion {
        code: code.to_owned(),
        label: format!("label of {code}"),
        category: category.to_owned(),
        percent_basis_points,
        start: datetime!(2026-01-01 00:00 UTC),
        end: datetime!(2027-01-01 00:00 UTC),
        on_claim: false,
        members_only: false,
    }
}

/// A line of 10.00 for a product whose member price is 8.50.
fn line(category: &str) -> Line<'_> {
    let price = Price { unit: Cents::new(500), member: Some(Cents::new(425)) };
    Line { price, quantity: Quantity::new(2_000), gross: Cents::new(1_000), category }
}

fn check(is_member: bool, claimed: &[&str], promotions: &[Promotion], expected: Option<(&str, i64)>) {
    let claimed = claimed.iter().map(|code| (*code).to_owned()).collect();
    let promotions: Vec<_> = promotions.iter().collect();
    let found = best(&line("Frais,Légumes"), &promotions, Buyer { is_member, claimed: &claimed });
    let found = found.as_ref().map(|discount| (discount.code.as_str(), discount.amount.get()));
    assert_eq!(found, expected);
}

#[test]
fn nothing_is_taken_off_without_a_reason() {
    check(false, &[], &[], None);
    check(false, &[], &[percentage("FRUITS", "Fruits", 9_000)], None);
}

#[test]
fn a_member_pays_the_member_price_and_nobody_else_does() {
    check(true, &[], &[], Some((MEMBER_PRICE, 150)));
    check(false, &[], &[], None);
}

#[test]
fn the_best_one_wins_and_they_never_add_up() {
    let promotions = [percentage("DIX", "", 1_000), percentage("VINGT", "Légumes", 2_000)];
    check(false, &[], &promotions, Some(("VINGT", 200)));
    check(true, &[], &promotions, Some(("VINGT", 200)));
    check(true, &[], &promotions[..1], Some((MEMBER_PRICE, 150)));
}

#[test]
fn what_must_be_claimed_is_given_only_when_it_is() {
    let promotions = [Promotion { on_claim: true, ..percentage("BIENVENUE", "", 5_000) }];
    check(false, &[], &promotions, None);
    check(false, &["AUTRE"], &promotions, None);
    check(false, &["BIENVENUE"], &promotions, Some(("BIENVENUE", 500)));
}

#[test]
fn what_is_for_members_is_given_to_members_even_when_claimed() {
    let promotions = [Promotion { on_claim: true, members_only: true, ..percentage("FIDELES", "", 5_000) }];
    check(false, &["FIDELES"], &promotions, None);
    check(true, &[], &promotions, Some((MEMBER_PRICE, 150)));
    check(true, &["FIDELES"], &promotions, Some(("FIDELES", 500)));
}

#[test]
fn among_equals_the_first_code_of_the_alphabet_wins() {
    let promotions = [percentage("B", "", 1_000), percentage("A", "", 1_000), percentage("C", "", 1_000)];
    check(false, &[], &promotions, Some(("A", 100)));
    let fifteen = [percentage("QUINZE", "", 1_500)];
    check(true, &[], &fifteen, Some((MEMBER_PRICE, 150)));
}

#[test]
fn a_member_price_above_the_price_takes_nothing_off() {
    let dear = Line { price: Price { unit: Cents::new(500), member: Some(Cents::new(600)) }, ..line("") };
    assert_eq!(best(&dear, &[], Buyer { is_member: true, claimed: &BTreeSet::new() }), None);
}

fn any_promotion() -> impl Strategy<Value = Promotion> {
    ("[A-C]{1,2}", prop_oneof!["", "Légumes", "Fruits"], 1..=10_000_i64, any::<bool>(), any::<bool>())
        .prop_map(|(code, category, percent, on_claim, members_only)| Promotion {
            on_claim,
            members_only,
            ..percentage(&code, &category, percent)
        })
}

proptest! {
    #[test]
    fn a_discount_is_positive_and_at_most_what_the_line_costs(
        unit in 0..1_000_000_i64,
        member in proptest::option::of(0..1_000_000_i64),
        quantity in 1..1_000_000_i64,
        is_member: bool,
        promotions in proptest::collection::vec(any_promotion(), 0..6),
    ) {
        let price = Price { unit: Cents::new(unit), member: member.map(Cents::new) };
        let quantity = Quantity::new(quantity);
        let gross = money::price(price.unit, quantity).unwrap();
        let line = Line { price, quantity, gross, category: "Frais,Légumes" };
        let claimed = BTreeSet::from(["A".to_owned(), "BB".to_owned()]);
        let promotions: Vec<_> = promotions.iter().collect();
        if let Some(discount) = best(&line, &promotions, Buyer { is_member, claimed: &claimed }) {
            prop_assert!(discount.amount > Cents::ZERO);
            prop_assert!(discount.amount <= gross);
        }
    }

    #[test]
    fn the_order_of_the_promotions_changes_nothing(
        promotions in prop::collection::vec(any_promotion(), 0..6),
        is_member: bool,
        seed in prop::collection::vec(any::<prop::sample::Index>(), 6),
    ) {
        let claimed = BTreeSet::from(["A".to_owned(), "BB".to_owned()]);
        let buyer = Buyer { is_member, claimed: &claimed };
        let in_order: Vec<_> = promotions
            .iter()
            .enumerate()
            .map(|(number, promotion)| Promotion { code: format!("{}{number}", promotion.code), ..promotion.clone() })
            .collect();
        let mut shuffled: Vec<_> = in_order.iter().collect();
        for (place, index) in seed.iter().take(shuffled.len()).enumerate() {
            let other = index.index(shuffled.len());
            shuffled.swap(place, other);
        }
        let line = line("Frais,Légumes");
        prop_assert_eq!(best(&line, &in_order.iter().collect::<Vec<_>>(), buyer), best(&line, &shuffled, buyer));
    }
}
