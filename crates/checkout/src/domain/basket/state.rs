//! Where a basket stands, and which moves lead where. A move from a state that has none of it is a typed error, and every move that
//! is made is an entry of the basket's log.
//!
//! ```text
//!            ┌────────────── resume ────────────────┐
//!            ▼             suspend                  │          expire
//!   Open (scans, edits) ───────────▶ Suspended ─────┴────────────────▶ Abandoned
//!     │  ▲      │  │                                                       ▲ ▲
//!     │  │      │  └──────────── abandon: nobody is there any more ────────┘ │
//!     │  │      └─────────────── cancel ──▶ Cancelled                        │
//!     │  └ abandon the payment             ▲                                 │
//!     └──── begin the payment ──▶ Frozen ──┤ cancel                          │
//!                                          ├ pay ──▶ Paid                    │
//!                                          └ abandon: no payment of it waits ┘
//! ```
//!
//! The words of people, and where each is found:
//!
//! | word | here |
//! |---|---|
//! | idle | no basket: the till's own stage |
//! | scanning | [`State::Open`] |
//! | identified | an open basket with a member |
//! | payment requested | [`State::Frozen`] |
//! | payment unknown | frozen; that nobody knows the outcome the till says, and it waits as [`Kind::PaymentUnknown`] |
//! | paid | [`State::Paid`] |
//! | suspended | [`State::Suspended`] |
//! | abandoned | [`State::Abandoned`] |
//! | voided | [`State::Cancelled`]: one word in code, contract and events |
//! | closed | paid, abandoned or cancelled: [`State::is_closed`] |
//! | under audit | an open basket of which [`Basket::audit_waits`] |
//!
//! Identified and under audit are conditions, not states: a basket is scanned, suspended and resumed with them.
//!
//! [`Kind::PaymentUnknown`]: crate::domain::attendance::Kind::PaymentUnknown
//! [`Basket::audit_waits`]: super::Basket::audit_waits

/// Where a basket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Being scanned.
    Open,
    /// Payment has begun: nothing changes until it ends.
    Frozen,
    /// It waits for its shopper, at whichever till of the store.
    Suspended,
    /// A sale.
    Paid,
    /// Nobody was there any more, or nobody came back for it.
    Abandoned,
    /// Given up by the shopper.
    Cancelled,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Open, Self::Frozen, Self::Suspended, Self::Paid, Self::Abandoned, Self::Cancelled];

    /// The word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Frozen => "frozen",
            Self::Suspended => "suspended",
            Self::Paid => "paid",
            Self::Abandoned => "abandoned",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether it never changes again.
    pub fn is_closed(self) -> bool {
        match self {
            Self::Open | Self::Frozen | Self::Suspended => false,
            Self::Paid | Self::Abandoned | Self::Cancelled => true,
        }
    }
}
