//! How the shopper wants the ticket: each way has its own end.

use proto::{checkout::v1::SaleCompleted, receipt::v1::GetReceiptRequest};
use sha2::{Digest, Sha256};
use time::Duration;
use tonic::Code;
use uuid::Uuid;

use crate::{
    facts::{sale, sold},
    world::World,
};

const TOKEN: &str = "b9Wm3gQmA4rJ8uPq2VZ6Xs1tYc5nKd7LhFfEe0RiOoU";

fn hash(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn chosen(choice: &str) -> SaleCompleted {
    SaleCompleted { receipt_choice: choice.to_owned(), ..sale("") }
}

fn asks(token: &str) -> GetReceiptRequest {
    GetReceiptRequest { token: token.to_owned(), request_id: Uuid::now_v7().to_string() }
}

#[tokio::test]
async fn a_guest_reads_the_ticket_behind_the_code_for_30_days_and_not_after() {
    let world = World::start().await;
    let replica = world.serve();
    let bought = SaleCompleted { receipt_token_sha256: hash(TOKEN), ..chosen("qr") };
    world.peers.has_slip(&bought.sale_id, "CARTE BANCAIRE\nDébit 6,21 EUR");
    world.publish(&[sold(&bought)]).await;
    world.delivery(&bought.sale_id, "other").await;
    let mut portal = world.client(&replica, "portal");

    world.clock.set(world.clock.now() + Duration::days(30) - Duration::minutes(1));
    let read = portal.get_receipt(asks(TOKEN)).await.unwrap().into_inner();
    let ticket = read.ticket.unwrap();
    assert_eq!((ticket.sale_id, ticket.sequence), (bought.sale_id.clone(), 41));
    assert_eq!(ticket.member_id, "", "nobody learns who bought");
    assert!(read.slip_texts[0].contains("CARTE BANCAIRE"));
    assert_eq!(read.copy, 0, "checkout numbers the copies");
    let again = asks(TOKEN);
    for _ in 0..2 {
        let read = portal.get_receipt(again.clone()).await.unwrap().into_inner();
        assert_eq!(read.copy, 1, "and a repeat is the same one");
    }
    let unasked = GetReceiptRequest { request_id: String::new(), ..again };
    assert_eq!(portal.get_receipt(unasked).await.unwrap_err().code(), Code::InvalidArgument);
    // A code opens one ticket, and neither its hash nor another token opens any.
    for other in [hash(TOKEN), TOKEN.to_lowercase(), String::new()] {
        assert_eq!(portal.get_receipt(asks(&other)).await.unwrap_err().code(), Code::NotFound);
    }

    world.clock.set(world.clock.now() + Duration::minutes(2));
    assert_eq!(portal.get_receipt(asks(TOKEN)).await.unwrap_err().code(), Code::NotFound);
    // Nothing leads from the code to the ticket any more, once a replica has looked.
    replica.stop().await;
    let again = world.serve();
    let forgotten = async || {
        let kept: i64 = sqlx::query_scalar("select count(*) from delivery where token_sha256 is not null")
            .fetch_one(&world.pool)
            .await
            .unwrap();
        (kept == 0).then_some(())
    };
    testbed::eventually(crate::world::PATIENCE, "the hash is forgotten", forgotten).await.unwrap();
    again.stop().await;
}

#[tokio::test]
async fn what_was_chosen_is_what_becomes_of_the_receipt_and_no_mail_goes_unasked() {
    let world = World::start().await;
    let replica = world.serve();
    let (member_id, email) = world.member();
    let of_member = |choice: &str| SaleCompleted { member_id: member_id.clone(), ..chosen(choice) };
    let qr = SaleCompleted { receipt_token_sha256: hash(TOKEN), ..of_member("qr") };
    let others = [
        (qr, "qr"),
        (of_member("paper"), "paper"),
        (of_member("none"), "none"),
        (chosen("none"), "none"),
        (chosen(""), "no member"),
    ];
    for (sale, _) in &others {
        world.publish(&[sold(sale)]).await;
    }
    let mailed = of_member("card_email");
    world.peers.has_slip(&mailed.sale_id, "");
    world.publish(&[sold(&mailed)]).await;
    for (sale, outcome) in &others {
        assert_eq!(world.delivery(&sale.sale_id, "other").await["outcome"], *outcome);
    }
    world.delivery(&mailed.sale_id, "sent").await;
    let mails = world.mails(1).await;
    assert_eq!((mails.len(), &mails[0].to), (1, &vec![email]));
    replica.stop().await;
}

#[tokio::test]
async fn an_address_typed_at_the_till_gets_the_mail_and_is_told_as_an_id_alone() {
    let world = World::start().await;
    let replica = world.serve();
    let guest = Uuid::now_v7().to_string();
    world.peers.moves(&guest, "invitee@example.org", "");
    let bought = SaleCompleted { guest_contact_id: guest.clone(), ..chosen("typed_email") };
    world.peers.has_slip(&bought.sale_id, "");
    world.publish(&[sold(&bought)]).await;
    world.delivery(&bought.sale_id, "sent").await;
    assert_eq!(world.mails(1).await[0].to, ["invitee@example.org"]);
    let settled = world.told("receipts.settled").await;
    assert_eq!((&settled[0]["guest_contact_id"], &settled[0]["state"]), (&guest.into(), &"sent".into()));
    assert!(!format!("{settled:?} {:?}", world.deliveries().await).contains("invitee"));

    // Once membership has forgotten it, nobody is there to write to.
    let late = Uuid::now_v7().to_string();
    let bought = SaleCompleted { guest_contact_id: late, ..chosen("typed_email") };
    world.peers.has_slip(&bought.sale_id, "");
    world.publish(&[sold(&bought)]).await;
    assert_eq!(world.delivery(&bought.sale_id, "other").await["outcome"], "the address is forgotten");
    replica.stop().await;
}
