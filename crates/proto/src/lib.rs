//! The contracts of Cabas as Rust types: generated from `proto/` at build time, with the subjects of the events.
//!
//! No logic, no conversions, no error types: those belong to the services.

pub mod rfc3339;
pub mod subject;

/// The descriptors of every contract, for reflection and for the tests that walk all RPCs.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptor.bin"));

macro_rules! package {
    ($(#[$doc:meta])* $name:ident, $package:literal) => {
        $(#[$doc])*
        pub mod $name {
            /// Version 1 of the contract.
            #[allow(missing_docs, clippy::all, clippy::pedantic, clippy::allow_attributes_without_reason, reason = "generated; documented in the .proto")]
            pub mod v1 {
                tonic::include_proto!($package);
            }
        }
    };
}

package!(
    /// Types that every contract may use.
    r#type, "cabas.r#type.v1");
package!(
    /// Stores, catalogue, baskets, sales and refunds.
    checkout, "cabas.checkout.v1");
package!(
    /// Members, cards and staff.
    membership, "cabas.membership.v1");
package!(
    /// The mails of tickets and credit tickets.
    receipt, "cabas.receipt.v1");
package!(
    /// Reviews and complaints.
    reviews, "cabas.reviews.v1");
package!(
    /// The figures of the day.
    analytics, "cabas.analytics.v1");
