//! Who of the store calls.

use platform::{Caller, Staff};
use tonic::Status;
use uuid::Uuid;

use super::not_allowed;

/// Only people handle money and decide at tills, and only those of the own store.
pub fn staff(caller: &Caller) -> Result<Staff, Status> {
    match caller {
        Caller::Staff(staff) if !staff.store_code.is_empty() => Ok(staff.clone()),
        Caller::Staff(_) | Caller::Terminal(_) | Caller::Service(_) | Caller::Operator => Err(not_allowed()),
    }
}

/// The account, by which is kept who decided.
pub fn staff_id(staff: &Staff) -> Result<Uuid, Status> {
    Uuid::try_parse(&staff.staff_id).map_err(|_| not_allowed())
}

/// The store that the caller may set something at: an operator at any, a person at their own.
pub fn store_of(caller: &Caller) -> Result<Option<String>, Status> {
    match caller {
        Caller::Operator => Ok(None),
        caller => Ok(Some(staff(caller)?.store_code)),
    }
}
