//! English.

use proto::checkout::v1::TillFinding;

use super::{Words, refund, slip};
use crate::{
    card::NotTaken,
    client::Refusal,
    paper::PrinterFailure,
    till::{Closure, Notice},
};

pub(super) static WORDS: Words = Words {
    lang: "en",
    till: "Till",
    other_lang: "fr",
    other_name: "Français",
    welcome: "Hello!",
    first_scan: "Scan your first item, or your member card.",
    scan_label: "Code of the item or card",
    scan_button: "Add",
    your_basket: "Your basket",
    article: "Item",
    quantity: "Quantity",
    amount: "Amount",
    nothing_yet: "Your basket is empty.",
    one_more: "One more:",
    one_less: "One less:",
    remove: "Remove",
    total: "Total",
    articles: "item(s)",
    saved: "You save",
    hello: "Hello",
    member_known: "Your card is recognised.",
    card_label: "Number of your member card",
    card_button: "Use the card",
    discount_label: "Discount code",
    discount_button: "Apply",
    claimed: "Discount asked for:",
    pay: "Pay",
    card_slip: "Your card slip",
    pay_otherwise: "Pay in another way",
    means_question: "How would you like to pay?",
    pay_card: "All by card",
    pay_part: "A part by card, in euros",
    pay_this: "Pay this amount",
    pay_meal_voucher: "By meal voucher card, at most",
    pay_store_credit: "With your store credit",
    store_credit_balance: "your store credit:",
    held: "A part is paid",
    held_paid: "paid, still to be paid",
    pay_the_rest: "Pay the rest",
    give_back: "Cancel this payment",
    give_back_sure: "All that you have paid is given back to you, and your basket stays open.",
    give_back_button: "Yes, give it all back",
    giving_back: "Take your money back at the card terminal",
    giving_back_text: "Present the same card: the amount goes back to it.",
    given_back: "What was given back to you",
    back_to: "back to:",
    back_to_credit: "back to your store credit",
    back_by_staff: "given back by a member of our team",
    by_card: "Card",
    by_meal_voucher: "Meal vouchers",
    by_store_credit: "Store credit",
    give_back_by_hand: "A member of our team gives you back:",
    give_back_unknown: "We do not know whether this was given back to you:",
    no_code: "An article without a barcode",
    products: "Choose an article",
    search_label: "Name of the article",
    search_button: "Search",
    nothing_found: "No article has this name.",
    others: "Others",
    weigh: "Weigh this article",
    weight_label: "Gross weight in grams",
    tare_label: "Tare (container) in grams",
    read_scale: "Read the scale",
    back: "Back to the basket",
    tare: "tare taken off",
    prior_price: "lowest price of the last 30 days:",
    unknown_codes: "Codes to be checked",
    unknown_text: "Go on shopping: a member of our team checks them before you pay.",
    staff_product: "Code of the article",
    staff_grams: "Net weight in grams, if nothing says it",
    staff_resolve: "It is this article",
    meal_vouchers: "Payable with meal vouchers:",
    deposits: "Deposits included:",
    bag_question: "Would you like a bag?",
    bag_none: "No, thank you",
    empties_label: "Code of an empty to give back",
    empties_button: "Give back",
    not_my_card: "This is not my card",
    confirm: "Confirm",
    to_receive: "To be received at the desk:",
    give_up: "Give up my purchases",
    give_up_sure: "Your basket will be emptied.",
    give_up_button: "Yes, give everything up",
    go_on: "Go on shopping",
    starting: "One moment",
    starting_text: "The till goes on where it was.",
    paying: "Follow the instructions of the card terminal",
    paying_text: "Hold your card against it or insert it. To give up, press the red key of the terminal.",
    telling_taken: "Payment accepted",
    telling_not_taken: "One moment",
    telling_text: "We are writing it down. Please do not leave yet.",
    attendant: "Somebody is coming",
    attendant_text: "Do not pay a second time. Show this screen to a member of our staff.",
    asked_at: "Asked of the card terminal at",
    payment_unknown: "We do not know whether your payment went through.",
    voucher_refused: "Your card is a meal voucher card: it cannot pay as much. What it paid is given back to you.",
    sale_refused: "Your payment went through, but the sale could not be written down.",
    staff_only: "Staff only",
    staff_code: "Staff code",
    staff_last4: "Last four digits of the card",
    staff_slip: "By the merchant’s slip",
    staff_authorisation: "Authorisation number (NUM AUTO), if there is one",
    staff_brand: "Kind of card, if it is readable",
    staff_amount: "Amount on the merchant’s slip, in euros",
    staff_paid: "The shopper has paid",
    staff_not_paid: "Nothing was paid",
    staff_given_back: "The money was given back",
    staff_try_again: "Check again",
    thanks: "Thank you!",
    paid: "Paid",
    ticket: "Ticket no.",
    ticket_mailed: "Your receipt and your card slip are on their way to your mailbox.",
    ticket_mailed_there: "Your receipt and card slip arrive at the address you typed, which is erased afterwards.",
    ticket_behind_code: "Scan this code with your phone: your receipt can be read there for 30 days.",
    ticket_on_paper: "Your receipt is printed.",
    ticket_not_wanted: "No receipt, as you wished.",
    ticket_not_mailed: "Please ask at the desk if you would like your receipt.",
    code_label: "Code that opens your receipt on your phone",
    print: "Print the receipt",
    print_slip: "Print this card slip",
    slip_seen: "Read, take it off the screen",
    receipt_question: "How would you like your receipt?",
    receipt_card_email: "To the e-mail address of my card",
    receipt_qr: "By QR code on the screen",
    receipt_qr_hint: "without giving an address, readable for 30 days",
    receipt_email: "To an e-mail address that I type",
    receipt_paper: "Printed",
    receipt_none: "No receipt",
    receipt_paper_at_desk: "You prefer paper? The desk prints it.",
    receipt_notice: "Except where the law says otherwise, receipts and card slips are printed only at your request, and the electronic form may not be imposed on you (article L. 541-15-10 of the French environmental code).",
    email_title: "Your e-mail address",
    email_label: "E-mail address for this receipt",
    email_go_on: "Continue",
    email_use: "It is used to send this receipt and for nothing else: it is erased after sending, at once if you give up, and after 72 hours at the latest, for instance if you put your basket on hold and do not come back.",
    email_back: "Choose another way",
    email_confirm: "Is this the right address?",
    email_meant: "Did you mean:",
    email_as_typed: "No, it is",
    email_right: "Yes, pay",
    email_again: "Correct the address",
    next: "Next shopper",
    help: "Call somebody",
    help_comes: "Somebody of the team has been told.",
    help_withdraw: "No longer needed",
    gives_up_in: "Your basket will be emptied in",
    seconds: "seconds",
    approval_waits: "Somebody of the team has been told and checks your age before payment.",
    from_age: "from",
    years: "years",
    audit_waits: "Your basket was drawn: somebody of the team checks some articles before payment.",
    audits_happen: "Some baskets are drawn and checked before payment.",
    audit_title: "Check of the basket",
    audit_open: "Staff only: scan again",
    audit_scan: "Item to scan again",
    audit_scanned: "scanned again",
    audit_end: "End the check",
    audit_found: "Check: in the basket",
    audit_missing: "not in the basket",
    audit_left: "not checked",
    mute: "Mute sounds",
    unmute: "Turn sounds on",
    cue_added: "Added",
    cue_removed: "Removed",
    cue_alert: "Please read",
    cue_paid: "Paid",
    suspend: "Put my basket on hold",
    suspended: "Your basket is on hold",
    suspended_text: "Note this code: it brings your basket back at any till of this shop. Your member card does too, if you have shown it.",
    suspended_until: "Your basket is kept until the shop’s day ends.",
    suspended_noted: "I have noted the code",
    resume: "Resume my shopping",
    resume_text: "Type the code that you noted, or scan your member card.",
    resume_label: "Code of your basket",
    resume_button: "Resume",
    resume_keys: "Keys",
    resume_erase: "Erase",
    resume_leave: "Back",
    keyboard: "Keyboard",
    key_done: "Done",
    key_space: "Space",
    key_capitals: "Capitals",
    key_signs: "@ at|. dot|- hyphen|_ underscore|+ plus|, comma|' apostrophe",
    locked: "Till closed",
    locked_text: "This till is closed. Another one gladly serves you.",
    for_staff: "For the team",
    training: "TRAINING — not a valid receipt",
    training_label: "Training",
    training_paying: "Training: simulated payment",
    training_paying_text: "No card terminal is asked and nobody pays. Choose what it would answer; after a few seconds the card is accepted.",
    training_accepted: "Card accepted",
    training_refused: "Card refused",
    training_not_sent: "In training nothing is sent: outside training the receipt and the card slip would leave by e-mail now.",
};

pub(super) fn notice(notice: Notice) -> &'static str {
    match notice {
        Notice::Refused(refusal) => refused(refusal),
        Notice::NoAnswer => "The till does not answer. Check your basket, then try again.",
        Notice::Busy => "One moment: the till is busy.",
        Notice::NeedsAttendant => "A member of staff has to look first.",
        Notice::NoBasket => "Scan an item first.",
        Notice::NotACard => "This is not a member card.",
        Notice::CodeKept => "This code is not known. Go on: a member of our team will check it.",
        Notice::NoWeight => "The scale gave no weight. Please type it.",
        Notice::BasketChanged => "Your basket has changed. Check it before you pay.",
        Notice::PresentCardAgain => "Present your member card once more.",
        Notice::NotPaid(cause) => not_paid(cause),
        Notice::PaymentUnknown => "We do not know whether your payment went through.",
        Notice::PartPaid => "A part is paid already: pay the rest, or ask for it back.",
        Notice::NotAnAmount => "This amount is not possible. Please check it.",
        Notice::GivenBackByHand => "A member of our team gives you the money back.",
        Notice::GiveBackUnknown => "We do not know whether the money was given back to you.",
        Notice::TakenAfterAll => {
            "The card terminal says now that your card was charged. Do not pay again: somebody is coming."
        }
        Notice::Refund(refund) => refund::english(refund),
        Notice::SaleRefused => "The sale could not be written down.",
        Notice::WrongAttendantCode => "This code is not valid, or not now.",
        Notice::NotFourDigits => "Four digits are expected.",
        Notice::NotAnAuthorisation => {
            "An authorisation number has ten letters and digits at most, without blanks."
        }
        Notice::UnknownBrand => "This kind of card is not known.",
        Notice::OtherAmount => {
            "The amount on the merchant’s slip must be the one that was asked. Check that it is the right slip."
        }
        Notice::CardNumberTyped => {
            "Never type a whole card number: only its last four digits. Nothing was kept."
        }
        Notice::NotOffered => "This till does not offer that. Please ask at the desk.",
        Notice::NotAnAddress => "This is not an e-mail address. Please check it.",
        Notice::AddressNotKept => "E-mail is not possible at the moment. Choose the QR code or paper.",
        Notice::Printing => "Your ticket is being printed.",
        Notice::Printed => "Please take your receipt.",
        Notice::NotPrinted(failure) => not_printed(failure),
        Notice::SlipNotPrinted(failure) => slip::english(failure),
        Notice::StillThere => "Are you still there? Without an answer your basket will be emptied.",
        Notice::NoteTheCode => "Note the code first, then touch the button.",
        Notice::NotACode => "This is not a code of a basket: it has eight letters and digits.",
        Notice::FinishFirst => "Pay this basket or put it on hold first.",
        Notice::Locked => "This till is closed.",
        Notice::Closed => "This till is closed for the moment. Another one serves you.",
        Notice::Approved => "You can pay now: the check is done.",
        Notice::GoodsTakenOut => "The goods that are kept for older shoppers were taken out.",
        Notice::CodeSettled => "Somebody of the team has checked a code.",
        Notice::Checked => "The check is done: you can pay now.",
        Notice::NotUnderstood => "That was not understood. Please try again.",
        Notice::Stopping => "The till is stopping.",
    }
}

fn not_paid(cause: NotTaken) -> &'static str {
    match cause {
        NotTaken::Refused => "The payment is refused. Nothing was taken. You may try again.",
        NotTaken::Abandoned => "The payment was given up. Nothing was taken.",
        NotTaken::TimedOut => "No card was presented in time. Nothing was taken.",
        NotTaken::NotDone => "The payment did not happen. Nothing was taken. You may try again.",
        NotTaken::Unreachable => "The card terminal does not answer. Nothing was taken.",
        NotTaken::SettledByStaff => "Nothing was paid. You may try again.",
        NotTaken::GivenBack => "All was given back to you. Your basket is still here.",
    }
}

fn not_printed(failure: PrinterFailure) -> &'static str {
    match failure {
        PrinterFailure::PaperEnd => "The printer is out of paper. The desk prints your receipt.",
        PrinterFailure::CoverOpen => "The cover of the printer is open. The desk prints your receipt.",
        PrinterFailure::Silent | PrinterFailure::Fault => {
            "The printer does not answer. The desk prints your receipt."
        }
    }
}

fn refused(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::UnknownCode => "This item is not known. Please ask for help.",
        Refusal::BadCheckDigit => "The code was misread. Scan it once more.",
        Refusal::UnreadableCode | Refusal::NothingScanned => {
            "This code cannot be read here. Scan another one, or ask for help."
        }
        Refusal::MemberCard => "This is a member’s card: scan it by itself.",
        Refusal::LabelMismatch => "The label does not fit this item. Please ask for help.",
        Refusal::ZeroMeasure => "The label says zero. Weigh it once more, or ask for help.",
        Refusal::NoPrice => "This item has no price. Please ask for help.",
        Refusal::BasketFull => "Your basket is full.",
        Refusal::BasketEmpty => "Your basket is empty.",
        Refusal::QuantityOutOfRange => {
            "This quantity is not possible. Items sold by weight have to be weighed."
        }
        Refusal::CodesUnresolved => "A code waits to be checked. Please ask for help.",
        Refusal::Recalled => "This article is recalled and cannot be sold. Please give it to our team.",
        Refusal::Expired => "This article is past its date and cannot be sold.",
        Refusal::NotSoldNow => {
            "At this hour this item, or one in the basket, cannot be sold. Take it out and give it to our team."
        }
        Refusal::DepositLimit => {
            "This basket has given back as many deposits as it may. Please ask at the desk."
        }
        Refusal::NotADeposit => "There is no deposit on this.",
        Refusal::DiscountUsedUp => "A discount is used up. Please check the new total.",
        Refusal::ApprovalNeeded => "Somebody of the team has to check your age first. They have been told.",
        Refusal::AuditNeeded => "Your basket was drawn: somebody of the team checks it. They have been told.",
        Refusal::TooManyCards => {
            "Too many unknown cards in a row. Wait ten seconds, or go on without a card."
        }
        Refusal::TillLocked => "This till is closed.",
        Refusal::NothingSuspended => "No basket of this shop is on hold under this code or card.",
        Refusal::TooManyGuesses => "Too many tries. Wait a minute, or go to another till.",
        Refusal::BasketSuspended | Refusal::BasketMoved => {
            "This basket is on hold, or goes on at another till."
        }
        Refusal::TillCloned => "This till is closed: its disk is a copy.",
        Refusal::TillClaimedElsewhere => "This till is closed: another machine has taken its place.",
        Refusal::UnknownLine => "This item is no longer in the basket.",
        Refusal::UnknownCard => "This card is not known. Please ask at the desk.",
        Refusal::UnknownDiscount => "This discount code is not valid now.",
        Refusal::NoStoreCredit => "Your store credit is not, or no longer, enough. Nothing of it was taken.",
        Refusal::MealVoucherLimit => "Meal vouchers cannot pay so much of this basket.",
        Refusal::BasketClosed
        | Refusal::BasketFrozen
        | Refusal::BasketNotFrozen
        | Refusal::BasketVersionStale
        | Refusal::AmountMismatch
        | Refusal::PaymentNeeded
        | Refusal::TenderTooLarge
        | Refusal::TooManyTenders
        | Refusal::TendersHeld
        | Refusal::Refund(_)
        | Refusal::RequestIdReused
        | Refusal::NotFound
        | Refusal::InvalidField
        | Refusal::Other => "This is not possible. Please ask for help.",
    }
}

pub(super) const fn closed(closure: Closure) -> &'static str {
    match closure {
        Closure::Findings => "Another till gladly serves you. This one opens again by itself.",
        Closure::NoCheckout => "The till waits for the shop’s server. It starts by itself once that answers.",
        Closure::Claimed(Refusal::TillCloned) => {
            "The disk of this machine is a copy: another machine works under the name of this till. Switch off \
             the one of the two that must not sell, then call the office."
        }
        Closure::Claimed(_) => {
            "Another machine works under the name of this till. Switch off the one of the two that must not \
             sell; if this one replaces it, call the office."
        }
    }
}

pub(super) const fn finding(finding: TillFinding) -> &'static str {
    match finding {
        TillFinding::CardTerminalSilent => {
            "The card terminal does not answer: see that it is switched on and connected."
        }
        TillFinding::CardTerminalNotReady => "The card terminal is not ready: look at its screen.",
        TillFinding::PrinterSilent => {
            "The printer does not answer: see that it is switched on and connected."
        }
        TillFinding::PrinterPaperEnd => "The printer is out of paper: change the roll.",
        TillFinding::PrinterCoverOpen => "The cover of the printer is open: close it.",
        TillFinding::PrinterFault => "The printer is out of order: switch it off and on again.",
        TillFinding::ScaleSilent => "The scale does not answer: see that it is switched on and connected.",
        TillFinding::ClockWrong => "The time of the till is not that of the shop: call the office.",
        TillFinding::DiskFull => "The disk of the till is full: call the office.",
        TillFinding::CertificateEnds => {
            "The certificate of the till ends in less than two weeks: call the office."
        }
        TillFinding::TicketUnprinted => "A ticket that was wanted on paper was not printed.",
        TillFinding::ClaimedTwice => "Another machine wants to be this till: call the office.",
        TillFinding::Unspecified => "Something is wrong: call the office.",
    }
}
