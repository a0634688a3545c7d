//! The portal's pages as people use them: sign-in, desk, links of a mail, dashboard, feeds.

use std::net::SocketAddr;

use demo::{
    door::{Answer, Visitor},
    stock::SignIn,
};
use http::StatusCode;
use sqlx::{Connection, PgConnection};
use testbed::eventually;
use uuid::Uuid;

use crate::{AFTER_A_FAULT, OpenShop, SOON};

/// Signs in.
pub async fn signed_in(portal: SocketAddr, account: &SignIn) -> Visitor {
    let mut browser = Visitor::of(portal);
    browser.sign_in(&account.login, &account.password).await.unwrap();
    browser
}

/// Details of a person as the desk's form asks for them, but for the identity of the form.
pub type Details = Vec<(&'static str, String)>;

/// Somebody of this name.
#[must_use]
pub fn details(last_name: &str, first_name: &str, email: &str) -> Details {
    [
        ("last_name", last_name),
        ("first_name", first_name),
        ("street", "12 rue des Exemples"),
        ("postal_code", "59000"),
        ("city", "Lille"),
        ("country_code", "FR"),
        ("phone", "01 99 00 12 34"),
        ("email", email),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

/// Registers a person at the desk, and gives the card's number back as the page shows it.
pub async fn register(desk: &mut Visitor, details: &Details) -> String {
    let form = desk.get("/desk/members").await.unwrap();
    let request_id = form.value_of("name=\"request_id\"").unwrap();
    let mut fields = vec![("request_id", request_id.as_str())];
    fields.extend(details.iter().map(|(name, value)| (*name, value.as_str())));
    let answer = desk.post("/desk/members", &fields).await.unwrap();
    let page = match answer.location {
        Some(location) => desk.get(&location).await.unwrap(),
        None => answer,
    };
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    card_number(&page.body).unwrap_or_else(|| panic!("no card on the page: {}", page.body))
}

/// The first number of a member's card in a text.
#[must_use]
pub fn card_number(text: &str) -> Option<String> {
    text.split(|letter: char| !letter.is_ascii_digit())
        .find(|digits| digits.len() == 13 && digits.starts_with("29"))
        .map(ToOwned::to_owned)
}

/// What a shopper says of lines of a sale, through the link of its mail: line, note, comment.
pub async fn review(portal: SocketAddr, path: &str, said: &[(i64, usize, String)]) {
    let mut browser = Visitor::of(portal);
    let page = opened(&mut browser, path).await;
    let mut fields = vec![("request_id".to_owned(), page.value_of("name=\"request_id\"").unwrap())];
    for (line, rating, comment) in said {
        assert!(page.names("rating.").contains(&format!("rating.{line}")), "{}", page.body);
        fields.push((format!("rating.{line}"), rating.to_string()));
        fields.push((format!("comment.{line}"), comment.clone()));
    }
    sent(&mut browser, path, &fields).await;
}

/// Gives lines of a sale back, to the card that paid, through the other link. Gives the page that says what becomes of it.
pub async fn complain(portal: SocketAddr, path: &str, lines: &[i64]) -> Answer {
    complain_by(portal, path, lines, "desk").await
}

/// The same, and says how the money is to come back: the first form is answered by what will be given back, the second confirms.
pub async fn complain_by(portal: SocketAddr, path: &str, lines: &[i64], payout: &str) -> Answer {
    let mut browser = Visitor::of(portal);
    let page = opened(&mut browser, path).await;
    let mut fields = vec![
        ("request_id".to_owned(), page.value_of("name=\"request_id\"").unwrap()),
        ("payout".to_owned(), payout.to_owned()),
        ("comment".to_owned(), String::new()),
    ];
    fields.extend(lines.iter().map(|line| (format!("line.{line}"), "on".to_owned())));
    sent(&mut browser, path, &fields).await;
    fields.push(("confirm".to_owned(), "yes".to_owned()));
    sent(&mut browser, path, &fields).await
}

/// Opens a link of a mail. The mail may be faster than the event that announces its links: the page says so, and a person reloads.
pub async fn opened(browser: &mut Visitor, path: &str) -> Answer {
    let page = eventually(SOON, "the link opens", async || {
        browser.get(path).await.ok().filter(|page| page.status == StatusCode::OK)
    });
    page.await.unwrap()
}

async fn sent(browser: &mut Visitor, path: &str, fields: &[(String, String)]) -> Answer {
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = browser.post(path, &fields).await.unwrap();
    assert!(
        answer.status.is_success() || answer.status.is_redirection(),
        "{} {}",
        answer.status,
        answer.body
    );
    answer
}

/// Gives a supplier an account.
pub async fn hire_supplier(open: &OpenShop, login: &str, supplier_code: &str) -> SignIn {
    let password = format!("{login}-{}", uuid::Uuid::now_v7());
    let file = open.shop.folder.join(format!("{login}.password"));
    std::fs::write(&file, &password).unwrap();
    let file = file.to_str().unwrap();
    let arguments = ["staff", "add", "--login", login, "--role", "supplier", "--supplier", supplier_code];
    let arguments = [&arguments[..], &["--password-file", file]].concat();
    open.shop.run_to_end(&arguments).await.unwrap();
    SignIn { login: login.to_owned(), password, role: "supplier" }
}

impl OpenShop {
    /// The revenue that the dashboard shows to a manager.
    pub async fn dashboard_revenue(&self, manager: &mut Visitor) -> i64 {
        let page = manager.get("/dashboard").await.unwrap();
        let value = page.value_of("id=\"revenue\"");
        value.unwrap_or_else(|| panic!("no revenue: {} {}", page.status, page.body)).parse().unwrap()
    }

    /// The first refund of a sale, if there is one: its identity, and what was given back.
    pub async fn refunded(&self, sale_id: Uuid) -> Option<(Uuid, i64)> {
        let mut books = PgConnection::connect(&self.shop.database("checkout")).await.ok()?;
        let refund = sqlx::query_as("select refund_id, total_minor from refund where sale_id = $1");
        refund.bind(sale_id).fetch_optional(&mut books).await.ok()?
    }

    /// Waits until the tills recognise a card that the desk has just issued.
    pub async fn card_is_known(&self, card_number: &str) {
        let known = "select exists (select from member_card where card_number = $1)";
        let is_known = eventually(AFTER_A_FAULT, "the tills know the card", async || {
            let mut books = PgConnection::connect(&self.shop.database("checkout")).await.ok()?;
            let answer = sqlx::query_scalar(known).bind(card_number).fetch_one(&mut books).await;
            answer.ok().filter(|is_known: &bool| *is_known)
        });
        is_known.await.unwrap();
    }
}
