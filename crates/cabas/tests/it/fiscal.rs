//! Keys and archives of the fiscal journal, as the tax office meets them.

use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::process::{Command, Output};

use fiscal::{ArchiveWriter, Authority, Body, Event, Head, Kind, Opening, Record, START};
use serde_json::json;
use tempfile::TempDir;
use time::macros::datetime;

fn run(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cabas")).arg("fiscal").args(words).env_clear().output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap().trim_end().to_owned()
}

/// An archive with one technical event in it.
fn archive(folder: &Path, authority: &Authority) -> String {
    let opening = Opening {
        siret: "99999999800019".to_owned(),
        from: "2026-01-01".parse().unwrap(),
        until: "2027-01-01".parse().unwrap(),
        time_zone: "Europe/Paris".to_owned(),
        fiscal_year_starts: 1,
        made: "2027-01-01T06:00:00Z".to_owned(),
    };
    let record = Record {
        terminal: "LILLE-01".to_owned(),
        siret: opening.siret.clone(),
        sequence: 1,
        time: datetime!(2026-02-18 8:00 UTC),
        body: Body::Event(Event::of(START, "cabas 0.0.0")),
    };
    let sealed = record.seal(&fiscal::GENESIS).unwrap();
    let signature = authority.terminal(&record.siret, &record.terminal).sign(&sealed.hash);
    let mut writer = ArchiveWriter::new(Cursor::new(Vec::new()), authority, opening).unwrap();
    writer.begin("LILLE-01", Kind::Event, Head::START).unwrap();
    writer.push(sealed.entry(1), &signature).unwrap();
    let file = folder.join("archive.zip");
    fs::write(&file, writer.finish().unwrap().0.into_inner()).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn a_key_is_made_once_and_its_fingerprint_is_what_archives_are_verified_with() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("fiscal.key").to_str().unwrap().to_owned();
    let made = run(&["key", "new", &file]);
    assert!(made.status.success());
    let fingerprint = told(&run(&["fingerprint", &file]));
    assert_eq!((told(&made), fingerprint.len()), (fingerprint.clone(), 64));
    assert!(!run(&["key", "new", &file]).status.success(), "a secret is never overwritten");
    assert_eq!(told(&run(&["fingerprint", &file])), fingerprint);

    let authority = Authority::parse(&fs::read_to_string(&file).unwrap()).unwrap();
    let archive = archive(folder.path(), &authority);
    let verified = run(&["verify", &archive, "--trust", &fingerprint]);
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");
    assert!(told(&verified).contains(r#""records":{"event":1}"#), "{}", told(&verified));
}

#[test]
fn an_archive_of_another_authority_or_with_a_cut_tail_is_refused_with_what_is_wrong_as_json() {
    let folder = TempDir::new().unwrap();
    let authority = Authority::from_seed([7; 32]);
    let archive = archive(folder.path(), &authority);
    let other = Authority::from_seed([8; 32]).fingerprint().to_string();
    let refused = run(&["verify", &archive, "--trust", &other]);
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(told(&refused), r#"{"file":"manifest.json","flaw":"untrusted"}"#);

    let witness = folder.path().join("witness.jsonl");
    let seen = json!({
        "siret": "99999999800019",
        "terminal": "LILLE-01",
        "kind": "event",
        "sequence": 2,
        "hash": "0".repeat(64),
        "time": "2026-02-19T08:00:00Z",
    });
    fs::write(&witness, format!("{seen}\n")).unwrap();
    let trust = authority.fingerprint().to_string();
    let cut = run(&["verify", &archive, "--trust", &trust, "--witness", witness.to_str().unwrap()]);
    assert_eq!(cut.status.code(), Some(1));
    let fault = r#"{"terminal":"LILLE-01","kind":"event","sequence":2,"flaw":"cut_tail"}"#;
    assert_eq!(told(&cut), fault);
}
