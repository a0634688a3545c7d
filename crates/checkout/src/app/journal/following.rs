//! The closings of a till as they are read again: nothing rests on one that is not as it was sealed.

use anyhow::anyhow;
use fiscal::{Body, Broken, Closing, Entry, Head, Kind, Signatures, Verifier, Why};

use crate::{
    app::App,
    domain::{catalogue::Store, flaw::Flaw},
    error::Error,
    store::journal::Stored,
};

/// Follows closings, and checks each by its seal and signature.
pub struct Following<'a> {
    terminal_code: &'a str,
    verifier: Verifier,
    signatures: Signatures,
}

impl<'a> Following<'a> {
    /// Begins after the end of those before.
    pub fn after(app: &App, store: &Store, terminal_code: &'a str, head: Head) -> Self {
        let key = app.keys.till(&store.siret, terminal_code).public_key();
        let verifier = Verifier::of(terminal_code, Kind::Closing, head);
        Self { terminal_code, verifier, signatures: Signatures::by(key) }
    }

    /// What the next one says.
    pub fn read(&mut self, stored: &Stored) -> Result<Closing, Error> {
        let head = stored.head()?;
        let entry = Entry { sequence: head.sequence, payload: &stored.payload, hash: head.hash };
        let record = self.verifier.check(entry).map_err(|broken| self.flawed(broken))?;
        let unsigned = Broken { sequence: head.sequence, why: Why::Signature };
        let signature = stored.signature().map_err(|_| self.flawed(unsigned))?;
        if let Err(broken) = self.signatures.push(head, &signature) {
            return Err(self.flawed(broken));
        }
        match record.body {
            Body::Closing(closing) => Ok(*closing),
            _ => Err(anyhow!("a closing that is none").into()),
        }
    }

    /// The end of those that were read.
    pub fn finish(mut self) -> Result<Head, Error> {
        if let Err(broken) = self.signatures.finish() {
            return Err(self.flawed(broken));
        }
        Ok(self.verifier.head())
    }

    /// Fails unless those that were read are all there are.
    pub fn finish_at(self, end: Head) -> Result<(), Error> {
        let terminal_code = self.terminal_code.to_owned();
        let last = self.finish()?;
        let broken = if last.sequence != end.sequence {
            Broken { sequence: last.sequence + 1, why: Why::Sequence { found: end.sequence + 1 } }
        } else if last.hash != end.hash {
            Broken { sequence: last.sequence, why: Why::Hash }
        } else {
            return Ok(());
        };
        Err(Error::Flawed(Flaw { terminal_code, kind: Kind::Closing, broken }))
    }

    fn flawed(&self, broken: Broken) -> Error {
        Error::Flawed(Flaw { terminal_code: self.terminal_code.to_owned(), kind: Kind::Closing, broken })
    }
}
