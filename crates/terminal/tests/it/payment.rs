//! Every way a payment can end, and what the shopper, checkout and the card terminal know of it then.

use caisse_ap::Complement;
use proto::checkout::v1::{BasketState, InterventionKind, ReportTillRequest};
use terminal::card::{Late, NotTaken, Outcome, Payment};
use terminal::journal::NoteCause;
use terminal::stage::Stage;
use terminal::till::{Given, Notice, Screen, Seen, Settlement};

use crate::books::Fault;
use crate::checkout::CARD;
use crate::shop::{Shop, is_thanks, total};

#[tokio::test]
async fn a_paid_basket_is_one_charge_one_sale_and_one_line_in_the_ledger() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250", "item-300"]).await;
    running.till.identify(CARD).await.unwrap();
    let view = running.till.pay().await.unwrap();
    let sale = *view.sale().unwrap();
    assert_eq!((sale.total_minor, sale.sequence, sale.given), (550, 1, Given::CardEmail));
    let sales = shop.books.sales();
    assert_eq!(sales.len(), 1);
    assert_eq!(sales[0].sale_id, sale.sale_id.to_string());
    let payment = sales[0].payments[0].card.clone().unwrap();
    assert_eq!((payment.amount_minor, payment.pan_last4.len()), (550, 4));
    assert_eq!(shop.charged(), [550]);
    let slip = shop.books.shelf().slips[0].clone();
    assert!(slip.contains("MONTANT : 5,50 EUR") && slip.contains("MAGASIN"), "{slip}");
    let ledger = shop.ledger();
    assert_eq!(ledger.len(), 1);
    assert_eq!((ledger[0].sale_id, ledger[0].total_minor), (sale.sale_id, 550));
    let charges = std::fs::read_to_string(shop.file("charges")).unwrap();
    assert_eq!(charges.lines().count(), 1);
    assert!(charges.contains("\"reference\":\""), "{charges}");
}

#[tokio::test]
async fn the_next_shopper_starts_with_nothing_of_the_last() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    running.till.identify(CARD).await.unwrap();
    let paid = running.till.pay().await.unwrap();
    let view = running.till.scan("item-400", 0).await.unwrap();
    assert_eq!(total(&view), 400);
    assert!(!view.basket().unwrap().member_identified);
    assert_eq!(view.greeting, None);
    assert!(view.shopper > paid.shopper);
}

#[tokio::test]
async fn what_the_card_terminal_did_not_take_can_be_tried_again() {
    let shop = Shop::open().await;
    for (price, cause) in
        [("item-113", NotTaken::Refused), ("item-114", NotTaken::Abandoned), ("item-115", NotTaken::TimedOut)]
    {
        let running = shop.start_with(&[price]).await;
        assert_eq!(running.till.pay().await.unwrap_err(), Notice::NotPaid(cause), "{price}");
        assert!(shop.charged().is_empty());
        let basket = shop.books.basket_in(BasketState::Open).unwrap();
        assert_eq!(running.till.view().basket(), Some(&basket));
        running.till.cancel().await.unwrap();
        running.stops().await;
    }
    let running = shop.start_with(&["item-113"]).await;
    running.till.pay().await.unwrap_err();
    running.till.scan("item-100", 0).await.unwrap();
    running.till.pay().await.unwrap_err();
    running.till.scan("item-100", 0).await.unwrap();
    running.till.remove(1).await.unwrap();
    assert_eq!(running.till.pay().await.unwrap().sale().unwrap().total_minor, 200);
    assert_eq!(shop.charged(), [200]);
}

#[tokio::test]
async fn an_answer_in_pieces_is_an_answer() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-117"]).await;
    assert_eq!(running.till.pay().await.unwrap().sale().unwrap().total_minor, 117);
    assert_eq!(shop.charged(), [117]);
}

#[tokio::test]
async fn a_card_terminal_that_is_not_there_costs_nothing() {
    let mut shop = Shop::open().await;
    shop.config.card_addr = Some("127.0.0.1:1".into());
    let running = shop.start_with(&["item-250"]).await;
    let refused = running.till.pay().await.unwrap_err();
    assert_eq!(refused, Notice::NotPaid(NotTaken::Unreachable));
    assert!(running.till.view().basket().is_some());
}

#[tokio::test]
async fn a_lost_reply_makes_no_second_sale() {
    let shop = Shop::open().await;
    let running = shop.start();
    running.ready().await;
    for rpc in ["OpenBasket", "ScanItem", "BeginPayment", "CompleteSale"] {
        shop.books.fail_once(rpc, Fault::LoseReply);
    }
    running.till.scan("item-250", 0).await.unwrap();
    let view = running.till.pay().await.unwrap();
    assert!(is_thanks(&view));
    assert_eq!(shop.books.sales().len(), 1);
    assert_eq!(shop.books.shelf().baskets.len(), 1);
    assert_eq!(shop.charged(), [250]);
    assert_eq!(shop.ledger().len(), 1);
    assert!(shop.books.calls("CompleteSale") >= 2);
}

#[tokio::test]
async fn a_lost_reply_of_an_unpaid_basket_opens_it_once() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-113"]).await;
    shop.books.fail_once("AbandonPayment", Fault::LoseReply);
    assert_eq!(running.till.pay().await.unwrap_err(), Notice::NotPaid(NotTaken::Refused));
    assert!(shop.books.basket_in(BasketState::Open).is_some());
}

#[tokio::test]
async fn a_sale_that_is_taken_and_refused_calls_an_attendant_and_can_be_told_again() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    shop.books.fail_always("CompleteSale", Fault::Refuse("INVALID_FIELD"));
    assert_eq!(running.till.pay().await.unwrap_err(), Notice::SaleRefused);
    assert_eq!(running.till.scan("item-100", 0).await.unwrap_err(), Notice::NeedsAttendant);
    shop.books.mend();
    let again = Settlement::TryAgain;
    let view = running.till.settle(&shop.attendant_code(), again).await.unwrap();
    assert!(is_thanks(&view));
    assert_eq!((shop.books.sales().len(), shop.charged()), (1, vec![250]));
}

#[tokio::test]
async fn nothing_else_is_taken_while_the_shopper_pays() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-118"]).await;
    let paying = running.paying();
    running.shows(|view| matches!(view.screen, Screen::Paying { total_minor: 118 })).await;
    assert_eq!(running.till.pay().await.unwrap_err(), Notice::Busy);
    assert_eq!(running.till.scan("item-100", 0).await.unwrap_err(), Notice::Busy);
    assert_eq!(running.till.cancel().await.unwrap_err(), Notice::Busy);
    assert_eq!(paying.await.unwrap().unwrap_err(), Notice::PaymentUnknown);
}

#[tokio::test]
async fn twenty_who_press_pay_at_once_pay_once() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    let pressed: Vec<_> = (0..20).map(|_| running.paying()).collect();
    let mut paid = 0;
    for press in pressed {
        paid += u32::from(press.await.unwrap().is_ok());
    }
    assert_eq!((paid, shop.charged(), shop.books.sales().len()), (1, vec![250], 1));
}

#[tokio::test]
async fn a_till_that_is_told_to_stop_finishes_the_payment_it_began() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-117"]).await;
    let paying = running.paying();
    running.shows(|view| matches!(view.screen, Screen::Paying { .. })).await;
    running.stops().await;
    assert!(is_thanks(&paying.await.unwrap().unwrap()));
    assert_eq!((shop.charged(), shop.ledger().len()), (vec![117], 1));
}

#[tokio::test]
async fn a_payment_that_is_not_made_always_shows_its_slip_and_its_reason() {
    let shop = Shop::open().await;
    for (turn, (price, reason, slip)) in (1..).zip([
        ("item-113", Complement::Refused, "MAGASIN\nABANDON DEBIT"),
        ("item-114", Complement::AbandonedByCardholder, "Le Cabas\nABANDON DEBIT\nMONTANT : 1,14 EUR"),
        ("item-115", Complement::InputTimeOut, "Le délai pour présenter la carte est dépassé."),
        ("item-122", Complement::Forbidden, "MAGASIN\nABANDON DEBIT"),
        ("item-140", Complement::Unknown, "ABANDON DEBIT\nMONTANT : 1,40 EUR"),
    ]) {
        let running = shop.start_with(&[price]).await;
        shop.books.wait_for_calls("GetTerminal", turn).await;
        running.till.pay().await.unwrap_err();
        let unpaid = running.till.view().unpaid.unwrap();
        assert_eq!(unpaid.complement, Some(reason), "{price}");
        assert!(unpaid.slip_text.contains(slip), "{price}: {}", unpaid.slip_text);
        running.till.scan("item-100", 0).await.unwrap();
        assert_eq!(running.till.view().unpaid, None, "the notice is gone, and the slip with it");
        running.till.cancel().await.unwrap();
        running.stops().await;
    }
}

#[tokio::test]
async fn a_slip_that_shows_the_shops_own_siret_is_kept() {
    let mut shop = Shop::open_called("39033422500096").await;
    shop.config.ledger = None;
    let running = shop.start_with(&["item-250"]).await;
    shop.books.wait_for_calls("GetTerminal", 1).await;
    running.till.pay().await.unwrap();
    assert!(shop.books.shelf().slips[0].contains("39033422500096"));
}

#[tokio::test]
async fn no_payment_waits_for_what_a_slip_may_show_and_a_slip_in_doubt_is_left_out() {
    let shop = Shop::open_called("39033422500096").await;
    shop.books.fail_once("GetTerminal", Fault::Unavailable);
    let running = shop.start_with(&["item-250"]).await;
    shop.books.wait_for_calls("GetTerminal", 1).await;
    for _ in 0..2 {
        assert!(is_thanks(&running.till.pay().await.unwrap()));
        running.till.scan("item-250", 0).await.unwrap();
    }
    assert_eq!(shop.books.shelf().slips, ["", ""]);
    assert_eq!(shop.books.calls("GetTerminal"), 1, "it is asked again after a while, and by no payment");
}

#[tokio::test]
async fn a_late_second_answer_settles_the_payment_it_belongs_to() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-137"]).await;
    assert_eq!(running.till.pay().await.unwrap_err(), Notice::PaymentUnknown);
    let view = running.shows(is_thanks).await;
    assert_eq!(view.sale().unwrap().total_minor, 137);
    assert_eq!((shop.charged(), shop.books.sales().len(), shop.ledger().len()), (vec![137], 1, 1));
}

#[tokio::test]
async fn a_late_answer_to_a_payment_that_was_settled_otherwise_calls_a_person_until_one_settles_it() {
    let shop = Shop::open().await;
    let parts = terminal::parts(&shop.config, platform::Clock::system()).unwrap();
    let journal = parts.journal.clone();
    let running = shop.start_from(parts);
    running.ready().await;
    running.till.scan("item-137", 0).await.unwrap();
    assert_eq!(running.till.pay().await.unwrap_err(), Notice::PaymentUnknown);
    let not_paid = Settlement::NotPaid;
    running.till.settle(&shop.attendant_code(), not_paid).await.unwrap();
    let kept = async {
        while journal.notes().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), kept).await.unwrap();
    let note = journal.notes().unwrap().remove(0);
    assert_eq!((note.cause, note.asked_minor, note.taken_minor), (NoteCause::LateAnswer, 137, 137));
    assert!(running.till.view().basket().is_some() && shop.books.sales().is_empty());
    let is_told = |report: &ReportTillRequest| {
        report.notes.iter().any(|told| {
            told.note_id == note.note_id.to_string()
                && told.kind() == InterventionKind::LateAnswer
                && told.paid_minor == 137
        })
    };
    shop.books.wait_for_report(is_told).await;
    // The till is started anew, the shopper is gone: it is said all the same.
    drop(journal);
    running.dies().await;
    shop.books.shelf().report = ReportTillRequest::default();
    let running = shop.start();
    shop.books.wait_for_report(is_told).await;
    shop.books.shelf().orders.settled_note_ids = vec![note.note_id.to_string()];
    running.shows(|view| view.notes.is_empty() && view.basket().is_some()).await;
    running.stops().await;
    let parts = terminal::parts(&shop.config, platform::Clock::system()).unwrap();
    assert_eq!(parts.journal.notes().unwrap(), []);
}

#[tokio::test]
async fn money_that_is_taken_after_a_refusal_was_shown_is_noted_and_calls_a_person_to_the_shopper() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    shop.plays(&["refuse-then-approve"]);
    let refused = Notice::NotPaid(terminal::card::NotTaken::Refused);
    assert_eq!(running.till.pay().await.unwrap_err(), refused);
    let view = running.shows(|view| view.notice == Some(Notice::TakenAfterAll)).await;
    assert!(view.called && view.basket().is_some() && shop.books.sales().is_empty());
    assert_eq!(shop.charged(), [250]);
    let note = view.notes[0];
    assert_eq!((note.cause, note.asked_minor, note.taken_minor), (NoteCause::LateAnswer, 250, 250));
    assert_eq!(note.basket_id, view.basket_id);
    let is_told = |report: &ReportTillRequest| {
        report.notes.iter().any(|told| {
            told.kind() == InterventionKind::LateAnswer
                && told.paid_minor == 250
                && !told.basket_id.is_empty()
        })
    };
    shop.books.wait_for_report(is_told).await;
    // It is in the journal: a till that is started anew says it still.
    running.dies().await;
    shop.books.shelf().report = ReportTillRequest::default();
    let _running = shop.start();
    shop.books.wait_for_report(is_told).await;
}

#[tokio::test]
async fn money_that_is_taken_after_a_refusal_calls_a_person_also_when_the_shopper_has_paid_again() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    shop.plays(&["refuse-then-approve", "approve"]);
    let refused = Notice::NotPaid(terminal::card::NotTaken::Refused);
    assert_eq!(running.till.pay().await.unwrap_err(), refused);
    assert!(is_thanks(&running.till.pay().await.unwrap()));
    let is_told = |report: &ReportTillRequest| {
        report.notes.iter().any(|told| {
            told.kind() == InterventionKind::LateAnswer && (told.amount_minor, told.paid_minor) == (250, 250)
        })
    };
    shop.books.wait_for_report(is_told).await;
    let references: Vec<_> = shop.charges.all().into_iter().map(|charge| charge.reference).collect();
    assert_eq!(shop.charged(), [250, 250]);
    let note_id = running.till.view().notes[0].note_id.to_string();
    assert_eq!(references[1], Some(note_id), "the note names the payment that was taken late");
    assert_eq!(shop.books.sales().len(), 1);
}

#[tokio::test]
async fn an_approval_under_the_reference_of_another_payment_is_unknown_and_calls_a_person() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    shop.plays(&["other-reference"]);
    assert_eq!(running.till.pay().await.unwrap_err(), Notice::PaymentUnknown);
    let told = |report: &ReportTillRequest| report.trouble() == InterventionKind::PaymentUnknown;
    shop.books.wait_for_report(told).await;
    assert!(shop.books.sales().is_empty());
    assert_eq!(running.till.pay().await.unwrap_err(), Notice::NeedsAttendant);
    assert_eq!(shop.charged(), [250], "nothing is charged again");
}

#[tokio::test]
async fn a_slip_with_a_card_number_is_noted_for_a_person_and_the_sale_goes_on() {
    let shop = Shop::open_called("VISA 4532015112830366").await;
    let running = shop.start_with(&["item-250"]).await;
    assert!(is_thanks(&running.till.pay().await.unwrap()));
    assert_eq!(shop.books.shelf().slips, [""]);
    let is_told = |report: &ReportTillRequest| {
        report
            .notes
            .iter()
            .any(|note| note.kind() == InterventionKind::SlipRefused && note.amount_minor == 250)
    };
    shop.books.wait_for_report(is_told).await;
}

#[tokio::test]
async fn a_late_approval_of_a_payment_that_a_person_settled_as_paid_is_no_money_to_give_back() {
    for is_refused in [false, true] {
        let shop = Shop::open().await;
        let mut parts = terminal::parts(&shop.config, platform::Clock::system()).unwrap();
        let (card_terminal, late) = tokio::sync::mpsc::unbounded_channel();
        parts.late = late;
        let journal = parts.journal.clone();
        let running = shop.start_from(parts);
        running.ready().await;
        running.till.scan("item-118", 0).await.unwrap();
        assert_eq!(running.till.pay().await.unwrap_err(), Notice::PaymentUnknown);
        let Stage::Asked { attempt } = journal.read().unwrap().stage else { panic!("an answer came") };
        let (code, paid) =
            (shop.attendant_code(), Settlement::Paid(Seen { pan_last4: "0674".into(), ..Seen::default() }));
        if is_refused {
            // A person says that it was paid, and then, as checkout refuses the sale, that it is not: another person looks into it.
            shop.books.fail_always("CompleteSale", Fault::Refuse("INVALID_FIELD"));
            assert_eq!(running.till.settle(&code, paid).await.unwrap_err(), Notice::SaleRefused);
            running.till.settle(&code, Settlement::NotPaid).await.unwrap();
        } else {
            assert!(is_thanks(&running.till.settle(&code, paid).await.unwrap()));
        }
        let another = uuid::Uuid::now_v7().to_string();
        for reference in [attempt.attempt_id.to_string(), another.clone()] {
            let outcome = Outcome::Taken(payment_of(118));
            card_terminal.send(Late { reference, amount_minor: 118, outcome }).unwrap();
        }
        let kept = async {
            while journal.notes().unwrap().iter().all(|note| note.note_id.to_string() != another) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(60), kept).await.unwrap();
        let to_look_into = if is_refused { 2 } else { 1 };
        assert_eq!(journal.notes().unwrap().len(), to_look_into);
    }
}

pub fn payment_of(amount_minor: i64) -> Payment {
    Payment {
        amount_minor,
        brand: "CB".into(),
        pan_last4: "0674".into(),
        application_id: String::new(),
        authorisation: String::new(),
        contactless: false,
        slip_text: String::new(),
    }
}
