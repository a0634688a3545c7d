//! The rules of the mails: pure, from facts to what is written and what follows an answer.

mod backoff;
mod delivery;
mod document;
mod id;
mod language;
mod state;
mod text;
mod verdict;
mod zone;

pub use backoff::delay_after;
pub use delivery::{Addressee, Delivery, Owed, READABLE_DAYS, Wish};
pub use document::{Discount, Document, Line, Matter, Means, MeasurePrice, Payment, Payout, Shop, VatRow};
pub use id::{CreditId, DeliveryId, GuestContactId, MemberId, RefundId, SaleId};
pub use language::Language;
pub use state::{About, State};
pub use text::plain;
pub use verdict::{Phase, Verdict, verdict};
pub use zone::{StoreZone, UnknownZone};
