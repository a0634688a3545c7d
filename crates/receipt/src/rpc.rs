//! gRPC: from the wire to the stories and back.

mod convert;
mod status;

use platform::{Caller, Role};
use proto::receipt::v1::{
    GetReceiptRequest, GetReceiptResponse, ListDeliveriesRequest, ListDeliveriesResponse,
    SettleDeliveryRequest, SettleDeliveryResponse,
    receipt_service_server::{ReceiptService, ReceiptServiceServer},
};
use tonic::{Request, Response, Status, service::Routes};

use crate::{app::App, error::Error, store::Scope};

/// The largest request that is read.
const LARGEST_REQUEST: usize = 64 << 10;

/// The RPCs of the service.
pub fn routes(app: App) -> Routes {
    Routes::new(ReceiptServiceServer::new(Rpc { app }).max_decoding_message_size(LARGEST_REQUEST))
}

struct Rpc {
    app: App,
}

#[tonic::async_trait]
impl ReceiptService for Rpc {
    async fn list_deliveries(
        &self,
        request: Request<ListDeliveriesRequest>,
    ) -> Result<Response<ListDeliveriesResponse>, Status> {
        let scope = scope(&platform::rpc::caller(&request)?)?;
        let page = convert::Page::try_from(request.into_inner())?;
        let deliveries = self.app.list(&scope, &page.states, page.before, page.size + 1).await?;
        Ok(Response::new(page.response(deliveries)))
    }

    async fn settle_delivery(
        &self,
        request: Request<SettleDeliveryRequest>,
    ) -> Result<Response<SettleDeliveryResponse>, Status> {
        let caller = platform::rpc::caller(&request)?;
        let settlement = request.into_inner().try_into()?;
        let delivery = self.app.settle(&caller.id(), &scope(&caller)?, settlement).await?;
        Ok(Response::new(SettleDeliveryResponse { delivery: Some(delivery.into()) }))
    }

    async fn get_receipt(
        &self,
        request: Request<GetReceiptRequest>,
    ) -> Result<Response<GetReceiptResponse>, Status> {
        let GetReceiptRequest { token, request_id } = request.into_inner();
        let read = self.app.read(convert::id("request_id", &request_id)?, &token).await?;
        Ok(Response::new(read.into()))
    }
}

/// Staff of a store see the own store, an operator all of them, nobody else anything.
fn scope(caller: &Caller) -> Result<Scope, Error> {
    match caller {
        Caller::Staff(staff) => match staff.role {
            Role::Desk | Role::Manager if !staff.store_code.is_empty() => {
                Ok(Scope::Store(staff.store_code.clone()))
            }
            _ => Err(Error::NotFound),
        },
        Caller::Operator => Ok(Scope::Everything),
        Caller::Terminal(_) | Caller::Service(_) => Err(Error::NotFound),
    }
}
