//! Waiting longer after each failure, within a bound, and never in step with the other replicas.

use std::time::Duration;

/// Doubling delays with jitter.
pub(crate) struct Backoff {
    first: Duration,
    cap: Duration,
    failures: u32,
}

impl Backoff {
    pub(crate) fn new(first: Duration, cap: Duration) -> Self {
        Self { first, cap, failures: 0 }
    }

    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    pub(crate) fn next_delay(&mut self) -> Duration {
        let delay = delay_after(self.failures, self.first, self.cap);
        self.failures = self.failures.saturating_add(1);
        delay
    }
}

/// The delay after `failures` earlier failures: between half of `first * 2^failures` and the whole, at most `cap`.
pub(crate) fn delay_after(failures: u32, first: Duration, cap: Duration) -> Duration {
    let doubled = first.saturating_mul(2_u32.saturating_pow(failures.min(20))).min(cap);
    doubled.mul_f64(0.5 + rand::random::<f64>() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_cap_and_start_again_after_a_success() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(1));
        for whole in [100, 200, 400, 800, 1000, 1000] {
            let delay = backoff.next_delay();
            assert!(delay <= Duration::from_millis(whole), "{delay:?} is more than {whole} ms");
            assert!(delay >= Duration::from_millis(whole / 2), "{delay:?} is less than half of {whole} ms");
        }
        backoff.reset();
        assert!(backoff.next_delay() <= Duration::from_millis(100));
    }
}
