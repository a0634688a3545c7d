//! From a frozen basket to the ticket, its fiscal record and its event.

use proto::checkout::v1 as pb;
use sqlx::Row;

use crate::{
    shop::{BAG, JAM, PASTA, Shop, WINE, new_id, why},
    till::{by_card, card_of, completion, total},
};

fn by_sale(sale_id: &str) -> pb::GetSaleRequest {
    pb::GetSaleRequest { sale_id: sale_id.to_owned(), ..Default::default() }
}

fn by_basket(basket_id: &str) -> pb::GetSaleRequest {
    pb::GetSaleRequest { basket_id: basket_id.to_owned(), ..Default::default() }
}

#[tokio::test]
async fn a_sale_is_a_ticket_with_its_number_its_tax_and_its_seal() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let card = shop.card(1).await;
    let basket = till.fill(&[PASTA, WINE, JAM]).await;
    let basket = till.identify(&basket.basket_id, &card).await.unwrap();
    let frozen = till.begin(&basket.basket_id, basket.basket_version).await.unwrap();
    let ticket = till.complete(completion(&frozen)).await.unwrap();

    assert_eq!((ticket.sequence, ticket.terminal_code.as_str()), (1, "LILLE-01"));
    assert_eq!(ticket.total, frozen.total);
    assert_eq!(ticket.lines, frozen.lines);
    let rates: Vec<i64> = ticket.vat_totals.iter().map(|vat| vat.rate_basis_points).collect();
    assert_eq!(rates, [2_000, 550]);
    assert_eq!(ticket.store.as_ref().unwrap().name, "Le Cabas, LILLE");
    assert_eq!(ticket.member_id.len(), 36);
    assert_eq!(ticket.payments[0].card.as_ref().unwrap().slip_text, "", "the slip is for its mail alone");
    assert_eq!(ticket.fiscal_hash.len(), 64);
    assert_eq!(till.sale(by_sale(&ticket.sale_id)).await.unwrap(), ticket);
    assert_eq!(till.sale(by_basket(&ticket.basket_id)).await.unwrap(), ticket);
    assert_eq!(till.get(&ticket.basket_id).await.unwrap().state(), pb::BasketState::Paid);
    assert_eq!(till.sell(&[PASTA]).await.sequence, 2);
    assert_eq!(shop.till("LILLE-02").sell(&[PASTA]).await.sequence, 1, "each till has numbers of its own");
}

#[tokio::test]
async fn a_slip_with_a_card_number_never_blocks_a_paid_sale_and_is_not_kept() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    for (slip, kept) in [
        ("CARTE 4970101234567893", ""),
        ("CARTE 4970 1012 3456 7893", ""),
        ("CONTRAT 4970109876543217", "CONTRAT 4970109876543217"),
    ] {
        let mut request = completion(&till.freeze(&[PASTA]).await);
        card_of(&mut request).slip_text = slip.to_owned();
        let ticket = till.complete(request.clone()).await.unwrap();
        assert_eq!(till.complete(request).await.unwrap(), ticket, "a repeat is the same sale");
        let asked = pb::GetCardSlipRequest { sale_id: ticket.sale_id, ..Default::default() };
        let answer = shop.client("receipt").get_card_slip(asked).await.unwrap().into_inner();
        assert_eq!((answer.slip_texts.concat().as_str(), answer.card_contracts.len()), (kept, 1), "{slip}");
    }
}

#[tokio::test]
async fn the_event_says_what_the_ticket_says_and_nothing_of_the_slip() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[PASTA, WINE]).await;
    let row = sqlx::query("select subject, type, payload::text from outbox where subject like 'sales.%'")
        .fetch_one(&shop.service.db.pool)
        .await
        .unwrap();
    let (subject, kind, payload): (String, String, String) = (row.get(0), row.get(1), row.get(2));
    assert_eq!((subject.as_str(), kind.as_str()), ("sales.completed.LILLE", "sales.completed"));
    let event: pb::SaleCompleted = serde_json::from_str(&payload).unwrap();
    assert_eq!((event.sale_id, event.basket_id), (ticket.sale_id, ticket.basket_id));
    assert_eq!((event.total_minor, event.sequence, event.lines.len()), (1_040, 1, 2));
    assert_eq!((event.fiscal_hash, event.completed_time), (ticket.fiscal_hash, ticket.completed_time));
    assert_eq!(event.fiscal_version, fiscal::VERSION);
    assert_eq!((event.terminal_kind.as_str(), event.time_zone.as_str()), ("self", "Europe/Paris"));
    assert!(!payload.contains("CARTE BANCAIRE"));
}

#[tokio::test]
async fn the_fiscal_record_says_nothing_of_a_person_and_the_chain_can_be_checked() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let card = shop.card(1).await;
    for _ in 0..3 {
        let basket = till.fill(&[PASTA, WINE]).await;
        let basket = till.identify(&basket.basket_id, &card).await.unwrap();
        let frozen = till.begin(&basket.basket_id, basket.basket_version).await.unwrap();
        till.complete(completion(&frozen)).await.unwrap();
    }
    let rows = crate::journal::chain(&shop, "LILLE-01", "ticket").await;
    let member_id: uuid::Uuid = sqlx::query_scalar("select member_id from sale limit 1")
        .fetch_one(&shop.service.db.pool)
        .await
        .unwrap();
    assert_eq!(rows.len(), 3);
    let entries = rows.iter().map(|(sequence, payload, hash)| fiscal::Entry {
        sequence: *sequence,
        payload,
        hash: fiscal::Hash::try_from(&hash[..]).unwrap(),
    });
    fiscal::verify_chain(entries).unwrap();
    for (_, payload, _) in &rows {
        assert!(!String::from_utf8(payload.clone()).unwrap().contains(&member_id.to_string()));
    }
}

#[tokio::test]
async fn only_the_amount_that_was_asked_for_makes_a_sale() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let open = till.fill(&[PASTA]).await;
    assert_eq!(why(till.complete(completion(&open)).await), "BASKET_NOT_FROZEN");
    let frozen = till.begin(&open.basket_id, 2).await.unwrap();
    for amount in [1, total(&frozen) - 1, total(&frozen) + 1] {
        let mut request = completion(&frozen);
        request.tender = Some(by_card(amount));
        assert_eq!(why(till.complete(request).await), "AMOUNT_MISMATCH", "{amount}");
    }
    till.complete(completion(&frozen)).await.unwrap();
    assert_eq!(
        why(till.complete(completion(&frozen)).await),
        "BASKET_CLOSED",
        "another command, another payment"
    );
    assert_eq!(why(till.scan(&frozen.basket_id, PASTA).await), "BASKET_CLOSED");
}

#[tokio::test]
async fn a_repeat_finds_its_sale_when_the_request_is_long_forgotten() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let request = completion(&till.freeze(&[PASTA]).await);
    let ticket = till.complete(request.clone()).await.unwrap();
    sqlx::query("delete from request").execute(&shop.service.db.pool).await.unwrap();
    assert_eq!(till.complete(request.clone()).await.unwrap(), ticket);
    let mut other = request;
    card_of(&mut other).authorisation = "999999".to_owned();
    assert_eq!(why(till.complete(other).await), "REQUEST_ID_REUSED");
    assert_eq!(shop.count("select count(*) from sale").await, 1);
}

#[tokio::test]
async fn a_sold_ticket_cannot_be_changed_by_a_slip_of_the_hand() {
    let shop = Shop::open().await;
    shop.till("LILLE-01").sell(&[PASTA]).await;
    for statement in ["update sale set slip_texts = '{}'", "delete from sale", "truncate sale cascade"] {
        let refused = sqlx::query(statement).execute(&shop.service.db.pool).await.unwrap_err();
        assert!(refused.to_string().contains("never changed"), "{statement}: {refused}");
    }
}

#[tokio::test]
async fn the_slip_is_read_by_the_receipt_service_and_by_nobody_else() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[PASTA]).await;
    let request = pb::GetCardSlipRequest { sale_id: ticket.sale_id, ..Default::default() };
    let slip = shop.client("receipt").get_card_slip(request.clone()).await.unwrap().into_inner();
    assert!(slip.slip_texts[0].starts_with("CARTE BANCAIRE"));
    let unknown = pb::GetCardSlipRequest { sale_id: new_id(), ..Default::default() };
    assert_eq!(why(shop.client("receipt").get_card_slip(unknown).await), "NOT_FOUND");
    for identity in ["terminal-LILLE-01", "reviews", "portal", "operator"] {
        assert_eq!(
            why(shop.client(identity).get_card_slip(request.clone()).await),
            "NOT_ALLOWED",
            "{identity}"
        );
    }
}

#[tokio::test]
async fn a_sale_whose_event_cannot_be_recorded_is_not_made() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let frozen = till.freeze(&[PASTA]).await;
    sqlx::raw_sql("alter table outbox add constraint refused check (false) not valid")
        .execute(&shop.service.db.pool)
        .await
        .unwrap();
    assert_eq!(why(till.complete(completion(&frozen)).await), "INTERNAL");
    for table in [
        "select count(*) from sale",
        "select count(*) from request where caller like 'terminal%'",
        "select count(*) from terminal_head where kind = 'ticket'",
    ] {
        assert_eq!(shop.count(table).await, 0, "{table}");
    }
    assert_eq!(till.get(&frozen.basket_id).await.unwrap().state(), pb::BasketState::Frozen);
}

#[tokio::test]
async fn durable_goods_carry_their_legal_guarantee_to_the_ticket_and_its_event() {
    let shop = Shop::open().await;
    let file = format!("code,product_name,legal_guarantee\n{BAG},Sac cabas,yes\n");
    assert_eq!(shop.import(&file).await.changed, 1);
    let ticket = shop.till("LILLE-01").sell(&[BAG, PASTA]).await;
    assert_eq!(ticket.lines.iter().map(|line| line.legal_guarantee).collect::<Vec<_>>(), [true, false]);
    let event: pb::SaleCompleted = shop.event("sales.completed").await;
    assert_eq!(event.lines.iter().map(|line| line.legal_guarantee).collect::<Vec<_>>(), [true, false]);
}
