//! Guessing passwords.

use std::time::Duration;

use futures::future::join_all;
use platform::status::reason;
use tonic::{Code, Status};

use crate::{
    fixture::{PASSWORD, credentials, credentials_from, desk_account, refused},
    service::{Accounts, Service},
};

async fn with_account() -> Service {
    let service = Service::start().await;
    service.accounts_as("operator").create_staff(desk_account("camille.d")).await.unwrap();
    service
}

async fn refusal(portal: &mut Accounts, login: &str, password: &str) -> Status {
    portal.sign_in(credentials(login, password)).await.unwrap_err()
}

#[tokio::test]
async fn an_unknown_name_and_a_wrong_password_get_the_same_answer() {
    let service = with_account().await;
    let mut portal = service.accounts_as("portal");
    let wrong = refusal(&mut portal, "camille.d", "a wrong password").await;
    let unknown = refusal(&mut portal, "nobody", "a wrong password").await;
    assert_eq!(reason(&wrong).as_deref(), Some("WRONG_CREDENTIALS"));
    assert_eq!(
        (wrong.code(), wrong.message(), wrong.details()),
        (unknown.code(), unknown.message(), unknown.details())
    );
    assert_eq!(service.count("select count(*) from session").await, 0);
    service.stop().await;
}

#[tokio::test]
async fn after_five_wrong_passwords_even_the_right_one_waits_a_quarter_of_an_hour() {
    let service = with_account().await;
    let mut portal = service.accounts_as("portal");
    for login in ["camille.d", "nobody"] {
        for _ in 0..5 {
            let answer = portal.sign_in(credentials(login, "a wrong password")).await;
            refused(answer, Code::Unauthenticated, "WRONG_CREDENTIALS");
        }
        let answer = portal.sign_in(credentials(login, PASSWORD)).await;
        refused(answer, Code::ResourceExhausted, "TOO_MANY_ATTEMPTS");
    }
    service.execute("update sign_in_failure set failed_time = failed_time - interval '14 minutes'").await;
    let answer = portal.sign_in(credentials("camille.d", PASSWORD)).await;
    refused(answer, Code::ResourceExhausted, "TOO_MANY_ATTEMPTS");
    service.execute("update sign_in_failure set failed_time = failed_time - interval '1 minute'").await;
    portal.sign_in(credentials("camille.d", PASSWORD)).await.unwrap();
    service.stop().await;
}

#[tokio::test]
async fn who_guesses_from_one_source_is_stopped_there_while_the_owner_signs_in_from_another() {
    let service = with_account().await;
    let mut portal = service.accounts_as("portal");
    for _ in 0..5 {
        let answer = portal.sign_in(credentials_from("guesser", "camille.d", "a wrong password")).await;
        refused(answer, Code::Unauthenticated, "WRONG_CREDENTIALS");
    }
    portal.sign_in(credentials_from("shop", "camille.d", PASSWORD)).await.unwrap();
    // The owner's success is none of the guesser's.
    let answer = portal.sign_in(credentials_from("guesser", "camille.d", PASSWORD)).await;
    refused(answer, Code::ResourceExhausted, "TOO_MANY_ATTEMPTS");
    service.stop().await;
}

#[tokio::test]
async fn guesses_from_everywhere_stop_strangers_for_a_while_and_the_owner_never() {
    let service = with_account().await;
    let mut portal = service.accounts_as("portal");
    portal.sign_in(credentials_from("shop", "camille.d", PASSWORD)).await.unwrap();
    // As ten sources would leave it that had guessed five times each.
    let guesses = "insert into sign_in_failure (login, source)
        select 'camille.d', 'guesser-' || number / 5 from generate_series(0, 49) as number";
    service.execute(guesses).await;
    let answer = portal.sign_in(credentials_from("stranger", "camille.d", PASSWORD)).await;
    refused(answer, Code::ResourceExhausted, "TOO_MANY_ATTEMPTS");
    portal.sign_in(credentials_from("shop", "camille.d", PASSWORD)).await.unwrap();

    // A source that has not been seen for a month is a stranger again; and what was guessed a quarter of an hour ago counts no more.
    service.execute("update sign_in_source set signed_in_time = signed_in_time - interval '30 days'").await;
    let answer = portal.sign_in(credentials_from("shop", "camille.d", PASSWORD)).await;
    refused(answer, Code::ResourceExhausted, "TOO_MANY_ATTEMPTS");
    service.execute("update sign_in_failure set failed_time = failed_time - interval '15 minutes'").await;
    portal.sign_in(credentials_from("stranger", "camille.d", PASSWORD)).await.unwrap();
    service.stop().await;
}

#[tokio::test]
async fn one_name_that_is_guessed_at_does_not_lock_another() {
    let service = with_account().await;
    service.accounts_as("operator").create_staff(desk_account("barnabe")).await.unwrap();
    let mut portal = service.accounts_as("portal");
    for _ in 0..6 {
        refusal(&mut portal, "barnabe", "a wrong password").await;
    }
    portal.sign_in(credentials("camille.d", PASSWORD)).await.unwrap();
    service.stop().await;
}

#[tokio::test]
async fn the_right_password_forgives_the_wrong_ones_before_it() {
    let service = with_account().await;
    let mut portal = service.accounts_as("portal");
    for _ in 0..3 {
        for _ in 0..4 {
            refusal(&mut portal, "camille.d", "a wrong password").await;
        }
        portal.sign_in(credentials("camille.d", PASSWORD)).await.unwrap();
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twenty_guesses_at_once_on_two_replicas_five_are_answered() {
    let mut service = with_account().await;
    let one = service.accounts_as("portal");
    service.add_replica().await;
    let portals = [one, service.accounts_as("portal")];
    let refusals = join_all((0..20).map(|number| {
        let mut portal = portals[number % 2].clone();
        async move { refusal(&mut portal, "camille.d", &format!("wrong password {number}")).await }
    }))
    .await;
    let answered = refusals.iter().filter(|status| reason(status).as_deref() == Some("WRONG_CREDENTIALS"));
    let stopped = refusals.iter().filter(|status| reason(status).as_deref() == Some("TOO_MANY_ATTEMPTS"));
    assert_eq!((answered.count(), stopped.count()), (5, 15));
    service.stop().await;
}

#[tokio::test]
async fn what_is_over_is_swept_out_at_the_next_start() {
    let mut service = with_account().await;
    let mut portal = service.accounts_as("portal");
    portal.sign_in(credentials("camille.d", PASSWORD)).await.unwrap();
    refusal(&mut portal, "nobody", "a wrong password").await;
    service.execute("update sign_in_failure set failed_time = failed_time - interval '15 minutes'").await;
    service.execute("update sign_in_source set signed_in_time = signed_in_time - interval '30 days'").await;
    service.clock.set(service.clock.now() + time::Duration::hours(12));
    service.add_replica().await;
    let left = "select (select count(*) from session) + (select count(*) from sign_in_failure)
        + (select count(*) from sign_in_source)";
    let swept = async || service.count(left).await == 0;
    testbed::eventually(Duration::from_secs(10), "what is over is swept out", swept).await.unwrap();
    service.stop().await;
}
