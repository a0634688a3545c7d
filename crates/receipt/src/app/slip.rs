//! The card slip on its way to a reader.

use std::sync::LazyLock;

use caisse_ap::SlipRule;
use opentelemetry::metrics::Counter;

use crate::peers::CardSlip;

/// The slip of a shop, as it may be shown. One that holds a card number is left out and counted: what goes with it goes without.
pub(super) fn shown(slip: &CardSlip, siret: &str) -> Option<String> {
    let rule = SlipRule::new(siret, slip.contracts.iter().map(String::as_str));
    rule.shown(&slip.text).unwrap_or_else(|refused| {
        tracing::error!(%refused, "a ticket goes without its card slip");
        SLIPS_REFUSED.add(1, &[]);
        None
    })
}

static SLIPS_REFUSED: LazyLock<Counter<u64>> = LazyLock::new(|| {
    opentelemetry::global::meter("receipt")
        .u64_counter("slips.refused")
        .with_unit("{slip}")
        .with_description("Card slips left out because they held a card number")
        .build()
});
