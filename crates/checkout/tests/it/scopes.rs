//! Nobody reaches what is another's: two tills, two stores, two of everything.

use platform::Role;
use proto::checkout::v1 as pb;
use tonic::Request;

use crate::{
    shop::{PASTA, Shop, WINE, new_id, why},
    till::{card_of, completion},
};

#[tokio::test]
async fn a_till_can_do_nothing_with_the_basket_of_another() {
    let shop = Shop::open().await;
    let (till, stranger) = (shop.till("LILLE-01"), shop.till("LILLE-02"));
    let card = shop.card(1).await;
    let open = till.fill(&[PASTA]).await;
    let id = &open.basket_id;
    assert_eq!(why(stranger.get(id).await), "NOT_FOUND");
    assert_eq!(why(stranger.scan(id, PASTA).await), "NOT_FOUND");
    assert_eq!(why(stranger.scan(id, crate::shop::UNKNOWN).await), "NOT_FOUND");
    assert_eq!(why(stranger.set(id, 1, 2_000).await), "NOT_FOUND");
    assert_eq!(why(stranger.remove(id, 1).await), "NOT_FOUND");
    assert_eq!(why(stranger.identify(id, &card).await), "NOT_FOUND");
    assert_eq!(why(stranger.claim(id, "DIX").await), "NOT_FOUND");
    assert_eq!(why(stranger.begin(id, 2).await), "NOT_FOUND");
    assert_eq!(why(stranger.cancel(id).await), "NOT_FOUND");
    let frozen = till.begin(id, 2).await.unwrap();
    assert_eq!(why(stranger.abandon(id).await), "NOT_FOUND");
    assert_eq!(why(stranger.complete(completion(&frozen)).await), "NOT_FOUND");
    assert_eq!(till.get(id).await.unwrap(), frozen);
}

#[tokio::test]
async fn a_till_reads_its_own_sales_and_staff_those_of_their_store() {
    let shop = Shop::open().await;
    let lille = shop.till("LILLE-01").sell(&[PASTA]).await;
    let arras = shop.till("ARRAS-01").sell(&[WINE]).await;
    let by_sale = |ticket: &pb::Ticket| pb::GetSaleRequest {
        sale_id: ticket.sale_id.clone(),
        ..pb::GetSaleRequest::default()
    };
    let by_basket = |ticket: &pb::Ticket| pb::GetSaleRequest {
        basket_id: ticket.basket_id.clone(),
        ..pb::GetSaleRequest::default()
    };
    for (code, own, others) in [
        ("LILLE-01", Some(&lille), vec![&arras]),
        ("ARRAS-01", Some(&arras), vec![&lille]),
        ("LILLE-02", None, vec![&lille]),
    ] {
        let till = shop.till(code);
        if let Some(own) = own {
            assert_eq!(&till.sale(by_sale(own)).await.unwrap(), own);
            assert_eq!(&till.sale(by_basket(own)).await.unwrap(), own);
        }
        for other in others {
            assert_eq!(why(till.sale(by_sale(other)).await), "NOT_FOUND");
            assert_eq!(why(till.sale(by_basket(other)).await), "NOT_FOUND");
        }
    }
    for role in [Role::Desk, Role::Manager] {
        let staff = shop.staff(role, "LILLE");
        let ask = async |ticket: &pb::Ticket| {
            let request = shop.service.as_staff(&staff, Request::new(by_sale(ticket)));
            shop.client("portal").get_sale(request).await.map(|found| found.into_inner().ticket.unwrap())
        };
        assert_eq!(ask(&lille).await.unwrap(), lille);
        assert_eq!(why(ask(&arras).await), "NOT_FOUND");
    }
}

#[tokio::test]
async fn a_ticket_is_found_by_its_till_and_number_by_the_people_of_its_store_alone() {
    let shop = Shop::open().await;
    let mut tickets = Vec::new();
    for (code, gtin) in [("LILLE-01", PASTA), ("LILLE-01", WINE), ("LILLE-02", PASTA), ("ARRAS-01", PASTA)] {
        tickets.push(shop.till(code).sell(&[gtin]).await);
    }
    let desk = shop.staff(Role::Desk, "LILLE");
    let ask = async |terminal_code: &str, sequence| {
        let terminal_code = terminal_code.to_owned();
        let ticket = pb::GetSaleRequest { terminal_code, sequence, ..pb::GetSaleRequest::default() };
        let request = shop.service.as_staff(&desk, Request::new(ticket));
        shop.client("portal").get_sale(request).await.map(|found| found.into_inner().ticket.unwrap())
    };
    for (ticket, (code, sequence)) in tickets.iter().zip([("LILLE-01", 1), ("LILLE-01", 2), ("LILLE-02", 1)])
    {
        assert_eq!(&ask(code, sequence).await.unwrap(), ticket);
    }
    for (code, sequence) in [("LILLE-01", 3), ("LILLE-03", 1), ("ARRAS-01", 1), ("lille-01", 1)] {
        assert_eq!(why(ask(code, sequence).await), "NOT_FOUND", "{code} {sequence}");
    }
}

#[tokio::test]
async fn each_slip_belongs_to_its_sale() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let mut sales = Vec::new();
    for word in ["PREMIER", "SECOND"] {
        let mut request = completion(&till.freeze(&[PASTA]).await);
        card_of(&mut request).slip_text = word.to_owned();
        sales.push((till.complete(request).await.unwrap().sale_id, word));
    }
    for (sale_id, word) in sales {
        let request = pb::GetCardSlipRequest { sale_id, ..Default::default() };
        let slip = shop.client("receipt").get_card_slip(request).await.unwrap().into_inner();
        assert_eq!(slip.slip_texts, [word]);
    }
}

#[tokio::test]
async fn only_a_till_works_a_basket() {
    let shop = Shop::open().await;
    for identity in ["portal", "operator", "receipt", "reviews", "membership", "analytics"] {
        let request = pb::OpenBasketRequest { request_id: new_id(), ..Default::default() };
        assert_eq!(why(shop.client(identity).open_basket(request).await), "NOT_ALLOWED", "{identity}");
    }
}
