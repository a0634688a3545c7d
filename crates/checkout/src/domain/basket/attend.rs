//! What people of the store decide about a basket: whether goods that are not for everybody may be paid.

use crate::domain::{audit::Recount, basket::Basket};

/// What people of the store have decided about a basket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attended {
    /// The age in years that somebody has approved; 0 when none was.
    pub approved_age: u8,
    /// Whether somebody looks at it, or has; nothing while it was not drawn.
    pub audit: Option<Audit>,
}

/// A look at a basket that was drawn; once a basket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// The lines.
    pub lines: Vec<i32>,
    /// Whether it is as it was scanned; nothing while nobody has looked.
    pub clean: Option<bool>,
    /// What scanning a part of it again has found.
    pub recount: Option<Recount>,
}

impl Basket {
    /// Whether somebody has to look at it before payment.
    pub fn audit_waits(&self) -> bool {
        self.may_be_paid() && self.attended.audit.as_ref().is_some_and(|audit| audit.clean.is_none())
    }

    /// The age in years that a person has to approve before payment; nothing when all that is in it may be paid. One approval
    /// covers all later goods of the same or a lower age.
    pub fn approval_needed(&self) -> Option<u8> {
        let highest = self.lines.iter().map(|line| line.item.minimum_age).max().unwrap_or_default();
        (self.may_be_paid() && highest > self.attended.approved_age).then_some(highest)
    }

    fn may_be_paid(&self) -> bool {
        !self.state.is_closed()
    }

    pub(super) fn approve(&mut self, minimum_age: u8) {
        self.attended.approved_age = self.attended.approved_age.max(minimum_age);
    }

    /// Takes out what nobody has approved, with its packaging.
    pub(super) fn refuse_goods(&mut self) {
        let approved = self.attended.approved_age;
        let refused = self.lines.iter().filter(|line| line.item.minimum_age > approved);
        let refused: Vec<i32> = refused.map(|line| line.line_id).collect();
        self.lines.retain(|line| !refused.contains(&line.line_id) && !refused.contains(&line.deposit_of));
    }

    pub(super) fn end_audit(&mut self, clean: bool, recount: Option<Recount>) {
        if let Some(audit) = &mut self.attended.audit {
            (audit.clean, audit.recount) = (Some(clean), recount);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use crate::domain::{
        basket::{Basket, Edit, tests::item},
        item::Item,
    };

    fn scan(minimum_age: u8, unit_price: i64) -> Edit {
        let unit_price = money::Cents::new(unit_price);
        let item = Item { minimum_age, unit_price, ..item(0) };
        Edit::Scan { item: Box::new(item), quantity: money::Quantity::ONE }
    }

    fn basket(edits: &[Edit]) -> Basket {
        let mut basket = Basket::new();
        for edit in edits {
            basket.apply(edit).unwrap();
        }
        basket
    }

    #[test]
    fn one_approval_covers_the_basket_and_not_a_higher_age() {
        let approve = |minimum_age| Edit::Approve { minimum_age, by: Uuid::from_u128(7) };
        assert_eq!(basket(&[scan(0, 100)]).approval_needed(), None);
        assert_eq!(basket(&[scan(0, 100), scan(16, 200)]).approval_needed(), Some(16));
        assert_eq!(basket(&[scan(16, 200), approve(16), scan(16, 300)]).approval_needed(), None);
        assert_eq!(basket(&[scan(16, 200), approve(16), scan(18, 300)]).approval_needed(), Some(18));
        assert_eq!(basket(&[scan(18, 200), approve(18), scan(16, 300)]).approval_needed(), None);
        assert_eq!(basket(&[scan(18, 200), Edit::Remove { line_id: 1 }]).approval_needed(), None);
        assert_eq!(basket(&[scan(18, 200), Edit::Cancel]).approval_needed(), None);
    }

    #[test]
    fn refused_goods_are_taken_out_with_their_packaging_and_the_others_stay() {
        let by = Uuid::from_u128(7);
        let refused = basket(&[scan(0, 100), scan(18, 200), scan(16, 300), Edit::RefuseGoods { by }]);
        assert_eq!(refused.lines.iter().map(|line| line.line_id).collect::<Vec<_>>(), [1]);
        let approved = Edit::Approve { minimum_age: 16, by };
        let partly = basket(&[scan(16, 300), approved, scan(18, 200), Edit::RefuseGoods { by }]);
        assert_eq!(partly.lines.iter().map(|line| line.line_id).collect::<Vec<_>>(), [1]);
        assert_eq!((refused.approval_needed(), partly.approval_needed()), (None, None));
    }
}
