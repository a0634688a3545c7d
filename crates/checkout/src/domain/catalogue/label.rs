//! How the labels of the scales are read.

use std::sync::LazyLock;

use barcode::LabelRule;

/// The rules of the house, for a store without its own: 26 carries grams, 22 and 27 carry cents, after five digits of article; 98
/// is a coupon. Prefix 25 has no rule: its numbers are plain products, picked on the screen.
static LABEL_RULES: LazyLock<[LabelRule; 4]> = LazyLock::new(|| {
    ["26.....{NNDDD} weight", "27.....{NNNDD} price", "22.....{NNNDD} price", "98.......... coupon"]
        .map(|rule| rule.parse().expect("the rules of the house are well formed"))
});

/// The rules of the house.
pub fn label_rules() -> &'static [LabelRule] {
    &*LABEL_RULES
}
