//! The one table role × RPC × page, walked against the running shop: nobody reaches what is not theirs.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};

use demo::door::Visitor;
use e2e::{OpenShop, pages::signed_in, wire};
use http::StatusCode;
use platform::{
    Role, Staff,
    access::{self, PAGES, Page, RPCS},
    identity::StaffSigner,
    peer,
};
use prost::Message;
use prost_types::FileDescriptorSet;
use time::OffsetDateTime;
use tonic::Code;
use uuid::Uuid;

/// Every RPC of the contracts, by path.
fn rpcs() -> BTreeSet<String> {
    let files = FileDescriptorSet::decode(proto::DESCRIPTORS).unwrap();
    let mut paths = BTreeSet::new();
    for file in &files.file {
        for service in &file.service {
            for method in &service.method {
                paths.insert(format!("/{}.{}/{}", file.package(), service.name(), method.name()));
            }
        }
    }
    paths
}

#[test]
fn the_table_names_every_rpc_of_the_contracts_once_and_no_other() {
    let table: Vec<&str> =
        RPCS.iter().map(|(path, _)| *path).filter(|path| path.starts_with("/cabas.")).collect();
    let listed: BTreeSet<String> = table.iter().map(|path| (*path).to_owned()).collect();
    assert_eq!(listed.len(), table.len(), "an RPC is listed twice");
    assert_eq!(listed, rpcs());
    let pages: BTreeSet<&str> = PAGES.iter().map(|(route, _)| *route).collect();
    assert_eq!(pages.len(), PAGES.len(), "a page is listed twice");
}

/// The identity of a role, and its assertion if it is a person.
fn credentials(role: Role, signer: &StaffSigner) -> (&'static str, Option<String>) {
    let staff = |role: Role| {
        let staff = Staff {
            staff_id: Uuid::now_v7().to_string(),
            role,
            store_code: "LILLE".to_owned(),
            supplier_code: String::new(),
        };
        Some(signer.sign(&staff, OffsetDateTime::now_utc()))
    };
    match role {
        Role::Terminal => ("terminal-LILLE-01", None),
        Role::Checkout => ("checkout", None),
        Role::Membership => ("membership", None),
        Role::Receipt => ("receipt", None),
        Role::Reviews => ("reviews", None),
        Role::Analytics => ("analytics", None),
        Role::Portal => ("portal", None),
        Role::Operator => ("operator", None),
        Role::Desk | Role::Attendant | Role::Supplier | Role::Manager => ("portal", staff(role)),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rpc_and_page_answers_the_roles_of_the_table_and_refuses_all_others() {
    let open = OpenShop::open().await;
    walk_rpcs(&open).await;
    walk_pages(&open).await;
    refuse_strangers(&open).await;
}

async fn walk_rpcs(open: &OpenShop) {
    let signer = StaffSigner::read(&open.shop.folder.join("secrets/staff.key")).unwrap();
    let addresses: BTreeMap<&str, _> = open.shop.addresses.services().into_iter().collect();
    let mut cells = 0;
    for path in rpcs() {
        let service = path.trim_start_matches("/cabas.").split('.').next().unwrap().to_owned();
        let url = format!("https://{}", addresses[service.as_str()]).parse().unwrap();
        for role in Role::ALL {
            let (identity, assertion) = credentials(role, &signer);
            let peer = peer::connect(&url, &service, &open.shop.identity(identity)).unwrap();
            let answer = wire::call_empty(peer, &path, assertion.as_deref()).await;
            let refused = answer.as_ref().is_err_and(|status| status.code() == Code::PermissionDenied);
            assert_eq!(refused, !access::may_call(role, &path), "{role:?} {path}: {answer:?}");
            cells += 1;
        }
    }
    assert_eq!(cells, rpcs().len() * Role::ALL.len());
}

async fn walk_pages(open: &OpenShop) {
    for account in &open.staff {
        let role = Role::of_staff(account.role).unwrap();
        let mut browser = signed_in(open.shop.addresses.portal, account).await;
        for (route, page) in PAGES {
            let Page::Staff(roles) = page else { continue };
            let answer = browser.head_of(&concrete(route)).await.unwrap();
            let refused = answer == StatusCode::FORBIDDEN;
            assert_eq!(refused, !roles.contains(&role), "{role:?} {route}: {answer}");
        }
    }
    let mut stranger = Visitor::of(open.shop.addresses.portal);
    for (route, page) in PAGES {
        let answer = stranger.get(&concrete(route)).await.unwrap();
        match page {
            Page::Anyone => assert_ne!(answer.status, StatusCode::FORBIDDEN, "{route}"),
            Page::Staff(_) => {
                assert_eq!(answer.location.as_deref(), Some("/sign-in"), "{route}: {}", answer.status);
            }
        }
    }
}

/// A path that the route matches.
fn concrete(route: &str) -> String {
    let id = Uuid::nil().to_string();
    route
        .replace("{token}", &"A".repeat(43))
        .replace("{name}", "none")
        .replace("{member_id}", &id)
        .replace("{review_id}", &id)
        .replace("{delivery_id}", &id)
        .replace("{refund_id}", &id)
        .replace("{sale_id}", &id)
        .replace("{intervention_id}", &id)
        .replace("{terminal_code}", "LILLE-01")
}

async fn refuse_strangers(open: &OpenShop) {
    let url = format!("https://{}", open.shop.addresses.checkout).parse().unwrap();
    let path = "/cabas.checkout.v1.CheckoutService/OpenBasket";
    // An assertion of another authority, an old one, and one that a till presents.
    let other = tempfile::tempdir().unwrap();
    platform::pki::create(other.path(), &["LILLE-01".to_owned()]).unwrap();
    let forged =
        credentials(Role::Desk, &StaffSigner::read(&other.path().join("staff.key")).unwrap()).1.unwrap();
    let signer = StaffSigner::read(&open.shop.folder.join("secrets/staff.key")).unwrap();
    let real = credentials(Role::Desk, &signer).1.unwrap();
    for (identity, assertion) in
        [("portal", forged), ("terminal-LILLE-01", real), ("portal", "nonsense".to_owned())]
    {
        let peer = peer::connect(&url, "checkout", &open.shop.identity(identity)).unwrap();
        let refusal = wire::call_empty(peer, path, Some(&assertion)).await.unwrap_err();
        assert_eq!(refusal.code(), Code::Unauthenticated, "{identity}");
    }
    // A certificate of another authority is not spoken with at all.
    let mut tls = platform::pki::identity(other.path(), "terminal-LILLE-01");
    tls.tls_ca = open.shop.identity("portal").tls_ca;
    let peer = peer::connect(&url, "checkout", &tls).unwrap();
    let refusal = wire::call_empty(peer, path, None).await.unwrap_err();
    assert!(matches!(refusal.code(), Code::Unavailable | Code::Unknown | Code::Cancelled), "{refusal:?}");
}
