//! The fiscal journal: closings and archives of a shop; off line its keys, and archives that whoever knows a fingerprint can check
//! without this product's database.

use std::{
    fs::{self, File},
    io::{BufReader, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::{ArgMatches, Args, Command, FromArgMatches, Subcommand};
use fiscal::{Authority, Fingerprint, Witness};
use platform::config::{prefixed, read_secret};
use proto::checkout::v1::{
    Closing, ExportArchiveRequest, ListClosingsRequest, MakeClosingsRequest,
    journal_service_client::JournalServiceClient,
};
use serde_json::json;

use crate::operator::{self, OperatorArgs, refused, request_id};

#[derive(Args)]
struct FiscalArgs {
    #[command(subcommand)]
    what: FiscalCommand,
}

#[derive(Subcommand)]
enum FiscalCommand {
    /// Checks an archive: exit status 0 when nothing is wrong, else 1 and the first bad record as JSON
    Verify {
        /// The archive
        archive: PathBuf,
        /// Fingerprint of the authority's key, known from elsewhere than the archive
        #[arg(long)]
        trust: Fingerprint,
        /// File with records that were seen in the stream of sales, one JSON object a line: shows a tail that was cut off, or a till
        /// that is missing
        #[arg(long)]
        witness: Option<PathBuf>,
    },
    /// Closes whatever has ended, which checkout also does by itself, and says as JSON what was closed now
    Close {
        #[command(flatten)]
        operator: OperatorArgs,
        /// Code of the store; all without one
        #[arg(long, default_value = "")]
        store: String,
    },
    /// Lists closings as JSON, one a line, the latest first
    Closings {
        #[command(flatten)]
        operator: OperatorArgs,
        /// Code of the store; all without one
        #[arg(long, default_value = "")]
        store: String,
        /// Code of the till; all without one
        #[arg(long, default_value = "")]
        till: String,
    },
    /// Writes an archive of closed days of a store
    Export {
        #[command(flatten)]
        operator: OperatorArgs,
        /// Code of the store
        #[arg(long)]
        store: String,
        /// First day, as 2026-01-01
        #[arg(long)]
        from: String,
        /// First day after it, at most a year later; today at the latest
        #[arg(long)]
        until: String,
        /// File to write; one that is there is kept, and the command fails
        file: PathBuf,
    },
    /// Makes the secret from which the keys of all tills follow
    #[command(subcommand)]
    Key(KeyCommand),
    /// Shows what a reader of archives has to know of a secret
    Fingerprint {
        /// The secret file
        file: PathBuf,
    },
}

#[derive(Subcommand)]
enum KeyCommand {
    /// Writes a new one; a file that is there is kept, and the command fails
    New {
        /// The secret file to be
        file: PathBuf,
    },
}

/// The tree of commands.
pub fn command() -> Command {
    let tree = FiscalArgs::augment_args(Command::new("fiscal"));
    let online = ["close", "closings", "export"];
    let tree = online
        .into_iter()
        .fold(tree, |tree, name| tree.mut_subcommand(name, |online| prefixed(online, "operator")));
    tree.about("Closings, archives and keys of the fiscal journal")
}

/// Answers one of them.
pub async fn answer(matches: &ArgMatches) -> anyhow::Result<()> {
    match FiscalArgs::from_arg_matches(matches)?.what {
        FiscalCommand::Close { operator, store } => close(&operator, store).await,
        FiscalCommand::Closings { operator, store, till } => closings(&operator, store, till).await,
        FiscalCommand::Export { operator, store, from, until, file } => {
            let request = ExportArchiveRequest {
                request_id: request_id(),
                store_code: store,
                from_date: from,
                until_date: until,
            };
            export(&operator, request, &file).await
        }
        FiscalCommand::Verify { archive, trust, witness } => verify(&archive, &trust, witness.as_deref()),
        FiscalCommand::Key(KeyCommand::New { file }) => new_key(&file),
        FiscalCommand::Fingerprint { file } => {
            println!("{}", authority(&file)?.fingerprint());
            Ok(())
        }
    }
}

async fn close(operator: &OperatorArgs, store_code: String) -> anyhow::Result<()> {
    let mut client = JournalServiceClient::new(operator::checkout(operator)?);
    let request = MakeClosingsRequest { request_id: request_id(), store_code };
    say(client.make_closings(request).await.map_err(refused)?.into_inner().closings);
    Ok(())
}

async fn closings(operator: &OperatorArgs, store_code: String, terminal_code: String) -> anyhow::Result<()> {
    let mut client = JournalServiceClient::new(operator::checkout(operator)?);
    let mut request = ListClosingsRequest { store_code, terminal_code, page_size: 200, ..Default::default() };
    loop {
        let page = client.list_closings(request.clone()).await.map_err(refused)?.into_inner();
        say(page.closings);
        if page.next_page_token.is_empty() {
            return Ok(());
        }
        request.page_token = page.next_page_token;
    }
}

fn say(closings: Vec<Closing>) {
    for closing in closings {
        let said = json!({
            "terminal": closing.terminal_code,
            "sequence": closing.sequence,
            "period": closing.period,
            "from": closing.from_date,
            "until": closing.until_date,
            "currency": closing.currency_code,
            "tickets": closing.ticket_count,
            "credit_notes": closing.credit_note_count,
            "total": closing.total_minor,
            "year_to_date": closing.year_to_date_minor,
            "perpetual": closing.perpetual_minor,
        });
        println!("{said}");
    }
}

async fn export(operator: &OperatorArgs, request: ExportArchiveRequest, file: &Path) -> anyhow::Result<()> {
    let mut client = JournalServiceClient::new(operator::checkout(operator)?);
    let mut parts = client.export_archive(request).await.map_err(refused)?.into_inner();
    let cannot_write = || format!("cannot write {}", file.display());
    let mut written = File::create_new(file).with_context(cannot_write)?;
    while let Some(part) = parts.message().await.map_err(refused)? {
        written.write_all(&part.content).with_context(cannot_write)?;
    }
    written.sync_all().with_context(cannot_write)
}

fn verify(archive: &Path, trust: &Fingerprint, witness: Option<&Path>) -> anyhow::Result<()> {
    let witnesses = witness.map(witnesses).transpose()?.unwrap_or_default();
    let file = File::open(archive).with_context(|| format!("cannot read {}", archive.display()))?;
    match fiscal::verify_archive(BufReader::new(file), trust, &witnesses) {
        Ok(verified) => {
            println!("{}", serde_json::to_string(&verified)?);
            Ok(())
        }
        Err(fault) => {
            println!("{}", serde_json::to_string(&fault)?);
            Err(fault.into())
        }
    }
}

fn witnesses(file: &Path) -> anyhow::Result<Vec<Witness>> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.map(|line| serde_json::from_str(line).context("a line of the witness is no record")).collect()
}

fn new_key(file: &Path) -> anyhow::Result<()> {
    let authority = Authority::from_seed(rand::random());
    let mut options = File::options();
    let made = options.write(true).create_new(true).mode(0o600).open(file);
    made.and_then(|mut made| made.write_all(authority.secret_text().as_bytes()))
        .with_context(|| format!("cannot write {}", file.display()))?;
    println!("{}", authority.fingerprint());
    Ok(())
}

fn authority(file: &Path) -> anyhow::Result<Authority> {
    let secret = read_secret(file)?;
    Authority::parse(secret.expose())
        .with_context(|| format!("{} is no secret of a fiscal journal", file.display()))
}
