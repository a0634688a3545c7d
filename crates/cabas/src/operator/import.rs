//! An import with a bar that shows how far it has come.

use std::time::Duration;

use platform::peer::Peer;
use proto::checkout::v1::{
    GetImportRequest, ImportCatalogueRequest, ImportCatalogueResponse,
    catalogue_service_client::CatalogueServiceClient,
};
use tonic::{Code, Status};

use crate::progress;

/// How often the bar moves.
const STEP: Duration = Duration::from_millis(200);
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
            Ok(known) => {
                let known = known.into_inner();
                progress::draw(known.rows, known.done, "rows");
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
                progress::draw(answer.rows, answer.rows, "rows");
                progress::finish();
                return Ok(answer);
            }
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
