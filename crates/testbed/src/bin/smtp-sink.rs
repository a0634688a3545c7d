//! An SMTP server that accepts every mail and writes it into a folder.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use testbed::SmtpSink;

/// Accepts every mail and writes it into a folder as `<arrival in Unix nanoseconds>-<n>.eml`.
#[derive(Debug, Parser)]
struct Arguments {
    /// The folder for the mails; made if need be.
    #[arg(long)]
    dir: PathBuf,
    /// Where to listen; port 0 takes any that is free.
    #[arg(long, default_value = "127.0.0.1:0")]
    addr: SocketAddr,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let sink = SmtpSink::bind(arguments.addr, &arguments.dir).await?;
    println!("{}", sink.address());
    tokio::signal::ctrl_c().await?;
    sink.stop().await;
    Ok(())
}
