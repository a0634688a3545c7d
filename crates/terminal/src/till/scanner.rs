//! A scanner may send one reading twice. Two real articles never pass under it within 200 milliseconds.

use std::sync::{Arc, Mutex, PoisonError};

/// The same code again within this time is the same reading.
const ECHO_MS: u64 = 200;

/// The one scanner of a till: what it read last, and when by its own clock. Clones are the same one.
#[derive(Clone, Debug, Default)]
pub struct Scanner(Arc<Mutex<Option<(String, u64)>>>);

impl Scanner {
    /// Whether a reading is the one before, sent again. The clock is that of the page, so that a slow answer in between makes two
    /// articles of an echo as little as one of two articles.
    pub fn is_echo(&self, code: &str, read_ms: u64) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_echo = last.as_ref().is_some_and(|(before, at)| {
            before == code && read_ms.checked_sub(*at).is_some_and(|gap| gap < ECHO_MS)
        });
        if !is_echo {
            *last = Some((code.to_owned(), read_ms));
        }
        is_echo
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_code_within_200_milliseconds_is_one_scan_and_two_identical_articles_are_two() {
        let scanner = Scanner::default();
        let readings = [("a", 1_000), ("a", 1_199), ("a", 1_200), ("b", 1_210), ("a", 1_220), ("a", 5)];
        let echoes = readings.map(|(code, at)| scanner.is_echo(code, at));
        assert_eq!(echoes, [false, true, false, false, false, false], "the last one after a new page");
    }
}
