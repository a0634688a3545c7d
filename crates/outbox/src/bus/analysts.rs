//! The analysts' copies: streams of their own in an account of their own, sourced from ours. A user who may only read is
//! not harmless inside the services' account; here there is nothing of ours to touch.

use async_nats::jetstream::stream::{External, Source};

use super::{Bus, BusError, StreamSpec};

/// The prefix under which the analysts' account imports the consumer API of our streams.
const API_PREFIX: &str = "services.api";

/// A stream that analysts may read.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalystCopy {
    of: StreamSpec,
}

impl AnalystCopy {
    /// What analysts read: sales and reviews, never members.
    pub fn all() -> Vec<Self> {
        vec![Self { of: StreamSpec::sales() }, Self { of: StreamSpec::reviews() }]
    }

    /// The copy as a stream of the analysts' account. It has a name of its own, so that the flow control of both sides
    /// cannot be mistaken for one another.
    pub fn stream(&self) -> StreamSpec {
        let name = self.of.name();
        let source = Source {
            name: name.to_owned(),
            filter_subject: Some(format!("{}.>", name.to_lowercase())),
            external: Some(External {
                api_prefix: API_PREFIX.to_owned(),
                delivery_prefix: Some(format!("deliver.analysts.{}", name.to_lowercase())),
            }),
            ..Source::default()
        };
        self.of.clone().sourced(format!("{name}_COPY"), source)
    }
}

impl Bus {
    /// Creates the copies that analysts read. To be called on a bus connected as `analysts-admin`.
    pub async fn ensure_analyst_copies(&self) -> Result<(), BusError> {
        for copy in AnalystCopy::all() {
            self.ensure_stream(&copy.stream()).await?;
        }
        Ok(())
    }
}
