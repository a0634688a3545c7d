use std::pin::Pin;

use futures::{Stream, stream};
use proto::checkout::v1::{
    AnswerInterventionRequest, AnswerInterventionResponse, AuditedGoods, BasketState, EditAuthor, EditKind,
    FileFinding, Intervention, InterventionKind, KeptEdit, ListBasketEditsRequest, ListBasketEditsResponse,
    ListTillsRequest, ListTillsResponse, LockTillRequest, LockTillResponse, ReleaseTillRequest,
    ReleaseTillResponse, SuspendedBasket, TillStage, TillState, WatchTillsRequest, WatchTillsResponse,
    attendance_service_server::AttendanceService,
};
use tonic::{Request, Response, Status};

use super::{BASKET, CALL, Fakes, at};

impl Fakes {
    /// A till that nobody is at, one with everything that can wait, and one that is closed.
    pub fn tills(&self) -> Vec<TillState> {
        let kinds = [
            InterventionKind::PaymentUnknown,
            InterventionKind::GiveBack,
            InterventionKind::SaleRefused,
            InterventionKind::Approval,
            InterventionKind::Help,
            InterventionKind::UnknownCode,
            InterventionKind::Abandoned,
            InterventionKind::Audit,
            InterventionKind::LateAnswer,
            InterventionKind::SlipRefused,
            InterventionKind::RefundUnknown,
        ];
        let waiting = kinds.into_iter().enumerate().map(|(place, kind)| Intervention {
            intervention_id: format!("{}{place}", &CALL[..35]),
            terminal_code: "LILLE-02".to_owned(),
            kind: kind.into(),
            raised_time: at(14, 30),
            training: kind == InterventionKind::Help,
            minimum_age: 18,
            born_until: "2008-05-02".to_owned(),
            code: format!("<{}>", self.words().product),
            amount_minor: 1_240,
            paid_minor: 600,
            asked_time: at(14, 29),
            file_finding: match kind {
                InterventionKind::PaymentUnknown => FileFinding::Absent.into(),
                _ => FileFinding::Unspecified.into(),
            },
            goods: vec![AuditedGoods {
                name: format!("<{}>", self.words().product),
                quantity_milli: 1_250,
                by_weight: true,
            }],
            ..Intervention::default()
        });
        let till = |code: &str, stage: TillStage| TillState {
            terminal_code: code.to_owned(),
            stage: stage.into(),
            since_time: at(14, 29),
            reported_time: at(14, 31),
            ..TillState::default()
        };
        vec![
            TillState { training: true, training_shown: true, ..till("LILLE-01", TillStage::Idle) },
            TillState {
                basket_id: BASKET.to_owned(),
                waiting: waiting.collect(),
                ..till("LILLE-02", TillStage::Stopped)
            },
            TillState { locked: true, ..till("LILLE-03", TillStage::Locked) },
            TillState { silent: true, ..till("LILLE-04", TillStage::Idle) },
        ]
    }
}

#[tonic::async_trait]
impl AttendanceService for Fakes {
    type WatchTillsStream = Pin<Box<dyn Stream<Item = Result<WatchTillsResponse, Status>> + Send>>;

    async fn list_tills(
        &self,
        request: Request<ListTillsRequest>,
    ) -> Result<Response<ListTillsResponse>, Status> {
        let tills = self.tills();
        self.answer("ListTills", &request, |_| ListTillsResponse {
            tills,
            next_page_token: String::new(),
            suspended: suspended(),
        })
    }

    async fn watch_tills(
        &self,
        request: Request<WatchTillsRequest>,
    ) -> Result<Response<Self::WatchTillsStream>, Status> {
        let calm = self.tills().into_iter().map(|till| TillState { waiting: Vec::new(), ..till }).collect();
        let told = [self.tills(), calm].map(|tills| Ok(WatchTillsResponse { tills, suspended: suspended() }));
        self.answer("WatchTills", &request, |_| {
            let told: Self::WatchTillsStream = Box::pin(stream::iter(told));
            told
        })
    }

    async fn answer_intervention(
        &self,
        request: Request<AnswerInterventionRequest>,
    ) -> Result<Response<AnswerInterventionResponse>, Status> {
        let intervention = self.tills()[1].waiting.first().cloned();
        self.answer("AnswerIntervention", &request, |_| AnswerInterventionResponse { intervention })
    }

    async fn lock_till(
        &self,
        request: Request<LockTillRequest>,
    ) -> Result<Response<LockTillResponse>, Status> {
        let till = self.tills().pop();
        self.answer("LockTill", &request, |_| LockTillResponse { till })
    }

    async fn list_basket_edits(
        &self,
        request: Request<ListBasketEditsRequest>,
    ) -> Result<Response<ListBasketEditsResponse>, Status> {
        let name = format!("<{}>", self.words().product);
        let page = |asked: &ListBasketEditsRequest| {
            let page_token = asked.page_token.as_str();
            let edits = history(&name).split_off(if page_token.is_empty() { 0 } else { 3 });
            ListBasketEditsResponse {
                edits,
                next_page_token: if page_token.is_empty() { "3".to_owned() } else { String::new() },
                state: BasketState::Suspended.into(),
                terminal_code: "LILLE-02".to_owned(),
                opened_time: at(14, 20),
                audit_waits: true,
                member_identified: true,
                training: true,
            }
        };
        self.answer("ListBasketEdits", &request, page)
    }

    async fn release_till(
        &self,
        _: Request<ReleaseTillRequest>,
    ) -> Result<Response<ReleaseTillResponse>, Status> {
        Err(Status::unimplemented("no page releases tills"))
    }
}

/// A basket that waits for its shopper.
fn suspended() -> Vec<SuspendedBasket> {
    vec![SuspendedBasket {
        basket_id: BASKET.to_owned(),
        terminal_code: "LILLE-02".to_owned(),
        suspended_time: at(14, 27),
        article_count: 3,
        ends_time: at(22, 0),
        training: true,
    }]
}

/// A line that was scanned and taken out, a person's decision, and a shopper who left.
fn history(name: &str) -> Vec<KeptEdit> {
    let goods = AuditedGoods { name: name.to_owned(), quantity_milli: 1_250, by_weight: true };
    let fact = |number, kind: EditKind, author: EditAuthor| KeptEdit {
        number,
        edit_time: at(14, 20),
        terminal_code: "LILLE-02".to_owned(),
        author: author.into(),
        kind: kind.into(),
        ..KeptEdit::default()
    };
    vec![
        KeptEdit { goods: vec![goods.clone()], ..fact(1, EditKind::Scan, EditAuthor::Till) },
        KeptEdit { goods: vec![goods], ..fact(2, EditKind::Remove, EditAuthor::Till) },
        KeptEdit { minimum_age: 18, ..fact(3, EditKind::Approve, EditAuthor::Attendant) },
        fact(4, EditKind::BeginAudit, EditAuthor::Checkout),
        KeptEdit { total_minor: 1_240, ..fact(5, EditKind::Suspend, EditAuthor::Till) },
    ]
}
