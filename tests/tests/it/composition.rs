//! `docker-compose.yml`, held to what it promises: with exactly its commands, variables, files and health checks a shop opens.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use demo::door::Visitor;
use e2e::{
    containers::{Composition, Machine, Service},
    lane::Lane,
};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use testbed::{Durability, Postgres, Process, SmtpSink, eventually, program};

/// How long a container may take to be healthy: what the file gives it.
const HEALTHY: std::time::Duration = std::time::Duration::from_secs(70);

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn composition() -> Composition {
    Composition::read(&repository().join("docker-compose.yml"))
}

#[test]
fn images_are_pinned_and_ports_are_on_loopback_and_nothing_runs_as_root() {
    for (name, service) in composition().services {
        let tag = service.image.rsplit_once(':').map(|(_, tag)| tag.to_owned()).unwrap_or_default();
        let is_exact = tag.chars().any(|letter| letter.is_ascii_digit());
        let is_ours = tag == "local" && service.image.starts_with("cabas");
        assert!(is_exact || is_ours, "{name}: {}", service.image);
        assert!(
            service.ports.iter().all(|port| port.starts_with("127.0.0.1:")),
            "{name}: {:?}",
            service.ports
        );
        assert!(
            service.user.as_deref().is_some_and(|user| !user.starts_with('0')),
            "{name}: {:?}",
            service.user
        );
        assert!(service.read_only, "{name}");
        let secrets = service.environment.keys().filter(|variable| variable.ends_with("PASSWORD"));
        assert_eq!(secrets.collect::<Vec<_>>(), Vec::<&String>::new(), "{name}");
    }
}

#[test]
fn every_part_that_serves_has_its_own_health_check() {
    for (name, service) in composition().services {
        let serves = ["checkout", "membership", "receipt", "reviews", "analytics", "portal", "terminal"];
        if serves.contains(&name.as_str()) {
            assert_eq!(service.healthcheck.unwrap().test, ["CMD", "cabas", name.as_str(), "health"]);
        }
        let is_program = service.command.first().is_some_and(|program| program == "cabas");
        assert!(
            !is_program || service.entrypoint == Some(Vec::new()),
            "{name}: the image's words come first"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_exactly_the_commands_and_variables_of_the_file_a_shop_opens_and_sells() {
    rustls::crypto::ring::default_provider().install_default().ok();
    let folder = tempfile::tempdir().unwrap();
    let composition = composition();
    let machine = Machine::at(folder.path(), repository(), &composition);
    let sink = SmtpSink::start(folder.path().join("mails")).await.unwrap();
    machine.is_at("mailpit:1025", sink.address().to_string());
    let mut servers = Servers { postgres: None, running: Vec::new() };
    for (name, service) in composition.in_order() {
        machine.mount(name, service);
        servers.start(&machine, name, service, folder.path()).await;
    }

    let mut lane = Lane::at(machine.address("terminal:8090").parse().unwrap());
    let shown = lane.insist("scan", json!({"code": "9524213001070", "quantity_milli": 0})).await;
    let sold = lane.pay().await;
    assert_eq!(shown["basket"]["total_minor"], sold.total_minor);
    assert_eq!(sold.sequence, 1);
}

/// What was started for the composition.
struct Servers {
    postgres: Option<Postgres>,
    running: Vec<Process>,
}

impl Servers {
    async fn start(&mut self, machine: &Machine, name: &str, service: &Service, folder: &Path) {
        let log = folder.join(format!("{name}.log"));
        match name {
            "postgres" => self.start_postgres(machine).await,
            "mailpit" => {}
            "nats" => {
                let command = machine.command(name, service, &service.command, &nats_server());
                self.running.push(Process::spawn(&command, &log).unwrap());
                // The image asks with a tool of its own; what it asks for is asked for here.
                let asked = &service.healthcheck.as_ref().unwrap().test;
                let path = asked.last().unwrap().strip_prefix("http://127.0.0.1:8222").unwrap();
                let mut visitor = Visitor::of(machine.address("nats:8222").parse().unwrap());
                let ask = async || visitor.get(path).await.is_ok_and(|answer| answer.status.is_success());
                self.healthy(name, &log, ask).await;
            }
            _ => {
                assert_eq!(service.command[0], "cabas", "{name}");
                let command = machine.command(name, service, &service.command, &program("cabas").unwrap());
                if service.runs_once() {
                    run_to_end(command, name).await;
                    return;
                }
                self.running.push(Process::spawn(&command, &log).unwrap());
                if let Some(check) = &service.healthcheck {
                    let ask = || machine.command(name, service, &check.test[1..], &program("cabas").unwrap());
                    self.healthy(name, &log, async || succeeds(ask()).await).await;
                }
            }
        }
    }

    async fn healthy(&self, name: &str, log: &Path, ask: impl AsyncFnMut() -> bool) {
        let waited = eventually(HEALTHY, name, ask).await;
        waited.unwrap_or_else(|failure| panic!("{failure}: {}", std::fs::read_to_string(log).unwrap()));
    }

    /// The statements of `databases.sql`, where `\gexec` runs what a query answers.
    async fn start_postgres(&mut self, machine: &Machine) {
        let postgres = Postgres::start(Durability::Test).await.unwrap();
        machine.is_at("postgres:5432", format!("127.0.0.1:{}", postgres.port()));
        let script = std::fs::read_to_string(repository().join("deploy/postgres/databases.sql")).unwrap();
        let secrets = machine.volume("secrets").join("postgres");
        for query in script.split("\\gexec").filter(|query| query.contains("select format")) {
            let query = &query[query.find("select format").unwrap()..];
            // The server runs under an account that may not read the folder of a test.
            let query = query.replace(
                "pg_read_file('/run/secrets/postgres/' || service || '.password')",
                "$1::jsonb ->> service",
            );
            let passwords: serde_json::Value = platform::pki::SERVICES
                .into_iter()
                .chain(["checkout_owner"])
                .map(|role| {
                    let file = secrets.join(format!("{role}.password"));
                    (role.to_owned(), std::fs::read_to_string(file).unwrap().into())
                })
                .collect::<serde_json::Map<_, _>>()
                .into();
            let mut superuser = PgConnection::connect(&postgres.url("postgres")).await.unwrap();
            let mut answering = sqlx::query_scalar(AssertSqlSafe(query.clone()));
            if query.contains("$1") {
                answering = answering.bind(passwords);
            }
            let statements: Vec<String> = answering.fetch_all(&mut superuser).await.unwrap();
            assert!(!statements.is_empty(), "{query}");
            for statement in statements {
                postgres.execute(&statement).await.unwrap();
            }
        }
        self.postgres = Some(postgres);
    }
}

async fn run_to_end(mut command: Command, name: &str) {
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
}

async fn succeeds(mut command: Command) -> bool {
    tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .is_ok_and(|output| output.status.success())
}

fn nats_server() -> PathBuf {
    let installed = repository().join("var/tools/nats-server");
    match std::env::var_os("NATS_SERVER") {
        Some(named) => named.into(),
        None if installed.is_file() => installed,
        None => "nats-server".into(),
    }
}
