//! Latencies as figures.

use std::time::Duration;

/// The share `percent` of the latencies is no longer than this, in milliseconds.
#[must_use]
pub fn percentile(latencies: &mut [Duration], percent: usize) -> f64 {
    latencies.sort_unstable();
    let rank = (latencies.len() * percent).div_ceil(100).saturating_sub(1);
    rounded(latencies.get(rank).map_or(0.0, |latency| latency.as_secs_f64() * 1000.0))
}

/// A figure with three decimals.
#[must_use]
pub fn rounded(figure: f64) -> f64 {
    (figure * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_latency_that_was_measured() {
        let mut hundred: Vec<Duration> = (1..=100).rev().map(Duration::from_millis).collect();
        assert!((percentile(&mut hundred, 50) - 50.0).abs() < 1e-9);
        assert!((percentile(&mut hundred, 99) - 99.0).abs() < 1e-9);
        assert!((percentile(&mut [Duration::from_micros(1500)], 99) - 1.5).abs() < 1e-9);
        assert!(percentile(&mut [], 99).abs() < 1e-9);
    }
}
