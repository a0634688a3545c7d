//! What is picked on the screen. A till that gets no answer sells on without it.

use std::time::Duration;

use proto::checkout::v1 as pb;

use super::{CallError, Client, once};

/// Nobody waits longer for a picture book.
const DEADLINE: Duration = Duration::from_secs(3);

impl Client {
    /// The products that bear no code, and the bag that is offered.
    pub async fn tiles(&self) -> Result<pb::GetTilesResponse, CallError> {
        let mut catalogue = self.catalogue.clone();
        once(DEADLINE, pb::GetTilesRequest {}, |r| async move { catalogue.get_tiles(r).await }).await
    }

    /// The products whose names answer what was typed, the best first.
    pub async fn search(&self, text: &str) -> Result<Vec<pb::Product>, CallError> {
        let request = pb::FindProductsRequest { text: text.to_owned(), page_size: 0 };
        let mut catalogue = self.catalogue.clone();
        let found = once(DEADLINE, request, |r| async move { catalogue.find_products(r).await }).await?;
        Ok(found.products)
    }
}
