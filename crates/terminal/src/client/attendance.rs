//! What the till says of itself, and the call for a person. A till that gets no answer sells on, as far as checkout lets it.

use std::time::Duration;

use proto::checkout::v1 as pb;
use tonic::Request;
use uuid::Uuid;

use super::{CallError, Client, RequestId, present};

/// A report that comes late is followed by a better one.
const DEADLINE: Duration = Duration::from_secs(3);

impl Client {
    /// Tells where the till stands; the answer is what it has to do.
    pub async fn report_till(
        &self,
        report: pb::ReportTillRequest,
    ) -> Result<pb::ReportTillResponse, CallError> {
        let mut request =
            Request::new(pb::ReportTillRequest { request_id: RequestId::fresh().to_string(), ..report });
        request.set_timeout(DEADLINE);
        let answer = tokio::time::timeout(DEADLINE, self.tills.clone().report_till(request)).await;
        let answer = answer.map_err(|_| CallError::NoAnswer(tonic::Code::DeadlineExceeded))?;
        answer.map(tonic::Response::into_inner).map_err(|status| CallError::of(&status))
    }

    /// Calls somebody to the till.
    pub async fn call_attendant(&self, basket_id: Option<Uuid>) -> Result<pb::Intervention, CallError> {
        let basket_id = basket_id.map(|basket_id| basket_id.to_string()).unwrap_or_default();
        let message = pb::CallAttendantRequest { request_id: RequestId::fresh().to_string(), basket_id };
        let mut request = Request::new(message);
        request.set_timeout(DEADLINE);
        let answer = self.tills.clone().call_attendant(request).await;
        present(answer.map_err(|status| CallError::of(&status))?.into_inner().intervention)
    }

    /// Takes the call back.
    pub async fn withdraw_call(&self, intervention_id: &str) -> Result<pb::Intervention, CallError> {
        let (request_id, intervention_id) = (RequestId::fresh().to_string(), intervention_id.to_owned());
        let mut request = Request::new(pb::WithdrawCallRequest { request_id, intervention_id });
        request.set_timeout(DEADLINE);
        let answer = self.tills.clone().withdraw_call(request).await;
        present(answer.map_err(|status| CallError::of(&status))?.into_inner().intervention)
    }
}
