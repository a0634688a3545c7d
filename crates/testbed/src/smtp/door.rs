//! What the sink asks of those who want to hand over a mail: encryption, and a name with a password.

use std::sync::Arc;

use anyhow::Context;
use base64::{Engine, prelude::BASE64_STANDARD};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio_rustls::TlsAcceptor;

use crate::nats::Certificate;

/// How a sink that is not open to everybody is entered.
#[derive(Clone, Debug, Default)]
pub struct Door {
    /// Whether, and when, the conversation is encrypted.
    pub encryption: Encryption,
    /// Who may hand over a mail; everybody when left out.
    pub sign_in: Option<SignIn>,
}

/// When a conversation is encrypted.
#[derive(Clone, Debug, Default)]
pub enum Encryption {
    /// Never; nor is it offered, as when somebody on the way takes the offer out.
    #[default]
    None,
    /// From the first byte on.
    Wrapped(Certificate),
    /// After `STARTTLS`, before which no mail is taken.
    Upgraded(Certificate),
    /// `STARTTLS` is offered, and refused when it is asked for.
    Refused,
}

/// A name and a password, and the one mechanism by which they are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
    /// How they are sent.
    pub mechanism: Mechanism,
}

/// A mechanism of `AUTH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// Both in one line (RFC 4616).
    Plain,
    /// One after the other, as older servers ask.
    Login,
}

impl Mechanism {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
        }
    }
}

/// A door whose files have been read.
#[derive(Clone, Default)]
pub(super) struct Hung {
    pub sign_in: Option<SignIn>,
    /// Encrypts from the first byte.
    pub wraps: Option<TlsAcceptor>,
    /// Encrypts after `STARTTLS`.
    pub upgrades: Option<TlsAcceptor>,
    /// `STARTTLS` is announced.
    pub offers: bool,
}

impl Door {
    pub(super) fn hang(self) -> anyhow::Result<Hung> {
        let hung = Hung { sign_in: self.sign_in, ..Hung::default() };
        Ok(match self.encryption {
            Encryption::None => hung,
            Encryption::Refused => Hung { offers: true, ..hung },
            Encryption::Wrapped(certificate) => Hung { wraps: Some(acceptor(&certificate)?), ..hung },
            Encryption::Upgraded(certificate) => {
                Hung { upgrades: Some(acceptor(&certificate)?), offers: true, ..hung }
            }
        })
    }
}

fn acceptor(certificate: &Certificate) -> anyhow::Result<TlsAcceptor> {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&certificate.chain)
        .and_then(Iterator::collect)
        .with_context(|| format!("{} is no certificate", certificate.chain.display()))?;
    let key = PrivateKeyDer::from_pem_file(&certificate.key)
        .with_context(|| format!("{} is no private key", certificate.key.display()))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// What a line of base64 says, or nothing that anybody is called.
pub(super) fn decoded(line: &[u8]) -> String {
    let bytes = BASE64_STANDARD.decode(line.trim_ascii()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A question of `AUTH`, in base64.
pub(super) fn encoded(question: &str) -> String {
    BASE64_STANDARD.encode(question)
}
