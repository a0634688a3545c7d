//! `cabas shop FILE`: stores, terminals and promotions out of one JSON file. Putting the same file twice changes nothing.

use std::{fs, path::Path};

use anyhow::Context;
use platform::peer::Peer;
use proto::checkout::v1::{
    PutPromotionRequest, PutStoreRequest, PutTerminalRequest, Store, Terminal, TerminalKind,
    catalogue_service_client::CatalogueServiceClient,
};
use serde::Deserialize;

use super::{refused, request_id};
use promotion::PromotionEntry;

mod promotion;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShopFile {
    stores: Vec<StoreEntry>,
    #[serde(default)]
    promotions: Vec<PromotionEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoreEntry {
    code: String,
    name: String,
    address: Vec<String>,
    siret: String,
    vat_number: String,
    time_zone: String,
    currency: String,
    /// How its scale labels are read; the rules of the house without any.
    #[serde(default)]
    label_rules: Vec<String>,
    /// Code of the bag that is offered before payment.
    #[serde(default)]
    bag: String,
    /// The most that empties bring back in one basket, in cents; as in the contract when it is left out.
    #[serde(default)]
    deposit_return_limit_minor: i64,
    /// How many of ten thousand baskets are looked at before payment.
    #[serde(default)]
    audit_rate_basis_points: i32,
    /// Hours in which goods of a category are not sold, such as `20:00-08:00 Alcools`.
    #[serde(default)]
    closed_hours: Vec<String>,
    /// What is given back without a person, each as in the contract when it is left out: for so many days,
    #[serde(default)]
    refund_days: Option<i32>,
    /// so much of one sale, in cents,
    #[serde(default)]
    refund_sale_limit_minor: Option<i64>,
    /// and so much to one member in a month, in cents.
    #[serde(default)]
    refund_member_month_minor: Option<i64>,
    terminals: Vec<TerminalEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TerminalEntry {
    code: String,
    kind: Kind,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    #[serde(rename = "self")]
    SelfCheckout,
    Staffed,
}

pub async fn put(mut client: CatalogueServiceClient<Peer>, file: &Path) -> anyhow::Result<()> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let shop: ShopFile =
        serde_json::from_str(&text).with_context(|| format!("{} is not a file of a shop", file.display()))?;
    for entry in shop.stores {
        let (code, terminals) = (entry.code.clone(), entry.terminals.len());
        put_store(&mut client, entry).await?;
        println!("store {code} with {terminals} terminals");
    }
    for entry in shop.promotions {
        let code = entry.code.clone();
        let request = PutPromotionRequest { request_id: request_id(), promotion: Some(entry.into()) };
        client.put_promotion(request).await.map_err(refused)?;
        println!("promotion {code}");
    }
    Ok(())
}

async fn put_store(client: &mut CatalogueServiceClient<Peer>, mut entry: StoreEntry) -> anyhow::Result<()> {
    let (code, terminals) = (entry.code.clone(), std::mem::take(&mut entry.terminals));
    let request = PutStoreRequest { request_id: request_id(), store: Some(entry.into()) };
    client.put_store(request).await.map_err(refused)?;
    for terminal in terminals {
        let kind = match terminal.kind {
            Kind::SelfCheckout => TerminalKind::Self_,
            Kind::Staffed => TerminalKind::Staffed,
        };
        let terminal = Terminal { terminal_code: terminal.code, store_code: code.clone(), kind: kind.into() };
        let request = PutTerminalRequest { request_id: request_id(), terminal: Some(terminal) };
        client.put_terminal(request).await.map_err(refused)?;
    }
    Ok(())
}

impl From<StoreEntry> for Store {
    fn from(entry: StoreEntry) -> Self {
        Self {
            store_code: entry.code,
            name: entry.name,
            address_lines: entry.address,
            siret: entry.siret,
            vat_number: entry.vat_number,
            time_zone: entry.time_zone,
            currency_code: entry.currency,
            label_rules: entry.label_rules,
            bag_gtin: entry.bag,
            deposit_return_limit_minor: entry.deposit_return_limit_minor,
            audit_rate_basis_points: entry.audit_rate_basis_points,
            closed_hours: entry.closed_hours,
            refund_days: entry.refund_days,
            refund_sale_limit_minor: entry.refund_sale_limit_minor,
            refund_member_month_minor: entry.refund_member_month_minor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_of_the_file_says_how_much_its_empties_bring_back_at_most() {
        let store = |more: &str| {
            let text = format!(
                r#"{{"code": "LILLE", "name": "Lille", "address": [], "siret": "", "vat_number": "", "time_zone": "",
                    "currency": "EUR", "terminals": []{more}}}"#
            );
            Store::from(serde_json::from_str::<StoreEntry>(&text).unwrap())
        };
        assert_eq!(store(r#", "deposit_return_limit_minor": 2000"#).deposit_return_limit_minor, 2_000);
        assert_eq!(store("").deposit_return_limit_minor, 0, "as in the contract");
    }

    #[test]
    fn the_file_of_the_image_is_read_and_says_when_goods_are_not_sold() {
        let text = include_str!("../../../../deploy/shop.json");
        let shop: ShopFile = serde_json::from_str(text).unwrap();
        let store = Store::from(shop.stores.into_iter().next().unwrap());
        assert_eq!(store.closed_hours, ["22:00-06:00 Eaux-de-vie"]);
    }
}
