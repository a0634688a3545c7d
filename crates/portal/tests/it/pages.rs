//! Every page in both languages, as HTML that a person can review.

use uuid::Uuid;

use crate::{
    browser::{Answer, Browser},
    fakes::{BASKET, MEMBER, SALE, TOKEN},
    shop::Shop,
};

/// The page without what differs each time: identities of forms, fingerprints of assets.
fn settled(html: &str) -> String {
    let part = |part: &str| match part {
        _ if Uuid::parse_str(part).is_ok() => "[id]".to_owned(),
        _ if part.starts_with("/assets/") => format!("{}[fingerprint]", part.split('.').next().unwrap()),
        _ => part.to_owned(),
    };
    html.split('"').map(part).collect::<Vec<_>>().join("\"")
}

fn shown(name: &str, lang: &str, answer: &Answer) {
    assert!(answer.body.starts_with("<!doctype html>"), "{name}: {}", answer.body);
    assert!(answer.body.contains(&format!("<html lang=\"{lang}\">")), "{name}");
    assert!(!answer.body.contains("style=") && !answer.body.contains("<style"), "{name} has an inline style");
    assert!(
        !answer.body.contains("onclick") && !answer.body.contains("<script>"),
        "{name} has an inline script"
    );
    let ids: Vec<&str> =
        answer.body.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    for id in &ids {
        assert_eq!(ids.iter().filter(|other| *other == id).count(), 1, "{name}: the id {id} is not unique");
    }
    insta::assert_snapshot!(format!("{name}.{lang}"), settled(&answer.body));
}

async fn opened(browser: &mut Browser, name: &str, path: &str) {
    for lang in ["fr", "en"] {
        let answer =
            browser.get(&format!("{path}{}lang={lang}", if path.contains('?') { "&" } else { "?" })).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        shown(name, lang, &answer);
    }
}

async fn sent(browser: &mut Browser, name: &str, path: &str, status: u16, fields: &[(&str, &str)]) {
    for lang in ["fr", "en"] {
        let answer = browser.post(&format!("{path}?lang={lang}"), fields).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        shown(name, lang, &answer);
    }
}

#[tokio::test]
async fn what_anybody_may_open_is_written_in_both_languages() {
    let shop = Shop::open().await;
    let mut browser = shop.visitor();
    opened(&mut browser, "home", "/").await;
    opened(&mut browser, "notice", "/avis").await;
    opened(&mut browser, "sign_in", "/sign-in").await;
    let wrong = [("login", "desk"), ("password", "wrong")];
    sent(&mut browser, "sign_in_refused", "/sign-in", 422, &wrong).await;
    for lang in ["fr", "en"] {
        let answer = browser.get(&format!("/nowhere?lang={lang}")).await;
        assert_eq!(answer.status, 404);
        shown("not_found", lang, &answer);
    }
}

#[tokio::test]
async fn a_shopper_rates_and_complains_in_both_languages() {
    let shop = Shop::open().await;
    let mut browser = shop.visitor();
    let path = format!("/r/{TOKEN}");
    opened(&mut browser, "review", &path).await;
    opened(&mut browser, "review_thanks", &format!("{path}?merci=1")).await;
    let incomplete = [("rating.1", "5"), ("comment.1", "bon"), ("comment.2", "sans note")];
    sent(&mut browser, "review_incomplete", &path, 422, &incomplete).await;
    let path = format!("/s/{TOKEN}");
    opened(&mut browser, "complaint", &path).await;
    sent(&mut browser, "complaint_empty", &path, 422, &[("payout", "desk"), ("comment", "gâté")]).await;
    let wish = [("line.1", "on"), ("line.2", "on"), ("payout", "desk"), ("comment", "gâté")];
    sent(&mut browser, "complaint_confirm", &path, 200, &wish).await;
    let done = [("line.1", "on"), ("payout", "desk"), ("comment", ""), ("confirm", "yes")];
    sent(&mut browser, "complaint_done", &path, 200, &done).await;
    let waiting = [("line.1", "on"), ("payout", "desk"), ("comment", "attendre"), ("confirm", "yes")];
    sent(&mut browser, "complaint_waiting", &path, 200, &waiting).await;
    let one = [("line.2", "on"), ("pieces.2", "1"), ("payout", "desk"), ("comment", "")];
    sent(&mut browser, "complaint_confirm_one", &path, 200, &one).await;
    let deciding = [("line.2", "on"), ("payout", "desk"), ("comment", "décider"), ("confirm", "yes")];
    sent(&mut browser, "complaint_deciding", &path, 200, &deciding).await;
    shop.fakes.refuse("PreviewComplaint", tonic::Status::unavailable("no"));
    sent(&mut browser, "complaint_unforeseen", &path, 200, &wish).await;
}

#[tokio::test]
async fn a_guest_reads_the_ticket_behind_the_code_in_both_languages_and_no_search_engine_does() {
    let shop = Shop::open().await;
    let mut browser = shop.visitor();
    let path = format!("/t/{TOKEN}");
    sent(&mut browser, "ticket", &path, 200, &[("request_id", "one")]).await;
    let answer = browser.post(&path, &[("request_id", "one")]).await;
    for answer in [&answer, &browser.get(&path).await] {
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.headers["referrer-policy"], "no-referrer");
        assert_eq!(answer.headers["x-robots-tag"], "noindex, nofollow");
        assert!(!answer.body.contains(TOKEN), "{}", answer.body);
    }
    assert!(answer.body.contains("CARTE BANCAIRE"), "{}", answer.body);
    let gone = shop.visitor().post("/t/another?lang=fr", &[("request_id", "two")]).await;
    assert!(gone.status == 404 && gone.body.contains("30 jours"), "{}", gone.body);
}

#[tokio::test]
async fn whoever_only_follows_the_link_to_a_ticket_makes_no_copy_and_one_page_makes_one() {
    let shop = Shop::open().await;
    let mut browser = shop.visitor();
    let asked = || ["GetReceipt", "GetTrainingTicket"].map(|rpc| shop.fakes.calls(rpc).len());
    for path in [format!("/t/{TOKEN}"), format!("/t/training/{TOKEN}")] {
        let before = asked();
        opened(&mut browser, if path.contains("training") { "training_door" } else { "ticket_door" }, &path)
            .await;
        let door = browser.get(&path).await;
        let form = door.field("request_id");
        assert_ne!(
            form,
            browser.get(&path).await.field("request_id"),
            "a page is one copy, another page another"
        );
        assert_eq!(asked(), before, "nobody asked for a ticket");
        // Whoever presses twice, or reloads the page, asks for the same copy.
        for _ in 0..2 {
            browser.post(&path, &[("request_id", &form)]).await;
        }
        let calls = [shop.fakes.calls("GetReceipt"), shop.fakes.calls("GetTrainingTicket")].concat();
        assert_eq!(calls.iter().filter(|call| call.contains(&form)).count(), 2, "{calls:?}");
    }
}

#[tokio::test]
async fn a_training_ticket_says_at_both_ends_of_its_page_that_it_is_none_and_a_ticket_does_not() {
    let shop = Shop::open().await;
    let mut browser = shop.visitor();
    let path = format!("/t/training/{TOKEN}");
    sent(&mut browser, "training_ticket", &path, 200, &[("request_id", "one")]).await;
    for (lang, said) in [("fr", "FORMATION — ticket factice"), ("en", "TRAINING — not a valid receipt")] {
        let practised = browser.post(&format!("{path}?lang={lang}"), &[("request_id", "one")]).await;
        assert_eq!(practised.body.matches(said).count(), 2, "{}", practised.body);
        assert_eq!(practised.headers["x-robots-tag"], "noindex, nofollow");
        let earnest = browser.post(&format!("/t/{TOKEN}?lang={lang}"), &[("request_id", "two")]).await;
        assert!(!earnest.body.contains(said), "{}", earnest.body);
    }
    assert_eq!(shop.fakes.calls("GetReceipt").len(), 2, "receipt has heard of no training ticket");
    let gone = browser.post("/t/training/another?lang=fr", &[("request_id", "two")]).await;
    assert!(gone.status == 404 && gone.body.contains("30 jours"), "{}", gone.body);
}

#[tokio::test]
async fn the_desk_works_in_both_languages() {
    let shop = Shop::open().await;
    let mut browser = shop.signed_in("desk").await;
    opened(&mut browser, "desk", "/desk").await;
    sent(&mut browser, "desk_found", "/desk", 200, &[("query", "dub")]).await;
    sent(&mut browser, "desk_nobody", "/desk", 200, &[("query", "personne")]).await;
    opened(&mut browser, "registration", "/desk/members").await;
    opened(&mut browser, "member", &format!("/desk/members/{MEMBER}?done=issued")).await;
    opened(&mut browser, "deliveries", "/deliveries").await;
    opened(&mut browser, "refunds", "/desk/refunds?done=paid").await;
    opened(&mut browser, "refunds_paid", "/desk/refunds?number=12").await;
    opened(&mut browser, "refunds_none", "/desk/refunds?number=13").await;
    opened(&mut browser, "refund_requests", "/refunds?done=given").await;
    opened(&mut browser, "refund_requests_decided", "/refunds?show=answered").await;
    opened(&mut browser, "refund_tasks", "/refunds/acquirer?done=noted").await;
    opened(&mut browser, "sales", "/desk/sales").await;
    opened(&mut browser, "sales_found", "/desk/sales?terminal=lille-01&number=41").await;
    opened(&mut browser, "sales_none", "/desk/sales?terminal=LILLE-01&number=42").await;
    let path = format!("/desk/sales/{SALE}");
    sent(&mut browser, "sales_ticket", &format!("{path}/ticket"), 200, &[("request_id", "one")]).await;
    sent(&mut browser, "sales_flaw", &path, 422, &[("line.2", "on"), ("payout", "desk")]).await;
    let wish = [("line.1", "on"), ("money.2", "1,00"), ("line.2", "on"), ("reason", "wrong_price")];
    let wish = [&wish[..], &[("payout", "desk")]].concat();
    sent(&mut browser, "sales_confirm", &path, 200, &wish).await;
    sent(&mut browser, "sales_done", &path, 200, &[&wish[..], &[("confirm", "yes")]].concat()).await;
    opened(&mut browser, "refunds_by_bank", "/desk/refunds?number=14").await;
    opened(&mut browser, "refunds_at_tills", "/desk/refunds?number=15").await;
    opened(&mut browser, "refund_requests_none", "/refunds?after=last").await;
    let no = platform::status::bad_field("membership", "INVALID_FIELD", "details.email", "no");
    shop.fakes.refuse("RegisterMember", no);
    let fields = [("last_name", "Dubois"), ("email", "nulle part"), ("country_code", "fr")];
    sent(&mut browser, "registration_refused", "/desk/members", 422, &fields).await;
}

#[tokio::test]
async fn teams_suppliers_and_managers_read_in_both_languages() {
    let shop = Shop::open().await;
    opened(&mut shop.signed_in("attendant").await, "reviews_attendant", "/live/reviews").await;
    opened(&mut shop.signed_in("supplier").await, "reviews_supplier", "/supplier").await;
    opened(&mut shop.signed_in("manager").await, "dashboard", "/dashboard").await;
    let mut browser = shop.signed_in("attendant").await;
    opened(&mut browser, "tills", "/tills").await;
    opened(&mut browser, "history", &format!("/tills/baskets/{BASKET}")).await;
}

#[tokio::test]
async fn a_store_without_a_sale_has_a_dashboard_of_zeros() {
    let shop = Shop::open().await;
    shop.fakes.refuse("GetDay", tonic::Status::not_found("no such store"));
    let mut browser = shop.signed_in("manager").await;
    opened(&mut browser, "dashboard_empty", "/dashboard").await;
    let answer = browser.get("/dashboard?lang=fr").await;
    for id in ["revenue", "sales", "average-basket", "self-share"] {
        assert!(answer.body.contains(&format!("<data id=\"{id}\" value=\"0\">")), "{id}");
    }
}

#[tokio::test]
async fn figures_can_be_read_by_a_program() {
    let shop = Shop::open().await;
    let answer = shop.signed_in("manager").await.get("/dashboard").await;
    for (id, value) in
        [("revenue", 1_107_931), ("sales", 517), ("average-basket", 2_143), ("self-share", 6_667)]
    {
        assert!(answer.body.contains(&format!("<data id=\"{id}\" value=\"{value}\">")), "{id}");
    }
}

#[tokio::test]
async fn assets_are_kept_for_ever_under_an_address_that_changes_with_them() {
    let shop = Shop::open().await;
    let mut browser = shop.visitor();
    let home = browser.get("/").await;
    let start = home.body.find("/assets/portal.").unwrap();
    let address = home.body[start..].split('"').next().unwrap();
    let style = browser.get(address).await;
    assert_eq!(style.headers["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(style.headers["content-type"], "text/css; charset=utf-8");
    assert_eq!(browser.get("/assets/portal.css").await.status, 404);
    assert_eq!(home.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn a_refund_of_which_a_till_gave_a_part_is_asked_of_the_bank_for_the_rest_alone() {
    let shop = Shop::open().await;
    let mut browser = shop.signed_in("desk").await;
    opened(&mut browser, "refund_tasks_rest", "/refunds/acquirer?after=part").await;
    let page = browser.get("/refunds/acquirer?after=part&lang=fr").await.body;
    assert!(page.contains("<span class=\"amount\">5,92\u{202f}€</span></h3>"), "{page}");
    assert!(page.contains("Déjà rendu sur une carte\u{a0}: 3,00\u{202f}€ sur 8,92\u{202f}€"), "{page}");
}
