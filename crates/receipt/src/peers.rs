//! What is asked of other services, each time anew: nothing of it is kept.

use platform::{
    config::TlsArgs,
    peer,
    stores::{CheckoutArgs, Checkouts},
};
use proto::{
    checkout::v1::{
        DownloadTicketRequest, GetCardSlipRequest, Ticket, checkout_service_client::CheckoutServiceClient,
    },
    membership::v1::{
        GetContactRequest, GetGuestContactRequest, membership_service_client::MembershipServiceClient,
    },
};
use tonic::{Code, Status};
use url::Url;
use uuid::Uuid;

use crate::domain::{Addressee, CreditId, GuestContactId, MemberId, SaleId};

/// The checkout of each store, and membership.
#[derive(Clone)]
pub struct Peers {
    checkouts: Checkouts,
    membership: MembershipServiceClient<peer::Peer>,
}

/// Where a member's mail goes at this moment. It has no `Debug`, so that it ends in no log.
pub struct Contact {
    pub email: String,
    pub first_name: String,
}

/// The card slips of a sale, and the contract numbers that they may show. It has no `Debug`: a slip belongs in no log.
#[derive(Default)]
pub struct CardSlips {
    pub texts: Vec<String>,
    pub contracts: Vec<String>,
}

/// A copy of a ticket. It has no `Debug`, as its slips have none.
pub struct Download {
    pub ticket: Ticket,
    pub slips: CardSlips,
    /// 0 is the original, n the n-th duplicate.
    pub copy: i64,
}

/// A service did not answer. Its text is left out: it might name somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{service} answers {code:?}")]
pub struct Unanswered {
    service: &'static str,
    code: Code,
}

impl Peers {
    /// Channels to all of them; they need not be there yet.
    pub fn connect(checkout: &CheckoutArgs, membership: &Url, tls: &TlsArgs) -> anyhow::Result<Self> {
        Ok(Self {
            checkouts: Checkouts::connect(checkout, tls)?,
            membership: MembershipServiceClient::new(peer::connect(membership, "membership", tls)?),
        })
    }

    /// Where a mail goes now; `None` when membership knows nobody of this id, or no longer.
    pub async fn addressee(&self, addressee: Addressee) -> Result<Option<Contact>, Unanswered> {
        match addressee {
            Addressee::Member(member_id) => self.contact(member_id).await,
            Addressee::Guest(contact) => self.guest_contact(contact).await,
        }
    }

    /// The address that was typed at the till; it has no name.
    async fn guest_contact(&self, contact: GuestContactId) -> Result<Option<Contact>, Unanswered> {
        let request = GetGuestContactRequest { guest_contact_id: contact.0.to_string() };
        let answer = self.membership.clone().get_guest_contact(request).await;
        let contact = found("membership", answer)?;
        Ok(contact.map(|contact| Contact { email: contact.email, first_name: String::new() }))
    }

    /// One more copy of the sale's ticket, or the one of this request; `None` when checkout has no such sale, or shows it no more.
    pub async fn download(
        &self,
        store_code: &str,
        sale_id: SaleId,
        request_id: Uuid,
    ) -> Result<Option<Download>, Unanswered> {
        let (request_id, sale_id) = (request_id.to_string(), sale_id.0.to_string());
        let request = DownloadTicketRequest { request_id, sale_id };
        let answer = self.checkout(store_code).download_ticket(request).await;
        Ok(found("checkout", answer)?.and_then(|copy| {
            let slips = CardSlips { texts: copy.slip_texts, contracts: copy.card_contracts };
            Some(Download { ticket: copy.ticket?, slips, copy: copy.copy })
        }))
    }

    /// Where the member's mail goes now; `None` when membership does not know the member, or no longer.
    async fn contact(&self, member_id: MemberId) -> Result<Option<Contact>, Unanswered> {
        let request = GetContactRequest { member_id: member_id.0.to_string() };
        let answer = self.membership.clone().get_contact(request).await;
        let contact = found("membership", answer)?;
        Ok(contact.map(|contact| Contact { email: contact.email, first_name: contact.first_name }))
    }

    /// The card slips of the sale, or that of money which went back of it, with the contracts that they may show; `None` when checkout has no
    /// such sale.
    pub async fn card_slips(
        &self,
        store_code: &str,
        sale_id: SaleId,
        of: Option<CreditId>,
    ) -> Result<Option<CardSlips>, Unanswered> {
        let credit_id = of.map(|credit_id| credit_id.0.to_string()).unwrap_or_default();
        let request = GetCardSlipRequest { sale_id: sale_id.0.to_string(), credit_id };
        let answer = self.checkout(store_code).get_card_slip(request).await;
        let slips = found("checkout", answer)?;
        Ok(slips.map(|slips| CardSlips { texts: slips.slip_texts, contracts: slips.card_contracts }))
    }

    fn checkout(&self, store_code: &str) -> CheckoutServiceClient<peer::Peer> {
        CheckoutServiceClient::new(self.checkouts.of(store_code))
    }
}

fn found<T>(
    service: &'static str,
    answer: Result<tonic::Response<T>, Status>,
) -> Result<Option<T>, Unanswered> {
    match answer {
        Ok(response) => Ok(Some(response.into_inner())),
        Err(status) if status.code() == Code::NotFound => Ok(None),
        Err(status) => Err(Unanswered { service, code: status.code() }),
    }
}
