//! The rules: pure, from what is known and said to what is decided.

mod complaint;
mod grievance;
mod id;
mod link;
mod purchase;
mod review;
mod text;

pub use complaint::{Complaint, Forecast, Payout, Refusal, State, Wish, WishError, checkout_request};
pub use grievance::{Comment, ComplaintCursor, Grievance, Product, Progress};
pub use id::{ComplaintId, ReviewId, SaleId};
pub use link::{Link, LinkError, Purpose, TokenHash};
pub use purchase::{Left, Line, Purchase, Refund, RefundedPart, day_of};
pub use review::{Cursor, Form, FormError, Note, Reply, Review, Revision, UnknownLine, View, Written};
pub use text::{LONGEST, TextError, clean};
