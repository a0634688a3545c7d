//! Shoppers at home: they open their mail, follow the links, rate what they bought, and some are not satisfied. What they do is in the
//! plan; a mail only tells them that they can.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use http::StatusCode;
use testbed::eventually;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;

use crate::{
    door::{Answer, Visitor},
    mailbox::{self, Letter},
    plan::{Note, Opinion, Regret},
};

/// How often the mailbox is looked into.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// The mail may be faster than the events that announce its links: the page says so, and a person reloads.
const RELOADS: Duration = Duration::from_secs(30);

/// A sale that a till told of, and the place of its basket in the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sold {
    /// The sale.
    pub sale_id: String,
    /// The basket's place.
    pub place: usize,
}

/// What shoppers did; for the progress line alone, never for the figures.
#[derive(Clone, Copy, Debug, Default)]
pub struct Done {
    /// Forms of reviews sent.
    pub reviews: usize,
    /// Complaints sent.
    pub complaints: usize,
}

/// Receipts and sales, put together whichever comes first.
#[derive(Debug, Default)]
struct Post {
    places: HashMap<String, usize>,
    waiting: HashMap<String, Letter>,
}

impl Post {
    fn sold(&mut self, sold: Sold) {
        self.places.insert(sold.sale_id, sold.place);
    }

    fn arrived(&mut self, letter: Letter) {
        if let Some(sale_id) = letter.receipt_of() {
            self.waiting.insert(sale_id.to_owned(), letter);
        }
    }

    /// The receipts whose basket is known by now, each once.
    fn matched(&mut self) -> BTreeMap<usize, Letter> {
        let places = &self.places;
        let known = self.waiting.extract_if(|sale_id, _| places.contains_key(sale_id));
        known.map(|(sale_id, letter)| (places[&sale_id], letter)).collect()
    }
}

/// Has every opinion of the plan told, as the receipts come, until `closed`, and once more then: whoever closes waits first until no
/// receipt is on its way.
///
/// # Errors
/// When a page does not answer as it should.
pub async fn answer_mails(
    mails: PathBuf,
    portal: SocketAddr,
    opinions: BTreeMap<usize, Opinion>,
    mut sales: UnboundedReceiver<Sold>,
    closed: CancellationToken,
) -> anyhow::Result<Done> {
    let (mut read, mut done, mut post) = (BTreeSet::new(), Done::default(), Post::default());
    loop {
        let last_look = closed.is_cancelled();
        while let Ok(sold) = sales.try_recv() {
            post.sold(sold);
        }
        for letter in unread(&mails, &mut read)? {
            post.arrived(letter);
        }
        for (place, letter) in post.matched() {
            if let Some(opinion) = opinions.get(&place) {
                answer(portal, &letter, opinion, &mut done).await?;
            }
        }
        if last_look {
            return Ok(done);
        }
        tokio::select! {
            () = closed.cancelled() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

fn unread(mails: &Path, read: &mut BTreeSet<String>) -> anyhow::Result<Vec<Letter>> {
    let mut letters = Vec::new();
    for name in mailbox::names(mails)? {
        if read.insert(name.clone()) {
            letters.push(Letter::read(&mails.join(name))?);
        }
    }
    Ok(letters)
}

async fn answer(
    portal: SocketAddr,
    letter: &Letter,
    opinion: &Opinion,
    done: &mut Done,
) -> anyhow::Result<()> {
    if !opinion.notes.is_empty() {
        let path = letter.link("/r/").context("a receipt without its review link")?;
        review(portal, &path, &opinion.notes).await.context("a review was not taken")?;
        done.reviews += 1;
    }
    if let Some(regret) = opinion.unsatisfied {
        let path = letter.link("/s/").context("a receipt without its refund link")?;
        complain(portal, &path, regret).await.context("a complaint was not taken")?;
        done.complaints += 1;
    }
    Ok(())
}

/// Rates the products behind a review link, one note after the other.
async fn review(portal: SocketAddr, path: &str, notes: &[Note]) -> anyhow::Result<()> {
    let mut browser = Visitor::of(portal);
    let page = opened(&mut browser, path).await?;
    let request_id = page.value_of("name=\"request_id\"").context("the form has no request_id")?;
    let mut fields = vec![("request_id".to_owned(), request_id)];
    for (name, note) in page.names("rating.").into_iter().zip(notes) {
        let line = name.trim_start_matches("rating.").to_owned();
        fields.push((name, note.rating.to_string()));
        fields.push((format!("comment.{line}"), note.comment.to_owned()));
    }
    sent(&mut browser, path, &fields).await?;
    Ok(())
}

/// Marks one line behind a refund link, says how the money is to come back, and confirms.
///
/// # Errors
/// When a page does not answer as it should.
pub async fn complain(portal: SocketAddr, path: &str, regret: Regret) -> anyhow::Result<()> {
    let mut browser = Visitor::of(portal);
    let page = opened(&mut browser, path).await?;
    let lines = page.names("line.");
    let line = lines.get(regret.line % lines.len().max(1)).context("no line can be given back")?;
    let request_id = page.value_of("name=\"request_id\"").context("the form has no request_id")?;
    let mut fields = vec![
        ("request_id".to_owned(), request_id),
        (line.clone(), "on".to_owned()),
        ("payout".to_owned(), regret.payout.to_owned()),
        ("comment".to_owned(), String::new()),
    ];
    sent(&mut browser, path, &fields).await?;
    // The first form is answered by a page that lists what will be given back; the second confirms it.
    fields.push(("confirm".to_owned(), "yes".to_owned()));
    sent(&mut browser, path, &fields).await?;
    Ok(())
}

async fn opened(browser: &mut Visitor, path: &str) -> anyhow::Result<Answer> {
    eventually(RELOADS, "the page behind a link opens", async || {
        let page = browser.get(path).await.ok()?;
        (page.status == StatusCode::OK).then_some(page)
    })
    .await
}

async fn sent(browser: &mut Visitor, path: &str, fields: &[(String, String)]) -> anyhow::Result<Answer> {
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = browser.post(path, &fields).await?;
    anyhow::ensure!(
        answer.status.is_success() || answer.status.is_redirection(),
        "a form was answered with {}",
        answer.status
    );
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A thing that a shopper at home gets to know.
    #[derive(Clone, Debug)]
    enum News {
        Sold(usize),
        Arrived(usize),
    }

    fn sale(place: usize) -> String {
        format!("sale-{place}")
    }

    fn receipt(place: usize) -> Letter {
        Letter {
            message_id: format!("receipt.{}.1@mail.example.org", sale(place)),
            arrived_ns: 0,
            text: String::new(),
            with_slip: false,
        }
    }

    /// The news of a day in any order.
    fn news(sales: usize) -> impl Strategy<Value = Vec<News>> {
        let all: Vec<News> = (0..sales).flat_map(|place| [News::Sold(place), News::Arrived(place)]).collect();
        Just(all).prop_shuffle()
    }

    proptest! {
        #[test]
        fn whatever_comes_first_every_receipt_finds_the_basket_of_its_sale_once(news in news(30)) {
            let mut post = Post::default();
            let mut matched = Vec::new();
            for piece in news {
                match piece {
                    News::Sold(place) => post.sold(Sold { sale_id: sale(place), place }),
                    News::Arrived(place) => post.arrived(receipt(place)),
                }
                let found = post.matched().into_iter();
                matched.extend(found.map(|(place, letter)| (place, letter.message_id)));
            }
            matched.sort();
            let expected: Vec<_> = (0..30).map(|place| (place, receipt(place).message_id)).collect();
            prop_assert_eq!(matched, expected);
            prop_assert!(post.waiting.is_empty());
        }
    }
}
