//! Meal vouchers: what may be paid by them, and a card that turns out to be one of them.

use proto::checkout::v1::{self as pb, BasketState, TenderKind as Kind};
use terminal::client::Refusal;
use terminal::till::{Means, Notice, Screen, Settlement, Trouble};

use crate::kiosk::{get, page_of};
use crate::shop::{Shop, is_thanks};
use crate::tenders::{held, member, part, sold};

const VOUCHER: Means = Means::MealVoucher { amount_minor: None };

#[tokio::test]
async fn meal_vouchers_pay_what_they_may_and_a_card_the_rest() {
    let shop = Shop::open().await;
    let running = member(&shop).await;
    let too_much = Means::MealVoucher { amount_minor: Some(601) };
    assert_eq!(running.till.pay_by(too_much).await.unwrap_err(), Notice::NotAnAmount);
    assert_eq!(held(&running.till.pay_by(VOUCHER).await.unwrap()), (vec![600], 600));
    assert_eq!(running.till.view().due.meal_voucher_minor, 0);
    assert!(is_thanks(&running.till.pay().await.unwrap()));
    assert_eq!(sold(&shop), [(Kind::MealVoucher, 600), (Kind::Card, 600)]);
}

#[tokio::test]
async fn a_card_that_says_it_is_one_of_meal_vouchers_counts_as_one() {
    let shop = Shop::open().await;
    let running = member(&shop).await;
    shop.plays(&["meal-voucher-card"]);
    running.till.pay_by(part(400)).await.unwrap();
    assert!(is_thanks(&running.till.pay().await.unwrap()));
    assert_eq!(sold(&shop), [(Kind::MealVoucher, 400), (Kind::Card, 800)]);
}

#[tokio::test]
async fn a_payment_by_meal_vouchers_that_nobody_knows_of_is_told_as_one() {
    for (means, kind) in [(VOUCHER, Kind::MealVoucher), (part(400), Kind::Card)] {
        let shop = Shop::open().await;
        let running = member(&shop).await;
        shop.plays(&["silence"]);
        assert_eq!(running.till.pay_by(means).await.unwrap_err(), Notice::PaymentUnknown);
        shop.books.wait_for_report(|report| report.trouble() == pb::InterventionKind::PaymentUnknown).await;
        assert_eq!(shop.books.shelf().report.tender_kind(), kind);
    }
}

/// Which card it is the till learns with the authorisation, when the money was taken.
#[tokio::test]
async fn a_card_of_meal_vouchers_that_paid_more_than_it_may_calls_a_person_who_gives_it_back() {
    for (means, taken_minor) in [(Means::Card, 1_200), (part(700), 700)] {
        let shop = Shop::open().await;
        let running = member(&shop).await;
        shop.plays(&["meal-voucher-card"]);
        assert_eq!(running.till.pay_by(means).await.unwrap_err(), Notice::SaleRefused);
        let Screen::Attendant { trouble, total_minor, .. } = running.till.view().screen else { panic!() };
        let refused = Trouble::SaleRefused(Refusal::MealVoucherLimit);
        assert_eq!((trouble, total_minor), (refused, taken_minor));
        let page = get(&page_of(&running), "/").await.text;
        assert!(page.contains("est une carte titre-restaurant") && page.contains("Une personne"), "{page}");
        let is_told = |report: &pb::ReportTillRequest| {
            report.trouble() == pb::InterventionKind::SaleRefused && report.paid_minor == taken_minor
        };
        shop.books.wait_for_report(is_told).await;
        assert_eq!(running.till.pay().await.unwrap_err(), Notice::NeedsAttendant);
        // The attendant has given it back: the basket is whole, and the shopper pays as it may be paid.
        let view = running.till.settle(&shop.attendant_code(), Settlement::NotPaid).await.unwrap();
        assert_eq!(view.basket(), shop.books.basket_in(BasketState::Open).as_ref());
        assert!(shop.books.sales().is_empty());
        running.till.pay_by(VOUCHER).await.unwrap();
        assert!(is_thanks(&running.till.pay().await.unwrap()));
        assert_eq!(sold(&shop), [(Kind::MealVoucher, 600), (Kind::Card, 600)]);
        assert_eq!(shop.charged(), [taken_minor, 600, 600]);
    }
}

#[tokio::test]
async fn a_rest_that_a_card_of_meal_vouchers_may_not_pay_goes_back_and_the_first_part_is_held() {
    let shop = Shop::open().await;
    let running = member(&shop).await;
    shop.plays(&["approve", "meal-voucher-card"]);
    running.till.pay_by(part(300)).await.unwrap();
    assert_eq!(running.till.pay().await.unwrap_err(), Notice::SaleRefused);
    let view = running.till.settle(&shop.attendant_code(), Settlement::NotPaid).await.unwrap();
    assert_eq!(held(&view), (vec![300], 900));
    assert!(is_thanks(&running.till.pay().await.unwrap()));
    assert_eq!(sold(&shop), [(Kind::Card, 300), (Kind::Card, 900)]);
}
