//! Identities of what this service makes, and of the members it only knows by theirs.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

// A macro, so that they cannot drift apart; a generic `Id<T>` would need a marker type for each.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }
    };
}

id!(
    /// A basket.
    BasketId
);
id!(
    /// A sale.
    SaleId
);
id!(
    /// A refund.
    RefundId
);

id!(
    /// Money of a refund that a card terminal gives back; the till makes it.
    CreditId
);

id!(
    /// A refund that somebody asks for.
    RefundRequestId
);

id!(
    /// One means given in payment; the till makes it.
    TenderId
);

id!(
    /// A member, whom membership knows; here never more than this.
    MemberId
);

/// SHA-256 of a command, to tell its repeat from another command under the same id.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

/// One command of one caller: what makes a repeat recognisable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestKey {
    /// The id that the caller gave it.
    pub request_id: Uuid,
    /// What it asks for.
    pub fingerprint: Fingerprint,
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{self:?}"))
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(serde::de::Error::custom("not 64 hexadecimal digits"));
        }
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digits = std::str::from_utf8(digits).map_err(serde::de::Error::custom)?;
            *byte = u8::from_str_radix(digits, 16).map_err(serde::de::Error::custom)?;
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_kept_as_hexadecimal_text() {
        let fingerprint = Fingerprint(std::array::from_fn(|index| u8::try_from(index * 8).unwrap()));
        let text = serde_json::to_string(&fingerprint).unwrap();
        assert!(text.starts_with("\"0008101820"), "{text}");
        assert_eq!(serde_json::from_str::<Fingerprint>(&text).unwrap(), fingerprint);
        for wrong in ["\"\"", "\"0g\"", "\"00\""] {
            assert!(serde_json::from_str::<Fingerprint>(wrong).is_err(), "{wrong}");
        }
    }
}
