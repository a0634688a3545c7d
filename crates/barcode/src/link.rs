//! GS1 Digital Link URIs: a web address that carries a trade item number. Uncompressed ones, with the key as its digits.

use thiserror::Error;

use crate::element::Elements;
use crate::identifier::identifier;
use crate::{Gtin, Scan, ScanError};

/// The qualifiers of a trade item, in the order in which they come in the path.
const QUALIFIERS: [&str; 3] = ["22", "10", "21"];
/// The one that comes without the others.
const LONE_QUALIFIER: &str = "235";

/// Why a web address is no link to an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LinkError {
    /// No host, or nothing after it.
    #[error("the web address names no article")]
    NoKey,
    /// Percent signs that stand for no character.
    #[error("the web address is badly encoded")]
    Encoding,
    /// Qualifiers in another order than consumer variant, batch, serial number, or twice; one without a value; or another one beside
    /// the serial number of a third party.
    #[error("the web address has its parts in a wrong order")]
    Order,
}

/// Reads what comes after the scheme.
pub(crate) fn scan(address: &str) -> Result<Scan, ScanError> {
    let address = address.split('#').next().unwrap_or_default();
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let mut segments = path.split('/');
    if segments.next().is_none_or(str::is_empty) {
        return Err(LinkError::NoKey.into());
    }
    let mut path: Vec<String> = segments.map(decoded).collect::<Result<_, _>>()?;
    if path.last().is_some_and(String::is_empty) {
        path.pop();
    }
    // A shop's address may begin with anything: the key is the first 01 with a number after it.
    let is_number =
        |text: &str| matches!(text.len(), 8 | 12..=14) && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_key = |pair: &[String]| pair[0] == "01" && is_number(&pair[1]);
    let key = path.windows(2).position(is_key).ok_or(LinkError::NoKey)?;
    let gtin = Gtin::parse(&path[key + 1])?;
    let attributes: Vec<(String, String)> = query
        .split(['&', ';'])
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| Ok((decoded(name)?, decoded(value)?)))
        .collect::<Result<_, LinkError>>()?;

    let mut elements = Elements::default();
    elements.add("01", gtin.as_str(), 0)?;
    let qualifiers = &path[key + 2..];
    let mut order = QUALIFIERS.iter();
    for pair in qualifiers.chunks(2) {
        let [name, value] = pair else { return Err(LinkError::Order.into()) };
        let is_alone = name == LONE_QUALIFIER && qualifiers.len() == 2;
        if !is_alone && !order.any(|known| known == name) {
            return Err(LinkError::Order.into());
        }
        elements.add(name, value, 0)?;
    }
    for (name, value) in &attributes {
        // Keys that are no identifiers are the shop's own, and mean nothing here.
        if identifier(name).is_some_and(|(known, _)| known == name) {
            elements.add(name, value, 0)?;
        }
    }
    elements.scan()
}

fn decoded(text: &str) -> Result<String, LinkError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        if *byte != b'%' {
            bytes.push(*byte);
            continue;
        }
        let [high, low, after @ ..] = after else { return Err(LinkError::Encoding) };
        let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let (high, low) = digit(high).zip(digit(low)).ok_or(LinkError::Encoding)?;
        bytes.push(high * 16 + low);
        rest = after;
    }
    String::from_utf8(bytes).map_err(|_| LinkError::Encoding)
}

#[cfg(test)]
mod tests;
