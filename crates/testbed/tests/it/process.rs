use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::time::Duration;

use testbed::{Process, eventually, free_port};

const SECOND: Duration = Duration::from_secs(1);

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

#[tokio::test]
async fn output_goes_to_the_log_and_a_restart_repeats_arguments_and_environment() {
    let place = tempfile::tempdir().unwrap();
    let mut command = shell("echo out $GREETING $1; echo err >&2");
    command.args(["name", "argument"]).env("GREETING", "hello").current_dir(place.path());
    let mut process = Process::spawn(&command, place.path().join("log")).unwrap();
    let first = process.pid();
    assert!(process.wait(10 * SECOND).await.unwrap().success());
    process.restart().await.unwrap();
    assert_ne!(process.pid(), first);
    assert!(process.wait(10 * SECOND).await.unwrap().success());
    let log = std::fs::read_to_string(process.log()).unwrap();
    assert_eq!(log, "out hello argument\nerr\nout hello argument\nerr\n");
}

#[tokio::test]
async fn a_program_ends_by_the_signal_it_was_sent() {
    let place = tempfile::tempdir().unwrap();
    let polite = Process::spawn(&shell("exec sleep 600"), place.path().join("polite")).unwrap();
    assert_eq!(polite.status(), None);
    assert_eq!(polite.terminate(10 * SECOND).await.unwrap().signal(), Some(15));
    let killed = Process::spawn(&shell("exec sleep 600"), place.path().join("killed")).unwrap();
    assert_eq!(killed.kill9().await.unwrap().signal(), Some(9));
}

#[tokio::test]
async fn a_program_that_ignores_the_request_is_killed() {
    let place = tempfile::tempdir().unwrap();
    let log = place.path().join("log");
    let deaf = Process::spawn(&shell("trap '' TERM; echo deaf; while :; do sleep 1; done"), &log).unwrap();
    eventually(10 * SECOND, "the trap is set", async || {
        std::fs::read_to_string(&log).is_ok_and(|said| said == "deaf\n")
    })
    .await
    .unwrap();
    assert_eq!(deaf.terminate(SECOND / 5).await.unwrap().signal(), Some(9));
}

#[tokio::test]
async fn a_frozen_program_goes_on_when_it_is_thawed() {
    let place = tempfile::tempdir().unwrap();
    let frozen = Process::spawn(&shell("exec sleep 600"), place.path().join("log")).unwrap();
    frozen.freeze().unwrap();
    frozen.wait(SECOND / 5).await.unwrap_err();
    let state = std::fs::read_to_string(format!("/proc/{}/stat", frozen.pid())).unwrap();
    assert!(state.contains(") T "), "{state}");
    frozen.thaw().unwrap();
    assert_eq!(frozen.terminate(10 * SECOND).await.unwrap().signal(), Some(15));
}

#[tokio::test]
async fn a_program_that_does_not_exist_says_so_in_its_log() {
    let place = tempfile::tempdir().unwrap();
    let process = Process::spawn(&Command::new("/no/such/program"), place.path().join("log")).unwrap();
    assert!(!process.wait(10 * SECOND).await.unwrap().success());
    assert!(std::fs::read_to_string(process.log()).unwrap().contains("/no/such/program"));
}

#[tokio::test]
async fn waiting_in_vain_ends_at_the_deadline_and_says_for_what() {
    let error = eventually(SECOND / 10, "pigs fly", async || false).await.unwrap_err();
    assert!(error.to_string().contains("pigs fly"));
    assert_eq!(eventually(SECOND, "a value", async || Some(7)).await.unwrap(), 7);
}

#[test]
fn a_free_port_is_given_once_and_lies_below_those_of_outgoing_connections() {
    let ports: std::collections::HashSet<u16> = (0..100).map(|_| free_port().unwrap()).collect();
    assert_eq!(ports.len(), 100);
    assert!(ports.iter().all(|port| *port < 32_768));
}

#[test]
fn nobody_listens_on_a_free_port_not_even_a_program_that_is_being_started() {
    let started = std::sync::atomic::AtomicBool::new(true);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            // Between fork and exec a child holds whatever its parent had open.
            scope.spawn(|| {
                while started.load(std::sync::atomic::Ordering::Relaxed) {
                    std::process::Command::new("true").status().unwrap();
                }
            });
        }
        let taken: Vec<std::io::Error> = (0..1_000)
            .filter_map(|_| std::net::TcpListener::bind(("127.0.0.1", free_port().unwrap())).err())
            .collect();
        started.store(false, std::sync::atomic::Ordering::Relaxed);
        assert!(taken.is_empty(), "{} of 1000 ports were taken: {:?}", taken.len(), taken.first());
    });
}
