//! Shoppers in bad weather: replies get lost, the database throws edits back, the process dies. What was shown is what is paid, once.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::books::Fault;
use crate::shop::{Running, Shop, total};

const SEED: u64 = 20_260_502;
const SHOPPERS: usize = 12;
const STEPS: usize = 12;
const RPCS: [&str; 5] = ["ScanItem", "SetQuantity", "BeginPayment", "CompleteSale", "GetBasket"];

#[tokio::test]
async fn whatever_the_weather_every_shopper_pays_what_was_shown_and_pays_once() {
    let shop = Shop::open().await;
    let mut chance = StdRng::seed_from_u64(SEED);
    let mut running = shop.start_with(&[]).await;
    let mut paid = Vec::new();
    for shopper in 0..SHOPPERS {
        running.till.scan("item-100", 0).await.unwrap();
        for _ in 0..STEPS {
            running = bad_weather(&shop, running, &mut chance).await;
        }
        // The shopper presses until it is done: a basket that has changed is looked at first.
        let sale = loop {
            let view = running.till.view();
            let shown = view.basket().map(|_| total(&view));
            match running.till.pay().await {
                Ok(view) => {
                    let sale = *view.sale().unwrap();
                    assert_eq!(Some(sale.total_minor), shown, "shopper {shopper} of seed {SEED}");
                    break sale;
                }
                Err(terminal::till::Notice::BasketChanged) => {}
                Err(notice) => panic!("shopper {shopper} of seed {SEED}: {notice:?}"),
            }
        };
        paid.push(sale.total_minor);
        assert_eq!(shop.charged(), paid, "shopper {shopper} of seed {SEED}");
        assert_eq!(shop.books.sales().len(), paid.len(), "shopper {shopper} of seed {SEED}");
        let ledger: Vec<i64> = shop.ledger().iter().map(|line| line.total_minor).collect();
        assert_eq!(ledger, paid, "shopper {shopper} of seed {SEED}");
    }
}

async fn bad_weather(shop: &Shop, running: Running, chance: &mut StdRng) -> Running {
    match chance.random_range(0..8) {
        0..3 => {
            // Prices of whole euros: no magic amount comes of them.
            let code = format!("item-{}", chance.random_range(1..20) * 100);
            running.till.scan(&code, 0).await.unwrap();
        }
        3 => {
            let quantity = chance.random_range(1..5) * 1_000;
            running.till.set_quantity(1, quantity).await.unwrap();
        }
        4 => shop.books.throw_back(chance.random_range(1..3)),
        5 => shop.books.fail_once(RPCS[chance.random_range(0..RPCS.len())], Fault::LoseReply),
        6 => shop.books.fail_once(RPCS[chance.random_range(0..RPCS.len())], Fault::Unavailable),
        _ => {
            running.dies().await;
            let again = shop.start();
            let view = again.ready().await;
            assert!(total(&view) > 0);
            return again;
        }
    }
    running
}
