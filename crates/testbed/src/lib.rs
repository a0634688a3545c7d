//! A private PostgreSQL, nats-server and SMTP sink, for tests and the demo.
