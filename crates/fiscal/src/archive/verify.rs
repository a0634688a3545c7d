//! Reading an archive without trusting it.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufRead, BufReader, Read, Seek};

use serde::Serialize;
use sha2::{Digest, Sha256};
use zip::ZipArchive;

use super::documents::Documents;
use super::ledger::Ledger;
use super::tables::Tables;
use super::{
    Chain, Fault, File, Flaw, MANIFEST, MANIFEST_FORMAT, Manifest, SIGNATURE, Witness, path, signed,
};
use crate::archived::is_archivable;
use crate::{
    Body, Calendar, Entry, Fingerprint, Hash, Head, Kind, PublicKey, Record, Signature, Signatures, Verifier,
};

/// The longest manifest that is read.
const LONGEST_MANIFEST: u64 = 64 << 20;

/// The order in which chains are read: first those that others are compared with.
const ORDER: [Kind; 7] =
    [Kind::Archive, Kind::Closing, Kind::Ticket, Kind::CreditNote, Kind::Training, Kind::Copy, Kind::Event];

/// What an archive is, in which nothing was found wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// The establishment.
    pub siret: String,
    /// The first day.
    pub from: String,
    /// The first day after it.
    pub until: String,
    /// How many records it holds, by their kind.
    pub records: BTreeMap<&'static str, u64>,
    /// Of the authority that signed it.
    pub fingerprint: Fingerprint,
}

/// Checks all of an archive with nothing but the fingerprint of the authority's key; with records that were seen elsewhere, also that
/// it is all there was. Finds the first thing that is wrong. It reads one record at a time.
pub fn verify_archive<R: Read + Seek>(
    archive: R,
    trust: &Fingerprint,
    witnesses: &[Witness],
) -> Result<Verified, Fault> {
    let mut zip = ZipArchive::new(archive).map_err(|_| Fault::of_archive(Flaw::Unreadable))?;
    let manifest = manifest(&mut zip, trust)?;
    let opening = &manifest.opening;
    let calendar = Calendar::new(&opening.time_zone, opening.fiscal_year_starts);
    let calendar = calendar.map_err(|_| Fault::of_file(MANIFEST, Flaw::Manifest))?;
    let mut reading = Reading {
        files: manifest.files.iter().map(|file| (file.path.as_str(), file)).collect(),
        ledgers: HashMap::new(),
        documents: Documents::default(),
        seen: seen(witnesses, &opening.siret),
        records: BTreeMap::new(),
        manifest: &manifest,
        zip,
        calendar,
    };
    for kind in ORDER {
        for chain in manifest.chains.iter().filter(|chain| chain.kind == kind) {
            reading.chain(chain)?;
        }
    }
    reading.witness_chains()?;
    if let Some(left) = reading.files.keys().min() {
        return Err(Fault::of_file(left, Flaw::OtherFiles));
    }
    for (terminal, ledger) in &reading.ledgers {
        ledger.finish(terminal, (opening.from, opening.until))?;
    }
    Ok(Verified {
        siret: opening.siret.clone(),
        from: opening.from.to_string(),
        until: opening.until.to_string(),
        records: reading.records,
        fingerprint: *trust,
    })
}

/// Reads the manifest, and trusts it when the authority that is trusted signed it, and each key in it.
fn manifest<R: Read + Seek>(zip: &mut ZipArchive<R>, trust: &Fingerprint) -> Result<Manifest, Fault> {
    let bytes = whole(zip, MANIFEST)?;
    let malformed = || Fault::of_file(MANIFEST, Flaw::Manifest);
    let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|_| malformed())?;
    if manifest.authority.fingerprint() != *trust {
        return Err(Fault::of_file(MANIFEST, Flaw::Untrusted));
    }
    let signature = String::from_utf8(whole(zip, SIGNATURE)?).ok().and_then(|text| text.trim().parse().ok());
    let is_signed =
        signature.is_some_and(|signature| manifest.authority.has_signed_bytes(&signed(&bytes), &signature));
    if !is_signed {
        return Err(Fault::of_file(MANIFEST, Flaw::ManifestSignature));
    }
    let opening = &manifest.opening;
    if manifest.format != MANIFEST_FORMAT || !is_archivable(opening.from, opening.until) {
        return Err(malformed());
    }
    for certificate in &manifest.certificates {
        if certificate.siret != opening.siret || !certificate.is_by(&manifest.authority) {
            return Err(Fault::of_file(MANIFEST, Flaw::Certificate));
        }
    }
    // Nor a second file of one name, nor one that the directory leaves out: another reader would show that one.
    if zip.len() != manifest.files.len() + 2 || zip.validate_header_consistency().is_err() {
        return Err(Fault::of_archive(Flaw::OtherFiles));
    }
    Ok(manifest)
}

fn whole<R: Read + Seek>(zip: &mut ZipArchive<R>, path: &str) -> Result<Vec<u8>, Fault> {
    let file = zip.by_name(path).map_err(|_| Fault::of_file(path, Flaw::MissingFile))?;
    let mut bytes = Vec::new();
    let read = file.take(LONGEST_MANIFEST).read_to_end(&mut bytes);
    read.map(|_| bytes).map_err(|_| Fault::of_file(path, Flaw::Unreadable))
}

/// Records that were seen elsewhere, by chain and number.
type Seen = HashMap<(String, Kind), BTreeMap<i64, Vec<(Hash, Option<time::OffsetDateTime>)>>>;

fn seen(witnesses: &[Witness], siret: &str) -> Seen {
    let mut seen = Seen::new();
    for witness in witnesses.iter().filter(|witness| witness.siret == siret) {
        let chain = seen.entry((witness.terminal.clone(), witness.kind)).or_default();
        chain.entry(witness.sequence).or_default().push((witness.hash, Some(witness.time)));
    }
    seen
}

struct Reading<'manifest, R> {
    zip: ZipArchive<R>,
    manifest: &'manifest Manifest,
    calendar: Calendar,
    /// Those that were not read yet.
    files: HashMap<&'manifest str, &'manifest File>,
    ledgers: HashMap<String, Ledger>,
    documents: Documents,
    seen: Seen,
    records: BTreeMap<&'static str, u64>,
}

impl<'manifest, R: Read + Seek> Reading<'manifest, R> {
    fn chain(&mut self, chain: &'manifest Chain) -> Result<(), Fault> {
        let certificates = &self.manifest.certificates;
        let key = certificates.iter().find(|certificate| certificate.terminal == chain.terminal);
        let key = key.ok_or_else(|| Fault::of_file(MANIFEST, Flaw::Certificate))?.public_key;
        let calendar = &self.calendar;
        let ledger = self.ledgers.entry(chain.terminal.clone());
        ledger.or_insert_with(|| Ledger::new(calendar.clone())).begin(chain);
        self.documents.begin(chain);
        let mut follow = Follow::new(chain, key);
        for number in 1.. {
            let lines = path(&chain.terminal, chain.kind, number, None);
            let Some(file) = self.files.remove(lines.as_str()) else { break };
            self.part(file, &mut follow)?;
            self.tables(std::mem::replace(&mut follow.tables, Tables::of(chain.kind)), chain, number)?;
        }
        follow.signatures.finish().map_err(|broken| chain.broken(broken))?;
        let head = follow.verifier.head();
        if head != chain.last {
            return Err(chain.fault(head.sequence + 1, Flaw::End));
        }
        self.witness_end(&chain.terminal, chain.kind, head.sequence)
    }

    /// Reads the records of a file, and compares the file with its SHA-256.
    fn part(&mut self, file: &File, follow: &mut Follow<'manifest>) -> Result<(), Fault> {
        let Self { zip, documents, ledgers, seen, manifest, records, .. } = self;
        let fault = |flaw| Fault::of_file(&file.path, flaw);
        let entry = zip.by_name(&file.path).map_err(|_| fault(Flaw::MissingFile))?;
        let mut reader = BufReader::new(Hashed::new(entry.take(file.bytes + 1)));
        let mut line = Vec::new();
        let chain = follow.chain;
        loop {
            line.clear();
            if reader.read_until(b'\n', &mut line).map_err(|_| fault(Flaw::Unreadable))? == 0 {
                break;
            }
            let (hash, signature, payload) = split(&line).ok_or_else(|| fault(Flaw::Line))?;
            let record = follow.check(hash, &signature, payload)?;
            if record.siret != manifest.opening.siret {
                return Err(chain.fault(record.sequence, Flaw::Siret));
            }
            let head = follow.verifier.head();
            let found = seen.get(&(chain.terminal.clone(), chain.kind));
            let found = found.and_then(|chain| chain.get(&head.sequence));
            if found.is_some_and(|found| found.iter().any(|(hash, _)| *hash != head.hash)) {
                return Err(chain.fault(head.sequence, Flaw::Witness));
            }
            let ledger = ledgers.get_mut(&chain.terminal).expect("each chain's till has a ledger");
            enter(record, chain, head, ledger, documents, seen)?;
            *records.entry(chain.kind.as_str()).or_default() += 1;
        }
        reader.into_inner().compare(file)
    }

    /// Compares the tables of a part with what its records say, and with their SHA-256.
    fn tables(&mut self, tables: Tables, chain: &Chain, number: usize) -> Result<(), Fault> {
        for (name, bytes) in tables.finish() {
            let path = path(&chain.terminal, chain.kind, number, Some(name));
            let file = self.files.remove(path.as_str());
            let file = file.ok_or_else(|| Fault::of_file(&path, Flaw::MissingFile))?;
            if Hash::plain(&bytes) != file.sha256 {
                return Err(Fault::of_file(&path, Flaw::Table));
            }
            let entry = self.zip.by_name(&path).map_err(|_| Fault::of_file(&path, Flaw::MissingFile))?;
            let mut hashed = Hashed::new(entry.take(file.bytes + 1));
            io::copy(&mut hashed, &mut io::sink()).map_err(|_| Fault::of_file(&path, Flaw::Unreadable))?;
            hashed.compare(file)?;
        }
        Ok(())
    }

    /// Whether a record was seen of a chain that the manifest does not name: as if it had no record at all.
    fn witness_chains(&self) -> Result<(), Fault> {
        let is_named = |(terminal, kind): &(String, Kind)| {
            self.manifest.chains.iter().any(|chain| chain.terminal == *terminal && chain.kind == *kind)
        };
        let mut unnamed: Vec<_> = self.seen.keys().filter(|chain| !is_named(chain)).collect();
        unnamed.sort_unstable();
        unnamed.into_iter().try_for_each(|(terminal, kind)| self.witness_end(terminal, *kind, 0))
    }

    /// Whether a record was seen that should be in the archive, and lies beyond the last one of its chain. One that was seen after the
    /// period may be.
    fn witness_end(&self, terminal: &str, kind: Kind, last: i64) -> Result<(), Fault> {
        let Some(seen) = self.seen.get(&(terminal.to_owned(), kind)) else { return Ok(()) };
        let ends = self.calendar.start_of(self.manifest.opening.until);
        let later = seen.range(last + 1..);
        let cut = later
            .map(|(sequence, seen)| (*sequence, seen))
            .find(|(_, seen)| seen.iter().any(|(_, time)| time.is_none_or(|time| time < ends)));
        match cut {
            Some((sequence, _)) => Err(Fault::of_record(terminal, kind, sequence, Flaw::CutTail)),
            None => Ok(()),
        }
    }
}

/// What a record says, against what others say.
fn enter(
    record: Record,
    chain: &Chain,
    head: Head,
    ledger: &mut Ledger,
    documents: &mut Documents,
    seen: &mut Seen,
) -> Result<(), Fault> {
    let Record { sequence, time, body, .. } = record;
    documents.push(chain, head);
    match body {
        Body::Ticket(sale) => ledger.enter(chain, head, time, &sale),
        Body::CreditNote(sale) => {
            if let Some(original) = &sale.original {
                documents.check(original, chain, sequence)?;
            }
            ledger.enter(chain, head, time, &sale)
        }
        Body::Copy(copy) => documents.copy(&copy, chain, sequence),
        Body::Closing(closing) => ledger.close(chain, sequence, *closing),
        // An archive that was made before bears witness of what was in it.
        Body::Archive(archived) => {
            for archived in archived.chains {
                let chain = seen.entry((chain.terminal.clone(), archived.kind)).or_default();
                chain.entry(archived.last.sequence).or_default().push((archived.last.hash, None));
            }
            Ok(())
        }
        Body::Event(_) | Body::Training(_) => Ok(()),
    }
}

/// A chain while it is followed.
struct Follow<'manifest> {
    chain: &'manifest Chain,
    verifier: Verifier,
    signatures: Signatures,
    tables: Tables,
}

impl<'manifest> Follow<'manifest> {
    fn new(chain: &'manifest Chain, key: PublicKey) -> Self {
        let verifier = Verifier::of(&chain.terminal, chain.kind, chain.after);
        Self { chain, verifier, signatures: Signatures::by(key), tables: Tables::of(chain.kind) }
    }

    fn check(&mut self, hash: Hash, signature: &Signature, payload: &[u8]) -> Result<Record, Fault> {
        let fault = |broken| self.chain.broken(broken);
        // Numbers are gapless, so that a line needs none beside its payload's: the verifier compares that one.
        let sequence = self.verifier.head().sequence + 1;
        let record = match self.verifier.check(Entry { sequence, payload, hash }) {
            Ok(record) => record,
            Err(broken) => {
                // A bad signature before it comes first.
                self.signatures.finish().map_err(fault)?;
                return Err(fault(broken));
            }
        };
        self.signatures.push(self.verifier.head(), signature).map_err(fault)?;
        self.tables.push(&record, &hash);
        Ok(record)
    }
}

/// The parts of a line, each at its place, so that the payload is read as the bytes that were sealed.
fn split(line: &[u8]) -> Option<(Hash, Signature, &[u8])> {
    let rest = line.strip_prefix(br#"{"hash":""#)?;
    let (hash, rest) = rest.split_at_checked(64)?;
    let rest = rest.strip_prefix(br#"","signature":""#)?;
    let (signature, rest) = rest.split_at_checked(128)?;
    let payload = rest.strip_prefix(br#"","payload":"#)?.strip_suffix(b"}\n")?;
    let text = |bytes| std::str::from_utf8(bytes).ok();
    Some((text(hash)?.parse().ok()?, text(signature)?.parse().ok()?, payload))
}

/// A reader that remembers what went through it.
struct Hashed<R> {
    inner: R,
    sha256: Sha256,
    bytes: u64,
}

impl<R: Read> Hashed<R> {
    fn new(inner: R) -> Self {
        Self { inner, sha256: Sha256::new(), bytes: 0 }
    }

    fn compare(self, file: &File) -> Result<(), Fault> {
        let hash = Hash::from(<[u8; 32]>::from(self.sha256.finalize()));
        let is_it = (hash, self.bytes) == (file.sha256, file.bytes);
        if is_it { Ok(()) } else { Err(Fault::of_file(&file.path, Flaw::FileHash)) }
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.sha256.update(&buffer[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}
