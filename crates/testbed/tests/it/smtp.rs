use std::time::Duration;

use testbed::{Behaviour, SmtpSink, Stage};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

const SOON: Duration = Duration::from_secs(10);
const MAIL: &str =
    "Message-ID: <receipt.7.1@shop.example>\r\nSubject: ticket\r\n\r\nbonjour\r\n..dot\r\n.\r\n";
const COMMANDS: &str =
    "EHLO till\r\nMAIL FROM:<shop@shop.example> SIZE=200\r\nRCPT TO:<a@b.example>\r\nDATA\r\n";

struct Sender(BufReader<TcpStream>);

impl Sender {
    async fn connect(sink: &SmtpSink) -> Sender {
        let mut sender = Sender(BufReader::new(TcpStream::connect(sink.address()).await.unwrap()));
        assert_eq!(sender.code().await, Some(220));
        sender
    }

    async fn say(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).await.unwrap();
    }

    /// The code of the next whole reply; `None` when the sink has hung up.
    async fn code(&mut self) -> Option<u16> {
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            if line.as_bytes()[3] == b' ' {
                return Some(line[..3].parse().unwrap());
            }
        }
    }

    async fn codes<const N: usize>(&mut self) -> [Option<u16>; N] {
        let mut codes = [None; N];
        for code in &mut codes {
            *code = self.code().await;
        }
        codes
    }

    /// Sends one mail and returns what was said to its dot, or the first refusal.
    async fn send(&mut self) -> Option<u16> {
        for command in COMMANDS.split_inclusive('\n') {
            self.say(command).await;
            match self.code().await? {
                200..400 => {}
                refusal => return Some(refusal),
            }
        }
        self.say(MAIL).await;
        self.code().await
    }
}

async fn sink() -> (SmtpSink, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (SmtpSink::start(folder.path().join("mails")).await.unwrap(), folder)
}

#[tokio::test]
async fn a_mail_is_kept_as_it_was_written_in_memory_and_as_a_file() {
    let (sink, _folder) = sink().await;
    assert_eq!(Sender::connect(&sink).await.send().await, Some(250));
    let mails = sink.wait_for(1, SOON).await.unwrap();
    let mail = &mails[0];
    assert_eq!(
        (mail.from.as_str(), mail.to.as_slice()),
        ("shop@shop.example", &["a@b.example".to_owned()][..])
    );
    assert_eq!(mail.message_id.as_deref(), Some("<receipt.7.1@shop.example>"));
    let raw = "Message-ID: <receipt.7.1@shop.example>\r\nSubject: ticket\r\n\r\nbonjour\r\n.dot\r\n";
    assert_eq!(mail.raw, raw.as_bytes());

    let files: Vec<_> =
        std::fs::read_dir(sink.folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].extension().unwrap(), "eml");
    assert_eq!(std::fs::read(&files[0]).unwrap(), mail.raw);
    let (arrival, _) = files[0].file_stem().unwrap().to_str().unwrap().split_once('-').unwrap();
    assert_eq!(arrival.parse::<i128>().unwrap(), mail.arrived.unix_timestamp_nanos());
}

#[tokio::test]
async fn commands_sent_ahead_are_answered_in_order() {
    let (sink, _folder) = sink().await;
    let mut sender = Sender::connect(&sink).await;
    sender.say(&format!("{COMMANDS}{MAIL}NOOP\r\nRSET\r\n{}{MAIL}QUIT\r\n", &COMMANDS[11..])).await;
    assert_eq!(sender.codes().await, [250, 250, 250, 354, 250].map(Some));
    assert_eq!(sender.codes().await, [250, 250].map(Some));
    assert_eq!(sender.codes().await, [250, 250, 354, 250].map(Some));
    assert_eq!(sender.codes().await, [Some(221), None]);
    assert_eq!(sink.mails().len(), 2);
}

#[tokio::test]
async fn commands_out_of_order_and_too_large_mails_are_refused() {
    let (sink, _folder) = sink().await;
    let mut sender = Sender::connect(&sink).await;
    for (command, code) in [
        ("RCPT TO:<a@b>", 503),
        ("DATA", 503),
        ("MAIL FROM:a@b", 501),
        ("MAIL FROM:<a@b> SIZE=99999999", 552),
        ("MAIL FROM:<a@b> BODY=8BITMIME", 250),
        ("MAIL FROM:<a@b>", 503),
        ("DATA", 503),
        ("RCPT TO:<>", 501),
        ("RSET", 250),
        ("RCPT TO:<a@b>", 503),
        ("STARTTLS", 500),
        ("", 500),
    ] {
        sender.say(&format!("{command}\r\n")).await;
        assert_eq!(sender.code().await, Some(code), "{command}");
    }
}

#[tokio::test]
async fn a_refusal_comes_at_the_stage_that_was_asked_for_and_keeps_nothing() {
    let (sink, _folder) = sink().await;
    for (stage, code) in [(Stage::Mail, 421), (Stage::Rcpt, 550), (Stage::Data, 451), (Stage::Dot, 554)] {
        sink.script([Behaviour::Reject(stage, code)]);
        let mut sender = Sender::connect(&sink).await;
        assert_eq!(sender.send().await, Some(code), "{stage:?}");
        sender.say("RSET\r\n").await;
        assert_eq!(sender.code().await, Some(250), "the session goes on");
    }
    assert!(sink.mails().is_empty());
    assert_eq!(Sender::connect(&sink).await.send().await, Some(250));
}

#[tokio::test]
async fn a_mail_may_be_kept_without_the_sender_learning_of_it() {
    let (sink, _folder) = sink().await;
    sink.script([Behaviour::DropAfterData, Behaviour::Silent]);
    assert_eq!(Sender::connect(&sink).await.send().await, None);
    assert_eq!(sink.wait_for(1, SOON).await.unwrap().len(), 1);
    let mut waiting = Sender::connect(&sink).await;
    let silence = tokio::spawn(async move { waiting.send().await });
    assert_eq!(sink.wait_for(2, SOON).await.unwrap().len(), 2);
    assert!(!silence.is_finished());
    sink.stop().await;
    assert_eq!(silence.await.unwrap(), None);
}

#[tokio::test]
async fn a_slow_sink_answers_after_its_delay() {
    let (sink, _folder) = sink().await;
    let delay = Duration::from_millis(150);
    sink.behave(Behaviour::Slow(delay));
    let started = std::time::Instant::now();
    assert_eq!(Sender::connect(&sink).await.send().await, Some(250));
    assert!(started.elapsed() >= delay);
}

#[tokio::test]
async fn a_sink_that_closes_on_connect_does_so_as_often_as_scripted() {
    let (sink, _folder) = sink().await;
    sink.script([Behaviour::CloseOnConnect, Behaviour::Reject(Stage::Dot, 451)]);
    let mut closed = TcpStream::connect(sink.address()).await.unwrap();
    assert_eq!(closed.read(&mut [0; 1]).await.unwrap(), 0);
    assert_eq!(Sender::connect(&sink).await.send().await, Some(451));
    assert_eq!(Sender::connect(&sink).await.send().await, Some(250));
}

#[tokio::test]
async fn a_sink_that_is_down_refuses_connections_and_comes_back_on_its_port() {
    let (sink, _folder) = sink().await;
    let mut open = Sender::connect(&sink).await;
    sink.stop().await;
    assert_eq!(open.code().await, None);
    TcpStream::connect(sink.address()).await.unwrap_err();
    sink.start_again().await.unwrap();
    assert_eq!(Sender::connect(&sink).await.send().await, Some(250));
}

#[tokio::test]
async fn waiting_for_a_mail_that_does_not_come_ends_at_the_deadline() {
    let (sink, _folder) = sink().await;
    let error = sink.wait_for(1, Duration::from_millis(50)).await.unwrap_err();
    assert!(error.to_string().starts_with("0 of 1 mails"));
}

#[tokio::test]
async fn the_sink_runs_as_a_process_of_its_own_and_prints_its_address() {
    let place = tempfile::tempdir().unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_smtp-sink"));
    command.arg("--dir").arg(place.path().join("mails"));
    let process = testbed::Process::spawn(&command, place.path().join("log")).unwrap();
    let address = testbed::eventually(SOON, "the address is printed", async || {
        std::fs::read_to_string(process.log()).ok()?.strip_suffix('\n').map(str::to_owned)
    })
    .await
    .unwrap();
    let mut sender = Sender(BufReader::new(TcpStream::connect(address).await.unwrap()));
    assert_eq!(sender.code().await, Some(220));
    assert_eq!(sender.send().await, Some(250));
    assert_eq!(std::fs::read_dir(place.path().join("mails")).unwrap().count(), 1);
}
