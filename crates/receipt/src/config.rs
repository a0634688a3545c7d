//! The configuration of the service.

use std::{path::PathBuf, time::Duration};

use anyhow::Context;
use clap::Args;
use lettre::message::Mailbox;
use platform::{
    config::{BusArgs, DatabaseArgs, GrpcArgs, Secret, read_secret},
    stores::CheckoutArgs,
};
use url::Url;

use crate::mail::MailServer;

/// Everything that receipt is told from outside.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// Where gRPC is answered.
    #[command(flatten)]
    pub grpc: GrpcArgs,
    /// The service's own database.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// The message bus.
    #[command(flatten)]
    pub bus: BusArgs,
    /// Checkout, which is asked for card slips.
    #[command(flatten)]
    pub checkout: CheckoutArgs,
    /// URL of membership, which is asked for the address at each attempt
    #[arg(long)]
    pub membership_url: Url,
    /// Mail server: smtp://host:port, smtp+starttls://user@host or smtp://…?tls=required (both refuse to go on without TLS), smtps://user@host
    #[arg(long)]
    pub smtp_url: Secret,
    /// File with the password of the mail server's user, if the URL has none
    #[arg(long)]
    pub smtp_password_file: Option<PathBuf>,
    /// File with the authority of the mail server's certificate, when no public authority signed it
    #[arg(long)]
    pub smtp_ca: Option<PathBuf>,
    /// Sender of the mails; its domain is also that of their Message-ID
    #[arg(long)]
    pub smtp_from: Mailbox,
    /// Name to greet the mail server with; the machine's own, if left out
    #[arg(long)]
    pub smtp_hello_name: Option<String>,
    /// Longest time in seconds that one mail may take at the mail server; after it, the mail may be unknown
    #[arg(long, default_value = "60", value_parser = seconds)]
    pub smtp_timeout: Duration,
    /// Mails sent at the same time
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub smtp_connections: u8,
    /// Where the links in the mails lead: the portal, as shoppers reach it
    #[arg(long)]
    pub public_url: Url,
}

impl Config {
    /// The mail server these arguments tell of.
    pub(crate) fn mail_server(&self) -> anyhow::Result<MailServer> {
        let url = self.smtp_url.expose().parse().context("the SMTP URL is not a URL")?;
        let password = self.smtp_password_file.as_deref().map(read_secret).transpose()?;
        let read = |file: &PathBuf| {
            std::fs::read(file).with_context(|| format!("cannot read the authority in {}", file.display()))
        };
        let authority = self.smtp_ca.as_ref().map(read).transpose()?;
        let hello = self.smtp_hello_name.as_deref();
        MailServer::at(&url, password, authority.as_deref(), hello, self.smtp_timeout)
    }
}

/// A time in seconds, such as `60` or `0.5`.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    let time = Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())?;
    if (Duration::from_millis(100)..=Duration::from_mins(20)).contains(&time) {
        Ok(time)
    } else {
        Err("a time from 0.1 to 1200 seconds".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        config: Config,
    }

    const NEEDED: [&str; 11] = [
        "--database-url=postgres://receipt@127.0.0.1/receipt",
        "--staff-public-key=staff.pub",
        "--tls-cert=receipt.pem",
        "--tls-key=receipt.key",
        "--tls-ca=ca.pem",
        "--nats-url=nats://127.0.0.1:4222",
        "--nats-password-file=receipt.password",
        "--checkout-url=https://127.0.0.1:7001",
        "--membership-url=https://127.0.0.1:7002",
        "--smtp-url=smtps://shop:hidden@mail.example",
        "--public-url=https://cabas.example",
    ];

    fn parse(more: &[&str]) -> Result<Config, clap::Error> {
        let arguments = ["receipt"].iter().chain(&NEEDED).chain(more);
        Program::try_parse_from(arguments).map(|program| program.config)
    }

    #[test]
    fn what_is_needed_is_enough_and_the_password_does_not_show() {
        let config = parse(&["--smtp-from=Tickets <tickets@shop.example>"]).unwrap();
        assert_eq!((config.smtp_timeout, config.smtp_connections), (Duration::from_secs(60), 4));
        assert_eq!(config.smtp_from.email.domain(), "shop.example");
        assert!(!format!("{config:?}").contains("hidden"));
        assert_eq!(config.mail_server().unwrap().bound(), Duration::from_secs(60));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let from = "--smtp-from=tickets@shop.example";
        for wrong in [
            &["--smtp-from=nobody"][..],
            &["--smtp-from=a@shop.example\r\nBcc: b@shop.example"],
            &[from, "--smtp-timeout=0"],
            &[from, "--smtp-timeout=soon"],
            &[from, "--smtp-connections=0"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(parse(&[from, "--smtp-timeout=0.5"]).unwrap().smtp_timeout, Duration::from_millis(500));
    }
}
