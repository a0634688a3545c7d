//! How one card terminal wants to be spoken to, as its file says it.

use std::{fs, path::Path, time::Duration};

use anyhow::Context;
use caisse_ap::{Delay, Profile, Suffix};
use serde::{Deserialize, de::IgnoredAny};

use super::{Line, PATIENCE_IN_ALL, Patience};

/// What the file of a card terminal may say; what it does not say is as most terminals want it.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ProfileFile {
    /// Host and port.
    pub address: String,
    /// The protocol's version.
    pub version: String,
    /// Identifier of the till's software.
    pub ipc: String,
    /// Number of the till.
    pub till: String,
    /// ISO 4217 number of the currency.
    pub currency: String,
    /// Ends requests with a line end.
    pub line_end: bool,
    /// When it answers: `at_the_end` or `immediate`; nothing where it does not know the field.
    pub delay: Option<DelayWord>,
    /// Asks for the shopper's slip.
    pub slip: bool,
    /// Sends the payment's own reference.
    pub references: bool,
    /// Whether it may take less than the amount; nothing where it does not know the field.
    pub partial: Option<bool>,
    /// It can give money back.
    pub credit: bool,
    /// It says that it is there when it is asked.
    pub identification: bool,
    /// Seconds to wait for the connection.
    pub connect_seconds: u64,
    /// Seconds to wait for the answer.
    pub answer_seconds: u64,
    /// Seconds to go on listening after that.
    pub late_seconds: u64,
    /// Milliseconds of silence after which an answer is over.
    pub silence_ms: u64,
    /// The contracts with the bank, as a file of an older version names them: checkout says them now.
    contracts: Option<IgnoredAny>,
}

/// When a card terminal answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DelayWord {
    /// Once, at the end.
    AtTheEnd,
    /// At once, and again at the end.
    Immediate,
}

impl Default for ProfileFile {
    fn default() -> Self {
        let patience = Patience::default();
        Self {
            address: String::new(),
            version: "0320".to_owned(),
            ipc: "012345678901".to_owned(),
            till: "01".to_owned(),
            currency: Profile::EUR.to_string(),
            line_end: false,
            delay: None,
            slip: true,
            references: false,
            partial: None,
            credit: true,
            identification: true,
            connect_seconds: patience.connect.as_secs(),
            answer_seconds: patience.answer.as_secs(),
            late_seconds: patience.late.as_secs(),
            silence_ms: u64::try_from(patience.silence.as_millis()).unwrap_or(u64::MAX),
            contracts: None,
        }
    }
}

impl ProfileFile {
    /// Reads the file of a card terminal (JSON).
    pub(crate) fn read(file: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(file)
            .with_context(|| format!("cannot read the card profile {}", file.display()))?;
        let profile: Self =
            serde_json::from_str(&text).with_context(|| format!("the card profile {}", file.display()))?;
        if profile.contracts.is_some() {
            tracing::warn!(
                file = %file.display(),
                "the contracts in the card profile are not used: CHECKOUT_CARD_CONTRACTS says them to checkout"
            );
        }
        Ok(profile)
    }

    /// What the driver works with.
    pub(crate) fn line(self) -> anyhow::Result<Line> {
        anyhow::ensure!(
            !self.address.is_empty(),
            "no address of a card terminal, neither in a profile nor as a flag"
        );
        let number = |what, text: &str| format!("{what} {text:?} of the card terminal");
        let version = self.version.parse().with_context(|| number("the version", &self.version))?;
        let ipc = self.ipc.parse().with_context(|| number("the IPC", &self.ipc))?;
        let till = self.till.parse().with_context(|| number("the till number", &self.till))?;
        let mut profile = Profile::new(version, ipc, till);
        profile.currency = self.currency.parse().with_context(|| number("the currency", &self.currency))?;
        profile.ticket = self.slip.then_some(Profile::SHOPPER_SLIP);
        profile.references = self.references;
        profile.partial = self.partial;
        profile.delay = self.delay.map(|word| match word {
            DelayWord::AtTheEnd => Delay::AtTheEnd,
            DelayWord::Immediate => Delay::Immediate,
        });
        let patience = Patience {
            connect: Duration::from_secs(self.connect_seconds),
            answer: Duration::from_secs(self.answer_seconds),
            late: Duration::from_secs(self.late_seconds),
            silence: Duration::from_millis(self.silence_ms),
        };
        let in_all = patience.connect.saturating_add(patience.answer).saturating_add(patience.late);
        anyhow::ensure!(
            in_all < PATIENCE_IN_ALL,
            "a card terminal is waited for less than 15 minutes in all"
        );
        Ok(Line {
            address: self.address,
            profile,
            suffix: if self.line_end { Suffix::CrLf } else { Suffix::None },
            patience,
            has_credit: self.credit,
            has_identification: self.identification,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the driver makes of a file with this text.
    fn read(text: &str) -> anyhow::Result<Line> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("profile.json");
        fs::write(&file, text).unwrap();
        ProfileFile::read(&file).and_then(ProfileFile::line)
    }

    #[test]
    fn a_profile_says_only_what_differs_and_nothing_it_does_not_know() {
        let line = read(
            r#"{"address": "10.0.0.5:8888", "version": "0300", "line_end": true, "delay": "immediate", "slip": false,
                "partial": false, "credit": false, "answer_seconds": 180}"#,
        );
        let line = line.unwrap();
        assert_eq!((line.profile.version.as_str(), line.suffix), ("0300", Suffix::CrLf));
        assert_eq!((line.profile.delay, line.profile.ticket), (Some(Delay::Immediate), None));
        assert_eq!(
            (line.profile.partial, line.has_credit, line.has_identification),
            (Some(false), false, true)
        );
        assert_eq!((line.patience.answer, line.patience.connect.as_secs()), (Duration::from_secs(180), 5));
        for wrong in
            ["{}", "not JSON", r#"{"address": "a:1", "version": "3.2"}"#, r#"{"address": "a:1", "tipo": 1}"#]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let long = read(r#"{"address": "a:1", "late_seconds": 900}"#).unwrap_err();
        assert!(long.to_string().contains("15 minutes"), "{long}");
    }

    #[test]
    fn a_profile_of_an_older_version_is_still_read_and_its_contracts_are_not_used() {
        let today = read(r#"{"address": "a:1", "line_end": true}"#).unwrap();
        for contracts in [r#"["1999403", "1999404"]"#, "[]", r#""1999403""#] {
            let older = format!(r#"{{"address": "a:1", "line_end": true, "contracts": {contracts}}}"#);
            let older = read(&older).unwrap();
            assert_eq!(format!("{older:?}"), format!("{today:?}"), "{contracts}");
        }
    }
}
