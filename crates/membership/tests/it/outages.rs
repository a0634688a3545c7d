use futures::future::join_all;

use crate::{
    fixture::{get, register, registration, zephyrine},
    service::Service,
};

#[tokio::test]
async fn members_are_registered_while_the_bus_is_down_and_told_of_when_it_is_back() {
    let service = Service::start().await;
    let mut desk = service.desk("LILLE");
    register(&mut desk, zephyrine()).await;
    assert_eq!(service.events(2).await.len(), 2);
    service.nats.kill9().await.unwrap();
    let member = register(&mut desk, zephyrine()).await;
    get(&mut desk, &member.member_id).await.unwrap();
    service.nats.restart().await.unwrap();
    let events = service.events(4).await;
    assert_eq!(events[2].1["member_id"], member.member_id.as_str());
    service.stop().await;
}

#[tokio::test]
async fn a_service_starts_while_the_bus_is_down_and_makes_its_stream_later() {
    let mut service = Service::start().await;
    service.nats.lose_everything().await.unwrap();
    service.add_replica().await;
    let member = register(&mut service.desk("LILLE"), zephyrine()).await;
    service.nats.restart().await.unwrap();
    assert_eq!(service.events(2).await[0].1["member_id"], member.member_id.as_str());
    service.stop().await;
}

#[tokio::test]
async fn a_database_that_cuts_every_connection_is_found_again() {
    let service = Service::start().await;
    let mut desk = service.desk("LILLE");
    let member = register(&mut desk, zephyrine()).await;
    service
        .execute(
            "select pg_terminate_backend(pid) from pg_stat_activity \
             where datname = current_database() and pid <> pg_backend_pid()",
        )
        .await;
    get(&mut desk, &member.member_id).await.unwrap();
    register(&mut desk, zephyrine()).await;
    service.stop().await;
}

#[tokio::test]
async fn a_database_that_was_never_migrated_is_refused_with_a_sentence() {
    let service = Service::start().await;
    let last = "delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)";
    service.execute(last).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let run = membership::run(service.config(), listener, service.clock.clone(), platform::Shutdown::new());
    let failure = run.await.unwrap_err().to_string();
    assert!(failure.contains("run `cabas membership migrate`"), "{failure}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_told_of_success_before_the_end_is_there_after_it() {
    let service = Service::start().await;
    let desk = service.desk("LILLE");
    let db = service.db().clone();
    let calls = (0..40).map(|_| {
        let mut desk = desk.clone();
        tokio::spawn(async move { desk.register_member(registration(zephyrine())).await })
    });
    let calls: Vec<_> = calls.collect();
    register(&mut desk.clone(), zephyrine()).await;
    service.stop().await;
    let answers = join_all(calls).await.into_iter().map(|answer| answer.unwrap());
    let told: Vec<String> =
        answers.flatten().map(|answer| answer.into_inner().member.unwrap().member_id).collect();
    let kept: Vec<String> =
        sqlx::query_scalar("select member_id::text from member").fetch_all(&db).await.unwrap();
    assert!(told.iter().all(|member_id| kept.contains(member_id)));
    let published: i64 = sqlx::query_scalar("select count(*) from outbox where published_time is not null")
        .fetch_one(&db)
        .await
        .unwrap();
    assert_eq!(usize::try_from(published).unwrap(), kept.len() * 2);
}
