//! An import with a bar that shows how far it has come.

use std::{
    io::{IsTerminal, Write, stderr},
    time::Duration,
};

use platform::peer::Peer;
use proto::checkout::v1::{
    GetImportRequest, ImportCatalogueRequest, ImportCatalogueResponse,
    catalogue_service_client::CatalogueServiceClient,
};
use tonic::{Code, Status};

/// How often the bar moves.
const STEP: Duration = Duration::from_millis(200);
const WIDTH: i64 = 40;
/// How often a call that ran out of time is made again.
const MOST_REPEATS: usize = 12;

/// Sends the file, and draws while checkout is at it. A large file takes longer than a call may: when the import is over, the same
/// request is sent again, and answered as the first one would have been.
pub async fn with_progress(
    client: CatalogueServiceClient<Peer>,
    request: ImportCatalogueRequest,
) -> Result<ImportCatalogueResponse, Status> {
    let about = GetImportRequest { request_id: request.request_id.clone() };
    for _ in 0..MOST_REPEATS {
        match watched(client.clone(), request.clone(), &about).await {
            Err(status) if matches!(status.code(), Code::Cancelled | Code::DeadlineExceeded) => {
                until_over(client.clone(), &about).await;
            }
            answer => return answer,
        }
    }
    Err(Status::deadline_exceeded("the import takes too long; send the same file again later"))
}

/// Waits until this replica is not at it any more.
async fn until_over(mut client: CatalogueServiceClient<Peer>, about: &GetImportRequest) {
    let mut steps = tokio::time::interval(STEP);
    loop {
        steps.tick().await;
        match client.get_import(about.clone()).await {
            Ok(progress) => {
                let progress = progress.into_inner();
                draw(progress.rows, progress.done);
            }
            Err(_) => return,
        }
    }
}

async fn watched(
    client: CatalogueServiceClient<Peer>,
    request: ImportCatalogueRequest,
    about: &GetImportRequest,
) -> Result<ImportCatalogueResponse, Status> {
    let (mut sender, mut watcher) = (client.clone(), client);
    let mut importing = std::pin::pin!(sender.import_catalogue(request));
    let mut steps = tokio::time::interval(STEP);
    loop {
        tokio::select! {
            answer = &mut importing => {
                let answer = answer?.into_inner();
                draw(answer.rows, answer.rows);
                finish();
                return Ok(answer);
            }
            _ = steps.tick() => {
                // Another replica may be at it, which knows no more than that it is not this one.
                if let Ok(progress) = watcher.get_import(about.clone()).await {
                    let progress = progress.into_inner();
                    draw(progress.rows, progress.done);
                }
            }
        }
    }
}

fn draw(rows: i64, done: i64) {
    if stderr().is_terminal() {
        let _ = write!(stderr(), "\r{}", bar(rows, done));
    }
}

fn finish() {
    if stderr().is_terminal() {
        let _ = writeln!(stderr());
    }
}

fn bar(rows: i64, done: i64) -> String {
    let filled = if rows > 0 { done * WIDTH / rows } else { 0 };
    let part = |from: i64, to: i64, with: &str| with.repeat(usize::try_from(to - from).unwrap_or_default());
    format!("[{}{}] {done} of {rows} rows", part(0, filled, "#"), part(filled, WIDTH, "."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills_from_left_to_right() {
        assert_eq!(bar(0, 0), format!("[{}] 0 of 0 rows", ".".repeat(40)));
        assert_eq!(bar(100, 50), format!("[{}{}] 50 of 100 rows", "#".repeat(20), ".".repeat(20)));
        assert_eq!(bar(100, 100), format!("[{}] 100 of 100 rows", "#".repeat(40)));
    }
}
