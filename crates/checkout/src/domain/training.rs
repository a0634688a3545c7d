//! How long the code of a training ticket opens it: as long as that of a ticket.

use time::{Duration, OffsetDateTime};

const READABLE: Duration = Duration::days(30);

/// When the code of a ticket of this moment opens it no more.
pub fn readable_until(completed: OffsetDateTime) -> OffsetDateTime {
    completed + READABLE
}

/// Tickets of this moment or before are not opened any more.
pub fn oldest_readable(now: OffsetDateTime) -> OffsetDateTime {
    now - READABLE
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_ticket_is_readable_until_it_is_the_oldest_that_is_not() {
        let completed = datetime!(2026-05-02 10:00 UTC);
        assert_eq!(readable_until(completed), datetime!(2026-06-01 10:00 UTC));
        assert_eq!(oldest_readable(readable_until(completed)), completed);
    }
}
