//! The morning after: another checkout, whose clock is past midnight, closes the day and writes the archive; then the verifier reads it off
//! line, with the fingerprint of the shop's secret and the sales that the analysts' copy of the stream has seen.

use std::{fs, net::SocketAddr, process::Command, time::Duration};

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use platform::health;
use testbed::{Process, eventually, free_port};

use crate::{reader::Streams, shop::Shop};

/// How long the other checkout may take to answer.
const READY: Duration = Duration::from_secs(60);

/// What became of the fiscal day.
#[derive(Clone, Copy, Debug)]
pub struct Closed {
    /// Closings of all tills.
    pub closings: i64,
    /// Whether nothing is wrong with the archive, by the off-line verifier.
    pub verified: bool,
}

/// Today, in a time zone.
///
/// # Errors
/// When there is no such zone.
pub fn today(time_zone: &str) -> anyhow::Result<Date> {
    Ok(Timestamp::now().to_zoned(TimeZone::get(time_zone)?).date())
}

/// Closes the day of a store, archives it and has the archive verified.
///
/// # Errors
/// When the day is not closed or no archive is written; an archive with a fault is none.
pub async fn close(shop: &Shop, fingerprint: &str, date: Date, time_zone: &str) -> anyhow::Result<Closed> {
    let next = date.checked_add(1.day())?;
    let morning = next.at(5, 0, 0, 0).to_zoned(TimeZone::get(time_zone)?)?.timestamp();
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
    let mut command = shop.command(&["checkout"]);
    command.env("CABAS_DEMO_CLOCK", format!("{morning},1")).env("CHECKOUT_GRPC_ADDR", address.to_string());
    let checkout = Process::spawn(&command, shop.log("checkout-morning"))?;
    let tls = shop.identity("checkout");
    eventually(READY, "checkout", || async { health::check("checkout", address, &tls).await.is_ok() })
        .await?;
    let url = format!("https://{address}");
    shop.run_to_end(&["fiscal", "close", "--checkout-url", &url]).await?;
    let closings = shop.run_to_end(&["fiscal", "closings", "--checkout-url", &url]).await?;
    let archive = shop.folder.join("archive.zip").display().to_string();
    let days = [date.to_string(), next.to_string()];
    let words =
        ["--store", "LILLE", "--from", &days[0], "--until", &days[1], "--checkout-url", &url, &archive];
    shop.run_to_end(&[&["fiscal", "export"], &words[..]].concat()).await?;
    checkout.terminate(READY).await?;

    let witness = shop.folder.join("witness.jsonl");
    fs::write(&witness, Streams::open(shop).await?.witnesses().await?)?;
    // Without a variable of the shop: what is verified is the file alone.
    let mut verify = Command::new(shop.command(&[]).get_program());
    verify
        .args(["fiscal", "verify", &archive, "--trust", fingerprint, "--witness"])
        .arg(&witness)
        .env_clear();
    let verified = tokio::task::spawn_blocking(move || verify.output()).await??;
    eprintln!("archive     {archive}: {}", String::from_utf8_lossy(&verified.stdout).trim_end());
    let closings = i64::try_from(closings.lines().count())?;
    Ok(Closed { closings, verified: verified.status.success() })
}
