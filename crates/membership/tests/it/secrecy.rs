//! A whole journey, and nothing personal on its traces.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use proto::membership::v1::{
    BlockCardRequest, FindMembersRequest, GetContactRequest, GetGreetingRequest, GetSessionRequest,
    MemberDetails, SignOutRequest, UpdateMemberRequest,
};
use tracing_subscriber::{EnvFilter, fmt::format::FmtSpan};

use crate::{
    fixture::{
        PASSWORD, another_card, credentials, desk_account, find, get, id, register, registration, zephyrine,
    },
    service::{Service, SignedIn},
};

/// What somebody would recognise Zéphyrine by.
const PERSONAL: [&str; 9] = [
    "Quatrem",
    "quatrem",
    "Zéphyrine",
    "zephyrine",
    "Colibri",
    "199001234",
    "99 00 12 34",
    "example.org",
    "quai des Brumes",
];

/// Log lines, kept in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(line)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[track_caller]
fn assert_nothing_personal(text: &str, secrets: &[&str]) {
    for word in PERSONAL.iter().chain(secrets) {
        let line = text.lines().find(|line| line.contains(word));
        assert_eq!(line, None, "{word}");
    }
}

/// Everything that the desk does, with its failures; the session's token is returned.
async fn journey(service: &Service) -> String {
    service.accounts_as("operator").create_staff(desk_account("camille.d")).await.unwrap();
    let mut portal = service.accounts_as("portal");
    portal.sign_in(credentials("camille.d", "correct horse batterz")).await.unwrap_err();
    let session = portal.sign_in(credentials("camille.d", PASSWORD)).await.unwrap().into_inner();
    let token = session.session_token;
    let told = portal.get_session(GetSessionRequest { session_token: token.clone() }).await.unwrap();
    let mut desk = service.members("portal", SignedIn::by(&told.into_inner().assertion));

    let member = register(&mut desk, zephyrine()).await;
    desk.register_member(registration(MemberDetails {
        email: "zephyrine@@example.org".to_owned(),
        ..zephyrine()
    }))
    .await
    .unwrap_err();
    let moved = MemberDetails { street: "1 quai des Brumes".to_owned(), ..zephyrine() };
    let update =
        UpdateMemberRequest { request_id: id(), member_id: member.member_id.clone(), details: Some(moved) };
    desk.update_member(update).await.unwrap();
    get(&mut desk, &member.member_id).await.unwrap();
    for query in ["Quatremère", "zephyrine.quatremere@example.org", "+33 1 99 00 12 34"] {
        assert_eq!(find(&mut desk, query).await, ["Zéphyrine"]);
    }
    let request = FindMembersRequest { query: "Quatremère\u{200b}".to_owned(), ..Default::default() };
    desk.find_members(request).await.unwrap_err();
    desk.issue_card(another_card(&member, false)).await.unwrap();
    let card_number = member.cards[0].card_number.clone();
    let contact = GetContactRequest { member_id: member.member_id };
    service.members_as("receipt").get_contact(contact).await.unwrap();
    let greeting = GetGreetingRequest { card_number: card_number.clone() };
    service.members_as("terminal-LILLE-01").get_greeting(greeting).await.unwrap();
    let block = BlockCardRequest { request_id: id(), card_number, ..Default::default() };
    desk.block_card(block).await.unwrap();
    portal.sign_out(SignOutRequest { request_id: id(), session_token: token.clone() }).await.unwrap();
    token
}

#[tokio::test]
async fn a_journey_leaves_nothing_personal_in_logs_and_spans() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("debug,membership=trace,outbox=trace,platform=trace"))
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // While there is one subscriber only, a line that another test's thread reaches first is taken to interest nobody.
    let _other = tracing::Dispatch::new(tracing_subscriber::registry());
    // All of the test runs on this thread, the service too.
    let _here = tracing::subscriber::set_default(subscriber);
    let service = Service::start().await;
    let token = journey(&service).await;

    // A fault of the database, whose details hold a whole row.
    service.execute("alter table member add constraint nobody_ck check (city <> 'Lille') not valid").await;
    let mut desk = service.desk("LILLE");
    let refusal = desk.register_member(registration(zephyrine())).await.unwrap_err();
    assert_eq!((refusal.code(), refusal.message()), (tonic::Code::Internal, "internal error"));
    service.stop().await;

    let text = log.text();
    assert!(text.contains("register_member") && text.contains("nobody_ck"), "the log was not captured");
    assert_nothing_personal(&text, &[&token, PASSWORD, "correct horse batterz"]);
}

#[tokio::test]
async fn a_journey_leaves_nothing_personal_on_the_bus_nor_with_the_requests() {
    let service = Service::start().await;
    let token = journey(&service).await;
    for message in service.messages(4).await {
        let text = format!("{} {:?} {:?}", message.subject, message.headers, message.payload);
        assert_nothing_personal(&text, &[&token, PASSWORD]);
    }
    for table in [
        "select string_agg(outbox::text, '') from outbox",
        "select string_agg(encode(reply, 'escape'), ' ') from request",
    ] {
        let rows: String = sqlx::query_scalar(table).fetch_one(service.db()).await.unwrap();
        assert_nothing_personal(&rows, &[&token, PASSWORD]);
    }
    service.stop().await;
}
