//! Facts and roll-ups derived from events.
