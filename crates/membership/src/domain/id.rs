//! Identities, one type for each noun.

use uuid::Uuid;

/// A member. Other services know a person by nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberId(pub Uuid);

/// A member of staff, or a supplier's person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StaffId(pub Uuid);

/// An address that was typed at a till, under the id that the till gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuestContactId(pub Uuid);
