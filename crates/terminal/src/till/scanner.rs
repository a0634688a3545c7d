//! A scanner may send one reading twice, and another code that it sees in between. Two real articles of one code never pass under it
//! within 200 milliseconds.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

/// The same code again within this time is the same reading.
const ECHO_MS: u64 = 200;

/// More articles than these never pass within that time.
const MOST_READINGS: usize = 16;

/// The one scanner of a till: what it has read within the last moment, and when by its own clock. Clones are the same one.
#[derive(Clone, Debug, Default)]
pub struct Scanner(Arc<Mutex<VecDeque<(String, u64)>>>);

impl Scanner {
    /// Whether a reading is one of just before, sent again, whatever was read in between: an article that lies beside another under
    /// the scanner is read in turn with it. The clock is that of the page, so that a slow answer in between makes two articles of an
    /// echo as little as one of two articles.
    pub fn is_echo(&self, code: &str, read_ms: u64) -> bool {
        let mut readings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The clock of a new page starts anew: what the page before has read is over.
        readings.retain(|(_, at)| read_ms.checked_sub(*at).is_some_and(|gap| gap < ECHO_MS));
        let is_echo = readings.iter().any(|(before, _)| before == code);
        if !is_echo {
            if readings.len() == MOST_READINGS {
                readings.pop_front();
            }
            readings.push_back((code.to_owned(), read_ms));
        }
        is_echo
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn echoes<const N: usize>(readings: [(&str, u64); N]) -> [bool; N] {
        let scanner = Scanner::default();
        readings.map(|(code, at)| scanner.is_echo(code, at))
    }

    #[test]
    fn the_same_code_within_200_milliseconds_is_one_scan_and_two_identical_articles_are_two() {
        let readings = [("a", 1_000), ("a", 1_199), ("a", 1_200), ("b", 1_210), ("a", 1_400), ("a", 5)];
        assert_eq!(
            echoes(readings),
            [false, true, false, false, false, false],
            "the last one after a new page"
        );
    }

    #[test]
    fn another_code_in_between_makes_no_article_of_an_echo() {
        let in_turn = [("a", 0), ("b", 60), ("a", 120), ("b", 180), ("a", 200), ("b", 260)];
        assert_eq!(echoes(in_turn), [false, false, true, true, false, false]);
    }

    #[test]
    fn a_flood_of_codes_is_not_remembered() {
        let scanner = Scanner::default();
        for number in 0..1_000 {
            assert!(!scanner.is_echo(&number.to_string(), 7));
        }
        assert_eq!(scanner.0.lock().unwrap().len(), MOST_READINGS);
    }
}
