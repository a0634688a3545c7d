//! `docker-compose.yml` and `deploy/edge/compose.yml`, held to what they promise: with exactly their commands, variables, files and health
//! checks a shop opens.

use std::{
    net::SocketAddr,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use demo::door::Visitor;
use e2e::{
    containers::{Composition, Machine, Service},
    lane::Lane,
};
use platform::pki;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use testbed::{Durability, Postgres, Process, SmtpSink, eventually, program};

/// How long a container may take to be healthy: what the file gives it.
const HEALTHY: std::time::Duration = std::time::Duration::from_secs(70);

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// A whole shop on one machine.
const WHOLE: &str = "docker-compose.yml";
/// A shop of its own.
const EDGE: &str = "deploy/edge/compose.yml";

fn composition(file: &str) -> Composition {
    Composition::read(&repository().join(file))
}

fn both() -> impl Iterator<Item = (String, Service)> {
    [WHOLE, EDGE].into_iter().flat_map(|file| composition(file).services)
}

#[test]
fn images_are_pinned_and_ports_are_on_loopback_and_nothing_runs_as_root() {
    for (name, service) in both() {
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
    for (name, service) in both() {
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

#[test]
fn every_variable_of_a_file_is_one_that_its_command_reads() {
    for (name, service) in both() {
        let [program_name, command, rest @ ..] = &service.command[..] else { continue };
        // What a container that only says what it can do is given is for the commands that people run in it.
        if program_name != "cabas" || command.starts_with("--") {
            continue;
        }
        let help = help(&[command]) + &rest.first().map(|below| help(&[command, below])).unwrap_or_default();
        for variable in service.environment.keys() {
            let is_read = |end: &str| help.contains(&format!("[env: {variable}{end}"));
            assert!(is_read("=") || is_read("]"), "{name}: {variable}");
        }
    }
}

/// What a command says of itself.
fn help(command: &[&str]) -> String {
    let said = Command::new(program("cabas").unwrap()).args(command).arg("--help").output().unwrap();
    String::from_utf8(said.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn with_exactly_the_commands_and_variables_of_the_file_a_shop_opens_and_sells() {
    rustls::crypto::ring::default_provider().install_default().ok();
    let folder = tempfile::tempdir().unwrap();
    let composition = composition(WHOLE);
    let machine = Machine::at(folder.path(), repository(), &composition);
    let sink = SmtpSink::start(folder.path().join("mails")).await.unwrap();
    machine.is_at("mailpit:1025", sink.address().to_string());
    let _servers = Servers::of(&machine, &composition, folder.path()).await;
    sells(&machine).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_exactly_the_commands_and_variables_of_its_file_a_shop_of_its_own_opens_while_its_centre_is_away()
 {
    rustls::crypto::ring::default_provider().install_default().ok();
    let folder = tempfile::tempdir().unwrap();
    // As somebody carries it there: the folder `deploy`, and in it what the centre gave the shop.
    let (deploy, centre) = (folder.path().join("deploy"), folder.path().join("centre"));
    let beside = deploy.join("edge");
    std::fs::create_dir_all(&beside).unwrap();
    for (file, place) in [("edge/shop.conf", beside.join("shop.conf")), ("postgres", deploy.join("postgres"))]
    {
        symlink(repository().join("deploy").join(file), place).unwrap();
    }
    pki::create(&centre, &[]).unwrap();
    pki::create_store(&centre, "LILLE", "centre.example:7422", &["LILLE-01".to_owned()]).unwrap();
    symlink(centre.join("stores/LILLE"), beside.join("secrets")).unwrap();

    let composition = composition(EDGE);
    let machine = Machine::at(folder.path(), &beside, &composition);
    let card = SocketAddr::from(([127, 0, 0, 1], testbed::free_port().unwrap())).to_string();
    let mut simulator = Command::new(program("cabas").unwrap());
    simulator.args(["card-simulator", "--addr", &card]);
    let _simulator = Process::spawn(&simulator, folder.path().join("card.log")).unwrap();
    machine.is_at("192.0.2.21:8888", card);
    let _servers = Servers::of(&machine, &composition, folder.path()).await;
    for arguments in [
        &["shop", "deploy/shop.json"][..],
        &["catalogue", "import", "crates/demo/data/catalogue.csv"],
        &["catalogue", "prices", "crates/demo/data/prices.csv"],
    ] {
        let mut command = Command::new(program("cabas").unwrap());
        let tls = pki::identity(&centre, "operator");
        command.current_dir(repository()).args(arguments);
        command.env("OPERATOR_CHECKOUT_URL", format!("https://{}", machine.address("checkout:7001")));
        command.env("OPERATOR_MEMBERSHIP_URL", "https://membership.centre.example:7002");
        command.env("OPERATOR_TLS_CERT", tls.tls_cert).env("OPERATOR_TLS_KEY", tls.tls_key);
        command.env("OPERATOR_TLS_CA", tls.tls_ca);
        run_to_end(command, arguments[0]).await;
    }
    sells(&machine).await;
}

async fn sells(machine: &Machine) {
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
    async fn of(machine: &Machine, composition: &Composition, folder: &Path) -> Self {
        let mut servers = Self { postgres: None, running: Vec::new() };
        for (name, service) in composition.in_order() {
            machine.mount(name, service);
            servers.start(machine, name, service, folder).await;
        }
        servers
    }

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
        let passwords = passwords(&machine.container("postgres").join("run/secrets/postgres"));
        for query in script.split("\\gexec").filter(|query| query.contains("select format")) {
            let query = &query[query.find("select format").unwrap()..];
            // The server runs under an account that may not read the folder of a test.
            let query = query
                .replace(
                    "pg_read_file('/run/secrets/postgres/' || service || '.password')",
                    "$1::jsonb ->> service",
                )
                .replace("pg_ls_dir('/run/secrets/postgres')", "jsonb_object_keys($1::jsonb)");
            let mut superuser = PgConnection::connect(&postgres.url("postgres")).await.unwrap();
            let mut answering = sqlx::query_scalar(AssertSqlSafe(query.clone()));
            if query.contains("$1") {
                answering = answering.bind(&passwords);
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

/// What is in the files of passwords, by the names before `.password`.
fn passwords(folder: &Path) -> serde_json::Value {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let named = files.map(|file| {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read_to_string(file).unwrap().into())
    });
    named.collect::<serde_json::Map<_, _>>().into()
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
