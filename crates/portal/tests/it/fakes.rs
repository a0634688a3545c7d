//! The five services at the wire: they note what they are asked, answer fixed things, and refuse when told to.

mod analytics;
mod membership;
mod payouts;
mod receipt;
mod refunds;
mod reviews;
mod sales;
mod stores;
mod tills;
mod training;

use std::{
    collections::HashMap,
    fmt::Debug,
    sync::{Arc, Mutex},
};

use platform::{Clock, identity::StaffSigner};
use prost_types::Timestamp;
use proto::{
    analytics::v1::{DayFigures, analytics_service_server::AnalyticsServiceServer},
    checkout::v1::{
        attendance_service_server::AttendanceServiceServer, catalogue_service_server::CatalogueServiceServer,
        checkout_service_server::CheckoutServiceServer, payout_service_server::PayoutServiceServer,
        refund_service_server::RefundServiceServer, training_service_server::TrainingServiceServer,
    },
    membership::v1::{
        membership_service_server::MembershipServiceServer, staff_service_server::StaffServiceServer,
    },
    receipt::v1::receipt_service_server::ReceiptServiceServer,
    reviews::v1::{WatchReviewsResponse, reviews_service_server::ReviewsServiceServer},
};
use tokio::sync::broadcast;
use tonic::{Request, Response, Status, service::Routes};

pub const MEMBER: &str = "01970000-0000-7000-8000-000000000001";
pub const REVIEW: &str = "01970000-0000-7000-8000-000000000002";
pub const DELIVERY: &str = "01970000-0000-7000-8000-000000000003";
pub const REFUND: &str = "01970000-0000-7000-8000-000000000004";
pub const BASKET: &str = "01970000-0000-7000-8000-000000000006";
pub const CALL: &str = "01970000-0000-7000-8000-000000000005";
pub const REFUND_REQUEST: &str = "01970000-0000-7000-8000-000000000006";
pub const SALE: &str = "01970000-0000-7000-8000-000000000007";
pub const TOKEN: &str = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA";
/// The link of a sale without a member.
pub const GUEST_TOKEN: &str = "r83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA";

#[derive(Clone)]
pub struct Fakes(Arc<State>);

pub struct State {
    signer: StaffSigner,
    clock: Clock,
    calls: Mutex<Vec<(&'static str, String)>>,
    refusals: Mutex<HashMap<&'static str, Status>>,
    /// What products, people and comments are called.
    words: Mutex<Words>,
    /// The time zone of the store.
    time_zone: Mutex<&'static str>,
    told: broadcast::Sender<WatchReviewsResponse>,
    days: broadcast::Sender<DayFigures>,
}

#[derive(Clone)]
pub struct Words {
    pub product: String,
    pub person: String,
    pub comment: String,
}

impl Fakes {
    pub fn new(signer: StaffSigner, clock: Clock) -> Self {
        let words = Words {
            product: "Carottes de Tilques".to_owned(),
            person: "Dubois".to_owned(),
            comment: "Très bonnes, comme à la ferme.".to_owned(),
        };
        Self(Arc::new(State {
            signer,
            clock,
            calls: Mutex::default(),
            refusals: Mutex::default(),
            words: Mutex::new(words),
            time_zone: Mutex::new("Europe/Paris"),
            told: broadcast::Sender::new(16),
            days: broadcast::Sender::new(16),
        }))
    }

    pub fn services(&self) -> [(&'static str, Routes); 5] {
        let membership = Routes::new(MembershipServiceServer::new(self.clone()))
            .add_service(StaffServiceServer::new(self.clone()));
        let checkout = Routes::new(CatalogueServiceServer::new(self.clone()))
            .add_service(PayoutServiceServer::new(self.clone()))
            .add_service(RefundServiceServer::new(self.clone()))
            .add_service(CheckoutServiceServer::new(self.clone()))
            .add_service(TrainingServiceServer::new(self.clone()))
            .add_service(AttendanceServiceServer::new(self.clone()));
        [
            ("checkout", checkout),
            ("membership", membership),
            ("receipt", Routes::new(ReceiptServiceServer::new(self.clone()))),
            ("reviews", Routes::new(ReviewsServiceServer::new(self.clone()))),
            ("analytics", Routes::new(AnalyticsServiceServer::new(self.clone()))),
        ]
    }

    /// Everything that was asked by the RPC of this name, oldest first.
    pub fn calls(&self, rpc: &str) -> Vec<String> {
        let calls = self.0.calls.lock().unwrap();
        calls.iter().filter(|(name, _)| *name == rpc).map(|(_, message)| message.clone()).collect()
    }

    /// Makes an RPC refuse from now on.
    pub fn refuse(&self, rpc: &'static str, status: Status) {
        self.0.refusals.lock().unwrap().insert(rpc, status);
    }

    /// Changes what things are called.
    pub fn call_things(&self, words: Words) {
        *self.0.words.lock().unwrap() = words;
    }

    /// Moves the store to another time zone.
    pub fn move_to(&self, time_zone: &'static str) {
        *self.0.time_zone.lock().unwrap() = time_zone;
    }

    /// Tells a review or a complaint to who watches; how many do.
    pub fn tell(&self, told: WatchReviewsResponse) -> usize {
        self.0.told.send(told).unwrap_or(0)
    }

    /// Tells a day to who watches; how many do.
    pub fn tell_day(&self, day: DayFigures) -> usize {
        self.0.days.send(day).unwrap_or(0)
    }

    fn words(&self) -> Words {
        self.0.words.lock().unwrap().clone()
    }

    /// Notes the call, and answers or refuses.
    fn answer<Q: Debug, A>(
        &self,
        rpc: &'static str,
        request: &Request<Q>,
        answer: impl FnOnce(&Q) -> A,
    ) -> Result<Response<A>, Status> {
        let message = request.get_ref();
        self.0.calls.lock().unwrap().push((rpc, format!("{message:?}")));
        match self.0.refusals.lock().unwrap().get(rpc) {
            Some(status) => Err(status.clone()),
            None => Ok(Response::new(answer(message))),
        }
    }
}

/// The second of the shop's day with this hour and minute, in UTC.
pub fn at(hour: i64, minute: i64) -> Option<Timestamp> {
    // 2026-05-02T00:00:00Z
    Some(Timestamp { seconds: 1_777_680_000 + hour * 3600 + minute * 60, nanos: 0 })
}

/// What pages never ask for.
pub fn unasked<A>() -> Result<Response<A>, Status> {
    Err(Status::unimplemented("no page asks for this"))
}
