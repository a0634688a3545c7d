//! What a field may not hold.

use super::*;

/// A field, and what makes it wrong.
type Spoilt<T> = (&'static str, fn(&mut T));

#[tokio::test]
async fn a_store_that_cannot_be_is_refused_by_the_field_at_fault() {
    let service = Service::start().await;
    let client = operator(&service);
    let spoilt: [Spoilt<pb::Store>; 15] = [
        ("store.store_code", |store| store.store_code.clear()),
        ("store.store_code", |store| store.store_code = "Lille".to_owned()),
        ("store.store_code", |store| store.store_code = "LILLE.EST".to_owned()),
        ("store.name", |store| store.name.clear()),
        ("store.name", |store| store.name = "Cabas\u{202e}".to_owned()),
        ("store.name", |store| store.name = "x".repeat(101)),
        ("store.address_lines", |store| store.address_lines[0] = "a\nb".to_owned()),
        ("store.address_lines", |store| store.address_lines = vec!["x".to_owned(); 7]),
        ("store.siret", |store| store.siret = "73282932000075".to_owned()),
        ("store.siret", |store| store.siret.clear()),
        ("store.vat_number", |store| store.vat_number = "44732829320".to_owned()),
        ("store.time_zone", |store| store.time_zone = "Europe/Lille".to_owned()),
        ("store.closed_hours", |store| store.closed_hours = vec!["20h-8h Alcools".to_owned()]),
        ("store.closed_hours", |store| store.closed_hours = vec!["20:00-08:00 Vins".to_owned(); 51]),
        ("store.currency_code", |store| store.currency_code = "USD".to_owned()),
    ];
    for (field_name, spoil) in spoilt {
        let mut store = lille();
        spoil(&mut store);
        refused(field_name, put_store(&client, &new_id(), store).await);
    }
    refused("request_id", put_store(&client, "1", lille()).await);
    refused("request_id", put_store(&client, &Uuid::nil().to_string(), lille()).await);
    let nothing = pb::PutStoreRequest { request_id: new_id(), store: None };
    refused("store", client.clone().put_store(nothing).await);
    assert_eq!(stores(&client).await, []);
}

#[tokio::test]
async fn a_terminal_that_cannot_be_is_refused_by_the_field_at_fault() {
    let service = Service::start().await;
    let client = operator(&service);
    put_store(&client, &new_id(), lille()).await.unwrap();
    let good = till("LILLE-01", "LILLE");
    let unnamed = pb::Terminal { terminal_code: "lille 1".to_owned(), ..good.clone() };
    refused("terminal.terminal_code", put_terminal(&client, &new_id(), unnamed).await);
    refused("terminal.store_code", put_terminal(&client, &new_id(), till("LILLE-01", "")).await);
    for kind in [0, 7, -1] {
        let odd = pb::Terminal { kind, ..good.clone() };
        refused("terminal.kind", put_terminal(&client, &new_id(), odd).await);
    }
    let nothing = pb::PutTerminalRequest { request_id: new_id(), terminal: None };
    refused("terminal", client.clone().put_terminal(nothing).await);
}

#[tokio::test]
async fn a_promotion_that_cannot_be_is_refused_by_the_field_at_fault() {
    let service = Service::start().await;
    let client = operator(&service);
    let spoilt: [Spoilt<pb::Promotion>; 13] = [
        ("promotion.promotion_code", |it| it.promotion_code.clear()),
        ("promotion.promotion_code", |it| it.promotion_code = "MEMBER-PRICE".to_owned()),
        ("promotion.label", |it| it.label.clear()),
        ("promotion.label", |it| it.label = "a\u{0}".to_owned()),
        ("promotion.category", |it| it.category = "\u{2066}".to_owned()),
        ("promotion.percent_basis_points", |it| it.percent_basis_points = 0),
        ("promotion.percent_basis_points", |it| it.percent_basis_points = 10_001),
        ("promotion.store_codes", |it| it.store_codes = vec!["lille".to_owned()]),
        ("promotion.store_codes", |it| it.store_codes = vec!["LILLE".to_owned()]),
        ("promotion.start_time", |it| it.start_time = None),
        ("promotion.start_time", |it| it.start_time.as_mut().unwrap().nanos = -1),
        ("promotion.end_time", |it| it.end_time = it.start_time),
        ("promotion.end_time", |it| it.end_time.as_mut().unwrap().seconds = i64::MAX),
    ];
    for (field_name, spoil) in spoilt {
        let mut promotion = spring();
        spoil(&mut promotion);
        refused(field_name, put_promotion(&client, &new_id(), promotion).await);
    }
    put_store(&client, &new_id(), lille()).await.unwrap();
    let of = |codes: &[&str]| pb::Promotion {
        store_codes: codes.iter().map(ToString::to_string).collect(),
        ..spring()
    };
    put_promotion(&client, &new_id(), of(&["LILLE"])).await.unwrap();
    let unknown = put_promotion(&client, &new_id(), of(&["LILLE", "ARRAS"])).await.unwrap_err();
    assert!(unknown.message().contains("there is no store ARRAS"), "{unknown:?}");
    let nothing = pb::PutPromotionRequest { request_id: new_id(), promotion: None };
    refused("promotion", client.clone().put_promotion(nothing).await);
}

#[tokio::test]
async fn a_page_that_cannot_be_is_refused() {
    let service = Service::start().await;
    let client = operator(&service);
    for page_size in [-1, 1_001, i32::MIN, i32::MAX] {
        let products = pb::ListProductsRequest { page_size, page_token: String::new() };
        refused("page_size", client.clone().list_products(products).await);
        let stores = pb::ListStoresRequest { page_size, page_token: String::new() };
        refused("page_size", client.clone().list_stores(stores).await);
    }
    let products = pb::ListProductsRequest { page_size: 0, page_token: "x".to_owned() };
    refused("page_token", client.clone().list_products(products).await);
    let stores = pb::ListStoresRequest { page_size: 0, page_token: "é".to_owned() };
    refused("page_token", client.clone().list_stores(stores).await);
}

#[tokio::test]
async fn nobody_but_an_operator_changes_the_catalogue() {
    let service = Service::start().await;
    for identity in ["terminal-LILLE-01", "portal", "membership"] {
        let client = CatalogueServiceClient::new(service.peer(identity));
        let put = put_store(&client, &new_id(), lille()).await.unwrap_err();
        assert_eq!(put.code(), Code::PermissionDenied, "{identity}");
        let import =
            client.clone().import_catalogue(pb::ImportCatalogueRequest::default()).await.unwrap_err();
        assert_eq!(import.code(), Code::PermissionDenied, "{identity}");
    }
}
