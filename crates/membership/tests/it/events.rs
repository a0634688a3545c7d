use std::collections::BTreeSet;

use proto::membership::v1::BlockCardRequest;
use serde_json::json;

use crate::{
    fixture::{another_card, id, register, zephyrine},
    service::Service,
};

#[tokio::test]
async fn what_happens_to_a_card_is_told_in_order_and_by_numbers_alone() {
    let service = Service::start().await;
    let mut desk = service.desk("LILLE");
    let member = register(&mut desk, zephyrine()).await;
    let first = member.cards[0].card_number.clone();
    let second = desk.issue_card(another_card(&member, true)).await.unwrap().into_inner();
    let second = second.card.unwrap().card_number;
    let block =
        BlockCardRequest { request_id: id(), card_number: second.clone(), store_code: "LILLE".to_owned() };
    desk.block_card(block).await.unwrap();

    let at = "2026-05-02T08:00:00Z";
    let (member_id, store_code) = (member.member_id, "LILLE");
    let issued = |card_number: &str| {
        let body = json!({ "member_id": member_id, "card_number": card_number, "store_code": store_code, "issued_time": at });
        ("members.card_issued.LILLE".to_owned(), body)
    };
    let blocked = |card_number: &str| {
        let body = json!({ "member_id": member_id, "card_number": card_number, "store_code": store_code, "blocked_time": at });
        ("members.card_blocked.LILLE".to_owned(), body)
    };
    let registered = json!({ "member_id": member_id, "store_code": store_code, "registered_time": at });
    assert_eq!(
        service.events(5).await,
        [
            ("members.registered.LILLE".to_owned(), registered),
            issued(&first),
            blocked(&first),
            issued(&second),
            blocked(&second),
        ]
    );
    service.stop().await;
}

#[tokio::test]
async fn every_event_bears_an_id_of_its_own_its_type_and_its_source() {
    let service = Service::start().await;
    register(&mut service.desk("LILLE"), zephyrine()).await;
    register(&mut service.desk("ROUBAIX"), zephyrine()).await;
    let messages = service.messages(4).await;
    let header = |name: &str| -> Vec<String> {
        let headers = messages.iter().map(|message| message.headers.as_ref().unwrap());
        headers.map(|headers| headers.get(name).unwrap().as_str().to_owned()).collect()
    };
    assert_eq!(header("ce-id").into_iter().collect::<BTreeSet<_>>().len(), 4);
    assert_eq!(header("ce-id"), header("Nats-Msg-Id"));
    let types = ["members.registered", "members.card_issued", "members.registered", "members.card_issued"];
    assert_eq!(header("ce-type"), types);
    let sources = ["/membership/LILLE", "/membership/LILLE", "/membership/ROUBAIX", "/membership/ROUBAIX"];
    assert_eq!(header("ce-source"), sources);
    service.stop().await;
}
