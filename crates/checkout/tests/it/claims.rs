//! One machine at a time is a till, although disks are copied, restored and replaced.

use platform::Role;
use proto::checkout::v1::{
    self as pb, TillFinding, TillStage, attendance_service_client::AttendanceServiceClient,
    till_service_client::TillServiceClient,
};
use tonic::Status;

use crate::{
    attendance::tills,
    shop::{PASTA, Shop, new_id, why},
    till::completion,
};

pub const TILL: &str = "LILLE-01";

/// A machine with a journal.
#[derive(Clone)]
pub struct Machine<'a> {
    shop: &'a Shop,
    instance_id: String,
    pub generation: i64,
    place: &'static str,
    request_id: String,
}

impl<'a> Machine<'a> {
    pub fn new(shop: &'a Shop, place: &'static str) -> Self {
        Self { shop, instance_id: new_id(), generation: 0, place, request_id: new_id() }
    }

    /// The same journal on another disk, or at another start of the machine.
    fn copy(&self, place: &'static str) -> Self {
        Self { place, request_id: new_id(), ..self.clone() }
    }

    async fn asks(&self) -> Result<i64, Status> {
        let request = pb::ClaimTillRequest {
            request_id: self.request_id.clone(),
            instance_id: self.instance_id.clone(),
            generation: self.generation,
            place: self.place.to_owned(),
        };
        let mut till = TillServiceClient::new(self.shop.service.peer(&format!("terminal-{TILL}")));
        Ok(till.claim_till(request).await?.into_inner().generation)
    }

    /// Asks, and writes the grant down.
    pub async fn starts(&mut self) -> i64 {
        self.generation = self.asks().await.unwrap();
        self.request_id = new_id();
        self.generation
    }

    pub async fn reports(&self, findings: &[TillFinding]) -> pb::ReportTillResponse {
        let report = pb::ReportTillRequest {
            request_id: new_id(),
            stage: TillStage::Idle.into(),
            generation: self.generation,
            findings: findings.iter().map(|finding| (*finding).into()).collect(),
            unprinted_sequence: 7,
            ..Default::default()
        };
        let mut till = TillServiceClient::new(self.shop.service.peer(&format!("terminal-{TILL}")));
        till.report_till(report).await.unwrap().into_inner()
    }

    /// It stopped at a basket, and does not know whether it was paid.
    pub async fn stops(&self, basket: &pb::Basket, amount_minor: i64) {
        let report = pb::ReportTillRequest {
            request_id: new_id(),
            stage: TillStage::Stopped.into(),
            generation: self.generation,
            basket_id: basket.basket_id.clone(),
            trouble: pb::InterventionKind::PaymentUnknown.into(),
            amount_minor,
            asked_time: Some(prost_types::Timestamp { seconds: 1_777_712_400, nanos: 0 }),
            ..Default::default()
        };
        let mut till = TillServiceClient::new(self.shop.service.peer(&format!("terminal-{TILL}")));
        till.report_till(report).await.unwrap();
    }

    /// It stopped with a tender that is to be given back by hand, as much of it as its card terminal did not.
    pub async fn owes(&self, basket: &pb::Basket, tender: &pb::Tender, owed_minor: i64, is_named: bool) {
        let report = pb::ReportTillRequest {
            request_id: new_id(),
            stage: TillStage::Stopped.into(),
            generation: self.generation,
            basket_id: basket.basket_id.clone(),
            trouble: pb::InterventionKind::GiveBack.into(),
            amount_minor: tender.amount_minor,
            paid_minor: owed_minor,
            asked_time: Some(prost_types::Timestamp { seconds: 1_777_712_300, nanos: 0 }),
            attempt_id: new_id(),
            tender_id: if is_named { tender.tender_id.clone() } else { String::new() },
            ..Default::default()
        };
        let mut till = TillServiceClient::new(self.shop.service.peer(&format!("terminal-{TILL}")));
        till.report_till(report).await.unwrap();
    }

    pub async fn opens(&self) -> Result<pb::Basket, Status> {
        let request = pb::OpenBasketRequest { request_id: new_id(), generation: self.generation };
        let basket = self.shop.till(TILL).client.clone().open_basket(request).await?.into_inner().basket;
        self.shop.till(TILL).scan(&basket.unwrap().basket_id, PASTA).await
    }

    pub async fn begins(&self, basket: &pb::Basket) -> Result<pb::Basket, Status> {
        let request = pb::BeginPaymentRequest {
            request_id: new_id(),
            basket_id: basket.basket_id.clone(),
            basket_version: basket.basket_version,
            generation: self.generation,
        };
        Ok(self.shop.till(TILL).client.clone().begin_payment(request).await?.into_inner().basket.unwrap())
    }
}

/// A minute passes in which nobody is heard of.
pub async fn silence(shop: &Shop) {
    let query = "update till_presence set reported_time = reported_time - interval '1 minute', \
                 claimed_time = claimed_time - interval '1 minute'";
    sqlx::query(query).execute(&shop.service.db.pool).await.unwrap();
}

pub async fn release(shop: &Shop, identity: &str) -> Result<pb::TillState, Status> {
    let request = pb::ReleaseTillRequest { request_id: new_id(), terminal_code: TILL.to_owned() };
    let mut client = AttendanceServiceClient::new(shop.service.peer(identity));
    Ok(client.release_till(request).await?.into_inner().till.unwrap())
}

async fn seen(shop: &Shop) -> pb::TillState {
    tills(shop, &shop.staff(Role::Attendant, "LILLE")).await.remove(0)
}

#[tokio::test]
async fn a_till_that_starts_anew_in_its_place_is_the_till_at_once_by_a_newer_generation() {
    let shop = Shop::open().await;
    let mut machine = Machine::new(&shop, "here");
    for generation in 1..=3 {
        assert_eq!(machine.starts().await, generation);
        assert!(!machine.reports(&[]).await.claimed_elsewhere);
    }
    // The machine itself was started anew: its former self is silent first.
    machine.place = "after a boot";
    assert_eq!(why(machine.asks().await), "TILL_CLAIMED_ELSEWHERE");
    silence(&shop).await;
    assert_eq!(machine.starts().await, 4);
}

#[tokio::test]
async fn a_copied_journal_beside_the_original_is_refused_and_the_original_goes_on() {
    let shop = Shop::open().await;
    let mut original = Machine::new(&shop, "here");
    original.starts().await;
    original.reports(&[]).await;
    let copy = original.copy("there");
    assert_eq!(why(copy.asks().await), "TILL_CLAIMED_ELSEWHERE");
    assert!(!original.reports(&[]).await.claimed_elsewhere);
    assert_eq!(why(copy.asks().await), "TILL_CLONED");
    // It waits in vain: not even a silent original makes room for what was heard of beside it.
    silence_of_reports(&shop).await;
    assert_eq!(why(copy.asks().await), "TILL_CLONED");
    assert_eq!(seen(&shop).await.findings().collect::<Vec<_>>(), [TillFinding::ClaimedTwice]);
    let basket = original.opens().await.unwrap();
    original.begins(&basket).await.unwrap();
}

/// The original is silent since, but was heard of after the copy had asked.
async fn silence_of_reports(shop: &Shop) {
    for table in
        ["till_presence set reported_time = reported_time", "request set created_time = created_time"]
    {
        let query = format!("update {table} - interval '1 minute'");
        sqlx::query(sqlx::AssertSqlSafe(query)).execute(&shop.service.db.pool).await.unwrap();
    }
}

#[tokio::test]
async fn a_copy_that_starts_while_the_original_is_off_is_the_till_and_the_original_is_told_so() {
    let shop = Shop::open().await;
    let mut original = Machine::new(&shop, "here");
    original.starts().await;
    original.reports(&[]).await;
    let mut copy = original.copy("there");
    silence(&shop).await;
    assert_eq!(copy.starts().await, 2);
    copy.reports(&[]).await;
    assert_eq!(why(original.asks().await), "TILL_CLONED");
    assert!(original.reports(&[TillFinding::ScaleSilent]).await.claimed_elsewhere);
    assert_eq!(seen(&shop).await.findings().collect::<Vec<_>>(), [TillFinding::ClaimedTwice]);
    // An operator decides for the original: whichever asks first is the till.
    release(&shop, "operator").await.unwrap();
    assert!(!copy.reports(&[]).await.claimed_elsewhere, "it sells on until somebody else is the till");
    assert_eq!(original.starts().await, 3);
    assert!(copy.reports(&[]).await.claimed_elsewhere);
    assert_eq!(why(copy.asks().await), "TILL_CLONED");
}

#[tokio::test]
async fn a_replaced_disk_is_the_till_when_the_old_one_is_silent_or_was_released() {
    let shop = Shop::open().await;
    let mut old = Machine::new(&shop, "here");
    old.starts().await;
    old.reports(&[]).await;
    let mut new = Machine::new(&shop, "new disk");
    assert_eq!(why(new.asks().await), "TILL_CLAIMED_ELSEWHERE");
    assert_eq!(why(release(&shop, "terminal-LILLE-01").await), "NOT_ALLOWED");
    let till = release(&shop, "operator").await.unwrap();
    assert_eq!(till.terminal_code, TILL);
    assert_eq!(new.starts().await, 2);
    let mut newer = Machine::new(&shop, "newer disk");
    silence(&shop).await;
    assert_eq!(newer.starts().await, 3);
    assert_eq!(why(new.asks().await), "TILL_CLONED");
}

#[tokio::test]
async fn money_begins_only_at_the_machine_that_is_the_till_and_what_was_taken_becomes_its_sale() {
    let shop = Shop::open().await;
    let mut old = Machine::new(&shop, "here");
    old.starts().await;
    let frozen = old.begins(&old.opens().await.unwrap()).await.unwrap();
    silence(&shop).await;
    let mut new = Machine::new(&shop, "there");
    new.starts().await;
    shop.till(TILL).complete(completion(&frozen)).await.unwrap();
    let nobody = Machine { generation: 0, ..old.clone() };
    let basket = new.opens().await.unwrap();
    for machine in [&old, &nobody] {
        assert_eq!(why(machine.opens().await), "TILL_CLAIMED_ELSEWHERE");
        assert_eq!(why(machine.begins(&basket).await), "TILL_CLAIMED_ELSEWHERE");
    }
    let frozen = new.begins(&basket).await.unwrap();
    shop.till(TILL).complete(completion(&frozen)).await.unwrap();
}

#[tokio::test]
async fn the_same_claim_at_once_and_after_a_power_cut_is_granted_once() {
    let shop = Shop::open().await;
    let machine = Machine::new(&shop, "here");
    let (one, other) = tokio::join!(machine.asks(), machine.asks());
    assert_eq!((one.unwrap(), other.unwrap()), (1, 1));
    // The answer was never written down, and the machine is started anew.
    let again = Machine { place: "after a boot", ..machine.clone() };
    assert_eq!(again.asks().await.unwrap(), 1);
    // Who works under this grant has written it down: a repeat from elsewhere is a copy.
    Machine { generation: 1, ..again.clone() }.reports(&[]).await;
    assert_eq!(why(machine.asks().await), "TILL_CLONED");
    let other = Machine { instance_id: new_id(), ..machine };
    assert_eq!(why(other.asks().await), "REQUEST_ID_REUSED");
}

#[tokio::test]
async fn what_a_till_says_is_wrong_with_it_is_seen_until_it_is_not() {
    let shop = Shop::open().await;
    let mut machine = Machine::new(&shop, "here");
    machine.starts().await;
    let wrong = [TillFinding::CardTerminalSilent, TillFinding::TicketUnprinted];
    machine.reports(&wrong).await;
    let till = seen(&shop).await;
    assert_eq!((till.findings().collect::<Vec<_>>().as_slice(), till.unprinted_sequence), (&wrong[..], 7));
    machine.reports(&[]).await;
    assert!(seen(&shop).await.findings.is_empty());
    let forged = pb::ReportTillRequest {
        request_id: new_id(),
        stage: TillStage::Idle.into(),
        generation: 1,
        findings: vec![TillFinding::ClaimedTwice.into()],
        ..Default::default()
    };
    let mut till = TillServiceClient::new(shop.service.peer("terminal-LILLE-01"));
    assert_eq!(why(till.report_till(forged).await), "INVALID_FIELD");
}
