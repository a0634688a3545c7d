//! The streams as their readers see them: sales through the analyst's credential, counts through the operator's.

use std::collections::BTreeSet;

use anyhow::Context;
use async_nats::{
    ConnectOptions,
    jetstream::{self, consumer::pull},
};
use futures::{StreamExt, TryStreamExt};
use proto::{checkout::v1::SaleCompleted, subject};

use crate::shop::Shop;

/// The two accounts that the reader looks through.
pub struct Streams {
    operator: jetstream::Context,
    analyst: jetstream::Context,
}

impl Streams {
    /// Connects as the operator and as the analyst.
    ///
    /// # Errors
    /// When NATS refuses.
    pub async fn open(shop: &Shop) -> anyhow::Result<Self> {
        let connect = async |user: &str| -> anyhow::Result<jetstream::Context> {
            let options =
                ConnectOptions::with_user_and_password(user.to_owned(), shop.nats.password(user).to_owned())
                    .custom_inbox_prefix(format!("_INBOX_{user}"));
            Ok(jetstream::new(options.connect(shop.nats.url()).await?))
        };
        Ok(Self { operator: connect("operator").await?, analyst: connect("analyst").await? })
    }

    /// Distinct sales in the analyst's copy of the stream, once it is level with the stream itself.
    ///
    /// # Errors
    /// When a stream cannot be read.
    pub async fn sales(&self) -> anyhow::Result<i64> {
        let original = self.of_sales().await?;
        let level = || async {
            self.messages(&self.analyst, COPY_OF_SALES).await.is_ok_and(|copied| copied >= original)
        };
        testbed::eventually(std::time::Duration::from_secs(30), "the analysts' copy is level", level).await?;
        let config = pull::Config {
            // The analyst's rights are on consumers with a name.
            name: Some(format!("reader-{}", uuid::Uuid::now_v7().simple())),
            filter_subject: subject::sale_completed::ALL.to_owned(),
            ack_policy: jetstream::consumer::AckPolicy::None,
            inactive_threshold: std::time::Duration::from_secs(60),
            ..pull::Config::default()
        };
        let consumer = self
            .analyst
            .create_consumer_on_stream(config, COPY_OF_SALES)
            .await
            .context("the analyst cannot read the copy")?;
        let expected = usize::try_from(consumer.cached_info().num_pending)?;
        let mut seen = BTreeSet::new();
        let mut messages = consumer.messages().await?.take(expected);
        while let Some(message) = messages.next().await {
            let message = message.map_err(|failure| anyhow::anyhow!("cannot read the copy: {failure}"))?;
            let sale: SaleCompleted = serde_json::from_slice(&message.payload)?;
            seen.insert(sale.sale_id);
        }
        Ok(i64::try_from(seen.len())?)
    }

    /// Messages of sales in their stream: those of the catalogue go the same way, and are not copied.
    async fn of_sales(&self) -> anyhow::Result<u64> {
        let stream = self.operator.get_stream(subject::SALES).await.context("no stream of sales")?;
        let subjects: Vec<(String, usize)> =
            stream.info_with_subjects("sales.>").await?.try_collect().await?;
        Ok(u64::try_from(subjects.into_iter().map(|(_, count)| count).sum::<usize>())?)
    }

    /// Messages in the four streams together.
    ///
    /// # Errors
    /// When a stream cannot be read.
    pub async fn events(&self) -> anyhow::Result<i64> {
        let mut sum = 0;
        for stream in [subject::SALES, subject::REVIEWS, subject::MEMBERS, subject::RECEIPTS] {
            sum += self.messages(&self.operator, stream).await?;
        }
        Ok(i64::try_from(sum)?)
    }

    async fn messages(&self, context: &jetstream::Context, stream: &str) -> anyhow::Result<u64> {
        let mut stream = context.get_stream(stream).await.with_context(|| format!("no stream {stream}"))?;
        Ok(stream.info().await?.state.messages)
    }
}

/// The analysts' copy of the sales has the name of the stream itself.
const COPY_OF_SALES: &str = subject::SALES;
