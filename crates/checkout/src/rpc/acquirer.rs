//! AcquirerService: for the office.

use std::collections::BTreeMap;

use platform::rpc::caller;
use proto::checkout::v1 as pb;
use proto::checkout::v1::acquirer_service_server::{AcquirerService, AcquirerServiceServer};
use tonic::{Request, Response, Status};

use super::convert;
use crate::{
    app::{
        App,
        acquirer::{self, Import},
        catalogue::Command,
    },
    domain::{
        acquirer::{Report, SettledPayment, UnpaidSale, UnsoldDebit, WaitingPayment},
        import,
    },
    error::Error,
    events::timestamp,
};

/// The largest message: a file, and a little around it.
const LARGEST_MESSAGE: usize = import::MAX_FILE_BYTES + (64 << 10);
/// Names of tills in one request.
const MOST_NAMES: usize = 1_000;

/// The service, to be added to the routes.
pub fn server(app: App) -> AcquirerServiceServer<Acquirer> {
    AcquirerServiceServer::new(Acquirer(app)).max_decoding_message_size(LARGEST_MESSAGE)
}

/// Takes the files of the bank in.
#[derive(Clone)]
pub struct Acquirer(App);

#[tonic::async_trait]
impl AcquirerService for Acquirer {
    async fn import_acquirer_file(
        &self,
        request: Request<pb::ImportAcquirerFileRequest>,
    ) -> Result<Response<pb::ImportAcquirerFileResponse>, Status> {
        let caller = caller(&request)?.id();
        let message = request.into_inner();
        let key = convert::request_key("ImportAcquirerFile", &message, &message.request_id)?;
        let command = Command { caller, request_id: key.request_id, fingerprint: key.fingerprint.0 };
        let report = acquirer::import_acquirer_file(&self.0, &command, wanted(message)?).await?;
        Ok(Response::new(report.into()))
    }
}

fn wanted(message: pb::ImportAcquirerFileRequest) -> Result<Import, Error> {
    if message.file.is_empty() {
        return Err(Error::field("file", "empty"));
    }
    if message.store_code.chars().count() > 16 {
        return Err(Error::field("store_code", "more than 16 characters"));
    }
    if message.terminals.len() > MOST_NAMES {
        return Err(Error::field("terminals", format!("more than {MOST_NAMES}")));
    }
    let mut names = BTreeMap::new();
    for pb::AcquirerTerminal { number, terminal_code } in message.terminals {
        let is_number =
            (1..=20).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_number {
            return Err(Error::field("terminals", "a number is not 1 to 20 letters and digits"));
        }
        convert::short("terminals", &terminal_code, 16)?;
        if names.insert(number, terminal_code).is_some() {
            return Err(Error::field("terminals", "a number is named twice"));
        }
    }
    Ok(Import { file: message.file, store_code: message.store_code, names })
}

impl From<Report> for pb::ImportAcquirerFileResponse {
    fn from(report: Report) -> Self {
        let rejected = report
            .rejected
            .into_iter()
            .map(|row| pb::RejectedPaymentRow { line: row.line, reason: row.reason.as_str().to_owned() });
        Self {
            rows: report.rows,
            debits: report.debits,
            credits: report.credits,
            rejected: rejected.collect(),
            known: report.known,
            settled: report.settled.into_iter().map(settled).collect(),
            unclear: report.unclear.into_iter().map(waiting).collect(),
            absent: report.absent.into_iter().map(waiting).collect(),
            unsold: report.unsold.into_iter().map(unsold).collect(),
            unsold_count: report.unsold_count,
            unpaid: report.unpaid.into_iter().map(unpaid).collect(),
            unpaid_count: report.unpaid_count,
            imported_before: report.imported_before,
        }
    }
}

fn settled(payment: SettledPayment) -> pb::SettledPayment {
    pb::SettledPayment {
        intervention_id: payment.intervention_id.to_string(),
        terminal_code: payment.terminal_code,
        amount_minor: payment.amount.get(),
        line: payment.line,
        by_reference: payment.by_reference,
    }
}

fn waiting(payment: WaitingPayment) -> pb::WaitingPayment {
    pb::WaitingPayment {
        intervention_id: payment.intervention_id.to_string(),
        terminal_code: payment.terminal_code,
        amount_minor: payment.amount.get(),
        asked_time: Some(timestamp(payment.asked)),
        lines: payment.lines,
    }
}

fn unsold(debit: UnsoldDebit) -> pb::UnsoldDebit {
    pb::UnsoldDebit {
        line: debit.line,
        terminal_code: debit.terminal_code,
        amount_minor: debit.amount.get(),
        paid_time: Some(timestamp(debit.time)),
    }
}

fn unpaid(sale: UnpaidSale) -> pb::UnpaidSale {
    pb::UnpaidSale {
        sale_id: sale.sale_id.to_string(),
        terminal_code: sale.terminal_code,
        amount_minor: sale.amount.get(),
        completed_time: Some(timestamp(sale.completed)),
    }
}
