//! The clients of the five services: the portal's whole state.

use anyhow::Context;
use platform::{
    Clock, Shutdown,
    peer::{self, Peer, STAFF_METADATA},
    stores::Checkouts,
};
use proto::{
    analytics::v1::analytics_service_client::AnalyticsServiceClient,
    checkout::v1::{
        attendance_service_client::AttendanceServiceClient, catalogue_service_client::CatalogueServiceClient,
        checkout_service_client::CheckoutServiceClient, payout_service_client::PayoutServiceClient,
        refund_service_client::RefundServiceClient, training_service_client::TrainingServiceClient,
    },
    membership::v1::{
        membership_service_client::MembershipServiceClient, staff_service_client::StaffServiceClient,
    },
    receipt::v1::receipt_service_client::ReceiptServiceClient,
    reviews::v1::reviews_service_client::ReviewsServiceClient,
};
use tonic::Request;

use crate::{
    Config,
    session::{Kept, Session},
    source::Sources,
    web::Places,
};

/// The state of the portal; cheap to clone.
#[derive(Clone)]
pub struct App {
    pub checkouts: Checkouts,
    pub members: MembershipServiceClient<Peer>,
    pub staff: StaffServiceClient<Peer>,
    pub receipt: ReceiptServiceClient<Peer>,
    pub reviews: ReviewsServiceClient<Peer>,
    pub analytics: AnalyticsServiceClient<Peer>,
    pub places: Places,
    pub kept: Kept,
    pub sources: Sources,
    pub clock: Clock,
    pub shutdown: Shutdown,
}

impl App {
    pub fn new(config: &Config, clock: Clock, shutdown: Shutdown) -> anyhow::Result<Self> {
        let connect = |url, service| peer::connect(url, service, &config.tls);
        let key = std::fs::read(&config.tls.tls_key)
            .with_context(|| format!("cannot read {}", config.tls.tls_key.display()))?;
        let membership = connect(&config.membership_url, "membership")?;
        Ok(Self {
            checkouts: Checkouts::connect(&config.checkout, &config.tls)?,
            members: MembershipServiceClient::new(membership.clone()),
            staff: StaffServiceClient::new(membership),
            receipt: ReceiptServiceClient::new(connect(&config.receipt_url, "receipt")?),
            reviews: ReviewsServiceClient::new(connect(&config.reviews_url, "reviews")?),
            analytics: AnalyticsServiceClient::new(connect(&config.analytics_url, "analytics")?),
            places: Places::default(),
            kept: Kept::of(config.store_code.clone()),
            sources: Sources::new(&key, config.client_address_header.clone())?,
            clock,
            shutdown,
        })
    }

    /// The checkout of a store.
    pub fn checkout(&self, store_code: &str) -> Checkout {
        Checkout::at(self.checkouts.of(store_code))
    }

    /// The checkout of the store of whoever has signed in.
    pub fn checkout_of(&self, session: &Session) -> Checkout {
        self.checkout(&session.account.store_code)
    }

    /// Every checkout, for what no store is known of.
    pub fn every_checkout(&self) -> impl Iterator<Item = Checkout> + '_ {
        self.checkouts.all().map(Checkout::at)
    }
}

/// The checkout of a store, service by service.
pub struct Checkout {
    pub attendance: AttendanceServiceClient<Peer>,
    pub catalogue: CatalogueServiceClient<Peer>,
    pub payouts: PayoutServiceClient<Peer>,
    pub refunds: RefundServiceClient<Peer>,
    pub sales: CheckoutServiceClient<Peer>,
    pub training: TrainingServiceClient<Peer>,
}

impl Checkout {
    fn at(peer: Peer) -> Self {
        Self {
            attendance: AttendanceServiceClient::new(peer.clone()),
            catalogue: CatalogueServiceClient::new(peer.clone()),
            payouts: PayoutServiceClient::new(peer.clone()),
            refunds: RefundServiceClient::new(peer.clone()),
            sales: CheckoutServiceClient::new(peer.clone()),
            training: TrainingServiceClient::new(peer),
        }
    }
}

/// A request in the name of a signed-in person.
pub fn as_staff<T>(session: &Session, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert(STAFF_METADATA, session.assertion.clone());
    request
}
