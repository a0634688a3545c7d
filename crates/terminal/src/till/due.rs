//! What is to be paid, and by which means it may be.

use super::{machine::Machine, payment::total_of, view::Notice};
use crate::{
    client::Refusal,
    stage::Stage,
    tender::{Bill, MOST_TENDERS, TenderKind},
};

/// By which means the shopper pays, and how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// All that is due, by card.
    Card,
    /// A part of it by card; another means follows.
    CardPart {
        /// How much, in cents.
        amount_minor: i64,
    },
    /// By a card of meal vouchers.
    MealVoucher {
        /// How much, in cents; nothing stands for as much as may be.
        amount_minor: Option<i64>,
    },
    /// By what the shop owes the member, as far as it goes.
    StoreCredit,
}

/// What is to be paid, and how much of it by which means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// What is to be paid, in cents.
    pub due_minor: i64,
    /// How much of it may be paid by meal vouchers.
    pub meal_voucher_minor: i64,
    /// How much of it may be paid by store credit.
    pub store_credit_minor: i64,
    /// What the shop owes the member.
    pub balance_minor: i64,
    /// Whether one more means may be given at all.
    pub may_be_paid: bool,
    /// Whether another means may follow.
    pub may_be_part: bool,
}

impl Due {
    fn of(bill: &Bill, due_minor: i64, eligible_minor: i64, credit_minor: i64) -> Self {
        let may_be_paid = bill.held.len() < MOST_TENDERS;
        let may_be_part = bill.held.len() + 1 < MOST_TENDERS;
        // The last one that is taken has to pay all of it.
        let payable = |most: i64| {
            let most = most.min(due_minor).max(0);
            if may_be_part || (may_be_paid && most == due_minor) { most } else { 0 }
        };
        let balance_minor = (credit_minor - bill.held_of(TenderKind::StoreCredit)).max(0);
        Self {
            due_minor,
            meal_voucher_minor: payable(eligible_minor - bill.held_of(TenderKind::MealVoucher)),
            store_credit_minor: payable(balance_minor),
            balance_minor,
            may_be_paid,
            may_be_part,
        }
    }

    /// The kind and the amount of a means, if it may be.
    pub(super) fn amount_of(&self, means: Means) -> Result<(TenderKind, i64), Notice> {
        let all = if self.may_be_paid { self.due_minor } else { 0 };
        let part = if self.may_be_part { self.due_minor } else { 0 };
        let (kind, amount_minor, most) = match means {
            Means::Card => (TenderKind::Card, self.due_minor, all),
            Means::CardPart { amount_minor } => (TenderKind::Card, amount_minor, part),
            Means::MealVoucher { amount_minor } => {
                let most = self.meal_voucher_minor;
                (TenderKind::MealVoucher, amount_minor.unwrap_or(most), most)
            }
            Means::StoreCredit if self.store_credit_minor == 0 => {
                return Err(Notice::Refused(Refusal::NoStoreCredit));
            }
            Means::StoreCredit => (TenderKind::StoreCredit, self.store_credit_minor, self.store_credit_minor),
        };
        if (1..=most).contains(&amount_minor) { Ok((kind, amount_minor)) } else { Err(Notice::NotAnAmount) }
    }
}

impl Machine {
    /// What is to be paid now.
    pub(super) fn due(&self) -> Due {
        let (bill, due_minor) = match &self.stage {
            Stage::Held { bill, due_minor } => (bill.clone(), *due_minor),
            Stage::Scanning { basket_id, .. } => {
                (Bill::of(*basket_id), self.basket.as_ref().map_or(0, total_of))
            }
            _ => return Due::default(),
        };
        let eligible_minor = self.basket.as_ref().map_or(0, |basket| basket.meal_voucher_minor);
        Due::of(&bill, due_minor, eligible_minor, self.store_credit_minor)
    }

    /// Asks checkout what the shop owes the member of the basket. Without an answer it is not offered, and costs nothing else.
    pub(super) async fn look_for_store_credit(&mut self) {
        // Nothing that the shop owes is practised with.
        let is_member =
            self.basket.as_ref().is_some_and(|basket| basket.member_identified && !basket.training);
        let Some(basket_id) = self.stage.basket_id().filter(|_| is_member) else {
            self.store_credit_minor = 0;
            return;
        };
        let held_minor = match &self.stage {
            Stage::Held { bill, .. } => bill.held_of(TenderKind::StoreCredit),
            _ => 0,
        };
        self.store_credit_minor = match self.parts.client.store_credit(basket_id).await {
            Ok(balance_minor) => balance_minor + held_minor,
            Err(error) => {
                tracing::warn!(%error, "store credit is not offered");
                0
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::tender::Tender;

    fn bill(held: &[(TenderKind, i64)]) -> Bill {
        let tender = |(kind, amount_minor): &(TenderKind, i64)| Tender {
            tender_id: Uuid::now_v7(),
            kind: *kind,
            amount_minor: *amount_minor,
            brand: String::new(),
            pan_last4: String::new(),
        };
        Bill { held: held.iter().map(tender).collect(), ..Bill::of(Uuid::from_u128(1)) }
    }

    #[test]
    fn no_means_pays_more_than_is_due_or_than_it_may() {
        let due = Due::of(&bill(&[]), 1_000, 600, 2_500);
        assert_eq!((due.meal_voucher_minor, due.store_credit_minor, due.balance_minor), (600, 1_000, 2_500));
        for (means, amount) in [
            (Means::Card, Ok((TenderKind::Card, 1_000))),
            (Means::CardPart { amount_minor: 1 }, Ok((TenderKind::Card, 1))),
            (Means::CardPart { amount_minor: 0 }, Err(Notice::NotAnAmount)),
            (Means::CardPart { amount_minor: 1_001 }, Err(Notice::NotAnAmount)),
            (Means::MealVoucher { amount_minor: None }, Ok((TenderKind::MealVoucher, 600))),
            (Means::MealVoucher { amount_minor: Some(200) }, Ok((TenderKind::MealVoucher, 200))),
            (Means::MealVoucher { amount_minor: Some(601) }, Err(Notice::NotAnAmount)),
            (Means::StoreCredit, Ok((TenderKind::StoreCredit, 1_000))),
        ] {
            assert_eq!(due.amount_of(means), amount, "{means:?}");
        }
        let poor = Due::of(&bill(&[]), 1_000, 0, 0);
        let none = Err(Notice::Refused(Refusal::NoStoreCredit));
        assert_eq!(poor.amount_of(Means::StoreCredit), none);
        let voucher = Means::MealVoucher { amount_minor: None };
        assert_eq!(poor.amount_of(voucher), Err(Notice::NotAnAmount));
    }

    #[test]
    fn what_is_held_counts_and_the_last_means_pays_all_of_the_rest() {
        let held = bill(&[(TenderKind::MealVoucher, 500), (TenderKind::StoreCredit, 300)]);
        let due = Due::of(&held, 700, 600, 800);
        assert_eq!((due.meal_voucher_minor, due.store_credit_minor), (100, 500));
        let last = Due::of(&bill(&[(TenderKind::Card, 1); 4]), 700, 600, 700);
        assert_eq!((last.may_be_part, last.meal_voucher_minor, last.store_credit_minor), (false, 0, 700));
        assert_eq!(last.amount_of(Means::CardPart { amount_minor: 5 }), Err(Notice::NotAnAmount));
        assert_eq!(last.amount_of(Means::Card), Ok((TenderKind::Card, 700)));
    }

    #[test]
    fn nothing_is_charged_beside_as_many_means_as_checkout_takes() {
        let full = Due::of(&bill(&[(TenderKind::Card, 1); MOST_TENDERS]), 700, 700, 700);
        for means in [
            Means::Card,
            Means::CardPart { amount_minor: 5 },
            Means::MealVoucher { amount_minor: None },
            Means::MealVoucher { amount_minor: Some(700) },
        ] {
            assert_eq!(full.amount_of(means), Err(Notice::NotAnAmount), "{means:?}");
        }
        assert_eq!((full.due_minor, full.store_credit_minor), (700, 0));
    }
}
