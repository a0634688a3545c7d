//! The fiscal journal: closings, archives, and that what is sealed stays as it was.

use std::io::Cursor;

use fiscal::{Authority, Flaw, Kind, Witness};
use platform::status::field;
use proto::checkout::v1 as pb;
use proto::checkout::v1::journal_service_client::JournalServiceClient;
use time::macros::datetime;
use tonic::Status;

use crate::{
    shop::{JAM, PASTA, Shop, WINE, new_id, store, why},
    technical::touch,
    till::completion,
};

/// Number, bytes and seal of a chain's records.
pub async fn chain(shop: &Shop, terminal_code: &str, kind: &str) -> Vec<(i64, Vec<u8>, Vec<u8>)> {
    sqlx::query_as(
        "select sequence, payload, hash from fiscal_record where terminal_code = $1 and kind = $2 order by sequence",
    )
    .bind(terminal_code)
    .bind(kind)
    .fetch_all(&shop.service.db.pool)
    .await
    .unwrap()
}

pub fn authority(shop: &Shop) -> Authority {
    Authority::parse(&std::fs::read_to_string(shop.service.folder.path().join("fiscal.key")).unwrap())
        .unwrap()
}

pub async fn close(shop: &Shop) -> Vec<pb::Closing> {
    close_of(shop, "LILLE").await.unwrap()
}

/// Closes what has ended in a store, or in all.
async fn close_of(shop: &Shop, store_code: &str) -> Result<Vec<pb::Closing>, Status> {
    let mut client = JournalServiceClient::new(shop.service.peer("operator"));
    let request = pb::MakeClosingsRequest { request_id: new_id(), store_code: store_code.to_owned() };
    Ok(client.make_closings(request).await?.into_inner().closings)
}

pub async fn export(shop: &Shop, request: &pb::ExportArchiveRequest) -> Result<Vec<u8>, Status> {
    let mut client = JournalServiceClient::new(shop.service.peer("operator"));
    let mut parts = client.export_archive(request.clone()).await?.into_inner();
    let mut archive = Vec::new();
    while let Some(part) = parts.message().await? {
        archive.extend(part.content);
    }
    Ok(archive)
}

pub fn year() -> pb::ExportArchiveRequest {
    pb::ExportArchiveRequest {
        request_id: new_id(),
        store_code: "LILLE".to_owned(),
        from_date: "2026-01-01".to_owned(),
        until_date: "2026-05-03".to_owned(),
    }
}

pub fn verify(shop: &Shop, archive: &[u8], witnesses: &[Witness]) -> Result<fiscal::Verified, fiscal::Fault> {
    fiscal::verify_archive(Cursor::new(archive), &authority(shop).fingerprint(), witnesses)
}

#[tokio::test]
async fn a_day_is_closed_once_with_what_was_sold_and_given_back() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    till.sell(&[PASTA, WINE]).await;
    till.sell(&[JAM]).await;
    assert_eq!(close(&shop).await, [], "its day is not over");
    shop.service.clock.set(datetime!(2026-05-02 22:00 UTC));
    let replica = shop.service.another();
    let (one, other) = (close(&shop), close(&shop));
    let closed = futures::future::join(one, other).await;
    let closed: Vec<_> = [closed.0, closed.1].concat();
    let stored = chain(&shop, "LILLE-01", "closing").await;
    assert_eq!(stored.len(), 1, "closed once: {closed:?}");
    let mut client = JournalServiceClient::new(shop.service.peer("operator"));
    let listed =
        client.list_closings(pb::ListClosingsRequest::default()).await.unwrap().into_inner().closings;
    let [day] = &listed[..] else { panic!("{listed:?}") };
    assert_eq!((day.period.as_str(), day.from_date.as_str()), ("day", "2026-05-02"));
    assert_eq!((day.ticket_count, day.credit_note_count, day.total_minor), (2, 0, 1_340));
    assert_eq!((day.year_to_date_minor, day.perpetual_minor), (1_340, 1_340));
    replica.stop().await;
}

#[tokio::test]
async fn a_till_that_cannot_be_closed_holds_up_no_other() {
    let shop = Shop::open().await;
    let sell = async || {
        for till in ["ARRAS-01", "LILLE-01"] {
            shop.till(till).sell(&[PASTA]).await;
        }
    };
    sell().await;
    shop.service.clock.set(datetime!(2026-05-02 22:00 UTC));
    assert_eq!(close_of(&shop, "").await.unwrap().len(), 2);
    sell().await;
    // As it was before a store kept its time zone: the closings of its tills do not follow from each other any more.
    let moved = "update store set time_zone = 'America/Martinique' where store_code = 'ARRAS'";
    sqlx::query(moved).execute(&shop.service.db.pool).await.unwrap();
    let new = pb::PutStoreRequest { request_id: new_id(), store: Some(store("DOUAI")) };
    shop.operator().put_store(new).await.unwrap();
    shop.service.clock.set(datetime!(2026-05-04 12:00 UTC));
    assert_eq!(why(close_of(&shop, "").await), "INTERNAL");
    assert_eq!(chain(&shop, "ARRAS-01", "closing").await.len(), 1);
    assert_eq!(listed(&shop).await, [("2026-05-03".to_owned(), 1), ("2026-05-02".to_owned(), 1)]);
}

#[tokio::test]
async fn a_store_that_was_moved_before_its_time_zone_was_kept_is_put_back_and_closed() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    till.sell(&[PASTA]).await;
    shop.service.clock.set(datetime!(2026-05-02 22:00 UTC));
    close(&shop).await;
    till.sell(&[PASTA]).await;
    let moved = "update store set time_zone = 'America/Martinique' where store_code = 'LILLE'";
    sqlx::query(moved).execute(&shop.service.db.pool).await.unwrap();
    let put = async |time_zone: &str, currency_code: &str| {
        let (time_zone, currency_code) = (time_zone.to_owned(), currency_code.to_owned());
        let store = pb::Store { time_zone, currency_code, ..store("LILLE") };
        let request = pb::PutStoreRequest { request_id: new_id(), store: Some(store) };
        shop.operator().put_store(request).await
    };
    for (time_zone, currency_code) in [("America/Cayenne", "EUR"), ("Europe/Paris", "CHF")] {
        assert_eq!(why(put(time_zone, currency_code).await), "INVALID_FIELD");
    }
    put("Europe/Paris", "EUR").await.unwrap();
    shop.service.clock.set(datetime!(2026-05-04 12:00 UTC));
    close(&shop).await;
    assert_eq!(listed(&shop).await, [("2026-05-03".to_owned(), 1), ("2026-05-02".to_owned(), 1)]);
    assert_eq!(why(put("America/Martinique", "EUR").await), "INVALID_FIELD", "it stays where it was closed");
}

#[tokio::test]
async fn the_two_odd_days_of_the_year_are_closed_at_the_midnight_of_the_store() {
    // Of 25 hours and of 23: the last minute of the day before, its first and its last, and the first of the day after.
    let of_25_hours = [
        datetime!(2026-10-24 21:59 UTC),
        datetime!(2026-10-24 22:00 UTC),
        datetime!(2026-10-25 22:59 UTC),
        datetime!(2026-10-25 23:00 UTC),
    ];
    let of_23_hours = [
        datetime!(2027-03-27 22:59 UTC),
        datetime!(2027-03-27 23:00 UTC),
        datetime!(2027-03-28 21:59 UTC),
        datetime!(2027-03-28 22:00 UTC),
    ];
    for (moments, days) in [
        (of_25_hours, ["2026-10-26", "2026-10-25", "2026-10-24"]),
        (of_23_hours, ["2027-03-29", "2027-03-28", "2027-03-27"]),
    ] {
        let shop = Shop::open().await;
        for moment in moments {
            shop.service.clock.set(moment);
            close(&shop).await;
            shop.till("LILLE-01").sell(&[PASTA]).await;
        }
        shop.service.clock.set(moments[3] + time::Duration::days(1));
        close(&shop).await;
        let days: Vec<_> = days.map(str::to_owned).into_iter().zip([1, 2, 1]).collect();
        assert_eq!(listed(&shop).await, days);
    }
}

/// The days that LILLE-01 closed, with the tickets in each, read page by page.
async fn listed(shop: &Shop) -> Vec<(String, i64)> {
    let mut client = JournalServiceClient::new(shop.service.peer("operator"));
    let mut request =
        pb::ListClosingsRequest { terminal_code: "LILLE-01".to_owned(), page_size: 1, ..Default::default() };
    let mut listed = Vec::new();
    loop {
        let page = client.list_closings(request.clone()).await.unwrap().into_inner();
        let days = page.closings.into_iter().filter(|closing| closing.period == "day");
        listed.extend(days.map(|day| (day.from_date, day.ticket_count)));
        if page.next_page_token.is_empty() {
            return listed;
        }
        request.page_token = page.next_page_token;
    }
}

#[tokio::test]
async fn nothing_enters_a_closed_day_even_when_the_clock_goes_back() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    till.sell(&[PASTA]).await;
    let frozen = till.freeze(&[JAM]).await;
    shop.service.clock.set(datetime!(2026-05-02 22:00 UTC));
    close(&shop).await;
    shop.service.clock.set(datetime!(2026-05-02 21:00 UTC));
    let late = till.complete(completion(&frozen)).await.unwrap();
    let sealed = late.completed_time.unwrap().seconds;
    assert_eq!(sealed, datetime!(2026-05-02 22:00 UTC).unix_timestamp(), "the next day's first moment");
    shop.service.clock.set(datetime!(2026-05-03 22:00 UTC));
    close(&shop).await;
    assert_eq!(listed(&shop).await, [("2026-05-03".to_owned(), 1), ("2026-05-02".to_owned(), 1)]);
    let request = pb::ListClosingsRequest { page_token: "yesterday".to_owned(), ..Default::default() };
    let mut client = JournalServiceClient::new(shop.service.peer("operator"));
    assert_eq!(client.list_closings(request).await.unwrap_err().code(), tonic::Code::InvalidArgument);
}

#[tokio::test]
async fn an_archive_holds_all_that_was_sealed_and_is_verified_with_the_fingerprint_alone() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let sold = till.sell(&[PASTA, WINE]).await;
    shop.till("LILLE-02").sell(&[JAM]).await;
    let print = pb::PrintTicketRequest { request_id: new_id(), sale_id: sold.sale_id.clone() };
    for number in [1, 2] {
        let print = pb::PrintTicketRequest { request_id: new_id(), ..print.clone() };
        assert_eq!(till.print(&print).await.unwrap().copy, number);
    }
    shop.service.clock.set(datetime!(2026-05-02 22:00 UTC));
    let request = year();
    let archive = export(&shop, &request).await.unwrap();
    let verified = verify(&shop, &archive, &[]).unwrap();
    let counts = verified.records;
    assert_eq!((counts["ticket"], counts["copy"], counts["closing"]), (2, 2, 2));
    export(&shop, &request).await.unwrap();
    assert_eq!(chain(&shop, "LILLE-01", "archive").await.len(), 1, "a repeat seals nothing");
    let longer = pb::ExportArchiveRequest { until_date: "2027-01-02".to_owned(), ..year() };
    assert_eq!(why(export(&shop, &longer).await), "INVALID_FIELD");
}

#[tokio::test]
async fn a_period_that_is_not_over_is_not_archived() {
    let shop = Shop::open().await;
    shop.till("LILLE-01").sell(&[PASTA]).await;
    shop.service.clock.set(datetime!(2026-05-02 21:59:59 UTC));
    let of_the_year = pb::ExportArchiveRequest { until_date: "2027-01-01".to_owned(), ..year() };
    for request in [year(), of_the_year] {
        let refused = export(&shop, &request).await.unwrap_err();
        assert_eq!(field(&refused).as_deref(), Some("until_date"), "{refused:?}");
        assert_eq!(why::<()>(Err(refused)), "INVALID_FIELD");
    }
    assert_eq!(shop.count("select count(*) from fiscal_record where kind = 'archive'").await, 0);
    // The midnight of the store.
    shop.service.clock.set(datetime!(2026-05-02 22:00 UTC));
    let archive = export(&shop, &year()).await.unwrap();
    assert_eq!(verify(&shop, &archive, &[]).unwrap().records["ticket"], 1);
}

#[tokio::test]
async fn a_till_with_a_touched_record_is_not_archived_as_if_it_were_whole() {
    let shop = Shop::open().await;
    for till in ["LILLE-01", "LILLE-02"] {
        shop.till(till).sell(&[PASTA]).await;
        shop.till(till).sell(&[JAM]).await;
    }
    let touched = "update fiscal_record set payload = set_byte(payload, 200, get_byte(payload, 200) # 1) \
                   where terminal_code = 'LILLE-01' and kind = 'ticket' and sequence = 2";
    touch(&shop, touched).await;
    let dropped =
        "delete from fiscal_record where terminal_code = 'LILLE-02' and kind = 'ticket' and sequence = 1";
    touch(&shop, dropped).await;
    shop.service.clock.set(datetime!(2026-05-02 22:00 UTC));
    for flaw in [
        "LILLE-01, ticket record 2: the seal does not match",
        "LILLE-02, ticket record 1: number 2 stands in its place",
    ] {
        let refused = export(&shop, &year()).await.unwrap_err();
        assert!(refused.message().contains(flaw), "{refused:?}");
        assert_eq!(why::<()>(Err(refused)), "JOURNAL_FLAWED");
        assert_eq!(shop.count("select count(*) from fiscal_record where kind = 'archive'").await, 0);
        // The same bit once more: the first till is as it was, and the second one is looked at.
        touch(&shop, touched).await;
    }
    let before = pb::ExportArchiveRequest { until_date: "2026-05-02".to_owned(), ..year() };
    let archive = export(&shop, &before).await.unwrap();
    assert!(verify(&shop, &archive, &[]).is_ok(), "it was sealed later");
}

#[tokio::test]
async fn a_repeat_of_an_archive_is_the_archive_that_was_sealed() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let sold = till.sell(&[PASTA]).await;
    shop.service.clock.set(datetime!(2026-05-02 22:00 UTC));
    let request = year();
    let archive = export(&shop, &request).await.unwrap();
    // Tills, chains and records come meanwhile, one under an earlier time: the clock went back.
    shop.service.clock.set(datetime!(2026-05-02 21:30 UTC));
    let print = pb::PrintTicketRequest { request_id: new_id(), sale_id: sold.sale_id };
    till.print(&print).await.unwrap();
    shop.service.clock.set(datetime!(2026-05-03 10:00 UTC));
    shop.till("LILLE-02").sell(&[JAM]).await;
    export(&shop, &year()).await.unwrap();
    assert!(export(&shop, &request).await.unwrap() == archive, "to the byte");
    assert!(verify(&shop, &archive, &[]).is_ok());
    let reused = pb::ExportArchiveRequest { until_date: "2026-05-02".to_owned(), ..request };
    assert_eq!(why(export(&shop, &reused).await), "REQUEST_ID_REUSED");
}

#[tokio::test]
async fn a_tail_cut_off_in_the_database_is_revealed_by_the_stream_of_sales() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    till.sell(&[PASTA]).await;
    let last = till.sell(&[JAM]).await;
    let pool = &shop.service.db.pool;
    // As somebody may who owns the server.
    for statement in [
        "delete from fiscal_record where kind = 'ticket' and sequence = 2",
        "update terminal_head set sequence = 1, hash = (select hash from fiscal_record where kind = 'ticket' and sequence = 1) \
         where kind = 'ticket' and terminal_code = 'LILLE-01'",
    ] {
        let statement = format!(
            "set session_replication_role = replica; {statement}; set session_replication_role = origin"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(pool).await.unwrap();
    }
    shop.service.clock.set(datetime!(2026-05-02 22:00 UTC));
    let archive = export(&shop, &year()).await.unwrap();
    assert!(verify(&shop, &archive, &[]).is_ok(), "a shorter journal is a journal");
    let witness = Witness {
        siret: last.store.unwrap().siret,
        terminal: "LILLE-01".to_owned(),
        kind: Kind::Ticket,
        sequence: last.sequence,
        hash: last.fiscal_hash.parse().unwrap(),
        time: datetime!(2026-05-02 09:00 UTC),
    };
    let fault = verify(&shop, &archive, &[witness]).unwrap_err();
    assert_eq!((fault.sequence, fault.flaw), (Some(2), Flaw::CutTail));
}

#[tokio::test]
async fn what_is_sealed_can_be_neither_changed_nor_deleted() {
    let shop = Shop::open().await;
    shop.till("LILLE-01").sell(&[PASTA]).await;
    for statement in
        ["update fiscal_record set sequence = 2", "delete from fiscal_record", "truncate fiscal_record"]
    {
        let refused = sqlx::raw_sql(statement).execute(&shop.service.db.pool).await.unwrap_err().to_string();
        assert!(refused.contains("rows of fiscal_record are never changed"), "{refused}");
    }
    let rights = "select count(*) from information_schema.role_table_grants \
                  where table_name = 'fiscal_record' and privilege_type in ('UPDATE', 'DELETE', 'TRUNCATE')";
    assert_eq!(shop.count(rights).await, 0);
}
