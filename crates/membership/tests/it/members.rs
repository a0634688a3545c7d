use proto::membership::v1::{CardState, GetContactRequest, MemberDetails, UpdateMemberRequest};
use tonic::Code;

use crate::{
    fixture::{another_card, get, id, refused, register, registration, zephyrine},
    service::Service,
};

#[tokio::test]
async fn a_person_who_is_registered_is_found_again_with_a_card() {
    let service = Service::start().await;
    let mut desk = service.desk("LILLE");
    let member = register(&mut desk, zephyrine()).await;
    assert_eq!(member.details, Some(zephyrine()));
    assert_eq!(member.cards.len(), 1);
    assert_eq!(member.cards[0].state(), CardState::Active);
    assert!(member.cards[0].card_number.starts_with("29"));
    assert_eq!(get(&mut desk, &member.member_id).await.unwrap(), member);
    service.stop().await;
}

#[tokio::test]
async fn details_are_replaced_whole_and_those_of_others_stay() {
    let service = Service::start().await;
    let mut desk = service.desk("LILLE");
    let (member, other) = (register(&mut desk, zephyrine()).await, register(&mut desk, zephyrine()).await);
    let moved = MemberDetails { street: "1 quai des Brumes".to_owned(), ..zephyrine() };
    let request = UpdateMemberRequest {
        request_id: id(),
        member_id: member.member_id.clone(),
        details: Some(moved.clone()),
    };
    let updated = desk.update_member(request).await.unwrap().into_inner().member.unwrap();
    assert_eq!((&updated.details, &updated.cards), (&Some(moved), &member.cards));
    assert_eq!(get(&mut desk, &member.member_id).await.unwrap(), updated);
    assert_eq!(get(&mut desk, &other.member_id).await.unwrap(), other);
    service.stop().await;
}

#[tokio::test]
async fn a_couple_may_share_an_address() {
    let service = Service::start().await;
    let mut desk = service.desk("LILLE");
    let one = register(&mut desk, zephyrine()).await;
    let other = MemberDetails { first_name: "Barnabé".to_owned(), ..zephyrine() };
    let other = register(&mut desk, other).await;
    assert_ne!(one.member_id, other.member_id);
    assert_ne!(one.cards[0].card_number, other.cards[0].card_number);
    service.stop().await;
}

#[tokio::test]
async fn the_desk_of_another_store_finds_nobody_and_changes_nothing() {
    let service = Service::start().await;
    let member = register(&mut service.desk("LILLE"), zephyrine()).await;
    let mut elsewhere = service.desk("ROUBAIX");
    assert_eq!(get(&mut elsewhere, &member.member_id).await.unwrap_err().code(), Code::NotFound);
    let update = UpdateMemberRequest {
        request_id: id(),
        member_id: member.member_id.clone(),
        details: Some(MemberDetails { city: "Roubaix".to_owned(), ..zephyrine() }),
    };
    refused(elsewhere.update_member(update).await, Code::NotFound, "NOT_FOUND");
    refused(elsewhere.issue_card(another_card(&member, true)).await, Code::NotFound, "NOT_FOUND");
    assert_eq!(get(&mut service.desk("LILLE"), &member.member_id).await.unwrap(), member);
    service.stop().await;
}

#[tokio::test]
async fn a_desk_registers_for_its_own_store_alone() {
    let service = Service::start().await;
    let mut desk = service.desk("LILLE");
    let mut request = registration(zephyrine());
    request.store_code = "ROUBAIX".to_owned();
    crate::fixture::bad_field(desk.register_member(request.clone()).await, "store_code");
    request.store_code = "LILLE".to_owned();
    desk.register_member(request).await.unwrap();
    assert_eq!(service.count("select count(*) from member where store_code = 'LILLE'").await, 1);
    service.stop().await;
}

#[tokio::test]
async fn mail_goes_to_the_address_of_the_moment_until_the_person_is_erased() {
    let service = Service::start().await;
    let mut desk = service.desk("LILLE");
    let other = MemberDetails { email: "other@example.org".to_owned(), ..zephyrine() };
    let (member, _) = (register(&mut desk, zephyrine()).await, register(&mut desk, other).await);
    let mut receipt = service.members_as("receipt");
    let request = GetContactRequest { member_id: member.member_id.clone() };
    let contact = receipt.get_contact(request.clone()).await.unwrap().into_inner();
    assert_eq!(contact.email, "zephyrine.quatremere@example.org");
    assert_eq!(contact.first_name, "Zéphyrine");

    let changed = MemberDetails { email: "new@example.org".to_owned(), ..zephyrine() };
    let update =
        UpdateMemberRequest { request_id: id(), member_id: member.member_id, details: Some(changed) };
    desk.update_member(update).await.unwrap();
    assert_eq!(receipt.get_contact(request.clone()).await.unwrap().into_inner().email, "new@example.org");

    service.execute("delete from member where email = 'new@example.org'").await;
    refused(receipt.get_contact(request).await, Code::NotFound, "NOT_FOUND");
    assert_eq!(service.count("select count(*) from card").await, 1, "the cards go with the person");
    service.stop().await;
}
