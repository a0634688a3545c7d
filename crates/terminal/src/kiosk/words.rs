//! What the page says, in French first and in English.

use std::borrow::Cow;

use axum::http::{HeaderMap, header::ACCEPT_LANGUAGE};
use caisse_ap::Complement;
use money::{Cents, Quantity};

use crate::till::{Notice, RefundNotice};

mod english;
mod french;
pub(super) mod refund;
mod slip;

/// What is said about a command, an amount in it or not.
pub(super) type Said = Cow<'static, str>;

/// A language of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
pub(super) enum Language {
    #[serde(rename = "fr")]
    French,
    #[serde(rename = "en")]
    English,
}

impl From<Language> for crate::receipt::Language {
    fn from(language: Language) -> Self {
        match language {
            Language::French => Self::French,
            Language::English => Self::English,
        }
    }
}

/// The words of one language.
#[derive(Debug)]
pub(super) struct Words {
    pub lang: &'static str,
    pub till: &'static str,
    pub other_lang: &'static str,
    pub other_name: &'static str,
    pub welcome: &'static str,
    pub first_scan: &'static str,
    pub scan_label: &'static str,
    pub scan_button: &'static str,
    pub your_basket: &'static str,
    pub article: &'static str,
    pub quantity: &'static str,
    pub amount: &'static str,
    pub nothing_yet: &'static str,
    pub one_more: &'static str,
    pub one_less: &'static str,
    pub remove: &'static str,
    pub total: &'static str,
    pub articles: &'static str,
    pub saved: &'static str,
    pub hello: &'static str,
    pub member_known: &'static str,
    pub card_label: &'static str,
    pub card_button: &'static str,
    pub discount_label: &'static str,
    pub discount_button: &'static str,
    pub claimed: &'static str,
    pub pay: &'static str,
    pub card_slip: &'static str,
    pub pay_otherwise: &'static str,
    pub means_question: &'static str,
    pub pay_card: &'static str,
    pub pay_part: &'static str,
    pub pay_this: &'static str,
    pub pay_meal_voucher: &'static str,
    pub pay_store_credit: &'static str,
    pub store_credit_balance: &'static str,
    pub held: &'static str,
    pub held_paid: &'static str,
    pub pay_the_rest: &'static str,
    pub give_back: &'static str,
    pub give_back_sure: &'static str,
    pub give_back_button: &'static str,
    pub giving_back: &'static str,
    pub giving_back_text: &'static str,
    pub given_back: &'static str,
    pub back_to: &'static str,
    pub back_to_credit: &'static str,
    pub back_by_staff: &'static str,
    pub by_card: &'static str,
    pub by_meal_voucher: &'static str,
    pub by_store_credit: &'static str,
    pub give_back_by_hand: &'static str,
    pub give_back_unknown: &'static str,
    pub no_code: &'static str,
    pub products: &'static str,
    pub search_label: &'static str,
    pub search_button: &'static str,
    pub nothing_found: &'static str,
    pub others: &'static str,
    pub weigh: &'static str,
    pub weight_label: &'static str,
    pub tare_label: &'static str,
    pub read_scale: &'static str,
    pub back: &'static str,
    pub tare: &'static str,
    pub prior_price: &'static str,
    pub unknown_codes: &'static str,
    pub unknown_text: &'static str,
    pub staff_product: &'static str,
    pub staff_grams: &'static str,
    pub staff_resolve: &'static str,
    pub meal_vouchers: &'static str,
    pub deposits: &'static str,
    pub bag_question: &'static str,
    pub bag_none: &'static str,
    pub empties_label: &'static str,
    pub empties_button: &'static str,
    pub not_my_card: &'static str,
    pub confirm: &'static str,
    pub to_receive: &'static str,
    pub give_up: &'static str,
    pub give_up_sure: &'static str,
    pub give_up_button: &'static str,
    pub go_on: &'static str,
    pub starting: &'static str,
    pub starting_text: &'static str,
    pub paying: &'static str,
    pub paying_text: &'static str,
    pub telling_taken: &'static str,
    pub telling_not_taken: &'static str,
    pub telling_text: &'static str,
    pub attendant: &'static str,
    pub attendant_text: &'static str,
    pub asked_at: &'static str,
    pub payment_unknown: &'static str,
    pub voucher_refused: &'static str,
    pub sale_refused: &'static str,
    pub staff_only: &'static str,
    pub staff_code: &'static str,
    pub staff_last4: &'static str,
    pub staff_slip: &'static str,
    pub staff_authorisation: &'static str,
    pub staff_brand: &'static str,
    pub staff_amount: &'static str,
    pub staff_paid: &'static str,
    pub staff_not_paid: &'static str,
    pub staff_given_back: &'static str,
    pub staff_try_again: &'static str,
    pub thanks: &'static str,
    pub paid: &'static str,
    pub ticket: &'static str,
    pub ticket_mailed: &'static str,
    pub ticket_mailed_there: &'static str,
    pub ticket_behind_code: &'static str,
    pub ticket_on_paper: &'static str,
    pub ticket_not_wanted: &'static str,
    pub ticket_not_mailed: &'static str,
    pub code_label: &'static str,
    pub print: &'static str,
    pub print_slip: &'static str,
    pub slip_seen: &'static str,
    pub receipt_question: &'static str,
    pub receipt_card_email: &'static str,
    pub receipt_qr: &'static str,
    pub receipt_qr_hint: &'static str,
    pub receipt_email: &'static str,
    pub receipt_paper: &'static str,
    pub receipt_none: &'static str,
    pub receipt_paper_at_desk: &'static str,
    pub receipt_notice: &'static str,
    pub email_title: &'static str,
    pub email_label: &'static str,
    pub email_go_on: &'static str,
    pub email_use: &'static str,
    pub email_back: &'static str,
    pub email_confirm: &'static str,
    pub email_meant: &'static str,
    pub email_as_typed: &'static str,
    pub email_right: &'static str,
    pub email_again: &'static str,
    pub next: &'static str,
    pub help: &'static str,
    pub help_comes: &'static str,
    pub help_withdraw: &'static str,
    pub gives_up_in: &'static str,
    pub seconds: &'static str,
    pub approval_waits: &'static str,
    pub from_age: &'static str,
    pub years: &'static str,
    pub audit_waits: &'static str,
    pub audits_happen: &'static str,
    pub audit_title: &'static str,
    pub audit_open: &'static str,
    pub audit_scan: &'static str,
    pub audit_scanned: &'static str,
    pub audit_end: &'static str,
    pub audit_found: &'static str,
    pub audit_missing: &'static str,
    pub audit_left: &'static str,
    pub mute: &'static str,
    pub unmute: &'static str,
    pub cue_added: &'static str,
    pub cue_removed: &'static str,
    pub cue_alert: &'static str,
    pub cue_paid: &'static str,
    pub suspend: &'static str,
    pub suspended: &'static str,
    pub suspended_text: &'static str,
    pub suspended_until: &'static str,
    pub suspended_noted: &'static str,
    pub resume: &'static str,
    pub resume_text: &'static str,
    pub resume_label: &'static str,
    pub resume_button: &'static str,
    pub resume_keys: &'static str,
    pub resume_erase: &'static str,
    pub resume_leave: &'static str,
    pub keyboard: &'static str,
    pub key_done: &'static str,
    pub key_space: &'static str,
    pub key_capitals: &'static str,
    /// Each sign with its name, for the ear.
    pub key_signs: &'static str,
    pub locked: &'static str,
    pub locked_text: &'static str,
    pub for_staff: &'static str,
    pub training: &'static str,
    pub training_label: &'static str,
    pub training_paying: &'static str,
    pub training_paying_text: &'static str,
    pub training_accepted: &'static str,
    pub training_refused: &'static str,
    pub training_not_sent: &'static str,
}

impl Language {
    /// The language a browser prefers; French, when it has no preference between the two.
    pub(super) fn preferred(headers: &HeaderMap) -> Self {
        let text = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let weight = |wanted: &str| text.split(',').filter_map(|entry| weight_of(entry, wanted)).max();
        if weight("en") > weight("fr") { Self::English } else { Self::French }
    }

    pub(super) const fn words(self) -> &'static Words {
        match self {
            Self::French => &french::WORDS,
            Self::English => &english::WORDS,
        }
    }

    /// How the ticket is given; in training, how it would be.
    pub(super) const fn given(self, given: crate::till::Given, training: bool) -> &'static str {
        use crate::till::Given;
        let words = self.words();
        match given {
            Given::CardEmail | Given::TypedEmail if training => words.training_not_sent,
            Given::CardEmail => words.ticket_mailed,
            Given::TypedEmail => words.ticket_mailed_there,
            Given::Qr(_) => words.ticket_behind_code,
            Given::Paper => words.ticket_on_paper,
            Given::Nothing => words.ticket_not_wanted,
            Given::AtDesk => words.ticket_not_mailed,
        }
    }

    /// What is to be said about a command.
    pub(super) fn notice(self, notice: Notice) -> Said {
        let said = match self {
            Self::French => french::notice(notice),
            Self::English => english::notice(notice),
        };
        match notice {
            Notice::Refund(RefundNotice::RestByHand { by_hand_minor }) => {
                Cow::Owned(format!("{said} {}", self.money(by_hand_minor)))
            }
            _ => Cow::Borrowed(said),
        }
    }

    /// Why nobody can be served.
    pub(super) const fn closed(self, closure: crate::till::Closure) -> &'static str {
        match self {
            Self::French => french::closed(closure),
            Self::English => english::closed(closure),
        }
    }

    /// What is wrong with the till, for whoever can mend it.
    pub(super) const fn finding(self, finding: proto::checkout::v1::TillFinding) -> &'static str {
        match self {
            Self::French => french::finding(finding),
            Self::English => english::finding(finding),
        }
    }

    /// The card terminal's own reason.
    pub(super) fn reason(self, complement: Complement) -> &'static str {
        match self {
            Self::French => complement.french(),
            Self::English => complement.english(),
        }
    }

    pub(super) fn money(self, minor: i64) -> String {
        match self {
            Self::French => Cents::new(minor).french(),
            Self::English if minor < 0 => format!("-€{}", Cents::new(-minor).plain()),
            Self::English => format!("€{}", Cents::new(minor).plain()),
        }
    }

    /// So many tenths of a percent less.
    pub(super) fn off(self, tenths: i64) -> String {
        let (whole, tenth) = (tenths / 10, tenths % 10);
        let (point, space) = if self == Self::French { (',', "\u{202f}") } else { ('.', "") };
        match tenth {
            0 => format!("−{whole}{space}%"),
            tenth => format!("−{whole}{point}{tenth}{space}%"),
        }
    }

    /// The measure that prices are compared by.
    pub(super) fn measure(self, measure: &str) -> &'static str {
        match (measure, self) {
            ("kg", _) => "kg",
            ("l", _) => "l",
            (_, Self::French) => "pièce",
            (_, Self::English) => "piece",
        }
    }

    pub(super) fn weight(self, milli: i64) -> String {
        match self {
            Self::French => Quantity::grams(milli).french_weight(),
            Self::English => format!("{}.{:03}\u{202f}kg", milli / 1_000, milli % 1_000),
        }
    }
}

/// The weight of an entry of `Accept-Language` in thousandths, if it is of the language.
fn weight_of(entry: &str, wanted: &str) -> Option<i64> {
    let mut parts = entry.trim().split(';');
    let language = parts.next()?.split('-').next()?;
    if !language.eq_ignore_ascii_case(wanted) {
        return None;
    }
    let weight = parts.find_map(|part| part.trim().strip_prefix("q="));
    weight.map_or(Some(1_000), |weight| Quantity::parse(weight).ok().map(Quantity::get))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preferred(text: &str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, text.parse().unwrap());
        Language::preferred(&headers)
    }

    #[test]
    fn the_browser_chooses_between_french_and_english_and_french_is_first() {
        for text in ["fr-FR,fr;q=0.9,en;q=0.8", "de,nl;q=0.5", "", "fr,en", "en;q=0.1,fr;q=0.2", "en;q=x"] {
            assert_eq!(preferred(text), Language::French, "{text}");
        }
        for text in ["en-GB,en;q=0.9,fr;q=0.8", "de,en;q=0.5", "EN"] {
            assert_eq!(preferred(text), Language::English, "{text}");
        }
    }

    #[test]
    fn amounts_are_written_as_each_language_does() {
        assert_eq!(Language::French.money(123_450), "1\u{202f}234,50\u{202f}€");
        assert_eq!(Language::English.money(123_450), "€1234.50");
        assert_eq!(Language::French.weight(350), "0,350\u{202f}kg");
        assert_eq!(Language::English.weight(1_005), "1.005\u{202f}kg");
    }
}
