//! The welcome desk: a signed-in employee registers members.

use std::ops::Range;

use anyhow::Context;
use fake::{
    Fake,
    faker::{
        address::fr_fr::{CityName, StreetName},
        name::fr_fr::{FirstName, LastName},
    },
};
use platform::peer::Peer;
use proto::membership::v1::{
    BlockCardRequest, GetSessionRequest, MemberDetails, RegisterMemberRequest, SignInRequest,
    membership_service_client::MembershipServiceClient, staff_service_client::StaffServiceClient,
};
use rand::{RngExt, rngs::StdRng};
use sqlx::PgPool;
use testbed::eventually;
use tonic::Request;
use uuid::Uuid;

use crate::{
    chance,
    shop::{READY, STORE, Shop},
    stock::SignIn,
};

/// A member as the till knows it: by card.
#[derive(Clone, Debug)]
pub struct Member {
    /// The card's number.
    pub card_number: String,
}

/// Registers `count` invented people, drawn from the seed, and gives their cards back once every till knows them.
///
/// # Errors
/// When membership refuses, or checkout is not told of the cards.
pub async fn register(shop: &Shop, desk: &SignIn, count: usize, seed: u64) -> anyhow::Result<Vec<Member>> {
    let registered = enrol(shop, desk, 0..count, seed).await?;
    cards_known(shop, count).await?;
    Ok(registered)
}

/// Registers the invented people of these numbers, whether the tills can be told of their cards or not.
///
/// # Errors
/// When membership refuses.
pub async fn enrol(
    shop: &Shop,
    desk: &SignIn,
    numbers: Range<usize>,
    seed: u64,
) -> anyhow::Result<Vec<Member>> {
    let desk = Desk::sign_in(shop, desk).await?;
    let mut registered = Vec::with_capacity(numbers.len());
    for number in numbers {
        let request = RegisterMemberRequest {
            request_id: Uuid::now_v7().to_string(),
            details: Some(person(number, seed)),
            store_code: STORE.to_owned(),
        };
        let mut members = MembershipServiceClient::new(desk.membership.clone());
        let answer = members.register_member(desk.says(request).await?).await?.into_inner();
        let card = answer.member.and_then(|member| member.cards.into_iter().next());
        registered.push(Member { card_number: card.context("a member without a card")?.card_number });
    }
    Ok(registered)
}

/// Blocks a member's card.
///
/// # Errors
/// When membership refuses.
pub async fn block(shop: &Shop, desk: &SignIn, member: &Member) -> anyhow::Result<()> {
    let desk = Desk::sign_in(shop, desk).await?;
    let request = BlockCardRequest {
        request_id: Uuid::now_v7().to_string(),
        card_number: member.card_number.clone(),
        store_code: STORE.to_owned(),
    };
    MembershipServiceClient::new(desk.membership.clone()).block_card(desk.says(request).await?).await?;
    Ok(())
}

/// An employee of the desk with a session.
struct Desk {
    membership: Peer,
    session_token: String,
}

impl Desk {
    async fn sign_in(shop: &Shop, account: &SignIn) -> anyhow::Result<Self> {
        let url = format!("https://{}", shop.addresses.membership).parse()?;
        let membership = platform::peer::connect(&url, "membership", &shop.identity("portal"))?;
        let request = SignInRequest {
            request_id: Uuid::now_v7().to_string(),
            login: account.login.clone(),
            password: account.password.clone(),
            source: String::new(),
        };
        let answer = StaffServiceClient::new(membership.clone()).sign_in(request).await?.into_inner();
        Ok(Self { membership, session_token: answer.session_token })
    }

    /// The request under a fresh word of membership about who asks: the clock of a demonstration runs fast.
    async fn says<T>(&self, request: T) -> anyhow::Result<Request<T>> {
        let session = GetSessionRequest { session_token: self.session_token.clone() };
        let session = StaffServiceClient::new(self.membership.clone()).get_session(session).await?;
        let mut request = Request::new(request);
        let assertion = session.into_inner().assertion.parse()?;
        request.metadata_mut().insert(platform::peer::STAFF_METADATA, assertion);
        Ok(request)
    }
}

/// Waits until checkout has heard of so many cards: a member whose card is not known yet would go without the member's prices.
///
/// # Errors
/// When it does not hear of them.
pub async fn cards_known(shop: &Shop, count: usize) -> anyhow::Result<()> {
    let checkout = PgPool::connect(&shop.database("checkout")).await?;
    let expected = i64::try_from(count)?;
    eventually(READY, "checkout knows every card", async || {
        let known: Result<i64, _> =
            sqlx::query_scalar("select count(*) from member_card").fetch_one(&checkout).await;
        known.is_ok_and(|known| known >= expected)
    })
    .await?;
    checkout.close().await;
    Ok(())
}

/// An invented person: an address at example.org, a telephone number out of the range kept for fiction (01 99 00).
fn person(number: usize, seed: u64) -> MemberDetails {
    let rng: &mut StdRng = &mut chance::of(seed, "member", u64::try_from(number).unwrap_or(u64::MAX));
    MemberDetails {
        last_name: LastName().fake_with_rng(rng),
        first_name: FirstName().fake_with_rng(rng),
        street: format!("{} {}", rng.random_range(1..200), StreetName().fake_with_rng::<String, _>(rng)),
        postal_code: format!("59{:03}", rng.random_range(0..1000)),
        city: CityName().fake_with_rng(rng),
        country_code: "FR".to_owned(),
        phone: format!("+3319900{:04}", rng.random_range(0..10_000)),
        email: format!("membre{number}@example.org"),
    }
}
