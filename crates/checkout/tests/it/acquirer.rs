//! Files of the bank: they settle payments that nobody knew of, once, and say what does not fit together.

use futures::future::join_all;
use platform::Role;
use proto::checkout::v1::{
    self as pb, FileFinding, InterventionDecision as Decision, InterventionKind as Kind, PaymentProof,
    TillStage, acquirer_service_client::AcquirerServiceClient, till_service_client::TillServiceClient,
};
use tonic::Status;

use crate::{
    attendance::{answer, deciding, waiting},
    shop::{JAM, PASTA, Shop, new_id, why},
    till::{by_card, card_of, completion, take},
};

/// When the card terminal was asked.
const ASKED: i64 = 1_777_712_400;
const HEADER: &str = "contract;terminal;time;amount;currency;card;authorisation;reference;kind\n";
const REFERENCE: &str = "01970000-0000-7000-8000-000000000001";
/// Rows of other payments an hour before and after: the file covers the time between.
const FIRST: &str = "1999403;LILLE-01;2026-05-02T08:00:00Z;99,99;EUR;****1111;Z1;;debit\n";
const LAST: &str = "1999403;LILLE-01;2026-05-02T12:00:00+02:00;99,98;EUR;****1111;Z2;;credit\n";

/// A payment of 2.40, half a minute after it was asked.
fn row(terminal: &str, authorisation: &str, reference: &str) -> String {
    format!(
        "1999403;{terminal};2026-05-02T11:00:30+02:00;2,40;EUR;497010******0674;{authorisation};{reference};debit\n"
    )
}

fn request(rows: &[&str]) -> pb::ImportAcquirerFileRequest {
    let file = format!("{HEADER}{}", rows.concat()).into_bytes();
    pb::ImportAcquirerFileRequest { request_id: new_id(), file, ..Default::default() }
}

async fn send(
    shop: &Shop,
    request: pb::ImportAcquirerFileRequest,
) -> Result<pb::ImportAcquirerFileResponse, Status> {
    let mut office = AcquirerServiceClient::new(shop.service.peer("operator"));
    Ok(office.import_acquirer_file(request).await?.into_inner())
}

async fn import(shop: &Shop, rows: &[&str]) -> pb::ImportAcquirerFileResponse {
    send(shop, request(rows)).await.unwrap()
}

/// A basket of 2.40 at a till that does not know whether it was paid.
async fn unknown(shop: &Shop, code: &str, attempt_id: &str) -> (pb::Basket, pb::ReportTillRequest) {
    let basket = shop.till(code).freeze(&[PASTA]).await;
    let stopped = pb::ReportTillRequest {
        stage: TillStage::Stopped.into(),
        basket_id: basket.basket_id.clone(),
        trouble: Kind::PaymentUnknown.into(),
        amount_minor: 240,
        asked_time: Some(prost_types::Timestamp { seconds: ASKED, nanos: 0 }),
        attempt_id: attempt_id.to_owned(),
        ..Default::default()
    };
    report(shop, code, &stopped).await;
    (basket, stopped)
}

async fn report(shop: &Shop, code: &str, stopped: &pb::ReportTillRequest) -> pb::ReportTillResponse {
    let told = pb::ReportTillRequest { request_id: new_id(), ..stopped.clone() };
    let peer = shop.service.peer(&format!("terminal-{code}"));
    TillServiceClient::new(peer).report_till(told).await.unwrap().into_inner()
}

fn reasons(told: &pb::ImportAcquirerFileResponse) -> Vec<(i64, &str)> {
    told.rejected.iter().map(|row| (row.line, row.reason.as_str())).collect()
}

#[tokio::test]
async fn a_payment_that_the_file_shows_beyond_doubt_is_settled_and_the_till_learns_it_from_its_report() {
    let shop = Shop::open().await;
    for (code, reference, by_reference) in [("LILLE-01", REFERENCE, true), ("LILLE-02", "", false)] {
        let (basket, stopped) = unknown(&shop, code, REFERENCE).await;
        let told = import(&shop, &[&row(code, "a00395", reference)]).await;
        assert_eq!((told.rows, told.debits, told.known, told.unsold_count), (1, 1, 0, 0));
        assert_eq!((told.settled[0].terminal_code.as_str(), told.settled[0].line), (code, 2));
        assert_eq!(told.settled[0].by_reference, by_reference);
        let settlement = report(&shop, code, &stopped).await.settlement.unwrap();
        assert_eq!(
            (settlement.decision(), settlement.proof()),
            (Decision::Approve, PaymentProof::AcquirerFile)
        );
        assert_eq!((settlement.pan_last4.as_str(), settlement.authorisation.as_str()), ("0674", "A00395"));
        let event: pb::TillAttended = shop.event("sales.attended").await;
        assert_eq!((event.terminal_code.as_str(), event.decision.as_str()), (code, "approve"));
        // The sale that the till makes of it is known to the next file.
        let mut paid = completion(&basket);
        let payment = card_of(&mut paid);
        (payment.pan_last4, payment.authorisation) = (settlement.pan_last4, settlement.authorisation);
        shop.till(code).complete(paid).await.unwrap();
        let told = import(&shop, &[FIRST, &row(code, "A00395", reference)]).await;
        assert_eq!((told.known, told.settled.len(), told.unsold_count), (1, 0, 1));
    }
    let kept =
        "select count(*) from intervention where answered_by is null and acquirer_file_sha256 is not null";
    assert_eq!(shop.count(kept).await, 2);
}

#[tokio::test]
async fn each_card_of_a_sale_that_was_paid_in_parts_is_a_payment_of_its_own() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let frozen = till.freeze(&[PASTA]).await;
    let pays = |amount, last4: &str, authorisation: &str| {
        let mut tender = by_card(amount);
        let card = tender.card.as_mut().unwrap();
        (card.pan_last4, card.authorisation) = (last4.to_owned(), authorisation.to_owned());
        tender
    };
    let held = till.take(take(&frozen, pays(100, "0674", "A00395"))).await.unwrap();
    let tender = Some(pays(140, "1111", "A00396"));
    let sold = till.complete(pb::CompleteSaleRequest { tender, ..completion(&held) }).await.unwrap();
    let first = row("LILLE-01", "A00395", "").replace("2,40", "1,00");
    let second = row("LILLE-01", "A00396", "").replace("2,40", "1,40").replace("0674", "1111");
    let told = import(&shop, &[FIRST, &first, &second, LAST]).await;
    assert_eq!((told.known, told.unsold_count, told.unpaid_count), (2, 1, 0));
    let told = import(&shop, &[FIRST, &first, LAST]).await;
    assert_eq!((told.known, told.unsold_count, told.unpaid_count), (1, 1, 1));
    assert_eq!((told.unpaid[0].sale_id.as_str(), told.unpaid[0].amount_minor), (sold.sale_id.as_str(), 140));
}

#[tokio::test]
async fn a_file_is_applied_once_however_often_it_comes() {
    let shop = Shop::open().await;
    unknown(&shop, "LILLE-01", REFERENCE).await;
    let (replica, rows) = (shop.service.another(), row("LILLE-01", "A00395", REFERENCE));
    let asked = request(&[FIRST, &rows]);
    let peers = [shop.service.peer("operator"), shop.service.peer_of(&replica, "operator")];
    let sent = (0..10).map(|index| {
        let mut office = AcquirerServiceClient::new(peers[index % 2].clone());
        let asked = asked.clone();
        async move { office.import_acquirer_file(asked).await.unwrap().into_inner() }
    });
    let told = join_all(sent).await;
    assert!(told.iter().all(|one| *one == told[0] && one.settled.len() == 1 && !one.imported_before));
    assert_eq!(shop.count("select count(*) from acquirer_settlement").await, 1);
    // Another request with the same file, whatever line ends and byte order mark it came with: it says so, and changes nothing.
    let text = String::from_utf8(asked.file.clone()).unwrap();
    let windows = format!("\u{feff}{}", text.replace('\n', "\r\n")).into_bytes();
    let again = pb::ImportAcquirerFileRequest { request_id: new_id(), file: windows, ..asked.clone() };
    let again = send(&shop, again).await.unwrap();
    assert!(again.imported_before);
    assert_eq!(pb::ImportAcquirerFileResponse { imported_before: false, ..again }, told[0]);
    let other = pb::ImportAcquirerFileRequest { file: HEADER.into(), ..asked };
    assert_eq!(why(send(&shop, other).await), "REQUEST_ID_REUSED");
    for statement in ["update acquirer_file set report = '{}'", "delete from acquirer_settlement"] {
        let refused = sqlx::query(statement).execute(&shop.service.db.pool).await.unwrap_err();
        assert!(refused.to_string().contains("never changed"), "{refused}");
    }
}

#[tokio::test]
async fn a_row_that_might_be_another_settles_nothing_and_is_listed_for_a_person() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    let (_, stopped) = unknown(&shop, "LILLE-01", REFERENCE).await;
    let told = import(&shop, &[&row("LILLE-01", "A1", ""), &row("LILLE-01", "A2", "")]).await;
    assert_eq!((told.settled.len(), told.unclear[0].lines.clone()), (0, vec![2, 3]));
    assert_eq!((told.unclear[0].amount_minor, told.unsold_count), (240, 0));
    let told = report(&shop, "LILLE-01", &stopped).await;
    assert!(told.settlement.is_none() && told.waiting.len() == 1);
    assert_eq!(waiting(&shop, &attendant).await[0].file_finding(), FileFinding::Unclear);
    // Money that was given back is no payment.
    let back = row("LILLE-01", "A3", REFERENCE).replace("debit", "credit");
    let told = import(&shop, &[&row("LILLE-01", "A3", REFERENCE), &back]).await;
    assert_eq!((told.settled.len(), told.unclear.len(), told.credits), (0, 1, 1));
}

#[tokio::test]
async fn the_row_of_a_part_that_is_held_settles_no_other_part() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let (basket, stopped) = unknown(&shop, "LILLE-01", REFERENCE).await;
    till.take(take(&basket, by_card(120))).await.unwrap();
    let half = pb::ReportTillRequest { amount_minor: 120, attempt_id: new_id(), ..stopped };
    report(&shop, "LILLE-01", &half).await;
    // The card that is held, and nothing of the one that nobody knows of.
    let held = row("LILLE-01", "184117", "").replace("2,40", "1,20").replace("0674", "6368");
    let told = import(&shop, &[FIRST, &held, LAST]).await;
    assert!(told.settled.iter().all(|settled| settled.amount_minor != 120), "{told:?}");
    assert!(told.known >= 1 && report(&shop, "LILLE-01", &half).await.settlement.is_none());
}

#[tokio::test]
async fn the_row_of_a_part_that_meal_vouchers_paid_settles_no_other_part() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let basket = till.freeze(&[JAM; 6]).await;
    let vouchers = pb::Tender { kind: pb::TenderKind::MealVoucher.into(), ..by_card(900) };
    till.take(take(&basket, vouchers)).await.unwrap();
    let unknown = pb::ReportTillRequest {
        stage: TillStage::Stopped.into(),
        basket_id: basket.basket_id.clone(),
        trouble: Kind::PaymentUnknown.into(),
        amount_minor: 900,
        asked_time: Some(prost_types::Timestamp { seconds: ASKED + 60, nanos: 0 }),
        attempt_id: REFERENCE.to_owned(),
        ..Default::default()
    };
    report(&shop, "LILLE-01", &unknown).await;
    let debit = row("LILLE-01", "184117", "").replace("2,40", "9,00").replace("0674", "6368");
    let told = import(&shop, &[FIRST, &debit, LAST]).await;
    assert_eq!((told.settled.len(), told.known, told.absent.len()), (0, 1, 1), "{told:?}");
    assert!(report(&shop, "LILLE-01", &unknown).await.settlement.is_none());
}

#[tokio::test]
async fn a_payment_that_is_not_in_the_file_is_a_hint_for_the_person_who_settles_it() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    let (_, stopped) = unknown(&shop, "LILLE-01", REFERENCE).await;
    assert_eq!(import(&shop, &[FIRST]).await.absent.len(), 0, "it ends before");
    let told = import(&shop, &[FIRST, LAST]).await;
    assert_eq!((told.absent.len(), told.settled.len(), told.absent[0].amount_minor), (1, 0, 240));
    assert!(report(&shop, "LILLE-01", &stopped).await.settlement.is_none());
    let waits = waiting(&shop, &attendant).await;
    assert_eq!(waits[0].file_finding(), FileFinding::Absent);
    answer(&shop, &attendant, deciding(&waits[0], Decision::Refuse)).await.unwrap();
    assert_eq!(report(&shop, "LILLE-01", &stopped).await.settlement.unwrap().decision(), Decision::Refuse);
}

#[tokio::test]
async fn a_payment_that_was_made_for_a_basket_that_is_open_again_is_money_without_a_sale() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    let (basket, _) = unknown(&shop, "LILLE-01", REFERENCE).await;
    let made = pb::AnswerInterventionRequest {
        pan_last4: "0674".to_owned(),
        ..deciding(&waiting(&shop, &attendant).await[0], Decision::Approve)
    };
    answer(&shop, &attendant, made).await.unwrap();
    let debit = row("LILLE-01", "A00395", REFERENCE);
    let told = import(&shop, &[FIRST, &debit]).await;
    assert_eq!((told.known, told.unsold_count), (1, 1), "its sale is still to come");
    shop.till("LILLE-01").abandon(&basket.basket_id).await.unwrap();
    let told = import(&shop, &[FIRST, &debit, LAST]).await;
    assert_eq!((told.known, told.unsold_count), (0, 2));
}

#[tokio::test]
async fn money_without_a_sale_and_sales_without_money_are_listed_and_nobody_is_named() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let card = shop.card(1).await;
    let basket = till.open().await;
    till.identify(&basket.basket_id, &card).await.unwrap();
    till.scan(&basket.basket_id, PASTA).await.unwrap();
    let frozen = till.begin(&basket.basket_id, 3).await.unwrap();
    let lost = till.complete(completion(&frozen)).await.unwrap();
    let told = import(&shop, &[FIRST, &row("LILLE-01", "A00395", ""), LAST]).await;
    assert_eq!((told.unsold_count, told.unpaid_count), (2, 1));
    assert_eq!(told.unsold.iter().map(|debit| debit.line).collect::<Vec<_>>(), [2, 3]);
    assert_eq!((told.unpaid[0].sale_id.as_str(), told.unpaid[0].amount_minor), (lost.sale_id.as_str(), 200));
    let kept: String = sqlx::query_scalar("select report::text from acquirer_file")
        .fetch_one(&shop.service.db.pool)
        .await
        .unwrap();
    assert!(
        !kept.contains(&lost.member_id) && !kept.contains("pan_last4") && !kept.contains("A00395"),
        "{kept}"
    );
}

#[tokio::test]
async fn each_row_that_is_not_taken_has_its_reason_and_a_whole_card_number_is_kept_nowhere() {
    let shop = Shop::open().await;
    unknown(&shop, "LILLE-01", REFERENCE).await;
    let good = row("LILLE-01", "A00395", "");
    let changed = |from: &str, to: &str| good.replace(from, to);
    let rows = [
        changed("497010******0674", "4970 1012 3456 7893"),
        changed(";debit", ";debit;4970101234567893").replace("1999403", "1999404"),
        changed("1999403", "4970101234567893"),
        changed("1999403", "19 99"),
        changed("LILLE-01", "005"),
        changed("+02:00", ""),
        changed("2,40", "-2,40"),
        changed("2,40", "2,405"),
        changed("EUR", "USD"),
        changed("497010******0674", "******674"),
        changed("A00395", "12345678901"),
        changed(";debit", ";refund"),
        changed("LILLE-01", "ARRAS-01"),
        good.clone(),
        good.clone(),
    ];
    let mut asked = request(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    asked.store_code = "LILLE".to_owned();
    let told = send(&shop, asked).await.unwrap();
    let wanted = [
        (2, "CARD_NUMBER"),
        (3, "BAD_ROW"),
        (4, "CARD_NUMBER"),
        (5, "BAD_CONTRACT"),
        (6, "UNKNOWN_TERMINAL"),
        (7, "BAD_TIME"),
        (8, "BAD_AMOUNT"),
        (9, "BAD_AMOUNT"),
        (10, "OTHER_CURRENCY"),
        (11, "BAD_CARD"),
        (12, "BAD_AUTHORISATION"),
        (13, "BAD_KIND"),
        (14, "OTHER_STORE"),
        (16, "DUPLICATE_ROW"),
    ];
    assert_eq!(reasons(&told), wanted);
    // The one good row is the payment all the same.
    assert_eq!((told.rows, told.settled.len()), (15, 1));
    let stored: String = sqlx::query_scalar(
        "select coalesce(string_agg(f.report::text, ' '), '') || (select string_agg(i.detail::text, ' ') from intervention i)
         from acquirer_file f",
    )
    .fetch_one(&shop.service.db.pool)
    .await
    .unwrap();
    assert!(!stored.contains("4970101234567893") && !stored.contains("497010"), "{stored}");
}

#[tokio::test]
async fn columns_go_by_name_cents_are_cents_and_tills_have_the_names_the_bank_gave_them() {
    let shop = Shop::open().await;
    unknown(&shop, "LILLE-01", REFERENCE).await;
    let file = "kind,reference,authorisation,card,amount_cents,currency,time,terminal,contract,remark\r\n\
        debit,,A00395,############0674,240,EUR,2026-05-02T09:00:30Z,0005,1999403,\"a, b\"\r\n";
    let terminals =
        vec![pb::AcquirerTerminal { number: "0005".to_owned(), terminal_code: "LILLE-01".to_owned() }];
    let asked = pb::ImportAcquirerFileRequest { file: file.into(), terminals, ..request(&[]) };
    assert_eq!(send(&shop, asked).await.unwrap().settled.len(), 1);
}

#[tokio::test]
async fn a_file_that_is_none_is_refused_whole() {
    let shop = Shop::open().await;
    let sent = |file: &str| send(&shop, pb::ImportAcquirerFileRequest { file: file.into(), ..request(&[]) });
    for (file, said) in [
        ("", "empty"),
        ("contract;terminal\n1;2\n", "no column \"amount\""),
        (&HEADER.replace(";amount", ";amount;amount_cents"), "both"),
        (&HEADER.replace(";card", ";carte"), "no column \"card\""),
        (&format!("{HEADER}{}", "x\n".repeat(10_001)), "more than 10000 rows are bad"),
        (&format!("{HEADER}{}", FIRST.repeat(100_001)), "rows"),
    ] {
        let refused = sent(file).await.unwrap_err();
        assert!(refused.message().contains(said), "{said}: {}", refused.message());
        assert_eq!(platform::status::field(&refused).as_deref(), Some("file"));
    }
    for (store, terminal, field) in [("PARIS", "LILLE-01", "store_code"), ("", "LILLE-99", "terminals")] {
        let terminals =
            vec![pb::AcquirerTerminal { number: "1".to_owned(), terminal_code: terminal.to_owned() }];
        let asked =
            pb::ImportAcquirerFileRequest { store_code: store.to_owned(), terminals, ..request(&[FIRST]) };
        assert_eq!(platform::status::field(&send(&shop, asked).await.unwrap_err()).as_deref(), Some(field));
    }
    let mut till = AcquirerServiceClient::new(shop.service.peer("terminal-LILLE-01"));
    assert_eq!(why(till.import_acquirer_file(request(&[FIRST])).await), "NOT_ALLOWED");
}

#[tokio::test]
async fn a_file_waits_for_whoever_edits_a_basket_and_holds_up_nobody_who_answers_there() {
    let shop = Shop::open().await;
    unknown(&shop, "LILLE-01", REFERENCE).await;
    let pool = &shop.service.db.pool;
    // As whoever answers: the basket first, then what waits there.
    let mut answering = pool.begin().await.unwrap();
    sqlx::query("select from basket for update").execute(&mut *answering).await.unwrap();
    let row = row("LILLE-01", "A00395", REFERENCE);
    let rows = [row.as_str()];
    let importing = import(&shop, &rows);
    let answer = async {
        let waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        let is_waiting = async || shop.count(waits).await == 1;
        testbed::eventually(std::time::Duration::from_secs(20), "the file waits", is_waiting).await.unwrap();
        let call = "select from intervention where answered_time is null for update nowait";
        let locked = sqlx::query(call).execute(&mut *answering).await.unwrap();
        assert_eq!(locked.rows_affected(), 1);
        answering.commit().await.unwrap();
    };
    let (told, ()) = tokio::join!(importing, answer);
    assert_eq!(told.settled.len(), 1);
}
