//! Who the shopper is stands in the mail and nowhere else.

use futures::StreamExt;
use testbed::{Behaviour, Stage};

use crate::{
    facts::{given_back, refund},
    log,
    world::{PATIENCE, World, bus, parts},
};

/// Every row of every table, as text.
async fn whole_database(world: &World) -> String {
    let tables: Vec<String> = sqlx::query_scalar(
        "select table_name::text from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    assert!(
        ["delivery", "outbox", "inbox", "dead_letter", "request"]
            .iter()
            .all(|name| tables.iter().any(|table| table == name))
    );
    let mut text = String::new();
    for table in tables {
        let query = format!(r#"select to_jsonb(t)::text from "{table}" t"#);
        let rows: Vec<String> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_all(&world.pool).await.unwrap();
        text += &rows.join("\n");
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn no_address_name_or_token_is_kept_logged_or_told() {
    let world = World::start().await;
    let replica = world.serve();
    let mut told = bus(&world.nats, "reviews").await.follow("RECEIPTS", "receipts.*.*");
    world.sink.script([
        Behaviour::Reject(Stage::Rcpt, 450),
        Behaviour::Reject(Stage::Rcpt, 550),
        Behaviour::DropAfterData,
    ]);
    let mut secrets = Vec::new();
    let mut states = Vec::new();
    for number in 0..4 {
        let (member_id, _) = world.member();
        let (email, name) = (format!("secret.mailbox{number}@example.org"), format!("Zénobie{number}"));
        world.peers.moves(&member_id, &email, &name);
        let sale = crate::facts::sale(&member_id);
        world.peers.has_slip(&sale.sale_id, "CARTE BANCAIRE secret-slip");
        world.publish(&[crate::facts::sold(&sale), given_back(&refund(&sale))]).await;
        secrets.extend([email, name]);
        states.push(sale.sale_id);
    }
    let settled = async || world.told("receipts.settled").await.len() == 8;
    testbed::eventually(PATIENCE, "every mail is settled", settled).await.unwrap();
    for mail in world.sink.mails() {
        let text = parts(&mail)[0].clone();
        secrets.extend(
            text.lines().filter_map(|line| line.strip_prefix("https://cabas.example/r/").map(str::to_owned)),
        );
        secrets.extend(
            text.lines().filter_map(|line| line.strip_prefix("https://cabas.example/s/").map(str::to_owned)),
        );
    }
    assert!(secrets.len() >= 12, "{secrets:?}");
    secrets.push("secret-slip".to_owned());

    let mut stream = String::new();
    for _ in 0..8 {
        let event = told.next().await.unwrap();
        stream += &format!("{} {event:?} {}", event.subject, String::from_utf8_lossy(&event.payload));
    }
    replica.stop().await;
    let (database, lines) = (whole_database(&world).await, log::lines());
    assert!(database.contains("receipts.settled") && lines.contains("the mail was not taken"));
    for secret in secrets {
        for (place, text) in [("database", &database), ("log", &lines), ("stream", &stream)] {
            assert!(!text.to_lowercase().contains(&secret.to_lowercase()), "{secret} stands in the {place}");
        }
    }
}
