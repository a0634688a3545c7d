//! Giving back what waits: the desk's employee at the tills, the card's holder beside, and the office in the bank's own pages.

use std::{fs, time::Duration};

use anyhow::Context;
use http::StatusCode;
use serde_json::json;

use crate::{
    card::{self, CardTerminal},
    door::{Answer, Visitor},
    shop::{Shop, Till},
    stock::SignIn,
};

/// How often a till that cannot answer now is asked again, and after which pause.
const TRIES: usize = 100;
const PATIENCE: Duration = Duration::from_millis(200);

/// How many went back; for the progress line alone, never for the figures.
#[derive(Clone, Copy, Debug, Default)]
pub struct Given {
    /// To their cards, at a till.
    pub by_card: usize,
    /// By the bank.
    pub by_bank: usize,
}

/// A credit note as the page of the desk shows it.
#[derive(Debug, PartialEq, Eq)]
struct Waiting {
    number: i64,
    terminal_code: String,
    /// The end of the card that paid.
    pan_last4: String,
}

/// Gives everything back that waits: each at a till, in turn another one than that of its ticket, and
/// what is the bank's by the bank.
///
/// # Errors
/// When a page or a till does not take it.
pub async fn give_back(shop: &Shop, desk: &SignIn) -> anyhow::Result<Given> {
    let mut browser = Visitor::of(shop.addresses.portal);
    browser.sign_in(&desk.login, &desk.password).await?;
    let mut given = Given::default();
    loop {
        let mut page = waiting(&browser.get("/desk/refunds").await?)?;
        if page.is_empty() {
            break;
        }
        // The page has the newest first, and two tills at once are in no order.
        page.sort_by(|one, other| {
            (&one.terminal_code, one.number).cmp(&(&other.terminal_code, other.number))
        });
        for refund in page {
            let own = shop.tills.iter().position(|till| till.code == refund.terminal_code).unwrap_or(0);
            let till = &shop.tills[(own + given.by_card) % shop.tills.len()];
            at_a_till(shop, till, &refund).await.with_context(|| format!("{refund:?} at {}", till.code))?;
            given.by_card += 1;
        }
    }
    while by_bank(&mut browser, given.by_bank).await? {
        given.by_bank += 1;
    }
    Ok(given)
}

/// The holder of the card that paid is there, and somebody types the number of the credit note.
async fn at_a_till(shop: &Shop, till: &Till, refund: &Waiting) -> anyhow::Result<()> {
    let file = shop.folder.join(format!("journal-{}.attendant-code", till.code));
    let code = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let card = CardTerminal::of(&shop.folder, till.code);
    card.next(&format!("{} {}", card::APPROVE, refund.pan_last4))?;
    let asked = json!({"number": refund.number, "terminal_code": refund.terminal_code,
        "attendant_code": code.trim()});
    let mut browser = Visitor::of(till.address);
    for _ in 0..TRIES {
        match browser.post_json("/api/refund", &asked).await? {
            (StatusCode::OK, shown) if shown["notice"] == "REFUND_GIVEN" => return Ok(()),
            (StatusCode::SERVICE_UNAVAILABLE, _) => tokio::time::sleep(PATIENCE).await,
            (status, shown) => anyhow::bail!("the till answered {status}: {shown}"),
        }
    }
    anyhow::bail!("the till was not ready in {TRIES} tries")
}

/// The first open task: asked of the bank, then done; `false` when there is none.
async fn by_bank(browser: &mut Visitor, done: usize) -> anyhow::Result<bool> {
    let reference = format!("DEMO-{}", done + 1);
    for state in ["sent", "done"] {
        let page = browser.get("/refunds/acquirer").await?;
        anyhow::ensure!(page.status == StatusCode::OK, "the tasks answered {}", page.status);
        let Some(task) = cards(&page).next() else { return Ok(false) };
        let path = task.form().context("a task has no form")?;
        let request_id = task.value_of("name=\"request_id\"").context("a task has no request_id")?;
        let fields = [("request_id", request_id.as_str()), ("state", state), ("reference", &reference)];
        let answer = browser.post(&path, &fields).await?;
        anyhow::ensure!(answer.status.is_redirection(), "a task was answered with {}", answer.status);
    }
    Ok(true)
}

/// The parts of a page, one a refund.
fn cards(page: &Answer) -> impl Iterator<Item = Answer> {
    page.body
        .split("<li class=\"card\" id=\"refund-")
        .skip(1)
        .map(|card| Answer { body: card.to_owned(), ..page.clone() })
}

fn waiting(page: &Answer) -> anyhow::Result<Vec<Waiting>> {
    anyhow::ensure!(page.status == StatusCode::OK, "the desk's refunds answered {}", page.status);
    cards(page).map(|card| read(&card.body).context("a refund that cannot be read")).collect()
}

/// `Avoir n° 12, caisse LILLE-01`, and the card that paid.
fn read(card: &str) -> Option<Waiting> {
    let title = card.split_once("<h3>")?.1.split_once('<')?.0;
    let (number, terminal_code) = title.split_once(", caisse ")?;
    let number = number.trim_start_matches(|letter: char| !letter.is_ascii_digit()).parse().ok()?;
    let pan_last4 = card.split_once("<strong>")?.1.split_once('<')?.0.to_owned();
    Some(Waiting { number, terminal_code: terminal_code.trim().to_owned(), pan_last4 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credit_note_is_read_with_its_till_and_the_card_that_paid() {
        let body = "<ul>\n<li class=\"card\" id=\"refund-1\">\n<h3>Avoir n°\u{a0}12, caisse LILLE-01 \
            <span class=\"amount\">8,92 €</span></h3>\n<p>CB se terminant par <strong>6368</strong></p></li></ul>";
        let page = Answer { status: StatusCode::OK, location: None, body: body.to_owned() };
        let (terminal_code, pan_last4) = ("LILLE-01".to_owned(), "6368".to_owned());
        assert_eq!(waiting(&page).unwrap(), [Waiting { number: 12, terminal_code, pan_last4 }]);
        assert!(waiting(&Answer { status: StatusCode::FORBIDDEN, ..page }).is_err());
    }
}
