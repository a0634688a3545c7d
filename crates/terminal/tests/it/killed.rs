//! `kill -9` of a till that is a process of its own, at every step of a payment: no second charge, no lost sale, and the right screen.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::Duration,
};

use caisse_ap::{Complement, Decoder, Frame, Request, simulate};
use clap::{Args, FromArgMatches};
use money::Cents;
use platform::{Clock, Shutdown};
use proto::checkout::v1::{self as pb, BasketState};
use serde_json::{Value, json};
use terminal::Config;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::{books::Fault, shop::Shop};

mod claimed;
mod suspended;
mod tickets;

/// Tells the process that it is a till: its arguments, one a line.
const TILL: &str = "TILL_OF_A_TEST";
const PATIENCE: Duration = Duration::from_secs(60);

/// Not a test of its own: the body of the process that the others start and kill.
#[tokio::test]
async fn the_process_of_a_till() {
    let Ok(arguments) = std::env::var(TILL) else { return };
    // Nobody outlives the test that started it: then its end of the pipe is closed.
    std::thread::spawn(|| {
        let _ = std::io::stdin().lines().last();
        std::process::exit(0);
    });
    let command = Config::augment_args(clap::Command::new("till")).no_binary_name(true);
    let config = Config::from_arg_matches(&command.get_matches_from(arguments.lines())).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("\ntill at {}", listener.local_addr().unwrap());
    terminal::run(config, listener, Clock::system(), Shutdown::new()).await.unwrap();
}

/// A till that runs as a process.
pub struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    pub async fn start(shop: &Shop) -> Self {
        let config = &shop.config;
        let path = |path: &std::path::Path| path.display().to_string();
        let arguments = [
            ("--code", config.code.clone()),
            ("--checkout-url", config.checkout_url.to_string()),
            ("--membership-url", config.membership_url.to_string()),
            ("--card-addr", config.card_addr.clone().unwrap()),
            ("--journal", path(&config.journal)),
            ("--ledger", path(config.ledger.as_ref().unwrap())),
            ("--card-timeout-seconds", "60".to_owned()),
            ("--tls-cert", path(&config.tls.tls_cert)),
            ("--tls-key", path(&config.tls.tls_key)),
            ("--tls-ca", path(&config.tls.tls_ca)),
        ];
        let printer = config.printer_addr.clone().map(|address| ("--printer-addr", address));
        let portal = config.public_url.as_ref().map(|url| ("--public-url", url.to_string()));
        let arguments = arguments.into_iter().chain(printer).chain(portal);
        let arguments: Vec<String> = arguments.map(|(flag, value)| format!("{flag}\n{value}")).collect();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["killed::the_process_of_a_till", "--exact", "--nocapture"])
            .env(TILL, arguments.join("\n"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let address = tokio::task::spawn_blocking(move || {
            let mut lines = output.lines().map(Result::unwrap);
            lines.find_map(|line| line.strip_prefix("till at ").map(|address| address.parse().unwrap()))
        });
        let address = address.await.unwrap().expect("the till says where it is");
        Self { child, address }
    }

    pub async fn kill9(mut self) {
        tokio::task::spawn_blocking(move || {
            self.child.kill().unwrap();
            self.child.wait().unwrap();
        })
        .await
        .unwrap();
    }

    /// Says something to the till; nothing when it dies meanwhile.
    async fn say(address: SocketAddr, verb: &str, body: Value) -> Option<Value> {
        let (body, method) = (body.to_string(), if verb == "basket" { "GET" } else { "POST" });
        let request = format!(
            "{method} /api/{verb} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(address).await.ok()?;
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        let (_, body) = answer.split_once("\r\n\r\n")?;
        serde_json::from_str(body).ok()
    }

    pub async fn does(&self, verb: &str, body: Value) -> Value {
        Self::say(self.address, verb, body).await.unwrap()
    }

    fn pays(&self) -> JoinHandle<Option<Value>> {
        self.says("pay", json!({}))
    }

    /// Says something that takes its time.
    pub fn says(&self, verb: &'static str, body: Value) -> JoinHandle<Option<Value>> {
        tokio::spawn(Self::say(self.address, verb, body))
    }

    /// Waits until the till shows this screen.
    pub async fn shows(&self, screen: &str) -> Value {
        let shown = async {
            loop {
                if let Some(shown) = Self::say(self.address, "basket", json!({})).await
                    && shown["screen"] == screen
                {
                    return shown;
                }
            }
        };
        let shown = tokio::time::timeout(PATIENCE, shown).await;
        shown.unwrap_or_else(|_| panic!("the till never shows {screen}"))
    }

    pub async fn settles(&self, shop: &Shop, settlement: Value) -> Value {
        let mut body = settlement;
        body["attendant_code"] = json!(shop.attendant_code());
        self.does("settle", body).await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A card terminal that a test works by hand.
pub struct Hand(TcpListener);

impl Hand {
    /// The next payment that is asked for. The question whether it is there is answered on the way.
    pub async fn asked(&self) -> (TcpStream, Request) {
        let asked = async {
            loop {
                let (mut stream, _) = self.0.accept().await.unwrap();
                let mut decoder = Decoder::default();
                let mut piece = [0; 1_024];
                while !decoder.request_looks_complete() {
                    let length = stream.read(&mut piece).await.unwrap();
                    assert_ne!(length, 0, "half a request");
                    decoder.push(&piece[..length]).unwrap();
                }
                let request = Request::from_frame(&decoder.finish().unwrap()).unwrap();
                if request.amount().is_some() {
                    return (stream, request);
                }
                answer(stream, simulate::identified(&request).unwrap()).await;
            }
        };
        tokio::time::timeout(PATIENCE, asked).await.expect("the card terminal is asked")
    }

    /// Whether nobody has asked for money since.
    pub async fn is_left_alone(&self) -> bool {
        tokio::time::timeout(Duration::from_millis(100), self.asked()).await.is_err()
    }
}

pub async fn answer(mut stream: TcpStream, answer: Frame) {
    // A till that was killed hears nothing.
    let _ = stream.write_all(&answer.encode()).await;
    let _ = stream.shutdown().await;
}

pub fn approved(request: &Request, paid: i64) -> Frame {
    let approval = simulate::Approval {
        paid: Cents::new(paid),
        authorisation: "A00395",
        aid: "A0000000421010",
        pan_last4: "0674",
        contactless: true,
        meal_voucher: false,
        slip: None,
    };
    simulate::approved(request, &approval).unwrap()
}

/// A shop with a till in a process, a basket of 2,50 € and a card terminal worked by hand.
pub async fn scanned() -> (Shop, Process, Hand) {
    let mut shop = Shop::open().await;
    let hand = Hand(TcpListener::bind("127.0.0.1:0").await.unwrap());
    shop.config.card_addr = Some(hand.0.local_addr().unwrap().to_string());
    let till = Process::start(&shop).await;
    till.shows("idle").await;
    let shown = till.does("scan", json!({"code": "item-250"})).await;
    assert_eq!(shown["basket"]["total_minor"], 250);
    (shop, till, hand)
}

/// The shopper pays, and is asked for money exactly once more.
async fn pays_at_last(shop: &Shop, till: &Process, hand: &Hand) {
    let paying = till.pays();
    let (stream, request) = hand.asked().await;
    answer(stream, approved(&request, 250)).await;
    assert_eq!(paying.await.unwrap().unwrap()["total_minor"], 250);
    is_sold_once(shop);
}

fn is_sold_once(shop: &Shop) {
    assert_eq!((shop.books.sales().len(), shop.ledger().len()), (1, 1));
    assert!(shop.books.basket_in(BasketState::Frozen).is_none());
}

#[tokio::test]
async fn killed_before_checkout_answers_that_the_payment_may_begin() {
    let (shop, till, hand) = scanned().await;
    shop.books.fail_always("BeginPayment", Fault::LoseReply);
    let paying = till.pays();
    shop.books.wait_for_calls("BeginPayment", 1).await;
    till.kill9().await;
    assert_eq!(paying.await.unwrap(), None);
    shop.books.mend();
    let till = Process::start(&shop).await;
    assert_eq!(till.shows("scanning").await["basket"]["total_minor"], 250);
    pays_at_last(&shop, &till, &hand).await;
}

#[tokio::test]
async fn killed_when_the_card_terminal_is_asked_and_nobody_has_paid() {
    let (shop, till, hand) = scanned().await;
    let _paying = till.pays();
    let asked = hand.asked().await;
    till.kill9().await;
    drop(asked);
    let till = Process::start(&shop).await;
    till.shows("attendant").await;
    assert_eq!(till.does("pay", json!({})).await["refused"], "NEEDS_ATTENDANT");
    assert!(hand.is_left_alone().await && shop.books.sales().is_empty());
    let shown = till.settles(&shop, json!({"settlement": "not_paid"})).await;
    assert_eq!(shown["basket"]["total_minor"], 250);
    pays_at_last(&shop, &till, &hand).await;
}

#[tokio::test]
async fn killed_when_the_shopper_has_paid_and_the_answer_is_on_its_way() {
    let (shop, till, hand) = scanned().await;
    let _paying = till.pays();
    let (stream, request) = hand.asked().await;
    till.kill9().await;
    answer(stream, approved(&request, 250)).await;
    let till = Process::start(&shop).await;
    till.shows("attendant").await;
    assert_eq!(till.does("pay", json!({})).await["refused"], "NEEDS_ATTENDANT");
    let sale = till.settles(&shop, json!({"settlement": "paid", "pan_last4": "0674"})).await;
    assert_eq!(sale["sale"]["total_minor"], 250);
    assert!(hand.is_left_alone().await, "nobody pays twice");
    is_sold_once(&shop);
}

#[tokio::test]
async fn killed_when_the_answer_is_there_and_checkout_does_not_know_it() {
    sold_at_the_next_start_after(Fault::Unavailable, 0).await;
}

#[tokio::test]
async fn killed_when_the_sale_is_made_and_its_answer_is_on_its_way() {
    sold_at_the_next_start_after(Fault::LoseReply, 1).await;
}

/// The till is killed while checkout is told; the next start tells it the same, and the sale is one.
async fn sold_at_the_next_start_after(fault: Fault, sales: usize) {
    let (shop, till, hand) = scanned().await;
    shop.books.fail_always("CompleteSale", fault);
    let _paying = till.pays();
    let (stream, request) = hand.asked().await;
    answer(stream, approved(&request, 250)).await;
    shop.books.wait_for_calls("CompleteSale", 2).await;
    till.kill9().await;
    assert_eq!(shop.books.sales().len(), sales);
    shop.books.mend();
    let till = Process::start(&shop).await;
    assert_eq!(till.shows("thanks").await["sale"]["total_minor"], 250);
    assert!(hand.is_left_alone().await, "nobody pays twice");
    is_sold_once(&shop);
}

#[tokio::test]
async fn killed_when_the_sale_is_complete() {
    let (shop, till, hand) = scanned().await;
    pays_at_last(&shop, &till, &hand).await;
    till.kill9().await;
    let till = Process::start(&shop).await;
    till.shows("idle").await;
    assert!(hand.is_left_alone().await);
    is_sold_once(&shop);
}

#[tokio::test]
async fn killed_when_the_card_is_refused_and_checkout_does_not_know_it() {
    let (shop, till, hand) = scanned().await;
    shop.books.fail_always("AbandonPayment", Fault::LoseReply);
    let _paying = till.pays();
    let (stream, request) = hand.asked().await;
    answer(stream, simulate::not_done(&request, Complement::Refused, None).unwrap()).await;
    shop.books.wait_for_calls("AbandonPayment", 2).await;
    till.kill9().await;
    shop.books.mend();
    let till = Process::start(&shop).await;
    let shown = till.shows("scanning").await;
    assert_eq!((&shown["basket"]["total_minor"], &shown["notice"]), (&json!(250), &json!("PAYMENT_REFUSED")));
    assert!(shown["slip"].as_str().unwrap().contains("ABANDON DEBIT"), "{shown}");
    pays_at_last(&shop, &till, &hand).await;
}

/// Cut after the approval; the bank's file tells checkout, and the till, killed before it heard of it, does so from its next report.
#[tokio::test]
async fn a_payment_that_the_banks_file_settles_becomes_its_ticket_though_the_till_is_killed_before_it_hears_of_it()
 {
    let (shop, till, hand) = scanned().await;
    let paying = till.pays();
    let (stream, _) = hand.asked().await;
    drop(stream);
    assert_eq!(paying.await.unwrap().unwrap()["refused"], "PAYMENT_UNKNOWN");
    shop.books.wait_for_report(|report| report.trouble() == pb::InterventionKind::PaymentUnknown).await;
    let reported = shop.books.shelf().report.clone();
    assert!(!reported.attempt_id.is_empty() && reported.amount_minor == 250);
    till.kill9().await;
    shop.books.shelf().orders.settlement = Some(pb::Intervention {
        decision: pb::InterventionDecision::Approve.into(),
        pan_last4: "0674".into(),
        authorisation: "A00395".into(),
        brand: "Carte".into(),
        proof: pb::PaymentProof::AcquirerFile.into(),
        ..Default::default()
    });
    let till = Process::start(&shop).await;
    till.shows("thanks").await;
    is_sold_once(&shop);
    let payment = shop.books.sales()[0].payments[0].card.clone().unwrap();
    assert_eq!((payment.authorisation.as_str(), payment.pan_last4.as_str()), ("A00395", "0674"));
    let slip = shop.books.shelf().slips[0].clone();
    assert!(slip.contains("RÉGLÉ D’APRÈS LE FICHIER DE LA BANQUE"), "{slip}");
    // Killed once more, it has nothing to tell again.
    till.kill9().await;
    shop.books.shelf().orders.settlement = None;
    let till = Process::start(&shop).await;
    till.shows("idle").await;
    is_sold_once(&shop);
    assert!(hand.is_left_alone().await, "nothing is charged again");
}
