//! A shop of its own without its line: what people decide there whose sign-in nobody can renew.

use std::time::Duration;

use platform::{Role, identity::ASSERTION_LIFE, peer::Peer};
use proto::checkout::v1::{
    self as pb, InterventionDecision as Decision, InterventionKind as Kind,
    attendance_service_client::AttendanceServiceClient, till_service_client::TillServiceClient,
};
use testbed::eventually;
use tonic::{Request, metadata::MetadataMap};

use crate::{
    attendance::{answer, deciding, waiting},
    service::Service,
    shop::{SPIRIT, Shop, WINE, why},
    till_refunds::{claim, claimed, refunded, report, said, seen},
    unknown_refunds::stopped,
};

/// More than the shop needs to see that it is cut off, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What somebody asks who signed in at the time of these headers.
fn signed<T>(headers: &MetadataMap, message: T) -> Request<T> {
    let mut request = Request::new(message);
    headers.clone_into(request.metadata_mut());
    request
}

async fn knows_that_it_is_cut_off(attendances: &AttendanceServiceClient<Peer>, ended: &MetadataMap) {
    let is_known = async || {
        let asked = signed(ended, pb::ListTillsRequest::default());
        attendances.clone().list_tills(asked).await.is_ok()
    };
    eventually(PATIENCE, "the shop sees that it is cut off", is_known).await.unwrap();
}

#[tokio::test]
async fn an_assertion_that_has_ended_settles_no_refund() {
    let shop = Shop::open_on(Service::start_cut_off().await).await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    let ticket = shop.till("LILLE-01").sell(&[WINE]).await;
    refunded(&shop, &ticket, &[1]).await;
    let credit = claimed(&shop, "LILLE-02", claim(1)).await.unwrap();
    let unknown = said(&credit.credit_id, pb::RefundCreditState::Unknown, 0);
    report(&shop, "LILLE-02", unknown).await.unwrap();
    let mut till = TillServiceClient::new(shop.service.peer("terminal-LILLE-02"));
    till.report_till(stopped(&credit, 0)).await.unwrap();
    shop.till("LILLE-01").fill(&[SPIRIT]).await;

    let ended = shop.service.as_staff(&attendant, Request::new(())).metadata().clone();
    shop.service.clock.set(shop.service.clock.now() + ASSERTION_LIFE + Duration::from_secs(1));
    let attendances = AttendanceServiceClient::new(shop.service.peer("portal"));
    knows_that_it_is_cut_off(&attendances, &ended).await;
    let waits = waiting(&shop, &attendant).await;
    let of = |kind: Kind| waits.iter().find(|waits| waits.kind() == kind).unwrap();
    for decision in [Decision::Refuse, Decision::Approve] {
        let decided = signed(&ended, deciding(of(Kind::RefundUnknown), decision));
        assert_eq!(why(attendances.clone().answer_intervention(decided).await), "SIGN_IN_ENDED");
    }
    assert_eq!(seen(&shop, 1).await.credit.unwrap().state(), pb::RefundCreditState::Unknown);
    // Ages are approved all the same, and whoever signs in anew settles the refund.
    let approved = signed(&ended, deciding(of(Kind::Approval), Decision::Approve));
    attendances.clone().answer_intervention(approved).await.unwrap();
    answer(&shop, &attendant, deciding(of(Kind::RefundUnknown), Decision::Refuse)).await.unwrap();
    assert_eq!(seen(&shop, 1).await.credit.unwrap().state(), pb::RefundCreditState::Refused);
}
