//! A journal of two tills as it would be kept, and archives of it, also by somebody who has the key.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

use jiff::civil::date;
use money::Currency;
use time::OffsetDateTime;
use time::macros::datetime;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::archive::{MANIFEST, SIGNATURE, signed};
use crate::{
    ArchiveWriter, Authority, Body, Books, Calendar, Copy, Entry, Event, Fault, Hash, Head, Kind, Manifest,
    Means, Opening, Period, Record, Reference, START, Sale, Sealed, Signature, Verified, Witness, sample,
    verify_archive,
};

pub type Files = BTreeMap<String, Vec<u8>>;

pub struct Kept {
    pub record: Record,
    pub sealed: Sealed,
    pub signature: Signature,
}

pub struct Journal {
    pub authority: Authority,
    pub chains: BTreeMap<(String, Kind), Vec<Kept>>,
    pub signer: fn(&str) -> &str,
}

pub const ONE: &str = "LILLE-01";
pub const TWO: &str = "LILLE-02";

fn calendar() -> Calendar {
    Calendar::new("Europe/Paris", 1).unwrap()
}

impl Journal {
    pub fn empty() -> Self {
        Self { authority: sample::authority(), chains: BTreeMap::new(), signer: |terminal| terminal }
    }

    /// Two tills over three days: sales, a credit note, mails, a duplicata, a practised sale.
    pub fn of_three_days() -> Self {
        let mut journal = Self::empty();
        for terminal in [ONE, TWO] {
            let start = datetime!(2026-10-24 6:00 UTC);
            journal.seal(terminal, start, Body::Event(Event::of(START, "cabas 0.0.0")));
            journal.seal(terminal, start, Body::Training(sale()));
            let first = journal.seal(terminal, datetime!(2026-10-24 8:00 UTC), Body::Ticket(sale()));
            journal.copy(terminal, &first, 0);
            journal.seal(terminal, datetime!(2026-10-25 22:59:59 UTC), Body::Ticket(sale()));
            journal.copy(terminal, &first, 1);
            journal.credit_note(terminal, datetime!(2026-10-26 9:00 UTC), first);
            journal.seal(terminal, datetime!(2026-10-26 9:30 UTC), Body::Ticket(sale()));
            journal.close(terminal, datetime!(2026-10-27 5:00 UTC));
        }
        journal
    }

    pub fn seal(&mut self, terminal: &str, time: OffsetDateTime, body: Body) -> Reference {
        let kind = body.kind();
        let chain = self.chains.entry((terminal.to_owned(), kind)).or_default();
        let previous = chain.last().map_or(crate::GENESIS, |kept| kept.sealed.hash);
        let sequence = i64::try_from(chain.len()).unwrap() + 1;
        let record = Record { terminal: terminal.to_owned(), time, ..sample::record(sequence, body) };
        let sealed = record.seal(&previous).unwrap();
        let key = self.authority.terminal(sample::SIRET, (self.signer)(terminal));
        let (hash, signature) = (sealed.hash, key.sign(&sealed.hash));
        chain.push(Kept { record, sealed, signature });
        Reference { kind, terminal: terminal.to_owned(), sequence, hash }
    }

    pub fn copy(&mut self, terminal: &str, document: &Reference, number: i64) {
        let copy = Copy { document: document.clone(), means: Means::Sending, number };
        self.seal(terminal, datetime!(2026-10-26 10:00 UTC), Body::Copy(copy));
    }

    pub fn credit_note(&mut self, terminal: &str, time: OffsetDateTime, original: Reference) -> Reference {
        let given_back = sample::credit_note(1).body.sale().unwrap().clone();
        self.seal(terminal, time, Body::CreditNote(Sale { original: Some(original), ..given_back }))
    }

    /// Seals whatever is due.
    pub fn close(&mut self, terminal: &str, now: OffsetDateTime) {
        let mut books = Books::new(calendar(), Currency::EUR);
        for kept in self.chain(terminal, Kind::Closing) {
            let Body::Closing(closing) = &kept.record.body else { unreachable!() };
            books.follow(closing).unwrap();
        }
        if let Some(first) = self.chain(terminal, Kind::Ticket).first() {
            books.open(first.record.time);
        }
        while let Some(due) = books.due(now) {
            let closing = if due.period == Period::Day {
                let mut day = books.count(due);
                let (tickets, credit_notes) = books.closed();
                for (kind, last) in [(Kind::Ticket, tickets), (Kind::CreditNote, credit_notes)] {
                    for Kept { record, sealed, .. } in self.chain(terminal, kind) {
                        if record.sequence > last.sequence {
                            let head = Head { sequence: record.sequence, hash: sealed.hash };
                            day.enter(kind, head, record.time, record.body.sale().unwrap()).unwrap();
                        }
                    }
                }
                books.close_day(day).unwrap()
            } else {
                books.close(due)
            };
            books.follow(&closing).unwrap();
            self.seal(terminal, now, Body::Closing(Box::new(closing)));
        }
    }

    pub fn chain(&self, terminal: &str, kind: Kind) -> &[Kept] {
        self.chains.get(&(terminal.to_owned(), kind)).map_or(&[], Vec::as_slice)
    }

    /// That a ticket was seen elsewhere.
    pub fn witness(&self, terminal: &str, sequence: usize) -> Witness {
        let Kept { record, sealed, .. } = &self.chain(terminal, Kind::Ticket)[sequence - 1];
        Witness {
            siret: record.siret.clone(),
            terminal: terminal.to_owned(),
            kind: Kind::Ticket,
            sequence: record.sequence,
            hash: sealed.hash,
            time: record.time,
        }
    }

    pub fn archive(&self) -> Vec<u8> {
        self.archive_after(|_, _| 0)
    }

    /// An archive that begins after some of each chain.
    pub fn archive_after(&self, after: impl Fn(&str, Kind) -> usize) -> Vec<u8> {
        let opening = Opening {
            siret: sample::SIRET.to_owned(),
            from: date(2026, 1, 1),
            until: date(2026, 10, 27),
            time_zone: "Europe/Paris".to_owned(),
            fiscal_year_starts: 1,
            made: "2026-10-27T06:00:00Z".to_owned(),
        };
        let mut writer = ArchiveWriter::new(Cursor::new(Vec::new()), &self.authority, opening).unwrap();
        for ((terminal, kind), kept) in &self.chains {
            let (before, kept) = kept.split_at(after(terminal, *kind));
            let head = before
                .last()
                .map_or(Head::START, |kept| Head { sequence: kept.record.sequence, hash: kept.sealed.hash });
            writer.begin(terminal, *kind, head).unwrap();
            for Kept { record, sealed, signature } in kept {
                writer.push(sealed.entry(record.sequence), signature).unwrap();
            }
        }
        writer.finish().unwrap().0.into_inner()
    }

    pub fn verify(&self, archive: &[u8]) -> Result<Verified, Fault> {
        self.verify_with(archive, &[])
    }

    pub fn verify_with(&self, archive: &[u8], witnesses: &[Witness]) -> Result<Verified, Fault> {
        verify_archive(Cursor::new(archive), &self.authority.fingerprint(), witnesses)
    }
}

pub fn sale() -> Sale {
    sample::ticket(1).body.sale().unwrap().clone()
}

pub fn entry(kept: &Kept) -> Entry<'_> {
    kept.sealed.entry(kept.record.sequence)
}

pub fn unzip(archive: &[u8]) -> Files {
    let mut zip = ZipArchive::new(Cursor::new(archive)).unwrap();
    let names: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
    let mut read = |name: String| {
        let mut bytes = Vec::new();
        zip.by_name(&name).unwrap().read_to_end(&mut bytes).unwrap();
        (name, bytes)
    };
    names.into_iter().map(&mut read).collect()
}

pub fn rezip(files: &Files) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The same zip with one of its files under another name of the same length, before the file and in the directory.
pub fn renamed(mut archive: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    for place in 0..archive.len() - from.len() {
        if archive[place..].starts_with(from.as_bytes()) {
            archive[place..place + from.len()].copy_from_slice(to.as_bytes());
        }
    }
    archive
}

/// The files with a manifest that says what they are, as only the authority can sign it.
pub fn resigned(mut files: Files, authority: &Authority, change: impl FnOnce(&mut Manifest)) -> Vec<u8> {
    let mut manifest: Manifest = serde_json::from_slice(&files[MANIFEST]).unwrap();
    for file in &mut manifest.files {
        let bytes = &files[&file.path];
        (file.bytes, file.sha256) = (bytes.len() as u64, Hash::plain(bytes));
    }
    change(&mut manifest);
    let bytes = serde_json::to_vec_pretty(&manifest).unwrap();
    let signature = String::from(authority.sign(&signed(&bytes))).into_bytes();
    files.insert(SIGNATURE.to_owned(), signature);
    files.insert(MANIFEST.to_owned(), bytes);
    rezip(&files)
}
