//! The played catalogue: tiles and names, when the books have them.

use proto::checkout::v1 as pb;
use proto::checkout::v1::catalogue_service_server::CatalogueService;
use tonic::{Request, Response, Status};

use crate::books::Books;

pub struct PlayedCatalogue {
    pub books: Books,
}

macro_rules! unplayed {
    ($($rpc:ident($request:ident) -> $response:ident;)*) => {
        #[tonic::async_trait]
        impl CatalogueService for PlayedCatalogue {
            async fn get_tiles(
                &self,
                _: Request<pb::GetTilesRequest>,
            ) -> Result<Response<pb::GetTilesResponse>, Status> {
                let tiles = self.books.shelf().tiles.clone();
                tiles.map(Response::new).ok_or_else(|| Status::unavailable("the catalogue is away"))
            }
            async fn get_terminal(
                &self,
                _: Request<pb::GetTerminalRequest>,
            ) -> Result<Response<pb::GetTerminalResponse>, Status> {
                if self.books.called("GetTerminal").is_some() {
                    return Err(Status::unavailable("the catalogue is away"));
                }
                let store = pb::Store {
                    name: "Le Cabas".to_owned(),
                    siret: "39033422500096".to_owned(),
                    ..Default::default()
                };
                Ok(Response::new(pb::GetTerminalResponse { store: Some(store), ..Default::default() }))
            }
            async fn find_products(
                &self,
                request: Request<pb::FindProductsRequest>,
            ) -> Result<Response<pb::FindProductsResponse>, Status> {
                let text = request.into_inner().text.to_lowercase();
                let tiles = self.books.shelf().tiles.clone().unwrap_or_default();
                let found = |product: &pb::Product| product.name.to_lowercase().contains(&text);
                let products = tiles.products.into_iter().filter(found).collect();
                Ok(Response::new(pb::FindProductsResponse { products }))
            }
            $(async fn $rpc(
                &self,
                _: Request<pb::$request>,
            ) -> Result<Response<pb::$response>, Status> {
                Err(Status::unimplemented("no till asks for this"))
            })*
        }
    };
}

unplayed! {
    put_store(PutStoreRequest) -> PutStoreResponse;
    put_terminal(PutTerminalRequest) -> PutTerminalResponse;
    put_promotion(PutPromotionRequest) -> PutPromotionResponse;
    import_catalogue(ImportCatalogueRequest) -> ImportCatalogueResponse;
    get_import(GetImportRequest) -> GetImportResponse;
    import_prices(ImportPricesRequest) -> ImportPricesResponse;
    list_products(ListProductsRequest) -> ListProductsResponse;
    list_stores(ListStoresRequest) -> ListStoresResponse;
    put_recall(PutRecallRequest) -> PutRecallResponse;
    list_recalls(ListRecallsRequest) -> ListRecallsResponse;
    list_recall_sales(ListRecallSalesRequest) -> ListRecallSalesResponse;
    list_held_prices(ListHeldPricesRequest) -> ListHeldPricesResponse;
    settle_held_price(SettleHeldPriceRequest) -> SettleHeldPriceResponse;
}
