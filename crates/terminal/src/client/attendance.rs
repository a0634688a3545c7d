//! What the till says of itself, and the call for a person. A till that gets no answer sells on, as far as checkout lets it.

use std::time::Duration;

use proto::checkout::v1 as pb;
use uuid::Uuid;

use super::{CallError, Client, RequestId, once, present};
use crate::journal::Identity;

/// A report that comes late is followed by a better one.
const DEADLINE: Duration = Duration::from_secs(3);

impl Client {
    /// Asks to be the one machine that is this till; the answer is its generation.
    pub async fn claim_till(
        &self,
        id: RequestId,
        identity: &Identity,
        place: &str,
    ) -> Result<i64, CallError> {
        let request = pb::ClaimTillRequest {
            request_id: id.to_string(),
            instance_id: identity.instance_id.to_string(),
            generation: identity.generation,
            place: place.to_owned(),
        };
        let mut tills = self.tills.clone();
        let answer = once(DEADLINE, request, |r| async move { tills.claim_till(r).await }).await?;
        Ok(answer.generation)
    }

    /// Tells where the till stands; the answer is what it has to do.
    pub async fn report_till(
        &self,
        report: pb::ReportTillRequest,
    ) -> Result<pb::ReportTillResponse, CallError> {
        let (request_id, generation) = (RequestId::fresh().to_string(), self.generation());
        let request = pb::ReportTillRequest { request_id, generation, ..report };
        let mut tills = self.tills.clone();
        once(DEADLINE, request, |r| async move { tills.report_till(r).await }).await
    }

    /// Calls somebody to the till.
    pub async fn call_attendant(&self, basket_id: Option<Uuid>) -> Result<pb::Intervention, CallError> {
        let basket_id = basket_id.map(|basket_id| basket_id.to_string()).unwrap_or_default();
        let request = pb::CallAttendantRequest { request_id: RequestId::fresh().to_string(), basket_id };
        let mut tills = self.tills.clone();
        let reply = once(DEADLINE, request, |r| async move { tills.call_attendant(r).await }).await?;
        present(reply.intervention)
    }

    /// Takes the call back.
    pub async fn withdraw_call(&self, intervention_id: &str) -> Result<pb::Intervention, CallError> {
        let (request_id, intervention_id) = (RequestId::fresh().to_string(), intervention_id.to_owned());
        let request = pb::WithdrawCallRequest { request_id, intervention_id };
        let mut tills = self.tills.clone();
        let reply = once(DEADLINE, request, |r| async move { tills.withdraw_call(r).await }).await?;
        present(reply.intervention)
    }
}
