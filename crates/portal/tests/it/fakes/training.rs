use proto::checkout::v1::{training_service_server::TrainingService, *};
use tonic::{Request, Response, Status};

use super::{Fakes, TOKEN, at, receipt::ticket};

#[tonic::async_trait]
impl TrainingService for Fakes {
    async fn set_till_mode(
        &self,
        request: Request<SetTillModeRequest>,
    ) -> Result<Response<SetTillModeResponse>, Status> {
        let till = self.tills().pop();
        self.answer("SetTillMode", &request, |_| SetTillModeResponse { till })
    }

    async fn get_training_ticket(
        &self,
        request: Request<GetTrainingTicketRequest>,
    ) -> Result<Response<GetTrainingTicketResponse>, Status> {
        if request.get_ref().token != TOKEN {
            let code = tonic::Code::NotFound;
            return Err(platform::status::refusal("checkout", code, "NOT_FOUND", "not known"));
        }
        let product = self.words().product;
        self.answer("GetTrainingTicket", &request, |_| GetTrainingTicketResponse {
            ticket: Some(Ticket { training: true, ..ticket(product) }),
            slip_texts: vec!["FACTICE - FORMATION\nMONTANT 6,21 EUR".to_owned()],
            expiry_time: at(24 * 30 + 14, 5),
            copy: 2,
        })
    }
}
