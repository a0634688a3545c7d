//! `cabas acquirer`: the files of the bank that collects the card payments.

use std::path::PathBuf;

use clap::{ArgMatches, Args, Command, FromArgMatches, Subcommand};
use proto::checkout::v1::{
    AcquirerTerminal, ImportAcquirerFileRequest, ImportAcquirerFileResponse, WaitingPayment,
    acquirer_service_client::AcquirerServiceClient, catalogue_service_client::CatalogueServiceClient,
};
use serde_json::{Value, json};

use super::{IMPORT_LIMIT, OperatorArgs, checkout, import, read, refused, request_id, something_taken};

#[derive(Args)]
struct AcquirerArgs {
    #[command(flatten)]
    operator: OperatorArgs,
    #[command(subcommand)]
    what: AcquirerCommand,
}

#[derive(Subcommand)]
enum AcquirerCommand {
    /// Takes a CSV file of card payments in: settles payments that nobody knew of, and says as one line of JSON what else does not fit
    Import {
        /// The file; docs/card-terminals.md describes it
        file: PathBuf,
        /// Code of the store whose rows are taken; all without one
        #[arg(long, default_value = "")]
        store: String,
        /// What the bank calls a till, where the file does not name it by its own code; may be repeated
        #[arg(long = "terminal", value_name = "NUMBER=TILL", value_parser = name)]
        terminals: Vec<(String, String)>,
    },
}

/// The command.
pub fn command() -> Command {
    AcquirerArgs::augment_args(Command::new("acquirer"))
        .about("Settles unknown card payments by a file of the bank, and compares it with the sales")
}

/// Answers it.
pub async fn answer(matches: &ArgMatches) -> anyhow::Result<()> {
    let AcquirerArgs { operator, what } = AcquirerArgs::from_arg_matches(matches)?;
    let AcquirerCommand::Import { file, store, terminals } = what;
    let named = |(number, terminal_code)| AcquirerTerminal { number, terminal_code };
    let request = ImportAcquirerFileRequest {
        request_id: request_id(),
        file: read(&file)?,
        store_code: store,
        terminals: terminals.into_iter().map(named).collect(),
    };
    let peer = checkout(&operator)?;
    let client =
        AcquirerServiceClient::new(peer.clone()).max_encoding_message_size(IMPORT_LIMIT + (64 << 10));
    let send = || {
        let (mut client, request) = (client.clone(), request.clone());
        async move { client.import_acquirer_file(request).await }
    };
    let rows = |done: &ImportAcquirerFileResponse| done.rows;
    let watcher = CatalogueServiceClient::new(peer);
    let done = import::with_progress(watcher, &request.request_id, send, rows).await.map_err(refused)?;
    println!("{}", summary(&done));
    something_taken(done.rows, done.rejected.len())
}

/// `0005=LILLE-01`.
fn name(text: &str) -> Result<(String, String), String> {
    let (number, till) = text.split_once('=').ok_or("not NUMBER=TILL")?;
    Ok((number.to_owned(), till.to_owned()))
}

/// All of it as one object. No card and no person is in it.
fn summary(done: &ImportAcquirerFileResponse) -> Value {
    let time = |time: Option<prost_types::Timestamp>| time.map(|time| time.to_string());
    let waiting = |waits: &WaitingPayment| {
        json!({"intervention_id": waits.intervention_id, "terminal": waits.terminal_code,
            "amount_cents": waits.amount_minor, "asked": time(waits.asked_time), "lines": waits.lines})
    };
    let rejected =
        |row: &proto::checkout::v1::RejectedPaymentRow| json!({"line": row.line, "reason": row.reason});
    let settled = |payment: &proto::checkout::v1::SettledPayment| {
        json!({"intervention_id": payment.intervention_id, "terminal": payment.terminal_code,
            "amount_cents": payment.amount_minor, "line": payment.line, "by_reference": payment.by_reference})
    };
    let unsold = |debit: &proto::checkout::v1::UnsoldDebit| {
        json!({"line": debit.line, "terminal": debit.terminal_code, "amount_cents": debit.amount_minor,
            "time": time(debit.paid_time)})
    };
    let unpaid = |sale: &proto::checkout::v1::UnpaidSale| {
        json!({"sale_id": sale.sale_id, "terminal": sale.terminal_code, "amount_cents": sale.amount_minor,
            "time": time(sale.completed_time)})
    };
    json!({
        "rows": done.rows,
        "debits": done.debits,
        "credits": done.credits,
        "known": done.known,
        "imported_before": done.imported_before,
        "settled": done.settled.iter().map(settled).collect::<Vec<_>>(),
        "unclear": done.unclear.iter().map(waiting).collect::<Vec<_>>(),
        "covered_and_absent": done.absent.iter().map(waiting).collect::<Vec<_>>(),
        "money_without_sale_count": done.unsold_count,
        "money_without_sale": done.unsold.iter().map(unsold).collect::<Vec<_>>(),
        "sale_without_money_count": done.unpaid_count,
        "sale_without_money": done.unpaid.iter().map(unpaid).collect::<Vec<_>>(),
        "rejected": done.rejected.iter().map(rejected).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_one_line_of_json_and_says_what_a_person_has_to_look_at() {
        let done = ImportAcquirerFileResponse {
            rows: 3,
            absent: vec![WaitingPayment { terminal_code: "LILLE-01".to_owned(), ..Default::default() }],
            imported_before: true,
            ..Default::default()
        };
        let line = summary(&done).to_string();
        assert!(!line.contains('\n') && line.contains("\"imported_before\":true"), "{line}");
        assert!(line.contains("\"covered_and_absent\":[{") && line.contains("LILLE-01"), "{line}");
        assert_eq!(name("0005=LILLE-01"), Ok(("0005".to_owned(), "LILLE-01".to_owned())));
        assert!(name("0005").is_err());
    }
}
