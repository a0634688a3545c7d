//! Messages to plain types, every field looked at, and back.

use barcode::CardNumber;
use platform::Caller;
use prost_types::Timestamp;
use proto::membership::v1 as pb;
use time::OffsetDateTime;
use uuid::Uuid;

use super::status::BadField;
use crate::{
    app::{Command, Page},
    domain::{
        card::Card,
        code::{StoreCode, SupplierCode},
        contact::Email,
        id::{GuestContactId, MemberId},
        member::{Details, Given, Member},
        password::{Guess, Password},
        search::Search,
        session::{SessionToken, SignedIn, Source},
        staff::{Account, BadPost, Login, Post, StaffRole},
    },
    error::Error,
};

/// Members of a page when the message does not say.
const USUAL_PAGE: usize = 20;
/// Most members of a page.
const LONGEST_PAGE: i32 = 50;

/// The store of a member of staff: all that it may see.
pub fn store(caller: &Caller) -> Result<StoreCode, BadField> {
    let Caller::Staff(staff) = caller else { return Err(BadField::new("caller", "must be signed in")) };
    StoreCode::parse(&staff.store_code).map_err(|flaw| BadField::new("caller", flaw))
}

/// The store of a member of staff, which the message may repeat but not change.
pub fn store_here(caller: &Caller, store_code: &str) -> Result<StoreCode, BadField> {
    let store = store(caller)?;
    if store_code.is_empty() || store_code == store.as_str() {
        Ok(store)
    } else {
        Err(BadField::new("store_code", "must be the store of the account"))
    }
}

/// The till that calls.
pub fn terminal(caller: &Caller) -> Result<String, BadField> {
    match caller {
        Caller::Terminal(code) => Ok(code.clone()),
        Caller::Service(_) | Caller::Operator | Caller::Staff(_) => {
            Err(BadField::new("caller", "must be a till"))
        }
    }
}

/// A request that changes something: its id, for its caller, and a fingerprint of all of it.
pub fn command(
    caller: &Caller,
    method: &str,
    id: &str,
    message: &impl prost::Message,
) -> Result<Command, BadField> {
    let mut content = method.as_bytes().to_vec();
    content.push(0);
    content.extend(message.encode_to_vec());
    Ok(Command {
        caller: caller.id(),
        request_id: request_id(id)?,
        fingerprint: outbox::request::fingerprint(&content),
    })
}

/// The id of a request.
pub fn request_id(text: &str) -> Result<Uuid, BadField> {
    uuid("request_id", text)
}

/// Where an attempt to sign in comes from.
pub fn source(text: &str) -> Result<Source, BadField> {
    Source::parse(text).ok_or(BadField::new("source", "must be up to 64 letters of base64url"))
}

/// The id of a member.
pub fn member_id(text: &str) -> Result<MemberId, BadField> {
    uuid("member_id", text).map(MemberId)
}

/// The address that a guest typed. The refusal does not repeat it.
pub fn email(text: &str) -> Result<Email, BadField> {
    Email::parse(text).map_err(|flaw| BadField::new("email", flaw))
}

/// The id that the till gave it.
pub fn guest_contact_id(text: &str) -> Result<GuestContactId, BadField> {
    uuid("guest_contact_id", text).map(GuestContactId)
}

/// The details of a member.
pub fn details(message: Option<&pb::MemberDetails>) -> Result<Details, BadField> {
    let given = message.ok_or_else(|| BadField::new("details", "must be given"))?;
    Details::parse(&Given {
        last_name: &given.last_name,
        first_name: &given.first_name,
        street: &given.street,
        postal_code: &given.postal_code,
        city: &given.city,
        country_code: &given.country_code,
        phone: &given.phone,
        email: &given.email,
    })
    .map_err(|bad| BadField::new(format!("details.{}", bad.field), bad.flaw))
}

/// What is looked for.
pub fn search(query: &str) -> Result<Search, BadField> {
    Search::parse(query).map_err(|flaw| BadField::new("query", flaw))
}

/// How many members make a page.
pub fn page_size(size: i32) -> Result<usize, BadField> {
    match usize::try_from(size) {
        Ok(0) => Ok(USUAL_PAGE),
        Ok(number) if size <= LONGEST_PAGE => Ok(number),
        _ => Err(BadField::new("page_size", format!("must be 0 to {LONGEST_PAGE}"))),
    }
}

/// Behind whom a page begins. The token is an id, for a name in it would end up in somebody's address bar.
pub fn page_token(token: &str) -> Result<Option<MemberId>, BadField> {
    if token.is_empty() { Ok(None) } else { uuid("page_token", token).map(|id| Some(MemberId(id))) }
}

/// The number of a card.
pub fn card_number(text: &str) -> Result<CardNumber, BadField> {
    CardNumber::parse(text).map_err(|error| BadField::new("card_number", error))
}

/// An account to be made.
pub fn account(message: Option<&pb::StaffAccount>) -> Result<(Login, Post), BadField> {
    let account = message.ok_or_else(|| BadField::new("account", "must be given"))?;
    if !account.staff_id.is_empty() {
        return Err(BadField::new("account.staff_id", "must be empty: the id is given by the service"));
    }
    let login = login("account.login", &account.login)?;
    let role = match pb::StaffRole::try_from(account.role) {
        Ok(pb::StaffRole::Desk) => StaffRole::Desk,
        Ok(pb::StaffRole::Attendant) => StaffRole::Attendant,
        Ok(pb::StaffRole::Supplier) => StaffRole::Supplier,
        Ok(pb::StaffRole::Manager) => StaffRole::Manager,
        Ok(pb::StaffRole::Unspecified) | Err(_) => {
            return Err(BadField::new("account.role", "must be a role"));
        }
    };
    let post = Post::new(role, &account.store_code, &account.supplier_code).map_err(|bad| match bad {
        BadPost::Store(flaw) => BadField::new("account.store_code", flaw),
        BadPost::Supplier(flaw) => BadField::new("account.supplier_code", flaw),
    })?;
    Ok((login, post))
}

/// A sign-in name.
pub fn login(field: &'static str, text: &str) -> Result<Login, BadField> {
    Login::parse(text).map_err(|flaw| BadField::new(field, flaw))
}

/// A password that is being chosen.
pub fn password(text: &str) -> Result<Password, BadField> {
    Password::parse(text).map_err(|flaw| BadField::new("password", flaw))
}

/// A password that is being tried.
pub fn guess(text: &str) -> Result<Guess, BadField> {
    Guess::parse(text).map_err(|flaw| BadField::new("password", flaw))
}

/// The secret of a session.
pub fn session_token(text: &str) -> Result<SessionToken, BadField> {
    SessionToken::parse(text).ok_or_else(|| BadField::new("session_token", "must be the token of a session"))
}

/// The secret of a session to be read. A cookie that was cut short is no fault of the portal's, but a session that is over.
pub fn session(text: &str) -> Result<SessionToken, Error> {
    SessionToken::parse(text).ok_or(Error::SessionOver)
}

/// An instant on the wire.
pub fn timestamp(at: OffsetDateTime) -> Timestamp {
    let nanos = i32::try_from(at.nanosecond()).expect("a second has less than 2^31 nanoseconds");
    Timestamp { seconds: at.unix_timestamp(), nanos }
}

fn uuid(field: &'static str, text: &str) -> Result<Uuid, BadField> {
    match Uuid::try_parse(text) {
        Ok(id) if !id.is_nil() => Ok(id),
        _ => Err(BadField::new(field, "must be a UUID")),
    }
}

impl From<Member> for pb::Member {
    fn from(member: Member) -> Self {
        let details = member.details;
        Self {
            member_id: member.member_id.0.to_string(),
            details: Some(pb::MemberDetails {
                last_name: details.last_name,
                first_name: details.first_name,
                street: details.street,
                postal_code: details.postal_code,
                city: details.city,
                country_code: details.country_code,
                phone: details.phone.as_str().to_owned(),
                email: details.email.as_str().to_owned(),
            }),
            cards: member.cards.into_iter().map(Into::into).collect(),
            registered_time: Some(timestamp(member.registered)),
        }
    }
}

impl From<Card> for pb::Card {
    fn from(card: Card) -> Self {
        let state = if card.blocked.is_some() { pb::CardState::Blocked } else { pb::CardState::Active };
        Self {
            card_number: card.number.to_string(),
            state: state.into(),
            issued_time: Some(timestamp(card.issued)),
        }
    }
}

impl From<Page> for pb::FindMembersResponse {
    fn from(page: Page) -> Self {
        Self {
            members: page.members.into_iter().map(Into::into).collect(),
            next_page_token: page.next.map(|member_id| member_id.0.to_string()).unwrap_or_default(),
        }
    }
}

impl From<Account> for pb::StaffAccount {
    fn from(account: Account) -> Self {
        let role = match account.post.role() {
            StaffRole::Desk => pb::StaffRole::Desk,
            StaffRole::Attendant => pb::StaffRole::Attendant,
            StaffRole::Supplier => pb::StaffRole::Supplier,
            StaffRole::Manager => pb::StaffRole::Manager,
        };
        Self {
            staff_id: account.staff_id.0.to_string(),
            login: account.login.as_str().to_owned(),
            role: role.into(),
            store_code: account.post.store().map(StoreCode::as_str).unwrap_or_default().to_owned(),
            supplier_code: account.post.supplier().map(SupplierCode::as_str).unwrap_or_default().to_owned(),
        }
    }
}

impl From<SignedIn> for pb::SignInResponse {
    fn from(signed_in: SignedIn) -> Self {
        Self {
            session_token: signed_in.token.expose(),
            account: Some(signed_in.account.into()),
            expiry_time: Some(timestamp(signed_in.expiry)),
        }
    }
}
