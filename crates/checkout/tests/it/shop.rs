//! A service with two stores, their tills and a small assortment.

use barcode::check_digit;
use platform::{Role, Staff, status::reason};
use proto::checkout::v1 as pb;
use proto::checkout::v1::{
    catalogue_service_client::CatalogueServiceClient, checkout_service_client::CheckoutServiceClient,
};
use tonic::Status;
use uuid::Uuid;

use crate::{
    service::{Replica, Service, TILLS},
    till::Till,
};

/// 2.40 each, 2.00 for members, 5.5 %.
pub const PASTA: &str = "9524000000019";
/// 3.00 each, 5.5 %.
pub const JAM: &str = "9524000000026";
/// 8.00 each, 20 %.
pub const WINE: &str = "9524000000033";
/// No price before June.
pub const NOVELTY: &str = "9524000000040";
/// 7.12 a kilogram, 5.5 %; its labels say grams.
pub const APPLES: &str = "2612345000003";
/// 20.00 a kilogram, 5.5 %; its labels say a price.
pub const CHEESE: &str = "2754321000000";
/// 3.10 each with a deposit of 0.20, 5.5 %.
pub const CIDER: &str = "9524000000057";
/// Six of it.
pub const CASE: &str = "19524000000054";
/// The deposit of 0.20.
pub const DEPOSIT: &str = "9524000000064";
/// 0.15 each, 20 %.
pub const BAG: &str = "9524000000071";
/// 1.80 a kilogram, picked on the screen, its crate 12 grams.
pub const CARROTS: &str = "2500101000001";
/// 19.00 each, not below eighteen years, 20 %.
pub const SPIRIT: &str = "9524000000088";
/// 2.00 each, not below sixteen years, 20 %.
pub const LOTTERY: &str = "9524000000095";
/// Nobody sells it.
pub const UNKNOWN: &str = "9524000009999";

pub struct Shop {
    pub service: Service,
}

impl Shop {
    pub async fn open() -> Self {
        Self::open_on(Service::start().await).await
    }

    /// Puts the shop into a service that has none yet.
    pub async fn open_on(service: Service) -> Self {
        let mut operator = CatalogueServiceClient::new(service.peer("operator"));
        for code in ["LILLE", "ARRAS"] {
            let request = pb::PutStoreRequest { request_id: new_id(), store: Some(store(code)) };
            operator.put_store(request).await.unwrap();
        }
        for code in TILLS {
            let terminal = pb::Terminal {
                terminal_code: code.to_owned(),
                store_code: code.split('-').next().unwrap().to_owned(),
                kind: pb::TerminalKind::Self_.into(),
            };
            let request = pb::PutTerminalRequest { request_id: new_id(), terminal: Some(terminal) };
            operator.put_terminal(request).await.unwrap();
        }
        let request = pb::ImportCatalogueRequest {
            request_id: new_id(),
            file: assortment().into_bytes(),
            default_vat_code: "reduced".to_owned(),
        };
        let report = operator.import_catalogue(request).await.unwrap().into_inner();
        assert_eq!((report.created, report.rejected), (12, Vec::new()));
        Self { service }
    }

    pub fn till(&self, code: &str) -> Till {
        self.till_of(&self.service.replica, code)
    }

    pub fn till_of(&self, replica: &Replica, code: &str) -> Till {
        let peer = self.service.peer_of(replica, &format!("terminal-{code}"));
        Till { client: CheckoutServiceClient::new(peer) }
    }

    /// A client under any identity.
    pub fn client(&self, identity: &str) -> CheckoutServiceClient<platform::peer::Peer> {
        CheckoutServiceClient::new(self.service.peer(identity))
    }

    /// A card that recognises a member.
    pub async fn card(&self, serial: u64) -> String {
        let number = barcode::CardNumber::from_serial(serial).unwrap().to_string();
        sqlx::query("insert into member_card values ($1, $2, 'active', now())")
            .bind(&number)
            .bind(Uuid::now_v7())
            .execute(&self.service.db.pool)
            .await
            .unwrap();
        number
    }

    /// Looks at so many of ten thousand baskets.
    pub async fn audit(&self, rate_basis_points: i32) {
        let store = pb::Store { audit_rate_basis_points: rate_basis_points, ..store("LILLE") };
        let request = pb::PutStoreRequest { request_id: new_id(), store: Some(store) };
        self.operator().put_store(request).await.unwrap();
    }

    /// Sells goods of a category in Lille not at these hours.
    pub async fn close(&self, hours: &str) {
        let store = pb::Store { closed_hours: vec![hours.to_owned()], ..store("LILLE") };
        let request = pb::PutStoreRequest { request_id: new_id(), store: Some(store) };
        self.operator().put_store(request).await.unwrap();
    }

    /// Ten per cent off everything, or off what is said.
    pub async fn promote(&self, change: impl FnOnce(&mut pb::Promotion)) {
        let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
        let mut promotion = pb::Promotion {
            promotion_code: "DIX".to_owned(),
            label: "Dix pour cent".to_owned(),
            benefit: pb::Benefit::Percent.into(),
            percent_basis_points: 1_000,
            start_time: at(1_735_700_000),
            end_time: at(1_798_700_000),
            ..pb::Promotion::default()
        };
        change(&mut promotion);
        let request = pb::PutPromotionRequest { request_id: new_id(), promotion: Some(promotion) };
        CatalogueServiceClient::new(self.service.peer("operator")).put_promotion(request).await.unwrap();
    }

    /// Changes the price of an article from the first of May on.
    pub async fn reprice(&self, code: &str, price: &str) {
        let report = self.prices(&format!("code,price,price_from\n{code},{price},2026-05-01\n")).await;
        assert_eq!((report.changed, report.rejected), (1, Vec::new()));
    }

    /// Sends a file of products.
    pub async fn import(&self, file: &str) -> pb::ImportCatalogueResponse {
        let file = file.into();
        let request =
            pb::ImportCatalogueRequest { request_id: new_id(), file, default_vat_code: "reduced".to_owned() };
        self.operator().import_catalogue(request).await.unwrap().into_inner()
    }

    /// Sends a file of prices.
    pub async fn prices(&self, file: &str) -> pb::ImportPricesResponse {
        let request = pb::ImportPricesRequest { request_id: new_id(), file: file.into() };
        self.operator().import_prices(request).await.unwrap().into_inner()
    }

    /// Stops the sale of an article, or of one batch of it; the id of the recall.
    pub async fn recall(&self, code: &str, batch: &str) -> String {
        let recall = pb::Recall {
            recall_id: new_id(),
            gtin: barcode::Gtin::parse(code).unwrap().to_string(),
            batch: batch.to_owned(),
            reason: "éclats de verre".to_owned(),
            start_time: Some(prost_types::Timestamp { seconds: 1_735_700_000, nanos: 0 }),
            end_time: None,
        };
        let recall_id = recall.recall_id.clone();
        let request = pb::PutRecallRequest { request_id: new_id(), recall: Some(recall), ends_now: false };
        self.operator().put_recall(request).await.unwrap();
        recall_id
    }

    /// The catalogue under any identity.
    pub fn catalogue(&self, identity: &str) -> CatalogueServiceClient<platform::peer::Peer> {
        CatalogueServiceClient::new(self.service.peer(identity))
    }

    /// The latest event of a type.
    pub async fn event<E: serde::de::DeserializeOwned>(&self, event_type: &str) -> E {
        let query = "select payload::text from outbox where type = $1 order by outbox_order desc limit 1";
        let payload: String =
            sqlx::query_scalar(query).bind(event_type).fetch_one(&self.service.db.pool).await.unwrap();
        serde_json::from_str(&payload).unwrap()
    }

    pub fn operator(&self) -> CatalogueServiceClient<platform::peer::Peer> {
        CatalogueServiceClient::new(self.service.peer("operator"))
    }

    pub fn staff(&self, role: Role, store_code: &str) -> Staff {
        Staff { staff_id: new_id(), role, store_code: store_code.to_owned(), supplier_code: String::new() }
    }

    /// A single number of the database.
    pub async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(&self.service.db.pool).await.unwrap()
    }
}

/// A fresh request id.
pub fn new_id() -> String {
    Uuid::now_v7().to_string()
}

/// The reason of a refusal.
#[track_caller]
pub fn why<T: std::fmt::Debug>(answer: Result<T, Status>) -> String {
    let status = answer.unwrap_err();
    reason(&status).unwrap_or_else(|| panic!("no reason: {status:?}"))
}

/// A scale's label: the article's five digits and the value.
pub fn label(prefix_and_article: &str, value: u32) -> String {
    let body = format!("{prefix_and_article}{value:05}");
    format!("{body}{}", check_digit(&body).unwrap())
}

pub fn store(code: &str) -> pb::Store {
    pb::Store {
        store_code: code.to_owned(),
        name: format!("Le Cabas, {code}"),
        address_lines: vec!["1 rue du Marché".to_owned()],
        siret: "73282932000074".to_owned(),
        vat_number: "FR44732829320".to_owned(),
        time_zone: "Europe/Paris".to_owned(),
        currency_code: "EUR".to_owned(),
        bag_gtin: format!("0{BAG}"),
        ..pb::Store::default()
    }
}

fn assortment() -> String {
    let header = "code,product_name,brands,category,quantity,sold_by,vat_code,supplier,price,price_from,member_price,\
        line_kind,deposit,codes,tile,tare,meal_voucher,minimum_age";
    let rows = [
        format!("{PASTA},Coquillettes,Lune,Épicerie,500 g,unit,reduced,LUNE,2.40,2026-01-01,2.00,,,,,,yes"),
        format!("{JAM},Confiture de prunes,Lune,Épicerie,250 g,unit,reduced,LUNE,3.00,2026-01-01,,,,,,,yes"),
        format!("{WINE},Vin d'aulne,,Vins,75 cl,unit,normal,AULNE,8.00,2026-01-01,,,,,,,"),
        format!("{NOVELTY},Nouveauté,,Épicerie,,unit,reduced,LUNE,1.00,2026-06-01,,,,,,,"),
        format!("{APPLES},Pommes,,Fruits,1 kg,kg,reduced,VERGER,7.12,2026-01-01,,,,,,,"),
        format!("{CHEESE},Tomme,,Fromages,1 kg,kg,reduced,VERGER,20.00,2026-01-01,,,,,,,"),
        format!("{DEPOSIT},Consigne,,,,unit,zero,,0.20,2026-01-01,,deposit,,,,,"),
        format!(
            "{CIDER},Cidre doux,Aulne,Boissons,75 cl,unit,reduced,AULNE,3.10,2026-01-01,,goods,{DEPOSIT},{CASE}x6,,,"
        ),
        format!("{BAG},Sac cabas,,Sacs,,unit,normal,,0.15,2026-01-01,,bag,,,,,"),
        format!("{CARROTS},Carottes,,Légumes,,kg,reduced,FERME,1.80,2026-01-01,,goods,,,Légumes,12,yes"),
        format!("{SPIRIT},Eau-de-vie,,Vins,70 cl,unit,normal,,19.00,2026-01-01,,,,,,,,18"),
        format!("{LOTTERY},Jeu à gratter,,Jeux,,unit,normal,,2.00,2026-01-01,,,,,,,,16"),
    ];
    // Rows that end before the last column want nothing of it.
    let wide = |row: &String| {
        let missing = header.matches(',').count() - row.matches(',').count();
        format!("{row}{}", ",".repeat(missing))
    };
    format!("{header}\n{}\n", rows.iter().map(wide).collect::<Vec<_>>().join("\n"))
}
