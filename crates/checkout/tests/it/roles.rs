//! What the role that serves may do to the fiscal journal: add to it, and read it.

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::shop::{PASTA, Shop};

/// The tables whose rows are never changed.
const FINAL: [&str; 10] = [
    "fiscal_record",
    "sale",
    "refund",
    "refund_line",
    "ticket_copy",
    "store_credit_entry",
    "training_sale",
    "training_copy",
    "acquirer_file",
    "acquirer_settlement",
];

/// What PostgreSQL says to the role that serves.
async fn refusal(serving: &mut PgConnection, statement: &str) -> String {
    let answer = sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(serving).await;
    match answer {
        Err(sqlx::Error::Database(refused)) => refused.message().to_owned(),
        other => panic!("{statement}: {other:?}"),
    }
}

#[tokio::test]
async fn the_role_that_serves_can_neither_change_nor_delete_what_is_sealed_nor_drop_or_silence_what_guards_it()
 {
    let shop = Shop::open().await;
    shop.till("LILLE-01").sell(&[PASTA]).await;
    let mut serving = PgConnection::connect(&shop.service.db.url).await.unwrap();
    for table in FINAL {
        for statement in [
            format!("delete from {table}"),
            format!("truncate {table}"),
            format!("select from {table} for update"),
        ] {
            let refused = refusal(&mut serving, &statement).await;
            assert_eq!(refused, format!("permission denied for table {table}"), "{statement}");
        }
        for statement in [
            format!("alter table {table} disable trigger all"),
            format!("drop trigger {table}_is_final on {table}"),
            format!("drop table {table} cascade"),
            format!("alter table {table} owner to current_user"),
            format!(
                "create trigger other before insert on {table} for each row execute function refuse_change()"
            ),
        ] {
            let refused = refusal(&mut serving, &statement).await;
            let is_refused = refused.contains("must be owner") || refused.contains("permission denied");
            assert!(is_refused, "{statement}: {refused}");
        }
    }
    for statement in [
        "update fiscal_record set sequence = 2",
        "set session_replication_role = replica",
        "create or replace function refuse_change() returns trigger language plpgsql as 'begin return new; end'",
        "drop function refuse_change cascade",
        "create table other (number bigint)",
        "update _sqlx_migrations set success = false",
    ] {
        let refused = refusal(&mut serving, statement).await;
        let is_refused = ["permission denied", "must be owner"].iter().any(|why| refused.contains(why));
        assert!(is_refused, "{statement}: {refused}");
    }
    // PostgreSQL only warns that it gives nothing.
    sqlx::raw_sql("grant update, delete on fiscal_record to current_user")
        .execute(&mut serving)
        .await
        .unwrap();
    let rights = "select has_table_privilege('fiscal_record', 'update, delete, truncate')::int::bigint";
    let may: i64 = sqlx::query_scalar(rights).fetch_one(&mut serving).await.unwrap();
    assert_eq!((may, shop.count("select count(*) from fiscal_record where kind = 'ticket'").await), (0, 1));
}

#[tokio::test]
async fn every_table_whose_rows_are_never_changed_is_one_that_the_role_that_serves_only_adds_to() {
    let shop = Shop::open().await;
    let guarded: Vec<String> = sqlx::query_scalar(
        "select distinct tgrelid::regclass::text from pg_trigger join pg_proc on pg_proc.oid = tgfoid \
         where proname = 'refuse_change' order by 1",
    )
    .fetch_all(&shop.service.db.pool)
    .await
    .unwrap();
    let mut expected = FINAL;
    expected.sort_unstable();
    assert_eq!(guarded, expected);
    let more = "select count(*) from information_schema.role_table_grants join pg_trigger \
                on tgrelid = format('%I', table_name)::regclass join pg_proc on pg_proc.oid = tgfoid \
                where proname = 'refuse_change' and grantee = 'checkout_serving' \
                and privilege_type not in ('SELECT', 'INSERT')";
    assert_eq!(shop.count(more).await, 0);
}

#[tokio::test]
async fn a_role_that_owns_the_tables_is_not_taken_for_the_one_that_serves_and_rights_given_twice_are_the_same()
 {
    let shop = Shop::open().await;
    let pool = &shop.service.db.pool;
    let refused = platform::database::grant(pool, "postgres").await.unwrap_err().to_string();
    assert!(refused.contains("another one has to own its tables"), "{refused}");
    platform::database::grant(pool, crate::service::SERVING).await.unwrap();
    assert_eq!(shop.till("LILLE-01").sell(&[PASTA]).await.sequence, 1);
}
