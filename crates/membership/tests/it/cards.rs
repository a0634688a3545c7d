use barcode::CardNumber;
use proto::membership::v1::{BlockCardRequest, CardState, GetGreetingRequest, Member};
use tonic::{Code, Status};

use crate::{
    fixture::{another_card, get, id, refused, register, zephyrine},
    service::{Members, Service},
};

fn block(card_number: &str) -> BlockCardRequest {
    BlockCardRequest { request_id: id(), card_number: card_number.to_owned(), store_code: String::new() }
}

async fn greeting(till: &mut Members, card_number: &str) -> Result<String, Status> {
    let request = GetGreetingRequest { card_number: card_number.to_owned() };
    Ok(till.get_greeting(request).await?.into_inner().display_name)
}

fn states(member: &Member) -> Vec<CardState> {
    member.cards.iter().map(|card| card.state()).collect()
}

#[tokio::test]
async fn a_second_card_recognises_the_same_member() {
    let service = Service::start().await;
    let (mut desk, mut till) = (service.desk("LILLE"), service.members_as("terminal-LILLE-01"));
    let member = register(&mut desk, zephyrine()).await;
    let issued = desk.issue_card(another_card(&member, false)).await.unwrap().into_inner();
    let (member, card) = (issued.member.unwrap(), issued.card.unwrap());
    assert_eq!(states(&member), [CardState::Active; 2]);
    assert!(member.cards.contains(&card));
    for card in &member.cards {
        assert_eq!(greeting(&mut till, &card.card_number).await.unwrap(), "Zéphyrine Q.");
    }
    service.stop().await;
}

#[tokio::test]
async fn a_new_card_blocks_the_members_others_if_asked_and_nobody_elses() {
    let service = Service::start().await;
    let mut desk = service.desk("LILLE");
    let (member, other) = (register(&mut desk, zephyrine()).await, register(&mut desk, zephyrine()).await);
    desk.issue_card(another_card(&member, false)).await.unwrap();
    let issued = desk.issue_card(another_card(&member, true)).await.unwrap().into_inner();
    let (member, card) = (issued.member.unwrap(), issued.card.unwrap());
    let active = member.cards.iter().filter(|card| card.state() == CardState::Active);
    assert_eq!(active.collect::<Vec<_>>(), [&card]);
    assert_eq!(member.cards.len(), 3);
    assert_eq!(get(&mut desk, &other.member_id).await.unwrap(), other);
    service.stop().await;
}

#[tokio::test]
async fn a_blocked_card_says_see_the_desk_and_no_name() {
    let service = Service::start().await;
    let (mut desk, mut till) = (service.desk("LILLE"), service.members_as("terminal-LILLE-01"));
    let (member, other) = (register(&mut desk, zephyrine()).await, register(&mut desk, zephyrine()).await);
    let (number, kept) = (&member.cards[0].card_number, &other.cards[0].card_number);
    let blocked = desk.block_card(block(number)).await.unwrap().into_inner().card.unwrap();
    assert_eq!(blocked.state(), CardState::Blocked);
    let refusal = greeting(&mut till, number).await.unwrap_err();
    assert_eq!(refusal.code(), Code::FailedPrecondition);
    assert_eq!(platform::status::reason(&refusal).as_deref(), Some("CARD_BLOCKED"));
    assert!(!refusal.message().contains("Zéphyrine"));
    assert_eq!(greeting(&mut till, kept).await.unwrap(), "Zéphyrine Q.");
    service.stop().await;
}

#[tokio::test]
async fn blocking_a_blocked_card_again_changes_nothing() {
    let service = Service::start().await;
    let mut desk = service.desk("LILLE");
    let member = register(&mut desk, zephyrine()).await;
    let number = &member.cards[0].card_number;
    let first = desk.block_card(block(number)).await.unwrap().into_inner();
    assert_eq!(desk.block_card(block(number)).await.unwrap().into_inner(), first);
    let blocked = "select count(*) from outbox where type = 'members.card_blocked'";
    assert_eq!(service.count(blocked).await, 1);
    service.stop().await;
}

#[tokio::test]
async fn another_stores_desk_does_not_block_a_card() {
    let service = Service::start().await;
    let member = register(&mut service.desk("LILLE"), zephyrine()).await;
    let number = &member.cards[0].card_number;
    let mut elsewhere = service.desk("ROUBAIX");
    refused(elsewhere.block_card(block(number)).await, Code::NotFound, "NOT_FOUND");
    let mut till = service.members_as("terminal-LILLE-01");
    assert_eq!(greeting(&mut till, number).await.unwrap(), "Zéphyrine Q.");
    service.stop().await;
}

#[tokio::test]
async fn an_unknown_card_is_greeted_by_nobody() {
    let service = Service::start().await;
    let refusal = greeting(&mut service.members_as("terminal-LILLE-01"), "2900000000421").await.unwrap_err();
    assert_eq!(refusal.code(), Code::NotFound);
    assert_eq!(platform::status::reason(&refusal).as_deref(), Some("NOT_FOUND"));
    service.stop().await;
}

#[tokio::test]
async fn a_till_that_tries_one_number_after_the_other_is_stopped_and_its_neighbour_is_not() {
    let service = Service::start().await;
    let member = register(&mut service.desk("LILLE"), zephyrine()).await;
    let mut till = service.members_as("terminal-LILLE-01");
    let mut answered = 0;
    let refusal = loop {
        let number = CardNumber::from_serial(answered).unwrap();
        let refusal = greeting(&mut till, number.as_str()).await.unwrap_err();
        if refusal.code() != Code::NotFound {
            break refusal;
        }
        answered += 1;
    };
    assert_eq!(refusal.code(), Code::ResourceExhausted);
    // A slow machine earns a try each three seconds.
    assert!((20..40).contains(&answered), "{answered}");
    let mut neighbour = service.members_as("terminal-LILLE-02");
    assert_eq!(greeting(&mut neighbour, &member.cards[0].card_number).await.unwrap(), "Zéphyrine Q.");
    service.stop().await;
}
