//! The subjects and streams of the events, each defined once.
//!
//! A subject is `<domain>.<what>.<store>`; store codes match `[A-Z0-9-]{1,16}`, so that they are one subject token.

/// Stream of the sales and refunds, and of the changes of products and suppliers, published by checkout.
pub const SALES: &str = "SALES";
/// Stream of the reviews, published by reviews.
pub const REVIEWS: &str = "REVIEWS";
/// Stream of the members' ids and cards, published by membership; never shown to analysts.
pub const MEMBERS: &str = "MEMBERS";
/// Stream of the mails, published by receipt.
pub const RECEIPTS: &str = "RECEIPTS";

macro_rules! subjects {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {
        $(
            $(#[$doc])*
            pub mod $name {
                /// The subject without its store, which is also the CloudEvents type.
                pub const TYPE: &str = $prefix;
                /// The subject of every store.
                pub const ALL: &str = concat!($prefix, ".*");
                /// The subject of one store.
                #[must_use]
                pub fn of(store_code: &str) -> String {
                    format!("{}.{store_code}", TYPE)
                }
            }
        )*
        /// Every event type.
        pub const TYPES: &[&str] = &[$($prefix),*];
        /// Every event: its module here, which is the name of its message in small letters, and its type.
        pub const EVENTS: &[(&str, &str)] = &[$((stringify!($name), $prefix)),*];
    };
}

subjects! {
    /// [`SaleCompleted`](crate::checkout::v1::SaleCompleted).
    sale_completed = "sales.completed";
    /// [`SaleRefunded`](crate::checkout::v1::SaleRefunded).
    sale_refunded = "sales.refunded";
    /// [`RefundPaidBack`](crate::checkout::v1::RefundPaidBack).
    refund_paid_back = "sales.paid_back";
    /// [`TillAttended`](crate::checkout::v1::TillAttended).
    till_attended = "sales.attended";
    /// [`BasketEnded`](crate::checkout::v1::BasketEnded).
    basket_ended = "sales.ended";
    /// [`ProductsChanged`](crate::checkout::v1::ProductsChanged); one catalogue for all stores, so its store is `ALL`.
    products_changed = "catalogue.products_changed";
    /// [`MemberRegistered`](crate::membership::v1::MemberRegistered).
    member_registered = "members.registered";
    /// [`CardIssued`](crate::membership::v1::CardIssued).
    card_issued = "members.card_issued";
    /// [`CardBlocked`](crate::membership::v1::CardBlocked).
    card_blocked = "members.card_blocked";
    /// [`ShopperInvited`](crate::receipt::v1::ShopperInvited).
    shopper_invited = "receipts.invited";
    /// [`MailSettled`](crate::receipt::v1::MailSettled).
    mail_settled = "receipts.settled";
    /// [`ReviewSubmitted`](crate::reviews::v1::ReviewSubmitted).
    review_submitted = "reviews.submitted";
    /// [`ReviewReplied`](crate::reviews::v1::ReviewReplied).
    review_replied = "reviews.replied";
    /// [`ComplaintSubmitted`](crate::reviews::v1::ComplaintSubmitted).
    complaint_submitted = "reviews.complained";
    /// [`ComplaintSettled`](crate::reviews::v1::ComplaintSettled).
    complaint_settled = "reviews.complaint_settled";
}
