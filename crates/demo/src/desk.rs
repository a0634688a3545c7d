//! The welcome desk: a signed-in employee registers members.

use anyhow::Context;
use fake::{
    Fake,
    faker::{
        address::fr_fr::{CityName, StreetName},
        name::fr_fr::{FirstName, LastName},
    },
};
use proto::membership::v1::{
    GetSessionRequest, MemberDetails, RegisterMemberRequest, SignInRequest,
    membership_service_client::MembershipServiceClient, staff_service_client::StaffServiceClient,
};
use rand::{RngExt, rngs::StdRng};
use sqlx::PgPool;
use testbed::eventually;
use tonic::Request;
use uuid::Uuid;

use crate::{
    chance,
    shop::{READY, Shop},
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
    let url = format!("https://{}", shop.addresses.membership).parse()?;
    let peer = platform::peer::connect(&url, "membership", &shop.identity("portal"))?;
    let (mut staff, mut members) =
        (StaffServiceClient::new(peer.clone()), MembershipServiceClient::new(peer));
    let request = SignInRequest {
        request_id: Uuid::now_v7().to_string(),
        login: desk.login.clone(),
        password: desk.password.clone(),
        source: String::new(),
    };
    let session_token = staff.sign_in(request).await?.into_inner().session_token;
    let mut registered = Vec::with_capacity(count);
    for number in 0..count {
        let session = staff.get_session(GetSessionRequest { session_token: session_token.clone() }).await?;
        let assertion = session.into_inner().assertion;
        let mut request = Request::new(RegisterMemberRequest {
            request_id: Uuid::now_v7().to_string(),
            details: Some(person(number, seed)),
            store_code: "LILLE".to_owned(),
        });
        request.metadata_mut().insert(platform::peer::STAFF_METADATA, assertion.parse()?);
        let member = members.register_member(request).await?.into_inner().member.context("no member")?;
        let card = member.cards.into_iter().next().context("a member without a card")?;
        registered.push(Member { card_number: card.card_number });
    }
    cards_known(shop, count).await?;
    Ok(registered)
}

/// Waits until checkout has heard of so many cards: a member whose card is not known yet would go without the member's prices.
async fn cards_known(shop: &Shop, count: usize) -> anyhow::Result<()> {
    let checkout = PgPool::connect(&shop.postgres.url("checkout")).await?;
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
