//! The streams as their readers see them: sales through the analyst's credential, counts through the operator's.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use anyhow::Context;
use async_nats::{
    ConnectOptions, Message,
    jetstream::{self, consumer::pull},
};
use futures::{StreamExt, TryStreamExt};
use proto::{
    checkout::v1::{SaleCompleted, TillAttended},
    subject,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::shop::Shop;

/// What people of the store decided about the tills.
#[derive(Clone, Copy, Debug)]
pub struct Attended {
    /// All decisions.
    pub decided: i64,
    /// Of those, about payments that nobody knew of.
    pub settled: i64,
}

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
        testbed::eventually(LEVEL, "the analysts' copy is level", level).await?;
        let sales: Vec<SaleCompleted> = self.copied(subject::sale_completed::ALL).await?;
        let seen: BTreeSet<String> = sales.into_iter().map(|sale| sale.sale_id).collect();
        Ok(i64::try_from(seen.len())?)
    }

    /// Distinct decisions of people about the tills in the analyst's copy of the stream, which is level after [`Streams::sales`].
    ///
    /// # Errors
    /// When the copy cannot be read.
    pub async fn attended(&self) -> anyhow::Result<Attended> {
        let told: Vec<TillAttended> = self.copied(subject::till_attended::ALL).await?;
        let by_people = told.into_iter().filter(|attended| attended.decision != "withdrawn");
        let seen: BTreeMap<String, String> =
            by_people.map(|attended| (attended.intervention_id, attended.kind)).collect();
        let settled = seen.values().filter(|kind| *kind == "payment_unknown").count();
        Ok(Attended { decided: i64::try_from(seen.len())?, settled: i64::try_from(settled)? })
    }

    /// What the analyst's copy saw of the tills' chains of tickets, as `cabas fiscal verify` reads it: one JSON object a line.
    ///
    /// # Errors
    /// When the copy cannot be read.
    pub async fn witnesses(&self) -> anyhow::Result<String> {
        let sales: Vec<Value> = self.copied(subject::sale_completed::ALL).await?;
        let line = |sale: &Value| {
            json!({
                "siret": sale["siret"],
                "terminal": sale["terminal_code"],
                "kind": "ticket",
                "sequence": sale["sequence"],
                "hash": sale["fiscal_hash"],
                "time": sale["completed_time"],
            })
        };
        Ok(sales.iter().map(|sale| format!("{}\n", line(sale))).collect())
    }

    /// The identities of the messages in the stream of sales, each as often as it is there, once there are so many.
    ///
    /// # Errors
    /// When the stream cannot be read, or does not hold so many in time.
    pub async fn ids(&self, expected: u64) -> anyhow::Result<Vec<String>> {
        let level = || async {
            self.messages(&self.operator, subject::SALES).await.is_ok_and(|told| told >= expected)
        };
        testbed::eventually(LEVEL, "the stream of sales is level", level).await?;
        let read = read(&self.operator, subject::SALES, "sales.>").await?;
        let id = |message: Message| Some(message.headers.as_ref()?.get("Nats-Msg-Id")?.to_string());
        read.into_iter().map(|message| id(message).context("a message without an identity")).collect()
    }

    /// Every message of one type in the analyst's copy.
    async fn copied<T: DeserializeOwned>(&self, subject: &str) -> anyhow::Result<Vec<T>> {
        let read = read(&self.analyst, COPY_OF_SALES, subject).await?;
        read.iter().map(|message| Ok(serde_json::from_slice(&message.payload)?)).collect()
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
/// How long a stream may take to be level with what it is filled from.
const LEVEL: Duration = Duration::from_secs(30);

/// Every message of a stream under a subject.
async fn read(context: &jetstream::Context, stream: &str, subject: &str) -> anyhow::Result<Vec<Message>> {
    let config = pull::Config {
        // The analyst's rights are on consumers with a name.
        name: Some(format!("reader-{}", uuid::Uuid::now_v7().simple())),
        filter_subject: subject.to_owned(),
        ack_policy: jetstream::consumer::AckPolicy::None,
        inactive_threshold: Duration::from_secs(60),
        ..pull::Config::default()
    };
    let consumer = context
        .create_consumer_on_stream(config, stream)
        .await
        .with_context(|| format!("cannot read {stream}"))?;
    let expected = usize::try_from(consumer.cached_info().num_pending)?;
    let mut read = Vec::with_capacity(expected);
    let mut messages = consumer.messages().await?.take(expected);
    while let Some(message) = messages.next().await {
        let message = message.map_err(|failure| anyhow::anyhow!("cannot read {stream}: {failure}"))?;
        read.push(message.message);
    }
    Ok(read)
}
