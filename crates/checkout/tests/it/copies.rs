//! Every way in which a document leaves is sealed and counted: the one that the shopper chose is the original, all others are numbered
//! duplicata.

use fiscal::{Body, Kind, Means, Record};
use futures::future::join_all;
use outbox::NewEvent;
use platform::{Role, Staff};
use proto::{checkout::v1 as pb, receipt::v1::MailSettled, subject};
use time::macros::datetime;
use tonic::{Request, Status};

use crate::{
    journal::{chain, close, export, verify, year},
    shop::{PASTA, Shop, WINE, new_id, why},
    teller::{Teller, handled},
    till::Till,
};

/// Kind and number of the document, means and number of each copy that a till sealed.
async fn copies(shop: &Shop, terminal_code: &str) -> Vec<(Kind, i64, Means, i64)> {
    let copy = |(_, payload, _): (i64, Vec<u8>, Vec<u8>)| match Record::from_payload(&payload).unwrap().body {
        Body::Copy(copy) => (copy.document.kind, copy.document.sequence, copy.means, copy.number),
        other => panic!("{other:?}"),
    };
    chain(shop, terminal_code, "copy").await.into_iter().map(copy).collect()
}

/// That a mail of this document came to an end.
fn settled(delivery_id: &str, sale_id: &str, refund_id: &str, state: &str) -> NewEvent {
    let body = MailSettled {
        delivery_id: delivery_id.to_owned(),
        kind: if refund_id.is_empty() { "receipt" } else { "credit_note" }.to_owned(),
        sale_id: sale_id.to_owned(),
        refund_id: refund_id.to_owned(),
        store_code: "LILLE".to_owned(),
        state: state.to_owned(),
        ..MailSettled::default()
    };
    let (subject, kind) = (subject::mail_settled::of("LILLE"), subject::mail_settled::TYPE);
    NewEvent::new(subject, kind, "/receipt/LILLE", datetime!(2026-05-02 9:01 UTC), &body).unwrap()
}

/// A sale whose ticket is wanted in this way.
async fn sell(shop: &Shop, till: &Till, choice: pb::ReceiptChoice) -> pb::Ticket {
    let basket = till.fill(&[PASTA, WINE]).await;
    let mut wanted = pb::ChooseReceiptRequest {
        request_id: new_id(),
        basket_id: basket.basket_id.clone(),
        choice: choice.into(),
        ..Default::default()
    };
    match choice {
        pb::ReceiptChoice::CardEmail => {
            till.identify(&basket.basket_id, &shop.card(1).await).await.unwrap();
        }
        pb::ReceiptChoice::Qr => wanted.token_sha256 = "ab".repeat(32),
        _ => {}
    }
    till.pay(&till.choose(wanted).await.unwrap()).await.unwrap()
}

async fn print(till: &Till, ticket: &pb::Ticket) -> i64 {
    let request = pb::PrintTicketRequest { request_id: new_id(), sale_id: ticket.sale_id.clone() };
    till.print(&request).await.unwrap().copy
}

fn page(ticket: &pb::Ticket) -> pb::DownloadTicketRequest {
    pb::DownloadTicketRequest { request_id: new_id(), sale_id: ticket.sale_id.clone() }
}

async fn download(
    shop: &Shop,
    request: pb::DownloadTicketRequest,
) -> Result<pb::DownloadTicketResponse, Status> {
    Ok(shop.client("receipt").download_ticket(request).await?.into_inner())
}

#[tokio::test]
async fn the_mail_of_the_sale_is_the_original_and_every_later_mail_page_or_paper_a_numbered_duplicata() {
    let shop = Shop::open().await;
    let (till, receipt) = (shop.till("LILLE-01"), Teller::receipt(&shop).await);
    let ticket = sell(&shop, &till, pb::ReceiptChoice::CardEmail).await;
    let sale_id = &ticket.sale_id;
    receipt.tell(&settled(&new_id(), sale_id, "", "failed")).await;
    receipt.tell(&settled(&new_id(), sale_id, "", "other")).await;
    receipt.tell(&settled(&new_id(), sale_id, "", "sent")).await;
    handled(&shop, 3).await;
    close(&shop).await;
    let sent = |number| (Kind::Ticket, 1, Means::Sending, number);
    assert_eq!(copies(&shop, "LILLE-01").await, [sent(0)], "what was never sent is no copy");
    receipt.tell(&settled(&new_id(), sale_id, "", "unknown")).await;
    handled(&shop, 4).await;
    tokio::join!(close(&shop), close(&shop));
    assert_eq!(print(&till, &ticket).await, 2);
    assert_eq!(download(&shop, page(&ticket)).await.unwrap().copy, 3);
    receipt.tell(&settled(&new_id(), sale_id, "", "sent")).await;
    handled(&shop, 5).await;
    close(&shop).await;
    let others = [(Kind::Ticket, 1, Means::Print, 2), (Kind::Ticket, 1, Means::Download, 3), sent(4)];
    assert_eq!(copies(&shop, "LILLE-01").await, [&[sent(0), sent(1)][..], &others].concat());
    shop.service.clock.set(datetime!(2026-05-02 22:00 UTC));
    let archive = export(&shop, &year()).await.unwrap();
    assert_eq!(verify(&shop, &archive, &[]).unwrap().records["copy"], 5);
}

#[tokio::test]
async fn a_duplicate_shows_the_version_that_sealed_it() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let ticket = till.sell(&[PASTA]).await;
    assert_eq!(ticket.fiscal_version, fiscal::VERSION);
    // As a program of an older version left it.
    let older = "set session_replication_role = replica; \
                 update sale set ticket = jsonb_set(ticket, '{fiscal_version}', '\"1.0\"'); \
                 set session_replication_role = origin";
    sqlx::raw_sql(older).execute(&shop.service.db.pool).await.unwrap();
    let request = pb::PrintTicketRequest { request_id: new_id(), sale_id: ticket.sale_id.clone() };
    let printed = till.print(&request).await.unwrap().ticket.unwrap();
    let opened = download(&shop, page(&ticket)).await.unwrap().ticket.unwrap();
    assert_eq!((printed.fiscal_version.as_str(), opened.fiscal_version.as_str()), ("1.0", "1.0"));
}

#[tokio::test]
async fn a_copy_and_a_credit_note_are_sealed_no_earlier_than_their_ticket_though_the_clock_went_back() {
    let shop = Shop::open().await;
    let (till, receipt) = (shop.till("LILLE-01"), Teller::receipt(&shop).await);
    till.sell(&[PASTA]).await;
    shop.service.clock.set(datetime!(2026-05-02 22:00 UTC));
    close(&shop).await;
    shop.service.clock.set(datetime!(2026-05-02 21:00 UTC));
    let late = sell(&shop, &till, pb::ReceiptChoice::CardEmail).await;
    print(&till, &late).await;
    download(&shop, page(&late)).await.unwrap();
    let request = pb::RefundLinesRequest {
        request_id: new_id(),
        sale_id: late.sale_id.clone(),
        line_ids: vec![1],
        payout: pb::Payout::Desk.into(),
        ..Default::default()
    };
    let note = shop.client("reviews").refund_lines(request).await.unwrap().into_inner().credit_note.unwrap();
    for refund_id in ["", &note.refund_id] {
        receipt.tell(&settled(&new_id(), &late.sale_id, refund_id, "sent")).await;
    }
    handled(&shop, 2).await;
    close(&shop).await;
    assert_eq!(copies(&shop, "LILLE-01").await.len(), 4);
    let earliest = "select extract(epoch from min(sealed_time))::bigint from fiscal_record \
                    where kind = 'copy' or kind = 'credit_note'";
    assert_eq!(shop.count(earliest).await, late.completed_time.unwrap().seconds);

    // None of them is in the archive of the day before, which their ticket is not in; all are in that of the next one.
    shop.service.clock.set(datetime!(2026-05-03 22:00 UTC));
    let archive = export(&shop, &year()).await.unwrap();
    let records = verify(&shop, &archive, &[]).unwrap().records;
    assert_eq!((records["ticket"], records.get("copy"), records.get("credit_note")), (1, None, None));
    let both = pb::ExportArchiveRequest { until_date: "2026-05-04".to_owned(), ..year() };
    let records = verify(&shop, &export(&shop, &both).await.unwrap(), &[]).unwrap().records;
    assert_eq!((records["ticket"], records["copy"], records["credit_note"]), (2, 4, 1));
}

#[tokio::test]
async fn a_paper_that_failed_is_printed_at_the_desk_as_a_numbered_duplicata() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let ticket = sell(&shop, &till, pb::ReceiptChoice::Paper).await;
    assert_eq!(print(&till, &ticket).await, 0, "the paper that the roll ended in was the original");
    let request = pb::PrintTicketRequest { request_id: new_id(), sale_id: ticket.sale_id.clone() };
    let printed = async |staff: &Staff, request: &pb::PrintTicketRequest| {
        let request = shop.service.as_staff(staff, Request::new(request.clone()));
        shop.client("portal").print_ticket(request).await
    };
    let desk = shop.staff(Role::Desk, "LILLE");
    for _ in 0..2 {
        let paper = printed(&desk, &request).await.unwrap().into_inner();
        assert_eq!(
            (paper.copy, paper.ticket.unwrap().sequence),
            (1, ticket.sequence),
            "one form is one paper"
        );
    }
    assert_eq!(why(printed(&shop.staff(Role::Desk, "ARRAS"), &request).await), "NOT_FOUND");
    let attendant = shop.staff(Role::Attendant, "LILLE");
    assert_eq!(printed(&attendant, &request).await.unwrap_err().code(), tonic::Code::PermissionDenied);
    assert_eq!(copies(&shop, "LILLE-01").await.len(), 2);
}

#[tokio::test]
async fn a_mail_that_is_told_again_is_sealed_once() {
    let shop = Shop::open().await;
    let (till, receipt) = (shop.till("LILLE-01"), Teller::receipt(&shop).await);
    let ticket = sell(&shop, &till, pb::ReceiptChoice::CardEmail).await;
    let delivery_id = new_id();
    let told = || settled(&delivery_id, &ticket.sale_id, "", "sent");
    receipt.tell(&told()).await;
    handled(&shop, 1).await;
    close(&shop).await;
    // Under another id of the event, and the same event once more: its row of the inbox was lost.
    receipt.tell(&told()).await;
    handled(&shop, 2).await;
    close(&shop).await;
    sqlx::query("delete from inbox").execute(&shop.service.db.pool).await.unwrap();
    receipt.tell(&settled(&new_id(), &new_id(), "", "sent")).await;
    receipt.tell(&told()).await;
    handled(&shop, 2).await;
    close(&shop).await;
    assert_eq!(copies(&shop, "LILLE-01").await, [(Kind::Ticket, 1, Means::Sending, 0)]);
    let waiting = "select count(*) from document_sending where sealed_sequence is null";
    assert_eq!(shop.count(waiting).await, 1, "a mail of another shop's document is not sealed here");
}

#[tokio::test]
async fn mails_of_a_credit_note_are_counted_apart_from_those_of_its_ticket() {
    let shop = Shop::open().await;
    let (till, receipt) = (shop.till("LILLE-01"), Teller::receipt(&shop).await);
    let ticket = sell(&shop, &till, pb::ReceiptChoice::CardEmail).await;
    let request = pb::RefundLinesRequest {
        request_id: new_id(),
        sale_id: ticket.sale_id.clone(),
        line_ids: vec![1],
        payout: pb::Payout::Desk.into(),
        ..Default::default()
    };
    let note = shop.client("reviews").refund_lines(request).await.unwrap().into_inner().credit_note.unwrap();
    for refund_id in ["", &note.refund_id, &note.refund_id] {
        receipt.tell(&settled(&new_id(), &ticket.sale_id, refund_id, "sent")).await;
    }
    handled(&shop, 3).await;
    close(&shop).await;
    let mut sealed = copies(&shop, "LILLE-01").await;
    sealed.sort_unstable_by_key(|(kind, _, _, number)| (kind.as_str(), *number));
    let credit_note = |number| (Kind::CreditNote, 1, Means::Sending, number);
    assert_eq!(sealed, [credit_note(0), credit_note(1), (Kind::Ticket, 1, Means::Sending, 0)]);
}

#[tokio::test]
async fn the_page_behind_the_code_is_the_original_the_first_time_and_then_a_numbered_duplicata() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let ticket = sell(&shop, &till, pb::ReceiptChoice::Qr).await;
    assert_eq!(print(&till, &ticket).await, 1, "the code was chosen, not paper");
    let request = page(&ticket);
    let original = download(&shop, request.clone()).await.unwrap();
    assert_eq!((original.copy, original.ticket.as_ref()), (0, Some(&ticket)));
    assert!(original.slip_texts[0].contains("CARTE BANCAIRE") && original.card_contracts.len() == 1);
    assert_eq!(download(&shop, request.clone()).await.unwrap(), original, "a repeat is the same copy");
    let opened = join_all((0..5).map(|_| download(&shop, page(&ticket)))).await;
    let mut numbers: Vec<i64> = opened.into_iter().map(|copy| copy.unwrap().copy).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [2, 3, 4, 5, 6]);
    let sealed = copies(&shop, "LILLE-01").await;
    let numbers: Vec<_> = sealed.iter().map(|(_, _, means, number)| (*means, *number)).collect();
    assert_eq!(numbers[..2], [(Means::Print, 1), (Means::Download, 0)]);
    assert!(numbers[2..].iter().all(|(means, _)| *means == Means::Download), "{numbers:?}");
    let other = sell(&shop, &till, pb::ReceiptChoice::Qr).await;
    let reused = pb::DownloadTicketRequest { sale_id: other.sale_id, ..request };
    assert_eq!(why(download(&shop, reused).await), "REQUEST_ID_REUSED");
    assert_eq!(why(download(&shop, page(&pb::Ticket { sale_id: new_id(), ..ticket })).await), "NOT_FOUND");
}

#[tokio::test]
async fn a_page_of_a_ticket_that_was_mailed_is_a_duplicata_though_nothing_is_sealed_of_the_mail_yet() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    for wanted in [pb::ReceiptChoice::CardEmail, pb::ReceiptChoice::Paper, pb::ReceiptChoice::None] {
        let ticket = sell(&shop, &till, wanted).await;
        assert_eq!(download(&shop, page(&ticket)).await.unwrap().copy, 1, "{wanted:?}");
    }
}

#[tokio::test]
async fn a_code_that_was_opened_a_hundred_times_opens_nothing_more_and_seals_nothing() {
    let shop = Shop::open().await;
    let ticket = sell(&shop, &shop.till("LILLE-01"), pb::ReceiptChoice::Qr).await;
    for number in 0..=100 {
        assert_eq!(download(&shop, page(&ticket)).await.unwrap().copy, number);
    }
    assert_eq!(why(download(&shop, page(&ticket)).await), "NOT_FOUND");
    assert_eq!(copies(&shop, "LILLE-01").await.len(), 101);
}
