//! Who calls: read from the peer's certificate, and for people from an assertion that membership signed.

use std::{fs, path::Path, str::FromStr};

use anyhow::Context;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::{
    Signature, Signer, SigningKey, Verifier, VerifyingKey,
    pkcs8::{DecodePrivateKey, DecodePublicKey},
};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

/// How long an assertion is believed. A session that is ended loses its last assertion after at most this time.
pub const ASSERTION_LIFE: Duration = Duration::minutes(5);

/// How long after its end it is still believed about who attends the tills, in a shop that is cut off from membership.
pub const CUT_OFF_LIFE: Duration = Duration::hours(12);

/// What a caller may be, as the table of access knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A till.
    Terminal,
    /// The service checkout.
    Checkout,
    /// The service membership.
    Membership,
    /// The service receipt.
    Receipt,
    /// The service reviews.
    Reviews,
    /// The service analytics.
    Analytics,
    /// The portal itself, for people who are not signed in: shoppers behind a link.
    Portal,
    /// Whoever holds the operator's certificate.
    Operator,
    /// Staff of the welcome desk.
    Desk,
    /// Staff of the tills.
    Attendant,
    /// A supplier's person.
    Supplier,
    /// Management.
    Manager,
}

/// A signed-in person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    /// Identity of the account (UUID).
    pub staff_id: String,
    /// One of the roles of people.
    pub role: Role,
    /// The store of the account; empty for a supplier.
    pub store_code: String,
    /// The supplier of the account; empty for everybody else.
    pub supplier_code: String,
}

/// Who calls an RPC. Every handler finds it in the request's extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A till, by the code in its certificate.
    Terminal(String),
    /// A service or the portal.
    Service(Role),
    /// An operator.
    Operator,
    /// A signed-in person, through the portal.
    Staff(Staff),
}

/// Why a caller is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// No certificate, or none with an identity of ours.
    #[error("the certificate bears no identity")]
    Certificate,
    /// The assertion is not membership's, or is over.
    #[error("the staff assertion is not valid")]
    Assertion,
}

/// Membership's key, with which it signs assertions.
#[derive(Clone, Debug)]
pub struct StaffSigner(SigningKey);

/// Everybody else's half of the key.
#[derive(Clone, Debug)]
pub struct StaffVerifier(VerifyingKey);

#[derive(Serialize, Deserialize)]
struct Assertion {
    #[serde(flatten)]
    staff: Staff,
    expires: i64,
}

/// When a certificate ends, the first one of a PEM file.
///
/// # Errors
/// When the file cannot be read, or holds no certificate.
pub fn ends(pem_file: &Path) -> anyhow::Result<OffsetDateTime> {
    let text = fs::read(pem_file).with_context(|| format!("cannot read {}", pem_file.display()))?;
    let (_, pem) = x509_parser::pem::parse_x509_pem(&text).context("no certificate")?;
    let certificate = pem.parse_x509().context("no certificate")?;
    Ok(certificate.validity().not_after.to_datetime())
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 12] = [
        Self::Terminal,
        Self::Checkout,
        Self::Membership,
        Self::Receipt,
        Self::Reviews,
        Self::Analytics,
        Self::Portal,
        Self::Operator,
        Self::Desk,
        Self::Attendant,
        Self::Supplier,
        Self::Manager,
    ];

    /// The role of people by its word.
    #[must_use]
    pub fn of_staff(word: &str) -> Option<Self> {
        match word {
            "desk" => Some(Self::Desk),
            "attendant" => Some(Self::Attendant),
            "supplier" => Some(Self::Supplier),
            "manager" => Some(Self::Manager),
            _ => None,
        }
    }
}

impl Caller {
    /// The scope of a caller's request ids.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::Terminal(code) => format!("terminal/{code}"),
            Self::Service(role) => format!("service/{role:?}").to_lowercase(),
            Self::Operator => "operator".to_owned(),
            Self::Staff(staff) => format!("staff/{}", staff.staff_id),
        }
    }

    /// The role in the table of access.
    #[must_use]
    pub fn role(&self) -> Role {
        match self {
            Self::Terminal(_) => Role::Terminal,
            Self::Service(role) => *role,
            Self::Operator => Role::Operator,
            Self::Staff(staff) => staff.role,
        }
    }

    /// Reads the identity in the URI name of a certificate (DER), such as `spiffe://cabas/terminal/LILLE-01`.
    ///
    /// # Errors
    /// When there is none of ours.
    pub fn from_certificate(der: &[u8]) -> Result<Self, Unknown> {
        let (_, certificate) = X509Certificate::from_der(der).map_err(|_| Unknown::Certificate)?;
        let names = certificate.subject_alternative_name().ok().flatten().ok_or(Unknown::Certificate)?;
        let uri = names.value.general_names.iter().find_map(|name| match name {
            GeneralName::URI(uri) => Some(*uri),
            _ => None,
        });
        uri.ok_or(Unknown::Certificate)?.parse()
    }
}

impl FromStr for Caller {
    type Err = Unknown;

    fn from_str(uri: &str) -> Result<Self, Unknown> {
        let path = uri.strip_prefix("spiffe://cabas/").ok_or(Unknown::Certificate)?;
        match path.split_once('/') {
            Some(("terminal", code)) if !code.is_empty() && !code.contains('/') => {
                Ok(Self::Terminal(code.to_owned()))
            }
            Some(("service", name)) => Ok(Self::Service(match name {
                "checkout" => Role::Checkout,
                "membership" => Role::Membership,
                "receipt" => Role::Receipt,
                "reviews" => Role::Reviews,
                "analytics" => Role::Analytics,
                "portal" => Role::Portal,
                _ => return Err(Unknown::Certificate),
            })),
            Some(("operator", _)) => Ok(Self::Operator),
            _ => Err(Unknown::Certificate),
        }
    }
}

impl StaffSigner {
    /// Reads the key from its file (PKCS#8, PEM).
    ///
    /// # Errors
    /// When the file is not there or holds no Ed25519 key.
    pub fn read(file: &Path) -> anyhow::Result<Self> {
        let pem = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let key = SigningKey::from_pkcs8_pem(&pem)
            .map_err(|_| anyhow::anyhow!("{} holds no Ed25519 private key", file.display()))?;
        Ok(Self(key))
    }

    /// Signs who a person is, for [`ASSERTION_LIFE`] from `now`.
    #[must_use]
    pub fn sign(&self, staff: &Staff, now: OffsetDateTime) -> String {
        let assertion = Assertion { staff: staff.clone(), expires: (now + ASSERTION_LIFE).unix_timestamp() };
        let body = serde_json::to_vec(&assertion).expect("plain texts and a number always serialise");
        let signature = self.0.sign(&body);
        format!(
            "{}.{}",
            BASE64_URL_SAFE_NO_PAD.encode(body),
            BASE64_URL_SAFE_NO_PAD.encode(signature.to_bytes())
        )
    }
}

impl StaffVerifier {
    /// Reads the key from its file (SPKI, PEM).
    ///
    /// # Errors
    /// When the file is not there or holds no Ed25519 key.
    pub fn read(file: &Path) -> anyhow::Result<Self> {
        let pem = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let key = VerifyingKey::from_public_key_pem(&pem)
            .map_err(|_| anyhow::anyhow!("{} holds no Ed25519 public key", file.display()))?;
        Ok(Self(key))
    }

    /// Reads an assertion that must be membership's and still valid at `now`.
    ///
    /// # Errors
    /// When it is neither.
    pub fn verify(&self, assertion: &str, now: OffsetDateTime) -> Result<Staff, Unknown> {
        self.verify_ended(assertion, now, Duration::ZERO)
    }

    /// Reads an assertion that must be membership's and have ended no longer than [`CUT_OFF_LIFE`] ago.
    ///
    /// # Errors
    /// When it is neither.
    pub fn verify_cut_off(&self, assertion: &str, now: OffsetDateTime) -> Result<Staff, Unknown> {
        self.verify_ended(assertion, now, CUT_OFF_LIFE)
    }

    fn verify_ended(&self, assertion: &str, now: OffsetDateTime, ago: Duration) -> Result<Staff, Unknown> {
        let (body, signature) = assertion.split_once('.').ok_or(Unknown::Assertion)?;
        let decode = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| Unknown::Assertion);
        let (body, signature) = (decode(body)?, decode(signature)?);
        let signature = Signature::from_slice(&signature).map_err(|_| Unknown::Assertion)?;
        self.0.verify(&body, &signature).map_err(|_| Unknown::Assertion)?;
        let assertion: Assertion = serde_json::from_slice(&body).map_err(|_| Unknown::Assertion)?;
        if assertion.expires < (now - ago).unix_timestamp() {
            return Err(Unknown::Assertion);
        }
        Ok(assertion.staff)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::pki;

    const NOON: OffsetDateTime = datetime!(2026-05-02 12:00 UTC);

    fn desk() -> Staff {
        Staff {
            staff_id: "0192f3a0-0000-7000-8000-000000000001".to_owned(),
            role: Role::Desk,
            store_code: "LILLE".to_owned(),
            supplier_code: String::new(),
        }
    }

    #[test]
    fn an_assertion_is_believed_for_its_life_and_not_a_second_longer() {
        let folder = tempfile::tempdir().unwrap();
        pki::create(folder.path(), &[]).unwrap();
        let signer = StaffSigner::read(&folder.path().join("staff.key")).unwrap();
        let verifier = StaffVerifier::read(&folder.path().join("staff.pub")).unwrap();
        let assertion = signer.sign(&desk(), NOON);
        assert_eq!(verifier.verify(&assertion, NOON + ASSERTION_LIFE), Ok(desk()));
        let late = NOON + ASSERTION_LIFE + Duration::seconds(1);
        assert_eq!(verifier.verify(&assertion, late), Err(Unknown::Assertion));
        assert_eq!(verifier.verify_cut_off(&assertion, NOON + ASSERTION_LIFE + CUT_OFF_LIFE), Ok(desk()));
        assert_eq!(verifier.verify_cut_off(&assertion, late + CUT_OFF_LIFE), Err(Unknown::Assertion));
    }

    #[test]
    fn an_assertion_that_was_touched_or_signed_by_another_is_refused() {
        let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        pki::create(ours.path(), &[]).unwrap();
        pki::create(theirs.path(), &[]).unwrap();
        let verifier = StaffVerifier::read(&ours.path().join("staff.pub")).unwrap();
        let forged = StaffSigner::read(&theirs.path().join("staff.key")).unwrap().sign(&desk(), NOON);
        let good = StaffSigner::read(&ours.path().join("staff.key")).unwrap().sign(&desk(), NOON);
        let raised = Staff { role: Role::Manager, ..desk() };
        let body = StaffSigner::read(&theirs.path().join("staff.key")).unwrap().sign(&raised, NOON);
        let (body, _) = body.split_once('.').unwrap();
        let (_, signature) = good.split_once('.').unwrap();
        for text in [forged, format!("{body}.{signature}"), String::new(), ".".to_owned(), "é.é".to_owned()]
        {
            assert_eq!(verifier.verify(&text, NOON), Err(Unknown::Assertion), "{text}");
        }
    }

    #[test]
    fn an_identity_is_read_from_our_names_alone() {
        let table = [
            ("spiffe://cabas/terminal/LILLE-01", Ok(Caller::Terminal("LILLE-01".to_owned()))),
            ("spiffe://cabas/service/reviews", Ok(Caller::Service(Role::Reviews))),
            ("spiffe://cabas/operator/operator", Ok(Caller::Operator)),
            ("spiffe://cabas/terminal/", Err(Unknown::Certificate)),
            ("spiffe://cabas/terminal/A/B", Err(Unknown::Certificate)),
            ("spiffe://cabas/service/till", Err(Unknown::Certificate)),
            ("spiffe://other/service/reviews", Err(Unknown::Certificate)),
            ("https://cabas/service/reviews", Err(Unknown::Certificate)),
        ];
        for (uri, caller) in table {
            assert_eq!(uri.parse::<Caller>(), caller, "{uri}");
        }
    }
}
