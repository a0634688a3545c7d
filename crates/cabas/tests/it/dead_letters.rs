//! Events that were put aside, looked at and replayed by an operator.

use std::{
    process::{Command, Output},
    sync::Arc,
    time::Duration,
};

use outbox::{Bus, BusConfig, NewEvent, Relay, RelayConfig, StreamSpec, Wake};
use platform::pki;
use prost_types::Timestamp;
use proto::{checkout::v1::SaleCompleted, subject};
use sqlx::AssertSqlSafe;
use testbed::{Nats, Process, TestDatabase, eventually};
use time::{OffsetDateTime, macros::datetime};
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(60);
const NOW: OffsetDateTime = datetime!(2026-05-02 10:15 UTC);

/// The service `analytics` as a process, and what it runs on.
struct Analytics {
    db: TestDatabase,
    nats: Nats,
    folder: tempfile::TempDir,
    process: Option<Process>,
}

impl Analytics {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        pki::create(folder.path(), &[]).unwrap();
        let nats = Nats::start().await.unwrap();
        let db = testbed::database("analytics", &analytics::MIGRATOR).await;
        let mut analytics = Self { db, nats, folder, process: None };
        let log = analytics.folder.path().join("analytics.log");
        analytics.process = Some(Process::spawn(&analytics.command(&[]), log).unwrap());
        analytics
    }

    fn command(&self, words: &[&str]) -> Command {
        let tls = pki::identity(self.folder.path(), "analytics");
        let mut command = Command::new(env!("CARGO_BIN_EXE_cabas"));
        command
            .arg("analytics")
            .args(words)
            .env("ANALYTICS_DATABASE_URL", &self.db.url)
            .env("ANALYTICS_NATS_URL", self.nats.url())
            .env("ANALYTICS_NATS_PASSWORD_FILE", self.nats.password_file("analytics"))
            .env("ANALYTICS_STAFF_PUBLIC_KEY", self.folder.path().join("staff.pub"))
            .env("ANALYTICS_TLS_CERT", tls.tls_cert)
            .env("ANALYTICS_TLS_KEY", tls.tls_key)
            .env("ANALYTICS_TLS_CA", tls.tls_ca);
        command
    }

    /// What `cabas analytics dead-letters …` answers: exit code, lines on standard output, lines on standard error.
    async fn dead_letters(&self, words: &[&str]) -> (i32, Vec<String>, Vec<String>) {
        let mut command = self.command(&[&["dead-letters"], words].concat());
        let asked = tokio::task::spawn_blocking(move || command.output().unwrap());
        let Output { status, stdout, stderr } = asked.await.unwrap();
        let lines = |text| String::from_utf8(text).unwrap().lines().map(str::to_owned).collect();
        (status.code().unwrap(), lines(stdout), lines(stderr))
    }

    /// Publishes sales as checkout would.
    async fn publish(&self, sales: &[SaleCompleted]) -> Vec<Uuid> {
        let runs = self.process.as_ref().is_some_and(|process| process.status().is_none());
        assert!(runs, "{}", self.folder.path().join("analytics.log").display());
        let mut tx = self.db.pool.begin().await.unwrap();
        let mut ids = Vec::new();
        for sale in sales {
            let subject = subject::sale_completed::of(&sale.store_code);
            let event = NewEvent::new(subject, subject::sale_completed::TYPE, "/test", NOW, sale).unwrap();
            outbox::record(&mut tx, &event).await.unwrap();
            ids.push(event.event_id);
        }
        tx.commit().await.unwrap();
        let bus = Bus::connect(BusConfig {
            url: self.nats.url(),
            user: "checkout".to_owned(),
            password: self.nats.password("checkout").to_owned(),
            ca_file: None,
            monitor_url: None,
        });
        let config = RelayConfig { database: self.db.url.parse().unwrap(), stream: StreamSpec::sales() };
        let relay = Arc::new(Relay::new(config, bus.await.unwrap(), Wake::new()));
        assert_eq!(relay.relay_once().await.unwrap(), ids.len() as u64);
        ids
    }

    async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(&self.db.pool).await.unwrap()
    }

    /// The figures that come of the sales which were applied.
    async fn sales(&self) -> i64 {
        self.count("select coalesce(sum(sales), 0)::bigint from store_hour").await
    }

    /// Corrects the body of a dead letter, as `docs/operators.md` tells to.
    async fn mend(&self, event_id: Uuid, wrong: &str, right: &str) {
        let corrected = format!("replace(convert_from(payload, 'UTF8'), '{wrong}', '{right}')");
        let query = format!(
            "update dead_letter set payload = convert_to({corrected}, 'UTF8') where event_id = '{event_id}'"
        );
        let done = sqlx::query(AssertSqlSafe(query)).execute(&self.db.pool).await.unwrap();
        assert_eq!(done.rows_affected(), 1);
    }
}

fn sale() -> SaleCompleted {
    SaleCompleted {
        sale_id: Uuid::now_v7().to_string(),
        store_code: "LILLE".to_owned(),
        time_zone: "Europe/Paris".to_owned(),
        terminal_code: "LILLE-01".to_owned(),
        terminal_kind: "self".to_owned(),
        sequence: 1,
        completed_time: Some(Timestamp { seconds: NOW.unix_timestamp(), nanos: 0 }),
        currency_code: "EUR".to_owned(),
        total_minor: 1000,
        ..SaleCompleted::default()
    }
}

/// A running service with one sale applied, and two put aside: one of a zone that is none, one without an id.
async fn with_two_put_aside() -> (Analytics, Uuid, Uuid) {
    let analytics = Analytics::start().await;
    let lost = SaleCompleted { time_zone: "Mars/Olympus".to_owned(), ..sale() };
    let nameless = SaleCompleted { sale_id: "nobody".to_owned(), ..sale() };
    let ids = analytics.publish(&[lost, nameless, sale()]).await;
    let handled = "select (select count(*) from inbox) + (select count(*) from dead_letter)";
    eventually(PATIENCE, "all are handled", async || analytics.count(handled).await == 3).await.unwrap();
    assert_eq!(analytics.sales().await, 1);
    (analytics, ids[0], ids[1])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_aside_is_listed_with_its_reason() {
    let (analytics, lost, nameless) = with_two_put_aside().await;
    let (code, lines, _) = analytics.dead_letters(&[]).await;
    assert_eq!((code, lines.len()), (0, 2));
    assert!(lines[0].starts_with(&lost.to_string()), "{}", lines[0]);
    assert!(lines[1].starts_with(&nameless.to_string()), "{}", lines[1]);
    let (place, reason) = ("sales.completed.LILLE delivered 1x", "unknown time zone \"Mars/Olympus\"");
    assert!(lines[0].ends_with(&format!(" {place}: {reason}")), "{}", lines[0]);
    let (_, lines, _) = analytics.dead_letters(&["--json"]).await;
    let listed: Vec<serde_json::Value> =
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&listed[0]["event_id"], &listed[0]["reason"]), (&lost.to_string().into(), &reason.into()));
    assert_eq!(listed[1]["type"], subject::sale_completed::TYPE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_event_that_is_mended_and_replayed_counts_once_however_often_it_is_replayed() {
    let (analytics, lost, _) = with_two_put_aside().await;
    let lost_id = lost.to_string();
    let replay = ["replay", lost_id.as_str()];
    let (code, told, refused) = analytics.dead_letters(&replay).await;
    assert_eq!((code, told.len(), analytics.sales().await), (1, 0, 1), "it is poison still");
    assert!(refused[0].contains("unknown time zone"), "{refused:?}");
    analytics.mend(lost, "Mars/Olympus", "Europe/Paris").await;
    for outcome in ["applied", "was applied before", "was applied before"] {
        let (code, told, _) = analytics.dead_letters(&replay).await;
        assert_eq!((code, told), (0, vec![format!("{lost} {outcome}")]));
        assert_eq!(analytics.sales().await, 2);
    }
    assert_eq!(analytics.dead_letters(&[]).await.1.len(), 1, "the other one waits");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_are_replayed_and_those_that_are_poison_still_keep_nobody_from_it() {
    let (analytics, lost, nameless) = with_two_put_aside().await;
    analytics.mend(nameless, "nobody", &Uuid::now_v7().to_string()).await;
    let (code, told, refused) = analytics.dead_letters(&["replay", "--all"]).await;
    assert_eq!((code, told), (1, vec![format!("{nameless} applied")]));
    assert!(refused[0].starts_with(&format!("{lost} the event was not applied")), "{refused:?}");
    assert_eq!(refused.last().unwrap(), "cabas: 1 of 2 dead letters wait on");
    analytics.mend(lost, "Mars/Olympus", "Europe/Paris").await;
    let (code, told, _) = analytics.dead_letters(&["replay", "--all"]).await;
    assert_eq!((code, told), (0, vec![format!("{lost} applied")]));
    let (code, told, _) = analytics.dead_letters(&["replay", "--all"]).await;
    assert_eq!((code, told.len(), analytics.sales().await), (0, 0, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_nobody_knows_is_no_success() {
    let (analytics, ..) = with_two_put_aside().await;
    let stranger = Uuid::now_v7().to_string();
    let (code, told, refused) = analytics.dead_letters(&["replay", &stranger]).await;
    assert_eq!((code, told.len()), (1, 0));
    let last = refused.last().unwrap();
    assert_eq!(last, &format!("cabas: analytics has no dead letter {stranger}"));
    assert_eq!(analytics.dead_letters(&["replay"]).await.0, 64, "which one must be said");
}
