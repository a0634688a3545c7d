//! Every command twice, twenty times at once on two replicas, and under an id that stands for another.

use std::{collections::BTreeSet, future::Future};

use futures::future::join_all;
use proto::membership::v1::{
    BlockCardRequest, CreateStaffRequest, GetSessionRequest, IssueCardRequest, MemberDetails,
    RegisterMemberRequest, SignOutRequest, UpdateMemberRequest,
};
use tonic::{Code, Response, Status};

use crate::{
    fixture::{
        PASSWORD, another_card, credentials, desk_account, id, refused, register, registration, zephyrine,
    },
    service::Service,
};

/// The one answer to twenty calls.
async fn same_answer<T, F>(call: impl Fn(usize) -> F) -> T
where
    T: PartialEq + std::fmt::Debug,
    F: Future<Output = Result<Response<T>, Status>>,
{
    let mut answers =
        join_all((0..20).map(call)).await.into_iter().map(|answer| answer.unwrap().into_inner());
    let first = answers.next().unwrap();
    assert!(answers.all(|answer| answer == first));
    first
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registering_twenty_times_at_once_makes_one_member_with_one_card() {
    let mut service = Service::start().await;
    let one = service.desk("LILLE");
    service.add_replica().await;
    let desks = [one, service.desk("LILLE")];
    let request = registration(zephyrine());
    let answer = same_answer(|number| {
        let (mut desk, request) = (desks[number % 2].clone(), request.clone());
        async move { desk.register_member(request).await }
    })
    .await;
    assert_eq!(answer.member.unwrap().cards.len(), 1);
    assert_eq!(service.count("select count(*) from member").await, 1);
    assert_eq!(service.count("select count(*) from card").await, 1);
    assert_eq!(service.count("select count(*) from outbox").await, 2);

    let other = RegisterMemberRequest {
        details: Some(MemberDetails { first_name: "Barnabé".to_owned(), ..zephyrine() }),
        ..request
    };
    let [mut desk, _] = desks;
    refused(desk.register_member(other).await, Code::InvalidArgument, "REQUEST_ID_REUSED");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn updating_twenty_times_at_once_updates_once() {
    let service = Service::start().await;
    let mut desk = service.desk("LILLE");
    let member = register(&mut desk, zephyrine()).await;
    let request = UpdateMemberRequest {
        request_id: id(),
        member_id: member.member_id.clone(),
        details: Some(MemberDetails { city: "Roubaix".to_owned(), ..zephyrine() }),
    };
    let answer = same_answer(|_| {
        let (mut desk, request) = (desk.clone(), request.clone());
        async move { desk.update_member(request).await }
    })
    .await;
    assert_eq!(answer.member.unwrap().details.unwrap().city, "Roubaix");

    // A repeat that comes late reads anew, and does not undo what was done since.
    let later = UpdateMemberRequest {
        request_id: id(),
        details: Some(MemberDetails { city: "Tourcoing".to_owned(), ..zephyrine() }),
        ..request.clone()
    };
    desk.update_member(later).await.unwrap();
    let repeated = desk.update_member(request.clone()).await.unwrap().into_inner();
    assert_eq!(repeated.member.unwrap().details.unwrap().city, "Tourcoing");
    let other = UpdateMemberRequest { details: Some(zephyrine()), ..request };
    refused(desk.update_member(other).await, Code::InvalidArgument, "REQUEST_ID_REUSED");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn issuing_twenty_times_at_once_makes_one_card() {
    let service = Service::start().await;
    let mut desk = service.desk("LILLE");
    let member = register(&mut desk, zephyrine()).await;
    let request = another_card(&member, true);
    let answer = same_answer(|_| {
        let (mut desk, request) = (desk.clone(), request.clone());
        async move { desk.issue_card(request).await }
    })
    .await;
    assert_eq!(answer.member.unwrap().cards.len(), 2);
    assert_eq!(service.count("select count(*) from card where blocked_time is null").await, 1);
    assert_eq!(service.count("select count(*) from outbox").await, 4);
    let other = IssueCardRequest { block_others: false, ..request };
    refused(desk.issue_card(other).await, Code::InvalidArgument, "REQUEST_ID_REUSED");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocking_twenty_times_at_once_tells_it_once() {
    let service = Service::start().await;
    let mut desk = service.desk("LILLE");
    let (member, other) = (register(&mut desk, zephyrine()).await, register(&mut desk, zephyrine()).await);
    let request = BlockCardRequest {
        request_id: id(),
        card_number: member.cards[0].card_number.clone(),
        store_code: "LILLE".to_owned(),
    };
    same_answer(|_| {
        let (mut desk, request) = (desk.clone(), request.clone());
        async move { desk.block_card(request).await }
    })
    .await;
    assert_eq!(service.count("select count(*) from outbox where type = 'members.card_blocked'").await, 1);
    let other = BlockCardRequest { card_number: other.cards[0].card_number.clone(), ..request };
    refused(desk.block_card(other).await, Code::InvalidArgument, "REQUEST_ID_REUSED");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cards_issued_and_blocked_by_many_at_once_leave_one_that_is_active() {
    let service = Service::start().await;
    let mut desk = service.desk("LILLE");
    let member = register(&mut desk, zephyrine()).await;
    let answers = join_all((0..20).map(|_| {
        let (mut desk, request) = (desk.clone(), another_card(&member, true));
        async move { desk.issue_card(request).await }
    }))
    .await;
    let numbers: BTreeSet<String> =
        answers.into_iter().map(|answer| answer.unwrap().into_inner().card.unwrap().card_number).collect();
    assert_eq!(numbers.len(), 20);
    assert_eq!(service.count("select count(*) from card where blocked_time is null").await, 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn creating_an_account_twenty_times_at_once_makes_one() {
    let service = Service::start().await;
    let mut operator = service.accounts_as("operator");
    let request = desk_account("camille.d");
    same_answer(|_| {
        let (mut operator, request) = (operator.clone(), request.clone());
        async move { operator.create_staff(request).await }
    })
    .await;
    assert_eq!(service.count("select count(*) from staff").await, 1);
    let other = CreateStaffRequest { password: "another password".to_owned(), ..request.clone() };
    refused(operator.create_staff(other).await, Code::InvalidArgument, "REQUEST_ID_REUSED");
    let other = CreateStaffRequest { request_id: request.request_id, ..desk_account("barnabe") };
    refused(operator.create_staff(other).await, Code::InvalidArgument, "REQUEST_ID_REUSED");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_in_again_opens_another_session_and_signing_out_ends_its_own() {
    let service = Service::start().await;
    service.accounts_as("operator").create_staff(desk_account("camille.d")).await.unwrap();
    let mut portal = service.accounts_as("portal");
    let request = credentials("camille.d", PASSWORD);
    let answers = join_all((0..20).map(|_| {
        let (mut portal, request) = (portal.clone(), request.clone());
        async move { portal.sign_in(request).await }
    }))
    .await;
    let mut tokens: BTreeSet<String> =
        answers.into_iter().map(|answer| answer.unwrap().into_inner().session_token).collect();
    assert_eq!(tokens.len(), 20);

    let token = tokens.pop_first().unwrap();
    let request = SignOutRequest { request_id: id(), session_token: token.clone() };
    same_answer(|_| {
        let (mut portal, request) = (portal.clone(), request.clone());
        async move { portal.sign_out(request).await }
    })
    .await;
    let other = SignOutRequest { session_token: tokens.first().unwrap().clone(), ..request };
    refused(portal.sign_out(other).await, Code::InvalidArgument, "REQUEST_ID_REUSED");
    let ended = GetSessionRequest { session_token: token };
    refused(portal.get_session(ended).await, Code::Unauthenticated, "SESSION_OVER");
    for token in tokens {
        portal.get_session(GetSessionRequest { session_token: token }).await.unwrap();
    }
    service.stop().await;
}

#[tokio::test]
async fn one_id_stands_for_one_command_of_one_caller() {
    let service = Service::start().await;
    let mut desk = service.desk("LILLE");
    let request = registration(zephyrine());
    let member = desk.register_member(request.clone()).await.unwrap().into_inner().member.unwrap();
    let card = IssueCardRequest { request_id: request.request_id.clone(), ..another_card(&member, false) };
    refused(desk.issue_card(card).await, Code::InvalidArgument, "REQUEST_ID_REUSED");
    // The same id from somebody else is another command.
    service.desk("ROUBAIX").register_member(request).await.unwrap();
    assert_eq!(service.count("select count(*) from member").await, 2);
    service.stop().await;
}
