//! A private authority for the demo and for small shops, with every other secret that a first run needs.

use std::{
    fs,
    io::Write,
    net::{IpAddr, Ipv4Addr},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::Context;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::{
    SigningKey,
    pkcs8::{EncodePrivateKey, EncodePublicKey, spki::der::pem::LineEnding},
};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, SanType,
};
use time::{Duration, OffsetDateTime};

use crate::{config::TlsArgs, stores::ensure_code};

mod store;

pub use store::create_store;

/// The five services.
pub const SERVICES: [&str; 5] = ["checkout", "membership", "receipt", "reviews", "analytics"];

/// The users of NATS: the services, the operator, the two of the analysts' account, the shops' own, and the server's own.
pub const NATS_USERS: [&str; 10] = [
    "checkout",
    "membership",
    "receipt",
    "reviews",
    "analytics",
    "operator",
    "analysts-admin",
    "analyst",
    "shops-admin",
    "system",
];

/// The role of PostgreSQL that owns the tables of checkout, which the one that serves does not.
const OWNER: &str = "checkout_owner";

/// How long a certificate is valid.
const VALIDITY: Duration = Duration::days(825);

/// Writes the authority, a certificate for every service, the portal, the operator, each terminal and nats-server, the key of the
/// staff assertions, and the passwords of NATS and PostgreSQL into `folder`. What is there already is kept, so that it can be run
/// again for another terminal.
///
/// # Errors
/// When a terminal's code is none, or a file cannot be read or written.
pub fn create(folder: &Path, terminals: &[String]) -> anyhow::Result<()> {
    all_are_codes(terminals)?;
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let authority = authority(folder)?;
    for name in SERVICES.into_iter().chain(["portal"]) {
        certificate(folder, &authority, name, Some(&format!("spiffe://cabas/service/{name}")), &[name])?;
    }
    certificate(folder, &authority, "operator", Some("spiffe://cabas/operator/operator"), &["operator"])?;
    certificate(folder, &authority, "nats", None, &["nats"])?;
    terminal_certificates(folder, &authority, terminals)?;
    staff_key(folder)?;
    fiscal_key(folder)?;
    passwords(folder)
}

fn all_are_codes(terminals: &[String]) -> anyhow::Result<()> {
    for code in terminals {
        ensure_code(code, "terminal")?;
    }
    Ok(())
}

fn terminal_certificates(
    folder: &Path,
    authority: &CertifiedIssuer<'static, KeyPair>,
    terminals: &[String],
) -> anyhow::Result<()> {
    for code in terminals {
        let name = format!("terminal-{code}");
        certificate(
            folder,
            authority,
            &name,
            Some(&format!("spiffe://cabas/terminal/{code}")),
            &[&name.to_lowercase()],
        )?;
    }
    Ok(())
}

/// The files of one identity that [`create`] wrote.
#[must_use]
pub fn identity(folder: &Path, name: &str) -> TlsArgs {
    TlsArgs {
        tls_cert: folder.join(format!("{name}.pem")),
        tls_key: folder.join(format!("{name}.key")),
        tls_ca: folder.join("ca.pem"),
    }
}

fn authority(folder: &Path) -> anyhow::Result<CertifiedIssuer<'static, KeyPair>> {
    let (key_file, cert_file) = (folder.join("ca.key"), folder.join("ca.pem"));
    let key = if key_file.exists() {
        KeyPair::from_pem(&fs::read_to_string(&key_file)?).context("ca.key is not a private key")?
    } else {
        let key = KeyPair::generate()?;
        write_new(&key_file, &key.serialize_pem(), 0o600)?;
        key
    };
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Cabas private authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = OffsetDateTime::now_utc() - Duration::days(1);
    params.not_after = params.not_before + Duration::days(3650);
    let authority = CertifiedIssuer::self_signed(params, key)?;
    if !cert_file.exists() {
        write_new(&cert_file, &authority.pem(), 0o644)?;
    }
    Ok(authority)
}

/// A certificate with the identity `uri`; a server that calls nobody has none, and its key opens no service.
fn certificate(
    folder: &Path,
    authority: &CertifiedIssuer<'static, KeyPair>,
    name: &str,
    uri: Option<&str>,
    hosts: &[&str],
) -> anyhow::Result<()> {
    let cert_file = folder.join(format!("{name}.pem"));
    if cert_file.exists() {
        return Ok(());
    }
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(
        hosts.iter().chain(&["localhost"]).map(ToString::to_string).collect::<Vec<_>>(),
    )?;
    params.subject_alt_names.push(SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    if let Some(uri) = uri {
        params.subject_alt_names.push(SanType::URI(uri.try_into().context("not a URI")?));
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
    }
    params.not_before = OffsetDateTime::now_utc() - Duration::days(1);
    params.not_after = params.not_before + VALIDITY;
    write_new(&folder.join(format!("{name}.key")), &key.serialize_pem(), 0o600)?;
    write_new(&cert_file, &params.signed_by(&key, authority)?.pem(), 0o644)
}

fn staff_key(folder: &Path) -> anyhow::Result<()> {
    let file = folder.join("staff.key");
    if file.exists() {
        return Ok(());
    }
    let key = SigningKey::from_bytes(&rand::random());
    write_new(&file, &key.to_pkcs8_pem(LineEnding::LF)?, 0o600)?;
    write_new(&folder.join("staff.pub"), &key.verifying_key().to_public_key_pem(LineEnding::LF)?, 0o644)
}

/// The secret from which the keys of the fiscal journal follow: 32 bytes in hexadecimal digits.
fn fiscal_key(folder: &Path) -> anyhow::Result<()> {
    let file = folder.join("fiscal.key");
    if file.exists() {
        return Ok(());
    }
    let seed: [u8; 32] = rand::random();
    let digits: String = seed.iter().map(|byte| format!("{byte:02x}")).collect();
    write_new(&file, &digits, 0o600)
}

fn passwords(folder: &Path) -> anyhow::Result<()> {
    password_files(&folder.join("postgres"), SERVICES.into_iter().chain([OWNER, "superuser"]))?;
    password_files(&folder.join("nats"), NATS_USERS)?;
    let variables = password_variables(&folder.join("nats"), &NATS_USERS)? + &store::users(folder)?;
    write_new(&folder.join("nats").join("passwords.conf"), &variables, 0o600)
}

/// A password for each name, where it has none yet.
fn password_files<'a>(part: &Path, names: impl IntoIterator<Item = &'a str>) -> anyhow::Result<()> {
    fs::create_dir_all(part)?;
    for name in names {
        let file = part.join(format!("{name}.password"));
        if !file.exists() {
            write_new(&file, &BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 24]>()), 0o600)?;
        }
    }
    Ok(())
}

/// `analysts-admin` → `ANALYSTS_ADMIN_PASSWORD: "…"`
fn password_variables(nats: &Path, users: &[&str]) -> anyhow::Result<String> {
    let mut lines = String::new();
    for user in users {
        let password = fs::read_to_string(nats.join(format!("{user}.password")))?;
        lines +=
            &format!("{}_PASSWORD: \"{}\"\n", user.to_uppercase().replace('-', "_"), password.trim_end());
    }
    Ok(lines)
}

fn write_new(file: &Path, text: &str, mode: u32) -> anyhow::Result<()> {
    let mut opened = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(file)
        .with_context(|| format!("cannot write {}", file.display()))?;
    opened.write_all(text.as_bytes())?;
    Ok(())
}

#[cfg(test)]
mod tests;
