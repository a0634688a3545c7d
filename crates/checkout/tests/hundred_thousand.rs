//! A chain's whole assortment: how long it takes to come in, and how much memory it keeps. A process of its own, for it weighs itself.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]
#![expect(dead_code, reason = "the service of the other tests can do more than is needed here")]

#[path = "it/service.rs"]
mod service;

use std::fmt::Write;
use std::time::{Duration, Instant};

use platform::{Clock, peer::Peer, pki};
use proto::checkout::v1 as pb;
use proto::checkout::v1::catalogue_service_client::CatalogueServiceClient;
use testbed::{Nats, TestDatabase};
use time::macros::datetime;
use uuid::Uuid;

use crate::service::{Service, TILLS};

const PRODUCTS: i64 = 100_000;
const THIRTY_SECONDS: Duration = Duration::from_secs(30);
const MEGABYTES: i64 = 1_000_000;

async fn start(db: TestDatabase) -> Service {
    let folder = tempfile::tempdir().unwrap();
    pki::create(folder.path(), &TILLS.map(str::to_owned)).unwrap();
    let nats = Nats::start().await.unwrap();
    Service::start_on(db, Clock::manual(datetime!(2026-05-02 09:00 UTC)), nats, folder)
}

/// What this process keeps in memory, in bytes.
fn resident() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<i64>().unwrap() * 1_024
}

/// Every product with a name, brand, categories, content, supplier and two prices, written where they are kept.
async fn fill(db: &TestDatabase) {
    for statement in [
        "insert into supplier select 'S-' || number, 'Fournisseur ' || number from generate_series(1, 500) as number",
        "insert into product (gtin, name, brand, category, net_content, sold_by, vat_code, supplier_code)
         select body || (
                    select (10 - sum(substr(body, place, 1)::int * (1 + place % 2 * 2)) % 10) % 10
                    from generate_series(1, 13) as place
                ),
                'Article de la ferme numéro ' || number, 'Marque ' || number % 900,
                'Épicerie, Produits salés, Rayon ' || number % 60, '250 g', 'unit', 'reduced', 'S-' || (number % 500 + 1)
         from generate_series(1, 100000) as number
         cross join lateral (select lpad((300000000000 + number)::text, 13, '0') as body) as written",
        "insert into product_price (gtin, valid_from, price_minor)
         select gtin, timestamptz '2026-01-01' + interval '1 month' * month, 100 + month
         from product cross join generate_series(0, 1) as month",
    ] {
        sqlx::query(statement).execute(&db.pool).await.unwrap();
    }
}

fn file() -> String {
    let mut file = String::from("code,product_name,brands,category,quantity,supplier,price,price_from\n");
    for number in 0..PRODUCTS {
        let body = format!("{:012}", 300_000_000_000 + number);
        let check = barcode::check_digit(&body).unwrap();
        let (brand, shelf, supplier) = (number % 900, number % 60, number % 500);
        writeln!(
            file,
            "{body}{check},Article de la ferme {number},Marque {brand},\"Épicerie, Rayon {shelf}\",250 g,S-{supplier},1.95,2026-01-01"
        )
        .unwrap();
    }
    file
}

/// Sends the file and watches, as the operators' command does: a call that ran out of time is repeated when the import is over.
async fn import(
    client: CatalogueServiceClient<Peer>,
    request: pb::ImportCatalogueRequest,
) -> (pb::ImportCatalogueResponse, Vec<i64>) {
    let about = pb::GetImportRequest { request_id: request.request_id.clone() };
    let mut seen = Vec::new();
    loop {
        let (mut sender, mut watcher, request) = (client.clone(), client.clone(), request.clone());
        let sending = tokio::spawn(async move { sender.import_catalogue(request).await });
        loop {
            match watcher.get_import(about.clone()).await {
                Ok(progress) => seen.push(progress.into_inner().done),
                Err(_) if sending.is_finished() => break,
                Err(_) => tokio::task::yield_now().await,
            }
        }
        if let Ok(report) = sending.await.unwrap() {
            seen.dedup();
            return (report.into_inner(), seen);
        }
    }
}

#[tokio::test]
async fn a_hundred_thousand_products_take_less_than_100_mb_and_come_in_within_30_seconds() {
    let db = testbed::database("checkout", &checkout::MIGRATOR).await;
    fill(&db).await;
    let before = resident();
    let service = start(db).await;
    let mut operator = CatalogueServiceClient::new(service.peer("operator"));
    let listed = operator.list_products(pb::ListProductsRequest::default()).await.unwrap().into_inner();
    assert_eq!(listed.products.len(), 100);
    let kept = resident() - before;
    eprintln!("the catalogue of {PRODUCTS} products with 2 prices each: {} MB", kept / MEGABYTES);
    assert!(kept < 100 * MEGABYTES, "{kept} bytes");

    let empty = start(testbed::database("checkout", &checkout::MIGRATOR).await).await;
    let request = pb::ImportCatalogueRequest {
        request_id: Uuid::now_v7().to_string(),
        file: file().into_bytes(),
        default_vat_code: "reduced".to_owned(),
    };
    let operator = CatalogueServiceClient::new(empty.peer("operator")).max_encoding_message_size(20 << 20);
    let begun = Instant::now();
    let (report, seen) = import(operator, request).await;
    let took = begun.elapsed();
    assert_eq!((report.created, report.prices, report.rejected.len()), (PRODUCTS, PRODUCTS, 0));
    eprintln!("{PRODUCTS} products came in within {took:?}");
    assert!(took < THIRTY_SECONDS, "{took:?}");
    assert!(seen.is_sorted() && seen.len() > 5, "the progress is seen: {seen:?}");
}
