use proto::checkout::v1::{
    GetTerminalRequest, GetTerminalResponse, ImportCatalogueRequest, ImportCatalogueResponse,
    ImportPricesRequest, ImportPricesResponse, ListProductsRequest, ListProductsResponse, ListStoresRequest,
    ListStoresResponse, PutPromotionRequest, PutPromotionResponse, PutStoreRequest, PutStoreResponse,
    PutTerminalRequest, PutTerminalResponse, Store, catalogue_service_server::CatalogueService,
};
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
            time_zone: "Europe/Paris".to_owned(),
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
}
