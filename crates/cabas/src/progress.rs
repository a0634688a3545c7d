//! A bar that shows how far something has come, on a terminal only.

use std::io::{IsTerminal, Write, stderr};

const WIDTH: i64 = 40;

/// Draws the bar where the last one stood.
pub fn draw(all: i64, done: i64, of_what: &str) {
    if stderr().is_terminal() {
        let _ = write!(stderr(), "\r{}", bar(all, done, of_what));
    }
}

/// Leaves the last bar where it stands.
pub fn finish() {
    if stderr().is_terminal() {
        let _ = writeln!(stderr());
    }
}

fn bar(all: i64, done: i64, of_what: &str) -> String {
    let filled = if all > 0 { done * WIDTH / all } else { 0 };
    let part = |from: i64, to: i64, with: &str| with.repeat(usize::try_from(to - from).unwrap_or_default());
    format!("[{}{}] {done} of {all} {of_what}", part(0, filled, "#"), part(filled, WIDTH, "."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills_from_left_to_right() {
        assert_eq!(bar(0, 0, "rows"), format!("[{}] 0 of 0 rows", ".".repeat(40)));
        assert_eq!(bar(100, 50, "rows"), format!("[{}{}] 50 of 100 rows", "#".repeat(20), ".".repeat(20)));
        assert_eq!(bar(100, 100, "rows"), format!("[{}] 100 of 100 rows", "#".repeat(40)));
    }
}
