//! The slip of a payment that was not made, for a terminal that gives none: the shopper has a right to one all the same.

use money::Cents;

use crate::{Complement, Operation};

/// A payment that was not made, as its slip tells it.
#[derive(Debug, Clone, Copy)]
pub struct Unpaid<'text> {
    /// The shop's name and address, one line each.
    pub shop: &'text [String],
    /// Date and time, as slips write them.
    pub moment: &'text str,
    /// What was to be done.
    pub operation: Operation,
    /// How much.
    pub amount: Cents,
    /// The terminal's reason, if it gave one.
    pub complement: Option<Complement>,
    /// The terminal's answer was lost, and the people of the shop have found out that nothing was taken.
    pub found_by_shop: bool,
}

impl Unpaid<'_> {
    /// The lines of the slip, as a French terminal writes them.
    pub fn slip(&self) -> String {
        let amount = self.amount.plain().replace('.', ",");
        let what = match self.operation {
            Operation::Debit => "ABANDON DEBIT",
            Operation::Credit => "ABANDON CREDIT",
            Operation::Identification => "ABANDON",
        };
        let mut lines = vec!["CARTE BANCAIRE".to_owned(), self.moment.to_owned()];
        lines.extend(self.shop.iter().cloned());
        lines.push(what.to_owned());
        lines.push(format!("MONTANT : {amount} EUR"));
        lines.extend(self.complement.map(|complement| complement.french().to_owned()));
        if self.operation == Operation::Debit {
            lines.push("RIEN N’A ÉTÉ DÉBITÉ".to_owned());
        }
        if self.found_by_shop {
            lines.push("CONSTATÉ PAR LE MAGASIN".to_owned());
        }
        lines.extend(["TICKET CLIENT", "A CONSERVER"].map(str::to_owned));
        lines.retain(|line| !line.trim().is_empty());
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SlipRule;

    #[test]
    fn a_payment_that_was_not_made_has_a_slip_that_says_so() {
        let shop = ["Le Cabas".to_owned(), "12 rue Neuve".to_owned(), String::new()];
        let unpaid = Unpaid {
            shop: &shop,
            moment: "Le 02/05/2026 à 10:05:09",
            operation: Operation::Debit,
            amount: Cents::new(12_345),
            complement: Some(Complement::InputTimeOut),
            found_by_shop: false,
        };
        assert_eq!(
            unpaid.slip(),
            "CARTE BANCAIRE\nLe 02/05/2026 à 10:05:09\nLe Cabas\n12 rue Neuve\nABANDON DEBIT\nMONTANT : 123,45 EUR\n\
             Le délai pour présenter la carte est dépassé.\nRIEN N’A ÉTÉ DÉBITÉ\nTICKET CLIENT\nA CONSERVER"
        );
        assert_eq!(SlipRule::default().check(&unpaid.slip()), Ok(()));
        let credit = Unpaid { operation: Operation::Credit, complement: None, ..unpaid };
        assert!(credit.slip().contains("ABANDON CREDIT\nMONTANT") && !credit.slip().contains("DÉBITÉ"));
        let found = Unpaid { found_by_shop: true, ..unpaid };
        assert!(found.slip().contains("RIEN N’A ÉTÉ DÉBITÉ\nCONSTATÉ PAR LE MAGASIN\nTICKET CLIENT"));
    }
}
