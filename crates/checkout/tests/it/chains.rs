//! The numbers and seals of the tills while many sell at once.

use futures::future::join_all;

use crate::{
    shop::{JAM, PASTA, Shop, WINE},
    till::completion,
};

const SALES: usize = 12;

/// Checks that a till's numbers run from 1 to `last` and that their seals hold.
pub async fn verify(shop: &Shop, terminal_code: &str, last: usize) {
    let rows = crate::journal::chain(shop, terminal_code, "ticket").await;
    assert_eq!(rows.len(), last, "{terminal_code}");
    let entries = rows.iter().map(|(sequence, payload, hash)| fiscal::Entry {
        sequence: *sequence,
        payload,
        hash: fiscal::Hash::try_from(&hash[..]).unwrap(),
    });
    fiscal::verify_chain(entries).unwrap();
    let (sequence, hash): (i64, Vec<u8>) = sqlx::query_as(
        "select sequence, hash from terminal_head where terminal_code = $1 and kind = 'ticket'",
    )
    .bind(terminal_code)
    .fetch_one(&shop.service.db.pool)
    .await
    .unwrap();
    let (last_sequence, _, last_hash) = rows.last().unwrap();
    assert_eq!((sequence, &hash), (*last_sequence, last_hash), "{terminal_code}");
}

#[tokio::test]
async fn eight_tills_on_two_replicas_number_their_tickets_without_gaps() {
    let shop = Shop::open().await;
    let replica = shop.service.another();
    let codes: Vec<String> = (1..=8).map(|number| format!("LILLE-0{number}")).collect();
    let selling = codes.iter().map(|code| {
        let tills = [shop.till(code), shop.till_of(&replica, code)];
        async move {
            for sale in 0..SALES {
                let ticket = tills[sale % 2].sell(&[PASTA, WINE]).await;
                assert_eq!(ticket.sequence, i64::try_from(sale + 1).unwrap());
            }
        }
    });
    join_all(selling).await;
    for code in &codes {
        verify(&shop, code, SALES).await;
    }
    replica.stop().await;
}

#[tokio::test]
async fn one_till_that_completes_many_baskets_at_once_on_two_replicas_misses_no_number() {
    let shop = Shop::open().await;
    let replica = shop.service.another();
    let tills = [shop.till("LILLE-01"), shop.till_of(&replica, "LILLE-01")];
    let mut completions = Vec::new();
    for index in 0..SALES {
        completions.push((index, completion(&tills[0].freeze(&[JAM]).await)));
    }
    let sales = completions.into_iter().map(|(index, request)| tills[index % 2].complete(request));
    let mut numbers: Vec<i64> =
        join_all(sales).await.into_iter().map(|sale| sale.unwrap().sequence).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=i64::try_from(SALES).unwrap()).collect::<Vec<_>>());
    verify(&shop, "LILLE-01", SALES).await;
    replica.stop().await;
}

#[tokio::test]
async fn edits_of_one_basket_at_once_all_count_once() {
    let shop = Shop::open().await;
    let replica = shop.service.another();
    let tills = [shop.till("LILLE-01"), shop.till_of(&replica, "LILLE-01")];
    let id = tills[0].open().await.basket_id;
    let scans = (0..30).map(|index| tills[index % 2].scan(&id, if index % 3 == 0 { JAM } else { PASTA }));
    let mut versions: Vec<i64> =
        join_all(scans).await.into_iter().map(|basket| basket.unwrap().basket_version).collect();
    versions.sort_unstable();
    assert_eq!(versions, (2..=31).collect::<Vec<_>>(), "each edit has a version of its own");
    let basket = tills[1].get(&id).await.unwrap();
    assert_eq!((basket.article_count, basket.lines.len()), (30, 2));
    replica.stop().await;
}
