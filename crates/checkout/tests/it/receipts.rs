//! How the shopper wants the ticket, and the papers of it.

use proto::checkout::v1 as pb;

use crate::{
    shop::{PASTA, Shop, new_id, why},
    suspended::{CODE, by_code, resume, suspend, suspension},
    till::Till,
};

fn choice(basket: &pb::Basket, choice: pb::ReceiptChoice) -> pb::ChooseReceiptRequest {
    pb::ChooseReceiptRequest {
        request_id: new_id(),
        basket_id: basket.basket_id.clone(),
        choice: choice.into(),
        ..Default::default()
    }
}

fn paper(ticket: &pb::Ticket) -> pb::PrintTicketRequest {
    pb::PrintTicketRequest { request_id: new_id(), sale_id: ticket.sale_id.clone() }
}

async fn sell(till: &Till, wanted: pb::ReceiptChoice) -> pb::Ticket {
    let basket = till.fill(&[PASTA]).await;
    let basket = till.choose(choice(&basket, wanted)).await.unwrap();
    till.pay(&basket).await.unwrap()
}

#[tokio::test]
async fn how_the_ticket_is_wanted_is_an_edit_of_the_basket_and_is_told_with_the_sale_by_ids_and_hashes() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let basket = till.fill(&[PASTA]).await;
    assert_eq!(basket.receipt_choice(), pb::ReceiptChoice::Unspecified, "a guest gets nothing unasked");
    assert_eq!(why(till.choose(choice(&basket, pb::ReceiptChoice::CardEmail)).await), "UNKNOWN_CARD");
    let member = till.identify(&basket.basket_id, &shop.card(1).await).await.unwrap();
    assert_eq!(member.receipt_choice(), pb::ReceiptChoice::CardEmail);

    let qr =
        pb::ChooseReceiptRequest { token_sha256: "ab".repeat(32), ..choice(&basket, pb::ReceiptChoice::Qr) };
    let chosen = till.choose(qr.clone()).await.unwrap();
    assert_eq!(chosen.receipt_choice(), pb::ReceiptChoice::Qr);
    assert_eq!(till.choose(qr.clone()).await.unwrap(), chosen, "a repeat changes nothing");
    let other = pb::ChooseReceiptRequest { token_sha256: "cd".repeat(32), ..qr.clone() };
    assert_eq!(why(till.choose(other).await), "REQUEST_ID_REUSED");
    let stale = pb::ChooseReceiptRequest { basket_version: 1, ..choice(&basket, pb::ReceiptChoice::Paper) };
    assert_eq!(why(till.choose(stale).await), "BASKET_VERSION_STALE");

    let ticket = till.pay(&chosen).await.unwrap();
    assert_eq!(ticket.receipt_choice(), pb::ReceiptChoice::Qr);
    let event: pb::SaleCompleted = shop.event("sales.completed").await;
    assert_eq!((event.receipt_choice, event.receipt_token_sha256), ("qr".to_owned(), "ab".repeat(32)));
    assert_eq!(event.guest_contact_id, "");
}

#[tokio::test]
async fn the_language_of_the_choice_is_that_of_the_ticket_and_of_what_is_told_of_it() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let basket = till.fill(&[PASTA]).await;
    let wanted = choice(&basket, pb::ReceiptChoice::Paper);
    let unheard = pb::ChooseReceiptRequest { language: "xx".to_owned(), ..wanted.clone() };
    assert_eq!(why(till.choose(unheard).await), "INVALID_FIELD");
    let english = pb::ChooseReceiptRequest { language: "en".to_owned(), request_id: new_id(), ..wanted };
    let ticket = till.pay(&till.choose(english).await.unwrap()).await.unwrap();
    assert_eq!(ticket.language, "en");
    let event: pb::SaleCompleted = shop.event("sales.completed").await;
    assert_eq!(event.language, "en");
    assert_eq!(till.sell(&[PASTA]).await.language, "fr", "where nothing was chosen");
}

#[tokio::test]
async fn a_choice_is_whole_and_has_nothing_of_another() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let basket = till.fill(&[PASTA]).await;
    let with = |wanted, guest_contact_id: &str, token_sha256: &str| pb::ChooseReceiptRequest {
        guest_contact_id: guest_contact_id.to_owned(),
        token_sha256: token_sha256.to_owned(),
        ..choice(&basket, wanted)
    };
    let (id, hash) = (new_id(), "ab".repeat(32));
    for wrong in [
        with(pb::ReceiptChoice::Unspecified, "", ""),
        with(pb::ReceiptChoice::Qr, "", ""),
        with(pb::ReceiptChoice::Qr, "", &"AB".repeat(32)),
        with(pb::ReceiptChoice::Qr, "", "guest@example.org"),
        with(pb::ReceiptChoice::Qr, &id, &hash),
        with(pb::ReceiptChoice::TypedEmail, "", ""),
        with(pb::ReceiptChoice::TypedEmail, "guest@example.org", ""),
        with(pb::ReceiptChoice::TypedEmail, &id, &hash),
        with(pb::ReceiptChoice::Paper, "", &hash),
        with(pb::ReceiptChoice::None, &id, ""),
    ] {
        assert_eq!(why(till.choose(wrong.clone()).await), "INVALID_FIELD", "{wrong:?}");
    }
    let typed = till.choose(with(pb::ReceiptChoice::TypedEmail, &id, "")).await.unwrap();
    till.pay(&typed).await.unwrap();
    let event: pb::SaleCompleted = shop.event("sales.completed").await;
    assert_eq!((event.receipt_choice.as_str(), event.guest_contact_id), ("typed_email", id));
}

#[tokio::test]
async fn the_till_that_resumes_a_basket_learns_under_which_id_its_address_is_kept() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let basket = till.fill(&[PASTA]).await;
    let id = new_id();
    let typed = pb::ChooseReceiptRequest {
        guest_contact_id: id.clone(),
        ..choice(&basket, pb::ReceiptChoice::TypedEmail)
    };
    let basket = till.choose(typed).await.unwrap();
    assert_eq!(basket.guest_contact_id, id);
    suspend(&shop, "LILLE-01", suspension(&basket, CODE)).await.unwrap();
    let back = resume(&shop, "LILLE-02", by_code(CODE)).await.unwrap();
    assert_eq!(back.guest_contact_id, id);
    let other = shop.till("LILLE-02").choose(choice(&back, pb::ReceiptChoice::None)).await.unwrap();
    assert_eq!(other.guest_contact_id, "");
}

#[tokio::test]
async fn a_second_paper_is_a_duplicata_and_differs_in_nothing_else() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let ticket = sell(&till, pb::ReceiptChoice::Paper).await;
    let request = paper(&ticket);
    let original = till.print(&request).await.unwrap();
    assert_eq!((original.copy, original.ticket.as_ref()), (0, Some(&ticket)));
    assert!(original.slip_texts[0].contains("CARTE BANCAIRE"));
    assert_eq!(till.print(&request).await.unwrap(), original, "a repeat is the same paper");
    for number in 1..=3 {
        let duplicate = till.print(&paper(&ticket)).await.unwrap();
        assert_eq!(duplicate, pb::PrintTicketResponse { copy: number, ..original.clone() });
    }
    let other = sell(&till, pb::ReceiptChoice::Paper).await;
    let reused = pb::PrintTicketRequest { sale_id: other.sale_id.clone(), ..request };
    assert_eq!(why(till.print(&reused).await), "REQUEST_ID_REUSED");
    assert_eq!(why(shop.till("LILLE-02").print(&paper(&ticket)).await), "NOT_FOUND");
    for statement in ["update ticket_copy set copy_number = 0", "delete from ticket_copy"] {
        sqlx::query(statement).execute(&shop.service.db.pool).await.unwrap_err();
    }
}

#[tokio::test]
async fn there_is_an_original_on_paper_only_where_paper_was_chosen() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    for (wanted, first) in [(pb::ReceiptChoice::Paper, 0), (pb::ReceiptChoice::None, 1)] {
        let ticket = sell(&till, wanted).await;
        // Two who ask at the same time get two numbers.
        let (one, two) = (paper(&ticket), paper(&ticket));
        let (one, two) = tokio::join!(till.print(&one), till.print(&two));
        let mut numbers = [one.unwrap().copy, two.unwrap().copy];
        numbers.sort_unstable();
        assert_eq!(numbers, [first, first + 1]);
    }
}
