//! Shoppers at home: they open their mail, follow the links, rate what they bought, and some are not satisfied.

use std::{collections::BTreeSet, net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::Context;
use http::StatusCode;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio_util::sync::CancellationToken;

use crate::{
    door::{Answer, Visitor},
    mailbox,
};

/// One receipt out of so many is answered with reviews.
const REVIEW_EVERY: usize = 6;
/// One receipt out of so many is answered with "pas satisfait".
const COMPLAIN_EVERY: usize = 25;
/// How often the mailbox is looked into.
const LOOK_EVERY: Duration = Duration::from_millis(500);

const COMMENTS: [&str; 8] = [
    "Très bon, comme à la ferme.",
    "Fraîcheur parfaite.",
    "Un peu cher mais excellent.",
    "Moins bon que la dernière fois.",
    "Les enfants adorent.",
    "Je rachèterai.",
    "Emballage abîmé, produit intact.",
    "",
];

/// What shoppers did; for the progress line alone, never for the figures.
#[derive(Clone, Copy, Debug, Default)]
pub struct Done {
    /// Forms of reviews sent.
    pub reviews: usize,
    /// Complaints sent.
    pub complaints: usize,
}

/// Answers mails until `closed`, then once more.
///
/// # Errors
/// When a page does not answer as it should.
pub async fn answer_mails(
    mails: PathBuf,
    portal: SocketAddr,
    seed: u64,
    closed: CancellationToken,
) -> anyhow::Result<Done> {
    let mut rng = StdRng::seed_from_u64(seed);
    let (mut read, mut done, mut receipts) = (BTreeSet::new(), Done::default(), 0_usize);
    loop {
        let last_look = closed.is_cancelled();
        for (name, letter) in mailbox::letters(&mails)? {
            if !read.insert(name) || letter.receipt_of().is_none() {
                continue;
            }
            receipts += 1;
            if receipts.is_multiple_of(REVIEW_EVERY) {
                let path = letter.link("/r/").context("a receipt without its review link")?;
                review(portal, &path, &mut rng).await.with_context(|| "a review was not taken")?;
                done.reviews += 1;
            }
            if receipts.is_multiple_of(COMPLAIN_EVERY) {
                let path = letter.link("/s/").context("a receipt without its refund link")?;
                complain(portal, &path).await.with_context(|| "a complaint was not taken")?;
                done.complaints += 1;
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

/// Rates every product behind a review link.
///
/// # Errors
/// When the page does not open, or the form is not taken.
pub async fn review(portal: SocketAddr, path: &str, rng: &mut StdRng) -> anyhow::Result<()> {
    let mut browser = Visitor::of(portal);
    let page = opened(&mut browser, path).await?;
    let request_id = page.value_of("name=\"request_id\"").context("the form has no request_id")?;
    let mut fields = vec![("request_id".to_owned(), request_id)];
    for name in page.names("rating.") {
        let line = name.trim_start_matches("rating.").to_owned();
        fields.push((name, rng.random_range(1..=5_u8).max(rng.random_range(1..=5)).to_string()));
        fields.push((format!("comment.{line}"), COMMENTS[rng.random_range(0..COMMENTS.len())].to_owned()));
    }
    sent(&mut browser, path, &fields).await?;
    Ok(())
}

/// Marks the first line behind a refund link and confirms.
///
/// # Errors
/// When a page does not open, or a form is not taken.
pub async fn complain(portal: SocketAddr, path: &str) -> anyhow::Result<()> {
    let mut browser = Visitor::of(portal);
    let page = opened(&mut browser, path).await?;
    let line = page.names("line.").into_iter().next().context("no line can be given back")?;
    let request_id = page.value_of("name=\"request_id\"").context("the form has no request_id")?;
    let mut fields = vec![
        ("request_id".to_owned(), request_id),
        (line, "on".to_owned()),
        ("payout".to_owned(), "desk".to_owned()),
        ("comment".to_owned(), String::new()),
    ];
    sent(&mut browser, path, &fields).await?;
    // The first form is answered by a page that lists what will be given back; the second confirms it.
    fields.push(("confirm".to_owned(), "yes".to_owned()));
    sent(&mut browser, path, &fields).await?;
    Ok(())
}

async fn opened(browser: &mut Visitor, path: &str) -> anyhow::Result<Answer> {
    // The mail may be faster than the events that announce its links: the page says so, and a person reloads.
    for _ in 0..50 {
        let page = browser.get(path).await?;
        if page.status == StatusCode::OK {
            return Ok(page);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("the page behind a link does not open")
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
