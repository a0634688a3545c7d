//! What people of the store decide reaches the till in the answer to its own report; and the shopper's call for one of them.

use proto::checkout::v1::till_service_server::TillService;
use proto::checkout::v1::{
    self as pb, InterventionDecision as Decision, InterventionKind as Kind, TillStage,
};
use terminal::till::{Notice, Screen};
use tonic::{Request, Response, Status};

use crate::books::{Books, Fault, refused};
use crate::kiosk::{get, page_of, send};
use crate::shop::{Shop, is_attendant, is_thanks};

pub struct PlayedTills {
    pub books: Books,
}

fn call() -> pb::Intervention {
    pb::Intervention { intervention_id: "call".into(), kind: Kind::Help.into(), ..Default::default() }
}

#[tonic::async_trait]
impl TillService for PlayedTills {
    async fn claim_till(
        &self,
        request: Request<pb::ClaimTillRequest>,
    ) -> Result<Response<pb::ClaimTillResponse>, Status> {
        let fault = self.books.called("ClaimTill");
        let generation = match fault {
            Some(Fault::Unavailable) => return Err(Status::unavailable("the database is away")),
            Some(Fault::Refuse(reason)) => return Err(refused(reason)),
            Some(Fault::LoseReply) | None => self.books.claimed(request.into_inner()),
        };
        match fault {
            Some(_) => Err(Status::unavailable("the answer is lost")),
            None => Ok(Response::new(pb::ClaimTillResponse { generation })),
        }
    }

    async fn report_till(
        &self,
        request: Request<pb::ReportTillRequest>,
    ) -> Result<Response<pb::ReportTillResponse>, Status> {
        let told = self.books.reported(request.into_inner());
        self.books.called("ReportTill");
        Ok(Response::new(told))
    }

    async fn call_attendant(
        &self,
        _: Request<pb::CallAttendantRequest>,
    ) -> Result<Response<pb::CallAttendantResponse>, Status> {
        self.books.shelf().orders.waiting = vec![call()];
        self.books.called("CallAttendant");
        Ok(Response::new(pb::CallAttendantResponse { intervention: Some(call()) }))
    }

    async fn withdraw_call(
        &self,
        request: Request<pb::WithdrawCallRequest>,
    ) -> Result<Response<pb::WithdrawCallResponse>, Status> {
        assert_eq!(request.into_inner().intervention_id, "call");
        self.books.shelf().orders.waiting.clear();
        Ok(Response::new(pb::WithdrawCallResponse { intervention: Some(call()) }))
    }
}

#[tokio::test]
async fn the_help_button_calls_somebody_and_the_call_can_be_taken_back() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    let page = page_of(&running);
    assert!(get(&page, "/").await.text.contains("id=\"help\""));
    let called = send(&page, "/help", "").await;
    assert!(called.contains("Une personne de l’équipe est prévenue."), "{called}");
    assert!(called.contains("id=\"no-help\"") && called.contains("Votre panier"), "{called}");
    send(&page, "/help", "").await;
    assert_eq!(shop.books.calls("CallAttendant"), 1);
    let page_after = send(&page, "/no-help", "").await;
    assert!(page_after.contains("id=\"help\""), "{page_after}");
    // Somebody came: the screen says nothing of it any more.
    send(&page, "/help", "").await;
    shop.books.shelf().orders.waiting.clear();
    running.shows(|view| !view.called).await;
}

#[tokio::test]
async fn the_till_says_what_it_is_doing_at_each_change() {
    let shop = Shop::open().await;
    let running = shop.start();
    let stage = |wanted| move |report: &pb::ReportTillRequest| report.stage() == wanted;
    shop.books.wait_for_report(stage(TillStage::Idle)).await;
    running.till.scan("item-118", 0).await.unwrap();
    let basket_id = running.till.view().basket().unwrap().basket_id.clone();
    shop.books
        .wait_for_report(|report| report.stage() == TillStage::Scanning && report.basket_id == basket_id)
        .await;
    let paying = running.paying();
    shop.books.wait_for_report(stage(TillStage::Paying)).await;
    running.shows(is_attendant).await;
    shop.books
        .wait_for_report(|report| {
            report.trouble() == Kind::PaymentUnknown
                && report.amount_minor == 118
                && report.asked_time.is_some()
        })
        .await;
    paying.await.unwrap().unwrap_err();
}

#[tokio::test]
async fn a_person_settles_an_unknown_payment_on_the_page_of_the_store() {
    for (decision, is_sold) in [(Decision::Approve, true), (Decision::Refuse, false)] {
        let shop = Shop::open().await;
        let running = shop.start_with(&["item-118"]).await;
        running.till.pay().await.unwrap_err();
        running.shows(is_attendant).await;
        shop.books.wait_for_report(|report| report.trouble() == Kind::PaymentUnknown).await;
        shop.books.shelf().orders.settlement = Some(pb::Intervention {
            decision: decision.into(),
            pan_last4: "6368".into(),
            ..Default::default()
        });
        if is_sold {
            running.shows(is_thanks).await;
            assert_eq!(shop.books.sales()[0].payments[0].card.as_ref().unwrap().pan_last4, "6368");
        } else {
            running.shows(|view| matches!(view.screen, Screen::Scanning(_))).await;
            assert!(shop.books.sales().is_empty());
        }
        assert!(shop.charged().len() <= 1, "nothing is charged again");
    }
}

#[tokio::test]
async fn a_till_that_was_settled_from_afar_goes_on_by_itself() {
    for (decision, is_sold) in [(Decision::Approve, true), (Decision::Refuse, false)] {
        let mut shop = Shop::open().await;
        (shop.config.thanks_seconds, shop.config.idle_seconds) = (1, 1);
        let running = shop.start_with(&["item-118"]).await;
        running.till.pay().await.unwrap_err();
        shop.books.wait_for_report(|report| report.trouble() == Kind::PaymentUnknown).await;
        shop.books.shelf().orders.settlement = Some(pb::Intervention {
            decision: decision.into(),
            pan_last4: "6368".into(),
            ..Default::default()
        });
        if is_sold {
            running.shows(is_thanks).await;
            running.shows(|view| matches!(view.screen, Screen::Idle)).await;
        } else {
            running.shows(|view| view.notice == Some(Notice::StillThere)).await;
        }
    }
}

#[tokio::test]
async fn a_basket_that_was_closed_from_afar_makes_way_for_the_next_shopper() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-1900"]).await;
    shop.books.decide(|basket| basket.approval_age = 18);
    let before = running.shows(|view| view.basket().is_some_and(|basket| basket.approval_age == 18)).await;
    shop.books.decide(|basket| {
        basket.approval_age = 0;
        basket.set_state(pb::BasketState::Cancelled);
    });
    let view = running.shows(|view| matches!(view.screen, Screen::Idle)).await;
    assert!(view.shopper > before.shopper);
    assert_eq!((view.notice, view.gives_up), (None, None));
}

#[tokio::test]
async fn what_somebody_decides_about_the_basket_is_on_the_screen_by_itself() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-1900"]).await;
    shop.books.decide(|basket| basket.approval_age = 18);
    running.shows(|view| view.basket().is_some_and(|basket| basket.approval_age == 18)).await;
    let page = get(&page_of(&running), "/").await.text;
    assert!(page.contains("vérifie votre âge") && page.contains("18 ans"), "{page}");
    shop.books.decide(|basket| (basket.approval_age, basket.approved_age) = (0, 18));
    let view = running.shows(|view| view.notice == Some(Notice::Approved)).await;
    assert_eq!(view.basket().unwrap().approval_age, 0);
    shop.books.decide(|basket| basket.approval_age = 21);
    running.shows(|view| view.basket().is_some_and(|basket| basket.approval_age == 21)).await;
    shop.books.decide(|basket| {
        basket.approval_age = 0;
        basket.lines.clear();
    });
    let view = running.shows(|view| view.notice == Some(Notice::GoodsTakenOut)).await;
    assert!(view.basket().unwrap().lines.is_empty());
    // The shopper goes on with the basket as it is now.
    running.till.scan("item-250", 0).await.unwrap();
    assert!(is_thanks(&running.till.pay().await.unwrap()));
}

#[tokio::test]
async fn a_locked_till_lets_its_shopper_finish_and_takes_no_next() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    shop.books.shelf().orders.locked = true;
    shop.books.decide(|_| {});
    running.shows(|view| view.basket().is_some_and(|basket| basket.basket_version == 3)).await;
    running.till.scan("item-100", 0).await.unwrap();
    assert!(is_thanks(&running.till.pay().await.unwrap()));
    let view = running.till.next().await.unwrap();
    assert!(matches!(view.screen, Screen::Locked), "{view:?}");
    assert_eq!(running.till.scan("item-250", 0).await.unwrap_err(), Notice::Locked);
    assert!(get(&page_of(&running), "/").await.text.contains("Caisse fermée"));
    shop.books.shelf().orders.locked = false;
    running.shows(|view| matches!(view.screen, Screen::Idle)).await;
    running.till.scan("item-250", 0).await.unwrap();
}

#[tokio::test]
async fn a_till_that_is_opened_again_by_the_office_says_so_by_itself() {
    let shop = Shop::open().await;
    shop.books.shelf().orders.locked = true;
    let running = shop.start();
    running.shows(|view| view.screen == Screen::Locked).await;
    assert_eq!(running.till.scan("item-250", 0).await.unwrap_err(), Notice::Locked);
    let page = page_of(&running);
    assert!(get(&page, "/").await.text.contains("Cette caisse est fermée"));
    let mut changes = running.till.watch();
    changes.mark_unchanged();
    shop.books.shelf().orders.locked = false;
    // With the next report, a few seconds later at most, the page hears of a change, and nothing on it says that the till is closed.
    changes.changed().await.unwrap();
    let view = running.till.view();
    assert_eq!((view.screen, view.notice), (Screen::Idle, None));
    assert!(!get(&page, "/").await.text.contains("fermée"));
}

#[tokio::test]
async fn the_countdown_is_on_the_screen_and_can_be_extended_and_the_end_of_it_is_told() {
    let mut shop = Shop::open().await;
    shop.config.idle_seconds = 1;
    let running = shop.start_with(&["item-250"]).await;
    let view = running.shows(|view| view.notice == Some(Notice::StillThere)).await;
    assert!(view.gives_up.is_some());
    let page = get(&page_of(&running), "/").await.text;
    assert!(page.contains("id=\"countdown\"") && page.contains("id=\"go-on\""), "{page}");
    let view = running.till.next().await.unwrap();
    assert!(view.gives_up.is_none() && view.basket().is_some());
    running.shows(|view| matches!(view.screen, Screen::Idle)).await;
    assert_eq!(shop.books.shelf().causes, [pb::CancelCause::Idle]);
}

#[tokio::test]
async fn a_decision_during_the_countdown_leaves_the_countdown_on_the_screen() {
    let mut shop = Shop::open().await;
    shop.config.idle_seconds = 3;
    let running = shop.start_with(&["item-1900"]).await;
    shop.books.decide(|basket| basket.approval_age = 18);
    // What is new in its report the till says at once.
    running.till.finds(vec![pb::TillFinding::ScaleSilent]);
    running.shows(|view| view.basket().is_some_and(|basket| basket.approval_age == 18)).await;
    running.shows(|view| view.notice == Some(Notice::StillThere)).await;
    shop.books.decide(|basket| (basket.approval_age, basket.approved_age) = (0, 18));
    running.till.finds(Vec::new());
    let view = running.shows(|view| view.notice == Some(Notice::Approved)).await;
    assert!(view.gives_up.is_some(), "nobody has touched the till");
    let page = page_of(&running);
    let text = get(&page, "/").await.text;
    assert!(text.contains("Vous pouvez payer") && text.contains("id=\"countdown\""), "{text}");
    let text = send(&page, "/next", "").await;
    assert!(text.contains("Votre panier") && !text.contains("id=\"countdown\""), "{text}");
}

#[tokio::test]
async fn the_basket_is_never_given_up_while_the_card_terminal_is_busy() {
    let mut shop = Shop::open().await;
    // The card terminal gives no answer for two seconds, twice as long as nobody may touch the till.
    shop.config.idle_seconds = 1;
    let running = shop.start_with(&["item-118"]).await;
    let paying = running.paying();
    let view = running.shows(is_attendant).await;
    assert!(view.gives_up.is_none());
    paying.await.unwrap().unwrap_err();
    assert!(shop.books.shelf().causes.is_empty());
}

#[tokio::test]
async fn an_attendant_scans_a_part_of_a_drawn_basket_again_at_the_till() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250", "item-100"]).await;
    let page = page_of(&running);
    assert!(!get(&page, "/").await.text.contains("id=\"audit\""), "it was not drawn");
    shop.books.decide(|basket| basket.audit_waits = true);
    running.shows(|view| view.basket().is_some_and(|basket| basket.audit_waits)).await;
    assert!(get(&page, "/").await.text.contains("id=\"audit\""));
    let first = send(&page, "/audit", "codes=&code=item-250").await;
    assert!(first.contains("1 scannés à nouveau") && first.contains("<li>item-250</li>"), "{first}");
    let second = send(&page, "/audit", "codes=item-250&code=item-999").await;
    assert!(second.contains("2 scannés à nouveau"), "{second}");
    let wrong = send(&page, "/audit/end", "codes=item-250%0Aitem-999&attendant_code=0000").await;
    assert!(wrong.contains("id=\"audit\""), "{wrong}");
    assert_eq!(shop.books.calls("RecordAudit"), 0);
    // Who scans nothing has not looked.
    let nothing = format!("codes=%0A+%0A&attendant_code={}", shop.attendant_code());
    let waits = send(&page, "/audit/end", &nothing).await;
    assert!(waits.contains("id=\"audit\"") && waits.contains("Ce code n’est pas lisible."), "{waits}");
    assert_eq!((shop.books.calls("RecordAudit"), running.till.view().recount), (0, None));
    shop.books.fail_once("RecordAudit", Fault::Refuse("NOTHING_SCANNED"));
    let misread = format!("codes=item-0&attendant_code={}", shop.attendant_code());
    let waits = send(&page, "/audit/end", &misread).await;
    assert!(waits.contains("id=\"audit\"") && waits.contains("Ce code n’est pas lisible."), "{waits}");
    let form = format!("codes=item-250%0Aitem-999&attendant_code={}", shop.attendant_code());
    let ended = send(&page, "/audit/end", &form).await;
    assert!(ended.contains("Contrôle : dans le panier 2, absents du panier 1, non vérifiés 2"), "{ended}");
    assert!(!ended.contains("id=\"audit\""), "{ended}");
    assert_eq!(shop.books.calls("RecordAudit"), 2);
}
