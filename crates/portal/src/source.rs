//! Where a client is, as membership may know it: a word that tells two sources apart and no address.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use anyhow::Context;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName};
use sha2::Sha256;

/// What the key of the hash is made of, beside the portal's private key: no other use of that key makes the same one.
const PURPOSE: &[u8] = b"cabas portal: source of a sign-in";

/// Makes the words. Each replica of the portal makes the same ones, for their key comes from the identity that they share.
#[derive(Clone)]
pub struct Sources {
    key: Hmac<Sha256>,
    header: Option<HeaderName>,
}

impl Sources {
    /// Sources keyed by the portal's private key, told by `header` when there is a proxy in front.
    ///
    /// # Errors
    /// When the key cannot be used.
    pub fn new(private_key: &[u8], header: Option<HeaderName>) -> anyhow::Result<Self> {
        let mut derived = Hmac::<Sha256>::new_from_slice(private_key).context("the key is none")?;
        derived.update(PURPOSE);
        let key = Hmac::new_from_slice(&derived.finalize().into_bytes()).context("the key is none")?;
        Ok(Self { key, header })
    }

    /// The word for who asks; empty when it cannot be told.
    pub fn of(&self, peer: SocketAddr, headers: &HeaderMap) -> String {
        let address = match &self.header {
            None => Some(peer.ip()),
            Some(header) => told_by(headers, header),
        };
        let Some(address) = address else { return String::new() };
        let mut hash = self.key.clone();
        hash.update(&network(address).octets());
        BASE64_URL_SAFE_NO_PAD.encode(hash.finalize().into_bytes())
    }
}

/// What the proxy says: the last address of the last header, for whatever stands before it may be the client's own invention.
fn told_by(headers: &HeaderMap, header: &HeaderName) -> Option<IpAddr> {
    let last = headers.get_all(header).iter().next_back()?.to_str().ok()?;
    last.rsplit(',').next()?.trim().parse().ok()
}

/// The part of an address that is one client's: all of IPv4, but the first half of IPv6, whose second half everybody chooses at will.
fn network(address: IpAddr) -> Ipv6Addr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(header: Option<&'static str>) -> Sources {
        Sources::new(b"a private key", header.map(HeaderName::from_static)).unwrap()
    }

    fn of(address: &str) -> String {
        sources(None).of(SocketAddr::new(address.parse().unwrap(), 4711), &HeaderMap::new())
    }

    #[test]
    fn a_source_is_one_client_and_shows_no_address() {
        assert_eq!(of("192.0.2.7"), of("::ffff:192.0.2.7"));
        assert_eq!(of("2001:db8:1:2::3"), of("2001:db8:1:2:ffff::4"));
        assert_ne!(of("192.0.2.7"), of("192.0.2.8"));
        assert_ne!(of("2001:db8:1:2::3"), of("2001:db8:1:3::3"));
        assert_eq!(of("192.0.2.7").len(), 43);
        let other = Sources::new(b"another key", None).unwrap();
        assert_ne!(of("192.0.2.7"), other.of("192.0.2.7:1".parse().unwrap(), &HeaderMap::new()));
    }

    #[test]
    fn a_header_is_believed_only_when_a_proxy_is_configured_and_only_its_own_word() {
        let proxy = "127.0.0.1:1".parse().unwrap();
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "198.51.100.9".parse().unwrap());
        headers.append("x-forwarded-for", "203.0.113.5, 192.0.2.7".parse().unwrap());
        assert_eq!(sources(Some("x-forwarded-for")).of(proxy, &headers), of("192.0.2.7"));
        assert_eq!(sources(None).of(proxy, &headers), of("127.0.0.1"));
        assert_eq!(sources(Some("x-real-ip")).of(proxy, &headers), "");
        headers.append("x-real-ip", "unknown".parse().unwrap());
        assert_eq!(sources(Some("x-real-ip")).of(proxy, &headers), "");
    }
}
