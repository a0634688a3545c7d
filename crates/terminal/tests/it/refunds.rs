//! A refund of an earlier sale goes back to its card at the till: the played part, and the promises. The journal knows before the card
//! terminal is asked; what nobody knows is never asked for again; checkout hears how it ended, whatever dies on the way.

use proto::checkout::v1::payout_service_server::PayoutService;
use proto::checkout::v1::{self as pb, InterventionDecision, InterventionKind, RefundCreditState as State};
use terminal::till::{Notice, RefundNotice as Said, Screen, Seen, Settlement, Trouble, View};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::books::{Fault, refused};
use crate::checkout::PlayedCheckout;
use crate::kiosk::{get, page_of, send};
use crate::shop::{Running, Shop, is_attendant, is_thanks};

mod by_hand;
mod contradicted;
mod killed;

/// What checkout has to give back, and what it was told of it.
#[derive(Default)]
pub struct Owed {
    /// Still to be given back, card by card, in cents.
    due: Vec<i64>,
    /// What goes to no card, in cents.
    by_hand_minor: i64,
    /// What is at a till.
    credit: Option<(pb::ClaimRefundCreditRequest, i64)>,
    /// What tills said, each once.
    told: Vec<pb::ReportRefundCreditRequest>,
}

pub struct PlayedPayouts {
    pub checkout: PlayedCheckout,
}

fn shown(credit_id: &str, amount_minor: i64, state: State) -> pb::RefundCredit {
    pb::RefundCredit {
        credit_id: credit_id.to_owned(),
        tender: Some(pb::Tender {
            tender_id: Uuid::from_u128(7).to_string(),
            kind: pb::TenderKind::Card.into(),
            amount_minor: 1_200,
            card: Some(pb::CardPayment { pan_last4: "0674".to_owned(), ..Default::default() }),
        }),
        amount_minor,
        state: state.into(),
        ..pb::RefundCredit::default()
    }
}

#[tonic::async_trait]
impl PayoutService for PlayedPayouts {
    async fn claim_refund_credit(
        &self,
        request: Request<pb::ClaimRefundCreditRequest>,
    ) -> Result<Response<pb::ClaimRefundCreditResponse>, Status> {
        let q = request.into_inner();
        self.checkout
            .play("ClaimRefundCredit", |shelf| {
                let owed = &mut shelf.owed;
                if q.credit_note_number != 3 {
                    return Err(refused("NOT_FOUND"));
                }
                if owed.credit.as_ref().is_some_and(|(claim, _)| *claim != q) {
                    return Err(refused("REFUND_AT_TILL"));
                }
                let amount_minor = *owed.due.first().ok_or_else(|| refused("REFUND_PAID_OUT"))?;
                owed.credit = Some((q.clone(), amount_minor));
                Ok(pb::ClaimRefundCreditResponse {
                    credit: Some(shown(&q.credit_id, amount_minor, State::Asked)),
                    credit_note_terminal_code: "LILLE-02".to_owned(),
                })
            })
            .await
    }

    async fn report_refund_credit(
        &self,
        request: Request<pb::ReportRefundCreditRequest>,
    ) -> Result<Response<pb::ReportRefundCreditResponse>, Status> {
        let q = request.into_inner();
        self.checkout
            .play("ReportRefundCredit", |shelf| {
                let owed = &mut shelf.owed;
                if !owed.told.iter().any(|told| told.request_id == q.request_id) {
                    let claimed = owed.credit.clone().filter(|(claim, _)| claim.credit_id == q.credit_id);
                    let (_, amount_minor) = claimed.ok_or_else(|| refused("NOT_FOUND"))?;
                    if q.state() == State::Done {
                        assert_eq!(q.given_minor, amount_minor);
                        owed.due.remove(0);
                    }
                    if q.state() != State::Unknown {
                        owed.credit = None;
                    }
                    owed.told.push(q.clone());
                }
                let due_minor = owed.due.iter().sum();
                let credit = Some(shown(&q.credit_id, q.given_minor, q.state()));
                Ok(pb::ReportRefundCreditResponse { credit, due_minor, by_hand_minor: owed.by_hand_minor })
            })
            .await
    }

    async fn list_refunds_due(
        &self,
        _: Request<pb::ListRefundsDueRequest>,
    ) -> Result<Response<pb::ListRefundsDueResponse>, Status> {
        Err(Status::unimplemented("no till asks for a list"))
    }

    async fn pay_out_refund(
        &self,
        _: Request<pb::PayOutRefundRequest>,
    ) -> Result<Response<pb::PayOutRefundResponse>, Status> {
        Err(Status::unimplemented("a person's"))
    }

    async fn settle_acquirer_refund(
        &self,
        _: Request<pb::SettleAcquirerRefundRequest>,
    ) -> Result<Response<pb::SettleAcquirerRefundResponse>, Status> {
        Err(Status::unimplemented("a person's"))
    }

    async fn hand_refund_to_acquirer(
        &self,
        _: Request<pb::HandRefundToAcquirerRequest>,
    ) -> Result<Response<pb::HandRefundToAcquirerResponse>, Status> {
        Err(Status::unimplemented("a person's"))
    }

    async fn settle_refund_credit(
        &self,
        _: Request<pb::SettleRefundCreditRequest>,
    ) -> Result<Response<pb::SettleRefundCreditResponse>, Status> {
        Err(Status::unimplemented("a person's"))
    }
}

/// A till that has sold for 12,00 €, of which so much is to go back, card by card; then the card terminal does what is said.
async fn owes(shop: &Shop, due: &[i64], plays: &[&str]) -> Running {
    let script: Vec<&str> = ["approve 0674"].into_iter().chain(plays.iter().copied()).collect();
    shop.plays(&script);
    let running = shop.start_with(&["item-1200"]).await;
    assert!(is_thanks(&running.till.pay().await.unwrap()));
    shop.books.shelf().owed.due = due.to_vec();
    running
}

async fn gives(shop: &Shop, running: &Running) -> Result<View, Notice> {
    running.till.give_refund(&shop.attendant_code(), 3, "").await
}

/// What checkout was told of refunds.
fn told(shop: &Shop) -> Vec<(State, i64)> {
    shop.books.shelf().owed.told.iter().map(|told| (told.state(), told.given_minor)).collect()
}

fn is_unknown(view: &View) -> bool {
    matches!(view.screen, Screen::Attendant { trouble: Trouble::RefundUnknown, total_minor: 450, .. })
}

#[tokio::test]
async fn a_refund_goes_back_to_its_card_and_checkout_gets_the_slip() {
    let shop = Shop::open().await;
    let running = owes(&shop, &[450], &["approve 0674"]).await;
    let view = gives(&shop, &running).await.unwrap();
    assert_eq!((&view.screen, view.notice), (&Screen::Idle, Some(Notice::Refund(Said::Given))));
    assert_eq!((shop.charged(), told(&shop)), (vec![1_200, -450], vec![(State::Done, 450)]));
    let slip = shop.books.shelf().owed.told[0].slip_text.clone();
    assert!(
        !slip.is_empty() && view.unpaid.unwrap().slip_text == slip,
        "it is shown, and printed on request"
    );
    let reference = shop.charges.all()[1].reference.clone();
    assert_eq!(reference, Some(shop.books.shelf().owed.told[0].credit_id.clone()));
    assert_eq!(gives(&shop, &running).await.unwrap_err(), Notice::Refund(Said::PaidOut));
    running.till.scan("item-100", 0).await.unwrap();
    assert_eq!(gives(&shop, &running).await.unwrap_err(), Notice::FinishFirst);
    assert_eq!(shop.charged(), [1_200, -450]);
}

#[tokio::test]
async fn a_refund_of_several_cards_goes_back_card_after_card() {
    let shop = Shop::open().await;
    let running = owes(&shop, &[500, 300], &["approve 0674", "approve 0674"]).await;
    let shown = gives(&shop, &running).await.unwrap().unpaid.unwrap().slip_text;
    assert_eq!(shop.charged(), [1_200, -500, -300]);
    assert_eq!(told(&shop), [(State::Done, 500), (State::Done, 300)]);
    let slips: Vec<String> = shop.books.shelf().owed.told.iter().map(|told| told.slip_text.clone()).collect();
    assert!(slips.iter().all(|slip| !slip.is_empty()));
    assert_eq!(shown, slips.join("\n\n"), "each card has its slip, and all are to be read and printed");
}

#[tokio::test]
async fn money_that_goes_to_another_card_than_the_one_that_paid_is_told() {
    let shop = Shop::open().await;
    let running = owes(&shop, &[450], &["approve 9999"]).await;
    assert_eq!(gives(&shop, &running).await.unwrap_err(), Notice::Refund(Said::OtherCard));
    assert_eq!((shop.charged(), told(&shop)), (vec![1_200, -450], vec![(State::Done, 450)]), "it is gone");
}

#[tokio::test]
async fn only_the_attendants_code_gives_a_refund_back_and_only_one_that_the_store_has() {
    let shop = Shop::open().await;
    let running = owes(&shop, &[450], &[]).await;
    let guessed = running.till.give_refund("guess", 3, "").await;
    assert_eq!(guessed.unwrap_err(), Notice::WrongAttendantCode);
    let other = running.till.give_refund(&shop.attendant_code(), 4, "").await;
    assert_eq!(other.unwrap_err(), Notice::Refund(Said::NotFound));
    assert_eq!((shop.charged(), running.till.view().screen), (vec![1_200], Screen::Idle));
}

#[tokio::test]
async fn what_the_card_terminal_refuses_waits_again_with_its_slip() {
    let shop = Shop::open().await;
    let running = owes(&shop, &[450], &["refuse", "approve 0674"]).await;
    assert_eq!(gives(&shop, &running).await.unwrap_err(), Notice::Refund(Said::NotGiven));
    assert_eq!((shop.charged(), told(&shop)), (vec![1_200], vec![(State::Refused, 0)]));
    assert!(!shop.books.shelf().owed.told[0].slip_text.is_empty());
    assert_eq!(running.till.view().screen, Screen::Idle);
    gives(&shop, &running).await.unwrap();
    assert_eq!(shop.charged(), [1_200, -450]);
}

#[tokio::test]
async fn an_unknown_refund_is_never_asked_for_again_and_a_person_at_the_till_settles_it() {
    for (settlement, word) in
        [(Settlement::Paid(Seen::default()), State::Done), (Settlement::NotPaid, State::Refused)]
    {
        let shop = Shop::open().await;
        let running = owes(&shop, &[450], &["cut-after"]).await;
        assert_eq!(gives(&shop, &running).await.unwrap_err(), Notice::Refund(Said::Unknown));
        assert!(is_unknown(&running.till.view()));
        assert_eq!(gives(&shop, &running).await.unwrap_err(), Notice::NeedsAttendant);
        assert_eq!(running.till.scan("item-100", 0).await.unwrap_err(), Notice::NeedsAttendant);
        running.dies().await;
        let running = shop.start();
        running.shows(is_unknown).await;
        running.shows(|view| view.notice == Some(Notice::Refund(Said::Unknown))).await;
        assert_eq!(shop.charged(), [1_200, -450], "asked for once");
        let page = get(&page_of(&running), "/").await.text;
        assert!(page.contains("Le journal montre le remboursement"), "{page}");
        running.till.settle(&shop.attendant_code(), settlement).await.unwrap();
        let last = *told(&shop).last().unwrap();
        assert_eq!(last.0, word);
        assert_eq!(running.till.view().screen, Screen::Idle);
        assert_eq!(shop.charged(), [1_200, -450]);
    }
}

#[tokio::test]
async fn an_unknown_refund_calls_the_attendants_and_their_page_settles_it() {
    let shop = Shop::open().await;
    let running = owes(&shop, &[450], &["cut-after"]).await;
    gives(&shop, &running).await.unwrap_err();
    let is_reported = |report: &pb::ReportTillRequest| report.trouble() == InterventionKind::RefundUnknown;
    shop.books.wait_for_report(is_reported).await;
    shop.books.shelf().orders.settlement = Some(pb::Intervention {
        kind: InterventionKind::RefundUnknown.into(),
        decision: InterventionDecision::Approve.into(),
        ..Default::default()
    });
    running.shows(|view| view.screen == Screen::Idle).await;
    assert_eq!(told(&shop).last(), Some(&(State::Done, 450)));
    assert_eq!(shop.charged(), [1_200, -450]);
}

#[tokio::test]
async fn a_late_answer_settles_an_unknown_refund() {
    let shop = Shop::open().await;
    let running = owes(&shop, &[450], &["late 0674"]).await;
    assert_eq!(gives(&shop, &running).await.unwrap_err(), Notice::Refund(Said::Unknown));
    running.shows(|view| view.notice == Some(Notice::Refund(Said::Given))).await;
    assert_eq!(
        (shop.charged(), told(&shop)),
        (vec![1_200, -450], vec![(State::Unknown, 0), (State::Done, 450)])
    );
}

#[tokio::test]
async fn a_till_that_dies_while_the_card_terminal_is_asked_asks_it_never_again() {
    let shop = Shop::open().await;
    let running = owes(&shop, &[450], &["silence"]).await;
    let giving = giving(&shop, &running);
    running.shows(|view| matches!(view.screen, Screen::GivingBack { .. })).await;
    running.dies().await;
    drop(giving);
    let running = shop.start();
    running.shows(is_unknown).await;
    shop.books.wait_for_calls("ReportRefundCredit", 1).await;
    assert_eq!(told(&shop), [(State::Unknown, 0)]);
    assert_eq!(shop.charged(), [1_200]);
}

/// A till is given a refund to give back, and dies before checkout has answered that it may.
async fn died_while_it_claims(shop: &Shop) {
    let running = owes(shop, &[450], &["approve 0674"]).await;
    shop.books.fail_always("ClaimRefundCredit", Fault::Unavailable);
    let giving = giving(shop, &running);
    shop.books.wait_for_calls("ClaimRefundCredit", 1).await;
    running.dies().await;
    drop(giving);
    shop.books.mend();
}

#[tokio::test]
async fn a_till_that_dies_before_the_card_terminal_is_asked_lets_the_refund_go() {
    let shop = Shop::open().await;
    died_while_it_claims(&shop).await;
    let running = shop.start();
    running.shows(|view| view.screen == Screen::Idle).await;
    assert_eq!(shop.charged(), [1_200], "its holder may be gone");
    gives(&shop, &running).await.unwrap();
    assert_eq!(shop.charged(), [1_200, -450]);
}

#[tokio::test]
async fn what_went_back_is_told_until_checkout_answers_over_any_restart() {
    let shop = Shop::open().await;
    let running = owes(&shop, &[450], &["approve 0674"]).await;
    shop.books.fail_once("ClaimRefundCredit", Fault::LoseReply);
    shop.books.fail_always("ReportRefundCredit", Fault::LoseReply);
    let giving = giving(&shop, &running);
    shop.books.wait_for_calls("ReportRefundCredit", 2).await;
    running.dies().await;
    drop(giving);
    shop.books.mend();
    let running = shop.start();
    running.shows(|view| view.screen == Screen::Idle).await;
    assert_eq!((shop.charged(), told(&shop)), (vec![1_200, -450], vec![(State::Done, 450)]));
}

#[tokio::test]
async fn money_that_went_back_although_a_person_said_otherwise_calls_somebody() {
    let shop = Shop::open().await;
    let running = owes(&shop, &[450], &["approve 0674"]).await;
    shop.books.fail_always("ReportRefundCredit", Fault::Refuse("CREDIT_SETTLED"));
    assert_eq!(gives(&shop, &running).await.unwrap_err(), Notice::Refund(Said::SettledElsewhere));
    let noted = |report: &pb::ReportTillRequest| {
        report.notes.iter().any(|note| (note.amount_minor, note.paid_minor) == (-450, -450))
    };
    shop.books.wait_for_report(noted).await;
    assert!(!is_attendant(&running.till.view()), "the till goes on");
}

#[tokio::test]
async fn a_till_that_trains_refunds_nothing() {
    let shop = Shop::open().await;
    let running = owes(&shop, &[450], &["approve 0674"]).await;
    shop.books.shelf().orders.training = true;
    running.till.next().await.unwrap();
    running.shows(|view| view.training).await;
    assert_eq!(gives(&shop, &running).await.unwrap_err(), Notice::Refund(Said::Training));
    assert_eq!(shop.charged(), [1_200]);
}

#[tokio::test]
async fn a_till_that_the_office_has_locked_refunds_nothing() {
    let shop = Shop::open().await;
    let running = owes(&shop, &[450], &["approve 0674"]).await;
    shop.books.shelf().orders.locked = true;
    running.till.next().await.unwrap();
    running.shows(|view| view.screen == Screen::Locked).await;
    assert_eq!(gives(&shop, &running).await.unwrap_err(), Notice::Locked);
    assert_eq!((shop.charged(), shop.books.calls("ClaimRefundCredit")), (vec![1_200], 0));
    assert_eq!(get(&page_of(&running), "/refunds").await.status, http::StatusCode::SEE_OTHER);
    shop.books.shelf().orders.locked = false;
    running.shows(|view| view.screen == Screen::Idle).await;
    gives(&shop, &running).await.unwrap();
    assert_eq!(shop.charged(), [1_200, -450]);
}

#[tokio::test]
async fn the_page_refunds_without_javascript_and_says_what_became_of_it() {
    let shop = Shop::open().await;
    let running = owes(&shop, &[450], &["approve 0674"]).await;
    let page = page_of(&running);
    running.till.next().await.unwrap();
    assert!(get(&page, "/").await.text.contains("href=\"/refunds\""));
    let form = get(&page, "/refunds").await.text;
    assert!(form.contains("Numéro de l’avoir") && form.contains("name=\"attendant_code\""), "{form}");
    let code = shop.attendant_code();
    let wrong = send(&page, "/refunds", &format!("number=trois&attendant_code={code}")).await;
    assert!(wrong.contains("Cela n’a pas été compris"), "{wrong}");
    let filled = format!("number=3&terminal_code=lille-02&attendant_code={code}");
    let given = send(&page, "/refunds", &filled).await;
    assert!(given.contains("Le remboursement est parti sur la carte."), "{given}");
    assert_eq!(shop.books.shelf().owed.told.len(), 1);
}

/// Gives the refund back in a task of its own.
fn giving(shop: &Shop, running: &Running) -> tokio::task::JoinHandle<Result<View, Notice>> {
    let (till, code) = (running.till.clone(), shop.attendant_code());
    tokio::spawn(async move { till.give_refund(&code, 3, "").await })
}
