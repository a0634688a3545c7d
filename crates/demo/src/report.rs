//! The JSON line at the end, and whether it adds up.

use serde::Serialize;

use crate::plan::Promise;

/// Every figure was read back from the running parts by the reader.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Sales, by SQL over checkout.
    pub sales: i64,
    /// Distinct sales in the analysts' copy of the stream.
    pub stream_sales: i64,
    /// Sales that analytics counts.
    pub analytics_sales: i64,
    /// Refunds, by SQL over checkout.
    pub refunds: i64,
    /// Of those: to their cards, by the card terminal of a till.
    pub refunds_card: i64,
    /// Of those: as store credit.
    pub refunds_store_credit: i64,
    /// Of those: by the acquirer's back office.
    pub refunds_acquirer: i64,
    /// What the refunds gave back, by SQL over checkout.
    pub refunded_cents: i64,
    /// Of that: to cards, likewise.
    pub refunds_card_cents: i64,
    /// Of that: as store credit, by its entries.
    pub refunds_store_credit_cents: i64,
    /// Of that: by the acquirer's back office.
    pub refunds_acquirer_cents: i64,
    /// What the card terminals gave back, by what they wrote down.
    pub card_given_back_cents: i64,
    /// Mails of money that went back to a card, with its slip, in the mailbox.
    pub refund_slips_sent: i64,
    /// Revenue net of refunds, by SQL over checkout.
    pub revenue_cents: i64,
    /// Revenue on the dashboard's page.
    pub dashboard_revenue_cents: i64,
    /// Lines by the kilogram, by SQL over checkout.
    pub weighed_lines: i64,
    /// The same over the documents of receipt.
    pub receipt_weighed_lines: i64,
    /// The same over the facts of analytics.
    pub analytics_weighed_lines: i64,
    /// What promotions, member prices and coupons took off, by SQL over checkout.
    pub promotion_cents: i64,
    /// The same over the documents of receipt.
    pub receipt_promotion_cents: i64,
    /// The same over the facts of analytics.
    pub analytics_promotion_cents: i64,
    /// Messages in the four streams.
    pub events_published: i64,
    /// Receipts in the mailbox.
    pub receipts_sent: i64,
    /// Receipts whose sending was ambiguous and that are not in the mailbox.
    pub receipts_unknown: i64,
    /// Sales without an e-mail.
    pub receipts_other: i64,
    /// Of those: behind a code, by receipt's own word.
    pub receipts_qr: i64,
    /// Of those: on paper, likewise.
    pub receipts_paper: i64,
    /// Of those: not wanted, or not asked for, likewise.
    pub receipts_none: i64,
    /// Tickets that were wanted behind a code, by SQL over checkout.
    pub chosen_qr: i64,
    /// The same on paper.
    pub chosen_paper: i64,
    /// Tickets that were not wanted, and those of guests who chose nothing, by SQL over checkout.
    pub chosen_none: i64,
    /// What people of the store decided about the tills, by SQL over checkout.
    pub interventions: i64,
    /// The same in the analysts' copy of the stream.
    pub stream_interventions: i64,
    /// Card payments that the bank refused, by SQL over the edits of checkout's baskets.
    pub payments_refused: i64,
    /// The same by what the card terminals themselves wrote down.
    pub card_refused: i64,
    /// Card payments that shoppers abandoned, by SQL over the edits of checkout's baskets.
    pub payments_abandoned: i64,
    /// The same by what the card terminals themselves wrote down.
    pub card_abandoned: i64,
    /// Card payments that nobody knew of and a person settled, by SQL over checkout.
    pub payments_unknown_resolved: i64,
    /// The same in the analysts' copy of the stream.
    pub stream_unknown_resolved: i64,
    /// What the sales cost, by SQL over checkout, before any refund.
    pub sold_cents: i64,
    /// What the card terminals took, by what they wrote down.
    pub card_cents: i64,
    /// Receipts in the mailbox with a card slip.
    pub slips_sent: i64,
    /// Credit notes in the mailbox.
    pub credit_notes_sent: i64,
    /// Reviews, by SQL over reviews.
    pub reviews: i64,
    /// Members, by SQL over membership.
    pub members: i64,
    /// Closings of the tills, by checkout's own list.
    pub closings: i64,
    /// Whether the off-line verifier found nothing wrong with the archive of the day.
    pub fiscal_verified: bool,
    /// Half of the receipts arrived within this time of the till's acknowledgement.
    pub receipt_p50_ms: f64,
    /// All but one in a hundred did.
    pub receipt_p99_ms: f64,
    /// From the start of the demo to this line.
    pub wall_seconds: f64,
    /// What the plan says of the same day, if there is one.
    #[serde(skip)]
    pub promise: Option<Promise>,
    /// What a line that was cut adds, if there was one.
    #[serde(flatten)]
    pub cut: Option<Cut>,
}

/// Figures of a shop of its own whose line to the centre was cut.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Cut {
    /// How long it was cut.
    pub cut_seconds: u64,
    /// Sales of that time, by SQL over the shop's checkout.
    pub sold_while_cut: i64,
    /// Events that the shop told, by SQL over its outbox.
    pub shop_events: i64,
    /// Messages in the centre's stream of sales.
    pub centre_events: i64,
    /// Of those, how many are different ones.
    pub centre_events_once: i64,
    /// Cards that the centre issued, by SQL over membership.
    pub cards_issued: i64,
    /// Cards that the shop knows, by SQL over its checkout.
    pub cards_known: i64,
    /// Cards that the centre blocked, by SQL over membership.
    pub cards_blocked: i64,
    /// Cards that the shop refuses, by SQL over its checkout.
    pub cards_refused: i64,
    /// Refunds that were asked for while the line was cut and waited, by SQL over reviews.
    pub refunds_waited: i64,
    /// Of those, how many were carried out since, likewise.
    pub refunds_done: i64,
}

impl Report {
    /// The demo's exit status: 0 when everything adds up, else 1.
    #[must_use]
    pub fn exit_status(&self) -> u8 {
        u8::from(!self.disagreements().is_empty())
    }

    /// What does not add up, in sentences.
    #[must_use]
    pub fn disagreements(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut equal = |left: (&str, i64), right: (&str, i64)| {
            if left.1 != right.1 {
                found.push(format!("{} is {}, {} is {}", left.0, left.1, right.0, right.1));
            }
        };
        equal(("sales", self.sales), ("stream_sales", self.stream_sales));
        equal(("sales", self.sales), ("analytics_sales", self.analytics_sales));
        equal(
            ("revenue_cents", self.revenue_cents),
            ("dashboard_revenue_cents", self.dashboard_revenue_cents),
        );
        let weighed = ("weighed_lines", self.weighed_lines);
        equal(weighed, ("receipt_weighed_lines", self.receipt_weighed_lines));
        equal(weighed, ("analytics_weighed_lines", self.analytics_weighed_lines));
        let promotion = ("promotion_cents", self.promotion_cents);
        equal(promotion, ("receipt_promotion_cents", self.receipt_promotion_cents));
        equal(promotion, ("analytics_promotion_cents", self.analytics_promotion_cents));
        let receipts = self.receipts_sent + self.receipts_unknown + self.receipts_other;
        equal(("receipts_sent + receipts_unknown + receipts_other", receipts), ("sales", self.sales));
        equal(("receipts_qr", self.receipts_qr), ("chosen_qr", self.chosen_qr));
        equal(("receipts_paper", self.receipts_paper), ("chosen_paper", self.chosen_paper));
        equal(("receipts_none", self.receipts_none), ("chosen_none", self.chosen_none));
        equal(("interventions", self.interventions), ("stream_interventions", self.stream_interventions));
        let resolved = ("payments_unknown_resolved", self.payments_unknown_resolved);
        equal(resolved, ("stream_unknown_resolved", self.stream_unknown_resolved));
        if let Some(promise) = self.promise {
            equal(("interventions", self.interventions), ("the plan's", promise.interventions));
            equal(resolved, ("the plan's", promise.unknown));
            let refused = ("payments_refused", self.payments_refused);
            equal(refused, ("card_refused", self.card_refused));
            equal(refused, ("the plan's", promise.refused));
            let abandoned = ("payments_abandoned", self.payments_abandoned);
            equal(abandoned, ("card_abandoned", self.card_abandoned));
            equal(abandoned, ("the plan's", promise.abandoned));
            let ways = self.refunds_card + self.refunds_store_credit + self.refunds_acquirer;
            equal(
                ("refunds_card + refunds_store_credit + refunds_acquirer", ways),
                ("refunds", self.refunds),
            );
            let cents =
                self.refunds_card_cents + self.refunds_store_credit_cents + self.refunds_acquirer_cents;
            equal(("the cents of each way", cents), ("refunded_cents", self.refunded_cents));
            let by_card = ("refunds_card_cents", self.refunds_card_cents);
            equal(by_card, ("card_given_back_cents", self.card_given_back_cents));
            // Nobody pays in parts here: one card a refund.
            equal(("refunds_card", self.refunds_card), ("refund_slips_sent", self.refund_slips_sent));
            // Whoever paid, paid once, whatever the till heard of it.
            equal(("sold_cents", self.sold_cents), ("card_cents", self.card_cents));
            if !self.fiscal_verified || self.closings == 0 {
                found.push("the day was not closed, or its archive does not verify".to_owned());
            }
        }
        found.extend(self.cut.iter().flat_map(|cut| cut.disagreements(self.fiscal_verified)));
        found
    }
}

impl Cut {
    fn disagreements(&self, fiscal_verified: bool) -> Vec<String> {
        let mut found = Vec::new();
        for (left, right) in [
            (("shop_events", self.shop_events), ("centre_events", self.centre_events)),
            (("shop_events", self.shop_events), ("centre_events_once", self.centre_events_once)),
            (("cards_issued", self.cards_issued), ("cards_known", self.cards_known)),
            (("cards_blocked", self.cards_blocked), ("cards_refused", self.cards_refused)),
            (("refunds_waited", self.refunds_waited), ("refunds_done", self.refunds_done)),
        ] {
            if left.1 != right.1 {
                found.push(format!("{} is {}, {} is {}", left.0, left.1, right.0, right.1));
            }
        }
        if self.sold_while_cut == 0 || self.refunds_waited == 0 || self.cards_blocked == 0 {
            found.push("nothing was sold, asked for or blocked while the line was cut".to_owned());
        }
        if !fiscal_verified {
            found.push("the archive does not verify".to_owned());
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        Report {
            sales: 10,
            stream_sales: 10,
            analytics_sales: 10,
            refunds: 3,
            refunds_card: 1,
            refunds_store_credit: 1,
            refunds_acquirer: 1,
            refunded_cents: 900,
            refunds_card_cents: 450,
            refunds_store_credit_cents: 150,
            refunds_acquirer_cents: 300,
            card_given_back_cents: 450,
            refund_slips_sent: 1,
            revenue_cents: 999,
            dashboard_revenue_cents: 999,
            weighed_lines: 4,
            receipt_weighed_lines: 4,
            analytics_weighed_lines: 4,
            promotion_cents: 70,
            receipt_promotion_cents: 70,
            analytics_promotion_cents: 70,
            events_published: 30,
            receipts_sent: 7,
            receipts_unknown: 1,
            receipts_other: 2,
            receipts_qr: 1,
            receipts_paper: 0,
            receipts_none: 1,
            chosen_qr: 1,
            chosen_paper: 0,
            chosen_none: 1,
            interventions: 5,
            stream_interventions: 5,
            payments_refused: 2,
            card_refused: 2,
            payments_abandoned: 1,
            card_abandoned: 1,
            payments_unknown_resolved: 1,
            stream_unknown_resolved: 1,
            sold_cents: 1_200,
            card_cents: 1_200,
            slips_sent: 7,
            credit_notes_sent: 3,
            reviews: 3,
            members: 5,
            closings: 2,
            fiscal_verified: true,
            receipt_p50_ms: 1.0,
            receipt_p99_ms: 2.0,
            wall_seconds: 3.0,
            cut: None,
            promise: Some(Promise { interventions: 5, refused: 2, abandoned: 1, unknown: 1 }),
        }
    }

    #[test]
    fn a_report_that_adds_up_ends_the_demo_with_0() {
        assert_eq!((report().disagreements(), report().exit_status()), (Vec::new(), 0));
        // What was ambiguous, or not wanted, is accounted for; what is not compared may be anything.
        let other = Report { receipts_sent: 0, receipts_unknown: 4, receipts_other: 6, ..report() };
        assert_eq!(other.exit_status(), 0);
        let uncompared =
            Report { credit_notes_sent: 7, events_published: 0, slips_sent: 0, reviews: 99, ..report() };
        assert_eq!(uncompared.exit_status(), 0);
    }

    #[test]
    fn each_figure_that_was_tampered_with_is_told_and_ends_the_demo_with_1() {
        for wrong in [
            Report { stream_sales: 9, ..report() },
            Report { stream_sales: 11, ..report() },
            Report { analytics_sales: 9, ..report() },
            Report { analytics_sales: 11, ..report() },
            Report { dashboard_revenue_cents: 998, ..report() },
            Report { revenue_cents: 1000, ..report() },
            Report { receipt_weighed_lines: 5, ..report() },
            Report { analytics_weighed_lines: 3, ..report() },
            Report { receipt_promotion_cents: 69, ..report() },
            Report { analytics_promotion_cents: 71, ..report() },
            Report { receipts_sent: 6, ..report() },
            Report { receipts_unknown: 0, ..report() },
            Report { receipts_other: 3, ..report() },
            Report { receipts_qr: 2, ..report() },
            Report { receipts_paper: 1, ..report() },
            Report { receipts_none: 0, ..report() },
            Report { chosen_qr: 0, ..report() },
            Report { chosen_paper: 1, ..report() },
            Report { chosen_none: 2, ..report() },
            Report { stream_interventions: 4, ..report() },
            Report { card_refused: 1, ..report() },
            Report { card_abandoned: 2, ..report() },
            Report { stream_unknown_resolved: 0, ..report() },
            Report { sold_cents: 1_201, ..report() },
            Report { card_cents: 2_400, ..report() },
            Report { refunds: 4, ..report() },
            Report { refunds_store_credit: 2, ..report() },
            Report { refunds_acquirer: 0, ..report() },
            Report { refunded_cents: 901, ..report() },
            Report { refunds_store_credit_cents: 149, ..report() },
            Report { card_given_back_cents: 900, ..report() },
            Report { refund_slips_sent: 0, ..report() },
            Report { closings: 0, ..report() },
            Report { fiscal_verified: false, ..report() },
        ] {
            assert_eq!((wrong.disagreements().len(), wrong.exit_status()), (1, 1), "{wrong:?}");
        }
        // What the plan promised and the parts agree to have never seen is told as well.
        let unseen = Report { payments_refused: 0, card_refused: 0, ..report() };
        assert_eq!(unseen.disagreements(), ["payments_refused is 0, the plan's is 2"]);
        // One sale more in the books than anywhere else is off by every count.
        assert_eq!(Report { sales: 11, ..report() }.disagreements().len(), 3);
    }
}
