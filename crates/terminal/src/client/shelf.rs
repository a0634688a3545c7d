//! What is picked on the screen. A till that gets no answer sells on without it.

use std::time::Duration;

use proto::checkout::v1 as pb;
use tonic::Request;

use super::{CallError, Client};

/// Nobody waits longer for a picture book.
const DEADLINE: Duration = Duration::from_secs(3);

impl Client {
    /// The products that bear no code, and the bag that is offered.
    pub async fn tiles(&self) -> Result<pb::GetTilesResponse, CallError> {
        let mut request = Request::new(pb::GetTilesRequest {});
        request.set_timeout(DEADLINE);
        let answer = self.catalogue.clone().get_tiles(request).await;
        answer.map(tonic::Response::into_inner).map_err(|status| CallError::of(&status))
    }

    /// The products whose names answer what was typed, the best first.
    pub async fn search(&self, text: &str) -> Result<Vec<pb::Product>, CallError> {
        let mut request = Request::new(pb::FindProductsRequest { text: text.to_owned(), page_size: 0 });
        request.set_timeout(DEADLINE);
        let answer = self.catalogue.clone().find_products(request).await;
        answer.map(|found| found.into_inner().products).map_err(|status| CallError::of(&status))
    }
}
