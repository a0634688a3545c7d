use caisse_ap::{Complement, simulate};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;

pub(super) fn line(address: String) -> Line {
    let profile =
        Profile::new("0320".parse().unwrap(), "012345678901".parse().unwrap(), "01".parse().unwrap());
    let patience = Patience {
        connect: Duration::from_secs(5),
        answer: Duration::from_secs(5),
        late: Duration::from_secs(60),
        silence: Duration::from_millis(20),
    };
    let (has_credit, has_identification) = (true, true);
    Line { address, profile, suffix: Suffix::None, patience, has_credit, has_identification }
}

/// A card terminal that answers these pieces, one after the other, and then hangs up or stays.
async fn terminal_that_answers(pieces: Vec<Vec<u8>>, hangs_up: bool) -> CardTerminal {
    CardTerminal::new(line_that_answers(pieces, hangs_up).await).0
}

async fn line_that_answers(pieces: Vec<Vec<u8>>, hangs_up: bool) -> Line {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let line = line(listener.local_addr().unwrap().to_string());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 512];
        assert!(stream.read(&mut request).await.unwrap() > 0);
        for piece in pieces {
            stream.write_all(&piece).await.unwrap();
        }
        if !hangs_up {
            while stream.read(&mut request).await.is_ok_and(|read| read > 0) {}
        }
    });
    line
}

async fn outcome_of(answer: &[u8], hangs_up: bool) -> Outcome {
    terminal_that_answers(vec![answer.to_vec()], hangs_up).await.debit(2_500, "reference").await
}

const APPROVED: &[u8] =
    b"CZ0040320CJ012012345678901AE00210CA00201CB0042500CD0010CE003978AA016************0674AI014A0000000421010CI0012";

#[tokio::test]
async fn an_approval_is_read_whether_the_terminal_hangs_up_or_falls_silent() {
    for hangs_up in [true, false] {
        let Outcome::Taken(payment) = outcome_of(APPROVED, hangs_up).await else { panic!("{hangs_up}") };
        assert_eq!((payment.amount_minor, payment.brand.as_str()), (2_500, "CB"));
        assert_eq!((payment.pan_last4.as_str(), payment.contactless), ("0674", true));
    }
}

#[tokio::test]
async fn an_answer_may_come_byte_by_byte_and_after_an_acknowledgement() {
    let mut pieces = vec![b"CZ0040320CA00201AE00211".to_vec()];
    pieces.extend(APPROVED.iter().map(|byte| vec![*byte]));
    let outcome = terminal_that_answers(pieces, true).await.debit(2_500, "reference").await;
    assert!(matches!(outcome, Outcome::Taken(_)), "{outcome:?}");
}

#[tokio::test]
async fn what_cannot_be_read_or_does_not_fit_is_unknown() {
    let other_till = String::from_utf8_lossy(APPROVED).replace("CA00201", "CA00202");
    let other_amount = String::from_utf8_lossy(APPROVED).replace("CB0042500", "CB0042600");
    let cases: [(&[u8], Doubt); 7] = [
        (b"", Doubt::ConnectionLost),
        (b"CZ0040320AE002", Doubt::ConnectionLost),
        (b"CZ0040320CA00201AE00211", Doubt::ConnectionLost),
        (b"not a message at all", Doubt::Unreadable),
        (b"CZ0040320AE00299", Doubt::Unreadable),
        (other_till.as_bytes(), Doubt::Unreadable),
        (other_amount.as_bytes(), Doubt::Unreadable),
    ];
    for (answer, doubt) in cases {
        let outcome = outcome_of(answer, true).await;
        assert_eq!(outcome, Outcome::Unknown(doubt), "{}", answer.escape_ascii());
    }
}

#[tokio::test]
async fn an_approval_of_another_payment_than_the_one_asked_is_unknown() {
    let [ours, other] = ["CF009reference", "CF008payment2"];
    for (named, is_ours) in [(ours, true), (other, false)] {
        let answer = [APPROVED, named.as_bytes()].concat();
        let mut line = line_that_answers(vec![answer], true).await;
        line.profile.references = true;
        let outcome = CardTerminal::new(line).0.debit(2_500, "reference").await;
        assert_eq!(matches!(outcome, Outcome::Taken(_)), is_ours, "{outcome:?}");
        assert_eq!(outcome == Outcome::Unknown(Doubt::Unreadable), !is_ours);
    }
}

const REFUSED: &[u8] = b"CZ0040320AE00201AF00204";

/// A card terminal that refuses, and approves later on the same connection; it takes another request as soon as the till sends nothing
/// more on the first one, and refuses that too.
async fn second_thoughts() -> (CardTerminal, mpsc::UnboundedReceiver<Late>, tokio::sync::oneshot::Sender<()>)
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let line = line(listener.local_addr().unwrap().to_string());
    let (changes_its_mind, changed) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let (mut first, _) = listener.accept().await.unwrap();
        let mut request = [0; 512];
        assert!(first.read(&mut request).await.unwrap() > 0);
        first.write_all(REFUSED).await.unwrap();
        let (mut reads, mut writes) = first.split();
        let another = async {
            assert_eq!(reads.read(&mut request).await.unwrap(), 0, "the till sends nothing more here");
            let (mut second, _) = listener.accept().await.unwrap();
            assert!(second.read(&mut request).await.unwrap() > 0);
            second.write_all(REFUSED).await.unwrap();
            std::future::pending::<()>().await;
        };
        tokio::select! {
            _ = changed => {}
            () = another => {}
        }
        writes.write_all(APPROVED).await.unwrap();
    });
    let (card, late) = CardTerminal::new(line);
    (card, late, changes_its_mind)
}

#[tokio::test]
async fn a_second_answer_that_approves_what_was_refused_is_heard() {
    let (card, mut late, changes_its_mind) = second_thoughts().await;
    let refused = card.debit(2_500, "reference").await;
    assert!(matches!(refused, Outcome::NotTaken { cause: NotTaken::Refused, .. }), "{refused:?}");
    assert_eq!(card.identify().await, Health::Busy);
    changes_its_mind.send(()).unwrap();
    let heard = late.recv().await.unwrap();
    assert_eq!((heard.reference.as_str(), heard.amount_minor), ("reference", 2_500));
    assert!(matches!(heard.outcome, Outcome::Taken(_)), "{heard:?}");
}

#[tokio::test]
async fn an_approval_of_a_refused_payment_is_heard_under_its_own_name_also_after_the_next_one_is_asked() {
    let (card, mut late, changes_its_mind) = second_thoughts().await;
    for reference in ["first", "second"] {
        let refused = card.debit(2_500, reference).await;
        assert!(matches!(refused, Outcome::NotTaken { .. }), "{refused:?}");
    }
    assert!(late.try_recv().is_err());
    changes_its_mind.send(()).unwrap();
    let heard = late.recv().await.unwrap();
    assert_eq!((heard.reference.as_str(), heard.amount_minor), ("first", 2_500));
    assert!(matches!(heard.outcome, Outcome::Taken(_)), "{heard:?}");
}

#[tokio::test]
async fn an_approval_after_a_refusal_that_came_late_is_heard() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut line = line(listener.local_addr().unwrap().to_string());
    line.patience.answer = Duration::from_millis(50);
    let (refuses, refused) = tokio::sync::oneshot::channel();
    let (approves, approved) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 512];
        assert!(stream.read(&mut request).await.unwrap() > 0);
        for (may_come, answer) in [(refused, REFUSED), (approved, APPROVED)] {
            may_come.await.unwrap();
            stream.write_all(answer).await.unwrap();
        }
    });
    let (card, mut late) = CardTerminal::new(line);
    assert_eq!(card.debit(2_500, "reference").await, Outcome::Unknown(Doubt::NoAnswer));
    refuses.send(()).unwrap();
    let heard = late.recv().await.unwrap();
    assert!(matches!(heard.outcome, Outcome::NotTaken { cause: NotTaken::Refused, .. }), "{heard:?}");
    // Only who listens still holds the driver.
    drop(card);
    approves.send(()).unwrap();
    let heard = late.recv().await.expect("the second answer is heard");
    assert_eq!((heard.reference.as_str(), heard.amount_minor), ("reference", 2_500));
    assert!(matches!(heard.outcome, Outcome::Taken(_)), "{heard:?}");
}

#[tokio::test]
async fn a_terminal_that_never_answers_is_unknown_after_the_time_for_it() {
    let mut line = line_that_answers(Vec::new(), false).await;
    line.patience.answer = Duration::from_millis(50);
    let (terminal, _late) = CardTerminal::new(line);
    assert_eq!(terminal.debit(2_500, "reference").await, Outcome::Unknown(Doubt::NoAnswer));
    assert_eq!(*terminal.phase().borrow(), Phase::Idle);
}

#[tokio::test]
async fn what_was_not_done_is_told_by_its_cause() {
    let request = line(String::new()).profile.debit(Cents::new(2_500), None).unwrap();
    for (complement, cause) in [
        (Complement::Refused, NotTaken::Refused),
        (Complement::AbandonedByOperator, NotTaken::Abandoned),
        (Complement::InputTimeOut, NotTaken::TimedOut),
        (Complement::FormatError, NotTaken::NotDone),
    ] {
        let answer = simulate::not_done(&request, complement, None).unwrap().encode();
        let not_taken = Outcome::NotTaken { cause, complement: Some(complement), slip_text: String::new() };
        assert_eq!(outcome_of(&answer, true).await, not_taken);
    }
}

#[tokio::test]
async fn nothing_is_asked_for_nothing() {
    let (terminal, _late) = CardTerminal::new(line("127.0.0.1:1".into()));
    for amount in [0, -100] {
        assert_eq!(terminal.debit(amount, "reference").await, Outcome::not_taken(NotTaken::NotDone));
        assert_eq!(terminal.credit(amount, "reference").await, Outcome::not_taken(NotTaken::NotDone));
    }
    assert_eq!(terminal.debit(100, "reference").await, Outcome::not_taken(NotTaken::Unreachable));
    assert_eq!(terminal.identify().await, Health::Unreachable);
}

#[test]
fn every_outcome_is_one_that_checkout_knows() {
    for cause in [
        NotTaken::Refused,
        NotTaken::Abandoned,
        NotTaken::TimedOut,
        NotTaken::NotDone,
        NotTaken::Unreachable,
        NotTaken::SettledByStaff,
        NotTaken::GivenBack,
    ] {
        assert!(["REFUSED", "ABANDONED", "TIMED_OUT"].contains(&cause.outcome()));
    }
}
