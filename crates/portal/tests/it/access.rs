//! Who opens what: the table of pages, walked; and forms of other sites.

use std::collections::BTreeSet;

use http::StatusCode;
use platform::{
    Role,
    access::{PAGES, Page},
};

use crate::{
    fakes::{BASKET, DELIVERY, MEMBER, REFUND, REFUND_REQUEST, REVIEW, SALE, TOKEN},
    shop::Shop,
};

#[test]
fn the_router_has_the_pages_of_the_table_and_no_other() {
    let source = include_str!("../../src/web.rs");
    let routes: BTreeSet<&str> =
        source.split(".route(\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let table: BTreeSet<&str> = PAGES.iter().map(|(route, _)| *route).collect();
    assert_eq!(routes, table);
}

/// A path that the route matches.
fn concrete(route: &str) -> String {
    route
        .replace("{token}", TOKEN)
        .replace("{name}", "none")
        .replace("{member_id}", MEMBER)
        .replace("{review_id}", REVIEW)
        .replace("{delivery_id}", DELIVERY)
        .replace("{refund_id}", REFUND)
        .replace("{sale_id}", SALE)
        .replace("{credit_id}", REFUND)
        .replace("{refund_request_id}", REFUND_REQUEST)
        .replace("{basket_id}", BASKET)
}

#[tokio::test]
async fn each_page_opens_for_the_roles_of_the_table_and_refuses_all_others() {
    let shop = Shop::open().await;
    for (role, login) in [
        (Role::Desk, "desk"),
        (Role::Attendant, "attendant"),
        (Role::Supplier, "supplier"),
        (Role::Manager, "manager"),
    ] {
        let mut browser = shop.signed_in(login).await;
        for (route, page) in PAGES {
            let Page::Staff(roles) = page else { continue };
            let status = browser.opened(&concrete(route)).await.status();
            let expected = if !roles.contains(&role) { StatusCode::FORBIDDEN } else { status };
            assert_eq!(status, expected, "{role:?} {route}");
            assert!(
                expected == StatusCode::FORBIDDEN
                    || matches!(status, StatusCode::OK | StatusCode::METHOD_NOT_ALLOWED),
                "{role:?} {route}: {status}"
            );
        }
    }
}

#[tokio::test]
async fn whoever_is_signed_out_is_led_to_the_door() {
    let shop = Shop::open().await;
    let mut browser = shop.visitor();
    for (route, page) in PAGES {
        let answer = browser.get(&concrete(route)).await;
        let led = answer.location() == Some("/sign-in");
        assert_eq!(led, matches!(page, Page::Staff(_)), "{route}: {}", answer.status);
    }
    // A form is not taken either, and tells nobody anything.
    let answer = browser.post(&format!("/desk/members/{MEMBER}"), &[("last_name", "X")]).await;
    assert_eq!(answer.location(), Some("/sign-in"));
    assert!(shop.fakes.calls("UpdateMember").is_empty());
}

#[tokio::test]
async fn each_role_begins_on_its_own_page_and_signing_out_ends_the_session() {
    let shop = Shop::open().await;
    for (login, first) in [
        ("desk", "/desk"),
        ("attendant", "/live/reviews"),
        ("supplier", "/supplier"),
        ("manager", "/dashboard"),
    ] {
        let mut browser = shop.visitor();
        let answer = browser.post("/sign-in", &[("login", login), ("password", " right ")]).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, Some(first)));
        let cookie = answer.headers["set-cookie"].to_str().unwrap();
        assert_eq!(cookie, format!("__Host-cabas-session={login}; Path=/; HttpOnly; Secure; SameSite=Lax"));
        assert_eq!(browser.post("/sign-out", &[]).await.location(), Some("/sign-in"));
        assert_eq!(browser.cookies["__Host-cabas-session"], "");
        assert_eq!(browser.get(first).await.location(), Some("/sign-in"));
    }
    assert_eq!(shop.fakes.calls("SignOut").len(), 4);
}

#[tokio::test]
async fn a_form_of_another_site_is_refused_before_anybody_is_asked() {
    let shop = Shop::open().await;
    let mut browser = shop.signed_in("desk").await;
    browser.site = "cross-site";
    let answer = browser.post("/desk/cards/block", &[("card_number", "2900000000025")]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let answer = browser.post(&format!("/s/{TOKEN}"), &[("line.1", "on"), ("confirm", "yes")]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(shop.fakes.calls("BlockCard").is_empty() && shop.fakes.calls("SubmitComplaint").is_empty());
    // Following a link from elsewhere, such as a mail, is no form.
    assert_eq!(browser.get(&format!("/s/{TOKEN}")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn every_answer_is_sealed() {
    let shop = Shop::open().await;
    let mut browser = shop.signed_in("manager").await;
    let token = format!("/r/{TOKEN}");
    for path in ["/", "/dashboard", "/desk", "/nowhere", "/assets/none", token.as_str(), "/deliveries"] {
        let headers = browser.get(path).await.headers;
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}");
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["referrer-policy"], "no-referrer", "{path}");
    }
}
