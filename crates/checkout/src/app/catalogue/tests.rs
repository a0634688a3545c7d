use platform::Clock;
use testbed::TestDatabase;
use uuid::Uuid;

use super::*;
use crate::app::App;
use crate::domain::catalogue::Store;

async fn database() -> TestDatabase {
    testbed::database("checkout", &crate::MIGRATOR).await
}

async fn replica(database: &TestDatabase) -> App {
    App {
        audit_seed: [7; 32],
        db: database.pool.clone(),
        clock: Clock::system(),
        wake: outbox::Wake::default(),
        catalogue: CatalogueCell::load(&database.pool).await.unwrap(),
        guesses: crate::app::Guesses::default(),
        imports: Imports::default(),
        card_contracts: Arc::default(),
        keys: crate::app::Keys::of(fiscal::Authority::from_seed([7; 32])),
        fiscal_year_starts: 1,
    }
}

async fn open_store(app: &App, code: &str) {
    let command = Command { caller: "operator".to_owned(), request_id: Uuid::now_v7(), fingerprint: [0; 32] };
    let store = Store {
        code: code.to_owned(),
        name: "Le Cabas".to_owned(),
        address_lines: Vec::new(),
        siret: "73282932000074".to_owned(),
        vat_number: String::new(),
        time_zone: "Europe/Paris".to_owned(),
        currency: money::Currency::EUR,
        label_rules: Vec::new(),
        bag: None,
        deposit_return_limit: crate::domain::catalogue::DEPOSIT_RETURN_LIMIT,
        audit_rate_basis_points: 0,
        closed_hours: Vec::new(),
        refund_policy: crate::domain::refund::policy::Policy::OF_THE_HOUSE,
    };
    put_store(app, &command, &store).await.unwrap();
}

#[tokio::test]
async fn a_replica_sees_its_own_change_at_once_and_that_of_another_when_it_looks() {
    let database = database().await;
    let (one, other) = (replica(&database).await, replica(&database).await);
    open_store(&one, "LILLE").await;
    assert!(one.catalogue.current().store("LILLE").is_some());
    assert!(other.catalogue.current().store("LILLE").is_none());
    other.catalogue.catch_up(&database.pool).await.unwrap();
    assert!(other.catalogue.current().store("LILLE").is_some());
    assert!(other.catalogue.current().store("ARRAS").is_none());
}

#[tokio::test]
async fn a_replica_that_looks_in_vain_keeps_its_catalogue() {
    let database = database().await;
    let app = replica(&database).await;
    let before = app.catalogue.current();
    app.catalogue.catch_up(&database.pool).await.unwrap();
    assert!(Arc::ptr_eq(&before, &app.catalogue.current()));
    database.pool.close().await;
    assert!(app.catalogue.catch_up(&database.pool).await.is_err());
    assert!(Arc::ptr_eq(&before, &app.catalogue.current()));
}

#[tokio::test]
async fn a_reader_holds_one_catalogue_while_another_takes_its_place() {
    let database = database().await;
    let app = replica(&database).await;
    let held = app.catalogue.current();
    open_store(&app, "LILLE").await;
    assert!(held.store("LILLE").is_none());
    assert!(app.catalogue.current().version() > held.version());
}

#[tokio::test]
async fn the_rates_of_france_are_there_from_the_start() {
    let database = database().await;
    let catalogue = replica(&database).await.catalogue.current();
    let now = time::macros::datetime!(2026-05-02 10:00 UTC);
    let rates = ["normal", "intermediate", "reduced", "super_reduced", "zero"]
        .map(|code| catalogue.vat_rate(code, now));
    assert_eq!(rates, [2_000, 1_000, 550, 210, 0].map(Some));
}

#[tokio::test]
async fn whoever_follows_stops_when_told() {
    let database = database().await;
    let (shutdown, cell) = (Shutdown::new(), CatalogueCell::load(&database.pool).await.unwrap());
    shutdown.cancel();
    cell.follow(database.pool.clone(), shutdown).await;
}
