//! What the page says of a paper that did not come out.

use super::*;
use crate::paper::PrinterFailure;

/// Every way in which a printer fails.
pub(super) const FAILURES: [PrinterFailure; 4] =
    [PrinterFailure::Silent, PrinterFailure::PaperEnd, PrinterFailure::CoverOpen, PrinterFailure::Fault];

#[test]
fn a_slip_that_was_not_printed_is_read_on_the_screen_and_promised_at_no_desk() {
    let mut view = view(Screen::Idle);
    view.unpaid = Some(FailedPayment { complement: None, slip_text: "ABANDON DEBIT".to_owned() });
    for failure in FAILURES {
        view.notice = Some(Notice::SlipNotPrinted(failure));
        let page = render("LILLE-01", &offers(), &view, Language::French).unwrap();
        assert!(page.contains("lisez-le à l’écran") && page.contains("ABANDON DEBIT"), "{page}");
        assert!(!page.contains("L’accueil imprime"), "{page}");
    }
}

#[test]
fn the_thanks_do_not_say_that_a_ticket_is_printed_which_was_not() {
    let (sale_id, given) = (Uuid::from_u128(1), Given::Paper);
    let sale = Sale { sale_id, total_minor: 603, sequence: 7, given, training: false };
    let mut view = view(Screen::Thanks(sale));
    let page = |view: &View| render("LILLE-01", &offers(), view, Language::French).unwrap();
    view.notice = Some(Notice::Printed);
    assert!(page(&view).contains("Votre ticket est imprimé"));
    (view.notice, view.unprinted) = (Some(Notice::NotPrinted(PrinterFailure::PaperEnd)), 7);
    let text = page(&view);
    assert!(text.contains("n’a plus de papier") && !text.contains("Votre ticket est imprimé"), "{text}");
    assert!(text.contains("Demandez votre ticket à l’accueil"), "{text}");
}
