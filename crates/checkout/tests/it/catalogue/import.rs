//! Files of products and prices.

use time::macros::datetime;

use super::*;

const PRODUCTS: &str = include_str!("../../../../demo/data/catalogue.csv");
const PRICES: &str = include_str!("../../../../demo/data/prices.csv");
const MEBIBYTE: usize = 1 << 20;

fn catalogue(request_id: &str, file: &str) -> pb::ImportCatalogueRequest {
    pb::ImportCatalogueRequest {
        request_id: request_id.to_owned(),
        file: file.into(),
        default_vat_code: "reduced".to_owned(),
    }
}

async fn import(
    client: &Client,
    request_id: &str,
    file: &str,
) -> Result<pb::ImportCatalogueResponse, Status> {
    Ok(client.clone().import_catalogue(catalogue(request_id, file)).await?.into_inner())
}

async fn import_prices(
    client: &Client,
    request_id: &str,
    file: &str,
) -> Result<pb::ImportPricesResponse, Status> {
    let request = pb::ImportPricesRequest { request_id: request_id.to_owned(), file: file.into() };
    Ok(client.clone().import_prices(request).await?.into_inner())
}

async fn products(client: &Client, page_size: i32) -> Vec<pb::Product> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListProductsRequest { page_size, page_token };
        let page = client.clone().list_products(request).await.unwrap().into_inner();
        assert!(page.products.len() <= usize::try_from(page_size).unwrap());
        all.extend(page.products);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

fn rows(rejected: &[pb::RejectedRow]) -> Vec<(i64, &str, &str)> {
    rejected.iter().map(|row| (row.line, row.reason.as_str(), row.found.as_str())).collect()
}

#[tokio::test]
async fn the_files_of_the_demonstration_go_in_whole_and_change_nothing_the_second_time() {
    let service = Service::start().await;
    let client = operator(&service);
    let first = import(&client, &new_id(), PRODUCTS).await.unwrap();
    assert_eq!((first.rows, first.created, first.prices, &first.rejected[..]), (544, 544, 544, &[][..]));
    let prices = import_prices(&client, &new_id(), PRICES).await.unwrap();
    assert_eq!((prices.rows, prices.changed, &prices.rejected[..]), (132, 132, &[][..]));
    let version_before = version(&service).await;

    let second = import(&client, &new_id(), PRODUCTS).await.unwrap();
    assert_eq!((second.created, second.changed, second.unchanged, second.prices), (0, 0, 544, 0));
    let prices = import_prices(&client, &new_id(), PRICES).await.unwrap();
    assert_eq!((prices.changed, prices.unchanged), (0, 132));
    assert_eq!(version(&service).await, version_before);
}

#[tokio::test]
async fn products_are_listed_by_number_with_the_price_in_force_now() {
    let service = Service::start().await;
    let client = operator(&service);
    import(&client, &new_id(), PRODUCTS).await.unwrap();
    import_prices(&client, &new_id(), PRICES).await.unwrap();
    let mut priced = Vec::new();
    for now in [
        datetime!(2025-12-31 22:59:59 UTC),
        datetime!(2026-01-26 12:00 +1),
        datetime!(2026-01-25 23:59:59 +1),
        datetime!(2026-02-10 12:00 +1),
    ] {
        service.clock.set(now);
        let all = products(&client, 200).await;
        assert_eq!(all.len(), 544);
        assert!(all.is_sorted_by(|one, other| one.gtin < other.gtin));
        let one = all.into_iter().find(|product| product.gtin == "09524213001070").unwrap();
        priced.push((one.price_minor, one.member_price_minor));
    }
    assert_eq!(priced[0], (None, None));
    assert_eq!(priced[1], (Some(540), Some(480)));
    assert!(priced[2].0.is_some() && priced[2] != priced[1]);
    assert_eq!(priced[3], (Some(540), None), "a member price ends with its price");
}

#[tokio::test]
async fn twenty_times_the_same_import_is_one_import_with_one_answer() {
    let service = Service::start().await;
    let (client, id, before) = (operator(&service), new_id(), version(&service).await);
    let file = "code,product_name\n96385074,Stylo\n96385075,Crayon\n";
    let answers = join_all((0..20).map(|_| import(&client, &id, file))).await;
    let first = answers[0].as_ref().unwrap();
    assert_eq!((first.rows, first.created), (2, 1));
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == first));
    assert_eq!(&import(&client, &id, file).await.unwrap(), first, "not what a second import would say");
    assert_eq!(version(&service).await, before + 1);
    reused(import(&client, &id, "code,product_name\n96385074,Stylo\n").await);
}

#[tokio::test]
async fn twenty_times_the_same_prices_are_one_import_with_one_answer() {
    let service = Service::start().await;
    let (client, id) = (operator(&service), new_id());
    import(&client, &new_id(), "code,product_name\n96385074,Stylo\n").await.unwrap();
    let before = version(&service).await;
    let file = "code,price,price_from\n96385074,1.50,2026-01-01\n4006381333931,2,2026-01-01\n";
    let answers = join_all((0..20).map(|_| import_prices(&client, &id, file))).await;
    let first = answers[0].as_ref().unwrap();
    assert_eq!((first.rows, first.changed), (2, 1));
    assert_eq!(rows(&first.rejected), [(3, "UNKNOWN_GTIN", "04006381333931")]);
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == first));
    assert_eq!(version(&service).await, before + 1);
    reused(import_prices(&client, &id, "code,price,price_from\n").await);
}

#[tokio::test]
async fn imports_at_the_same_time_come_one_after_the_other() {
    let service = Service::start().await;
    let (client, file) = (operator(&service), "code,product_name\n96385074,Stylo\n4006381333931,Crayon\n");
    let ids: Vec<_> = (0..6).map(|_| new_id()).collect();
    let answers = join_all(ids.iter().map(|id| import(&client, id, file))).await;
    let created: i64 = answers.iter().map(|answer| answer.as_ref().unwrap().created).sum();
    let unchanged: i64 = answers.iter().map(|answer| answer.as_ref().unwrap().unchanged).sum();
    assert_eq!((created, unchanged), (2, 10));
}

#[tokio::test]
async fn good_rows_go_in_and_each_bad_one_is_reported() {
    let service = Service::start().await;
    let client = operator(&service);
    let file = "code;product_name;sold_by;vat_code;supplier;supplier_name;price;price_from\r\n\
        96385074;Carottes;kg;reduced;FERME;La Ferme;1,95;2026-01-01\r\n\
        96385075;Crayon;;;;;;\r\n\
        4006381333931;;;;;;;\r\n\
        4006381333931;Stylo;unit;normal;;;;\r\n\
        4006381333931;Encore;;;;;;\r\n\
        036000241457;Lait;;;;;1,95;demain\r\n";
    let report = import(&client, &new_id(), file).await.unwrap();
    assert_eq!((report.rows, report.created, report.prices), (6, 2, 1));
    let expected = [
        (3, "BAD_CHECK_DIGIT", "96385075"),
        (4, "NO_NAME", "04006381333931"),
        (6, "DUPLICATE_GTIN", "04006381333931"),
        (7, "BAD_DATE", "demain"),
    ];
    assert_eq!(rows(&report.rejected), expected);

    service.clock.set(datetime!(2026-05-01 12:00 UTC));
    let [carrots, pen] = &products(&client, 10).await[..] else { panic!("two products") };
    assert_eq!(
        (&*carrots.name, carrots.sold_by(), &*carrots.supplier_code),
        ("Carottes", pb::SoldBy::Kilogram, "FERME")
    );
    assert_eq!((carrots.price_minor, pen.price_minor), (Some(195), None));
    assert_eq!((&*pen.vat_code, pen.sold_by()), ("normal", pb::SoldBy::Unit));

    let renamed = import(&client, &new_id(), "code,product_name\n4006381333931,Stylo bleu\n").await.unwrap();
    assert_eq!((renamed.changed, renamed.unchanged), (1, 0));
    let names: Vec<_> = products(&client, 10).await.into_iter().map(|product| product.name).collect();
    assert_eq!(names, ["Carottes", "Stylo bleu"], "the other product stays as it was");
}

#[tokio::test]
async fn a_file_that_is_none_is_refused_and_its_id_stays_free() {
    let service = Service::start().await;
    let (client, id) = (operator(&service), new_id());
    refused("file", import(&client, &id, "").await);
    refused("file", import(&client, &id, "code;name\n96385074;Stylo\n").await);
    refused("file", import_prices(&client, &id, "code,price\n").await);
    let unheard =
        pb::ImportCatalogueRequest { default_vat_code: "unheard".to_owned(), ..catalogue(&id, PRODUCTS) };
    refused("default_vat_code", client.clone().import_catalogue(unheard).await);
    refused("request_id", import(&client, "", PRODUCTS).await);
    assert_eq!(products(&client, 10).await, []);
    assert_eq!(import(&client, &id, PRODUCTS).await.unwrap().created, 544);
}

#[tokio::test]
async fn a_file_of_sixteen_mebibytes_is_read_and_a_larger_one_refused() {
    let service = Service::start().await;
    let client = operator(&service);
    let header = "code,product_name,labels\n96385074,Stylo,";
    let largest = format!("{header}{}", "x".repeat(16 * MEBIBYTE - header.len()));
    assert_eq!(import(&client, &new_id(), &largest).await.unwrap().created, 1);
    refused("file", import(&client, &new_id(), &format!("{largest}x")).await);
    let huge = import(&client, &new_id(), &"x".repeat(17 * MEBIBYTE)).await.unwrap_err();
    assert_eq!(huge.code(), Code::OutOfRange);
}
