//! What an attendant has scanned again at a till.

use proto::checkout::v1 as pb;
use tonic::{Request, Response, Status};

use super::{Till, convert};
use crate::{
    app::{App, audit},
    domain::audit::Recount,
    error::Error,
};

/// A basket takes no more scans.
const MOST_CODES: usize = 500;
/// Longest text of a scan.
const LONGEST_CODE: usize = 512;

pub async fn record(
    app: &App,
    request: Request<pb::RecordAuditRequest>,
) -> Result<Response<pb::RecordAuditResponse>, Status> {
    let (till, message) = Till::calls(request)?;
    let pb::RecordAuditRequest { request_id, basket_id, codes, basket_version } = &message;
    let version = convert::needed_version(*basket_version)?;
    let command = till.command("RecordAudit", &message, request_id, basket_id, version)?;
    let (shown, recount) = audit::record_audit(app, command, scanned(codes)?).await?;
    let Recount { found, missing, not_scanned } = recount;
    Ok(Response::new(pb::RecordAuditResponse { basket: Some(shown.into()), found, missing, not_scanned }))
}

/// Something, and no more than a basket holds.
fn scanned(codes: &[String]) -> Result<&[String], Error> {
    if !(1..=MOST_CODES).contains(&codes.len()) {
        return Err(Error::field("codes", format!("not 1 to {MOST_CODES} scans")));
    }
    for code in codes {
        convert::short("codes", code, LONGEST_CODE)?;
    }
    Ok(codes)
}
