//! The one configuration struct of a till.

use std::{net::SocketAddr, path::PathBuf};

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
    /// File with how the card payment terminal wants to be spoken to (JSON); the flags below say it otherwise
    #[arg(long)]
    pub card_profile: Option<PathBuf>,
    /// Host and port of the card payment terminal (Caisse-AP over IP)
    #[arg(long, required_unless_present = "card_profile")]
    pub card_addr: Option<String>,
    /// Number under which the card payment terminal knows the till, two digits; 01 unless something else is said
    #[arg(long)]
    pub card_till: Option<String>,
    /// Identifier of the till's software, twelve digits, issued by the Association du Paiement
    #[arg(long)]
    pub card_ipc: Option<String>,
    /// Ends requests with a line end, for card payment terminals that want one
    #[arg(long)]
    pub card_line_end: bool,
    /// Sends the payment's own reference, for card payment terminals that know the field
    #[arg(long)]
    pub card_references: bool,
    /// Seconds to wait for the card payment terminal's answer; 90 unless something else is said
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub card_timeout_seconds: Option<u64>,
    /// Host and port of the scale, if the till has one
    #[arg(long)]
    pub scale_addr: Option<String>,
    /// Host and port of the printer for tickets on request (ESC/POS over TCP, often 9100), if the till has one
    #[arg(long)]
    pub printer_addr: Option<String>,
    /// Where shoppers reach the portal: what the code on the screen leads to; without it none is shown
    #[arg(long)]
    pub public_url: Option<Url>,
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
    /// Seconds between two self-checks while nobody is there and nothing is wrong
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub check_seconds: u64,
    /// The identity in mutual TLS.
    #[command(flatten)]
    pub tls: TlsArgs,
}

impl Config {
    /// How the card payment terminal wants to be spoken to: as its file says, unless a flag says otherwise.
    pub(crate) fn card(&self) -> anyhow::Result<card::Line> {
        let mut file = match &self.card_profile {
            Some(file) => card::ProfileFile::read(file)?,
            None => card::ProfileFile::default(),
        };
        for (flag, value) in [
            (&self.card_addr, &mut file.address),
            (&self.card_till, &mut file.till),
            (&self.card_ipc, &mut file.ipc),
        ] {
            if let Some(flag) = flag {
                value.clone_from(flag);
            }
        }
        file.line_end |= self.card_line_end;
        file.references |= self.card_references;
        file.answer_seconds = self.card_timeout_seconds.unwrap_or(file.answer_seconds);
        file.line()
    }

    /// Where the attendants' code lies.
    pub(crate) fn attendant_code_file(&self) -> PathBuf {
        self.attendant_code_file.clone().unwrap_or_else(|| self.journal.with_extension("attendant-code"))
    }
}
