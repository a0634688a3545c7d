//! A basket that is paid by several means: the played part, and the promises. First kept, second refused ends in a sale or in all of it
//! given back, never silently.

use prost::Message;
use proto::checkout::v1::{self as pb, BasketState, TenderKind as Kind};
use terminal::card::NotTaken;
use terminal::client::Refusal;
use terminal::tender::Way;
use terminal::till::{Means, Notice, Screen, Seen, Settlement, Trouble, View};
use tonic::Status;

use crate::books::{Fault, Shelf, money, refused};
use crate::checkout::CARD;
use crate::shop::{Running, Shop, is_attendant, is_thanks};

pub fn take(shelf: &mut Shelf, request: &pb::TakeTenderRequest) -> Result<pb::TakeTenderResponse, Status> {
    let mut given = request.tender.clone().unwrap();
    let is_credit = given.kind() == Kind::StoreCredit;
    let balance_minor = shelf.store_credit;
    let slip = given.card.as_mut().map(|card| std::mem::take(&mut card.slip_text));
    let hold = |basket: &mut pb::Basket| {
        let vouchers: i64 = of_kind(basket, Kind::MealVoucher);
        match given.kind() {
            _ if given.amount_minor <= 0 || given.amount_minor > basket.due_minor => {
                Err(refused("TENDER_TOO_LARGE"))
            }
            Kind::MealVoucher if vouchers + given.amount_minor > basket.meal_voucher_minor => {
                Err(refused("MEAL_VOUCHER_LIMIT"))
            }
            Kind::StoreCredit if given.amount_minor > balance_minor || !basket.member_identified => {
                Err(refused("NO_STORE_CREDIT"))
            }
            _ => {
                basket.tenders.push(given.clone());
                Ok(())
            }
        }
    };
    let id = (request.request_id.as_str(), request.encode_to_vec());
    let is_new = !shelf.is_known(&request.basket_id, id.0);
    let basket = shelf.edit(id, &request.basket_id, 0, &[BasketState::Frozen], hold)?;
    if is_new {
        shelf.slips.extend(slip);
        if is_credit {
            shelf.store_credit -= given.amount_minor;
        }
    }
    Ok(pb::TakeTenderResponse { basket: Some(basket) })
}

pub fn give_back(
    shelf: &mut Shelf,
    request: &pb::ReturnTenderRequest,
) -> Result<pb::ReturnTenderResponse, Status> {
    let mut back_minor = 0;
    let give = |basket: &mut pb::Basket| {
        let held = basket.tenders.iter().position(|tender| tender.tender_id == request.tender_id);
        let tender = basket.tenders.remove(held.ok_or_else(|| refused("NOT_FOUND"))?);
        if tender.kind() == Kind::StoreCredit {
            back_minor = tender.amount_minor;
        }
        Ok(())
    };
    let id = (request.request_id.as_str(), request.encode_to_vec());
    let basket = shelf.edit(id, &request.basket_id, 0, &[BasketState::Frozen], give)?;
    shelf.store_credit += back_minor;
    Ok(pb::ReturnTenderResponse { basket: Some(basket) })
}

pub fn credit(shelf: &Shelf, basket_id: &str) -> Result<pb::GetStoreCreditResponse, Status> {
    let kept = shelf.baskets.get(basket_id).ok_or_else(|| refused("NOT_FOUND"))?;
    let balance = if kept.now().member_identified { shelf.store_credit } else { 0 };
    Ok(pb::GetStoreCreditResponse { balance: Some(money(balance)) })
}

fn of_kind(basket: &pb::Basket, kind: Kind) -> i64 {
    let tenders = basket.tenders.iter();
    tenders.filter(|tender| tender.kind() == kind).map(|tender| tender.amount_minor).sum()
}

/// What is paid, and what is still due.
pub fn held(view: &View) -> (Vec<i64>, i64) {
    let Screen::Held { tenders, due_minor } = &view.screen else { panic!("{view:?}") };
    (tenders.iter().map(|tender| tender.amount_minor).collect(), *due_minor)
}

pub fn part(amount_minor: i64) -> Means {
    Means::CardPart { amount_minor }
}

/// The one sale that was made: its kinds and amounts, in the order they were given.
pub fn sold(shop: &Shop) -> Vec<(Kind, i64)> {
    let sales = shop.books.sales();
    assert_eq!((sales.len(), shop.ledger().len()), (1, 1));
    assert!(shop.books.basket_in(BasketState::Frozen).is_none());
    sales[0].payments.iter().map(|tender| (tender.kind(), tender.amount_minor)).collect()
}

/// Nothing was taken in the end: the card terminal's books, checkout's and the till's say so.
fn nothing_is_kept(shop: &Shop, view: &View) {
    assert_eq!(shop.charged().iter().sum::<i64>(), 0, "{:?}", shop.charged());
    assert!(shop.books.sales().is_empty());
    let open = shop.books.basket_in(BasketState::Open).unwrap();
    assert!(open.tenders.is_empty());
    assert_eq!(view.basket(), Some(&open));
}

/// A till in front of 12,00 €, half of it payable in meal vouchers, of a member with 5,00 € of store credit.
pub async fn member(shop: &Shop) -> Running {
    shop.books.shelf().store_credit = 500;
    shop.books.shelf().meal_voucher = 600;
    let running = shop.start_with(&["item-1200"]).await;
    let view = running.till.identify(CARD).await.unwrap();
    assert_eq!((view.due.store_credit_minor, view.due.meal_voucher_minor), (500, 600));
    running
}

#[tokio::test]
async fn two_cards_pay_one_basket() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-1200"]).await;
    let view = running.till.pay_by(part(500)).await.unwrap();
    assert_eq!(held(&view), (vec![500], 700));
    assert_eq!(running.till.scan("item-100", 0).await.unwrap_err(), Notice::PartPaid);
    assert_eq!(running.till.cancel().await.unwrap_err(), Notice::PartPaid);
    assert!(is_thanks(&running.till.pay().await.unwrap()));
    assert_eq!(sold(&shop), [(Kind::Card, 500), (Kind::Card, 700)]);
    assert_eq!((shop.charged(), shop.books.shelf().slips.len()), (vec![500, 700], 2));
}

#[tokio::test]
async fn of_two_presses_that_meet_only_one_reaches_the_card_terminal() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-1200"]).await;
    let (first, second) = tokio::join!(running.till.pay_by(part(500)), running.till.pay_by(part(500)));
    assert_eq!(held(&first.unwrap()), (vec![500], 700));
    assert_eq!(second.unwrap_err(), Notice::Busy);
    assert_eq!(shop.charged(), [500]);
    let (first, second) = tokio::join!(running.till.pay(), running.till.give_back());
    assert_eq!((is_thanks(&first.unwrap()), second.unwrap_err()), (true, Notice::Busy));
    assert_eq!(sold(&shop), [(Kind::Card, 500), (Kind::Card, 700)]);
    assert_eq!(shop.charged(), [500, 700]);
}

#[tokio::test]
async fn card_and_store_credit_pay_one_basket_in_either_order() {
    for credit_first in [true, false] {
        let shop = Shop::open().await;
        let running = member(&shop).await;
        if credit_first {
            let view = running.till.pay_by(Means::StoreCredit).await.unwrap();
            assert_eq!(held(&view), (vec![500], 700));
            let none = running.till.pay_by(Means::StoreCredit).await.unwrap_err();
            assert_eq!(none, Notice::Refused(Refusal::NoStoreCredit));
            assert!(is_thanks(&running.till.pay().await.unwrap()));
            assert_eq!(sold(&shop), [(Kind::StoreCredit, 500), (Kind::Card, 700)]);
        } else {
            running.till.pay_by(part(700)).await.unwrap();
            assert!(is_thanks(&running.till.pay_by(Means::StoreCredit).await.unwrap()));
            assert_eq!(sold(&shop), [(Kind::Card, 700), (Kind::StoreCredit, 500)]);
        }
        assert_eq!((shop.charged(), shop.books.shelf().store_credit), (vec![700], 0));
    }
}

#[tokio::test]
async fn a_card_terminal_that_takes_less_holds_that_and_the_rest_is_paid() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-219"]).await;
    let view = running.till.pay().await.unwrap();
    assert_eq!(held(&view), (vec![109], 110));
    running.dies().await;
    let running = shop.start();
    let view = running.shows(|view| matches!(view.screen, Screen::Held { .. })).await;
    assert_eq!(held(&view), (vec![109], 110));
    assert!(is_thanks(&running.till.pay().await.unwrap()));
    assert_eq!(sold(&shop), [(Kind::Card, 109), (Kind::Card, 110)]);
    assert_eq!(shop.charged(), [109, 110]);
}

#[tokio::test]
async fn first_kept_and_second_refused_is_completed_by_another_means() {
    let shop = Shop::open().await;
    let running = member(&shop).await;
    shop.plays(&["approve", "refuse"]);
    running.till.pay_by(part(700)).await.unwrap();
    assert_eq!(running.till.pay().await.unwrap_err(), Notice::NotPaid(NotTaken::Refused));
    let view = running.till.view();
    assert_eq!(held(&view), (vec![700], 500));
    assert!(view.unpaid.unwrap().slip_text.contains("ABANDON DEBIT"));
    assert_eq!(shop.books.calls("AbandonPayment"), 0);
    assert!(is_thanks(&running.till.pay_by(Means::StoreCredit).await.unwrap()));
    assert_eq!(sold(&shop), [(Kind::Card, 700), (Kind::StoreCredit, 500)]);
    assert_eq!(shop.charged(), [700]);
}

#[tokio::test]
async fn first_kept_and_second_refused_is_given_back_and_the_shopper_is_told_how() {
    let shop = Shop::open().await;
    let running = member(&shop).await;
    shop.plays(&["approve", "refuse"]);
    running.till.pay_by(Means::StoreCredit).await.unwrap();
    running.till.pay_by(part(300)).await.unwrap();
    assert_eq!(running.till.pay().await.unwrap_err(), Notice::NotPaid(NotTaken::Refused));
    assert_eq!(shop.books.shelf().store_credit, 0);
    let view = running.till.give_back().await.unwrap();
    assert_eq!(view.notice, Some(Notice::NotPaid(NotTaken::GivenBack)));
    let ways: Vec<_> = view.returned.iter().map(|back| (back.way, back.tender.amount_minor)).collect();
    assert_eq!(ways, [(Way::Card, 300), (Way::StoreCredit, 500)]);
    assert_eq!((shop.charged(), shop.books.shelf().store_credit), (vec![300, -300], 500));
    nothing_is_kept(&shop, &view);
    // The basket is open: the shopper goes on, and nothing of it is said any more.
    let view = running.till.scan("item-100", 0).await.unwrap();
    assert!(view.returned.is_empty() && view.basket().unwrap().member_identified);
    assert!(is_thanks(&running.till.pay().await.unwrap()));
    assert_eq!(sold(&shop), [(Kind::Card, 1_300)]);
}

#[tokio::test]
async fn a_credit_that_is_refused_calls_a_person_who_gives_the_money_back_by_hand() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-1200"]).await;
    shop.plays(&["approve", "refuse"]);
    running.till.pay_by(part(500)).await.unwrap();
    assert_eq!(running.till.give_back().await.unwrap_err(), Notice::GivenBackByHand);
    let Screen::Attendant { trouble, total_minor, .. } = running.till.view().screen else { panic!() };
    assert_eq!((trouble, total_minor), (Trouble::GiveBack { owed_minor: 500, is_unknown: false }, 500));
    let is_told = |report: &pb::ReportTillRequest| {
        report.trouble() == pb::InterventionKind::GiveBack
            && report.paid_minor == 500
            && !report.tender_id.is_empty()
    };
    shop.books.wait_for_report(is_told).await;
    assert_eq!(running.till.pay().await.unwrap_err(), Notice::NeedsAttendant);
    running.dies().await;
    let running = shop.start();
    running.shows(is_attendant).await;
    let code = shop.attendant_code();
    let paid = Settlement::Paid(Seen { pan_last4: "0674".into(), ..Seen::default() });
    assert_eq!(running.till.settle(&code, paid).await.unwrap_err(), Notice::NeedsAttendant);
    let view = running.till.settle(&code, Settlement::NotPaid).await.unwrap();
    assert_eq!(view.returned[0].way, Way::Staff);
    // By hand: the card terminal's books know nothing of it.
    assert_eq!((shop.charged(), shop.books.sales().len()), (vec![500], 0));
    assert_eq!(view.basket(), shop.books.basket_in(BasketState::Open).as_ref());
}

#[tokio::test]
async fn a_person_may_let_the_card_terminal_try_to_give_back_once_more() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-1200"]).await;
    shop.plays(&["approve", "time-out", "abandon"]);
    running.till.pay_by(part(500)).await.unwrap();
    running.till.give_back().await.unwrap_err();
    let code = shop.attendant_code();
    let again = running.till.settle(&code, Settlement::TryAgain).await.unwrap_err();
    assert_eq!(again, Notice::GivenBackByHand);
    let view = running.till.settle(&code, Settlement::TryAgain).await.unwrap();
    assert_eq!((view.returned[0].way, shop.charged()), (Way::Card, vec![500, -500]));
    nothing_is_kept(&shop, &view);
}

#[tokio::test]
async fn a_credit_that_nobody_knows_of_is_not_asked_again_and_a_person_settles_it() {
    for fate in ["cut-after", "cut-before", "silence"] {
        let shop = Shop::open().await;
        let running = shop.start_with(&["item-1200"]).await;
        shop.plays(&["approve", fate]);
        running.till.pay_by(part(500)).await.unwrap();
        assert_eq!(running.till.give_back().await.unwrap_err(), Notice::GiveBackUnknown, "{fate}");
        let code = shop.attendant_code();
        let again = running.till.settle(&code, Settlement::TryAgain).await.unwrap_err();
        assert_eq!(again, Notice::GiveBackUnknown);
        running.dies().await;
        let running = shop.start();
        running.shows(is_attendant).await;
        let view = running.till.settle(&code, Settlement::NotPaid).await.unwrap();
        let credits = shop.charged().len() - 1;
        assert!(credits <= 1 && view.basket().is_some(), "{fate}");
    }
}

#[tokio::test]
async fn a_late_answer_settles_the_credit_it_belongs_to() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-1200"]).await;
    shop.plays(&["approve", "late"]);
    running.till.pay_by(part(500)).await.unwrap();
    assert_eq!(running.till.give_back().await.unwrap_err(), Notice::GiveBackUnknown);
    let view = running.shows(|view| view.basket().is_some()).await;
    assert_eq!(shop.charged(), [500, -500]);
    nothing_is_kept(&shop, &view);
}

#[tokio::test]
async fn a_credit_of_less_leaves_the_rest_to_a_person() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-1200"]).await;
    shop.plays(&["approve", "less"]);
    running.till.pay_by(part(500)).await.unwrap();
    running.till.give_back().await.unwrap_err();
    let Screen::Attendant { trouble, .. } = running.till.view().screen else { panic!() };
    assert_eq!(trouble, Trouble::GiveBack { owed_minor: 250, is_unknown: false });
    let code = shop.attendant_code();
    // The card terminal would give back too much.
    running.till.settle(&code, Settlement::TryAgain).await.unwrap_err();
    assert!(running.till.settle(&code, Settlement::NotPaid).await.unwrap().basket().is_some());
    assert_eq!(shop.charged(), [500, -250]);
}

#[tokio::test]
async fn a_card_terminal_that_gives_nothing_back_leaves_it_to_a_person() {
    let mut shop = Shop::open().await;
    let profile = shop.file("profile");
    let address = shop.config.card_addr.clone().unwrap();
    std::fs::write(&profile, format!(r#"{{"address": "{address}", "credit": false}}"#)).unwrap();
    shop.config.card_profile = Some(profile);
    let running = shop.start_with(&["item-1200"]).await;
    running.till.pay_by(part(500)).await.unwrap();
    assert_eq!(running.till.give_back().await.unwrap_err(), Notice::GivenBackByHand);
    shop.books.wait_for_report(|report| report.trouble() == pb::InterventionKind::GiveBack).await;
    let decision = pb::InterventionDecision::Refuse.into();
    shop.books.shelf().orders.settlement = Some(pb::Intervention { decision, ..Default::default() });
    let view = running.shows(|view| view.basket().is_some()).await;
    assert_eq!(view.returned[0].way, Way::Staff);
}

#[tokio::test]
async fn what_checkout_refuses_to_hold_goes_back() {
    let shop = Shop::open().await;
    let running = member(&shop).await;
    // Of store credit nothing was taken.
    shop.books.fail_once("TakeTender", Fault::Refuse("NO_STORE_CREDIT"));
    let refused = running.till.pay_by(Means::StoreCredit).await.unwrap_err();
    assert_eq!(refused, Notice::Refused(Refusal::NoStoreCredit));
    assert!(running.till.view().basket().is_some());
    // Of a card it was: a person gives it back, and what was held before is held still.
    running.till.pay_by(part(300)).await.unwrap();
    shop.books.fail_once("TakeTender", Fault::Refuse("MEAL_VOUCHER_LIMIT"));
    assert_eq!(running.till.pay_by(part(200)).await.unwrap_err(), Notice::SaleRefused);
    let view = running.till.settle(&shop.attendant_code(), Settlement::NotPaid).await.unwrap();
    assert_eq!(held(&view), (vec![300], 900));
}

#[tokio::test]
async fn an_unknown_second_payment_is_settled_and_the_first_is_still_held() {
    for (settlement, due) in [
        (Settlement::NotPaid, 900),
        (Settlement::Paid(Seen { pan_last4: "0674".into(), ..Seen::default() }), 700),
    ] {
        let shop = Shop::open().await;
        let running = shop.start_with(&["item-1200"]).await;
        shop.plays(&["approve", "silence"]);
        running.till.pay_by(part(300)).await.unwrap();
        assert_eq!(running.till.pay_by(part(200)).await.unwrap_err(), Notice::PaymentUnknown);
        let view = running.till.settle(&shop.attendant_code(), settlement).await.unwrap();
        assert_eq!(held(&view).1, due);
    }
}

#[tokio::test]
async fn a_basket_that_is_paid_in_part_is_never_given_up_and_somebody_is_called_to_it() {
    let mut shop = Shop::open().await;
    shop.config.idle_seconds = 1;
    let running = shop.start_with(&["item-1200"]).await;
    running.till.pay_by(part(500)).await.unwrap();
    let view = running.shows(|view| view.called).await;
    assert_eq!(held(&view), (vec![500], 700));
    assert!(view.gives_up.is_none() && shop.books.shelf().causes.is_empty());
}

#[tokio::test]
async fn store_credit_that_nobody_can_tell_is_not_offered_and_costs_nothing() {
    let shop = Shop::open().await;
    shop.books.shelf().store_credit = 500;
    shop.books.fail_always("GetStoreCredit", Fault::Unavailable);
    let running = shop.start_with(&["item-1200"]).await;
    let view = running.till.identify(CARD).await.unwrap();
    assert_eq!((view.due.store_credit_minor, view.notice), (0, None));
    assert!(is_thanks(&running.till.pay().await.unwrap()));
}
