//! The operators' commands: what a shop is, what it sells, and who works there. All of them are RPCs under the operator's certificate.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::{ArgGroup, ArgMatches, Args, Command, FromArgMatches, Subcommand, ValueEnum};
use platform::{
    config::{TlsArgs, prefixed, read_secret},
    peer::{self, Peer},
};
use proto::{
    checkout::v1::{
        ImportCatalogueRequest, ImportCatalogueResponse, ImportPricesRequest, LockTillRequest, RejectedRow,
        ReleaseTillRequest, RemoveTerminalRequest, SetTillModeRequest,
        attendance_service_client::AttendanceServiceClient, catalogue_service_client::CatalogueServiceClient,
        training_service_client::TrainingServiceClient,
    },
    membership::v1::{CreateStaffRequest, StaffAccount, StaffRole, staff_service_client::StaffServiceClient},
};
use url::Url;
use uuid::Uuid;

mod acquirer;
mod goods;
mod import;
mod refunds;
mod shop;

/// Largest file of an import, as checkout states it.
const IMPORT_LIMIT: usize = 16 << 20;

/// Whom an operator calls, and as whom.
#[derive(Args, Clone, Debug)]
pub struct OperatorArgs {
    /// URL of checkout
    #[arg(long)]
    checkout_url: Url,
    /// URL of membership
    #[arg(long)]
    membership_url: Url,
    #[command(flatten)]
    tls: TlsArgs,
}

#[derive(Args)]
struct CatalogueArgs {
    #[command(flatten)]
    operator: OperatorArgs,
    #[command(subcommand)]
    what: CatalogueCommand,
}

#[derive(Subcommand)]
enum CatalogueCommand {
    /// Takes a CSV file of products in and reports each bad row
    Import {
        /// The file
        file: PathBuf,
        /// VAT code of rows that name none
        #[arg(long, default_value = "reduced")]
        default_vat_code: String,
    },
    /// Takes a CSV file of dated prices in and reports each bad row; the same file is applied once
    Prices {
        /// The file
        file: PathBuf,
    },
    /// Lists the prices that wait for a person, because they are fifty times their yesterday, or a fiftieth
    Held,
    /// Puts a held price in force, or throws it away
    #[command(group(ArgGroup::new("what").required(true).args(["accept", "reject"])))]
    Settle {
        /// The held price
        held_price_id: Uuid,
        /// Puts it in force
        #[arg(long)]
        accept: bool,
        /// Throws it away
        #[arg(long)]
        reject: bool,
    },
}

#[derive(Args)]
#[command(group(ArgGroup::new("which").required(true).args(["code", "list", "end"])))]
struct RecallArgs {
    #[command(flatten)]
    operator: OperatorArgs,
    /// Code of the goods to stop: their own, that of a case, or a label of their scale. Stopped already, they are listed again
    code: Option<String>,
    /// The batch, as the code of the goods says it; all batches without one
    #[arg(long, default_value = "")]
    batch: String,
    /// What the shopper reads
    #[arg(long, default_value = "Produit rappelé")]
    reason: String,
    /// Lists who bought the goods of this recall instead, whether it has ended or not
    #[arg(long)]
    list: Option<Uuid>,
    /// Ends this recall instead
    #[arg(long)]
    end: Option<Uuid>,
}

#[derive(Args)]
struct StaffArgs {
    #[command(flatten)]
    operator: OperatorArgs,
    #[command(subcommand)]
    what: StaffCommand,
}

#[derive(Subcommand)]
enum StaffCommand {
    /// Creates an account
    Add {
        /// Sign-in name
        #[arg(long)]
        login: String,
        /// What the account may do
        #[arg(long, value_enum)]
        role: Role,
        /// The store it belongs to; not for suppliers
        #[arg(long, default_value = "")]
        store: String,
        /// The supplier it belongs to; for suppliers alone
        #[arg(long, default_value = "")]
        supplier: String,
        /// File with the password
        #[arg(long)]
        password_file: PathBuf,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Role {
    Desk,
    Attendant,
    Supplier,
    Manager,
}

#[derive(Args)]
struct ShopArgs {
    #[command(flatten)]
    operator: OperatorArgs,
    /// JSON file with stores, terminals and promotions
    file: PathBuf,
}

#[derive(Args)]
struct TillArgs {
    #[command(flatten)]
    operator: OperatorArgs,
    #[command(subcommand)]
    what: TillCommand,
}

#[derive(Subcommand)]
enum TillCommand {
    /// Closes a till: it serves nobody after the shopper of the moment
    Lock {
        /// Code of the till
        code: String,
    },
    /// Opens it again
    Unlock {
        /// Code of the till
        code: String,
    },
    /// Forgets which machine a till is, after its disk was replaced or restored: the next one to start is it
    Release {
        /// Code of the till
        code: String,
    },
    /// Turns a till to training: from its next basket on nothing at it is in earnest
    Train {
        /// Code of the till
        code: String,
    },
    /// Turns it back to selling
    Sell {
        /// Code of the till
        code: String,
    },
    /// Takes a till out of its store; `cabas shop` brings back what its file still names
    Remove {
        /// Code of the till
        code: String,
    },
}

/// The operators' commands, with variables that begin with `OPERATOR_`.
pub fn commands() -> [Command; 7] {
    [
        CatalogueArgs::augment_args(Command::new("catalogue")).about("What the shop sells, and for how much"),
        RecallArgs::augment_args(Command::new("recall"))
            .about("Stops the sale of goods at every till, and lists who bought them"),
        StaffArgs::augment_args(Command::new("staff")).about("Who works in the shop"),
        ShopArgs::augment_args(Command::new("shop"))
            .about("Puts the stores, terminals and promotions of a file in place"),
        TillArgs::augment_args(Command::new("till")).about(
            "Closes a till, opens it again, lets another machine be it, turns it to training and back, or takes it out",
        ),
        acquirer::command(),
        refunds::command(),
    ]
    .map(|command| prefixed(command, "operator"))
}

/// Answers an operator's command.
pub async fn answer(name: &str, matches: &ArgMatches) -> anyhow::Result<()> {
    match name {
        "catalogue" => catalogue(CatalogueArgs::from_arg_matches(matches)?).await,
        "recall" => recall(RecallArgs::from_arg_matches(matches)?).await,
        "staff" => staff(StaffArgs::from_arg_matches(matches)?).await,
        "shop" => {
            let args = ShopArgs::from_arg_matches(matches)?;
            shop::put(CatalogueServiceClient::new(checkout(&args.operator)?), &args.file).await
        }
        "till" => till(TillArgs::from_arg_matches(matches)?).await,
        "acquirer" => acquirer::answer(matches).await,
        "refunds" => refunds::answer(matches).await,
        other => anyhow::bail!("there is no command {other}"),
    }
}

/// Checkout, under the operator's certificate.
pub fn checkout(args: &OperatorArgs) -> anyhow::Result<Peer> {
    peer::connect(&args.checkout_url, "checkout", &args.tls)
}

async fn catalogue(args: CatalogueArgs) -> anyhow::Result<()> {
    let mut client =
        CatalogueServiceClient::new(checkout(&args.operator)?).max_encoding_message_size(IMPORT_LIMIT + 1024);
    let request_id = request_id();
    match args.what {
        CatalogueCommand::Import { file, default_vat_code } => {
            let request = ImportCatalogueRequest { request_id, file: read(&file)?, default_vat_code };
            let send = || {
                let (mut client, request) = (client.clone(), request.clone());
                async move { client.import_catalogue(request).await }
            };
            let rows = |done: &ImportCatalogueResponse| done.rows;
            let done = import::with_progress(client.clone(), &request.request_id, send, rows).await;
            let done = done.map_err(refused)?;
            report(&done.rejected);
            println!(
                "{} rows: {} created, {} changed, {} unchanged, {} rejected; {} prices, {} overtaken, {} held for a person",
                done.rows,
                done.created,
                done.changed,
                done.unchanged,
                done.rejected.len(),
                done.prices,
                done.overtaken,
                done.held
            );
            something_taken(done.rows, done.rejected.len())?;
        }
        CatalogueCommand::Prices { file } => {
            let request = ImportPricesRequest { request_id, file: read(&file)? };
            let done = client.import_prices(request).await.map_err(refused)?.into_inner();
            report(&done.rejected);
            println!(
                "{} rows: {} changed, {} unchanged, {} rejected; {} overtaken, {} held for a person",
                done.rows,
                done.changed,
                done.unchanged,
                done.rejected.len(),
                done.overtaken,
                done.held
            );
            something_taken(done.rows, done.rejected.len())?;
        }
        CatalogueCommand::Held => goods::held(client).await?,
        CatalogueCommand::Settle { held_price_id, accept, .. } => {
            goods::settle(client, held_price_id, accept).await?;
        }
    }
    Ok(())
}

async fn recall(args: RecallArgs) -> anyhow::Result<()> {
    let client = CatalogueServiceClient::new(checkout(&args.operator)?);
    match (args.code, args.list, args.end) {
        (Some(code), ..) => goods::recall(client, &code, args.batch, args.reason).await,
        (None, Some(recall_id), _) => goods::list_buyers(client, recall_id.to_string()).await,
        (None, None, Some(recall_id)) => goods::end_recall(client, recall_id).await,
        (None, None, None) => anyhow::bail!("neither goods nor a recall is named"),
    }
}

async fn till(args: TillArgs) -> anyhow::Result<()> {
    let checkout = checkout(&args.operator)?;
    match args.what {
        TillCommand::Lock { code } => lock(checkout, code, true).await,
        TillCommand::Unlock { code } => lock(checkout, code, false).await,
        TillCommand::Release { code } => release(checkout, code).await,
        TillCommand::Train { code } => set_mode(checkout, code, true).await,
        TillCommand::Sell { code } => set_mode(checkout, code, false).await,
        TillCommand::Remove { code } => remove(checkout, code).await,
    }
}

async fn lock(checkout: Peer, terminal_code: String, locked: bool) -> anyhow::Result<()> {
    let mut client = AttendanceServiceClient::new(checkout);
    let request = LockTillRequest { request_id: request_id(), terminal_code, locked };
    let till = client.lock_till(request).await.map_err(refused)?.into_inner().till.unwrap_or_default();
    println!("{} {}", till.terminal_code, if till.locked { "locked" } else { "open" });
    Ok(())
}

async fn release(checkout: Peer, terminal_code: String) -> anyhow::Result<()> {
    let mut client = AttendanceServiceClient::new(checkout);
    let request = ReleaseTillRequest { request_id: request_id(), terminal_code };
    let till = client.release_till(request).await.map_err(refused)?.into_inner().till.unwrap_or_default();
    println!("{} released: the next machine to ask is this till", till.terminal_code);
    Ok(())
}

async fn remove(checkout: Peer, terminal_code: String) -> anyhow::Result<()> {
    let mut client = CatalogueServiceClient::new(checkout);
    let request = RemoveTerminalRequest { request_id: request_id(), terminal_code: terminal_code.clone() };
    client.remove_terminal(request).await.map_err(refused)?;
    println!("{terminal_code} removed");
    Ok(())
}

async fn set_mode(checkout: Peer, terminal_code: String, training: bool) -> anyhow::Result<()> {
    let mut client = TrainingServiceClient::new(checkout);
    let request = SetTillModeRequest { request_id: request_id(), terminal_code, training };
    let till = client.set_till_mode(request).await.map_err(refused)?.into_inner().till.unwrap_or_default();
    println!("{} {}", till.terminal_code, if till.training { "trains" } else { "sells" });
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

/// A file of which nothing was taken is the wrong file.
fn something_taken(rows: i64, rejected: usize) -> anyhow::Result<()> {
    let nothing = rows > 0 && i64::try_from(rejected).is_ok_and(|rejected| rejected >= rows);
    anyhow::ensure!(!nothing, "no row was taken");
    Ok(())
}

fn report(rejected: &[RejectedRow]) {
    for row in rejected {
        eprintln!("line {}: {}: {}", row.line, row.reason, row.found);
    }
}

async fn staff(args: StaffArgs) -> anyhow::Result<()> {
    let StaffCommand::Add { login, role, store, supplier, password_file } = args.what;
    let role = match role {
        Role::Desk => StaffRole::Desk,
        Role::Attendant => StaffRole::Attendant,
        Role::Supplier => StaffRole::Supplier,
        Role::Manager => StaffRole::Manager,
    };
    let membership = peer::connect(&args.operator.membership_url, "membership", &args.operator.tls)?;
    let account = StaffAccount {
        staff_id: String::new(),
        login,
        role: role.into(),
        store_code: store,
        supplier_code: supplier,
    };
    let request = CreateStaffRequest {
        request_id: request_id(),
        account: Some(account),
        password: read_secret(&password_file)?.expose().to_owned(),
    };
    let created = StaffServiceClient::new(membership).create_staff(request).await.map_err(refused)?;
    println!("{}", created.into_inner().account.unwrap_or_default().staff_id);
    Ok(())
}

/// An id that no request had before.
pub fn request_id() -> String {
    Uuid::now_v7().to_string()
}

/// A refusal as a sentence for the operator.
pub fn refused(status: tonic::Status) -> anyhow::Error {
    let reason = platform::status::reason(&status).unwrap_or_else(|| format!("{:?}", status.code()));
    anyhow::anyhow!("{reason}: {}", status.message())
}
