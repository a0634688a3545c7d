//! When to try again.

use std::time::Duration;

/// After so many attempts, about thirty hours, a mail has failed.
const LAST_ATTEMPT: i32 = 480;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_mins(5);

/// How long to wait after attempt number `attempt`, the first being 1; `None` when it was the last.
///
/// The delay doubles from half a second to five minutes. `chance`, from 0 to 1, takes up to half of it off, so that mails which failed
/// together do not come back together.
#[must_use]
pub fn delay_after(attempt: i32, chance: f64) -> Option<Duration> {
    if attempt >= LAST_ATTEMPT {
        return None;
    }
    let doublings = u32::try_from(attempt - 1).unwrap_or(0).min(16);
    let whole = FIRST.saturating_mul(2_u32.pow(doublings)).min(LONGEST);
    Some(whole.mul_f64(1.0 - chance.clamp(0.0, 1.0) / 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_from_half_a_second_to_five_minutes() {
        let seconds: Vec<f64> = (1..=12)
            .filter_map(|attempt| delay_after(attempt, 0.0))
            .map(|delay| delay.as_secs_f64())
            .collect();
        assert_eq!(seconds, [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 300.0, 300.0]);
        assert_eq!(delay_after(1, 1.0), Some(Duration::from_millis(250)));
    }

    #[test]
    fn thirty_hours_of_attempts_are_enough() {
        let usual: Duration = (1..LAST_ATTEMPT).filter_map(|attempt| delay_after(attempt, 0.5)).sum();
        assert!((29..=31).contains(&(usual.as_secs() / 3600)), "{usual:?}");
        assert_eq!(delay_after(LAST_ATTEMPT, 0.0), None);
    }
}
