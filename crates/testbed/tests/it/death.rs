use std::path::Path;
use std::process::Command;
use std::time::Duration;

use testbed::{Durability, Nats, Postgres, Process, eventually};

const ROLE: &str = "TESTBED_TEST_PLAYS_THE_VICTIM";
const NAME: &str = "death::servers_die_with_a_process_that_is_killed";

/// Runs itself as the process that will be killed, because only a whole process can be.
#[tokio::test]
async fn servers_die_with_a_process_that_is_killed() {
    if let Ok(note) = std::env::var(ROLE) {
        let postgres = Postgres::start(Durability::Test).await.unwrap();
        let nats = Nats::start().await.unwrap();
        let folders = format!("{}\n{}\n", postgres.folder().display(), nats.folder().display());
        tokio::fs::write(format!("{note}.new"), folders).await.unwrap();
        tokio::fs::rename(format!("{note}.new"), note).await.unwrap();
        return std::future::pending().await;
    }

    let place = tempfile::tempdir().unwrap();
    let note = place.path().join("folders");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", NAME]).env(ROLE, &note);
    let victim = Process::spawn(&command, place.path().join("log")).unwrap();
    let folders = eventually(Duration::from_secs(60), "the servers of the victim are up", async || {
        tokio::fs::read_to_string(&note).await.ok()
    })
    .await
    .unwrap();
    let folders: Vec<&Path> = folders.lines().map(Path::new).collect();
    assert!(folders.iter().all(|folder| folder.exists()) && folders.len() == 2);

    victim.kill9().await.unwrap();
    // A folder is removed once the last process of its server is gone.
    eventually(Duration::from_secs(30), "the servers are gone", async || {
        folders.iter().all(|folder| !folder.exists())
    })
    .await
    .unwrap();
}
