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

use crate::config::TlsArgs;

/// The five services.
pub const SERVICES: [&str; 5] = ["checkout", "membership", "receipt", "reviews", "analytics"];

/// The users of NATS: the services, the operator, the two of the analysts' account, and the server's own.
pub const NATS_USERS: [&str; 9] = [
    "checkout",
    "membership",
    "receipt",
    "reviews",
    "analytics",
    "operator",
    "analysts-admin",
    "analyst",
    "system",
];

/// How long a certificate is valid.
const VALIDITY: Duration = Duration::days(825);

/// Writes the authority, a certificate for every service, the portal, the operator, each terminal and nats-server, the key of the
/// staff assertions, and the passwords of NATS and PostgreSQL into `folder`. What is there already is kept, so that it can be run
/// again for another terminal.
///
/// # Errors
/// When a terminal's code is none, or a file cannot be read or written.
pub fn create(folder: &Path, terminals: &[String]) -> anyhow::Result<()> {
    for code in terminals {
        let is_code = (1..=16).contains(&code.len())
            && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-');
        anyhow::ensure!(is_code, "{code:?} is no code of a terminal: 1 to 16 of A-Z, 0-9 and -");
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let authority = authority(folder)?;
    for name in SERVICES.into_iter().chain(["portal"]) {
        certificate(folder, &authority, name, Some(&format!("spiffe://cabas/service/{name}")), name)?;
    }
    certificate(folder, &authority, "operator", Some("spiffe://cabas/operator/operator"), "operator")?;
    certificate(folder, &authority, "nats", None, "nats")?;
    for code in terminals {
        let name = format!("terminal-{code}");
        certificate(
            folder,
            &authority,
            &name,
            Some(&format!("spiffe://cabas/terminal/{code}")),
            &name.to_lowercase(),
        )?;
    }
    staff_key(folder)?;
    fiscal_key(folder)?;
    passwords(folder)
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
    host: &str,
) -> anyhow::Result<()> {
    let cert_file = folder.join(format!("{name}.pem"));
    if cert_file.exists() {
        return Ok(());
    }
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec![host.to_owned(), "localhost".to_owned()])?;
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
    for (part, names) in [("postgres", &SERVICES[..]), ("nats", &NATS_USERS[..])] {
        let part = folder.join(part);
        fs::create_dir_all(&part)?;
        let superuser = if part.ends_with("postgres") { Some("superuser") } else { None };
        for name in names.iter().copied().chain(superuser) {
            let file = part.join(format!("{name}.password"));
            if !file.exists() {
                write_new(&file, &BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 24]>()), 0o600)?;
            }
        }
    }
    let nats = folder.join("nats");
    let mut lines = String::new();
    for user in NATS_USERS {
        let password = fs::read_to_string(nats.join(format!("{user}.password")))?;
        lines +=
            &format!("{}_PASSWORD: \"{}\"\n", user.to_uppercase().replace('-', "_"), password.trim_end());
    }
    write_new(&nats.join("passwords.conf"), &lines, 0o600)
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
mod tests {
    use x509_parser::extensions::GeneralName;

    use super::*;

    #[test]
    fn a_second_run_adds_a_terminal_and_keeps_everything_else() {
        let folder = tempfile::tempdir().unwrap();
        let read = |file: &str| fs::read_to_string(folder.path().join(file)).unwrap();
        create(folder.path(), &["LILLE-01".to_owned()]).unwrap();
        let kept =
            ["ca.pem", "ca.key", "checkout.key", "staff.key", "nats/passwords.conf", "terminal-LILLE-01.pem"];
        let before = kept.map(read);
        create(folder.path(), &["LILLE-01".to_owned(), "LILLE-02".to_owned()]).unwrap();
        assert_eq!(kept.map(read), before);
        assert!(folder.path().join("terminal-LILLE-02.key").exists());
    }

    #[test]
    fn a_secret_is_readable_by_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        create(folder.path(), &[]).unwrap();
        for file in [
            "ca.key",
            "checkout.key",
            "nats.key",
            "staff.key",
            "nats/passwords.conf",
            "postgres/checkout.password",
        ] {
            let mode = fs::metadata(folder.path().join(file)).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{file}");
        }
    }

    #[test]
    fn a_certificate_bears_the_identity_of_its_terminal() {
        let folder = tempfile::tempdir().unwrap();
        create(folder.path(), &["LILLE-01".to_owned()]).unwrap();
        let caller = crate::Caller::from_certificate(&der(folder.path(), "terminal-LILLE-01.pem")).unwrap();
        assert_eq!(caller, crate::Caller::Terminal("LILLE-01".to_owned()));
    }

    #[test]
    fn a_terminal_whose_code_is_none_gets_no_certificate() {
        let folder = tempfile::tempdir().unwrap();
        for code in ["", "bad code", "../../evil", "lille-01", "LILLE-01-LILLE-01"] {
            assert!(create(folder.path(), &[code.to_owned()]).is_err(), "{code:?}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn the_certificate_of_nats_names_where_it_answers_and_opens_no_service() {
        let folder = tempfile::tempdir().unwrap();
        create(folder.path(), &[]).unwrap();
        let der = der(folder.path(), "nats.pem");
        let (_, certificate) = x509_parser::parse_x509_certificate(&der).unwrap();
        let names = &certificate.subject_alternative_name().unwrap().unwrap().value.general_names;
        let names: Vec<_> = names
            .iter()
            .map(|name| match name {
                GeneralName::DNSName(name) => (*name).to_owned(),
                GeneralName::IPAddress(octets) => format!("{octets:?}"),
                other => panic!("nobody asked for {other:?}"),
            })
            .collect();
        assert_eq!(names, ["nats", "localhost", "[127, 0, 0, 1]"]);
        let usages = certificate.extended_key_usage().unwrap().unwrap().value;
        assert!(usages.server_auth && !usages.client_auth);
        assert!(crate::Caller::from_certificate(&der).is_err());
    }

    fn der(folder: &Path, file: &str) -> Vec<u8> {
        let pem = fs::read(folder.join(file)).unwrap();
        x509_parser::pem::parse_x509_pem(&pem).unwrap().1.contents
    }
}
