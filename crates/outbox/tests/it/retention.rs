use outbox::purge;
use sqlx::PgPool;

use crate::world::{World, count};

async fn write(pool: &PgPool, sql: &'static str) {
    sqlx::raw_sql(sql).execute(pool).await.unwrap();
}

#[tokio::test]
async fn only_what_has_served_its_time_is_purged() {
    let database = World::database().await;
    let pool = &database.pool;
    write(
        pool,
        "insert into outbox (event_id, subject, type, source, payload, occurred_time, published_time, stream_sequence)
         select gen_random_uuid(), 'sales.completed.LILLE', 't', '/s', '{}', now(), published, sequence
         from (values (now() - interval '31 days', 1), (now() - interval '29 days', 2), (null, null))
              as row (published, sequence);
         insert into inbox (consumer, event_id, received_time)
         values ('receipt', gen_random_uuid(), now() - interval '61 days'),
                ('receipt', gen_random_uuid(), now() - interval '59 days');
         insert into request (caller, request_id, fingerprint, created_time)
         values ('till', gen_random_uuid(), decode(repeat('00', 32), 'hex'), now() - interval '31 days'),
                ('till', gen_random_uuid(), decode(repeat('00', 32), 'hex'), now() - interval '29 days')",
    )
    .await;
    assert_eq!(purge(pool).await.unwrap(), 3);
    assert_eq!(count(pool, "select count(*) from outbox").await, 2);
    assert_eq!(count(pool, "select count(*) from inbox").await, 1);
    assert_eq!(count(pool, "select count(*) from request").await, 1);
    assert_eq!(purge(pool).await.unwrap(), 0);
}

#[tokio::test]
async fn a_purge_of_more_than_one_batch_goes_to_the_end() {
    let database = World::database().await;
    write(
        &database.pool,
        "insert into inbox (consumer, event_id, received_time)
         select 'receipt', gen_random_uuid(), now() - interval '61 days' from generate_series(1, 2500)",
    )
    .await;
    assert_eq!(purge(&database.pool).await.unwrap(), 2500);
}

#[tokio::test]
async fn an_event_that_was_never_acknowledged_is_kept_for_ever() {
    let database = World::database().await;
    write(
        &database.pool,
        "insert into outbox (event_id, subject, type, source, payload, occurred_time, recorded_time)
         values (gen_random_uuid(), 'sales.completed.LILLE', 't', '/s', '{}', now(), now() - interval '400 days')",
    )
    .await;
    assert_eq!(purge(&database.pool).await.unwrap(), 0);
    assert_eq!(count(&database.pool, "select count(*) from outbox").await, 1);
}
