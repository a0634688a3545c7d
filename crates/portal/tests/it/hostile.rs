//! What people write is words; what links carry stays out of logs.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use tracing_subscriber::{filter::LevelFilter, fmt::MakeWriter};

use crate::{
    fakes::{MEMBER, TOKEN, Words},
    shop::Shop,
};

const HOSTILE: &str = "\"><script>alert(1)</script><img src=x onerror='alert(2)'>{{ 7*7 }}&amp;";

#[tokio::test]
async fn names_and_comments_are_shown_as_words_everywhere() {
    let shop = Shop::open().await;
    let hostile = || HOSTILE.to_owned();
    shop.fakes.call_things(Words { product: hostile(), person: hostile(), comment: hostile() });
    let mut pages = Vec::new();
    for (role, paths) in [
        ("desk", vec![format!("/desk/members/{MEMBER}"), format!("/r/{TOKEN}"), format!("/s/{TOKEN}")]),
        ("attendant", vec!["/desk/refunds".to_owned()]),
        ("supplier", vec!["/supplier".to_owned()]),
        ("manager", vec!["/dashboard".to_owned(), "/live/reviews".to_owned()]),
    ] {
        let mut browser = shop.signed_in(role).await;
        for path in paths {
            pages.push((path.clone(), browser.get(&path).await.body));
        }
        if role == "desk" {
            pages.push(("search".to_owned(), browser.post("/desk", &[("query", HOSTILE)]).await.body));
            let path = "/desk/sales?terminal=LILLE-01&number=41";
            pages.push((path.to_owned(), browser.get(path).await.body));
            let wish = [("line.1", "on"), ("comment", HOSTILE), ("payout", "desk")];
            pages.push(("confirm".to_owned(), browser.post(&format!("/s/{TOKEN}"), &wish).await.body));
            let login = [("login", HOSTILE), ("password", "x")];
            pages.push(("sign-in".to_owned(), browser.post("/sign-in", &login).await.body));
        }
    }
    for (path, body) in pages {
        assert!(
            body.contains("script&#62;alert(1)") || body.contains("script&gt;alert(1)"),
            "{path} escapes: {body}"
        );
        for raw in ["<script>alert", "<img src=x", "onerror='"] {
            assert!(!body.contains(raw), "{path} shows {raw}");
        }
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn neither_a_token_nor_a_person_nor_a_password_is_ever_logged() {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_writer(log.clone()).finish();
    // For all threads: whatever the other tests do meanwhile must not be logged either.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let shop = Shop::open().await;
    let mut browser = shop.signed_in("desk").await;
    browser.get(&format!("/desk/members/{MEMBER}")).await;
    browser.post("/desk", &[("query", "camille@example.org")]).await;
    browser.get(&format!("/r/{TOKEN}")).await;
    browser.post(&format!("/r/{TOKEN}"), &[("rating.1", "5"), ("comment.1", "mot très particulier")]).await;
    browser.post(&format!("/s/{TOKEN}"), &[("line.1", "on"), ("confirm", "yes")]).await;
    for rpc in ["GetInvitation", "SubmitReviews", "GetComplaintForm", "FindMembers"] {
        shop.fakes.refuse(rpc, tonic::Status::internal("broken"));
    }
    browser.get(&format!("/r/{TOKEN}")).await;
    browser.post(&format!("/r/{TOKEN}"), &[("rating.1", "5")]).await;
    browser.get(&format!("/s/{TOKEN}")).await;
    browser.post("/desk", &[("query", "camille@example.org")]).await;
    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(log.contains("a service could not answer a page"), "the log is read");
    for secret in [TOKEN, "Dubois", "camille@example.org", "33199001234", "particulier", " right "] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}

#[tokio::test]
async fn membership_learns_that_two_attempts_have_one_source_and_not_which_address() {
    let shop = Shop::open().await;
    let fields = [("login", "desk"), ("password", "wrong")];
    for _ in 0..2 {
        shop.visitor().post("/sign-in", &fields).await;
    }
    let calls = shop.fakes.calls("SignIn");
    let sources: Vec<_> = calls
        .iter()
        .map(|call| call.split("source: \"").nth(1).unwrap().split('"').next().unwrap().to_owned())
        .collect();
    assert_eq!(sources.len(), 2);
    assert_eq!((sources[0].len(), &sources[0]), (43, &sources[1]));
    assert!(!calls.concat().contains("127.0.0.1"));
}
