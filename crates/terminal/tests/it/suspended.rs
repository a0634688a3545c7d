//! A shopper leaves with a code and comes back with it: nothing is lost on the way, and nothing is left for the next.

use prost::Message;
use proto::checkout::v1::resume_basket_request::Way;
use proto::checkout::v1::suspension_service_server::SuspensionService;
use proto::checkout::v1::{self as pb, BasketState};
use terminal::client::Refusal;
use terminal::receipt::{Mailbox, Wanted};
use terminal::stage::Stage;
use terminal::suspension::SuspensionCode;
use terminal::till::{Given, Notice, Screen, View};
use tonic::{Request, Response, Status};

use crate::books::{Fault, Shelf, refused};
use crate::checkout::{CARD, PlayedCheckout};
use crate::kiosk::{get, page_of, send};
use crate::membership::GREETING;
use crate::shop::{Running, Shop, total};
use crate::tickets::with_codes;

pub struct PlayedSuspension {
    pub checkout: PlayedCheckout,
}

#[tonic::async_trait]
impl SuspensionService for PlayedSuspension {
    async fn suspend_basket(
        &self,
        request: Request<pb::SuspendBasketRequest>,
    ) -> Result<Response<pb::SuspendBasketResponse>, Status> {
        let q = request.into_inner();
        self.checkout
            .play("SuspendBasket", |shelf| {
                let away = |basket: &mut pb::Basket| {
                    basket.set_state(BasketState::Suspended);
                    Ok(())
                };
                let id = (q.request_id.as_str(), q.encode_to_vec());
                let basket = shelf.edit(id, &q.basket_id, q.basket_version, &[BasketState::Open], away)?;
                shelf.suspended.insert(q.code_sha256.clone(), q.basket_id.clone());
                Ok(pb::SuspendBasketResponse { basket: Some(basket) })
            })
            .await
    }

    async fn resume_basket(
        &self,
        request: Request<pb::ResumeBasketRequest>,
    ) -> Result<Response<pb::ResumeBasketResponse>, Status> {
        let q = request.into_inner();
        self.checkout
            .play("ResumeBasket", |shelf| {
                if !shelf.resumed.contains_key(&q.request_id) {
                    let basket = found(shelf, q.way.as_ref()).map(|basket_id| back(shelf, &q, &basket_id));
                    shelf.resumed.insert(q.request_id.clone(), basket.transpose()?);
                }
                let basket = shelf.resumed[&q.request_id].clone();
                let basket = Some(basket.ok_or_else(|| refused("NOTHING_SUSPENDED"))?);
                Ok(pb::ResumeBasketResponse { basket })
            })
            .await
    }
}

fn found(shelf: &mut Shelf, way: Option<&Way>) -> Option<String> {
    match way? {
        Way::CodeSha256(hash) => shelf.suspended.remove(hash),
        Way::CardNumber(card) if card == CARD => shelf.suspended.drain().map(|(_, basket)| basket).next(),
        Way::CardNumber(_) => None,
    }
}

fn back(shelf: &mut Shelf, q: &pb::ResumeBasketRequest, basket_id: &str) -> Result<pb::Basket, Status> {
    let open = |basket: &mut pb::Basket| {
        basket.set_state(BasketState::Open);
        Ok(())
    };
    let id = (q.request_id.as_str(), q.encode_to_vec());
    shelf.edit(id, basket_id, 0, &[BasketState::Suspended], open)
}

fn code_of(view: &View) -> SuspensionCode {
    match view.screen {
        Screen::Suspended(code) => code,
        ref screen => panic!("no code: {screen:?}"),
    }
}

fn is_code(view: &View) -> bool {
    matches!(view.screen, Screen::Suspended(_))
}

fn is_idle(view: &View) -> bool {
    matches!(view.screen, Screen::Idle)
}

/// What the journal holds once its till is gone.
fn journal(shop: &Shop) -> (Stage, usize) {
    let remembered = terminal::journal::Journal::open(&shop.config.journal, &shop.config.code).unwrap();
    let remembered = remembered.read().unwrap();
    (remembered.stage, remembered.edits.len())
}

/// A till whose shopper, a member, has left with this code, which is still shown.
async fn left(shop: &Shop) -> (Running, SuspensionCode) {
    let running = shop.start_with(&["item-250"]).await;
    running.till.identify(CARD).await.unwrap();
    let code = code_of(&running.till.suspend().await.unwrap());
    (running, code)
}

#[tokio::test]
async fn a_shopper_leaves_with_a_code_and_nothing_of_them_is_left_for_the_next() {
    let shop = Shop::open().await;
    let (running, code) = left(&shop).await;
    let view = running.till.view();
    assert!(view.greeting.is_none() && view.basket().is_none());
    // Pressed twice, or scanned on by mistake: the code stays.
    assert_eq!(code_of(&running.till.suspend().await.unwrap()), code);
    assert_eq!(running.till.scan("item-100", 0).await.unwrap_err(), Notice::NoteTheCode);
    let shopper = running.till.view().shopper;
    let view = running.till.next().await.unwrap();
    assert!(is_idle(&view) && view.shopper > shopper);
    let page = get(&page_of(&running), "/").await.text;
    assert!(!page.contains(&code.text()) && !page.contains(&code.shown()), "{page}");
    let next = running.till.scan("item-100", 0).await.unwrap();
    assert_eq!((total(&next), next.basket().unwrap().member_identified), (100, false));
    assert_eq!(running.till.resume(&code.text()).await.unwrap_err(), Notice::FinishFirst);
    running.till.cancel().await.unwrap();
    running.stops().await;
    assert_eq!(journal(&shop), (Stage::Idle, 0));
}

#[tokio::test]
async fn the_code_leaves_the_screen_by_itself() {
    let mut shop = Shop::open().await;
    shop.config.idle_seconds = 1;
    let (running, _) = left(&shop).await;
    running.shows(is_idle).await;
    running.stops().await;
    assert_eq!(journal(&shop), (Stage::Idle, 0));
    assert!(shop.books.basket_in(BasketState::Suspended).is_some(), "it waits all the same");
}

#[tokio::test]
async fn the_basket_comes_back_by_its_code_or_by_the_card_of_its_member() {
    let shop = Shop::open().await;
    let (running, code) = left(&shop).await;
    running.till.next().await.unwrap();
    for typed in ["", "ACDE", "item-250"] {
        assert_eq!(running.till.resume(typed).await.unwrap_err(), Notice::NotACode);
    }
    let wrong = running.till.resume(&SuspensionCode::fresh().text()).await.unwrap_err();
    assert_eq!(wrong, Notice::Refused(Refusal::NothingSuspended));
    assert!(is_idle(&running.till.view()));
    let view = running.till.resume(&code.shown().to_lowercase()).await.unwrap();
    assert_eq!((total(&view), view.greeting), (250, None));
    running.till.scan("item-100", 0).await.unwrap();
    running.till.suspend().await.unwrap();
    running.till.next().await.unwrap();
    let view = running.till.resume(CARD).await.unwrap();
    assert_eq!((total(&view), view.greeting.as_deref()), (350, Some(GREETING)));
    let sale = running.till.pay().await.unwrap();
    assert_eq!(sale.sale().unwrap().total_minor, 350);
    assert_eq!(shop.charged(), [350]);
}

#[tokio::test]
async fn a_shopper_without_scripts_leaves_and_comes_back_key_by_key() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    let page = page_of(&running);
    assert!(get(&page, "/").await.text.contains("Mettre en attente"));
    let shown = send(&page, "/suspend", "").await;
    let code = code_of(&running.till.view());
    assert!(shown.contains("Notez ce code") && shown.contains(&code.shown()), "{shown}");
    assert!(send(&page, "/next", "").await.contains("Reprendre mes achats"));
    let mut typing = get(&page, "/resume").await.text;
    let mut typed = String::new();
    for key in code.text().chars() {
        assert!(typing.contains(&format!("name=\"key\" value=\"{key}\"")), "{typing}");
        typing = send(&page, "/resume", &format!("code={typed}&key={key}")).await;
        typed.push(key);
        assert!(typing.contains(&format!("name=\"code\" type=\"text\" value=\"{typed}\"")), "{typing}");
    }
    let erased = send(&page, "/resume", &format!("code={typed}&key=back")).await;
    assert!(erased.contains(&format!("value=\"{}\"", &typed[..7])), "{erased}");
    let wrong = send(&page, "/resume", &format!("code={}", &typed[..7])).await;
    assert!(wrong.contains("huit lettres et chiffres"), "{wrong}");
    let basket = send(&page, "/resume", &format!("code={typed}")).await;
    assert!(basket.contains("Votre panier") && basket.contains("2,50"), "{basket}");
    // While somebody is served there is nothing to be resumed.
    assert_eq!(get(&page, "/resume").await.status, http::StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_till_that_stops_while_the_code_is_shown_shows_it_again() {
    let shop = Shop::open().await;
    let (running, code) = left(&shop).await;
    running.dies().await;
    let running = shop.start();
    assert_eq!(code_of(&running.shows(is_code).await), code);
    // The shopper was quicker at another till: nothing is shown any more.
    running.dies().await;
    shop.books.fail_always("SuspendBasket", Fault::Refuse("BASKET_MOVED"));
    let running = shop.start();
    running.shows(is_idle).await;
    running.stops().await;
    assert_eq!(journal(&shop), (Stage::Idle, 0));
}

#[tokio::test]
async fn a_suspension_whose_answer_is_lost_is_told_again_and_the_basket_is_whole() {
    for fault in [Fault::LoseReply, Fault::Unavailable] {
        let shop = Shop::open().await;
        let running = shop.start_with(&["item-250", "item-100"]).await;
        shop.books.fail_always("SuspendBasket", fault);
        let till = running.till.clone();
        let leaving = tokio::spawn(async move { till.suspend().await });
        shop.books.wait_for_calls("SuspendBasket", 1).await;
        running.dies().await;
        leaving.await.unwrap().unwrap_err();
        shop.books.mend();
        let running = shop.start();
        let code = code_of(&running.shows(is_code).await);
        running.till.next().await.unwrap();
        assert_eq!(total(&running.till.resume(&code.text()).await.unwrap()), 350, "{fault:?}");
    }
}

#[tokio::test]
async fn a_resumption_whose_answer_is_lost_is_asked_for_again_and_the_basket_is_whole() {
    for (fault, is_here) in [(Fault::LoseReply, true), (Fault::Unavailable, false)] {
        let shop = Shop::open().await;
        let (running, code) = left(&shop).await;
        running.till.next().await.unwrap();
        shop.books.fail_always("ResumeBasket", fault);
        let till = running.till.clone();
        let coming = tokio::spawn(async move { till.resume(CARD).await });
        shop.books.wait_for_calls("ResumeBasket", 1).await;
        running.dies().await;
        coming.await.unwrap().unwrap_err();
        let kept = std::fs::read(&shop.config.journal).unwrap();
        assert!(
            !kept.windows(CARD.len()).any(|bytes| bytes == CARD.as_bytes()),
            "the card is nobody's to keep"
        );
        shop.books.mend();
        let running = shop.start();
        let view = running.ready().await;
        assert_eq!(view.basket().is_some(), is_here, "{fault:?}");
        if !is_here {
            // The request never came, and never does; the shopper tries once more.
            running.till.resume(&code.text()).await.unwrap();
        }
        assert_eq!(total(&running.till.view()), 250, "{fault:?}");
        assert_eq!(shop.books.shelf().baskets.len(), 1);
    }
}

#[tokio::test]
async fn a_basket_that_its_shopper_took_to_another_till_is_never_copied() {
    let shop = Shop::open().await;
    for at_start in [false, true] {
        let running = shop.start_with(&["item-250"]).await;
        let (page, before) = (page_of(&running), running.till.view().shopper);
        assert!(send(&page, "/language", "language=en").await.contains("Your basket"));
        for rpc in ["GetBasket", "ScanItem"] {
            shop.books.fail_always(rpc, Fault::Refuse("BASKET_MOVED"));
        }
        let opened = shop.books.calls("OpenBasket");
        let running = if at_start {
            running.dies().await;
            shop.start()
        } else {
            assert_eq!(running.till.scan("item-100", 0).await.unwrap_err(), Notice::BasketChanged);
            assert!(running.till.view().shopper > before, "whoever comes now is somebody else");
            assert!(get(&page, "/").await.text.contains("Bonjour !"), "in their own language");
            running
        };
        running.shows(is_idle).await;
        assert_eq!(shop.books.calls("OpenBasket"), opened, "its lines are the other till's");
        shop.books.mend();
        running.stops().await;
        assert_eq!(journal(&shop), (Stage::Idle, 0));
    }
}

#[tokio::test]
async fn edits_that_checkout_lost_are_brought_back_before_the_basket_is_suspended() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250", "item-100"]).await;
    shop.books.throw_back(1);
    let code = code_of(&running.till.suspend().await.unwrap());
    running.till.next().await.unwrap();
    assert_eq!(total(&running.till.resume(&code.text()).await.unwrap()), 350);
}

#[tokio::test]
async fn an_empty_basket_is_not_suspended_and_stays() {
    let shop = Shop::open().await;
    let running = shop.start_with(&[]).await;
    assert_eq!(running.till.suspend().await.unwrap_err(), Notice::NoBasket);
    running.till.identify(CARD).await.unwrap();
    shop.books.fail_once("SuspendBasket", Fault::Refuse("BASKET_EMPTY"));
    let refused = running.till.suspend().await.unwrap_err();
    assert_eq!(refused, Notice::Refused(Refusal::BasketEmpty));
    assert!(running.till.view().basket().unwrap().member_identified);
}

/// A guest's basket with a typed address, suspended and resumed.
async fn resumed_with_an_address() -> (Shop, Running) {
    let shop = with_codes().await;
    let running = shop.start_with(&["item-250"]).await;
    let mailbox = Mailbox::parse("invitee@example.org").unwrap();
    running.till.choose_receipt(Wanted::TypedEmail(mailbox)).await.unwrap();
    let code = code_of(&running.till.suspend().await.unwrap());
    running.till.next().await.unwrap();
    running.till.resume(&code.text()).await.unwrap();
    assert_eq!(shop.books.shelf().addresses.len(), 1, "it goes along with the basket");
    (shop, running)
}

#[tokio::test]
async fn an_address_is_forgotten_when_a_resumed_basket_is_given_up() {
    for is_given_up in [true, false] {
        let (shop, running) = resumed_with_an_address().await;
        if is_given_up {
            running.till.cancel().await.unwrap();
        } else {
            running.till.choose_receipt(Wanted::Qr).await.unwrap();
        }
        shop.books.wait_for_calls("ForgetGuestContact", 1).await;
        assert!(shop.books.shelf().addresses.is_empty());
    }
}

#[tokio::test]
async fn the_ticket_of_a_resumed_basket_goes_to_the_address_that_was_typed() {
    let (shop, running) = resumed_with_an_address().await;
    let paid = running.till.pay().await.unwrap();
    assert_eq!(paid.sale().unwrap().given, Given::TypedEmail);
    assert_eq!(shop.books.calls("ForgetGuestContact"), 0);
}
