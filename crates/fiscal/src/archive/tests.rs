use jiff::civil::date;
use time::macros::datetime;

use self::journal::{Files, Journal, ONE, TWO, entry, renamed, resigned, rezip, sale, unzip};
use super::*;
use crate::{Archived, ArchivedChain, Authority, Body, Event, Fingerprint, START, sample};

mod journal;

const TICKETS: &str = "LILLE-01/ticket-0001.jsonl";

fn lines(files: &Files, path: &str) -> Vec<Vec<u8>> {
    files[path].split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

fn flaw(result: Result<Verified, Fault>) -> Flaw {
    result.unwrap_err().flaw
}

#[test]
fn an_untouched_archive_is_whole() {
    let journal = Journal::of_three_days();
    let verified = journal.verify(&journal.archive()).unwrap();
    let counts: Vec<(&str, u64)> = verified.records.into_iter().collect();
    let expected =
        [("closing", 6), ("copy", 4), ("credit_note", 2), ("event", 2), ("ticket", 6), ("training", 2)];
    assert_eq!(counts, expected);
    assert_eq!(journal.archive(), journal.archive(), "the same records make the same bytes");
}

/// Who changes what is sealed, or how it is archived, finds another hash here, and gives it the next version.
#[test]
fn the_fiscal_version_moves_with_what_is_sealed() {
    let files = unzip(&Journal::of_three_days().archive());
    let manifest = Hash::plain(&files[MANIFEST]).to_string();
    let golden = "a78471ce1b659cdff5a100265ea3816e634587c8b46754229a04593d4674e3c9";
    let sealed = "47ec1d5c13cc85220c64b17a306ae8f4f8c8ccee536d56b2a99a9815f6c47328";
    assert_eq!((crate::VERSION, sample::GOLDEN_HASH, manifest.as_str()), ("2.1", sealed, golden));
}

#[test]
fn the_tables_say_what_was_sealed() {
    let files = unzip(&Journal::of_three_days().archive());
    let table = |name: &str| String::from_utf8(files[name].clone()).unwrap();
    let lines = table("LILLE-01/ticket-0001-lines.csv");
    assert!(
        lines.contains("1;1;02112345000008;\"Pommes \"\"Reinette\"\" vrac\";1200;712;854;550\n"),
        "{lines}"
    );
    let closings = table("LILLE-01/closing-0001-closings.csv");
    let first = "1;2026-10-27T05:00:00Z;day;2026-10-24;2026-10-25;EUR;1;1;1;0;0;2054;2054;2054\n";
    assert!(closings.contains(first), "{closings}");
    assert!(table("LILLE-01/event-0001-events.csv").contains(";80;Démarrage du terminal;cabas 0.0.0\n"));
}

#[test]
fn a_flipped_byte_in_any_file_is_found() {
    let journal = Journal::of_three_days();
    let whole = unzip(&journal.archive());
    for (name, bytes) in &whole {
        for place in (0..bytes.len()).step_by(61).chain([bytes.len() - 1]) {
            let mut files = whole.clone();
            files.get_mut(name).unwrap()[place] ^= 1;
            assert!(journal.verify(&rezip(&files)).is_err(), "{name}, byte {place}");
        }
    }
}

#[test]
fn a_flipped_byte_in_any_field_of_a_record_is_found_even_under_a_fresh_manifest() {
    let mut journal = Journal::empty();
    journal.seal(ONE, datetime!(2026-10-24 8:00 UTC), Body::Ticket(sale()));
    let whole = unzip(&journal.archive());
    for place in 0..lines(&whole, TICKETS)[0].len() {
        let mut files = whole.clone();
        files.get_mut(TICKETS).unwrap()[place] ^= 1;
        let fault = journal.verify(&resigned(files, &journal.authority, |_| ())).unwrap_err();
        let is_record =
            matches!(fault.flaw, Flaw::Record(Why::Hash | Why::Signature)) && fault.sequence == Some(1);
        assert!(is_record || fault.flaw == Flaw::Line, "byte {place}: {fault:?}");
    }
}

#[test]
fn a_dropped_middle_record_is_found_even_under_a_fresh_manifest() {
    let journal = Journal::of_three_days();
    let mut files = unzip(&journal.archive());
    let mut kept = lines(&files, TICKETS);
    kept.remove(1);
    files.insert(TICKETS.to_owned(), kept.concat());
    let fault = journal.verify(&resigned(files, &journal.authority, |_| ())).unwrap_err();
    let json = r#"{"terminal":"LILLE-01","kind":"ticket","sequence":2,"flaw":{"record":"hash"}}"#;
    assert_eq!(serde_json::to_string(&fault).unwrap(), json);
    assert_eq!(fault.to_string(), "LILLE-01, ticket 2: the seal does not match");
}

#[test]
fn a_replayed_record_is_found_even_under_a_fresh_manifest() {
    let journal = Journal::of_three_days();
    let mut files = unzip(&journal.archive());
    let mut kept = lines(&files, TICKETS);
    kept.insert(1, kept[0].clone());
    files.insert(TICKETS.to_owned(), kept.concat());
    let fault = journal.verify(&resigned(files, &journal.authority, |_| ())).unwrap_err();
    assert_eq!((fault.sequence, fault.flaw), (Some(2), Flaw::Record(Why::Hash)));
}

#[test]
fn a_tail_cut_from_an_archive_is_found() {
    let journal = Journal::of_three_days();
    let mut files = unzip(&journal.archive());
    let mut kept = lines(&files, TICKETS);
    kept.pop();
    files.insert(TICKETS.to_owned(), kept.concat());
    assert_eq!(flaw(journal.verify(&rezip(&files))), Flaw::FileHash);
    let documents = "LILLE-01/ticket-0001-documents.csv";
    for table in ["documents", "lines", "vat", "payments"] {
        let path = documents.replace("documents", table);
        let rows = lines(&files, &path);
        let kept: Vec<_> = rows.into_iter().filter(|row| !row.starts_with(b"3;")).collect();
        files.insert(path, kept.concat());
    }
    assert_eq!(flaw(journal.verify(&resigned(files.clone(), &journal.authority, |_| ()))), Flaw::End);
    let cut = resigned(files, &journal.authority, |manifest| {
        let last = entry(&journal.chain(ONE, Kind::Ticket)[1]);
        let chain =
            manifest.chains.iter_mut().find(|chain| chain.terminal == ONE && chain.kind == Kind::Ticket);
        chain.unwrap().last = Head { sequence: 2, hash: last.hash };
    });
    assert_eq!(flaw(journal.verify(&cut)), Flaw::Closing(NotNext::Range), "a closing knows what it closed");
}

#[test]
fn a_tail_cut_before_the_archive_was_made_is_found_by_who_saw_it() {
    let whole = Journal::of_three_days();
    let witness = whole.witness(ONE, 3);
    assert!(whole.verify_with(&whole.archive(), std::slice::from_ref(&witness)).is_ok());
    let mut cut = Journal::of_three_days();
    cut.chains.get_mut(&(ONE.to_owned(), Kind::Ticket)).unwrap().pop();
    cut.chains.remove(&(ONE.to_owned(), Kind::Closing));
    cut.close(ONE, datetime!(2026-10-27 5:00 UTC));
    assert!(cut.verify(&cut.archive()).is_ok(), "nothing in it tells");
    let fault = cut.verify_with(&cut.archive(), std::slice::from_ref(&witness)).unwrap_err();
    assert_eq!((fault.sequence, fault.flaw), (Some(3), Flaw::CutTail));
    let later = Witness { time: datetime!(2026-10-27 9:00 UTC), ..witness.clone() };
    assert!(cut.verify_with(&cut.archive(), &[later]).is_ok(), "what came after the period is not in it");
    let other = Witness { hash: Hash::plain(b"another"), ..witness };
    assert_eq!(flaw(whole.verify_with(&whole.archive(), &[other])), Flaw::Witness);
}

#[test]
fn a_till_that_is_missing_from_an_archive_is_found_by_who_saw_its_sales() {
    let whole = Journal::of_three_days();
    let seen = [whole.witness(ONE, 1), whole.witness(TWO, 2)];
    assert!(whole.verify_with(&whole.archive(), &seen).is_ok());
    let mut without = Journal::of_three_days();
    without.chains.retain(|(terminal, _), _| terminal != TWO);
    let archive = without.archive();
    assert!(without.verify(&archive).is_ok(), "nothing in it tells");
    let fault = without.verify_with(&archive, &seen).unwrap_err();
    assert_eq!(fault, Fault::of_record(TWO, Kind::Ticket, 2, Flaw::CutTail));
    let elsewhere = Witness { siret: "99999999800027".to_owned(), ..whole.witness(TWO, 2) };
    let later = Witness { time: datetime!(2026-10-27 9:00 UTC), ..whole.witness(TWO, 2) };
    for other in [elsewhere, later] {
        assert!(without.verify_with(&archive, &[other]).is_ok(), "what is not of the archive is not in it");
    }
}

#[test]
fn keys_that_an_archive_brings_along_prove_nothing_without_the_fingerprint() {
    let mut forged = Journal::of_three_days();
    let trust = forged.authority.fingerprint();
    forged.authority = Authority::from_seed([8; 32]);
    let archive = forged.archive();
    let fault = verify_archive(std::io::Cursor::new(&archive), &trust, &[]).unwrap_err();
    assert_eq!(fault.flaw, Flaw::Untrusted);
    let trust: Fingerprint = sample::authority().fingerprint();
    let mut files = unzip(&Journal::of_three_days().archive());
    files.insert(SIGNATURE.to_owned(), unzip(&archive)[SIGNATURE].clone());
    let fault = verify_archive(std::io::Cursor::new(rezip(&files)), &trust, &[]).unwrap_err();
    assert_eq!(fault.flaw, Flaw::ManifestSignature);
}

#[test]
fn swapped_keys_are_found() {
    let mut journal = Journal::empty();
    journal.signer = |_| TWO;
    journal.seal(ONE, datetime!(2026-10-24 8:00 UTC), Body::Ticket(sale()));
    let fault = journal.verify(&journal.archive()).unwrap_err();
    assert_eq!((fault.sequence, fault.flaw), (Some(1), Flaw::Record(Why::Signature)));
    let journal = Journal::of_three_days();
    let swapped = resigned(unzip(&journal.archive()), &journal.authority, |manifest| {
        let key = manifest.certificates[1].public_key;
        manifest.certificates[0].public_key = key;
    });
    assert_eq!(flaw(journal.verify(&swapped)), Flaw::Certificate);
}

#[test]
fn a_closing_that_does_not_say_what_it_closed_is_found() {
    let mut journal = Journal::of_three_days();
    let key = (ONE.to_owned(), Kind::Closing);
    let last = journal.chains.get_mut(&key).unwrap().pop().unwrap();
    let Body::Closing(mut closing) = last.record.body else { unreachable!() };
    for totals in [&mut closing.totals, &mut closing.year_to_date, &mut closing.perpetual] {
        let one = money::Cents::new(1);
        totals.total = totals.total.checked_sub(one).unwrap();
        totals.rates[0].ttc = totals.rates[0].ttc.checked_sub(one).unwrap();
        totals.rates[0].ht = totals.rates[0].ht.checked_sub(one).unwrap();
        totals.payments[0].amount = totals.payments[0].amount.checked_sub(one).unwrap();
    }
    closing.tickets.total = closing.tickets.total.checked_sub(money::Cents::new(1)).unwrap();
    journal.seal(ONE, last.record.time, Body::Closing(closing));
    let fault = journal.verify(&journal.archive()).unwrap_err();
    assert_eq!((fault.kind, fault.sequence), (Some(Kind::Closing), Some(3)));
    assert_eq!(fault.flaw, Flaw::Closing(NotNext::Range));
}

#[test]
fn an_archive_whose_closings_end_before_its_period_is_not_whole() {
    let mut journal = Journal::empty();
    journal.seal(ONE, datetime!(2026-10-24 8:00 UTC), Body::Ticket(sale()));
    let closed_at =
        [datetime!(2026-10-24 9:00 UTC), datetime!(2026-10-25 5:00 UTC), datetime!(2026-10-27 5:00 UTC)];
    for (closed_at, missing) in closed_at.into_iter().zip([Some(1), Some(2), None]) {
        journal.close(ONE, closed_at);
        let fault = |sequence| Fault::of_record(ONE, Kind::Closing, sequence, Flaw::NotClosed);
        assert_eq!(journal.verify(&journal.archive()).err(), missing.map(fault), "{closed_at}");
    }
    // Who sold nothing before the archive's end has nothing to close by then.
    journal.chains.remove(&(ONE.to_owned(), Kind::Ticket));
    journal.chains.remove(&(ONE.to_owned(), Kind::Closing));
    journal.seal(ONE, datetime!(2026-10-24 6:00 UTC), Body::Event(Event::of(START, "cabas 0.0.0")));
    assert!(journal.verify(&journal.archive()).is_ok());
}

#[test]
fn closing_twice_is_found() {
    let mut journal = Journal::of_three_days();
    let again = journal.chain(ONE, Kind::Closing)[2].record.body.clone();
    journal.seal(ONE, datetime!(2026-10-27 5:01 UTC), again);
    let fault = journal.verify(&journal.archive()).unwrap_err();
    assert_eq!((fault.sequence, fault.flaw), (Some(4), Flaw::Closing(NotNext::Period)));
}

#[test]
fn an_entry_into_a_closed_period_is_found() {
    let mut journal = Journal::of_three_days();
    journal.seal(ONE, datetime!(2026-10-26 12:00 UTC), Body::Ticket(sale()));
    let fault = journal.verify(&journal.archive()).unwrap_err();
    assert_eq!((fault.sequence, fault.flaw), (Some(4), Flaw::ClosedPeriod));
}

#[test]
fn a_gap_in_the_numbers_of_duplicata_is_found() {
    let document = |journal: &Journal| {
        let kept = &journal.chain(ONE, Kind::Ticket)[0];
        let (sequence, hash) = (kept.record.sequence, kept.sealed.hash);
        crate::Reference { kind: Kind::Ticket, terminal: ONE.to_owned(), sequence, hash }
    };
    for (number, expected) in [(3, Some(2)), (1, Some(2)), (0, Some(2)), (2, None)] {
        let mut journal = Journal::of_three_days();
        let document = document(&journal);
        journal.copy(ONE, &document, number);
        let found = journal.verify(&journal.archive()).err().map(|fault| fault.flaw);
        assert_eq!(found, expected.map(|expected| Flaw::Duplicata { expected }), "number {number}");
    }
}

#[test]
fn a_copy_or_a_credit_note_of_nothing_is_found() {
    let kept = Journal::of_three_days();
    let hash = kept.chain(ONE, Kind::Ticket)[0].sealed.hash;
    let nothing =
        |sequence, hash| crate::Reference { kind: Kind::Ticket, terminal: TWO.to_owned(), sequence, hash };
    // The tills' first tickets differ by their till alone.
    for document in [nothing(1, hash), nothing(4, hash)] {
        let mut journal = Journal::of_three_days();
        journal.copy(ONE, &document, 0);
        assert_eq!(flaw(journal.verify(&journal.archive())), Flaw::Reference);
        let mut journal = Journal::of_three_days();
        journal.credit_note(ONE, datetime!(2026-10-27 9:00 UTC), document);
        assert_eq!(flaw(journal.verify(&journal.archive())), Flaw::Reference);
    }
}

#[test]
fn files_that_are_missing_or_too_many_or_no_archive_are_found() {
    let journal = Journal::of_three_days();
    let whole = unzip(&journal.archive());
    let mut files = whole.clone();
    files.insert("more.txt".to_owned(), b"more".to_vec());
    assert_eq!(flaw(journal.verify(&rezip(&files))), Flaw::OtherFiles);
    for missing in [MANIFEST, SIGNATURE] {
        let mut files = whole.clone();
        files.remove(missing);
        assert_eq!(flaw(journal.verify(&rezip(&files))), Flaw::MissingFile);
    }
    assert_eq!(flaw(journal.verify(b"no archive")), Flaw::Unreadable);
}

#[test]
fn two_files_of_one_name_are_found() {
    let journal = Journal::of_three_days();
    let archive = journal.archive();
    for name in [MANIFEST, SIGNATURE, TICKETS] {
        let mut files = unzip(&archive);
        // It comes first: who takes the last one reads the archive as it was.
        let twin = format!("{}!", &name[..name.len() - 1]);
        files.insert(twin.clone(), b"another".to_vec());
        let twice = renamed(rezip(&files), &twin, name);
        assert_eq!(flaw(journal.verify(&twice)), Flaw::OtherFiles, "{name}");
        let unlisted = rezip(&Files::from([(name.to_owned(), b"another".to_vec())]));
        let before = [unlisted, archive.clone()].concat();
        assert_eq!(flaw(journal.verify(&before)), Flaw::OtherFiles, "{name}, not in the directory");
    }
}

#[test]
fn an_archive_bears_witness_of_those_before() {
    let mut journal = Journal::of_three_days();
    let chain = |sequence, hash| ArchivedChain { kind: Kind::Ticket, last: Head { sequence, hash } };
    let body = |chain| {
        let (from, until) = (date(2026, 1, 1), date(2026, 10, 25));
        Body::Archive(Archived { from, until, manifest: Hash::plain(b""), chains: vec![chain] })
    };
    let hash = journal.chain(ONE, Kind::Ticket)[0].sealed.hash;
    journal.seal(ONE, datetime!(2026-10-25 5:00 UTC), body(chain(1, hash)));
    assert!(journal.verify(&journal.archive()).is_ok());
    journal.seal(ONE, datetime!(2026-10-25 5:00 UTC), body(chain(1, Hash::plain(b"another"))));
    assert_eq!(flaw(journal.verify(&journal.archive())), Flaw::Witness);
}

#[test]
fn a_broken_journal_is_not_archived_as_if_it_were_whole() {
    let mut journal = Journal::of_three_days();
    journal.chains.get_mut(&(ONE.to_owned(), Kind::Ticket)).unwrap().remove(0);
    let opening = Opening {
        siret: sample::SIRET.to_owned(),
        from: date(2026, 1, 1),
        until: date(2027, 1, 1),
        time_zone: "Europe/Paris".to_owned(),
        fiscal_year_starts: 1,
        made: "2027-01-01T06:00:00Z".to_owned(),
    };
    let out = || std::io::Cursor::new(Vec::new());
    let mut writer = ArchiveWriter::new(out(), &journal.authority, opening.clone()).unwrap();
    writer.begin(ONE, Kind::Ticket, Head::START).unwrap();
    let kept = &journal.chain(ONE, Kind::Ticket)[0];
    let refused = writer.push(entry(kept), &kept.signature).unwrap_err();
    assert!(matches!(refused, Unwritten::Broken { broken: Broken { sequence: 1, .. }, .. }), "{refused}");
    let longer = Opening { until: date(2027, 1, 2), ..opening };
    assert!(matches!(ArchiveWriter::new(out(), &journal.authority, longer), Err(Unwritten::Period)));
}

#[test]
fn many_records_fill_several_files() {
    let mut journal = Journal::empty();
    for second in 0..i64::try_from(PART).unwrap() + 2 {
        let time = datetime!(2026-10-24 8:00 UTC) + time::Duration::seconds(second);
        journal.seal(ONE, time, Body::Ticket(sale()));
    }
    journal.close(ONE, datetime!(2026-10-27 5:00 UTC));
    let archive = journal.archive();
    assert!(unzip(&archive).contains_key("LILLE-01/ticket-0002.jsonl"));
    assert_eq!(journal.verify(&archive).unwrap().records["ticket"], PART as u64 + 2);
}
