//! The only SQL of the service.

pub mod complaint;
pub mod grievance;
pub mod link;
pub mod purchase;
pub mod review;
