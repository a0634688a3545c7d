//! The one configuration struct of a till.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::Context;
use caisse_ap::{Profile, Suffix};
use clap::Args;
use platform::config::TlsArgs;
use url::Url;

use crate::card;

/// How a till is set up.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// Address of the kiosk page; for the till's own screen alone
    #[arg(long, default_value = "127.0.0.1:0")]
    pub http_addr: SocketAddr,
    /// Code of the till, as in its certificate
    #[arg(long)]
    pub code: String,
    /// URL of checkout
    #[arg(long)]
    pub checkout_url: Url,
    /// URL of membership, for the greeting alone
    #[arg(long)]
    pub membership_url: Url,
    /// Host and port of the card payment terminal (Caisse-AP over IP)
    #[arg(long)]
    pub card_addr: String,
    /// Number under which the card payment terminal knows the till, two digits
    #[arg(long, default_value = "01")]
    pub card_till: String,
    /// Identifier of the till's software, twelve digits, issued by the Association du Paiement
    #[arg(long, default_value = "012345678901")]
    pub card_ipc: String,
    /// Ends requests with a line end, for card payment terminals that want one
    #[arg(long)]
    pub card_line_end: bool,
    /// Sends the payment's own reference, for card payment terminals that know the field
    #[arg(long)]
    pub card_references: bool,
    /// Seconds to wait for the card payment terminal's answer
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub card_timeout_seconds: u64,
    /// Host and port of the scale, if the till has one
    #[arg(long)]
    pub scale_addr: Option<String>,
    /// File of the till's journal, on a disk that survives a power cut
    #[arg(long)]
    pub journal: PathBuf,
    /// File that gets one line for every sale that checkout acknowledged
    #[arg(long)]
    pub ledger: Option<PathBuf>,
    /// File with the code that attendants type at the till; made beside the journal when it is not there
    #[arg(long)]
    pub attendant_code_file: Option<PathBuf>,
    /// Seconds before the screen of a paid basket makes way for the next shopper
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub thanks_seconds: u64,
    /// Seconds without a touch before the till asks whether the shopper is still there; half a minute later it gives the basket up
    #[arg(long, default_value_t = 180, value_parser = clap::value_parser!(u64).range(5..=3600))]
    pub idle_seconds: u64,
    /// The identity in mutual TLS.
    #[command(flatten)]
    pub tls: TlsArgs,
}

impl Config {
    /// How the card payment terminal wants to be spoken to.
    pub(crate) fn card(&self) -> anyhow::Result<card::Line> {
        let version = "0320".parse().context("the protocol's version")?;
        let ipc = self.card_ipc.parse().with_context(|| format!("the IPC {:?}", self.card_ipc))?;
        let till = self.card_till.parse().with_context(|| format!("the till number {:?}", self.card_till))?;
        let mut profile = Profile::new(version, ipc, till);
        profile.ticket = Some(Profile::SHOPPER_SLIP);
        profile.references = self.card_references;
        Ok(card::Line {
            address: self.card_addr.clone(),
            profile,
            suffix: if self.card_line_end { Suffix::CrLf } else { Suffix::None },
            patience: card::Patience {
                answer: Duration::from_secs(self.card_timeout_seconds),
                ..card::Patience::default()
            },
        })
    }

    /// Where the attendants' code lies.
    pub(crate) fn attendant_code_file(&self) -> PathBuf {
        self.attendant_code_file.clone().unwrap_or_else(|| self.journal.with_extension("attendant-code"))
    }
}
