//! Identities. Only a delivery's is made here; the others are told by events.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One document owed to a shopper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryId(pub Uuid);

/// A sale of checkout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleId(pub Uuid);

/// A refund of checkout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundId(pub Uuid);

/// What a card terminal gave back of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditId(pub Uuid);

/// A member of membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberId(pub Uuid);

/// An address that was typed at a till, which membership keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestContactId(pub Uuid);
