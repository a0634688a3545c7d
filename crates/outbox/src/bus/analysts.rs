//! The analysts' copies: streams of their own in an account of their own, sourced from ours. A user who may only read is
//! not harmless inside the services' account; here there is nothing of ours to touch.

use super::stream::{SERVICES_API, source};
use super::{Bus, BusError, StreamSpec};

/// The prefix under which the messages of a sourced stream are delivered across the accounts.
const DELIVER_PREFIX: &str = "deliver.analysts";

/// What analysts read: sales and reviews under the names they have with us, never members.
fn copies() -> [StreamSpec; 2] {
    [StreamSpec::sales(), StreamSpec::reviews()].map(copy_of)
}

fn copy_of(stream: StreamSpec) -> StreamSpec {
    let subjects = format!("{}.>", stream.name().to_lowercase());
    let source = source(stream.name(), &subjects, SERVICES_API, DELIVER_PREFIX);
    stream.sourced(vec![source])
}

impl Bus {
    /// Creates the copies that analysts read. To be called on a bus connected as `analysts-admin`.
    pub async fn ensure_analyst_copies(&self) -> Result<(), BusError> {
        for copy in copies() {
            self.ensure_stream(&copy).await?;
        }
        Ok(())
    }
}
