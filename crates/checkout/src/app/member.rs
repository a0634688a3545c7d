//! Checkout's own copy of card to member id, kept from membership's events.

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{domain::id::MemberId, store};

/// A card recognises a member from now on.
pub async fn issue_card(
    tx: &mut PgConnection,
    card_number: &str,
    member_id: MemberId,
    time: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    store::member::issue_card(tx, card_number, member_id, time).await
}

/// A card recognises nobody from now on.
pub async fn block_card(
    tx: &mut PgConnection,
    card_number: &str,
    member_id: MemberId,
    time: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    store::member::block_card(tx, card_number, member_id, time).await
}
