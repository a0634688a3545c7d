use std::pin::Pin;

use futures::{Stream, stream};
use proto::checkout::v1::{
    AnswerInterventionRequest, AnswerInterventionResponse, AuditedGoods, FileFinding, Intervention,
    InterventionKind, ListTillsRequest, ListTillsResponse, LockTillRequest, LockTillResponse, TillStage,
    TillState, WatchTillsRequest, WatchTillsResponse, attendance_service_server::AttendanceService,
};
use tonic::{Request, Response, Status};

use super::{CALL, Fakes, at};

impl Fakes {
    /// A till that nobody is at, one with everything that can wait, and one that is closed.
    pub fn tills(&self) -> Vec<TillState> {
        let kinds = [
            InterventionKind::PaymentUnknown,
            InterventionKind::PaymentPartial,
            InterventionKind::SaleRefused,
            InterventionKind::Approval,
            InterventionKind::Help,
            InterventionKind::UnknownCode,
            InterventionKind::Abandoned,
            InterventionKind::Audit,
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
            file_finding: FileFinding::Absent.into(),
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
            TillState { waiting: waiting.collect(), ..till("LILLE-02", TillStage::Stopped) },
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
        self.answer("ListTills", &request, |_| ListTillsResponse { tills, next_page_token: String::new() })
    }

    async fn watch_tills(
        &self,
        request: Request<WatchTillsRequest>,
    ) -> Result<Response<Self::WatchTillsStream>, Status> {
        let calm = self.tills().into_iter().map(|till| TillState { waiting: Vec::new(), ..till }).collect();
        let told = [self.tills(), calm].map(|tills| Ok(WatchTillsResponse { tills }));
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
}
