//! JournalService: closings and archives, for the office and for the managers of a store.

use std::{fs::File, io::Read, pin::Pin};

use anyhow::Context;
use futures::Stream;
use jiff::civil::Date;
use platform::{Caller, rpc::caller};
use proto::checkout::v1 as pb;
use proto::checkout::v1::journal_service_server::{JournalService, JournalServiceServer};
use tonic::{Request, Response, Status};

use super::{convert, people};
use crate::{
    app::{
        App,
        journal::{self, Closed, Page, archive},
    },
    error::Error,
    events::timestamp,
};

/// How much of an archive one message holds.
const PART: usize = 64 << 10;

/// The service, to be added to the routes.
pub fn server(app: App) -> JournalServiceServer<Journal> {
    JournalServiceServer::new(Journal(app))
}

/// Closes periods, and hands archives out.
#[derive(Clone)]
pub struct Journal(App);

#[tonic::async_trait]
impl JournalService for Journal {
    type ExportArchiveStream = Pin<Box<dyn Stream<Item = Result<pb::ExportArchiveResponse, Status>> + Send>>;

    async fn make_closings(
        &self,
        request: Request<pb::MakeClosingsRequest>,
    ) -> Result<Response<pb::MakeClosingsResponse>, Status> {
        let caller = caller(&request)?;
        let message = request.into_inner();
        convert::request_key("MakeClosings", &message, &message.request_id)?;
        let store = store(&caller, &message.store_code)?;
        let made = journal::make_closings(&self.0, store.as_deref()).await?;
        let closings = made.closed.into_iter().map(Into::into).collect();
        Ok(Response::new(pb::MakeClosingsResponse { closings }))
    }

    async fn list_closings(
        &self,
        request: Request<pb::ListClosingsRequest>,
    ) -> Result<Response<pb::ListClosingsResponse>, Status> {
        let caller = caller(&request)?;
        let message = request.into_inner();
        let store = store(&caller, &message.store_code)?;
        let terminal = optional("terminal_code", &message.terminal_code)?;
        let after = closing_token(&message.page_token)?;
        let page_size = convert::page_size(message.page_size)?;
        let page = journal::list_closings(&self.0, store.as_deref(), terminal, after, page_size).await?;
        Ok(Response::new(page.into()))
    }

    async fn export_archive(
        &self,
        request: Request<pb::ExportArchiveRequest>,
    ) -> Result<Response<Self::ExportArchiveStream>, Status> {
        let caller = caller(&request)?;
        let message = request.into_inner();
        let key = convert::request_key("ExportArchive", &message, &message.request_id)?;
        let store = store(&caller, &message.store_code)?.unwrap_or_default();
        let days = (day("from_date", &message.from_date)?, day("until_date", &message.until_date)?);
        let file = archive::export_archive(&self.0, &caller.id(), key, &store, days).await?;
        let parts = futures::stream::try_unfold(file, |file| async move { part(file) });
        Ok(Response::new(Box::pin(parts)))
    }
}

/// The next part of a file, with the file; nothing at its end.
fn part(mut file: File) -> Result<Option<(pb::ExportArchiveResponse, File)>, Status> {
    let mut content = Vec::with_capacity(PART);
    let read = file.by_ref().take(PART as u64).read_to_end(&mut content);
    let read = read.context("an archive cannot be read again").map_err(Error::from)?;
    Ok((read > 0).then_some((pb::ExportArchiveResponse { content }, file)))
}

/// The store that is meant: a person's own, whatever the request says; an operator's choice.
fn store(caller: &Caller, wanted: &str) -> Result<Option<String>, Status> {
    let wanted = optional("store_code", wanted)?.map(str::to_owned);
    Ok(people::store_of(caller)?.or(wanted))
}

fn optional<'a>(field: &str, code: &'a str) -> Result<Option<&'a str>, Error> {
    if code.is_empty() { Ok(None) } else { convert::short(field, code, 16).map(Some) }
}

fn day(field: &str, text: &str) -> Result<Date, Error> {
    text.parse().map_err(|_| Error::field(field, "not a day as 2026-01-01"))
}

/// The till and its number after which a page starts.
fn closing_token(token: &str) -> Result<Option<(&str, i64)>, Error> {
    if token.is_empty() {
        return Ok(None);
    }
    let place = token.split_once('/').and_then(|(terminal, number)| Some((terminal, number.parse().ok()?)));
    place.map(Some).ok_or_else(|| Error::field("page_token", "not one that was answered"))
}

impl From<Page> for pb::ListClosingsResponse {
    fn from(page: Page) -> Self {
        let last = page.closings.last().filter(|_| page.has_more);
        let next_page_token = last.map(|last| format!("{}/{}", last.terminal_code, last.sequence));
        Self {
            next_page_token: next_page_token.unwrap_or_default(),
            closings: page.closings.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Closed> for pb::Closing {
    fn from(closed: Closed) -> Self {
        let Closed { terminal_code, sequence, sealed_time, closing } = closed;
        Self {
            terminal_code,
            sequence,
            sealed_time: Some(timestamp(sealed_time)),
            period: closing.period.as_str().to_owned(),
            from_date: closing.from.to_string(),
            until_date: closing.until.to_string(),
            currency_code: closing.currency.code().to_owned(),
            ticket_count: closing.tickets.count,
            credit_note_count: closing.credit_notes.count,
            total_minor: closing.totals.total.get(),
            year_to_date_minor: closing.year_to_date.total.get(),
            perpetual_minor: closing.perpetual.total.get(),
        }
    }
}
