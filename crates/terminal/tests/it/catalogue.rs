//! The played catalogue: tiles and names, when the books have them.

use proto::checkout::v1 as pb;
use proto::checkout::v1::catalogue_service_server::CatalogueService;
use tonic::{Request, Response, Status};

use crate::books::{Books, refused};

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
                    time_zone: "Europe/Paris".to_owned(),
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
    remove_terminal(RemoveTerminalRequest) -> RemoveTerminalResponse;
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

/// What a scan adds to a basket.
pub fn scan(basket: &mut pb::Basket, request: &pb::ScanItemRequest) -> Result<(), Status> {
    if let Some(code) = request.code.strip_prefix("unknown-") {
        let line_id = 100 + i32::try_from(basket.unknown_codes.len()).unwrap();
        basket.unknown_codes.push(pb::UnknownCode { line_id, code: code.to_owned() });
        return Ok(());
    }
    let weighed = request.code.starts_with("gram-");
    let price = request.code.strip_prefix("item-").or(request.code.strip_prefix("gram-"));
    let unit_price_minor: i64 =
        price.and_then(|price| price.parse().ok()).ok_or_else(|| refused("UNKNOWN_CODE"))?;
    let quantity_milli = if request.quantity_milli == 0 { 1_000 } else { request.quantity_milli };
    if weighed && request.quantity_milli == 0 {
        return Err(refused("QUANTITY_OUT_OF_RANGE"));
    }
    let sold_by = if weighed { pb::SoldBy::Kilogram } else { pb::SoldBy::Unit };
    basket.lines.push(pb::Line {
        line_id: i32::try_from(basket.lines.len()).unwrap() + 1,
        gtin: "09521234543213".into(),
        name: format!("Thé \"vert\" <script>alert({unit_price_minor})</script>"),
        sold_by: sold_by.into(),
        quantity_milli,
        tare_milli: request.tare_milli,
        unit_price_minor,
        total_minor: unit_price_minor * quantity_milli / 1_000,
        ..Default::default()
    });
    Ok(())
}
