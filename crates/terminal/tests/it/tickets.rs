//! How the ticket is wanted and what becomes of it: the played part, and the promises.

use proto::checkout::v1 as pb;
use proto::membership::v1 as members;
use terminal::{
    paper::{
        PrinterFailure,
        sink::{self, Health, Sink},
    },
    receipt::{Mailbox, Wanted},
    till::{Given, Notice, Screen},
};
use tonic::{Response, Status};

use crate::books::{Books, Fault, Shelf, refused};
use crate::checkout::CARD;
use crate::kiosk::{page_of, send};
use crate::shop::{Running, Shop, is_thanks, listener};

pub fn choose(
    shelf: &mut Shelf,
    request: &pb::ChooseReceiptRequest,
) -> Result<pb::ChooseReceiptResponse, Status> {
    let content = format!("{request:?}").into_bytes();
    let basket = shelf.edit(
        (&request.request_id, content),
        &request.basket_id,
        request.basket_version,
        &[pb::BasketState::Open],
        |basket| {
            basket.set_receipt_choice(request.choice());
            basket.guest_contact_id.clone_from(&request.guest_contact_id);
            Ok(())
        },
    )?;
    shelf.choices.push(request.clone());
    Ok(pb::ChooseReceiptResponse { basket: Some(basket) })
}

pub fn print(shelf: &mut Shelf, request: &pb::PrintTicketRequest) -> Result<pb::PrintTicketResponse, Status> {
    let found = shelf.sales.iter().find(|ticket| ticket.sale_id == request.sale_id);
    let ticket = found.cloned().ok_or_else(|| refused("NOT_FOUND"))?;
    let before = shelf.papers.iter().filter(|sale_id| **sale_id == request.sale_id).count();
    shelf.papers.push(request.sale_id.clone());
    let first = i64::from(ticket.receipt_choice() != pb::ReceiptChoice::Paper);
    let copy = first + i64::try_from(before).unwrap();
    let slip_texts = shelf.slips.last().cloned().into_iter().collect();
    Ok(pb::PrintTicketResponse { ticket: Some(ticket), slip_texts, copy })
}

pub fn keep(
    books: &Books,
    request: members::KeepGuestContactRequest,
) -> Result<Response<members::KeepGuestContactResponse>, Status> {
    if books.called("KeepGuestContact").is_some() {
        return Err(Status::unavailable("membership is away"));
    }
    books.shelf().addresses.push((request.guest_contact_id, request.email));
    Ok(Response::new(members::KeepGuestContactResponse::default()))
}

pub fn forget(
    books: &Books,
    request: &members::ForgetGuestContactRequest,
) -> Result<Response<members::ForgetGuestContactResponse>, Status> {
    books.shelf().addresses.retain(|(guest_contact_id, _)| *guest_contact_id != request.guest_contact_id);
    // Whoever waits for the call finds the address gone.
    match books.called("ForgetGuestContact") {
        Some(_) => Err(Status::unavailable("membership is away")),
        None => Ok(Response::new(members::ForgetGuestContactResponse {})),
    }
}

/// A shop whose till shows codes.
pub async fn with_codes() -> Shop {
    let mut shop = Shop::open().await;
    shop.config.public_url = Some("https://tickets.example".parse().unwrap());
    shop
}

/// A shop whose till has a printer.
pub async fn with_printer() -> (Shop, Sink) {
    let mut shop = Shop::open().await;
    let (at, sink) = (listener().await, Sink::default());
    shop.config.printer_addr = Some(at.local_addr().unwrap().to_string());
    tokio::spawn(sink::serve(at, sink.clone(), platform::Shutdown::new()));
    (shop, sink)
}

fn choices(shop: &Shop) -> Vec<pb::ReceiptChoice> {
    shop.books.shelf().choices.iter().map(pb::ChooseReceiptRequest::choice).collect()
}

fn given(running: &Running) -> Given {
    running.till.view().sale().unwrap().given
}

#[tokio::test]
async fn a_guest_who_says_nothing_gets_the_code_and_its_hash_is_all_that_travels() {
    let shop = with_codes().await;
    let running = shop.start_with(&["item-250"]).await;
    running.till.pay().await.unwrap();
    let Given::Qr(token) = given(&running) else { panic!("{:?}", given(&running)) };
    let told = shop.books.shelf().choices.clone();
    assert_eq!((told.len(), &told[0].token_sha256), (1, &token.sha256()));
    assert!(!format!("{told:?}").contains(&token.text()));
    // The next one gets another.
    running.till.scan("item-300", 0).await.unwrap();
    running.till.pay().await.unwrap();
    assert!(matches!(given(&running), Given::Qr(other) if other != token));
}

#[tokio::test]
async fn nothing_is_scanned_any_more_while_the_usual_ticket_is_being_chosen() {
    let shop = with_codes().await;
    let running = shop.start_with(&["item-250"]).await;
    shop.books.fail_always("ChooseReceipt", Fault::Unavailable);
    let paying = running.paying();
    running.shows(|view| matches!(view.screen, Screen::Paying { total_minor: 250 })).await;
    // The till still asks for the code: it gets it once checkout answers.
    shop.books.mend();
    paying.await.unwrap().unwrap();
    assert!(matches!(given(&running), Given::Qr(_)));
}

#[tokio::test]
async fn a_member_gets_the_mail_without_being_asked_for_anything_and_may_choose_otherwise() {
    let shop = with_codes().await;
    let running = shop.start_with(&["item-250"]).await;
    running.till.identify(CARD).await.unwrap();
    running.till.pay().await.unwrap();
    assert_eq!((choices(&shop), given(&running)), (Vec::new(), Given::CardEmail));
    running.till.scan("item-250", 0).await.unwrap();
    running.till.identify(CARD).await.unwrap();
    running.till.choose_receipt(Wanted::Nothing).await.unwrap();
    running.till.pay().await.unwrap();
    assert_eq!((choices(&shop), given(&running)), (vec![pb::ReceiptChoice::None], Given::Nothing));
}

#[tokio::test]
async fn the_ticket_is_chosen_in_the_language_of_the_page() {
    let shop = with_codes().await;
    let running = shop.start_with(&[]).await;
    for (page, language) in [("", "fr"), ("language=en", "en")] {
        running.till.scan("item-250", 0).await.unwrap();
        let kiosk = page_of(&running);
        if !page.is_empty() {
            send(&kiosk, "/language", page).await;
        }
        send(&kiosk, "/receipt", "choice=none").await;
        let told = shop.books.shelf().choices.last().unwrap().language.clone();
        assert_eq!(told, language);
        running.shows(is_thanks).await;
        running.till.next().await.unwrap();
    }
}

#[tokio::test]
async fn a_guest_who_turns_out_to_be_a_member_after_a_refused_card_gets_the_mail() {
    let shop = with_codes().await;
    let running = shop.start_with(&["item-113"]).await;
    running.till.pay().await.unwrap_err();
    running.till.identify(CARD).await.unwrap();
    running.till.scan("item-100", 0).await.unwrap();
    running.till.remove(1).await.unwrap();
    running.till.pay().await.unwrap();
    assert_eq!(choices(&shop), [pb::ReceiptChoice::Qr, pb::ReceiptChoice::CardEmail]);
    assert_eq!(given(&running), Given::CardEmail);
}

#[tokio::test]
async fn an_address_goes_to_membership_and_the_till_forgets_it_at_once() {
    let shop = with_codes().await;
    let running = shop.start_with(&["item-250"]).await;
    let mailbox = Mailbox::parse("invitee.unique@example.org").unwrap();
    shop.books.fail_once("KeepGuestContact", Fault::Unavailable);
    let away = running.till.choose_receipt(Wanted::TypedEmail(mailbox.clone())).await;
    assert_eq!(away.unwrap_err(), Notice::AddressNotKept);
    running.till.choose_receipt(Wanted::TypedEmail(mailbox)).await.unwrap();
    let kept = shop.books.shelf().addresses.clone();
    let told = shop.books.shelf().choices.clone();
    assert_eq!(kept, [(told[0].guest_contact_id.clone(), "invitee.unique@example.org".to_owned())]);
    assert!(!format!("{:?} {told:?}", running.till.view()).contains("invitee"));
    let journal = String::from_utf8_lossy(&std::fs::read(&shop.config.journal).unwrap()).into_owned();
    assert!(journal.contains(&told[0].guest_contact_id) && !journal.contains("invitee"));
    running.till.pay().await.unwrap();
    assert_eq!(given(&running), Given::TypedEmail);
}

/// The addresses that membership keeps.
fn addresses(shop: &Shop) -> Vec<String> {
    shop.books.shelf().addresses.iter().map(|(_, email)| email.clone()).collect()
}

#[tokio::test]
async fn an_address_is_forgotten_at_once_when_another_way_is_chosen_or_the_basket_is_given_up() {
    let shop = with_codes().await;
    let running = shop.start_with(&["item-250"]).await;
    let typed = |text: &str| Wanted::TypedEmail(Mailbox::parse(text).unwrap());
    running.till.choose_receipt(typed("premiere@example.org")).await.unwrap();
    running.till.choose_receipt(typed("seconde@example.org")).await.unwrap();
    shop.books.wait_for_calls("ForgetGuestContact", 1).await;
    assert_eq!(addresses(&shop), ["seconde@example.org"]);
    // A till that was restarted knows by its journal which ones there are.
    running.dies().await;
    let running = shop.start();
    running.ready().await;
    running.till.choose_receipt(Wanted::Qr).await.unwrap();
    shop.books.wait_for_calls("ForgetGuestContact", 3).await;
    assert!(addresses(&shop).is_empty());
    running.till.choose_receipt(typed("derniere@example.org")).await.unwrap();
    running.till.cancel().await.unwrap();
    shop.books.wait_for_calls("ForgetGuestContact", 8).await;
    assert!(addresses(&shop).is_empty());
}

#[tokio::test]
async fn an_address_is_kept_when_the_basket_is_paid_or_its_shopper_takes_it_along() {
    let shop = with_codes().await;
    let running = shop.start_with(&["item-250"]).await;
    let mailbox = Mailbox::parse("invitee@example.org").unwrap();
    for leaves in [false, true] {
        running.till.scan("item-300", 0).await.unwrap();
        running.till.choose_receipt(Wanted::TypedEmail(mailbox.clone())).await.unwrap();
        if leaves {
            running.till.suspend().await.unwrap();
        } else {
            running.till.pay().await.unwrap();
        }
        running.till.next().await.unwrap();
    }
    assert_eq!((addresses(&shop).len(), shop.books.calls("ForgetGuestContact")), (2, 0));
}

#[tokio::test]
async fn a_code_survives_a_crash_between_the_payment_and_the_ticket() {
    let shop = with_codes().await;
    let running = shop.start_with(&["item-250"]).await;
    running.till.choose_receipt(Wanted::Qr).await.unwrap();
    shop.books.fail_always("CompleteSale", Fault::Unavailable);
    let paying = running.paying();
    shop.books.wait_for_calls("CompleteSale", 1).await;
    running.dies().await;
    paying.await.unwrap().unwrap_err();
    shop.books.mend();
    let again = shop.start();
    again.shows(is_thanks).await;
    let told = shop.books.shelf().choices[0].token_sha256.clone();
    assert!(matches!(given(&again), Given::Qr(token) if token.sha256() == told));
}

#[tokio::test]
async fn nobody_gets_paper_unasked() {
    let (shop, sink) = with_printer().await;
    let running = shop.start_with(&["item-250"]).await;
    running.till.pay().await.unwrap();
    assert_eq!((given(&running), sink.papers()), (Given::AtDesk, Vec::new()));
    running.till.scan("item-250", 0).await.unwrap();
    running.till.choose_receipt(Wanted::Nothing).await.unwrap();
    running.till.pay().await.unwrap();
    assert_eq!(sink.papers(), Vec::<String>::new());
    // Asked for afterwards, it is a duplicate: the original was not wanted.
    assert_eq!(running.print().await, Some(Notice::Printed));
    assert!(sink.papers()[0].contains("DUPLICATA 1"));
}

#[tokio::test]
async fn a_second_paper_is_a_duplicata_and_differs_in_nothing_else() {
    let (shop, sink) = with_printer().await;
    let running = shop.start_with(&["item-250", "item-250"]).await;
    running.till.choose_receipt(Wanted::Paper).await.unwrap();
    running.till.pay().await.unwrap();
    for _ in 0..2 {
        assert_eq!(running.printed().await, Some(Notice::Printed));
        running.till.print().await.unwrap();
    }
    assert_eq!(running.printed().await, Some(Notice::Printed));
    let papers = sink.papers();
    assert!(papers[0].contains("ORIGINAL\n") && papers[0].contains("TOTAL TTC"), "{}", papers[0]);
    assert_eq!(papers.len(), 3);
    for (number, paper) in papers.iter().enumerate().skip(1) {
        assert_eq!(paper.replace(&format!("DUPLICATA {number}\n"), "ORIGINAL\n"), papers[0]);
    }
}

#[tokio::test]
async fn a_printer_without_paper_is_said_and_there_are_never_two_originals() {
    let (shop, sink) = with_printer().await;
    let running = shop.start_with(&["item-250"]).await;
    running.till.choose_receipt(Wanted::Paper).await.unwrap();
    sink.is(Health::PaperEnd);
    running.till.pay().await.unwrap();
    assert_eq!(running.printed().await, Some(Notice::NotPrinted(PrinterFailure::PaperEnd)));
    assert_eq!(shop.books.calls("PrintTicket"), 0, "no number is given for a paper that cannot come");
    sink.is(Health::CoverOpen);
    assert_eq!(running.print().await, Some(Notice::NotPrinted(PrinterFailure::CoverOpen)));
    // The paper ends in the middle: what hangs out of the printer may be taken for the original, so the next one is none.
    sink.is(Health::PaperEndsSoon);
    assert_eq!(running.print().await, Some(Notice::NotPrinted(PrinterFailure::PaperEnd)));
    sink.is(Health::Fine);
    assert_eq!(running.print().await, Some(Notice::Printed));
    let papers = sink.papers();
    assert!(papers.len() == 1 && papers[0].contains("DUPLICATA 1"), "{papers:?}");
}

#[tokio::test]
async fn a_way_that_the_till_does_not_have_is_not_chosen() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    for wanted in [Wanted::Qr, Wanted::Paper] {
        assert_eq!(running.till.choose_receipt(wanted).await.unwrap_err(), Notice::NotOffered);
    }
    running.till.pay().await.unwrap();
    assert_eq!(
        (given(&running), running.till.print().await.unwrap_err()),
        (Given::AtDesk, Notice::NotOffered)
    );
    assert_eq!(choices(&shop), []);
}

#[tokio::test]
async fn a_printer_that_is_ill_keeps_nobody_waiting_and_the_people_of_the_store_learn_which_ticket() {
    let mut shop = Shop::open().await;
    // It takes the connection and says nothing.
    let silent = listener().await;
    shop.config.printer_addr = Some(silent.local_addr().unwrap().to_string());
    let running = shop.start_with(&["item-250"]).await;
    running.till.choose_receipt(Wanted::Paper).await.unwrap();
    let paid = running.till.pay().await.unwrap();
    assert_eq!((is_thanks(&paid), paid.notice), (true, Some(Notice::Printing)));
    // The next shopper scans while the paper is still waited for.
    running.till.scan("item-300", 0).await.unwrap();
    shop.books
        .wait_for_report(|report| {
            report.unprinted_sequence == 1
                && report.findings().any(|it| it == pb::TillFinding::TicketUnprinted)
        })
        .await;
    assert_eq!(shop.books.calls("PrintTicket"), 0);
    assert!(is_thanks(&running.till.pay().await.unwrap()));
    shop.books.wait_for_report(|report| report.unprinted_sequence == 0).await;
}

#[tokio::test]
async fn a_printer_without_paper_takes_only_the_paper_away() {
    let (shop, sink) = with_printer().await;
    sink.is(Health::PaperEnd);
    let running = shop.start_checked();
    let ill = |view: &terminal::till::View| !view.can_print();
    running.shows(ill).await;
    running.ready().await;
    running.till.scan("item-250", 0).await.unwrap();
    assert_eq!(running.till.choose_receipt(Wanted::Paper).await.unwrap_err(), Notice::NotOffered);
    assert!(is_thanks(&running.till.pay().await.unwrap()));
    running.till.next().await.unwrap();
    sink.is(Health::Fine);
    running.shows(|view| view.can_print()).await;
}

#[tokio::test]
async fn the_slip_of_a_payment_that_was_not_made_is_told_printed_on_request_and_stays_when_the_basket_is_given_up()
 {
    let (shop, sink) = with_printer().await;
    let running = shop.start_with(&["item-113"]).await;
    assert_eq!(running.till.print().await.unwrap_err(), Notice::NoBasket);
    running.till.pay().await.unwrap_err();
    let slip = running.till.view().unpaid.unwrap().slip_text;
    assert_eq!(shop.books.shelf().unpaid_slips, std::slice::from_ref(&slip));
    assert_eq!(sink.papers().len(), 0, "nothing is printed unasked");
    assert_eq!(running.print().await, Some(Notice::Printed));
    assert!(sink.papers()[0].contains("ABANDON DEBIT"), "{:?}", sink.papers());
    let view = running.till.cancel().await.unwrap();
    assert_eq!((view.screen, view.unpaid.unwrap().slip_text), (Screen::Idle, slip));
    // The next shopper sees nothing of it.
    let view = running.till.scan("item-250", 0).await.unwrap();
    assert!(view.unpaid.is_none());
    assert!(running.till.cancel().await.unwrap().unpaid.is_none());
}
