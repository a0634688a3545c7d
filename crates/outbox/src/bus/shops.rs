//! Shops with a nats-server of their own: the centre's SALES is fed from theirs, and their MEMBERS and RECEIPTS from what the centre
//! gives them of its own, which is the cards, and to each shop what became of its mails.

use async_nats::jetstream::stream::Source;

use super::stream::{SERVICES_API, source};
use super::{Bus, BusError, StreamSpec};

/// The consumer API of the centre, as shops hear of it.
const CENTRE_API: &str = "$JS.centre.API";
/// What shops are given of MEMBERS.
const CARDS: [&str; 2] = ["members.card_issued.*", "members.card_blocked.*"];
/// What shops are given of RECEIPTS, each its own: checkout seals that a document was sent.
const MAILS: &str = "receipts.settled";

impl Bus {
    /// Makes the copies of cards and mails that shops copy in their turn. To be called at the centre, on a bus connected as `shops-admin`.
    ///
    /// # Errors
    /// When NATS refuses, or a copy is there and is another.
    pub async fn ensure_copies_for_shops(&self) -> Result<(), BusError> {
        let cards = CARDS.map(|cards| source("MEMBERS", cards, SERVICES_API, "deliver.shops"));
        self.ensure_stream(&StreamSpec::members().sourced(cards.to_vec())).await?;
        let mails = source("RECEIPTS", &format!("{MAILS}.*"), SERVICES_API, "deliver.shops");
        self.ensure_stream(&StreamSpec::receipts().sourced(vec![mails])).await
    }

    /// Makes the shop's copies of the cards and of what became of its mails. To be called in the shop, on a bus connected as `operator`.
    ///
    /// # Errors
    /// When NATS refuses, or a copy is there and is another.
    pub async fn ensure_copies_of_centre(&self, store_code: &str) -> Result<(), BusError> {
        let cards = source("MEMBERS", "members.>", CENTRE_API, &format!("deliver.members.{store_code}"));
        self.ensure_stream(&StreamSpec::members().sourced(vec![cards])).await?;
        let (mails, delivered) = (format!("{MAILS}.{store_code}"), format!("deliver.receipts.{store_code}"));
        let mails = source("RECEIPTS", &mails, CENTRE_API, &delivered);
        self.ensure_stream(&StreamSpec::receipts().sourced(vec![mails])).await
    }

    /// Lets the events of these shops flow into the centre's SALES, which is made when it is absent; those that flow already go on.
    /// To be called at the centre, on a bus connected as `operator`.
    ///
    /// # Errors
    /// When NATS refuses.
    pub async fn ensure_sales_of_shops(&self, store_codes: &[String]) -> Result<(), BusError> {
        let stream = self.stream(&StreamSpec::sales()).await?;
        let mut config = stream.cached_info().config.clone();
        let mut sources = config.sources.take().unwrap_or_default();
        for store_code in store_codes {
            let (api, delivered) = (format!("$JS.{store_code}.API"), format!("deliver.sales.{store_code}"));
            let flows = |source: &Source| source.external.as_ref().is_some_and(|from| from.api_prefix == api);
            if !sources.iter().any(flows) {
                sources.push(source("SALES", &format!("*.*.{store_code}"), &api, &delivered));
            }
        }
        config.sources = Some(sources);
        let updated = self.jetstream().update_stream(config).await;
        updated.map(drop).map_err(|error| BusError::request("letting the shops' events flow", error))
    }
}
