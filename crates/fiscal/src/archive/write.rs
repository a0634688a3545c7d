//! Writing an archive, record by record.

use std::io::{Seek, Write};

use thiserror::Error;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::tables::Tables;
use super::{Chain, File, MANIFEST, MANIFEST_FORMAT, Manifest, Opening, PART, SIGNATURE, path, signed};
use crate::archived::is_archivable;
use crate::{Authority, Broken, Entry, Hash, Head, Kind, Signature, VERSION, Verifier};

/// Why an archive was not written.
#[derive(Debug, Error)]
pub enum Unwritten {
    /// The place it was to be written to took no more.
    #[error("the archive cannot be written")]
    Zip(#[from] zip::result::ZipError),
    /// The place it was to be written to took no more.
    #[error("the archive cannot be written")]
    Output(#[from] std::io::Error),
    /// The journal is not as it was sealed.
    #[error("{}, {}: {broken}", chain.terminal, chain.kind.as_str())]
    Broken {
        /// The chain.
        chain: Box<Chain>,
        /// Where, and why.
        broken: Broken,
    },
    /// The period ends before it begins, or is longer than a year.
    #[error("an archive holds at least a day and at most a year")]
    Period,
}

/// An archive while it is written. The same records, written at the same time, make the same bytes.
pub struct ArchiveWriter<'authority, W: Write + Seek> {
    zip: ZipWriter<W>,
    authority: &'authority Authority,
    manifest: Manifest,
    verifier: Verifier,
    part: Part,
}

/// The records that the next files will hold.
struct Part {
    number: usize,
    records: usize,
    lines: Vec<u8>,
    tables: Tables,
}

impl<'authority, W: Write + Seek> ArchiveWriter<'authority, W> {
    /// Begins an archive.
    pub fn new(out: W, authority: &'authority Authority, opening: Opening) -> Result<Self, Unwritten> {
        if !is_archivable(opening.from, opening.until) {
            return Err(Unwritten::Period);
        }
        let manifest = Manifest {
            format: MANIFEST_FORMAT,
            version: VERSION.to_owned(),
            opening,
            authority: authority.public_key(),
            certificates: Vec::new(),
            chains: Vec::new(),
            files: Vec::new(),
        };
        let (zip, verifier, part) = (ZipWriter::new(out), Verifier::default(), Part::new(Kind::Ticket, 1));
        Ok(Self { zip, authority, manifest, verifier, part })
    }

    /// Begins a chain after the last record that is not archived.
    pub fn begin(&mut self, terminal: &str, kind: Kind, after: Head) -> Result<(), Unwritten> {
        self.end_part()?;
        if self.manifest.certificates.iter().all(|known| known.terminal != terminal) {
            let certificate = self.authority.certify(&self.manifest.opening.siret, terminal);
            self.manifest.certificates.push(certificate);
        }
        self.manifest.chains.push(Chain { terminal: terminal.to_owned(), kind, after, last: after });
        self.verifier = Verifier::of(terminal, kind, after);
        self.part = Part::new(kind, 1);
        Ok(())
    }

    /// Adds the next record of the chain that was begun last; one that is not as it was sealed is refused.
    pub fn push(&mut self, entry: Entry<'_>, signature: &Signature) -> Result<(), Unwritten> {
        if self.part.records == PART {
            self.end_part()?;
        }
        let chain = self.manifest.chains.last_mut().expect("a chain was begun");
        let broken = |broken| Unwritten::Broken { chain: Box::new(chain.clone()), broken };
        let record = self.verifier.check(entry).map_err(broken)?;
        chain.last = self.verifier.head();
        let (hash, signature) = (entry.hash, String::from(*signature));
        write!(self.part.lines, r#"{{"hash":"{hash}","signature":"{signature}","payload":"#)?;
        self.part.lines.extend_from_slice(entry.payload);
        self.part.lines.extend_from_slice(b"}\n");
        self.part.tables.push(&record, &hash);
        self.part.records += 1;
        Ok(())
    }

    /// Ends the archive with its signed manifest; answers where it was written to, and what it holds, with the manifest's SHA-256.
    pub fn finish(mut self) -> Result<(W, Manifest, Hash), Unwritten> {
        self.end_part()?;
        let manifest = serde_json::to_vec_pretty(&self.manifest).expect("a manifest always has a JSON text");
        let signature = String::from(self.authority.sign(&signed(&manifest)));
        put(&mut self.zip, MANIFEST, &manifest)?;
        put(&mut self.zip, SIGNATURE, signature.as_bytes())?;
        Ok((self.zip.finish()?, self.manifest, Hash::plain(&manifest)))
    }

    fn end_part(&mut self) -> Result<(), Unwritten> {
        if self.part.records == 0 {
            return Ok(());
        }
        let Some(Chain { terminal, kind, .. }) = self.manifest.chains.last() else { return Ok(()) };
        let next = Part::new(*kind, self.part.number + 1);
        let Part { number, lines, tables, .. } = std::mem::replace(&mut self.part, next);
        let tables = tables.finish().into_iter().map(|(name, bytes)| (Some(name), bytes));
        for (table, bytes) in [(None, lines)].into_iter().chain(tables) {
            let path = path(terminal, *kind, number, table);
            put(&mut self.zip, &path, &bytes)?;
            let file = File { path, bytes: bytes.len() as u64, sha256: Hash::plain(&bytes) };
            self.manifest.files.push(file);
        }
        Ok(())
    }
}

impl Part {
    fn new(kind: Kind, number: usize) -> Self {
        Self { number, records: 0, lines: Vec::new(), tables: Tables::of(kind) }
    }
}

fn put<W: Write + Seek>(zip: &mut ZipWriter<W>, path: &str, bytes: &[u8]) -> Result<(), Unwritten> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    // Said here, for another user of zip may turn its clock on: then the same records made other bytes.
    let options = options.last_modified_time(DateTime::default());
    zip.start_file(path, options)?;
    Ok(zip.write_all(bytes)?)
}
