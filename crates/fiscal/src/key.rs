//! Who sealed a record: one secret per house, from which every till's key follows.
//!
//! The public key of the authority is what a reader has to trust, by its fingerprint. It signs a certificate for the key of each till,
//! so that an archive can bring all other keys along: those that the authority did not certify prove nothing.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use hkdf::Hkdf;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use thiserror::Error;

use crate::{Hash, hex};

/// Neither a key, a signature nor a fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("neither a key, a signature nor a fingerprint: the hexadecimal digits are not those of one")]
pub struct NotAKey;

/// The secret of a house. It certifies the keys of its tills and signs its archives.
pub struct Authority {
    seed: [u8; 32],
    root: SigningKey,
}

/// The key of a till, which signs the seals of its records.
pub struct TerminalKey {
    signing: SigningKey,
}

/// What signatures are checked with.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey(VerifyingKey);

/// An Ed25519 signature; text and JSON are 128 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Signature([u8; 64]);

/// The SHA-256 of the authority's public key: the one thing that a reader has to know from elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(Hash);

/// The authority's word for the key of a till.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The establishment.
    pub siret: String,
    /// Code of the till.
    pub terminal: String,
    /// Its key.
    pub public_key: PublicKey,
    /// By the authority.
    pub signature: Signature,
}

impl Authority {
    /// The authority of a secret.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self { seed, root: derived(&seed, b"authority") }
    }

    /// The authority of a secret file: 64 hexadecimal digits, and white space around them.
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        hex::read(text.trim()).map(Self::from_seed).ok_or(NotAKey)
    }

    /// What its secret file holds.
    pub fn secret_text(&self) -> String {
        hex::write(&self.seed) + "\n"
    }

    /// What its signatures are checked with.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.root.verifying_key())
    }

    /// What a reader has to know of it.
    pub fn fingerprint(&self) -> Fingerprint {
        self.public_key().fingerprint()
    }

    /// The key of a till: the same for ever, and another one in every establishment.
    pub fn terminal(&self, siret: &str, terminal: &str) -> TerminalKey {
        // Neither of the two can hold the stroke.
        TerminalKey { signing: derived(&self.seed, format!("terminal/{siret}/{terminal}").as_bytes()) }
    }

    /// Its word for the key of a till.
    pub fn certify(&self, siret: &str, terminal: &str) -> Certificate {
        let public_key = self.terminal(siret, terminal).public_key();
        let signature = self.sign(&certified(siret, terminal, &public_key));
        Certificate { siret: siret.to_owned(), terminal: terminal.to_owned(), public_key, signature }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.root.sign(message).to_bytes())
    }
}

impl TerminalKey {
    /// Signs the seal of a record.
    pub fn sign(&self, hash: &Hash) -> Signature {
        Signature(self.signing.sign(hash.as_bytes()).to_bytes())
    }

    /// What its signatures are checked with.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.signing.verifying_key())
    }
}

impl PublicKey {
    /// The SHA-256 of its 32 bytes.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(Hash::plain(self.0.as_bytes()))
    }

    /// Whether the key of a till signed the seal of a record.
    pub fn has_signed(&self, hash: &Hash, signature: &Signature) -> bool {
        self.has_signed_bytes(hash.as_bytes(), signature)
    }

    pub(crate) fn has_signed_bytes(&self, message: &[u8], signature: &Signature) -> bool {
        self.0.verify_strict(message, &signature.dalek()).is_ok()
    }

    pub(crate) const fn dalek(&self) -> &VerifyingKey {
        &self.0
    }
}

impl Certificate {
    /// Whether an authority gave its word for this key of this till.
    pub fn is_by(&self, authority: &PublicKey) -> bool {
        let bytes = certified(&self.siret, &self.terminal, &self.public_key);
        authority.has_signed_bytes(&bytes, &self.signature)
    }
}

impl Signature {
    /// The bytes, for a database column.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }

    pub(crate) fn dalek(&self) -> ed25519_dalek::Signature {
        ed25519_dalek::Signature::from_bytes(&self.0)
    }
}

fn derived(seed: &[u8; 32], what: &[u8]) -> SigningKey {
    let mut key = [0; 32];
    let kdf = Hkdf::<Sha256>::new(Some(b"cabas fiscal keys 1"), seed);
    kdf.expand(what, &mut key).expect("32 bytes are fewer than HKDF can give");
    SigningKey::from_bytes(&key)
}

fn certified(siret: &str, terminal: &str, key: &PublicKey) -> Vec<u8> {
    format!("cabas fiscal certificate 1\n{siret}\n{terminal}\n{}", String::from(*key)).into_bytes()
}

impl FromStr for PublicKey {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let bytes = hex::read(text).ok_or(NotAKey)?;
        VerifyingKey::from_bytes(&bytes).ok().filter(|key| !key.is_weak()).map(Self).ok_or(NotAKey)
    }
}

impl TryFrom<String> for PublicKey {
    type Error = NotAKey;

    fn try_from(text: String) -> Result<Self, NotAKey> {
        text.parse()
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        hex::write(key.0.as_bytes())
    }
}

impl FromStr for Signature {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        hex::read(text).map(Self).ok_or(NotAKey)
    }
}

impl TryFrom<String> for Signature {
    type Error = NotAKey;

    fn try_from(text: String) -> Result<Self, NotAKey> {
        text.parse()
    }
}

impl TryFrom<&[u8]> for Signature {
    type Error = NotAKey;

    fn try_from(bytes: &[u8]) -> Result<Self, NotAKey> {
        bytes.try_into().map(Self).map_err(|_| NotAKey)
    }
}

impl From<Signature> for String {
    fn from(signature: Signature) -> Self {
        hex::write(&signature.0)
    }
}

impl FromStr for Fingerprint {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        text.parse().map(Self).map_err(|_| NotAKey)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&String::from(*self))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&String::from(*self))
    }
}

/// Says whose it is, and nothing of the secret.
impl fmt::Debug for Authority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Authority({})", self.fingerprint())
    }
}

impl fmt::Debug for TerminalKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TerminalKey({:?})", self.public_key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::GENESIS;

    const SIRET: &str = "99999999800019";

    fn authority() -> Authority {
        Authority::from_seed([7; 32])
    }

    #[test]
    fn keys_follow_from_the_secret_for_ever() {
        let fingerprint = authority().fingerprint().to_string();
        assert_eq!(fingerprint, "fe454246de3e64f3035fccec53848a0a4549227de8707aec14c2564e12fbd27c");
        let key = String::from(authority().terminal(SIRET, "LILLE-01").public_key());
        assert_eq!(key, "ae5465ccbb547ab7988e9c371cc26f4a25c8a2e69795f3ca4ef6bf44a0260f0f");
    }

    #[test]
    fn each_till_of_each_establishment_has_a_key_of_its_own() {
        let authority = authority();
        let keys = [(SIRET, "LILLE-01"), (SIRET, "LILLE-02"), ("99999999800027", "LILLE-01")]
            .map(|(siret, terminal)| String::from(authority.terminal(siret, terminal).public_key()));
        assert!(keys[0] != keys[1] && keys[0] != keys[2] && keys[1] != keys[2]);
        assert!(!keys.contains(&String::from(authority.public_key())));
    }

    #[test]
    fn only_the_key_that_signed_a_seal_has_signed_it() {
        let authority = authority();
        let (one, two) = (authority.terminal(SIRET, "LILLE-01"), authority.terminal(SIRET, "LILLE-02"));
        let signature = one.sign(&GENESIS);
        assert!(one.public_key().has_signed(&GENESIS, &signature));
        assert!(!two.public_key().has_signed(&GENESIS, &signature));
        assert!(!one.public_key().has_signed(&Hash::plain(b""), &signature));
    }

    #[test]
    fn a_certificate_holds_for_one_key_of_one_till_of_one_authority() {
        let ours = authority();
        let certificate = ours.certify(SIRET, "LILLE-01");
        assert!(certificate.is_by(&ours.public_key()));
        assert!(!certificate.is_by(&Authority::from_seed([8; 32]).public_key()));
        let other = ours.certify(SIRET, "LILLE-02");
        let swapped = Certificate { public_key: other.public_key, ..certificate.clone() };
        assert!(!swapped.is_by(&ours.public_key()));
        let renamed = Certificate { terminal: "LILLE-02".to_owned(), ..certificate };
        assert!(!renamed.is_by(&ours.public_key()));
    }

    #[test]
    fn a_secret_file_is_read_back_and_never_shown() {
        let authority = authority();
        let read = Authority::parse(&format!("  {}\n", authority.secret_text())).unwrap();
        assert_eq!(read.fingerprint(), authority.fingerprint());
        let shown = format!("{authority:?} {:?}", authority.terminal(SIRET, "LILLE-01"));
        assert!(!shown.contains("0707"), "{shown}");
        for text in ["", "07", &"7".repeat(65), &"G".repeat(64)] {
            assert!(Authority::parse(text).is_err(), "{text}");
        }
    }
}
