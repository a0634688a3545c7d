use proto::checkout::v1::{catalogue_service_server::CatalogueService, *};
use tonic::{Request, Response, Status};

use super::{Fakes, unasked};

#[tonic::async_trait]
impl CatalogueService for Fakes {
    async fn list_stores(
        &self,
        request: Request<ListStoresRequest>,
    ) -> Result<Response<ListStoresResponse>, Status> {
        let store = Store {
            store_code: "LILLE".to_owned(),
            name: "Cabas Lille".to_owned(),
            time_zone: (*self.0.time_zone.lock().unwrap()).to_owned(),
            ..Store::default()
        };
        self.answer("ListStores", &request, |_| ListStoresResponse {
            stores: vec![store],
            ..Default::default()
        })
    }

    async fn put_store(&self, _: Request<PutStoreRequest>) -> Result<Response<PutStoreResponse>, Status> {
        unasked()
    }

    async fn put_terminal(
        &self,
        _: Request<PutTerminalRequest>,
    ) -> Result<Response<PutTerminalResponse>, Status> {
        unasked()
    }

    async fn remove_terminal(
        &self,
        _: Request<RemoveTerminalRequest>,
    ) -> Result<Response<RemoveTerminalResponse>, Status> {
        unasked()
    }

    async fn put_promotion(
        &self,
        _: Request<PutPromotionRequest>,
    ) -> Result<Response<PutPromotionResponse>, Status> {
        unasked()
    }

    async fn import_catalogue(
        &self,
        _: Request<ImportCatalogueRequest>,
    ) -> Result<Response<ImportCatalogueResponse>, Status> {
        unasked()
    }

    async fn import_prices(
        &self,
        _: Request<ImportPricesRequest>,
    ) -> Result<Response<ImportPricesResponse>, Status> {
        unasked()
    }

    async fn list_products(
        &self,
        _: Request<ListProductsRequest>,
    ) -> Result<Response<ListProductsResponse>, Status> {
        unasked()
    }

    async fn get_terminal(
        &self,
        _: Request<GetTerminalRequest>,
    ) -> Result<Response<GetTerminalResponse>, Status> {
        unasked()
    }

    async fn get_import(&self, _: Request<GetImportRequest>) -> Result<Response<GetImportResponse>, Status> {
        unasked()
    }

    async fn find_products(
        &self,
        _: Request<FindProductsRequest>,
    ) -> Result<Response<FindProductsResponse>, Status> {
        unasked()
    }

    async fn get_tiles(&self, _: Request<GetTilesRequest>) -> Result<Response<GetTilesResponse>, Status> {
        unasked()
    }

    async fn put_recall(&self, _: Request<PutRecallRequest>) -> Result<Response<PutRecallResponse>, Status> {
        unasked()
    }

    async fn list_recalls(
        &self,
        _: Request<ListRecallsRequest>,
    ) -> Result<Response<ListRecallsResponse>, Status> {
        unasked()
    }

    async fn list_recall_sales(
        &self,
        _: Request<ListRecallSalesRequest>,
    ) -> Result<Response<ListRecallSalesResponse>, Status> {
        unasked()
    }

    async fn list_held_prices(
        &self,
        _: Request<ListHeldPricesRequest>,
    ) -> Result<Response<ListHeldPricesResponse>, Status> {
        unasked()
    }

    async fn settle_held_price(
        &self,
        _: Request<SettleHeldPriceRequest>,
    ) -> Result<Response<SettleHeldPriceResponse>, Status> {
        unasked()
    }
}
