//! Products without a code, and what the other services learn of the catalogue.

use std::time::Duration;

use proto::checkout::v1 as pb;
use testbed::eventually;

use crate::shop::{JAM, Shop, why};

#[tokio::test]
async fn products_without_a_code_have_tiles_and_are_found_by_name_with_one_typing_error() {
    let shop = Shop::open().await;
    let mut till = shop.catalogue("terminal-LILLE-01");
    let tiles = till.get_tiles(pb::GetTilesRequest {}).await.unwrap().into_inner().products;
    let [carrots] = &tiles[..] else { panic!("one tile") };
    assert_eq!(
        (&*carrots.name, &*carrots.tile, carrots.tare_milli, carrots.price_minor),
        ("Carottes", "Légumes", 12, Some(180))
    );
    let mut find = async |text: &str| {
        let request = pb::FindProductsRequest { text: text.to_owned(), page_size: 0 };
        let found = till.find_products(request).await.unwrap().into_inner().products;
        found.into_iter().map(|product| product.name).collect::<Vec<_>>()
    };
    assert_eq!(find("CAROTES").await, ["Carottes"]);
    assert_eq!(find("confiture prune").await, ["Confiture de prunes"]);
    assert_eq!(find("nouveaute").await, Vec::<String>::new(), "what has no price is not sold");
    shop.recall(JAM, "").await;
    assert_eq!(find("confiture").await, Vec::<String>::new(), "nor what was recalled");
    let empty = pb::FindProductsRequest::default();
    assert_eq!(why(shop.catalogue("terminal-LILLE-01").find_products(empty).await), "INVALID_FIELD");
    assert_eq!(why(shop.operator().get_tiles(pb::GetTilesRequest {}).await), "NOT_ALLOWED");
}

#[tokio::test]
async fn the_other_services_learn_which_products_and_suppliers_there_are() {
    let shop = Shop::open().await;
    let event: pb::ProductsChanged = shop.event("catalogue.products_changed").await;
    let cider = event.products.iter().find(|product| product.name == "Cidre doux").unwrap();
    assert_eq!(
        (&*cider.gtin, &*cider.supplier_code, &*cider.kind, event.products.len()),
        ("09524000000057", "AULNE", "goods", 12)
    );
    let suppliers: Vec<&str> =
        event.suppliers.iter().map(|supplier| supplier.supplier_code.as_str()).collect();
    assert_eq!(suppliers.len(), 4, "{suppliers:?}");
    let published = async || {
        shop.count("select count(*) from outbox where type = 'catalogue.products_changed' and published_time is null").await == 0
    };
    eventually(Duration::from_secs(20), "the event reaches the stream", published).await.unwrap();
    shop.reprice(JAM, "2.90").await;
    let events = "select count(*) from outbox where type = 'catalogue.products_changed'";
    assert_eq!(shop.count(events).await, 1, "a price is no change of the product");
}
