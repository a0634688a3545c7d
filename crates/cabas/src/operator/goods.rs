//! `cabas recall` and the held prices of `cabas catalogue`.

use platform::peer::Peer;
use proto::checkout::v1::{
    HeldPrice, ListHeldPricesRequest, ListRecallSalesRequest, ListRecallsRequest, PutRecallRequest, Recall,
    SettleHeldPriceRequest, catalogue_service_client::CatalogueServiceClient,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{refused, request_id};

type Client = CatalogueServiceClient<Peer>;

/// Stops the sale of goods, and lists who bought them. Asked again it changes nothing, and lists also those whose payment had begun
/// when the goods were stopped.
pub async fn recall(mut client: Client, code: &str, batch: String, reason: String) -> anyhow::Result<()> {
    let recall = Recall {
        recall_id: Uuid::now_v7().to_string(),
        gtin: code.to_owned(),
        batch,
        reason,
        start_time: None,
        end_time: None,
    };
    let asked = recall.recall_id.clone();
    let request = PutRecallRequest { request_id: request_id(), recall: Some(recall), ends_now: false };
    let kept = client.put_recall(request).await.map_err(refused)?.into_inner().recall.unwrap_or_default();
    if kept.recall_id == asked {
        println!("recall {asked}: the tills stop the sale of {} within two seconds", kept.gtin);
    } else {
        println!("recall {}: the sale of {} is stopped already", kept.recall_id, kept.gtin);
    }
    list_buyers(client, kept.recall_id).await
}

/// Lists who bought the goods of a recall: one line a sale, `-` where no card was shown.
pub async fn list_buyers(mut client: Client, recall_id: String) -> anyhow::Result<()> {
    let mut page_token = String::new();
    loop {
        let request = ListRecallSalesRequest { recall_id: recall_id.clone(), page_size: 1_000, page_token };
        let page = client.list_recall_sales(request).await.map_err(refused)?.into_inner();
        for sale in page.sales {
            let member = if sale.member_id.is_empty() { "-" } else { &sale.member_id };
            let batch = if sale.batch.is_empty() { "-" } else { &sale.batch };
            let sold = OffsetDateTime::from_unix_timestamp(sale.completed_seconds)?;
            println!("{member} {} {sold} {} batch {batch}", sale.store_code, sale.sale_id);
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(());
        }
    }
}

/// Lets the goods of a recall be sold again.
pub async fn end_recall(mut client: Client, recall_id: Uuid) -> anyhow::Result<()> {
    let mut page_token = String::new();
    let recall = loop {
        let request = ListRecallsRequest { page_size: 1_000, page_token };
        let page = client.list_recalls(request).await.map_err(refused)?.into_inner();
        let found = page.recalls.into_iter().find(|recall| recall.recall_id == recall_id.to_string());
        if let Some(recall) = found {
            break recall;
        }
        anyhow::ensure!(!page.next_page_token.is_empty(), "there is no recall {recall_id}");
        page_token = page.next_page_token;
    };
    let request = PutRecallRequest { request_id: request_id(), recall: Some(recall), ends_now: true };
    client.put_recall(request).await.map_err(refused)?;
    println!("recall {recall_id} has ended");
    Ok(())
}

/// Lists the prices that wait for a person.
pub async fn held(mut client: Client) -> anyhow::Result<()> {
    let mut page_token = String::new();
    loop {
        let request = ListHeldPricesRequest { page_size: 1_000, page_token };
        let page = client.list_held_prices(request).await.map_err(refused)?.into_inner();
        for held in page.held_prices {
            println!("{}", waiting(&held));
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(());
        }
    }
}

/// A held price in one line: first the one of the two that is suspect.
fn waiting(held: &HeldPrice) -> String {
    let store = if held.store_code.is_empty() { "all stores" } else { &held.store_code };
    let (price, previous) = (euros(held.price_minor), euros(held.previous_price_minor));
    let member = held.member_price_minor.map(euros);
    let what = match member {
        Some(member) if held.member_price_suspect && held.price_suspect => {
            format!("{price}, for members {member}, instead of {previous}")
        }
        Some(member) if held.member_price_suspect => {
            format!("for members {member} instead of {previous}; for others {price}")
        }
        Some(member) => format!("{price} instead of {previous}; for members {member}"),
        None => format!("{price} instead of {previous}"),
    };
    format!("{} {} in {store}, {} times apart: {what}", held.held_price_id, held.gtin, held.times)
}

/// Puts a held price in force, or throws it away.
pub async fn settle(mut client: Client, held_price_id: Uuid, accept: bool) -> anyhow::Result<()> {
    let request =
        SettleHeldPriceRequest { request_id: request_id(), held_price_id: held_price_id.to_string(), accept };
    client.settle_held_price(request).await.map_err(refused)?;
    println!("{held_price_id} is {}", if accept { "in force" } else { "thrown away" });
    Ok(())
}

fn euros(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_price_shows_which_of_the_two_is_suspect_and_both_values() {
        let line = |price_minor, member_price_minor, price_suspect, member_price_suspect| {
            let held = HeldPrice {
                held_price_id: "id".to_owned(),
                gtin: "gtin".to_owned(),
                price_minor,
                member_price_minor,
                previous_price_minor: 200,
                price_suspect,
                member_price_suspect,
                times: 98,
                ..HeldPrice::default()
            };
            waiting(&held).split_once(" in all stores, 98 times apart: ").unwrap().1.to_owned()
        };
        assert_eq!(line(19_600, None, true, false), "196.00 instead of 2.00");
        assert_eq!(line(210, Some(2), false, true), "for members 0.02 instead of 2.00; for others 2.10");
        assert_eq!(line(19_600, Some(180), true, false), "196.00 instead of 2.00; for members 1.80");
        let both = line(19_600, Some(19_600), true, true);
        assert_eq!(both, "196.00, for members 196.00, instead of 2.00");
    }
}
