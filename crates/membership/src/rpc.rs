//! The two services on the wire. Every handler is three moves: read the message, carry out the verb, write the answer.

pub mod convert;
mod members;
mod staff;
pub mod status;

use proto::membership::v1::{
    membership_service_server::MembershipServiceServer, staff_service_server::StaffServiceServer,
};
use tonic::service::Routes;

use crate::app::App;

/// The largest message that is read: a member's details need a hundredth of it.
const LARGEST_MESSAGE: usize = 64 * 1024;

/// Both services.
pub fn routes(app: App) -> Routes {
    let members = MembershipServiceServer::new(members::Members(app.clone()));
    let staff = StaffServiceServer::new(staff::Staff(app));
    Routes::new(members.max_decoding_message_size(LARGEST_MESSAGE))
        .add_service(staff.max_decoding_message_size(LARGEST_MESSAGE))
}
