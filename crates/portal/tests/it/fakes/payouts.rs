use proto::{
    checkout::v1::{
        AcquirerRefundState, CardPayment, ClaimRefundCreditRequest, ClaimRefundCreditResponse,
        HandRefundToAcquirerRequest, HandRefundToAcquirerResponse, Line, ListRefundsDueRequest,
        ListRefundsDueResponse, PayOutRefundRequest, PayOutRefundResponse, Payout, RefundCredit,
        RefundCreditState, RefundPayment, ReportRefundCreditRequest, ReportRefundCreditResponse,
        SettleAcquirerRefundRequest, SettleAcquirerRefundResponse, SettleRefundCreditRequest,
        SettleRefundCreditResponse, SoldBy, Tender, TenderKind, payout_service_server::PayoutService,
    },
    r#type::v1::Money,
};
use tonic::{Request, Response, Status};

use super::{Fakes, REFUND, at};

fn paid(kind: TenderKind, amount_minor: i64, brand: Option<&str>) -> Tender {
    let card = brand.map(|brand| CardPayment {
        amount_minor,
        brand: brand.to_owned(),
        pan_last4: "6368".to_owned(),
        ..CardPayment::default()
    });
    Tender { tender_id: String::new(), kind: kind.into(), amount_minor, card }
}

impl Fakes {
    /// A refund of two lines that waits at the desk.
    fn refund(&self) -> RefundPayment {
        let line = |name: String, quantity_milli, total_minor, sold_by: SoldBy| Line {
            name,
            quantity_milli,
            total_minor,
            sold_by: sold_by.into(),
            ..Line::default()
        };
        RefundPayment {
            refund_id: REFUND.to_owned(),
            terminal_code: "LILLE-01".to_owned(),
            sequence: 12,
            refunded_time: at(12, 15),
            sale_sequence: 41,
            sale_completed_time: at(9, 41),
            lines: vec![
                line(self.words().product, 1250, 312, SoldBy::Kilogram),
                line("Jus de pomme 1 L".to_owned(), 2000, 580, SoldBy::Unit),
            ],
            total: Some(Money { currency_code: "EUR".to_owned(), amount_minor: 892 }),
            method: Payout::Desk.into(),
            payments: vec![
                paid(TenderKind::Card, 1_000, Some("CB")),
                paid(TenderKind::MealVoucher, 500, Some("CONECS")),
                paid(TenderKind::StoreCredit, 120, None),
            ],
            ..RefundPayment::default()
        }
    }

    /// Refunds that tills are at, were at, or have given back.
    fn at_tills(&self) -> Vec<RefundPayment> {
        let states = [
            (RefundCreditState::Asked, false),
            (RefundCreditState::Unknown, true),
            (RefundCreditState::Refused, false),
        ];
        let refunds = states.into_iter().zip(21..).map(|((state, waits_for_person), sequence)| {
            let credit = RefundCredit {
                credit_id: format!("{}{sequence}", &REFUND[..34]),
                terminal_code: "LILLE-02".to_owned(),
                amount_minor: 592,
                state: state.into(),
                asked_time: at(12, 30),
                waits_for_person,
                ..RefundCredit::default()
            };
            let refund_id = credit.credit_id.clone();
            RefundPayment { refund_id, sequence, given_minor: 300, credit: Some(credit), ..self.refund() }
        });
        let by_till = RefundPayment {
            paid_out_time: at(13, 5),
            paid_out_terminal_code: "LILLE-02".to_owned(),
            ..self.refund()
        };
        refunds.chain([by_till]).collect()
    }

    /// Refunds to a guest of 10,40 €, of which empties had paid 3,00: of the second the card has its part.
    fn by_hand(&self) -> Vec<RefundPayment> {
        let total = Some(Money { currency_code: "EUR".to_owned(), amount_minor: 1_040 });
        let refund = RefundPayment { total, by_hand_minor: 300, ..self.refund() };
        vec![refund.clone(), RefundPayment { given_minor: 740, ..refund }]
    }
}

#[tonic::async_trait]
impl PayoutService for Fakes {
    async fn list_refunds_due(
        &self,
        request: Request<ListRefundsDueRequest>,
    ) -> Result<Response<ListRefundsDueResponse>, Status> {
        self.answer("ListRefundsDue", &request, |asked| {
            let paid = RefundPayment {
                paid_out_time: at(13, 5),
                paid_out_by: "01970000-0000-7000-8000-000000000009".to_owned(),
                ..self.refund()
            };
            let by_bank = RefundPayment {
                method: Payout::Acquirer.into(),
                acquirer_state: AcquirerRefundState::Open.into(),
                ..self.refund()
            };
            if asked.method() == Payout::Acquirer {
                // Of the one behind it a till gave a part.
                let given_minor = if asked.page_token.is_empty() { 0 } else { 300 };
                let refunds = vec![RefundPayment { given_minor, ..by_bank }];
                return ListRefundsDueResponse { refunds, next_page_token: String::new() };
            }
            let (refunds, next_page_token) = match (asked.credit_note_number, asked.page_token.as_str()) {
                (0, "") => (vec![self.refund()], REFUND.to_owned()),
                (12, _) => (vec![paid], String::new()),
                (14, _) => (vec![by_bank], String::new()),
                (15, _) => (self.at_tills(), String::new()),
                (16, _) => (self.by_hand(), String::new()),
                _ => (Vec::new(), String::new()),
            };
            ListRefundsDueResponse { refunds, next_page_token }
        })
    }

    async fn pay_out_refund(
        &self,
        request: Request<PayOutRefundRequest>,
    ) -> Result<Response<PayOutRefundResponse>, Status> {
        self.answer("PayOutRefund", &request, |_| PayOutRefundResponse { refund: Some(self.refund()) })
    }

    async fn settle_acquirer_refund(
        &self,
        request: Request<SettleAcquirerRefundRequest>,
    ) -> Result<Response<SettleAcquirerRefundResponse>, Status> {
        self.answer("SettleAcquirerRefund", &request, |_| SettleAcquirerRefundResponse {
            refund: Some(self.refund()),
        })
    }

    async fn hand_refund_to_acquirer(
        &self,
        request: Request<HandRefundToAcquirerRequest>,
    ) -> Result<Response<HandRefundToAcquirerResponse>, Status> {
        self.answer("HandRefundToAcquirer", &request, |_| HandRefundToAcquirerResponse {
            refund: Some(self.refund()),
        })
    }

    async fn claim_refund_credit(
        &self,
        _: Request<ClaimRefundCreditRequest>,
    ) -> Result<Response<ClaimRefundCreditResponse>, Status> {
        Err(Status::unimplemented("no page gives money back"))
    }

    async fn report_refund_credit(
        &self,
        _: Request<ReportRefundCreditRequest>,
    ) -> Result<Response<ReportRefundCreditResponse>, Status> {
        Err(Status::unimplemented("no page gives money back"))
    }

    async fn settle_refund_credit(
        &self,
        request: Request<SettleRefundCreditRequest>,
    ) -> Result<Response<SettleRefundCreditResponse>, Status> {
        self.answer("SettleRefundCredit", &request, |_| SettleRefundCreditResponse {
            refund: Some(self.refund()),
        })
    }
}
