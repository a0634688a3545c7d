//! The card terminal beside a till, from the merchant's side: what it is to do next, and what it has done.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::Context;
use serde::Deserialize;

/// Makes the payment.
pub const APPROVE: &str = "approve";
/// The bank says no.
pub const REFUSE: &str = "refuse";
/// The shopper presses the red button.
pub const ABANDON: &str = "abandon";
/// Makes the payment, and the connection breaks before the answer.
pub const CUT_AFTER: &str = "cut-after";

/// The files of a simulated card terminal.
#[derive(Clone, Debug)]
pub struct CardTerminal {
    script: PathBuf,
    payments: PathBuf,
}

/// A payment that was asked of it.
#[derive(Clone, Debug, Deserialize)]
pub struct Payment {
    /// What happened.
    pub behaviour: String,
    /// What was taken, in cents.
    pub taken_minor: i64,
    /// The end of the card's number, if one has paid.
    pub pan_last4: String,
}

impl CardTerminal {
    /// The one of a till whose files are in this folder.
    #[must_use]
    pub fn of(folder: &Path, till: &str) -> Self {
        Self {
            script: folder.join(format!("card-{till}.script")),
            payments: folder.join(format!("card-{till}.jsonl")),
        }
    }

    /// Arguments that make the simulator use these files.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        let file = |path: &Path| path.display().to_string();
        vec!["--script".to_owned(), file(&self.script), "--payments".to_owned(), file(&self.payments)]
    }

    /// Says what becomes of the next payment. Counted from those that were asked: a basket that costs nothing asks for none.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn next(&self, word: &str) -> anyhow::Result<()> {
        let before = "\n".repeat(self.payments()?.len());
        fs::write(&self.script, format!("{before}{word}\n")).context("cannot write the script")
    }

    /// The payments so far; none without a file.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn payments(&self) -> anyhow::Result<Vec<Payment>> {
        let text = match fs::read_to_string(&self.payments) {
            Err(failure) if failure.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            read => read.with_context(|| format!("cannot read {}", self.payments.display()))?,
        };
        text.lines().map(|line| serde_json::from_str(line).context("a line of the card terminal")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_speaks_of_the_next_payment_alone() {
        let folder = std::env::temp_dir().join(format!("cabas-card-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let card = CardTerminal::of(&folder, "LILLE-01");
        card.next(REFUSE).unwrap();
        assert_eq!(fs::read_to_string(&card.script).unwrap(), "refuse\n");
        let line = r#"{"behaviour":"refuse","amount_minor":120,"taken_minor":0,"pan_last4":""}"#;
        fs::write(&card.payments, format!("{line}\n{line}\n")).unwrap();
        card.next(CUT_AFTER).unwrap();
        assert_eq!(fs::read_to_string(&card.script).unwrap(), "\n\ncut-after\n");
        assert_eq!(card.payments().unwrap().len(), 2);
        fs::remove_dir_all(folder).unwrap();
    }
}
