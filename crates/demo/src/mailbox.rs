//! Mails as their reader sees them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use anyhow::Context;
use mail_parser::{MessageParser, MimeHeaders};

/// A mail out of the sink's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The Message-ID, without angle brackets.
    pub message_id: String,
    /// When its last byte arrived, in nanoseconds since 1970.
    pub arrived_ns: i128,
    /// The text a reader without HTML sees.
    pub text: String,
    /// It carries a card slip as a part of its own.
    pub with_slip: bool,
}

impl Letter {
    /// Reads one file of the sink; its name begins with the arrival time.
    ///
    /// # Errors
    /// When the file cannot be read or is not a mail.
    pub fn read(file: &Path) -> anyhow::Result<Self> {
        let raw = fs::read(file)?;
        let mail =
            MessageParser::default().parse(&raw).with_context(|| format!("{} is no mail", file.display()))?;
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let stamp = name.split('-').next().unwrap_or_default();
        Ok(Self {
            message_id: mail.message_id().context("a mail without Message-ID")?.to_owned(),
            arrived_ns: stamp.parse().with_context(|| format!("{name} does not begin with a time"))?,
            text: mail.body_text(0).map(|text| text.into_owned()).unwrap_or_default(),
            with_slip: mail.parts.iter().any(|part| part.attachment_name() == Some("recu-carte.txt")),
        })
    }

    /// The sale behind a receipt's Message-ID, `receipt.{sale_id}.1@…`.
    #[must_use]
    pub fn receipt_of(&self) -> Option<&str> {
        self.message_id.strip_prefix("receipt.")?.split('.').next()
    }

    /// The refund behind a credit note's Message-ID.
    #[must_use]
    pub fn credit_of(&self) -> Option<&str> {
        self.message_id.strip_prefix("credit.")?.split('.').next()
    }

    /// The credit behind the Message-ID of money that went back to a card.
    #[must_use]
    pub fn paid_back_of(&self) -> Option<&str> {
        self.message_id.strip_prefix("paid-back.")?.split('.').next()
    }

    /// The path of the link with this beginning, such as `/r/`.
    #[must_use]
    pub fn link(&self, beginning: &str) -> Option<String> {
        let address =
            self.text.split_whitespace().find(|word| word.contains("://") && word.contains(beginning))?;
        let path = &address[address.find(beginning)?..];
        Some(path.trim_end_matches(['.', ')', '>', ',']).to_owned())
    }
}

/// The file names of a folder's mails, which are in the order of arrival.
///
/// # Errors
/// When the folder cannot be read.
pub fn names(folder: &Path) -> anyhow::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if Path::new(&name).extension().is_some_and(|extension| extension == "eml") {
            found.insert(name);
        }
    }
    Ok(found)
}

/// Every mail of a folder, by file name.
///
/// # Errors
/// When the folder or a mail cannot be read.
pub fn letters(folder: &Path) -> anyhow::Result<BTreeMap<String, Letter>> {
    let read = |name: String| Ok((name.clone(), Letter::read(&folder.join(name))?));
    names(folder)?.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_tells_its_sale_and_its_links() {
        let folder = tempfile_folder();
        let file = folder.join("1700000000000000000-1.eml");
        let raw = "Message-ID: <receipt.0192f3a0-0000-7000-8000-000000000001.1@mail.example.org>\r\n\
            Subject: Ticket\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
            Noter vos achats : http://127.0.0.1:8080/r/abc=5Fdef\r\n";
        fs::write(&file, raw).unwrap();
        let letter = Letter::read(&file).unwrap();
        assert_eq!(letter.receipt_of(), Some("0192f3a0-0000-7000-8000-000000000001"));
        assert_eq!(letter.link("/r/").as_deref(), Some("/r/abc_def"));
        assert_eq!((letter.credit_of(), letter.link("/s/"), letter.with_slip), (None, None, false));
        assert_eq!(letter.arrived_ns, 1_700_000_000_000_000_000);
        fs::remove_dir_all(folder).unwrap();
    }

    fn tempfile_folder() -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("cabas-mailbox-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }
}
