//! Who a member is stays in membership: canaries are looked for everywhere else.

use std::path::{Path, PathBuf};

use e2e::{OpenShop, SOON, pages, streams};
use proto::{checkout::v1::SoldBy, subject};
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, postgres::PgConnectOptions};

/// A person of whom every detail is unmistakable.
const PERSON: [(&str, &str); 8] = [
    ("last_name", "Zyxquovnik"),
    ("first_name", "Quibblewort"),
    ("street", "7 allée Vexanthrope"),
    ("postal_code", "59987"),
    ("city", "Brumeval-sur-Pivrec"),
    ("country_code", "FR"),
    ("phone", "+33199007316"),
    ("email", "wobbegong.canari@example.org"),
];
/// What is looked for, in small letters.
const CANARIES: [&str; 7] =
    ["zyxquovnik", "quibblewort", "vexanthrope", "brumeval", "199007316", "wobbegong", "canari@"];

#[tokio::test(flavor = "multi_thread")]
async fn a_members_name_address_phone_and_email_are_in_membership_and_nowhere_else() {
    let open = OpenShop::open().await;
    let mut desk = open.browser_of("desk").await;
    let details = PERSON.map(|(name, value)| (name, value.to_owned())).to_vec();
    let card = pages::register(&mut desk, &details).await;
    let tokens = visit(&open, &card).await;
    for query in ["Zyxquov", "wobbegong.canari@example.org", "+33199007316"] {
        let found = desk.post("/desk", &[("query", query)]).await.unwrap();
        assert!(found.body.contains("Zyxquovnik"), "{query}: {}", found.body);
    }
    open.figures().await;

    // The search finds what is there: in membership's own table, and in what the shopper got.
    assert!(!found_in(&rows(&open, "membership", "member").await).is_empty());
    assert!(open.shop.sink.mails().iter().any(|mail| mail.to == [PERSON[7].1]));

    let mut searched = 0;
    for service in ["checkout", "receipt", "reviews", "analytics"] {
        for table in tables(&open, service).await {
            is_clean(&format!("{service}.{table}"), &rows(&open, service, &table).await, &tokens);
            searched += 1;
        }
    }
    for table in ["outbox", "inbox", "request", "dead_letter", "consumer", "session", "staff", "card"] {
        is_clean(&format!("membership.{table}"), &rows(&open, "membership", table).await, &tokens);
    }
    for stream in [subject::SALES, subject::REVIEWS, subject::MEMBERS, subject::RECEIPTS] {
        let messages = streams::messages(&open.shop, stream).await;
        assert!(!messages.is_empty(), "{stream}");
        for kept in messages {
            let text =
                format!("{} {:?} {}", kept.subject, kept.headers, String::from_utf8_lossy(&kept.payload));
            is_clean(&kept.subject, &text, &tokens);
        }
    }
    let files = files(&open);
    for (file, text) in &files {
        is_clean(&file.display().to_string(), text, &tokens);
        searched += 1;
    }
    assert!(searched > 40, "only {searched} tables and files were searched");
    // The till's own files do not know the card either.
    for (file, text) in files.iter().filter(|(file, _)| is_of_a_till(file)) {
        assert!(!text.contains(&card), "{}", file.display());
    }
}

/// What a guest types at a till.
const GUEST: &str = "bandersnatch.visiteur@example.net";

#[tokio::test(flavor = "multi_thread")]
async fn an_address_typed_at_the_till_lives_in_membership_alone_and_not_for_long() {
    let open = OpenShop::open().await;
    let article = (open.product_of(demo::stock::SUPPLIER, SoldBy::Kilogram).gtin.clone(), Some(640));
    let mut lane = open.lane(0);
    lane.scan(&article).await;
    let choice = serde_json::json!({"choice": "typed_email", "email": GUEST});
    lane.taken("receipt", choice).await;
    assert!(rows(&open, "membership", "guest_contact").await.contains(GUEST));
    let sold = lane.pay().await;
    open.receipt_of(sold.sale_id, SOON).await;
    assert!(open.shop.sink.mails().iter().any(|mail| mail.to == [GUEST]));
    open.figures().await;
    let forgotten = async || {
        let kept = rows(&open, "membership", "guest_contact").await;
        kept.is_empty().then_some(())
    };
    testbed::eventually(SOON, "the address is forgotten", forgotten).await.unwrap();

    let is_clean = |place: &str, text: &str| assert!(!text.contains("bandersnatch"), "{place}");
    for service in ["checkout", "receipt", "reviews", "analytics", "membership"] {
        for table in tables(&open, service).await {
            is_clean(&format!("{service}.{table}"), &rows(&open, service, &table).await);
        }
    }
    for stream in [subject::SALES, subject::REVIEWS, subject::MEMBERS, subject::RECEIPTS] {
        for kept in streams::messages(&open.shop, stream).await {
            is_clean(&kept.subject, &String::from_utf8_lossy(&kept.payload));
        }
    }
    // The till's journal, its ledger, every log, and what nats-server keeps.
    for (file, text) in files(&open) {
        is_clean(&file.display().to_string(), &text);
    }
}

/// Buys, rates, gives back; and gives the secrets of the links.
async fn visit(open: &OpenShop, card: &str) -> Vec<String> {
    let article = (open.product_of(demo::stock::SUPPLIER, SoldBy::Kilogram).gtin.clone(), Some(640));
    let sold = open.lane(0).buy(Some(card), &[article]).await;
    let letter = open.receipt_of(sold.sale_id, SOON).await;
    let links = [letter.link("/r/").unwrap(), letter.link("/s/").unwrap()];
    pages::review(open.shop.addresses.portal, &links[0], &[(1, 2, "Bof".to_owned())]).await;
    pages::complain(open.shop.addresses.portal, &links[1], &[1]).await;
    open.letter(SOON, |letter| letter.credit_of().is_some()).await;
    links.map(|link| link[3..].to_owned()).to_vec()
}

fn is_clean(place: &str, text: &str, tokens: &[String]) {
    assert_eq!(found_in(text), Vec::<&str>::new(), "{place}");
    for token in tokens {
        assert!(!text.contains(token), "{place} holds the secret of a link");
    }
}

/// The canaries in a text, also where their bytes are written as hexadecimal digits.
fn found_in(text: &str) -> Vec<&'static str> {
    let text = text.to_lowercase();
    let hexadecimal = |canary: &str| -> String { canary.bytes().map(|byte| format!("{byte:02x}")).collect() };
    let is_in = |canary: &&str| {
        let capital = format!("{}{}", canary[..1].to_uppercase(), &canary[1..]);
        text.contains(*canary) || text.contains(&hexadecimal(canary)) || text.contains(&hexadecimal(&capital))
    };
    CANARIES.into_iter().filter(is_in).collect()
}

async fn database(open: &OpenShop, service: &str) -> PgConnection {
    let options: PgConnectOptions = open.shop.database(service).parse().unwrap();
    options.connect().await.unwrap()
}

async fn tables(open: &OpenShop, service: &str) -> Vec<String> {
    let listing = "select table_name::text from information_schema.tables where table_schema = 'public'";
    sqlx::query_scalar(listing).fetch_all(&mut database(open, service).await).await.unwrap()
}

/// Every row of a table, as JSON.
async fn rows(open: &OpenShop, service: &str, table: &str) -> String {
    let dump = AssertSqlSafe(format!(r#"select to_jsonb(row)::text from "{table}" as row"#));
    let rows: Vec<String> =
        sqlx::query_scalar(dump).fetch_all(&mut database(open, service).await).await.unwrap();
    rows.join("\n")
}

/// Logs, ledgers, journals; and what nats-server keeps on the disk, its log included. As text that loses no byte.
fn files(open: &OpenShop) -> Vec<(PathBuf, String)> {
    let mut found = open.logs();
    let own = std::fs::read_dir(&open.shop.folder).unwrap().map(|entry| entry.unwrap().path());
    found.extend(own.filter(|path| path.is_file()));
    below(&open.shop.nats.folder(), &mut found);
    found.push(open.shop.postgres.folder().join("postgres.log"));
    let text = |file: PathBuf| match std::fs::read(&file) {
        Ok(bytes) => Some((file, bytes.into_iter().map(char::from).collect())),
        // A server at work puts files aside.
        Err(failure) if failure.kind() == std::io::ErrorKind::NotFound => None,
        Err(failure) => panic!("{}: {failure}", file.display()),
    };
    found.into_iter().filter_map(text).collect()
}

fn below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            below(&path, found);
        } else if path.is_file() {
            found.push(path);
        }
    }
}

fn is_of_a_till(file: &Path) -> bool {
    let name = file.file_name().unwrap().to_string_lossy();
    ["ledger-", "journal-", "terminal-", "card-"].iter().any(|beginning| name.starts_with(beginning))
}
