//! The card slips on their way to a reader.

use std::sync::LazyLock;

use caisse_ap::SlipRule;
use opentelemetry::metrics::Counter;

use crate::peers::CardSlips;

/// The slips of a sale, as they may be shown. One that holds a card number is left out and counted: what goes with it goes without.
pub(super) fn shown(slips: &CardSlips, siret: &str) -> Vec<String> {
    let rule = SlipRule::new(siret, slips.contracts.iter().map(String::as_str));
    let shown = slips.texts.iter().filter_map(|text| {
        rule.shown(text).unwrap_or_else(|refused| {
            tracing::error!(%refused, "a ticket goes without its card slip");
            SLIPS_REFUSED.add(1, &[]);
            None
        })
    });
    shown.collect()
}

static SLIPS_REFUSED: LazyLock<Counter<u64>> = LazyLock::new(|| {
    opentelemetry::global::meter("receipt")
        .u64_counter("slips.refused")
        .with_unit("{slip}")
        .with_description("Card slips left out because they held a card number")
        .build()
});
