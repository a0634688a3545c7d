//! What a first run leaves behind.

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
        "postgres/checkout_owner.password",
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
