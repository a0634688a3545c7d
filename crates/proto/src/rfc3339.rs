//! Protobuf timestamps as RFC 3339 text, for the JSON of events.

use prost_types::Timestamp;
use serde::{Deserialize, Deserializer, Serializer, de, ser};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Writes a timestamp as RFC 3339 in UTC; an absent one as null.
///
/// # Errors
/// When the instant is outside the years that RFC 3339 can write.
pub fn serialize<S: Serializer>(value: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    let Some(timestamp) = value else { return serializer.serialize_none() };
    let nanoseconds = i128::from(timestamp.seconds) * 1_000_000_000 + i128::from(timestamp.nanos);
    let instant = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).map_err(ser::Error::custom)?;
    serializer.serialize_str(&instant.format(&Rfc3339).map_err(ser::Error::custom)?)
}

/// Reads RFC 3339 text, or null.
///
/// # Errors
/// When the text is not RFC 3339.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let instant = OffsetDateTime::parse(&text, &Rfc3339).map_err(de::Error::custom)?;
    let nanos = i32::try_from(instant.nanosecond()).map_err(de::Error::custom)?;
    Ok(Some(Timestamp { seconds: instant.unix_timestamp(), nanos }))
}
