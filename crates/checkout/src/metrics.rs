//! What can be watched from outside beside the calls.

use std::sync::LazyLock;

use opentelemetry::metrics::Counter;

static SLIPS_REFUSED: LazyLock<Counter<u64>> = LazyLock::new(|| {
    opentelemetry::global::meter("checkout")
        .u64_counter("slips.refused")
        .with_unit("{slip}")
        .with_description("Card slips left out because they held a card number")
        .build()
});

/// A slip held a card number and was left out.
pub fn slip_refused() {
    SLIPS_REFUSED.add(1, &[]);
}
