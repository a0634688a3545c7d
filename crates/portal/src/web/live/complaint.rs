//! A complaint among the reviews: what it is about, what was wrong, and what became of the refund.

use askama::Template;
use proto::reviews::v1::Complaint;

use crate::{app::App, session::Session, text::Lang, web::places, web::show};

#[derive(Template)]
#[template(path = "complaint_card.html")]
pub struct ComplaintCard {
    lang: Lang,
    complaint: Complaint,
    products: String,
    bought: String,
    sent: String,
    /// What became of the refund, and whether all is well with it.
    state: &'static str,
    settled: bool,
    /// What was given back; empty for who may not know.
    amount: String,
}

impl ComplaintCard {
    /// A complaint as it is shown.
    pub async fn of(app: &App, session: &Session, lang: Lang, complaint: Complaint) -> Self {
        let zone = places::zone(app, &complaint.store_code).await;
        let products: Vec<&str> =
            complaint.products.iter().map(|product| product.product_name.as_str()).collect();
        let is_known = session.role != platform::Role::Supplier && complaint.state == "refunded";
        Self {
            lang,
            products: products.join(", "),
            bought: show::date(complaint.purchased_time, &zone, lang),
            sent: show::moment(complaint.complained_time, &zone, lang),
            state: state(lang, &complaint),
            settled: complaint.state == "refunded",
            amount: if is_known { show::amount(complaint.amount_minor) } else { String::new() },
            complaint,
        }
    }
}

fn state(lang: Lang, complaint: &Complaint) -> &'static str {
    match (complaint.state.as_str(), complaint.refusal.as_str()) {
        ("asked", _) => lang.say("remboursement demandé", "refund asked for"),
        ("refunded", _) => lang.say("remboursé", "refunded"),
        ("refused", "line_already_refunded") => {
            lang.say("refusé\u{a0}: déjà remboursé", "refused: refunded already")
        }
        ("refused", "refund_period_over") => {
            lang.say("refusé\u{a0}: le délai est passé", "refused: the time is over")
        }
        ("refused", "declined") => {
            lang.say("refusé par une personne du magasin", "refused by somebody of the store")
        }
        ("refused", _) => lang.say("refusé", "refused"),
        _ => "",
    }
}
