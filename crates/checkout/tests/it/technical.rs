//! Technical events: what happens to a till beside its sales, sealed in its journal.

use std::time::Duration;

use fiscal::{Body, Event, Record, START};
use platform::Role;
use proto::checkout::v1::{
    self as pb, InterventionDecision as Decision, InterventionKind as Kind, TillStage,
};
use testbed::eventually;
use time::macros::datetime;

use crate::{
    attendance::{answer, deciding, tills, waiting},
    claims::silence,
    journal::{authority, chain, close, export, verify, year},
    shop::{JAM, PASTA, Shop, new_id, why},
    tills::{at, lock, report},
};

const PATIENCE: Duration = Duration::from_secs(20);

/// Codes and details of the technical events of a till.
pub async fn events(shop: &Shop, terminal_code: &str) -> Vec<(u16, String)> {
    let event = |(_, payload, _): (i64, Vec<u8>, Vec<u8>)| match Record::from_payload(&payload).unwrap().body
    {
        Body::Event(event) => (event.code, event.detail),
        other => panic!("{other:?}"),
    };
    chain(shop, terminal_code, "event").await.into_iter().map(event).collect()
}

#[tokio::test]
async fn a_till_that_was_added_started_and_stopped_says_so_in_its_journal() {
    let shop = Shop::open().await;
    assert_eq!(events(&shop, "LILLE-01").await, [(126, "self".to_owned())]);
    let replica = shop.service.another();
    let codes =
        || async { events(&shop, "LILLE-01").await.into_iter().map(|(code, _)| code).collect::<Vec<_>>() };
    testbed::eventually(std::time::Duration::from_secs(20), "the start is sealed", || async {
        codes().await == [126, 80]
    })
    .await
    .unwrap();
    replica.stop().await;
    assert_eq!(codes().await, [126, 80, 40]);
}

/// Takes LILLE-01 out of its store.
fn remove() -> pb::RemoveTerminalRequest {
    pb::RemoveTerminalRequest { request_id: new_id(), terminal_code: "LILLE-01".to_owned() }
}

#[tokio::test]
async fn a_till_that_is_removed_says_so_sells_nothing_more_and_its_sales_are_refunded_and_closed_as_before() {
    let shop = Shop::open().await;
    let (till, mut operator) = (shop.till("LILLE-01"), shop.operator());
    let sold = till.sell(&[PASTA]).await;
    let basket = till.fill(&[JAM]).await;
    report(&shop, "LILLE-01", at(TillStage::Scanning, &basket.basket_id)).await;
    assert_eq!(why(operator.remove_terminal(remove()).await), "TILL_SERVING");
    till.cancel(&basket.basket_id).await.unwrap();

    let request = remove();
    for _ in 0..2 {
        operator.remove_terminal(request.clone()).await.unwrap();
    }
    operator.remove_terminal(remove()).await.unwrap();
    let (added, removed) = ((126, "self".to_owned()), (127, "self".to_owned()));
    assert_eq!(events(&shop, "LILLE-01").await, [added.clone(), removed.clone()], "told once");

    let open = || pb::OpenBasketRequest { request_id: new_id(), ..Default::default() };
    assert_eq!(why(till.client.clone().open_basket(open()).await), "TILL_LOCKED");
    let manager = shop.staff(Role::Manager, "LILLE");
    assert_eq!(why(lock(&shop, &manager, "LILLE-01", false).await), "NOT_FOUND");
    assert!(tills(&shop, &manager).await.iter().all(|till| till.terminal_code != "LILLE-01"));

    // What it sold stays its own.
    let refund = pb::RefundLinesRequest {
        request_id: new_id(),
        sale_id: sold.sale_id,
        line_ids: vec![1],
        payout: pb::Payout::Desk.into(),
        ..pb::RefundLinesRequest::default()
    };
    shop.client("reviews").refund_lines(refund).await.unwrap();
    shop.service.clock.set(datetime!(2026-05-02 22:00 UTC));
    assert!(close(&shop).await.iter().any(|closing| closing.terminal_code == "LILLE-01"));
    let archive = export(&shop, &year()).await.unwrap();
    assert_eq!(verify(&shop, &archive, &[]).unwrap().records["credit_note"], 1);

    // Put again, it is added again, and somebody opens it.
    let terminal = pb::Terminal {
        terminal_code: "LILLE-01".to_owned(),
        store_code: "LILLE".to_owned(),
        kind: pb::TerminalKind::Self_.into(),
    };
    let request = pb::PutTerminalRequest { request_id: new_id(), terminal: Some(terminal) };
    operator.put_terminal(request).await.unwrap();
    assert_eq!(why(till.client.clone().open_basket(open()).await), "TILL_LOCKED");
    assert!(!lock(&shop, &manager, "LILLE-01", false).await.unwrap().locked);
    till.client.clone().open_basket(open()).await.unwrap();
    let comings: Vec<_> =
        events(&shop, "LILLE-01").await.into_iter().filter(|(code, _)| *code / 2 == 63).collect();
    assert_eq!(comings, [added.clone(), removed, added]);
}

#[tokio::test]
async fn a_till_whose_machine_is_gone_with_an_open_basket_can_be_removed() {
    let shop = Shop::open().await;
    let (till, attendant) = (shop.till("LILLE-01"), shop.staff(Role::Attendant, "LILLE"));
    let basket = till.fill(&[PASTA]).await;
    report(&shop, "LILLE-01", at(TillStage::Scanning, &basket.basket_id)).await;
    assert_eq!(why(shop.operator().remove_terminal(remove()).await), "TILL_SERVING");
    assert_eq!(till.get(&basket.basket_id).await.unwrap().state(), pb::BasketState::Open);
    silence(&shop).await;
    shop.operator().remove_terminal(remove()).await.unwrap();
    assert_eq!(till.get(&basket.basket_id).await.unwrap().state(), pb::BasketState::Abandoned);
    let told: pb::BasketEnded = shop.event("sales.ended").await;
    assert_eq!((told.basket_id, told.cause.as_str()), (basket.basket_id, "abandoned"));
    // Its goods lie about: the till is shown until somebody has been there.
    let waits = waiting(&shop, &attendant).await.remove(0);
    assert_eq!((waits.kind(), waits.terminal_code.as_str()), (Kind::Abandoned, "LILLE-01"));
    answer(&shop, &attendant, deciding(&waits, Decision::Done)).await.unwrap();
    assert!(tills(&shop, &attendant).await.iter().all(|till| till.terminal_code != "LILLE-01"));
}

#[tokio::test]
async fn a_till_whose_machine_is_gone_in_a_payment_is_removed_when_somebody_has_looked_at_it() {
    let shop = Shop::open().await;
    let (till, attendant) = (shop.till("LILLE-01"), shop.staff(Role::Attendant, "LILLE"));
    let frozen = till.freeze(&[PASTA]).await;
    report(&shop, "LILLE-01", at(TillStage::Paying, &frozen.basket_id)).await;
    assert_eq!(why(shop.operator().remove_terminal(remove()).await), "TILL_SERVING");
    assert!(waiting(&shop, &attendant).await.is_empty());
    silence(&shop).await;
    let request = remove();
    for _ in 0..2 {
        let refused = shop.operator().remove_terminal(request.clone()).await;
        assert!(refused.as_ref().unwrap_err().message().contains("somebody of its store is called"));
        assert_eq!(why(refused), "TILL_SERVING");
    }
    let waits = waiting(&shop, &attendant).await;
    assert_eq!((waits.len(), waits[0].kind(), waits[0].amount_minor), (1, Kind::PaymentUnknown, 240));
    answer(&shop, &attendant, deciding(&waits[0], Decision::Refuse)).await.unwrap();
    shop.operator().remove_terminal(request).await.unwrap();
    assert_eq!(till.get(&frozen.basket_id).await.unwrap().state(), pb::BasketState::Cancelled);
}

#[tokio::test]
async fn a_record_that_somebody_touched_is_found_before_its_day_is_closed_over_it() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    till.sell(&[PASTA]).await;
    till.sell(&[JAM]).await;
    touch(
        &shop,
        "update fiscal_record set payload = set_byte(payload, 200, 65) where kind = 'ticket' and sequence = 2",
    )
    .await;
    shop.service.clock.set(datetime!(2026-05-02 22:00 UTC));
    assert_eq!(close(&shop).await, []);
    assert_eq!(close(&shop).await, []);
    let flaw = (90, "ticket record 2: the seal does not match".to_owned());
    assert_eq!(events(&shop, "LILLE-01").await, [(126, "self".to_owned()), flaw], "told once");
}

/// Changes what is sealed, as somebody may who owns the server.
pub async fn touch(shop: &Shop, statement: &str) {
    let statement =
        format!("set session_replication_role = replica; {statement}; set session_replication_role = origin");
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&shop.service.db.pool).await.unwrap();
}

/// What a till says of records that somebody touched.
async fn flaws(shop: &Shop, terminal_code: &str) -> Vec<String> {
    let told = events(shop, terminal_code).await;
    told.into_iter().filter(|(code, _)| *code == 90).map(|(_, detail)| detail).collect()
}

#[tokio::test]
async fn a_closing_that_somebody_touched_is_told_as_a_flaw_and_nothing_is_closed_over_it() {
    let shop = Shop::open().await;
    for till in ["LILLE-01", "LILLE-02", "LILLE-03", "LILLE-04"] {
        shop.till(till).sell(&[PASTA]).await;
    }
    shop.service.clock.set(datetime!(2026-05-02 22:00 UTC));
    assert_eq!(close(&shop).await.len(), 4);
    touch(
        &shop,
        "update fiscal_record set payload = set_byte(payload, 200, 65) \
         where terminal_code = 'LILLE-01' and kind = 'closing'",
    )
    .await;
    // Written anew, with a seal that matches, by whoever has not the key.
    let (_, payload, _) = chain(&shop, "LILLE-02", "closing").await.remove(0);
    let mut record = Record::from_payload(&payload).unwrap();
    let Body::Closing(closing) = &mut record.body else { panic!("no closing") };
    closing.perpetual = fiscal::Totals::default();
    let sealed = record.seal(&fiscal::GENESIS).unwrap();
    let (payload, hash) = (String::from_utf8(sealed.payload.clone()).unwrap(), sealed.hash);
    let of = "terminal_code = 'LILLE-02' and kind = 'closing'";
    touch(
        &shop,
        &format!(
            "update fiscal_record \
             set payload = convert_to('{payload}', 'UTF8'), hash = decode('{hash}', 'hex') where {of}; \
             update terminal_head set hash = decode('{hash}', 'hex') where {of}"
        ),
    )
    .await;
    touch(&shop, "delete from fiscal_record where terminal_code = 'LILLE-03' and kind = 'closing'").await;

    shop.service.clock.set(datetime!(2026-05-03 22:00 UTC));
    let closed = close(&shop).await;
    let closed: Vec<_> = closed.iter().map(|closing| closing.terminal_code.as_str()).collect();
    assert_eq!(closed, ["LILLE-04"], "it holds up no other");
    assert_eq!(close(&shop).await, []);
    for (till, flaw, closings) in [
        ("LILLE-01", "closing record 1: the seal does not match", 1),
        ("LILLE-02", "closing record 1: the signature is not by the till's key", 1),
        ("LILLE-03", "closing record 1: number 2 stands in its place", 0),
    ] {
        assert_eq!(flaws(&shop, till).await, [flaw], "told once");
        assert_eq!(chain(&shop, till, "closing").await.len(), closings, "{till}");
    }
}

#[tokio::test]
async fn whatever_is_touched_is_told_as_a_flaw_by_who_would_archive_it() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let sold = till.sell(&[PASTA]).await;
    till.print(&pb::PrintTicketRequest { request_id: new_id(), sale_id: sold.sale_id }).await.unwrap();
    shop.till("LILLE-02").sell(&[JAM]).await;
    shop.service.clock.set(datetime!(2026-05-02 22:00 UTC));
    close(&shop).await;
    let records = [("LILLE-01", "copy", 100), ("LILLE-02", "closing", 200), ("LILLE-02", "event", 100)];
    for (till, kind, byte) in records {
        let touched = format!(
            "update fiscal_record set payload = set_byte(payload, {byte}, get_byte(payload, {byte}) # 1) \
             where terminal_code = '{till}' and kind = '{kind}' and sequence = 1"
        );
        touch(&shop, &touched).await;
        for _ in 0..2 {
            assert_eq!(why(export(&shop, &year()).await), "JOURNAL_FLAWED");
        }
        // The same bit once more: it is as it was.
        touch(&shop, &touched).await;
        let (told, flaw) = (flaws(&shop, till).await, format!("{kind} record 1: the seal does not match"));
        assert_eq!(told.iter().filter(|told| **told == flaw).count(), 1, "{told:?}");
        assert_eq!(chain(&shop, till, "archive").await.len(), 0);
    }
    assert!(verify(&shop, &export(&shop, &year()).await.unwrap(), &[]).is_ok());
}

/// Seals at a till what an older program sealed.
async fn seal_before(shop: &Shop, terminal_code: &str, event: Event) {
    let chain = chain(shop, terminal_code, "event").await;
    let (sequence, _, hash) = chain.last().unwrap();
    let record = Record {
        terminal: terminal_code.to_owned(),
        siret: "73282932000074".to_owned(),
        sequence: sequence + 1,
        time: shop.service.clock.now(),
        body: Body::Event(event),
    };
    let sealed = record.seal(&fiscal::Hash::try_from(&hash[..]).unwrap()).unwrap();
    let signature = authority(shop).terminal(&record.siret, terminal_code).sign(&sealed.hash);
    sqlx::query("insert into fiscal_record values ($1, 'event', $2, 'LILLE', $3, $4, $5, $6)")
        .bind(terminal_code)
        .bind(record.sequence)
        .bind(record.time)
        .bind(&sealed.payload)
        .bind(&sealed.hash.as_bytes()[..])
        .bind(&signature.as_bytes()[..])
        .execute(&shop.service.db.pool)
        .await
        .unwrap();
    sqlx::query(
        "update terminal_head set sequence = $2, hash = $3 where terminal_code = $1 and kind = 'event'",
    )
    .bind(terminal_code)
    .bind(record.sequence)
    .bind(&sealed.hash.as_bytes()[..])
    .execute(&shop.service.db.pool)
    .await
    .unwrap();
}

#[tokio::test]
async fn a_program_of_another_fiscal_version_says_so_before_it_starts_at_a_till_and_says_it_once() {
    let shop = Shop::open().await;
    seal_before(&shop, "LILLE-01", Event::of(START, "checkout 1.0")).await;
    for starts in [1, 2] {
        let replica = shop.service.another();
        eventually(PATIENCE, "the start is sealed", async || {
            let told = events(&shop, "LILLE-01").await;
            told.iter().filter(|(code, _)| *code == 80).count() == 1 + starts
        })
        .await
        .unwrap();
        replica.stop().await;
    }
    let now = format!("checkout {}", fiscal::VERSION);
    let told = events(&shop, "LILLE-01").await;
    let told: Vec<_> = told.iter().map(|(code, detail)| (*code, detail.as_str())).collect();
    let before = [(126, "self"), (80, "checkout 1.0")];
    let after = [(250, now.as_str()), (80, &now), (40, &now), (80, &now), (40, &now)];
    assert_eq!(told, [&before[..], &after[..]].concat());
}

#[tokio::test]
async fn each_closing_and_each_archive_is_told_and_the_archive_of_a_fiscal_year_apart() {
    let shop = Shop::open().await;
    shop.service.clock.set(datetime!(2026-12-31 09:00 UTC));
    shop.till("LILLE-01").sell(&[PASTA]).await;
    shop.service.clock.set(datetime!(2026-12-31 23:00 UTC));
    close(&shop).await;
    let until = |day: &str| pb::ExportArchiveRequest { until_date: day.to_owned(), ..year() };
    let (part, whole) = (until("2026-05-03"), until("2027-01-01"));
    for request in [&part, &part, &whole, &whole] {
        export(&shop, request).await.unwrap();
    }
    let told = events(&shop, "LILLE-01").await;
    let told: Vec<_> = told.iter().skip(1).map(|(code, detail)| (*code, detail.as_str())).collect();
    let closings = [(50, "day 2026-12-31"), (50, "month 2026-12-31"), (50, "year 2026-12-31")];
    let archives = [(20, "2026-01-01 2026-05-03"), (30, "2026-01-01 2027-01-01")];
    assert_eq!(told, [&closings[..], &archives[..]].concat(), "and a repeat is told once");
    assert_eq!(chain(&shop, "LILLE-01", "archive").await.len(), 2);
}

#[tokio::test]
async fn twelve_months_that_are_no_fiscal_year_are_an_intermediate_archive() {
    let shop = Shop::open().await;
    shop.service.clock.set(datetime!(2026-12-31 09:00 UTC));
    shop.till("LILLE-01").sell(&[PASTA]).await;
    shop.service.clock.set(datetime!(2027-02-28 23:00 UTC));
    close(&shop).await;
    let years = [("2026-01-02", "2027-01-02"), ("2026-03-01", "2027-03-01"), ("2026-01-01", "2027-01-01")];
    for (from, until) in years {
        let (from_date, until_date) = (from.to_owned(), until.to_owned());
        export(&shop, &pb::ExportArchiveRequest { from_date, until_date, ..year() }).await.unwrap();
    }
    let told = events(&shop, "LILLE-01").await;
    let archives = told.iter().filter(|(code, _)| matches!(code, 20 | 30));
    let archives: Vec<_> = archives.map(|(code, detail)| (*code, detail.as_str())).collect();
    let within = [(20, "2026-01-02 2027-01-02"), (20, "2026-03-01 2027-03-01")];
    assert_eq!(archives, [&within[..], &[(30, "2026-01-01 2027-01-01")]].concat());
}

/// What a till says of degraded mode.
async fn modes(shop: &Shop, terminal_code: &str) -> Vec<(u16, String)> {
    let told = events(shop, terminal_code).await;
    told.into_iter().filter(|(code, _)| matches!(code, 70 | 120)).collect()
}

#[tokio::test]
async fn a_till_whose_sales_do_not_reach_the_stream_says_when_degraded_mode_begins_and_ends_once_each() {
    let shop = Shop::open().await;
    let replica = shop.service.another();
    shop.service.nats.kill9().await.unwrap();
    shop.till("LILLE-01").sell(&[PASTA]).await;
    close(&shop).await;
    assert_eq!(modes(&shop, "LILLE-01").await, [], "a moment is nothing");
    let pool = &shop.service.db.pool;
    let longer =
        "update outbox set recorded_time = now() - interval '61 seconds' where published_time is null";
    sqlx::query(longer).execute(pool).await.unwrap();
    tokio::join!(close(&shop), close(&shop), close(&shop));
    shop.till("LILLE-01").sell(&[JAM]).await;
    close(&shop).await;
    let begins = (70, "stream not reached since 2026-05-02T09:00:00Z".to_owned());
    for till in ["LILLE-01", "LILLE-02"] {
        assert_eq!(modes(&shop, till).await, std::slice::from_ref(&begins), "{till}");
    }
    shop.service.nats.restart().await.unwrap();
    let published =
        async || shop.count("select count(*) from outbox where published_time is null").await == 0;
    eventually(PATIENCE, "the sales reach the stream", published).await.unwrap();
    tokio::join!(close(&shop), close(&shop), close(&shop));
    assert_eq!(modes(&shop, "LILLE-01").await, [begins, (120, String::new())]);
    assert_eq!(shop.count("select count(*) from degraded_till").await, 0);
    replica.stop().await;
}
