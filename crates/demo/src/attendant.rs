//! An employee at the page of the tills: sees who waits, and decides.

use std::net::SocketAddr;

use anyhow::Context;
use http::StatusCode;
use testbed::eventually;

use crate::{
    door::{Answer, Visitor},
    shop::READY,
    stock::SignIn,
};

/// Why somebody waits, as the page says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Goods that are not for everybody.
    Age,
    /// A code that is not known.
    Code,
    /// Nobody knows whether the shopper paid.
    Payment,
    /// The shopper wants somebody.
    Help,
}

impl Call {
    const fn words(self) -> &'static str {
        match self {
            Self::Age => "Âge à vérifier",
            Self::Code => "Code inconnu",
            Self::Payment => "Paiement inconnu",
            Self::Help => "Demande d’aide",
        }
    }
}

/// The employee, with a browser.
#[derive(Clone, Debug)]
pub struct Attendant {
    browser: Visitor,
    account: SignIn,
}

impl Attendant {
    /// An employee who has not signed in yet.
    #[must_use]
    pub fn of(portal: SocketAddr, account: &SignIn) -> Self {
        Self { browser: Visitor::of(portal), account: account.clone() }
    }

    /// Waits until the page shows this call of this till, and answers it. `fields` is what is typed or pressed.
    ///
    /// # Errors
    /// When the call does not come, or the answer is not taken.
    pub async fn decide(&mut self, till: &str, call: Call, fields: &[(&str, &str)]) -> anyhow::Result<()> {
        let what = format!("{call:?} of {till} on the page of the tills");
        let shown = eventually(READY, &what, async || waiting(&self.page().await.ok()?, till, call)).await?;
        let path = shown.form().context("the call has no form")?;
        let request_id = shown.value_of("name=\"request_id\"").context("the form has no request_id")?;
        // What was read goes with the answer.
        let age = shown.value_of("name=\"minimum_age\"").unwrap_or_default();
        let read = [("request_id", request_id.as_str()), ("minimum_age", age.as_str())];
        let fields = [&read[..], fields].concat();
        let answer = self.browser.post(&path, &fields).await?;
        anyhow::ensure!(answer.status.is_redirection(), "{what} was answered with {}", answer.status);
        Ok(())
    }

    /// The page. A session may be over: the day of a demonstration passes fast.
    async fn page(&mut self) -> anyhow::Result<Answer> {
        let page = self.browser.get("/tills").await?;
        if page.status == StatusCode::OK {
            return Ok(page);
        }
        self.browser.sign_in(&self.account.login, &self.account.password).await?;
        self.browser.get("/tills").await
    }
}

/// The part of the page that shows this call.
fn waiting(page: &Answer, till: &str, call: Call) -> Option<Answer> {
    let (_, from_till) = page.body.split_once(&format!("id=\"till-{till}\""))?;
    let of_till = from_till.split("<li ").next()?;
    let shown = of_till.split("class=\"call\"").skip(1).find(|shown| shown.contains(call.words()))?;
    Some(Answer { body: shown.to_owned(), ..page.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_found_at_its_own_till_alone() {
        let shown = |why: &str, id: u32| {
            format!(
                "<div class=\"call\"><h3>{why}</h3><form action=\"/tills/calls/{id}/answer\"></form></div>"
            )
        };
        let body = format!(
            "<ul><li class=\"card\" id=\"till-A\">{}{}</li><li class=\"card\" id=\"till-B\">{}</li></ul>",
            shown("Demande d’aide", 1),
            shown("Code inconnu", 2),
            shown("Paiement inconnu", 3)
        );
        let page = Answer { status: StatusCode::OK, location: None, body };
        let form = |till: &str, call| waiting(&page, till, call).and_then(|shown| shown.form());
        assert_eq!(form("A", Call::Code).as_deref(), Some("/tills/calls/2/answer"));
        assert_eq!(form("B", Call::Payment).as_deref(), Some("/tills/calls/3/answer"));
        assert_eq!(
            (form("A", Call::Payment), form("B", Call::Help), form("C", Call::Help)),
            (None, None, None)
        );
    }
}
