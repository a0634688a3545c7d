use proto::receipt::v1::{
    Delivery, ListDeliveriesRequest, ListDeliveriesResponse, MailKind, MailState, SettleDeliveryRequest,
    SettleDeliveryResponse, receipt_service_server::ReceiptService,
};
use tonic::{Request, Response, Status};

use super::{DELIVERY, Fakes, at};

fn delivery(state: MailState) -> Delivery {
    let sale_id = "01970000-0000-7000-8000-00000000000a";
    Delivery {
        delivery_id: DELIVERY.to_owned(),
        kind: MailKind::Receipt.into(),
        sale_id: sale_id.to_owned(),
        refund_id: String::new(),
        state: state.into(),
        attempts: 2,
        message_id: format!("<receipt.{sale_id}.1@cabas.example>"),
        outcome: "the connection ended after DATA".to_owned(),
        queued_time: at(14, 5),
        settled_time: at(14, 6),
    }
}

#[tonic::async_trait]
impl ReceiptService for Fakes {
    async fn list_deliveries(
        &self,
        request: Request<ListDeliveriesRequest>,
    ) -> Result<Response<ListDeliveriesResponse>, Status> {
        self.answer("ListDeliveries", &request, |asked| match asked.state() {
            MailState::Unknown | MailState::Sent => ListDeliveriesResponse {
                deliveries: vec![delivery(asked.state())],
                next_page_token: if asked.state() == MailState::Sent {
                    "more".to_owned()
                } else {
                    String::new()
                },
            },
            _ => ListDeliveriesResponse::default(),
        })
    }

    async fn settle_delivery(
        &self,
        request: Request<SettleDeliveryRequest>,
    ) -> Result<Response<SettleDeliveryResponse>, Status> {
        self.answer("SettleDelivery", &request, |_| SettleDeliveryResponse { delivery: None })
    }
}
