//! gRPC: from the wire to the stories and back.

mod convert;
mod status;

use std::time::Duration;

use platform::{Caller, Shutdown};
use proto::analytics::v1::{
    GetDayRequest, GetDayResponse, GetTotalsRequest, GetTotalsResponse, WatchDayRequest, WatchDayResponse,
    analytics_service_server::{AnalyticsService, AnalyticsServiceServer},
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, service::Routes};

use crate::{app::App, error::Error};

/// How often a watcher looks whether figures moved: a page is told at most twice a second.
const WATCH_EVERY: Duration = Duration::from_millis(500);

/// The RPCs of the service.
pub fn routes(app: App, shutdown: Shutdown) -> Routes {
    Routes::new(AnalyticsServiceServer::new(Rpc { app, shutdown }).max_decoding_message_size(64 << 10))
}

struct Rpc {
    app: App,
    shutdown: Shutdown,
}

#[tonic::async_trait]
impl AnalyticsService for Rpc {
    async fn get_day(&self, request: Request<GetDayRequest>) -> Result<Response<GetDayResponse>, Status> {
        let caller = platform::rpc::caller(&request)?;
        let (store_code, day) = convert::get_day(request.into_inner())?;
        let day = self.app.day(own_store(&caller, &store_code)?, day).await?;
        Ok(Response::new(GetDayResponse { day: Some(day.into()) }))
    }

    type WatchDayStream = ReceiverStream<Result<WatchDayResponse, Status>>;

    async fn watch_day(
        &self,
        request: Request<WatchDayRequest>,
    ) -> Result<Response<Self::WatchDayStream>, Status> {
        let caller = platform::rpc::caller(&request)?;
        let store_code = convert::store_code(request.into_inner().store_code)?;
        own_store(&caller, &store_code)?;
        let (sender, receiver) = mpsc::channel(1);
        let (app, shutdown) = (self.app.clone(), self.shutdown.clone());
        tokio::spawn(async move {
            let watching = async {
                if let Err(error) = watch(&app, &store_code, &sender).await {
                    // A watcher that is gone needs no error.
                    sender.send(Err(error.into())).await.ok();
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = sender.closed() => {}
                () = watching => {}
            }
        });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }

    async fn get_totals(
        &self,
        _request: Request<GetTotalsRequest>,
    ) -> Result<Response<GetTotalsResponse>, Status> {
        Ok(Response::new(self.app.totals().await?.into()))
    }
}

/// Sends the figures at once and whenever they moved, until nobody listens.
async fn watch(
    app: &App,
    store_code: &str,
    sender: &mpsc::Sender<Result<WatchDayResponse, Status>>,
) -> Result<(), Error> {
    let mut seen = None;
    let mut ticks = tokio::time::interval(WATCH_EVERY);
    loop {
        ticks.tick().await;
        let mark = match app.mark(store_code).await {
            Ok(mark) => mark,
            // A new shop: its first sale tells of it.
            Err(Error::NotFound) => continue,
            Err(error) => return Err(error),
        };
        if seen != Some(mark) {
            seen = Some(mark);
            let day = app.day(store_code, Some(mark.1)).await?;
            if sender.send(Ok(WatchDayResponse { day: Some(day.into()) })).await.is_err() {
                return Ok(());
            }
        }
    }
}

/// A manager sees the own store; another one answers as if it were not there.
fn own_store<'a>(caller: &Caller, store_code: &'a str) -> Result<&'a str, Error> {
    match caller {
        Caller::Staff(staff) if staff.store_code == store_code => Ok(store_code),
        Caller::Staff(_) | Caller::Terminal(_) | Caller::Service(_) => Err(Error::NotFound),
        Caller::Operator => Ok(store_code),
    }
}
