//! Peers that give up, a bus that is gone, a database that hangs up, an end in the middle of the work.

use std::time::Duration;

use futures::{TryStreamExt, future::join_all};
use proto::{checkout::v1 as pb, subject};
use testbed::eventually;
use tonic::{Code, Request};

use crate::{
    service::Service,
    shop::{JAM, PASTA, Shop, WINE},
    tenders::{by_credit, frozen_for, rich},
    till::{Till, completion, give_back, scan, take},
};

const PATIENCE: Duration = Duration::from_secs(30);

/// How many messages of sales the stream of sales holds.
async fn published(service: &Service) -> u64 {
    let password = service.nats.password("operator").to_owned();
    let client = async_nats::ConnectOptions::with_user_and_password("operator".to_owned(), password)
        .custom_inbox_prefix("_INBOX_operator")
        .connect(service.nats.url())
        .await
        .unwrap();
    let jetstream = async_nats::jetstream::new(client);
    let stream = jetstream.get_stream(subject::SALES).await.unwrap();
    let subjects = stream.info_with_subjects("sales.>").await.unwrap();
    let counts: Vec<(String, usize)> = subjects.try_collect().await.unwrap();
    counts.into_iter().map(|(_, count)| u64::try_from(count).unwrap()).sum()
}

/// Starts calls and lets go of them after ever other times: some before they are sent, some in the middle of their transaction.
async fn hammer(till: &Till, basket_id: &str) {
    for round in 0..100_u64 {
        let mut request = Request::new(scan(basket_id, PASTA, 0));
        request.set_timeout(Duration::from_millis(60));
        let mut client = till.client.clone();
        let call = client.scan_item(request);
        // Whatever becomes of it: nobody listens.
        let _ = tokio::time::timeout(Duration::from_micros(round % 20 * 200), call).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_gives_up_all_the_time_costs_nobody_a_sale() {
    let shop = Shop::open().await;
    let hostile = shop.till("LILLE-08");
    let baskets = [hostile.open().await, hostile.open().await, hostile.open().await];
    let honest = shop.till("LILLE-01");
    let selling = async {
        let mut sold = Vec::new();
        for _ in 0..40 {
            sold.push(honest.sell(&[PASTA, WINE]).await);
        }
        sold
    };
    let hammering = join_all(baskets.iter().map(|basket| hammer(&hostile, &basket.basket_id)));
    let (sold, _) = tokio::join!(selling, hammering);
    for ticket in &sold {
        let request = pb::GetSaleRequest { sale_id: ticket.sale_id.clone(), ..Default::default() };
        assert_eq!(&honest.sale(request).await.unwrap(), ticket);
    }
    assert_eq!(shop.count("select count(*) from sale").await, 40);
    for basket in &baskets {
        let kept = hostile.get(&basket.basket_id).await.unwrap();
        assert_eq!(kept.article_count, kept.basket_version - 1, "what was done was done whole");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_nobody_waited_for_is_still_to_be_had() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let frozen = till.freeze(&[PASTA]).await;
    // Whoever holds the row makes the sale wait; the till loses patience first.
    let mut tx = shop.service.db.pool.begin().await.unwrap();
    sqlx::query("select from basket for update").execute(&mut *tx).await.unwrap();
    let request = completion(&frozen);
    let mut impatient = Request::new(request.clone());
    impatient.set_timeout(Duration::from_millis(60));
    let answer = till.client.clone().complete_sale(impatient).await.unwrap_err();
    assert!(matches!(answer.code(), Code::Cancelled | Code::DeadlineExceeded), "{answer:?}");
    tx.rollback().await.unwrap();
    let ticket = till.complete(request).await.unwrap();
    assert_eq!((ticket.sequence, shop.count("select count(*) from sale").await), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_sells_on_without_its_bus_and_the_events_follow_once() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    till.sell(&[PASTA]).await;
    shop.service.nats.kill9().await.unwrap();
    for _ in 0..3 {
        till.sell(&[JAM]).await;
    }
    shop.service.is_healthy().await.unwrap();
    let Service { db, clock, nats, folder, replica } = shop.service;
    replica.abort().await;
    nats.restart().await.unwrap();
    let service = Service::start_on(db, clock, nats, folder);
    let shop = Shop { service };
    shop.till("LILLE-01").sell(&[WINE]).await;
    let unsent = "select count(*) from outbox where published_time is null";
    eventually(PATIENCE, "all is published", async || shop.count(unsent).await == 0).await.unwrap();
    assert_eq!(published(&shop.service).await, 5);
    assert_eq!(shop.count("select max(sequence) from sale").await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_hangs_up_costs_a_repeat_and_nothing_else() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let cut = async {
        for _ in 0..5 {
            let hang_up = "select pg_terminate_backend(pid) from pg_stat_activity
                           where application_name = 'checkout' and datname = current_database()";
            sqlx::query(hang_up).execute(&shop.service.db.pool).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let requests = join_all((0..6).map(|_| till.freeze(&[PASTA]))).await;
    let selling = join_all(requests.iter().map(|frozen| async {
        let request = completion(frozen);
        loop {
            match till.complete(request.clone()).await {
                Ok(ticket) => return ticket,
                // The outcome is unknown, so the very same command is sent again.
                Err(status) => assert!(matches!(status.code(), Code::Unavailable), "{status:?}"),
            }
        }
    }));
    let (tickets, ()) = tokio::join!(selling, cut);
    let mut numbers: Vec<i64> = tickets.iter().map(|ticket| ticket.sequence).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    assert_eq!(shop.count("select count(*) from sale").await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_hangs_up_neither_loses_nor_doubles_a_tender() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let card = rich(&shop, 1).await;
    let frozen = frozen_for(&till, &card, &[WINE]).await;
    let cut = async {
        for _ in 0..5 {
            let hang_up = "select pg_terminate_backend(pid) from pg_stat_activity
                           where application_name = 'checkout' and datname = current_database()";
            sqlx::query(hang_up).execute(&shop.service.db.pool).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let paying = async {
        for _ in 0..3 {
            let request = take(&frozen, by_credit(500));
            let held = insisted(async || till.take(request.clone()).await).await;
            let back = give_back(&held, &held.tenders[0].tender_id);
            insisted(async || till.give_back(back.clone()).await).await;
        }
        let request = take(&frozen, by_credit(500));
        let held = insisted(async || till.take(request.clone()).await).await;
        let request = completion(&held);
        insisted(async || till.complete(request.clone()).await).await
    };
    let (ticket, ()) = tokio::join!(paying, cut);
    let paid: Vec<i64> = ticket.payments.iter().map(|paid| paid.amount_minor).collect();
    assert_eq!(paid, [500, 300]);
    let entries = "select count(*) from store_credit_entry";
    assert_eq!(shop.count(entries).await, 8, "one refund, four times taken, three times given back");
    assert_eq!(shop.count("select balance_minor from store_credit").await, 300);
}

/// Sends the very same command until it is answered: the outcome of each try before is unknown.
async fn insisted<T>(send: impl AsyncFn() -> Result<T, tonic::Status>) -> T {
    loop {
        match send().await {
            Ok(answer) => return answer,
            Err(status) => assert!(matches!(status.code(), Code::Unavailable), "{status:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_in_the_middle_of_the_work_loses_nothing_that_was_acknowledged() {
    let shop = Shop::open().await;
    let tills: Vec<Till> = (1..=6).map(|number| shop.till(&format!("LILLE-0{number}"))).collect();
    let shutdown = shop.service.replica.shutdown.clone();
    let selling = join_all(tills.iter().enumerate().map(async |(index, till)| {
        let mut acknowledged = 0_i64;
        loop {
            let request = pb::OpenBasketRequest { request_id: crate::shop::new_id(), ..Default::default() };
            let Ok(opened) = till.client.clone().open_basket(request).await else { return acknowledged };
            let id = opened.into_inner().basket.unwrap().basket_id;
            let Ok(_) = till.scan(&id, PASTA).await else { return acknowledged };
            let Ok(frozen) = till.begin(&id, 2).await else { return acknowledged };
            let Ok(_) = till.complete(completion(&frozen)).await else { return acknowledged };
            acknowledged += 1;
            if (index, acknowledged) == (0, 5) {
                shutdown.cancel();
            }
        }
    }));
    let acknowledged: i64 = selling.await.into_iter().sum();
    let Service { db, nats, clock, folder, replica } = shop.service;
    replica.stop().await;
    let count = async |query| sqlx::query_scalar::<_, i64>(query).fetch_one(&db.pool).await.unwrap();
    let sold = count("select count(*) from sale").await;
    assert!(sold >= acknowledged, "{sold} sales, {acknowledged} acknowledged");
    assert_eq!(count("select count(*) from outbox where published_time is null").await, 0);
    let service = Service::start_on(db, clock, nats, folder);
    assert_eq!(published(&service).await, u64::try_from(sold).unwrap());
}
