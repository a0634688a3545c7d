//! Addresses that were typed at a till: kept for one mail, and no longer.

use std::time::Duration as Patience;

use outbox::{Bus, BusConfig, NewEvent, Relay, RelayConfig, StreamSpec, Wake};
use proto::{
    membership::v1::{ForgetGuestContactRequest, GetGuestContactRequest, KeepGuestContactRequest},
    receipt::v1::MailSettled,
    subject,
};
use time::Duration;
use tonic::Code;

use crate::{
    fixture::{bad_field, id, refused},
    service::{Members, Service},
};

const EMAIL: &str = "visiteuse.unique@example.org";

async fn keep(service: &Service, email: &str) -> String {
    let contact = id();
    service.members_as("terminal-LILLE-01").keep_guest_contact(keeps(&contact, email)).await.unwrap();
    contact
}

fn keeps(contact: &str, email: &str) -> KeepGuestContactRequest {
    KeepGuestContactRequest {
        request_id: id(),
        guest_contact_id: contact.to_owned(),
        email: email.to_owned(),
    }
}

async fn address(receipt: &mut Members, contact: &str) -> Result<String, Code> {
    let request = GetGuestContactRequest { guest_contact_id: contact.to_owned() };
    let answer = receipt.get_guest_contact(request).await;
    answer.map(|answer| answer.into_inner().email).map_err(|status| status.code())
}

/// Tells as receipt does what became of the mails to these addresses.
async fn settle(service: &Service, mails: &[(&str, &str)]) {
    let store = testbed::database("outbox", &outbox::MIGRATOR).await;
    let mut tx = store.pool.begin().await.unwrap();
    for (contact, state) in mails {
        let body = MailSettled {
            delivery_id: id(),
            guest_contact_id: (*contact).to_owned(),
            state: (*state).to_owned(),
            ..MailSettled::default()
        };
        let subject = subject::mail_settled::of("LILLE");
        let now = service.clock.now();
        let event = NewEvent::new(subject, subject::mail_settled::TYPE, "/receipt/LILLE", now, &body);
        outbox::record(&mut tx, &event.unwrap()).await.unwrap();
    }
    tx.commit().await.unwrap();
    let bus = Bus::connect(BusConfig {
        url: service.nats.url(),
        user: "receipt".to_owned(),
        password: service.nats.password("receipt").to_owned(),
        ca_file: None,
        monitor_url: None,
    })
    .await
    .unwrap();
    bus.ensure_stream(&StreamSpec::receipts()).await.unwrap();
    let config = RelayConfig { database: store.url.parse().unwrap(), stream: StreamSpec::receipts() };
    let relay = Relay::new(config, bus, Wake::new());
    assert_eq!(relay.relay_once().await.unwrap(), mails.len() as u64);
}

#[tokio::test]
async fn an_address_typed_at_the_till_is_gone_after_the_mail() {
    let service = Service::start().await;
    let mut receipt = service.members_as("receipt");
    let (sent, unknown, last) =
        (keep(&service, EMAIL).await, keep(&service, EMAIL).await, keep(&service, EMAIL).await);
    assert_eq!(address(&mut receipt, &sent).await.as_deref(), Ok(EMAIL));
    // Of an unknown mail a person may still say that it is to be sent again.
    settle(&service, &[(&unknown, "unknown"), (&sent, "sent"), ("", "sent"), (&last, "failed")]).await;
    let gone = async || {
        let left = service.count("select count(*) from guest_contact").await;
        (left == 1).then_some(())
    };
    testbed::eventually(Patience::from_secs(30), "two addresses are gone", gone).await.unwrap();
    assert_eq!(address(&mut receipt, &sent).await, Err(Code::NotFound));
    assert_eq!(address(&mut receipt, &unknown).await.as_deref(), Ok(EMAIL));
    service.stop().await;
}

#[tokio::test]
async fn an_address_typed_at_the_till_is_gone_after_72_hours_whatever_became_of_the_mail() {
    let mut service = Service::start().await;
    let contact = keep(&service, EMAIL).await;
    service.clock.set(service.clock.now() + Duration::hours(72) - Duration::seconds(1));
    assert_eq!(address(&mut service.members_as("receipt"), &contact).await.as_deref(), Ok(EMAIL));
    service.clock.set(service.clock.now() + Duration::seconds(1));
    assert_eq!(address(&mut service.members_as("receipt"), &contact).await, Err(Code::NotFound));
    // A replica sweeps when it starts, and now and then.
    service.add_replica().await;
    let gone = async || {
        let left = service.count("select count(*) from guest_contact").await;
        (left == 0).then_some(())
    };
    testbed::eventually(Patience::from_secs(30), "the address is gone", gone).await.unwrap();
    service.stop().await;
}

#[tokio::test]
async fn an_address_that_its_till_needs_no_more_is_gone_at_once_and_does_not_come_back() {
    let service = Service::start().await;
    let mut till = service.members_as("terminal-LILLE-01");
    let (kept, other) = (keeps(&id(), EMAIL), keep(&service, EMAIL).await);
    till.keep_guest_contact(kept.clone()).await.unwrap();
    let guest_contact_id = kept.guest_contact_id.clone();
    let forgotten = ForgetGuestContactRequest { request_id: id(), guest_contact_id };
    for _ in 0..2 {
        till.forget_guest_contact(forgotten.clone()).await.unwrap();
    }
    // The command that kept it, sent again, keeps nothing; and one that is not kept is as good as forgotten.
    till.keep_guest_contact(kept).await.unwrap();
    assert_eq!(service.count("select count(*) from guest_contact").await, 1);
    let never = ForgetGuestContactRequest { request_id: id(), guest_contact_id: id() };
    till.forget_guest_contact(never.clone()).await.unwrap();
    let mut receipt = service.members_as("receipt");
    assert_eq!(address(&mut receipt, &other).await.as_deref(), Ok(EMAIL));
    refused(receipt.forget_guest_contact(never).await, Code::PermissionDenied, "NOT_ALLOWED");
    let reused = ForgetGuestContactRequest { guest_contact_id: id(), ..forgotten };
    refused(till.forget_guest_contact(reused).await, Code::InvalidArgument, "REQUEST_ID_REUSED");
    let none = ForgetGuestContactRequest { request_id: id(), guest_contact_id: "no id".to_owned() };
    bad_field(till.forget_guest_contact(none).await, "guest_contact_id");
    service.stop().await;
}

#[tokio::test]
async fn an_address_is_kept_once_and_not_even_its_hash_anywhere_else() {
    let service = Service::start().await;
    let mut till = service.members_as("terminal-LILLE-01");
    let request = keeps(&id(), EMAIL);
    till.keep_guest_contact(request.clone()).await.unwrap();
    till.keep_guest_contact(request.clone()).await.unwrap();
    let two = service.count("select count(*) from guest_contact").await;
    assert_eq!(two, 1);
    // What is kept of the command is the same whatever was typed: nobody finds the address by trying.
    let other = KeepGuestContactRequest { email: "autre@example.org".to_owned(), ..request.clone() };
    till.keep_guest_contact(other).await.unwrap();
    assert_eq!(
        address(&mut service.members_as("receipt"), &request.guest_contact_id).await.as_deref(),
        Ok(EMAIL)
    );
    bad_field(till.keep_guest_contact(keeps(&id(), "no address")).await, "email");
    bad_field(till.keep_guest_contact(keeps("no id", EMAIL)).await, "guest_contact_id");
    let request = GetGuestContactRequest { guest_contact_id: request.guest_contact_id };
    refused(till.get_guest_contact(request).await, Code::PermissionDenied, "NOT_ALLOWED");
    service.stop().await;
}
