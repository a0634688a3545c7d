//! An import with a bar that shows how far it has come.

use std::time::Duration;

use platform::peer::Peer;
use proto::checkout::v1::{GetImportRequest, catalogue_service_client::CatalogueServiceClient};
use tonic::{Code, Response, Status};

use crate::progress;

/// How often the bar moves.
const STEP: Duration = Duration::from_millis(200);
/// How often a call that ran out of time is made again.
const MOST_REPEATS: usize = 12;

/// Sends the file, and draws while checkout is at it. A large file takes longer than a call may: when the import is over, the same
/// request is sent again, and answered as the first one would have been.
pub async fn with_progress<R, F>(
    watcher: CatalogueServiceClient<Peer>,
    request_id: &str,
    send: impl Fn() -> F,
    rows: fn(&R) -> i64,
) -> Result<R, Status>
where
    F: Future<Output = Result<Response<R>, Status>>,
{
    let about = GetImportRequest { request_id: request_id.to_owned() };
    for _ in 0..MOST_REPEATS {
        match watched(watcher.clone(), send(), &about).await {
            Err(status) if matches!(status.code(), Code::Cancelled | Code::DeadlineExceeded) => {
                until_over(watcher.clone(), &about).await;
            }
            Ok(answer) => {
                let answer = answer.into_inner();
                progress::draw(rows(&answer), rows(&answer), "rows");
                progress::finish();
                return Ok(answer);
            }
            Err(status) => return Err(status),
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
            Ok(known) => {
                let known = known.into_inner();
                progress::draw(known.rows, known.done, "rows");
            }
            Err(_) => return,
        }
    }
}

async fn watched<R>(
    mut watcher: CatalogueServiceClient<Peer>,
    importing: impl Future<Output = Result<Response<R>, Status>>,
    about: &GetImportRequest,
) -> Result<Response<R>, Status> {
    let mut importing = std::pin::pin!(importing);
    let mut steps = tokio::time::interval(STEP);
    loop {
        tokio::select! {
            answer = &mut importing => return answer,
            _ = steps.tick() => {
                // Another replica may be at it, which knows no more than that it is not this one.
                if let Ok(known) = watcher.get_import(about.clone()).await {
                    let known = known.into_inner();
                    progress::draw(known.rows, known.done, "rows");
                }
            }
        }
    }
}
