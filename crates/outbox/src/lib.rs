//! The outbox relay, the inbox, idempotent requests and the consumer loop.
