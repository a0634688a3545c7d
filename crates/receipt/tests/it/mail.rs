//! A sale becomes a mail.

use std::fmt::Write;

use proto::checkout::v1::SaleCompleted;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    facts::{given_back, paid_back, refund, sale, sold},
    world::{World, parts},
};

/// The token of the link with this path.
fn token<'a>(text: &'a str, path: &str) -> &'a str {
    let start = format!("https://cabas.example/{path}/");
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(start.as_str()))
        .expect("the link stands in a line of its own");
    assert_eq!(line.len(), 43, "32 bytes in the letters of a URL");
    line
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_is_mailed_with_its_card_slip_and_two_links() {
    let world = World::start().await;
    let replica = world.serve();
    let (sale, email) = world.sell().await;
    let mails = world.mails(1).await;
    let mail = &mails[0];
    assert_eq!((mail.from.as_str(), mail.to.as_slice()), ("tickets@shop.example", &[email][..]));
    let message_id = format!("<receipt.{}.1@shop.example>", sale.sale_id);
    assert_eq!(mail.message_id.as_deref(), Some(message_id.as_str()));
    let headers = String::from_utf8_lossy(&mail.raw).into_owned();
    assert!(headers.contains("Auto-Submitted: auto-generated\r\n") && headers.contains("\r\nDate: "));

    let parts = parts(mail);
    let [text, page, slip] = parts.as_slice() else { panic!("{parts:?}") };
    for seen in [
        "Bonjour Camille,",
        "La Ferme de Lille",
        "Ticket n° 41",
        "2 mai 2026 à 11:31",
        "6,21\u{202f}€",
        "0674",
    ] {
        assert!(text.contains(seen) && page.contains(seen), "{seen}: {text}");
    }
    assert!(page.contains("<html lang=\"fr\">") && !page.contains("<img"));
    assert_eq!(slip.trim(), "CARTE BANCAIRE\nDébit 6,21 EUR");

    let delivery = world.delivery(&sale.sale_id, "sent").await;
    assert_eq!((&delivery["attempts"], &delivery["outcome"]), (&1.into(), &"250".into()));
    let invited = world.told("receipts.invited").await;
    let expected = [(sha256(token(text, "r")), sha256(token(text, "s")))];
    let hashes = |event: &serde_json::Value| {
        let hash = |name: &str| event[name].as_str().unwrap().to_owned();
        (hash("review_token_sha256"), hash("refund_token_sha256"))
    };
    assert_eq!(invited.iter().map(hashes).collect::<Vec<_>>(), expected);
    let settled = world.told("receipts.settled").await;
    let told = |name: &str| settled[0][name].as_str().unwrap();
    assert_eq!(settled.len(), 1);
    assert_eq!((told("state"), told("kind"), told("message_id")), ("sent", "receipt", message_id.as_str()));
    assert_eq!((told("sale_id"), settled[0]["with_slip"].as_bool()), (sale.sale_id.as_str(), Some(true)));
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_went_back_to_a_card_is_mailed_once_with_the_slip_of_its_card_terminal() {
    let world = World::start().await;
    let replica = world.serve();
    let (sale, _) = world.sell().await;
    world.mails(1).await;
    let (refund, credit_id) = (refund(&sale), Uuid::now_v7().to_string());
    world.peers.has_slip(&credit_id, "CREDIT 6,21 EUR");
    let twice = [paid_back(&refund, &credit_id), paid_back(&refund, &credit_id)];
    world.publish(&twice).await;
    world.publish(&[given_back(&refund)]).await;
    let mails = world.mails(3).await;
    let message_id = format!("<paid-back.{credit_id}.1@shop.example>");
    let told: Vec<_> = mails.iter().filter(|mail| mail.message_id.as_deref() == Some(&message_id)).collect();
    assert_eq!(told.len(), 1, "of one credit, however often its event comes");
    let parts = parts(told[0]);
    let [text, _, slip] = parts.as_slice() else { panic!("{parts:?}") };
    assert!(text.contains("ont été versés sur la carte CB se terminant par 0674"), "{text}");
    assert_eq!(slip.trim(), "CREDIT 6,21 EUR");
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_mailed_without_links() {
    let world = World::start().await;
    let replica = world.serve();
    let (member_id, _) = world.member();
    let refund = refund(&sale(&member_id));
    world.publish(&[given_back(&refund)]).await;
    let mails = world.mails(1).await;
    assert_eq!(mails[0].message_id, Some(format!("<credit.{}.1@shop.example>", refund.refund_id)));
    let parts = parts(&mails[0]);
    assert_eq!(parts.len(), 2, "no card slip");
    assert!(parts[0].contains("du ticket n° 41 du 2 mai 2026 à 11:31") && parts[0].contains("Avoir n° 1"));
    assert!(parts[0].contains("à l’accueil du magasin") && !parts[0].contains("https://"));
    let delivery = world.delivery(&refund.refund_id, "sent").await;
    assert_eq!((&delivery["kind"], &delivery["with_slip"]), (&"credit_note".into(), &false.into()));
    assert!(world.told("receipts.invited").await.is_empty());
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_of_empties_alone_is_mailed_and_invites_nobody() {
    let world = World::start().await;
    let replica = world.serve();
    let (member_id, _) = world.member();
    let mut empties = sale(&member_id);
    for line in &mut empties.lines {
        (line.kind, line.gross_minor, line.total_minor) = ("deposit_return".to_owned(), -40, -40);
    }
    empties.total_minor = -40;
    world.publish(&[sold(&empties)]).await;
    let mails = world.mails(1).await;
    let parts = parts(&mails[0]);
    assert!(parts[0].contains("Ticket n° 41") && !parts[0].contains("https://"), "{}", parts[0]);
    assert!(!parts[1].contains("Noter vos achats"), "{}", parts[1]);
    world.delivery(&empties.sale_id, "sent").await;
    assert!(world.told("receipts.invited").await.is_empty());
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_without_a_member_is_settled_at_once() {
    let world = World::start().await;
    let replica = world.serve();
    let anonymous = sale("");
    world.publish(&[sold(&anonymous)]).await;
    world.delivery(&anonymous.sale_id, "other").await;
    let settled = world.told("receipts.settled").await;
    assert_eq!((&settled[0]["state"], &settled[0]["message_id"]), (&"other".into(), &"".into()));
    // A member's sale after it shows that nothing else was to come.
    let (member, _) = world.sell().await;
    world.delivery(&member.sale_id, "sent").await;
    assert_eq!(world.sink.mails().len(), 1);
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_told_twice_is_mailed_once() {
    let world = World::start().await;
    let replica = world.serve();
    let (member_id, _) = world.member();
    let sale = sale(&member_id);
    let told = sold(&sale);
    // Under its own id and under another, as after a restore when even the inbox does not know it.
    let again = outbox::NewEvent { event_id: Uuid::now_v7(), ..told.clone() };
    world.publish(&[told, again, given_back(&refund(&sale))]).await;
    world.mails(2).await;
    let (last, _) = world.sell().await;
    world.delivery(&last.sale_id, "sent").await;
    assert_eq!(world.sink.mails().len(), 3, "a ticket, its credit note, and the last ticket");
    assert_eq!(world.deliveries().await.len(), 3);
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_number_in_the_slip_never_passes() {
    let world = World::start().await;
    let replica = world.serve();
    let (member_id, _) = world.member();
    let sale = sale(&member_id);
    world.peers.has_slip(&sale.sale_id, "CARTE 4532 0151 1283 0366\n6,21 EUR");
    world.publish(&[sold(&sale)]).await;
    let mails = world.mails(1).await;
    assert_eq!(parts(&mails[0]).len(), 2, "the ticket alone");
    assert!(!String::from_utf8_lossy(&mails[0].raw).contains("4532"));
    let delivery = world.delivery(&sale.sale_id, "sent").await;
    assert_eq!(delivery["with_slip"], false);
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_sale_is_put_aside_and_the_next_one_is_mailed() {
    let world = World::start().await;
    let replica = world.serve();
    let (member_id, _) = world.member();
    let poisoned = [
        SaleCompleted { time_zone: "Mars/Olympus".to_owned(), ..sale(&member_id) },
        SaleCompleted { sale_id: "not an id".to_owned(), ..sale(&member_id) },
        SaleCompleted { completed_time: None, ..sale(&member_id) },
        SaleCompleted { member_id: "Camille".to_owned(), ..sale("") },
    ];
    world.publish(&poisoned.each_ref().map(sold)).await;
    let (last, _) = world.sell().await;
    world.delivery(&last.sale_id, "sent").await;
    let mut reasons: Vec<String> =
        sqlx::query_scalar("select reason from dead_letter").fetch_all(&world.pool).await.unwrap();
    reasons.sort();
    let expected = [
        "completed_time is missing",
        "member_id is not a UUID",
        "sale_id is not a UUID",
        "unknown time zone \"Mars/Olympus\"",
    ];
    assert_eq!(reasons, expected);
    assert_eq!(world.sink.mails().len(), 1);
    replica.stop().await;
}
