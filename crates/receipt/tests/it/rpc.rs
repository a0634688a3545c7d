//! What people see and settle.

use futures::future::join_all;
use platform::{Role, status};
use proto::{
    checkout::v1::SaleCompleted,
    receipt::v1::{Delivery, ListDeliveriesRequest, MailKind, MailState, SettleDeliveryRequest},
};
use testbed::Behaviour;
use tonic::Code;
use uuid::Uuid;

use crate::{
    facts::{given_back, refund, sale, sold},
    world::{Replica, World},
};

fn settlement(delivery_id: &str, arrived: bool) -> SettleDeliveryRequest {
    SettleDeliveryRequest {
        request_id: Uuid::now_v7().to_string(),
        delivery_id: delivery_id.to_owned(),
        arrived,
    }
}

/// A sale in Lille whose mail is unknown.
async fn unknown(world: &World) -> (SaleCompleted, String) {
    world.sink.script([Behaviour::DropAfterData]);
    let (sale, _) = world.sell().await;
    let delivery = world.delivery(&sale.sale_id, "unknown").await;
    (sale, delivery["delivery_id"].as_str().unwrap().to_owned())
}

async fn list(
    world: &World,
    replica: &Replica,
    role: Role,
    store: &str,
    request: ListDeliveriesRequest,
) -> (Vec<Delivery>, String) {
    let request = world.as_staff(role, store, request);
    let page = world.client(replica, "portal").list_deliveries(request).await.unwrap().into_inner();
    (page.deliveries, page.next_page_token)
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_see_their_own_store_newest_first_and_page_by_page() {
    let world = World::start().await;
    let replica = world.serve();
    let (member_id, _) = world.member();
    let first = sale(&member_id);
    let credit = refund(&first);
    let anonymous = sale("");
    let elsewhere = SaleCompleted { store_code: "ARRAS".to_owned(), ..sale("") };
    world.publish(&[sold(&first), given_back(&credit), sold(&anonymous), sold(&elsewhere)]).await;
    for (id, state) in [
        (&first.sale_id, "sent"),
        (&credit.refund_id, "sent"),
        (&anonymous.sale_id, "other"),
        (&elsewhere.sale_id, "other"),
    ] {
        world.delivery(id, state).await;
    }

    let all = ListDeliveriesRequest::default();
    let (lille, end) = list(&world, &replica, Role::Manager, "LILLE", all.clone()).await;
    let sales: Vec<&str> = lille.iter().map(|delivery| delivery.sale_id.as_str()).collect();
    assert_eq!((sales, end.as_str()), (vec![anonymous.sale_id.as_str(), &first.sale_id, &first.sale_id], ""));
    assert_eq!((lille[1].kind(), lille[1].state()), (MailKind::CreditNote, MailState::Sent));
    assert_eq!((lille[2].kind(), lille[2].outcome.as_str()), (MailKind::Receipt, "250"));
    assert!(lille[0].settled_time.is_some() && lille[0].queued_time.is_some());

    let other = ListDeliveriesRequest { state: MailState::Other.into(), ..all.clone() };
    let (others, _) = list(&world, &replica, Role::Desk, "LILLE", other.clone()).await;
    assert_eq!(others.len(), 1);
    let everywhere = world.client(&replica, "operator").list_deliveries(other).await.unwrap().into_inner();
    assert_eq!(everywhere.deliveries.len(), 2);

    let (mut seen, mut page_token) = (Vec::new(), String::new());
    for expected in [2, 1] {
        let request = ListDeliveriesRequest { page_size: 2, page_token, ..all.clone() };
        let (page, next) = list(&world, &replica, Role::Desk, "LILLE", request).await;
        assert_eq!(page.len(), expected);
        seen.extend(page);
        page_token = next;
    }
    assert_eq!((seen, page_token.as_str()), (lille, ""));
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_says_that_an_unknown_mail_arrived() {
    let world = World::start().await;
    let replica = world.serve();
    let (_, delivery_id) = unknown(&world).await;
    let request = settlement(&delivery_id, true);
    // The same request twenty times at once: one effect, one answer.
    let calls = (0..20).map(|_| {
        let request = world.as_staff(Role::Desk, "LILLE", request.clone());
        let mut client = world.client(&replica, "portal");
        async move { client.settle_delivery(request).await.unwrap().into_inner().delivery.unwrap() }
    });
    let answers = join_all(calls).await;
    assert_eq!(answers[0].state(), MailState::Sent);
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    let told: Vec<_> =
        world.told("receipts.settled").await.into_iter().map(|event| event["state"].clone()).collect();
    assert_eq!(told, ["unknown", "sent"]);

    let contradiction = SettleDeliveryRequest { arrived: false, ..request };
    let refused = world.as_staff(Role::Desk, "LILLE", contradiction);
    let refused = world.client(&replica, "portal").settle_delivery(refused).await.unwrap_err();
    assert_eq!(status::reason(&refused).as_deref(), Some("REQUEST_ID_REUSED"));
    let again = world.as_staff(Role::Desk, "LILLE", settlement(&delivery_id, true));
    let refused = world.client(&replica, "portal").settle_delivery(again).await.unwrap_err();
    assert_eq!(status::reason(&refused).as_deref(), Some("NOT_UNKNOWN"));
    assert_eq!(world.sink.mails().len(), 1);
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_did_not_arrive_is_sent_again_under_the_same_name() {
    let world = World::start().await;
    let replica = world.serve();
    let (sale, delivery_id) = unknown(&world).await;
    let request = settlement(&delivery_id, false);
    let answer =
        world.client(&replica, "operator").settle_delivery(request.clone()).await.unwrap().into_inner();
    assert_eq!(answer.delivery.unwrap().state(), MailState::Queued);
    let delivery = world.delivery(&sale.sale_id, "sent").await;
    assert_eq!(delivery["attempts"], 2);
    let repeated = world.client(&replica, "operator").settle_delivery(request).await.unwrap().into_inner();
    assert_eq!(repeated.delivery.unwrap().state(), MailState::Queued, "the first answer");
    let ids: Vec<_> = world.sink.mails().into_iter().map(|mail| mail.message_id).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
    assert_eq!(world.told("receipts.invited").await.len(), 2, "each copy has links of its own");
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_foreign_or_malformed_is_refused() {
    let world = World::start().await;
    let replica = world.serve();
    let (_, delivery_id) = unknown(&world).await;
    let settle = async |role, store: &str, request| {
        let request = world.as_staff(role, store, request);
        world.client(&replica, "portal").settle_delivery(request).await.unwrap_err()
    };
    let foreign = settle(Role::Desk, "ARRAS", settlement(&delivery_id, true)).await;
    assert_eq!(foreign.code(), Code::NotFound);
    let nothing = settle(Role::Manager, "LILLE", settlement(&Uuid::now_v7().to_string(), true)).await;
    assert_eq!(nothing.code(), Code::NotFound);
    let attendant = settle(Role::Attendant, "LILLE", settlement(&delivery_id, true)).await;
    assert_eq!(attendant.code(), Code::PermissionDenied);
    for (request, field) in [
        (settlement("42", true), "delivery_id"),
        (SettleDeliveryRequest { request_id: String::new(), ..settlement(&delivery_id, true) }, "request_id"),
    ] {
        let refused = settle(Role::Desk, "LILLE", request).await;
        assert_eq!(
            (refused.code(), status::field(&refused).as_deref()),
            (Code::InvalidArgument, Some(field))
        );
    }
    let all = ListDeliveriesRequest::default();
    for (request, field) in [
        (ListDeliveriesRequest { state: 99, ..all.clone() }, "state"),
        (ListDeliveriesRequest { page_size: -1, ..all.clone() }, "page_size"),
        (ListDeliveriesRequest { page_size: 501, ..all.clone() }, "page_size"),
        (ListDeliveriesRequest { page_token: "next".to_owned(), ..all }, "page_token"),
    ] {
        let request = world.as_staff(Role::Desk, "LILLE", request);
        let refused = world.client(&replica, "portal").list_deliveries(request).await.unwrap_err();
        assert_eq!(status::field(&refused).as_deref(), Some(field));
    }
    let (listed, _) = list(&world, &replica, Role::Desk, "LILLE", ListDeliveriesRequest::default()).await;
    assert_eq!(listed[0].state(), MailState::Unknown);
    replica.stop().await;
}
