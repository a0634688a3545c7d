//! A card terminal says another thing of a refund than a person has said: somebody looks into it.

use terminal::card::{Late, NotTaken, Outcome};

use super::*;
use crate::payment::payment_of;

#[tokio::test]
async fn a_late_answer_that_contradicts_what_a_person_said_of_a_refund_calls_somebody_and_one_that_agrees_does_not()
 {
    for (went_back, is_taken) in [(true, true), (true, false), (false, true), (false, false)] {
        let shop = Shop::open().await;
        let mut parts = terminal::parts(&shop.config, platform::Clock::system()).unwrap();
        let (card_terminal, late) = tokio::sync::mpsc::unbounded_channel();
        parts.late = late;
        let journal = parts.journal.clone();
        shop.plays(&["approve 0674", "cut-after"]);
        let running = shop.start_from(parts);
        running.ready().await;
        running.till.scan("item-1200", 0).await.unwrap();
        assert!(is_thanks(&running.till.pay().await.unwrap()));
        shop.books.shelf().owed.due = vec![450];
        assert_eq!(gives(&shop, &running).await.unwrap_err(), Notice::Refund(Said::Unknown));
        let credit_id = shop.books.shelf().owed.told[0].credit_id.clone();
        let found = if went_back { Settlement::Paid(Seen::default()) } else { Settlement::NotPaid };
        running.till.settle(&shop.attendant_code(), found).await.unwrap();
        let said = |is_taken: bool| {
            if is_taken {
                return Outcome::Taken(payment_of(450));
            }
            Outcome::NotTaken { cause: NotTaken::Refused, complement: None, slip_text: String::new() }
        };
        let another = Uuid::now_v7().to_string();
        for (reference, outcome) in [(credit_id.clone(), said(is_taken)), (another.clone(), said(true))] {
            card_terminal.send(Late { reference, amount_minor: -450, outcome }).unwrap();
        }
        let kept = async {
            while journal.notes().unwrap().iter().all(|note| note.note_id.to_string() != another) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(60), kept).await.unwrap();
        let notes = journal.notes().unwrap();
        let noted = notes.iter().find(|note| note.note_id.to_string() == credit_id);
        let moved = noted.map(|note| (note.asked_minor, note.taken_minor));
        let expected = (went_back != is_taken).then_some((-450, if is_taken { -450 } else { 0 }));
        assert_eq!(moved, expected, "went back: {went_back}, the card terminal: {is_taken}");
    }
}

#[tokio::test]
async fn a_refund_that_did_not_go_back_although_a_person_said_so_calls_somebody() {
    let shop = Shop::open().await;
    let running = owes(&shop, &[450], &["refuse"]).await;
    shop.books.fail_always("ReportRefundCredit", Fault::Refuse("CREDIT_SETTLED"));
    assert_eq!(gives(&shop, &running).await.unwrap_err(), Notice::Refund(Said::NotGiven));
    let noted = |report: &pb::ReportTillRequest| {
        report.notes.iter().any(|note| (note.amount_minor, note.paid_minor) == (-450, 0))
    };
    shop.books.wait_for_report(noted).await;
    assert_eq!(running.till.view().screen, Screen::Idle, "the till goes on");
}
