//! CatalogueService.

use platform::{Caller, rpc::caller};
use prost::Message;
use proto::checkout::v1 as pb;
use proto::checkout::v1::catalogue_service_server::{CatalogueService, CatalogueServiceServer};
use tonic::{Request, Response, Status};

use crate::app::App;
use crate::app::catalogue::{self as app, Command, Scope};
use crate::domain::catalogue::{Store, Terminal};
use crate::domain::import;
use crate::domain::promotion::Promotion;

mod convert;
mod promotion;
mod recall;

/// The largest message: a file, and a little around it.
const LARGEST_MESSAGE: usize = import::MAX_FILE_BYTES + (64 << 10);

/// The service, to be added to the routes. It alone takes messages of the size of a file.
pub fn server(app: App) -> CatalogueServiceServer<Catalogue> {
    CatalogueServiceServer::new(Catalogue(app)).max_decoding_message_size(LARGEST_MESSAGE)
}

/// Answers what the shops sell.
#[derive(Clone)]
pub struct Catalogue(App);

#[tonic::async_trait]
impl CatalogueService for Catalogue {
    async fn put_store(
        &self,
        request: Request<pb::PutStoreRequest>,
    ) -> Result<Response<pb::PutStoreResponse>, Status> {
        let (command, request) = command("PutStore", request, |request| &request.request_id)?;
        let store = Store::try_from(request)?;
        app::put_store(&self.0, &command, &store).await?;
        Ok(Response::new(pb::PutStoreResponse { store: Some(store.into()) }))
    }

    async fn put_terminal(
        &self,
        request: Request<pb::PutTerminalRequest>,
    ) -> Result<Response<pb::PutTerminalResponse>, Status> {
        let (command, request) = command("PutTerminal", request, |request| &request.request_id)?;
        let terminal = Terminal::try_from(request)?;
        app::put_terminal(&self.0, &command, &terminal).await?;
        Ok(Response::new(pb::PutTerminalResponse { terminal: Some(terminal.into()) }))
    }

    async fn remove_terminal(
        &self,
        request: Request<pb::RemoveTerminalRequest>,
    ) -> Result<Response<pb::RemoveTerminalResponse>, Status> {
        let (command, request) = command("RemoveTerminal", request, |request| &request.request_id)?;
        app::remove_terminal(&self.0, &command, &request.terminal_code).await?;
        Ok(Response::new(pb::RemoveTerminalResponse {}))
    }

    async fn put_promotion(
        &self,
        request: Request<pb::PutPromotionRequest>,
    ) -> Result<Response<pb::PutPromotionResponse>, Status> {
        let (command, request) = command("PutPromotion", request, |request| &request.request_id)?;
        let promotion = Promotion::try_from(request)?;
        app::put_promotion(&self.0, &command, &promotion).await?;
        Ok(Response::new(pb::PutPromotionResponse { promotion: Some(promotion.into()) }))
    }

    async fn import_catalogue(
        &self,
        request: Request<pb::ImportCatalogueRequest>,
    ) -> Result<Response<pb::ImportCatalogueResponse>, Status> {
        let (command, request) = command("ImportCatalogue", request, |request| &request.request_id)?;
        let report = app::import_catalogue(&self.0, &command, request.file, request.default_vat_code).await?;
        Ok(Response::new(report.into()))
    }

    async fn get_import(
        &self,
        request: Request<pb::GetImportRequest>,
    ) -> Result<Response<pb::GetImportResponse>, Status> {
        let caller = caller(&request)?.id();
        let request_id = convert::request_id(&request.get_ref().request_id)?;
        let app::Progress { rows, done } = self.0.imports.of(&caller, request_id)?;
        Ok(Response::new(pb::GetImportResponse { rows, done }))
    }

    async fn import_prices(
        &self,
        request: Request<pb::ImportPricesRequest>,
    ) -> Result<Response<pb::ImportPricesResponse>, Status> {
        let (command, request) = command("ImportPrices", request, |request| &request.request_id)?;
        let report = app::import_prices(&self.0, &command, request.file).await?;
        Ok(Response::new(report.into()))
    }

    async fn list_products(
        &self,
        request: Request<pb::ListProductsRequest>,
    ) -> Result<Response<pb::ListProductsResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let (after, page_size) = (convert::product_token(&request)?, convert::page_size(request.page_size)?);
        Ok(Response::new(app::list_products(stores_of(&caller), &self.0, after, page_size).into()))
    }

    async fn list_stores(
        &self,
        request: Request<pb::ListStoresRequest>,
    ) -> Result<Response<pb::ListStoresResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let (after, page_size) = (convert::store_token(&request)?, convert::page_size(request.page_size)?);
        Ok(Response::new(app::list_stores(stores_of(&caller), &self.0, after, page_size).into()))
    }

    async fn find_products(
        &self,
        request: Request<pb::FindProductsRequest>,
    ) -> Result<Response<pb::FindProductsResponse>, Status> {
        let till = terminals_of(&caller(&request)?).only()?.to_owned();
        let message = request.into_inner();
        let most = convert::search_size(message.page_size)?;
        let text = convert::searched(&message.text)?;
        let found = app::find_products(&self.0, &till, text, most).await?;
        Ok(Response::new(pb::FindProductsResponse {
            products: found.into_iter().map(convert::product).collect(),
        }))
    }

    async fn get_tiles(
        &self,
        request: Request<pb::GetTilesRequest>,
    ) -> Result<Response<pb::GetTilesResponse>, Status> {
        let found = app::get_tiles(&self.0, terminals_of(&caller(&request)?).only()?)?;
        Ok(Response::new(pb::GetTilesResponse {
            products: found.tiles.into_iter().map(convert::product).collect(),
            bag: found.bag.map(convert::product),
        }))
    }

    async fn put_recall(
        &self,
        request: Request<pb::PutRecallRequest>,
    ) -> Result<Response<pb::PutRecallResponse>, Status> {
        let (command, request) = command("PutRecall", request, |request| &request.request_id)?;
        let wanted = recall::wanted(request, self.0.clock.now())?;
        let kept = app::put_recall(&self.0, &command, wanted).await?;
        Ok(Response::new(pb::PutRecallResponse { recall: Some(kept.into()) }))
    }

    async fn list_recalls(
        &self,
        request: Request<pb::ListRecallsRequest>,
    ) -> Result<Response<pb::ListRecallsResponse>, Status> {
        let pb::ListRecallsRequest { page_size, page_token } = request.into_inner();
        let (after, most) = (recall::token(&page_token)?, convert::page_size(page_size)?);
        Ok(Response::new(app::list_recalls(&self.0, after, most).await?.into()))
    }

    async fn list_recall_sales(
        &self,
        request: Request<pb::ListRecallSalesRequest>,
    ) -> Result<Response<pb::ListRecallSalesResponse>, Status> {
        let caller = caller(&request)?;
        let pb::ListRecallSalesRequest { recall_id, page_size, page_token } = request.into_inner();
        let recall_id = recall::id("recall_id", &recall_id)?;
        let (after, most) = (recall::token(&page_token)?, convert::page_size(page_size)?);
        let found = app::list_recall_sales(stores_of(&caller), &self.0, recall_id, after, most).await?;
        Ok(Response::new(recall::sales(found)))
    }

    async fn list_held_prices(
        &self,
        request: Request<pb::ListHeldPricesRequest>,
    ) -> Result<Response<pb::ListHeldPricesResponse>, Status> {
        let pb::ListHeldPricesRequest { page_size, page_token } = request.into_inner();
        let (after, most) = (recall::token(&page_token)?, convert::page_size(page_size)?);
        Ok(Response::new(app::list_held_prices(&self.0, after, most).await?.into()))
    }

    async fn settle_held_price(
        &self,
        request: Request<pb::SettleHeldPriceRequest>,
    ) -> Result<Response<pb::SettleHeldPriceResponse>, Status> {
        let (command, request) = command("SettleHeldPrice", request, |request| &request.request_id)?;
        let held_price_id = recall::id("held_price_id", &request.held_price_id)?;
        app::settle_held_price(&self.0, &command, held_price_id, request.accept).await?;
        Ok(Response::new(pb::SettleHeldPriceResponse {}))
    }

    async fn get_terminal(
        &self,
        request: Request<pb::GetTerminalRequest>,
    ) -> Result<Response<pb::GetTerminalResponse>, Status> {
        let caller = caller(&request)?;
        let found = app::get_terminal(terminals_of(&caller), &self.0, &request.get_ref().terminal_code)?;
        let card_contracts = self.0.card_contracts.to_vec();
        Ok(Response::new(pb::GetTerminalResponse { card_contracts, ..found.into() }))
    }
}

/// A person sees the own store only.
fn stores_of(caller: &Caller) -> Scope<'_> {
    match caller {
        Caller::Staff(staff) => Scope::Only(&staff.store_code),
        Caller::Terminal(_) | Caller::Service(_) | Caller::Operator => Scope::Everything,
    }
}

/// A till sees itself only.
fn terminals_of(caller: &Caller) -> Scope<'_> {
    match caller {
        Caller::Terminal(code) => Scope::Only(code),
        Caller::Service(_) | Caller::Staff(_) | Caller::Operator => Scope::Everything,
    }
}

/// Who asks for what under which id. The name of the RPC goes into the fingerprint: the same bytes mean something else elsewhere.
fn command<T: Message>(
    rpc: &'static str,
    request: Request<T>,
    id: fn(&T) -> &str,
) -> Result<(Command, T), Status> {
    let caller = caller(&request)?.id();
    let request = request.into_inner();
    let request_id = convert::request_id(id(&request))?;
    let mut bytes = rpc.as_bytes().to_vec();
    bytes.extend(request.encode_to_vec());
    let fingerprint = outbox::request::fingerprint(&bytes);
    Ok((Command { caller, request_id, fingerprint }, request))
}
