//! What the driver knows of the shop around it: the numbers that a slip may show, and what stands at the head of one.

use caisse_ap::{Complement, Operation, SlipRule, Unpaid};
use money::Cents;
use proto::checkout::v1::GetTerminalResponse;
use time::{OffsetDateTime, macros::format_description};

/// The shop in which a card terminal stands.
#[derive(Clone, Debug, Default)]
pub struct Shop {
    /// Name and address, one line each.
    lines: Vec<String>,
    rule: SlipRule,
}

impl Shop {
    /// The shop as checkout knows it, with the contracts of the card terminal's own profile.
    pub(crate) fn of(answer: &GetTerminalResponse, contracts: &[String]) -> Self {
        let store = answer.store.clone().unwrap_or_default();
        let contracts = answer.card_contracts.iter().chain(contracts).map(String::as_str);
        let rule = SlipRule::new(&store.siret, contracts);
        Self { lines: std::iter::once(store.name).chain(store.address_lines).collect(), rule }
    }

    /// What a slip may show.
    pub(super) const fn rule(&self) -> &SlipRule {
        &self.rule
    }

    /// The slip of a payment that was not made, for a card terminal that gave none.
    #[must_use]
    pub(crate) fn slip_of_nothing(
        &self,
        amount_minor: i64,
        complement: Option<Complement>,
        now: OffsetDateTime,
    ) -> String {
        let form = format_description!("Le [day]/[month]/[year] à [hour]:[minute]:[second] UTC");
        let (moment, amount) = (now.format(form).unwrap_or_default(), Cents::new(amount_minor));
        let operation = Operation::Debit;
        Unpaid { shop: &self.lines, moment: &moment, operation, amount, complement }.slip()
    }
}
