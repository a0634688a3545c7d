//! gRPC: from the wire to the stories and back.

mod complaint;
mod convert;
mod status;

use platform::{Caller, Role, Shutdown};
use proto::reviews::v1::{
    GetComplaintFormRequest, GetComplaintFormResponse, GetInvitationRequest, GetInvitationResponse,
    ListComplaintsRequest, ListComplaintsResponse, ListReviewsRequest, ListReviewsResponse,
    PreviewComplaintRequest, PreviewComplaintResponse, ReplyToReviewRequest, ReplyToReviewResponse,
    SubmitComplaintRequest, SubmitComplaintResponse, SubmitReviewsRequest, SubmitReviewsResponse,
    WatchReviewsRequest, WatchReviewsResponse,
    reviews_service_server::{ReviewsService, ReviewsServiceServer},
};
use tokio::sync::mpsc;
use tokio_stream::{StreamExt, wrappers::ReceiverStream};
use tonic::{Request, Response, Status, service::Routes};

use crate::{
    app::{App, Entry},
    domain::{Purpose, TokenHash, View},
    error::Error,
};

/// The largest message that is read. Forms of five hundred lines fit, unless every comment is a page long.
const LARGEST_MESSAGE: usize = 1 << 20;
/// Changes that wait for a watcher's connection.
const WATCH_BUFFER: usize = 16;

/// The RPCs of the service.
pub fn routes(app: App, shutdown: Shutdown) -> Routes {
    let service = ReviewsServiceServer::new(Rpc { app, shutdown });
    Routes::new(service.max_decoding_message_size(LARGEST_MESSAGE))
}

struct Rpc {
    app: App,
    shutdown: Shutdown,
}

#[tonic::async_trait]
impl ReviewsService for Rpc {
    #[tracing::instrument(skip_all)]
    async fn get_invitation(
        &self,
        request: Request<GetInvitationRequest>,
    ) -> Result<Response<GetInvitationResponse>, Status> {
        let token = TokenHash::of(&request.into_inner().token);
        let opened = self.app.open(Purpose::Review, token).await?;
        Ok(Response::new(GetInvitationResponse { invitation: Some(opened.into()) }))
    }

    #[tracing::instrument(skip_all)]
    async fn get_complaint_form(
        &self,
        request: Request<GetComplaintFormRequest>,
    ) -> Result<Response<GetComplaintFormResponse>, Status> {
        let token = TokenHash::of(&request.into_inner().token);
        let opened = self.app.open(Purpose::Refund, token).await?;
        Ok(Response::new(GetComplaintFormResponse { invitation: Some(opened.into()) }))
    }

    #[tracing::instrument(skip_all)]
    async fn submit_reviews(
        &self,
        request: Request<SubmitReviewsRequest>,
    ) -> Result<Response<SubmitReviewsResponse>, Status> {
        let (command, token, form) = convert::submit_reviews(request.into_inner())?;
        let stored = self.app.submit_reviews(&command, token, &form).await?;
        Ok(Response::new(SubmitReviewsResponse { stored }))
    }

    #[tracing::instrument(skip_all)]
    async fn submit_complaint(
        &self,
        request: Request<SubmitComplaintRequest>,
    ) -> Result<Response<SubmitComplaintResponse>, Status> {
        let (command, token, wish) = convert::submit_complaint(request.into_inner())?;
        let complaint = self.app.submit_complaint(&command, token, &wish).await?;
        Ok(Response::new(complaint.into()))
    }

    #[tracing::instrument(skip_all)]
    async fn preview_complaint(
        &self,
        request: Request<PreviewComplaintRequest>,
    ) -> Result<Response<PreviewComplaintResponse>, Status> {
        let (token, wish) = convert::preview_complaint(request.into_inner())?;
        Ok(Response::new(self.app.preview_complaint(token, &wish).await?.into()))
    }

    #[tracing::instrument(skip_all)]
    async fn reply_to_review(
        &self,
        request: Request<ReplyToReviewRequest>,
    ) -> Result<Response<ReplyToReviewResponse>, Status> {
        let caller = platform::rpc::caller(&request)?;
        let (command, review_id, reply) = convert::reply_to_review(request.into_inner())?;
        let view = view(&caller)?;
        let review = self.app.reply_to_review(&command, &caller.id(), &view, review_id, &reply).await?;
        Ok(Response::new(ReplyToReviewResponse { review: Some(review.into()) }))
    }

    #[tracing::instrument(skip_all)]
    async fn list_reviews(
        &self,
        request: Request<ListReviewsRequest>,
    ) -> Result<Response<ListReviewsResponse>, Status> {
        let view = view(&platform::rpc::caller(&request)?)?;
        let (after, size) = convert::list_reviews(&request.into_inner())?;
        let page = self.app.list_reviews(&view, after, size).await?;
        Ok(Response::new(page.into()))
    }

    #[tracing::instrument(skip_all)]
    async fn list_complaints(
        &self,
        request: Request<ListComplaintsRequest>,
    ) -> Result<Response<ListComplaintsResponse>, Status> {
        let view = view(&platform::rpc::caller(&request)?)?;
        let (after, size) = complaint::list_complaints(&request.into_inner())?;
        let page = self.app.list_complaints(&view, after, size).await?;
        Ok(Response::new(page.into()))
    }

    type WatchReviewsStream =
        std::pin::Pin<Box<dyn tokio_stream::Stream<Item = Result<WatchReviewsResponse, Status>> + Send>>;

    #[tracing::instrument(skip_all)]
    async fn watch_reviews(
        &self,
        request: Request<WatchReviewsRequest>,
    ) -> Result<Response<Self::WatchReviewsStream>, Status> {
        let view = view(&platform::rpc::caller(&request)?)?;
        let told = self.watch(view).map(|entry| entry.map(Into::into).map_err(Status::from));
        Ok(Response::new(Box::pin(told)))
    }
}

impl Rpc {
    /// Changes in the view from now on, until the watcher is gone or the service stops.
    fn watch(&self, view: View) -> ReceiverStream<Result<Entry, Error>> {
        let (sender, receiver) = mpsc::channel(WATCH_BUFFER);
        let (app, shutdown) = (self.app.clone(), self.shutdown.clone());
        let watcher = app.watcher();
        tokio::spawn(async move {
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = sender.closed() => {}
                () = app.watch(&view, watcher, &sender) => {}
            }
        });
        ReceiverStream::new(receiver)
    }
}

/// What a caller sees: a supplier the own products, everybody else the own store. Codes are never empty, for an empty one would stand
/// for the products of nobody.
fn view(caller: &Caller) -> Result<View, Error> {
    let Caller::Staff(staff) = caller else { return Err(Error::NotFound) };
    let view = match staff.role {
        Role::Supplier => View::Supplier(staff.supplier_code.clone()),
        _ => View::Store(staff.store_code.clone()),
    };
    match &view {
        View::Store(code) | View::Supplier(code) if code.is_empty() => Err(Error::NotFound),
        View::Store(_) | View::Supplier(_) => Ok(view),
    }
}

#[cfg(test)]
mod tests {
    use platform::Staff;

    use super::*;

    fn staff(role: Role, store: &str, supplier: &str) -> Caller {
        Caller::Staff(Staff {
            staff_id: "1".to_owned(),
            role,
            store_code: store.to_owned(),
            supplier_code: supplier.to_owned(),
        })
    }

    #[test]
    fn a_supplier_sees_its_products_and_staff_sees_its_store() {
        for role in [Role::Desk, Role::Attendant, Role::Manager] {
            assert_eq!(view(&staff(role, "LILLE", "")).unwrap(), View::Store("LILLE".to_owned()));
        }
        let supplier = staff(Role::Supplier, "", "FERME");
        assert_eq!(view(&supplier).unwrap(), View::Supplier("FERME".to_owned()));
    }

    #[test]
    fn who_has_no_store_and_no_supplier_sees_nothing() {
        for caller in [
            staff(Role::Supplier, "LILLE", ""),
            staff(Role::Manager, "", "FERME"),
            Caller::Operator,
            Caller::Service(Role::Portal),
            Caller::Terminal("LILLE-01".to_owned()),
        ] {
            assert!(matches!(view(&caller), Err(Error::NotFound)), "{caller:?}");
        }
    }
}
