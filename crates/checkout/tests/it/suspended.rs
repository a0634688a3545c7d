//! A shopper leaves a till and goes on at another: with everything, and nobody else.

use futures::{StreamExt, future::join_all};
use platform::{Role, Staff};
use proto::checkout::v1::{
    self as pb, InterventionDecision as Decision, InterventionKind as Kind,
    attendance_service_client::AttendanceServiceClient, resume_basket_request::Way,
    suspension_service_client::SuspensionServiceClient,
};
use sha2::{Digest, Sha256};
use time::Duration;
use tonic::{Request, Status};

use crate::{
    attendance::{answer, deciding, waiting},
    shop::{JAM, PASTA, SPIRIT, Shop, UNKNOWN, new_id, why},
    till::total,
    training::train,
};

pub const CODE: &str = "ACDE2345";

fn hash(code: &str) -> String {
    Sha256::digest(code.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn suspension(basket: &pb::Basket, code: &str) -> pb::SuspendBasketRequest {
    pb::SuspendBasketRequest {
        request_id: new_id(),
        basket_id: basket.basket_id.clone(),
        basket_version: basket.basket_version,
        code_sha256: hash(code),
    }
}

pub fn by_code(code: &str) -> pb::ResumeBasketRequest {
    pb::ResumeBasketRequest { request_id: new_id(), way: Some(Way::CodeSha256(hash(code))) }
}

fn by_card(card: &str) -> pb::ResumeBasketRequest {
    pb::ResumeBasketRequest { request_id: new_id(), way: Some(Way::CardNumber(card.to_owned())) }
}

pub async fn suspend(
    shop: &Shop,
    till: &str,
    request: pb::SuspendBasketRequest,
) -> Result<pb::Basket, Status> {
    let mut client = SuspensionServiceClient::new(shop.service.peer(&format!("terminal-{till}")));
    Ok(client.suspend_basket(request).await?.into_inner().basket.unwrap())
}

pub async fn resume(shop: &Shop, till: &str, request: pb::ResumeBasketRequest) -> Result<pb::Basket, Status> {
    let mut client = SuspensionServiceClient::new(shop.service.peer(&format!("terminal-{till}")));
    Ok(client.resume_basket(request).await?.into_inner().basket.unwrap())
}

async fn suspended(shop: &Shop, staff: &Staff) -> Vec<pb::SuspendedBasket> {
    let request = shop.service.as_staff(staff, Request::new(pb::ListTillsRequest::default()));
    let mut client = AttendanceServiceClient::new(shop.service.peer("portal"));
    client.list_tills(request).await.unwrap().into_inner().suspended
}

async fn history(
    shop: &Shop,
    staff: &Staff,
    request: pb::ListBasketEditsRequest,
) -> Result<pb::ListBasketEditsResponse, Status> {
    let request = shop.service.as_staff(staff, Request::new(request));
    let mut client = AttendanceServiceClient::new(shop.service.peer("portal"));
    Ok(client.list_basket_edits(request).await?.into_inner())
}

#[tokio::test]
async fn a_basket_goes_on_at_another_till_with_its_lines_its_member_and_its_lower_prices() {
    let shop = Shop::open().await;
    let (old, new) = (shop.till("LILLE-01"), shop.till("LILLE-02"));
    let card = shop.card(1).await;
    let basket = old.fill(&[PASTA, JAM]).await;
    let basket = old.identify(&basket.basket_id, &card).await.unwrap();
    let away = suspend(&shop, "LILLE-01", suspension(&basket, CODE)).await.unwrap();
    assert_eq!((away.state(), away.lines.len()), (pb::BasketState::Suspended, 2));
    assert_eq!(why(old.scan(&basket.basket_id, PASTA).await), "BASKET_SUSPENDED");
    assert_eq!(why(old.cancel(&basket.basket_id).await), "BASKET_SUSPENDED");
    shop.reprice(PASTA, "9.99").await;
    let back = resume(&shop, "LILLE-02", by_code(CODE)).await.unwrap();
    assert_eq!((back.basket_id.as_str(), back.state()), (basket.basket_id.as_str(), pb::BasketState::Open));
    assert_eq!((&back.lines, total(&back), back.member_identified), (&basket.lines, 500, true));
    // It is there, and no longer here: neither read, changed, nor paid, and by name, so that nobody takes it for lost.
    let id = back.basket_id.as_str();
    assert_eq!(why(old.get(id).await), "BASKET_MOVED");
    assert_eq!(why(old.scan(id, PASTA).await), "BASKET_MOVED");
    assert_eq!(why(old.begin(id, back.basket_version).await), "BASKET_MOVED");
    assert_eq!(why(shop.till("LILLE-03").get(id).await), "NOT_FOUND");
    let ticket = new.pay(&back).await.unwrap();
    assert_eq!((ticket.total.unwrap().amount_minor, ticket.terminal_code.as_str()), (500, "LILLE-02"));
    assert_eq!(shop.count("select count(*) from suspended_basket").await, 0);
}

#[tokio::test]
async fn the_code_works_once_in_its_store_and_is_kept_nowhere() {
    let shop = Shop::open().await;
    let basket = shop.till("LILLE-01").fill(&[PASTA]).await;
    suspend(&shop, "LILLE-01", suspension(&basket, CODE)).await.unwrap();
    assert_eq!(why(resume(&shop, "ARRAS-01", by_code(CODE)).await), "NOTHING_SUSPENDED");
    assert_eq!(why(resume(&shop, "LILLE-02", by_code("ACDE2346")).await), "NOTHING_SUSPENDED");
    for query in [
        "select coalesce(string_agg(basket::text, ''), '') from basket",
        "select coalesce(string_agg(suspended_basket::text, ''), '') from suspended_basket",
        "select coalesce(string_agg(payload::text, ''), '') from outbox",
    ] {
        let kept: String = sqlx::query_scalar(query).fetch_one(&shop.service.db.pool).await.unwrap();
        assert!(!kept.contains(CODE), "{query}");
    }
    // Back at the till where it was left.
    resume(&shop, "LILLE-01", by_code(CODE)).await.unwrap();
    assert_eq!(why(resume(&shop, "LILLE-02", by_code(CODE)).await), "NOTHING_SUSPENDED");
}

#[tokio::test]
async fn the_members_card_brings_it_back_too_and_no_other_card_does() {
    let shop = Shop::open().await;
    let (mine, other) = (shop.card(1).await, shop.card(2).await);
    let till = shop.till("LILLE-01");
    let basket = till.fill(&[PASTA]).await;
    let basket = till.identify(&basket.basket_id, &mine).await.unwrap();
    suspend(&shop, "LILLE-01", suspension(&basket, CODE)).await.unwrap();
    assert_eq!(why(resume(&shop, "LILLE-02", by_card(&other)).await), "NOTHING_SUSPENDED");
    assert_eq!(why(resume(&shop, "LILLE-02", by_card("2900000009999")).await), "BAD_CHECK_DIGIT");
    assert_eq!(why(resume(&shop, "ARRAS-01", by_card(&mine)).await), "NOTHING_SUSPENDED");
    assert!(resume(&shop, "LILLE-02", by_card(&mine)).await.unwrap().member_identified);
    // A guest's basket is nobody's card's.
    let basket = till.fill(&[PASTA]).await;
    suspend(&shop, "LILLE-01", suspension(&basket, CODE)).await.unwrap();
    assert_eq!(why(resume(&shop, "LILLE-02", by_card(&mine)).await), "NOTHING_SUSPENDED");
}

#[tokio::test]
async fn a_card_brings_back_nothing_that_was_practised_and_its_code_does() {
    let shop = Shop::open().await;
    let card = shop.card(1).await;
    train(&shop, "LILLE-01", true).await;
    let practised = shop.till("LILLE-01").fill(&[PASTA]).await;
    let practised = shop.till("LILLE-01").identify(&practised.basket_id, &card).await.unwrap();
    suspend(&shop, "LILLE-01", suspension(&practised, CODE)).await.unwrap();
    assert_eq!(why(resume(&shop, "LILLE-02", by_card(&card)).await), "NOTHING_SUSPENDED");
    assert!(resume(&shop, "LILLE-02", by_code(CODE)).await.unwrap().training);
}

#[tokio::test]
async fn of_tills_that_resume_at_once_one_gets_the_basket() {
    let shop = Shop::open().await;
    let card = shop.card(1).await;
    let till = shop.till("LILLE-01");
    let ways: [fn(&str) -> pb::ResumeBasketRequest; 2] = [|_| by_code(CODE), by_card];
    for (way, resumed) in ways.into_iter().zip(1..) {
        let basket = till.open().await;
        till.identify(&basket.basket_id, &card).await.unwrap();
        let basket = till.scan(&basket.basket_id, PASTA).await.unwrap();
        suspend(&shop, "LILLE-01", suspension(&basket, CODE)).await.unwrap();
        let tills: Vec<String> = (2..=8).map(|number| format!("LILLE-0{number}")).collect();
        let answers = join_all(tills.iter().map(|code| resume(&shop, code, way(&card)))).await;
        let (got, not): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!(got.len(), 1);
        assert!(not.into_iter().all(|answer| why(answer) == "NOTHING_SUSPENDED"));
        let elsewhere = "select count(*) from basket where state = 'open' and terminal_code <> 'LILLE-01'";
        assert_eq!(shop.count(elsewhere).await, resumed);
    }
}

#[tokio::test]
async fn only_an_open_basket_with_something_in_it_is_suspended_as_the_shopper_saw_it() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let empty = till.open().await;
    assert_eq!(why(suspend(&shop, "LILLE-01", suspension(&empty, CODE)).await), "BASKET_EMPTY");
    let frozen = till.freeze(&[PASTA]).await;
    assert_eq!(why(suspend(&shop, "LILLE-01", suspension(&frozen, CODE)).await), "BASKET_FROZEN");
    let open = till.abandon(&frozen.basket_id).await.unwrap();
    let stale = pb::Basket { basket_version: open.basket_version - 1, ..open.clone() };
    assert_eq!(why(suspend(&shop, "LILLE-01", suspension(&stale, CODE)).await), "BASKET_VERSION_STALE");
    assert_eq!(why(suspend(&shop, "LILLE-02", suspension(&open, CODE)).await), "NOT_FOUND");
    let not_a_hash = pb::SuspendBasketRequest { code_sha256: CODE.to_owned(), ..suspension(&open, CODE) };
    assert_eq!(why(suspend(&shop, "LILLE-01", not_a_hash).await), "INVALID_FIELD");
    suspend(&shop, "LILLE-01", suspension(&open, CODE)).await.unwrap();
    // No two wait under one code.
    let second = till.fill(&[JAM]).await;
    assert_eq!(why(suspend(&shop, "LILLE-01", suspension(&second, CODE)).await), "INVALID_FIELD");
    assert_eq!(till.get(&second.basket_id).await.unwrap().state(), pb::BasketState::Open);
}

#[tokio::test]
async fn suspending_and_resuming_twice_under_one_id_happen_once() {
    let shop = Shop::open().await;
    let basket = shop.till("LILLE-01").fill(&[PASTA]).await;
    let request = suspension(&basket, CODE);
    let first = suspend(&shop, "LILLE-01", request.clone()).await.unwrap();
    assert_eq!(suspend(&shop, "LILLE-01", request.clone()).await.unwrap(), first);
    let other = pb::SuspendBasketRequest { code_sha256: hash("other"), ..request };
    assert_eq!(why(suspend(&shop, "LILLE-01", other).await), "REQUEST_ID_REUSED");
    let request = by_code(CODE);
    let first = resume(&shop, "LILLE-02", request.clone()).await.unwrap();
    let changed = shop.till("LILLE-02").scan(&first.basket_id, JAM).await.unwrap();
    assert_eq!(resume(&shop, "LILLE-02", request.clone()).await.unwrap(), first, "as answered first");
    let other = pb::ResumeBasketRequest { request_id: request.request_id.clone(), ..by_code("other") };
    assert_eq!(why(resume(&shop, "LILLE-02", other).await), "REQUEST_ID_REUSED");
    assert_eq!(shop.till("LILLE-02").get(&first.basket_id).await.unwrap(), changed);
}

#[tokio::test]
async fn a_till_that_lost_the_answer_asks_what_became_of_it_without_code_and_card() {
    let shop = Shop::open().await;
    let basket = shop.till("LILLE-01").fill(&[PASTA]).await;
    suspend(&shop, "LILLE-01", suspension(&basket, CODE)).await.unwrap();
    let ask = |request: &pb::ResumeBasketRequest| pb::ResumeBasketRequest {
        request_id: request.request_id.clone(),
        way: None,
    };
    // It had not come: then it never does, and the code still works.
    let late = by_code(CODE);
    assert_eq!(why(resume(&shop, "LILLE-02", ask(&late)).await), "NOTHING_SUSPENDED");
    assert_eq!(why(resume(&shop, "LILLE-02", ask(&late)).await), "NOTHING_SUSPENDED");
    assert_eq!(why(resume(&shop, "LILLE-02", late).await), "REQUEST_ID_REUSED");
    let sent = by_code(CODE);
    let back = resume(&shop, "LILLE-02", sent.clone()).await.unwrap();
    assert_eq!(resume(&shop, "LILLE-02", ask(&sent)).await.unwrap(), back);
    // Another till learns nothing by the id.
    assert_eq!(why(resume(&shop, "LILLE-03", ask(&sent)).await), "NOTHING_SUSPENDED");
}

#[tokio::test]
async fn guessing_codes_ends_after_five_tries_at_a_till_also_for_the_right_one() {
    let shop = Shop::open().await;
    let basket = shop.till("LILLE-01").fill(&[PASTA]).await;
    suspend(&shop, "LILLE-01", suspension(&basket, CODE)).await.unwrap();
    for guess in 0..5 {
        let guess = by_code(&format!("ACDE234{guess}A"));
        assert_eq!(why(resume(&shop, "LILLE-02", guess).await), "NOTHING_SUSPENDED");
    }
    assert_eq!(why(resume(&shop, "LILLE-02", by_code(CODE)).await), "TOO_MANY_GUESSES");
    let back = resume(&shop, "LILLE-03", by_code(CODE)).await.unwrap();
    // What is known costs nothing, and gives no new tries to whoever guesses.
    for guess in 0..5 {
        let guess = by_code(&format!("ACDE235{guess}A"));
        assert_eq!(why(resume(&shop, "LILLE-03", guess).await), "NOTHING_SUSPENDED");
    }
    suspend(&shop, "LILLE-03", suspension(&back, CODE)).await.unwrap();
    assert_eq!(why(resume(&shop, "LILLE-03", by_code(CODE)).await), "TOO_MANY_GUESSES");
}

#[tokio::test]
async fn what_waits_for_a_person_goes_with_the_basket_and_what_was_approved_stays_approved() {
    let shop = Shop::open().await;
    let (till, attendant) = (shop.till("LILLE-01"), shop.staff(Role::Attendant, "LILLE"));
    shop.audit(10_000).await;
    let basket = till.fill(&[PASTA, SPIRIT]).await;
    let approval = waiting(&shop, &attendant).await.remove(0);
    answer(&shop, &attendant, deciding(&approval, Decision::Approve)).await.unwrap();
    let basket = till.get(&basket.basket_id).await.unwrap();
    assert_eq!(why(till.begin(&basket.basket_id, basket.basket_version).await), "AUDIT_NEEDED");
    let basket = till.scan(&basket.basket_id, UNKNOWN).await.unwrap();
    assert_eq!(waiting(&shop, &attendant).await.len(), 2);
    let away = suspend(&shop, "LILLE-01", suspension(&basket, CODE)).await.unwrap();
    assert!(away.audit_waits && waiting(&shop, &attendant).await.is_empty(), "nobody is there");
    let back = resume(&shop, "LILLE-02", by_code(CODE)).await.unwrap();
    assert_eq!((back.approved_age, back.approval_age, back.audit_waits), (18, 0, true));
    let waits = waiting(&shop, &attendant).await;
    let mut kinds: Vec<_> = waits.iter().map(|waits| (waits.kind(), waits.terminal_code.as_str())).collect();
    kinds.sort_unstable_by_key(|(kind, _)| *kind as i32);
    assert_eq!(kinds, [(Kind::UnknownCode, "LILLE-02"), (Kind::Audit, "LILLE-02")]);
    for waits in waits {
        let decision = if waits.kind() == Kind::Audit { Decision::Approve } else { Decision::Refuse };
        answer(&shop, &attendant, deciding(&waits, decision)).await.unwrap();
    }
    let back = shop.till("LILLE-02").get(&back.basket_id).await.unwrap();
    assert_eq!(total(&back), 240 + 1_900);
    shop.till("LILLE-02").pay(&back).await.unwrap();
}

#[tokio::test]
async fn a_locked_till_resumes_nothing() {
    let shop = Shop::open().await;
    let basket = shop.till("LILLE-01").fill(&[PASTA]).await;
    suspend(&shop, "LILLE-01", suspension(&basket, CODE)).await.unwrap();
    let lock =
        pb::LockTillRequest { request_id: new_id(), terminal_code: "LILLE-02".to_owned(), locked: true };
    let mut operator = AttendanceServiceClient::new(shop.service.peer("operator"));
    operator.lock_till(lock).await.unwrap();
    assert_eq!(why(resume(&shop, "LILLE-02", by_code(CODE)).await), "TILL_LOCKED");
    resume(&shop, "LILLE-03", by_code(CODE)).await.unwrap();
}

#[tokio::test]
async fn with_the_stores_day_a_suspended_basket_is_abandoned_and_the_attendants_are_told() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    let basket = shop.till("LILLE-01").fill(&[PASTA, JAM]).await;
    suspend(&shop, "LILLE-01", suspension(&basket, CODE)).await.unwrap();
    let listed = suspended(&shop, &attendant).await;
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].terminal_code.as_str(), listed[0].article_count), ("LILLE-01", 2));
    // Midnight in Paris.
    assert_eq!(listed[0].ends_time.unwrap().seconds, 1_777_759_200);
    assert!(suspended(&shop, &shop.staff(Role::Attendant, "ARRAS")).await.is_empty());
    let request = shop.service.as_staff(&attendant, Request::new(pb::WatchTillsRequest {}));
    let mut client = AttendanceServiceClient::new(shop.service.peer("portal"));
    let mut told = client.watch_tills(request).await.unwrap().into_inner();
    assert_eq!(told.next().await.unwrap().unwrap().suspended.len(), 1);
    shop.service.clock.set(shop.service.clock.now() + Duration::hours(13));
    let after = told.next().await.unwrap().unwrap();
    assert!(after.suspended.is_empty());
    let waits = &after.tills[0].waiting[0];
    assert_eq!((waits.kind(), waits.amount_minor), (Kind::Abandoned, 540));
    let ended: pb::BasketEnded = shop.event("sales.ended").await;
    assert_eq!((ended.cause.as_str(), ended.abandon_cause.as_str()), ("abandoned", "day_ended"));
    assert_eq!(ended.edits.last().unwrap().edit, "expire");
    assert_eq!(why(resume(&shop, "LILLE-02", by_code(CODE)).await), "NOTHING_SUSPENDED");
    let stands = shop.till("LILLE-01").get(&basket.basket_id).await.unwrap();
    assert_eq!(stands.state(), pb::BasketState::Abandoned);
}

#[tokio::test]
async fn every_move_and_edit_is_listed_for_people_of_the_store_also_of_lines_that_are_gone() {
    let shop = Shop::open().await;
    let (till, attendant) = (shop.till("LILLE-01"), shop.staff(Role::Attendant, "LILLE"));
    let basket = till.fill(&[PASTA, JAM, SPIRIT]).await;
    till.remove(&basket.basket_id, 2).await.unwrap();
    let approval = waiting(&shop, &attendant).await.remove(0);
    answer(&shop, &attendant, deciding(&approval, Decision::Approve)).await.unwrap();
    let basket = till.get(&basket.basket_id).await.unwrap();
    suspend(&shop, "LILLE-01", suspension(&basket, CODE)).await.unwrap();
    let back = resume(&shop, "LILLE-02", by_code(CODE)).await.unwrap();
    shop.till("LILLE-02").pay(&back).await.unwrap();
    let asked = |page_size, page_token: &str| pb::ListBasketEditsRequest {
        basket_id: basket.basket_id.clone(),
        page_size,
        page_token: page_token.to_owned(),
    };
    let all = history(&shop, &attendant, asked(0, "")).await.unwrap();
    let kinds: Vec<_> = all.edits.iter().map(|edit| (edit.kind(), edit.author())).collect();
    use pb::{EditAuthor as By, EditKind as Did};
    assert_eq!(
        kinds,
        [
            (Did::Scan, By::Till),
            (Did::Scan, By::Till),
            (Did::Scan, By::Till),
            (Did::Remove, By::Till),
            (Did::Approve, By::Attendant),
            (Did::Suspend, By::Till),
            (Did::Resume, By::Till),
            (Did::BeginPayment, By::Till),
            (Did::Pay, By::Till),
        ]
    );
    assert_eq!(all.edits[3].goods[0].name, "Confiture de prunes");
    assert_eq!((all.edits[4].minimum_age, all.edits[7].total_minor), (18, 2_140));
    assert_eq!(
        (all.edits[5].terminal_code.as_str(), all.edits[6].terminal_code.as_str()),
        ("LILLE-01", "LILLE-02")
    );
    assert_eq!((all.state(), all.terminal_code.as_str()), (pb::BasketState::Paid, "LILLE-02"));
    let told = format!("{all:?}");
    assert!(!told.contains(&attendant.staff_id) && !told.contains(&hash(CODE)), "{told}");
    let page = history(&shop, &attendant, asked(4, "")).await.unwrap();
    let rest = history(&shop, &attendant, asked(200, &page.next_page_token)).await.unwrap();
    assert_eq!(([page.edits, rest.edits].concat(), rest.next_page_token.as_str()), (all.edits, ""));
    assert_eq!(why(history(&shop, &attendant, asked(201, "")).await), "INVALID_FIELD");
    assert_eq!(why(history(&shop, &attendant, asked(1, "x")).await), "INVALID_FIELD");
    let stranger = shop.staff(Role::Manager, "ARRAS");
    assert_eq!(why(history(&shop, &stranger, asked(0, "")).await), "NOT_FOUND");
}
