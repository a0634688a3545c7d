//! Every case that the simulator plays, at the driver.

use platform::Shutdown;
use proto::checkout::v1::{GetTerminalResponse, Store};
use tokio::net::TcpListener;

use super::{tests::line, *};
use crate::simulator::{self, Charges};

/// A till's driver in front of a simulated card terminal.
struct Played {
    card: CardTerminal,
    late: mpsc::UnboundedReceiver<Late>,
    charges: Charges,
    shutdown: Shutdown,
}

impl Played {
    async fn start(change: impl FnOnce(&mut Line, &mut simulator::Config)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut config = simulator::Config {
            addr: listener.local_addr().unwrap(),
            delay_ms: 0,
            magic_amounts: true,
            script: None,
            late_ms: 300,
            shop: "MAGASIN".into(),
            charges: None,
            payments: None,
            clock: None,
        };
        let mut line = line(config.addr.to_string());
        line.profile.ticket = Some(Profile::SHOPPER_SLIP);
        line.profile.references = true;
        line.patience.silence = Duration::from_millis(250);
        change(&mut line, &mut config);
        let (charges, shutdown) = (Charges::default(), Shutdown::new());
        tokio::spawn(simulator::serve(config, listener, charges.clone(), shutdown.clone()));
        let (card, late) = CardTerminal::new(line);
        Self { card, late, charges, shutdown }
    }

    async fn usual() -> Self {
        Self::start(|_, _| {}).await
    }

    fn charged(&self) -> Vec<i64> {
        self.charges.all().iter().map(|charge| charge.amount_minor).collect()
    }
}

impl Drop for Played {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

fn slip_of(outcome: Outcome) -> String {
    match outcome {
        Outcome::Taken(payment) | Outcome::Partial(payment) => payment.slip_text,
        Outcome::NotTaken { slip_text, .. } => slip_text,
        Outcome::Unknown(doubt) => panic!("{doubt:?}"),
    }
}

#[tokio::test]
async fn each_reason_of_the_card_terminal_is_told_and_nothing_is_taken() {
    let played = Played::usual().await;
    let cases = [
        (13, NotTaken::Refused, Complement::Refused),
        (14, NotTaken::Abandoned, Complement::AbandonedByCardholder),
        (15, NotTaken::TimedOut, Complement::InputTimeOut),
        (20, NotTaken::NotDone, Complement::Unknown),
        (21, NotTaken::NotDone, Complement::PhoneCall),
        (22, NotTaken::NotDone, Complement::Forbidden),
        (23, NotTaken::NotDone, Complement::NotCompleted),
        (24, NotTaken::NotDone, Complement::FormatError),
        (25, NotTaken::NotDone, Complement::SelectionError),
        (26, NotTaken::Abandoned, Complement::AbandonedByOperator),
        (27, NotTaken::NotDone, Complement::UnknownOperation),
        (28, NotTaken::NotDone, Complement::UnsupportedCurrency),
        (34, NotTaken::Abandoned, Complement::AbandonedByCardholder),
    ];
    for (ending, expected, reason) in cases {
        match played.card.debit(1_000 + ending, "r").await {
            Outcome::NotTaken { cause, complement, .. } => {
                assert_eq!((cause, complement), (expected, Some(reason)), "{ending}");
            }
            other => panic!("{ending}: {other:?}"),
        }
    }
    assert!(slip_of(played.card.debit(1_013, "r").await).contains("ABANDON DEBIT"));
    assert!(played.charged().is_empty());
}

#[tokio::test]
async fn a_terminal_that_contradicts_itself_or_says_a_field_twice_is_not_believed() {
    let played = Played::usual().await;
    for ending in [29, 41, 43] {
        let outcome = played.card.debit(1_000 + ending, "r").await;
        assert_eq!(outcome, Outcome::Unknown(Doubt::Unreadable), "{ending}");
    }
    assert_eq!(played.charged(), [1_041]);
}

#[tokio::test]
async fn a_connection_that_is_cut_leaves_the_payment_unknown_whether_it_was_made_or_not() {
    let played = Played::usual().await;
    for ending in [35, 16] {
        let outcome = played.card.debit(1_000 + ending, "r").await;
        assert_eq!(outcome, Outcome::Unknown(Doubt::ConnectionLost), "{ending}");
    }
    assert_eq!(played.charged(), [1_016]);
}

#[tokio::test]
async fn an_approval_is_read_in_pieces_in_halves_after_an_acknowledgement_and_with_a_line_end() {
    let played = Played::usual().await;
    for ending in [17, 42, 36, 39] {
        let outcome = played.card.debit(1_000 + ending, "r").await;
        assert!(
            matches!(&outcome, Outcome::Taken(payment) if payment.amount_minor == 1_000 + ending),
            "{outcome:?}"
        );
    }
    assert_eq!(played.charged(), [1_017, 1_042, 1_036, 1_039]);
}

#[tokio::test]
async fn a_line_end_after_the_request_and_an_answer_at_once_are_what_some_terminals_want() {
    let played = Played::start(|line, _| {
        line.suffix = Suffix::CrLf;
        line.profile.delay = Some(caisse_ap::Delay::Immediate);
    })
    .await;
    assert!(matches!(played.card.debit(1_036, "r").await, Outcome::Taken(_)));
}

#[tokio::test]
async fn the_largest_slip_comes_whole() {
    let played = Played::usual().await;
    let slip = slip_of(played.card.debit(1_038, "r").await);
    assert_eq!(slip.chars().count(), 738);
}

#[tokio::test]
async fn less_than_the_amount_is_partial() {
    let played = Played::usual().await;
    let outcome = played.card.debit(1_019, "r").await;
    assert!(matches!(&outcome, Outcome::Partial(payment) if payment.amount_minor == 509), "{outcome:?}");
}

#[tokio::test]
async fn a_busy_terminal_takes_nothing() {
    let played = Played::usual().await;
    let outcome = played.card.debit(1_040, "r").await;
    assert!(matches!(outcome, Outcome::NotTaken { cause: NotTaken::NotDone, .. }), "{outcome:?}");
    assert!(played.charged().is_empty());
}

#[tokio::test]
async fn a_terminal_serves_one_till_at_a_time_and_says_so_to_the_other() {
    let played = Played::start(|line, config| {
        line.patience.answer = Duration::from_secs(600);
        config.late_ms = 600_000;
    })
    .await;
    let (first, other) = (played.card.clone(), CardTerminal::new(played.card.0.line.clone()).0);
    let mut phase = first.phase();
    let paying = tokio::spawn(async move { first.debit(1_037, "r").await });
    phase.wait_for(|phase| *phase == Phase::Waiting).await.unwrap();
    assert_eq!(played.card.identify().await, Health::Busy, "it disturbs no payment of its own");
    // The request may still be on its way; once it has arrived, the other till is told.
    let busy = async {
        while !matches!(other.identify().await, Health::NotReady(Complement::Unknown)) {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(30), busy).await.unwrap();
    assert!(matches!(other.debit(500, "r").await, Outcome::NotTaken { cause: NotTaken::NotDone, .. }));
    assert!(played.charged().is_empty());
    paying.abort();
}

#[tokio::test]
async fn a_late_second_answer_is_handed_on_with_the_payment_it_belongs_to() {
    let mut played = Played::start(|line, _| line.patience.answer = Duration::from_millis(100)).await;
    assert_eq!(played.card.debit(1_037, "the payment").await, Outcome::Unknown(Doubt::NoAnswer));
    assert_eq!(played.card.identify().await, Health::Busy, "the payment may still be under way");
    let heard = timeout(Duration::from_secs(30), played.late.recv()).await.unwrap().unwrap();
    assert_eq!((heard.reference.as_str(), heard.amount_minor), ("the payment", 1_037));
    assert!(matches!(heard.outcome, Outcome::Taken(payment) if payment.amount_minor == 1_037));
    assert_eq!(played.card.identify().await, Health::Ready);
}

#[tokio::test]
async fn nobody_listens_for_ever() {
    let mut played = Played::start(|line, _| {
        line.patience.answer = Duration::from_millis(50);
        line.patience.late = Duration::from_millis(50);
    })
    .await;
    assert_eq!(played.card.debit(1_018, "r").await, Outcome::Unknown(Doubt::NoAnswer));
    let ready = async {
        while played.card.identify().await != Health::Ready {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(30), ready).await.unwrap();
    assert!(played.late.try_recv().is_err());
}

#[tokio::test]
async fn money_is_given_back_to_the_card_that_is_presented_and_never_more_than_was_taken() {
    let played = Played::usual().await;
    assert!(matches!(played.card.debit(1_000, "sale").await, Outcome::Taken(_)));
    let credit = played.card.credit(600, "refund").await;
    assert!(matches!(&credit, Outcome::Taken(payment) if payment.amount_minor == 600), "{credit:?}");
    assert!(slip_of(credit).contains("\nCREDIT\n"));
    let more = played.card.credit(401, "refund").await;
    assert!(matches!(more, Outcome::NotTaken { cause: NotTaken::Refused, .. }), "{more:?}");
    assert_eq!(played.charged(), [1_000, -600]);
    let without = Played::start(|line, _| line.has_credit = false).await;
    assert_eq!(without.card.credit(100, "refund").await, Outcome::not_taken(NotTaken::NotDone));
}

#[tokio::test]
async fn a_terminal_that_is_there_says_so_and_one_that_does_not_know_the_question_is_not_asked() {
    assert_eq!(Played::usual().await.card.identify().await, Health::Ready);
    let silent = Played::start(|line, _| line.has_identification = false).await;
    assert_eq!(silent.card.identify().await, Health::NotAsked);
}

#[tokio::test]
async fn a_script_decides_payment_by_payment() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("script");
    std::fs::write(&file, "forbidden\n\ntime-out\n").unwrap();
    let played = Played::start(|_, config| config.script = Some(file)).await;
    let reasons = async |amount| match played.card.debit(amount, "r").await {
        Outcome::NotTaken { complement, .. } => complement,
        Outcome::Taken(_) => None,
        other => panic!("{other:?}"),
    };
    assert_eq!(reasons(1_000).await, Some(Complement::Forbidden));
    assert_eq!(reasons(1_000).await, None);
    assert_eq!(reasons(1_000).await, Some(Complement::InputTimeOut));
    assert_eq!(reasons(1_013).await, Some(Complement::Refused), "where the script ends, the amount decides");
}

#[tokio::test]
async fn a_slip_may_show_the_shops_own_siret_and_no_other_number_like_a_cards() {
    let played = Played::start(|_, config| config.shop = "390334225 00096\n39033422500096".into()).await;
    let outcome = played.card.debit(1_000, "r").await;
    assert!(matches!(outcome, Outcome::Taken(_)), "an unfit slip never hides a payment");
    assert_eq!(slip_of(outcome), "", "the shop is not known yet");
    let siret = "39033422500096".to_owned();
    let store = Some(Store { siret, ..Default::default() });
    let answer = GetTerminalResponse { store, ..Default::default() };
    played.card.learn(Shop::of(&answer));
    assert!(slip_of(played.card.debit(1_000, "r").await).contains("39033422500096"));
}
