//! `cabas edge`: the streams between a centre and the shops that have a nats-server of their own. Each may be run again.

use std::path::PathBuf;

use clap::{ArgMatches, Args, Command, FromArgMatches, Subcommand};
use outbox::{Bus, BusConfig};
use platform::{
    config::{BusArgs, read_secret},
    stores::ensure_code,
};

#[derive(Args)]
struct EdgeArgs {
    #[command(flatten)]
    bus: BusArgs,
    #[command(subcommand)]
    place: EdgeCommand,
}

#[derive(Subcommand)]
enum EdgeCommand {
    /// At the centre: lets the events of these shops flow in, and makes the copies of cards and mails that shops are given
    Centre {
        /// Code of a store with a checkout of its own; may be repeated
        #[arg(long = "store", value_name = "CODE", required = true)]
        store_codes: Vec<String>,
        /// File with the password of the NATS user `shops-admin`
        #[arg(long)]
        shops_admin_password_file: PathBuf,
    },
    /// In a shop: makes its copies of the cards and of what became of its mails
    Shop {
        /// Code of the store
        #[arg(long = "store", value_name = "CODE")]
        store_code: String,
    },
}

/// The command.
pub fn command() -> Command {
    EdgeArgs::augment_args(Command::new("edge"))
        .about("Prepares the streams between a centre and its shops: see docs/edge.md")
}

/// Answers `cabas edge …`.
pub async fn answer(matches: &ArgMatches) -> anyhow::Result<()> {
    let args = EdgeArgs::from_arg_matches(matches)?;
    let operator = Bus::connect(BusConfig::from_args(&args.bus, "operator")?).await?;
    match args.place {
        EdgeCommand::Centre { store_codes, shops_admin_password_file } => {
            for store_code in &store_codes {
                ensure_code(store_code, "store")?;
            }
            let password = read_secret(&shops_admin_password_file)?.expose().to_owned();
            let admin = BusConfig {
                user: "shops-admin".to_owned(),
                password,
                ..BusConfig::from_args(&args.bus, "operator")?
            };
            Bus::connect(admin).await?.ensure_copies_for_shops().await?;
            operator.ensure_sales_of_shops(&store_codes).await?;
        }
        EdgeCommand::Shop { store_code } => {
            ensure_code(&store_code, "store")?;
            operator.ensure_copies_of_centre(&store_code).await?;
        }
    }
    Ok(())
}
