//! Stores, terminals and promotions: put once, however often they are asked for; read within the caller's scope.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fmt::Debug;

use futures::future::join_all;
use platform::status::{field, reason};
use platform::{Role, Staff};
use proto::checkout::v1 as pb;
use proto::checkout::v1::catalogue_service_client::CatalogueServiceClient;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use crate::service::Service;

mod import;
mod limits;

type Client = CatalogueServiceClient<platform::peer::Peer>;

fn operator(service: &Service) -> Client {
    CatalogueServiceClient::new(service.peer("operator"))
}

fn new_id() -> String {
    Uuid::now_v7().to_string()
}

fn lille() -> pb::Store {
    pb::Store {
        store_code: "LILLE".to_owned(),
        name: "Le Cabas de Lille".to_owned(),
        address_lines: vec!["1 rue du Marché".to_owned(), "59000 Lille".to_owned()],
        siret: "73282932000074".to_owned(),
        vat_number: "FR44732829320".to_owned(),
        time_zone: "Europe/Paris".to_owned(),
        currency_code: "EUR".to_owned(),
        deposit_return_limit_minor: 5_000,
        refund_days: Some(30),
        refund_sale_limit_minor: Some(5_000),
        refund_member_month_minor: Some(10_000),
        ..pb::Store::default()
    }
}

fn till(terminal_code: &str, store_code: &str) -> pb::Terminal {
    pb::Terminal {
        terminal_code: terminal_code.to_owned(),
        store_code: store_code.to_owned(),
        kind: pb::TerminalKind::Self_.into(),
    }
}

fn spring() -> pb::Promotion {
    let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    pb::Promotion {
        promotion_code: "PRINTEMPS".to_owned(),
        label: "Printemps".to_owned(),
        category: "Légumes".to_owned(),
        benefit: pb::Benefit::Percent.into(),
        percent_basis_points: 1_000,
        start_time: at(1_774_000_000),
        end_time: at(1_782_000_000),
        on_claim: true,
        ..pb::Promotion::default()
    }
}

async fn put_store(client: &Client, request_id: &str, store: pb::Store) -> Result<pb::Store, Status> {
    let request = pb::PutStoreRequest { request_id: request_id.to_owned(), store: Some(store) };
    Ok(client.clone().put_store(request).await?.into_inner().store.unwrap())
}

async fn put_terminal(client: &Client, request_id: &str, it: pb::Terminal) -> Result<pb::Terminal, Status> {
    let request = pb::PutTerminalRequest { request_id: request_id.to_owned(), terminal: Some(it) };
    Ok(client.clone().put_terminal(request).await?.into_inner().terminal.unwrap())
}

async fn put_promotion(
    client: &Client,
    request_id: &str,
    it: pb::Promotion,
) -> Result<pb::Promotion, Status> {
    let request = pb::PutPromotionRequest { request_id: request_id.to_owned(), promotion: Some(it) };
    Ok(client.clone().put_promotion(request).await?.into_inner().promotion.unwrap())
}

async fn stores(client: &Client) -> Vec<pb::Store> {
    let listed = client.clone().list_stores(pb::ListStoresRequest::default()).await.unwrap();
    listed.into_inner().stores
}

async fn version(service: &Service) -> i64 {
    sqlx::query_scalar("select version from catalogue_version").fetch_one(&service.db.pool).await.unwrap()
}

fn refused(field_name: &str, answer: Result<impl Debug, Status>) {
    let status = answer.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "{field_name}: {status:?}");
    assert_eq!(reason(&status).as_deref(), Some("INVALID_FIELD"), "{field_name}");
    assert_eq!(field(&status).as_deref(), Some(field_name));
}

fn reused(answer: Result<impl Debug, Status>) {
    let status = answer.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_deref()),
        (Code::InvalidArgument, Some("REQUEST_ID_REUSED"))
    );
}

#[tokio::test]
async fn twenty_times_the_same_store_is_one_store_and_one_change() {
    let service = Service::start().await;
    let (client, id, before) = (operator(&service), new_id(), version(&service).await);
    let answers = join_all((0..20).map(|_| put_store(&client, &id, lille()))).await;
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == &lille()));
    assert_eq!(put_store(&client, &id, lille()).await.unwrap(), lille());
    assert_eq!(stores(&client).await, [lille()]);
    assert_eq!(version(&service).await, before + 1);
    reused(put_store(&client, &id, pb::Store { name: "Autre".to_owned(), ..lille() }).await);
    assert_eq!(stores(&client).await, [lille()]);
}

#[tokio::test]
async fn a_store_changes_and_the_same_store_again_does_not_move_the_version() {
    let service = Service::start().await;
    let client = operator(&service);
    put_store(&client, &new_id(), lille()).await.unwrap();
    let moved = pb::Store { time_zone: "America/Martinique".to_owned(), ..lille() };
    put_store(&client, &new_id(), moved.clone()).await.unwrap();
    assert_eq!(stores(&client).await, std::slice::from_ref(&moved));
    let before = version(&service).await;
    put_store(&client, &new_id(), moved).await.unwrap();
    assert_eq!(version(&service).await, before);
}

#[tokio::test]
async fn a_store_that_has_sealed_keeps_its_siret_its_currency_and_its_time_zone() {
    let service = Service::start().await;
    let client = operator(&service);
    let mistyped = pb::Store { siret: "99999999800019".to_owned(), ..lille() };
    put_store(&client, &new_id(), mistyped).await.unwrap();
    put_store(&client, &new_id(), lille()).await.unwrap();
    // A till seals that it was added.
    put_terminal(&client, &new_id(), till("LILLE-01", "LILLE")).await.unwrap();
    for (field_name, other) in [
        ("store.siret", pb::Store { siret: "99999999800019".to_owned(), ..lille() }),
        ("store.currency_code", pb::Store { currency_code: "CHF".to_owned(), ..lille() }),
        ("store.time_zone", pb::Store { time_zone: "America/Martinique".to_owned(), ..lille() }),
    ] {
        refused(field_name, put_store(&client, &new_id(), other).await);
    }
    assert_eq!(stores(&client).await, [lille()]);
    let renamed = pb::Store { name: "Le Cabas du Vieux-Lille".to_owned(), ..lille() };
    assert_eq!(put_store(&client, &new_id(), renamed.clone()).await.unwrap(), renamed);
    let other = pb::Store { store_code: "DOUAI".to_owned(), ..lille() };
    let elsewhere = pb::Store { time_zone: "America/Martinique".to_owned(), ..other.clone() };
    put_store(&client, &new_id(), other).await.unwrap();
    put_store(&client, &new_id(), elsewhere).await.unwrap();
}

#[tokio::test]
async fn an_id_is_forgotten_when_its_change_is_refused() {
    let service = Service::start().await;
    let (client, id) = (operator(&service), new_id());
    refused("terminal.store_code", put_terminal(&client, &id, till("LILLE-01", "LILLE")).await);
    put_store(&client, &new_id(), lille()).await.unwrap();
    put_terminal(&client, &id, till("LILLE-01", "LILLE")).await.unwrap();
}

#[tokio::test]
async fn twenty_times_the_same_terminal_is_one_terminal() {
    let service = Service::start().await;
    let (client, id) = (operator(&service), new_id());
    put_store(&client, &new_id(), lille()).await.unwrap();
    let before = version(&service).await;
    let answers = join_all((0..20).map(|_| put_terminal(&client, &id, till("LILLE-01", "LILLE")))).await;
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == &till("LILLE-01", "LILLE")));
    assert_eq!(version(&service).await, before + 1);
    reused(put_terminal(&client, &id, till("LILLE-02", "LILLE")).await);
}

#[tokio::test]
async fn a_terminal_may_become_staffed_but_never_moves() {
    let service = Service::start().await;
    let client = operator(&service);
    put_store(&client, &new_id(), lille()).await.unwrap();
    put_store(&client, &new_id(), pb::Store { store_code: "DOUAI".to_owned(), ..lille() }).await.unwrap();
    put_terminal(&client, &new_id(), till("LILLE-01", "LILLE")).await.unwrap();
    refused("terminal.store_code", put_terminal(&client, &new_id(), till("LILLE-01", "DOUAI")).await);
    let staffed = pb::Terminal { kind: pb::TerminalKind::Staffed.into(), ..till("LILLE-01", "LILLE") };
    put_terminal(&client, &new_id(), staffed.clone()).await.unwrap();
    let request = pb::GetTerminalRequest { terminal_code: "LILLE-01".to_owned() };
    let found = client.clone().get_terminal(request).await.unwrap().into_inner();
    assert_eq!((found.terminal.unwrap(), found.store.unwrap()), (staffed, lille()));
}

#[tokio::test]
async fn a_till_reads_itself_and_learns_of_no_other() {
    let service = Service::start().await;
    let client = operator(&service);
    put_store(&client, &new_id(), lille()).await.unwrap();
    for code in ["LILLE-01", "LILLE-02"] {
        put_terminal(&client, &new_id(), till(code, "LILLE")).await.unwrap();
    }
    let ask = async |identity: &str, code: &str| {
        let request = pb::GetTerminalRequest { terminal_code: code.to_owned() };
        let mut client = CatalogueServiceClient::new(service.peer(identity));
        client.get_terminal(request).await.map(|found| found.into_inner().terminal.unwrap().terminal_code)
    };
    assert_eq!(ask("terminal-LILLE-01", "LILLE-01").await.unwrap(), "LILLE-01");
    assert_eq!(ask("terminal-LILLE-01", "LILLE-02").await.unwrap_err().code(), Code::NotFound);
    assert_eq!(ask("terminal-LILLE-01", "LILLE-03").await.unwrap_err().code(), Code::NotFound);
    assert_eq!(ask("operator", "LILLE-02").await.unwrap(), "LILLE-02");
    assert_eq!(ask("operator", "LILLE-03").await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn twenty_times_the_same_promotion_is_one_promotion() {
    let service = Service::start().await;
    let (client, id, before) = (operator(&service), new_id(), version(&service).await);
    let answers = join_all((0..20).map(|_| put_promotion(&client, &id, spring()))).await;
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == &spring()));
    assert_eq!(version(&service).await, before + 1);
    reused(put_promotion(&client, &id, pb::Promotion { members_only: true, ..spring() }).await);
    put_promotion(&client, &new_id(), pb::Promotion { members_only: true, ..spring() }).await.unwrap();
    let kept: Vec<(String, bool)> = sqlx::query_as("select promotion_code, members_only from promotion")
        .fetch_all(&service.db.pool)
        .await
        .unwrap();
    assert_eq!(kept, [("PRINTEMPS".to_owned(), true)]);
}

#[tokio::test]
async fn stores_are_listed_page_by_page() {
    let service = Service::start().await;
    let client = operator(&service);
    for code in ["LILLE", "ARRAS", "DOUAI"] {
        put_store(&client, &new_id(), pb::Store { store_code: code.to_owned(), ..lille() }).await.unwrap();
    }
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListStoresRequest { page_size: 2, page_token };
        let page = client.clone().list_stores(request).await.unwrap().into_inner();
        seen.push(page.stores.iter().map(|store| store.store_code.clone()).collect::<Vec<_>>());
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, [vec!["ARRAS", "DOUAI"], vec!["LILLE"]]);
}

#[tokio::test]
async fn a_manager_is_told_of_the_own_store_only() {
    let service = Service::start().await;
    let client = operator(&service);
    for code in ["LILLE", "ARRAS"] {
        put_store(&client, &new_id(), pb::Store { store_code: code.to_owned(), ..lille() }).await.unwrap();
    }
    let manager = Staff {
        staff_id: new_id(),
        role: Role::Manager,
        store_code: "ARRAS".to_owned(),
        supplier_code: String::new(),
    };
    let mut portal = CatalogueServiceClient::new(service.peer("portal"));
    let codes = |answer: Response<pb::ListStoresResponse>| {
        answer.into_inner().stores.into_iter().map(|store| store.store_code).collect::<BTreeSet<_>>()
    };
    let request = service.as_staff(&manager, Request::new(pb::ListStoresRequest::default()));
    assert_eq!(codes(portal.list_stores(request).await.unwrap()), BTreeSet::from(["ARRAS".to_owned()]));
    assert_eq!(codes(portal.list_stores(pb::ListStoresRequest::default()).await.unwrap()).len(), 2);
}
