use proto::receipt::v1::{
    Delivery, GetReceiptRequest, GetReceiptResponse, ListDeliveriesRequest, ListDeliveriesResponse, MailKind,
    MailState, SettleDeliveryRequest, SettleDeliveryResponse, receipt_service_server::ReceiptService,
};
use proto::{
    checkout::v1::{CardPayment, Discount, Line, SoldBy, Store, Tender, TenderKind, Ticket},
    r#type::v1::{Money, VatTotal},
};
use tonic::{Request, Response, Status};

use super::{DELIVERY, Fakes, TOKEN, at};

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

pub fn ticket(product: String) -> Ticket {
    let member_price =
        Discount { label: "Prix adhérent".to_owned(), amount_minor: 70, ..Discount::default() };
    let card = CardPayment {
        amount_minor: 500,
        brand: "CB".to_owned(),
        pan_last4: "0674".to_owned(),
        ..CardPayment::default()
    };
    Ticket {
        store: Some(Store {
            name: "La Ferme de Lille".to_owned(),
            address_lines: vec!["1 rue des Champs".to_owned(), "59000 Lille".to_owned()],
            siret: "39033422500096".to_owned(),
            vat_number: "FR12390334225".to_owned(),
            time_zone: "Europe/Paris".to_owned(),
            ..Store::default()
        }),
        terminal_code: "LILLE-01".to_owned(),
        sequence: 41,
        completed_time: at(14, 5),
        lines: vec![Line {
            line_id: 1,
            name: product,
            sold_by: SoldBy::Kilogram.into(),
            quantity_milli: 640,
            unit_price_minor: 1_080,
            gross_minor: 691,
            total_minor: 621,
            discounts: vec![member_price],
            ..Line::default()
        }],
        total: Some(Money { currency_code: "EUR".to_owned(), amount_minor: 621 }),
        discount_minor: 70,
        vat_totals: vec![VatTotal { rate_basis_points: 550, ttc_minor: 621, vat_minor: 32, ht_minor: 589 }],
        payments: vec![
            Tender { kind: TenderKind::StoreCredit.into(), amount_minor: 121, ..Tender::default() },
            Tender {
                kind: TenderKind::Card.into(),
                amount_minor: 500,
                card: Some(card),
                ..Tender::default()
            },
        ],
        fiscal_hash: "ab".repeat(32),
        ..Ticket::default()
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

    async fn get_receipt(
        &self,
        request: Request<GetReceiptRequest>,
    ) -> Result<Response<GetReceiptResponse>, Status> {
        if request.get_ref().token != TOKEN {
            return Err(platform::status::refusal(
                "receipt",
                tonic::Code::NotFound,
                "NOT_FOUND",
                "not known",
            ));
        }
        let product = self.words().product;
        self.answer("GetReceipt", &request, |_| GetReceiptResponse {
            ticket: Some(ticket(product)),
            slip_texts: vec!["CARTE BANCAIRE\n############0674\nDEBIT".to_owned()],
            expiry_time: at(24 * 30 + 14, 5),
            copy: 0,
        })
    }
}
