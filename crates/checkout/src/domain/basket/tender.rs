//! What is to be paid for a basket.

use money::Cents;

use crate::domain::{
    basket::{Basket, State},
    payment::Bill,
    price::Priced,
};

impl Basket {
    /// What is still to be paid of a total; nothing once it is a sale or given up.
    pub fn due(&self, total: Cents) -> Cents {
        match self.state {
            State::Open | State::Suspended => total,
            State::Frozen => self.tenders.due(),
            State::Paid | State::Abandoned | State::Cancelled => Cents::ZERO,
        }
    }

    /// What is to be paid from now on.
    pub(super) fn bill(&self, priced: &Priced) -> Bill {
        Bill { total: priced.total, meal_voucher: priced.meal_voucher, has_member: self.member_id.is_some() }
    }
}
