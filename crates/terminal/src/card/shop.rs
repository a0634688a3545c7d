//! What the driver knows of the shop around it: the numbers that a slip may show, and what stands at the head of one.

use caisse_ap::{Complement, Operation, Proven, SlipRule, Unpaid};
use money::Cents;
use proto::checkout::v1::GetTerminalResponse;
use time::OffsetDateTime;

use crate::moment;

/// The shop in which a card terminal stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shop {
    /// Name and address, one line each.
    lines: Vec<String>,
    /// IANA time zone, or empty for UTC.
    time_zone: String,
    rule: SlipRule,
}

/// Who says that nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NothingFound {
    /// The card terminal, with its reason if it gave one.
    ByTerminal(Option<Complement>),
    /// The people of the shop, for the card terminal's answer was lost.
    ByShop,
}

impl Shop {
    /// The shop as checkout knows it: what a slip may show at the till is what checkout keeps of it.
    pub(crate) fn of(answer: &GetTerminalResponse) -> Self {
        let store = answer.store.clone().unwrap_or_default();
        let rule = SlipRule::new(&store.siret, answer.card_contracts.iter().map(String::as_str));
        let lines = std::iter::once(store.name).chain(store.address_lines).collect();
        Self { lines, time_zone: store.time_zone, rule }
    }

    /// Its IANA time zone, or empty while nobody knows it.
    pub(crate) fn time_zone(&self) -> &str {
        &self.time_zone
    }

    /// What a slip may show.
    pub(super) const fn rule(&self) -> &SlipRule {
        &self.rule
    }

    /// The shop's own slip of a payment that was found to be made, for the card terminal's was lost.
    #[must_use]
    pub(crate) fn slip_of(&self, proven: &Proven, amount_minor: i64, asked: OffsetDateTime) -> String {
        let moment = moment::local(asked.unix_timestamp(), &self.time_zone, "Le %d/%m/%Y à %H:%M:%S");
        proven.slip(&self.lines, &moment, Cents::new(amount_minor))
    }

    /// The slip of what was not done, for a card terminal that gave none.
    #[must_use]
    pub(crate) fn slip_of_nothing(
        &self,
        (operation, amount_minor): (Operation, i64),
        found: NothingFound,
        time: OffsetDateTime,
    ) -> String {
        let moment = moment::local(time.unix_timestamp(), &self.time_zone, "Le %d/%m/%Y à %H:%M:%S");
        let amount = Cents::new(amount_minor);
        let (complement, found_by_shop) = match found {
            NothingFound::ByTerminal(complement) => (complement, false),
            NothingFound::ByShop => (None, true),
        };
        Unpaid { shop: &self.lines, moment: &moment, operation, amount, complement, found_by_shop }.slip()
    }
}

#[cfg(test)]
mod tests {
    use proto::checkout::v1::Store;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_slip_may_show_the_contracts_that_checkout_knows_and_no_other_number() {
        let contract = "4970101234567893";
        let of = |card_contracts| Shop::of(&GetTerminalResponse { card_contracts, ..Default::default() });
        let slip = format!("CARTE BANCAIRE\nCONTRAT {contract}\nDEBIT");
        assert!(of(vec![contract.to_owned()]).rule().check(&slip).is_ok());
        assert!(of(Vec::new()).rule().check(&slip).is_err());
    }

    #[test]
    fn the_slip_of_the_till_has_the_time_and_the_name_of_the_shop() {
        let now = datetime!(2026-07-02 10:05:09 UTC);
        let store = |time_zone: &str| Store {
            name: "Le Cabas, LILLE".to_owned(),
            address_lines: vec!["1 rue de Béthune".to_owned()],
            time_zone: time_zone.to_owned(),
            ..Store::default()
        };
        let slip = |time_zone: &str| {
            let answer = GetTerminalResponse { store: Some(store(time_zone)), ..Default::default() };
            let nothing = NothingFound::ByTerminal(None);
            Shop::of(&answer).slip_of_nothing((Operation::Debit, 250), nothing, now)
        };
        assert!(
            slip("Europe/Paris").starts_with(
                "CARTE BANCAIRE\nLe 02/07/2026 à 12:05:09\nLe Cabas, LILLE\n1 rue de Béthune\nABANDON DEBIT\n"
            ),
            "{}",
            slip("Europe/Paris")
        );
        assert!(slip("").contains("Le 02/07/2026 à 10:05:09 UTC\n"));
    }
}
