//! The history of a basket: every move and every edit, also of lines that are gone from the screen. Nobody is named.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, RawQuery, State},
    response::Response,
};
use proto::checkout::v1::{
    BasketState, EditAuthor, EditKind, KeptEdit, ListBasketEditsRequest, ListBasketEditsResponse,
    ReceiptChoice,
};

use super::{Page, form::Fields, places, render, show};
use crate::{
    app::{App, as_staff},
    error::Refused,
    session::Session,
    text::Lang,
};

/// As many facts stand on one page.
const MOST_FACTS: i32 = 100;

#[derive(Template)]
#[template(path = "history.html")]
struct HistoryPage {
    page: Page,
    basket_id: String,
    state: &'static str,
    /// Nothing in it was sold: it was practised.
    training: bool,
    conditions: Vec<&'static str>,
    till: String,
    opened: String,
    facts: Vec<Fact>,
    /// Where to go on; empty at the end.
    next: String,
    is_first: bool,
}

struct Fact {
    number: i64,
    time: String,
    till: String,
    author: &'static str,
    what: String,
}

pub async fn page(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
    Path(basket_id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let after = Fields::of_query(query.as_deref()).text("after");
    let is_first = after.is_empty();
    let request =
        ListBasketEditsRequest { basket_id: basket_id.clone(), page_size: MOST_FACTS, page_token: after };
    let answer = app.checkout_of(&session).attendance.list_basket_edits(as_staff(&session, request)).await;
    let kept = answer.map_err(Refused::by(lang))?.into_inner();
    let zone = places::zone(&app, &session.account.store_code).await;
    let title = lang.say("Historique d’un panier", "History of a basket");
    Ok(render(&HistoryPage {
        page: Page::of(&session, lang, title).at("/tills"),
        state: state(kept.state(), lang),
        training: kept.training,
        conditions: conditions(&kept, lang),
        opened: show::moment(kept.opened_time, &zone, lang),
        facts: kept.edits.into_iter().map(|edit| Fact::of(edit, &zone, lang)).collect(),
        till: kept.terminal_code,
        next: kept.next_page_token,
        basket_id,
        is_first,
    }))
}

fn state(state: BasketState, lang: Lang) -> &'static str {
    match state {
        BasketState::Open => lang.say("en cours d’achat", "shopping"),
        BasketState::Frozen => lang.say("paiement demandé", "payment requested"),
        BasketState::Suspended => lang.say("en attente de son client", "waits for its shopper"),
        BasketState::Paid => lang.say("payé", "paid"),
        BasketState::Abandoned => lang.say("abandonné", "abandoned"),
        BasketState::Cancelled => lang.say("annulé par le client", "given up by the shopper"),
        BasketState::Unspecified => lang.say("inconnu", "unknown"),
    }
}

fn conditions(kept: &ListBasketEditsResponse, lang: Lang) -> Vec<&'static str> {
    let member = kept.member_identified.then(|| lang.say("carte présentée", "card shown"));
    let audit = kept.audit_waits.then(|| lang.say("contrôle en attente", "drawn for a check"));
    member.into_iter().chain(audit).collect()
}

impl Fact {
    fn of(edit: KeptEdit, zone: &str, lang: Lang) -> Self {
        Self {
            number: edit.number,
            time: show::moment_with_seconds(edit.edit_time, zone, lang),
            author: match edit.author() {
                EditAuthor::Till => lang.say("client", "shopper"),
                EditAuthor::Attendant => lang.say("équipe", "staff"),
                EditAuthor::Checkout => lang.say("automatique", "automatic"),
                EditAuthor::Unspecified => "",
            },
            what: what(&edit, lang),
            till: edit.terminal_code,
        }
    }
}

/// What was done, with what it was done to.
fn what(edit: &KeptEdit, lang: Lang) -> String {
    let detail = match edit.kind() {
        EditKind::BeginPayment | EditKind::TakeTender | EditKind::ReturnTender | EditKind::Suspend => {
            show::amount(edit.total_minor)
        }
        EditKind::Approve => match lang {
            Lang::French => format!("jusqu’à {} ans", edit.minimum_age),
            Lang::English => format!("up to {} years", edit.minimum_age),
        },
        EditKind::EndAudit if edit.clean => lang.say("conforme", "as scanned").to_owned(),
        EditKind::EndAudit => lang.say("écart constaté", "not as scanned").to_owned(),
        EditKind::AbandonPayment => outcome(&edit.outcome, lang).to_owned(),
        EditKind::ChooseReceipt => receipt(edit.receipt_choice(), lang).to_owned(),
        _ if edit.label.is_empty() => show::goods(&edit.goods),
        _ => edit.label.clone(),
    };
    let verb = verb(edit.kind(), lang);
    if detail.is_empty() { verb.to_owned() } else { format!("{verb}{} {detail}", lang.say("\u{a0}:", ":")) }
}

fn verb(kind: EditKind, lang: Lang) -> &'static str {
    match kind {
        EditKind::Unspecified => lang.say("Autre", "Other"),
        EditKind::Scan => lang.say("Article scanné", "Item scanned"),
        EditKind::ScanUnknown => lang.say("Code inconnu scanné", "Unknown code scanned"),
        EditKind::Resolve => lang.say("Code inconnu identifié", "Unknown code identified"),
        EditKind::ReturnDeposit => lang.say("Consigne rendue", "Deposit given back"),
        EditKind::SetQuantity => lang.say("Quantité changée", "Quantity changed"),
        EditKind::Remove => lang.say("Article retiré", "Item taken out"),
        EditKind::Identify => lang.say("Carte de fidélité présentée", "Member card shown"),
        EditKind::Unidentify => lang.say("Carte de fidélité retirée", "Member card taken back"),
        EditKind::ClaimDiscount => lang.say("Remise demandée", "Discount asked for"),
        EditKind::WithdrawOffer => lang.say("Remise épuisée", "Discount used up"),
        EditKind::ChooseReceipt => lang.say("Ticket souhaité", "Receipt wanted"),
        EditKind::BeginPayment => lang.say("Paiement demandé", "Payment requested"),
        EditKind::TakeTender => lang.say("Payé en partie", "Paid in part"),
        EditKind::ReturnTender => lang.say("Rendu", "Given back"),
        EditKind::AbandonPayment => lang.say("Paiement non abouti", "Payment not made"),
        EditKind::Approve => lang.say("Âge vérifié", "Age checked"),
        EditKind::RefuseGoods => lang.say("Articles refusés et retirés", "Items refused and taken out"),
        EditKind::BeginAudit => lang.say("Tiré au sort pour un contrôle", "Drawn for a check"),
        EditKind::EndAudit => lang.say("Contrôle terminé", "Check done"),
        EditKind::Suspend => lang.say("Mis en attente", "Put on hold"),
        EditKind::Resume => lang.say("Repris", "Resumed"),
        EditKind::Pay => lang.say("Payé", "Paid"),
        EditKind::Cancel => lang.say("Annulé par le client", "Given up by the shopper"),
        EditKind::Abandon => {
            lang.say("Abandonné\u{a0}: plus personne à la caisse", "Abandoned: nobody was there")
        }
        EditKind::Expire => lang.say(
            "Abandonné\u{a0}: personne n’est revenu avant la fin de la journée",
            "Abandoned: nobody came back before the end of the day",
        ),
    }
}

fn outcome(word: &str, lang: Lang) -> &'static str {
    match word {
        "REFUSED" => lang.say("carte refusée", "card refused"),
        "ABANDONED" => lang.say("abandonné par le client", "given up by the shopper"),
        "TIMED_OUT" => lang.say("aucune carte présentée", "no card was shown"),
        _ => "",
    }
}

fn receipt(choice: ReceiptChoice, lang: Lang) -> &'static str {
    match choice {
        ReceiptChoice::Unspecified => "",
        ReceiptChoice::CardEmail => lang.say("e-mail de la carte", "e-mail of the card"),
        ReceiptChoice::TypedEmail => lang.say("e-mail saisi", "typed e-mail"),
        ReceiptChoice::Qr => lang.say("code à l’écran", "code on the screen"),
        ReceiptChoice::Paper => lang.say("papier", "paper"),
        ReceiptChoice::None => lang.say("aucun", "none"),
    }
}

#[cfg(test)]
mod tests {
    use proto::checkout::v1::AuditedGoods;

    use super::*;

    #[test]
    fn a_fact_is_a_sentence_that_a_person_understands() {
        let jam = AuditedGoods { name: "Confiture".to_owned(), quantity_milli: 2_000, by_weight: false };
        let removed = KeptEdit { kind: EditKind::Remove.into(), goods: vec![jam], ..KeptEdit::default() };
        assert_eq!(what(&removed, Lang::French), "Article retiré\u{a0}: Confiture ×\u{202f}2");
        let approved = KeptEdit { kind: EditKind::Approve.into(), minimum_age: 18, ..KeptEdit::default() };
        assert_eq!(what(&approved, Lang::English), "Age checked: up to 18 years");
        let resumed = KeptEdit { kind: EditKind::Resume.into(), ..KeptEdit::default() };
        assert_eq!(what(&resumed, Lang::French), "Repris");
    }

    #[test]
    fn every_edit_has_its_own_words_in_both_languages() {
        let mut said = std::collections::BTreeSet::new();
        let kinds = (0..).map_while(|number| EditKind::try_from(number).ok());
        let mut count = 0;
        for kind in kinds {
            count += 1;
            assert!(said.insert(verb(kind, Lang::French)), "{kind:?}");
            assert_ne!(verb(kind, Lang::French), verb(kind, Lang::English), "{kind:?}");
        }
        assert!(count > 20);
    }
}
