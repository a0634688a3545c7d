//! Every edit in every state: where it leads, or why it is refused.

use std::collections::BTreeSet;

use super::*;

/// What is done first, so that only the state can keep the edit away, and the edit.
fn sample(word: &str) -> (Vec<Edit>, Edit) {
    let by = Uuid::from_u128(7);
    let till = || "LILLE-01".to_owned();
    let adult =
        || Edit::Scan { item: Box::new(Item { minimum_age: 18, ..item(0) }), quantity: Quantity::ONE };
    let goods = || vec![scan(0, 1_000), scan(1, 1_000)];
    let take = || Edit::TakeTender { given: Box::new(by_card(1, 10)) };
    match word {
        "scan" => (goods(), scan(0, 1_000)),
        "scan_unknown" => (goods(), unknown()),
        "resolve" => {
            (vec![unknown()], Edit::Resolve { line_id: 1, item: Box::new(item(0)), quantity: Quantity::ONE })
        }
        "return_deposit" => (goods(), bring_back(1)),
        "set_quantity" => (goods(), Edit::SetQuantity { line_id: 1, quantity: Quantity::new(2_000) }),
        "remove" => (goods(), Edit::Remove { line_id: 1 }),
        "identify" => (goods(), identify()),
        "unidentify" => (vec![scan(0, 1_000), identify()], Edit::Unidentify),
        "claim_discount" => (goods(), claim(offer("BON", 1_000, "", false))),
        "withdraw_offer" => (goods(), withdraw("BON", None)),
        "choose_receipt" => (
            goods(),
            Edit::ChooseReceipt { receipt: receipt::Receipt::Paper, language: receipt::Language::French },
        ),
        "begin_payment" => (goods(), begin()),
        "take_tender" => ([goods(), vec![begin()]].concat(), take()),
        "return_tender" => {
            let tender_id = TenderId(Uuid::from_u128(1));
            ([goods(), vec![begin(), take()]].concat(), Edit::ReturnTender { tender_id })
        }
        "abandon_payment" => {
            (goods(), Edit::AbandonPayment { outcome: Outcome::Refused, slip_texts: Vec::new() })
        }
        "approve" => (vec![adult()], Edit::Approve { minimum_age: 18, by }),
        "refuse_goods" => (vec![adult()], Edit::RefuseGoods { by }),
        "begin_audit" => (goods(), Edit::BeginAudit { lines: vec![1] }),
        "end_audit" => (
            vec![scan(0, 1_000), Edit::BeginAudit { lines: vec![1] }],
            Edit::EndAudit { clean: true, by: Some(by), recount: None },
        ),
        "suspend" => (goods(), Edit::Suspend { terminal_code: till(), code_sha256: "a".repeat(64) }),
        "resume" => (goods(), Edit::Resume { terminal_code: till() }),
        "pay" => (goods(), Edit::Pay { sale_id: SaleId(Uuid::from_u128(9)) }),
        "cancel" => (goods(), Edit::Cancel),
        "abandon" => (goods(), Edit::Abandon),
        "expire" => (goods(), Edit::Expire),
        word => panic!("no sample of the edit {word}"),
    }
}

/// The state after the edit, or the error; in the order of the states.
fn row(word: &str) -> [Result<State, BasketError>; 6] {
    use BasketError::{Closed, Frozen, NotFrozen, NotSuspended, Suspended};
    let row = |open, frozen, suspended| [open, frozen, suspended, Err(Closed), Err(Closed), Err(Closed)];
    let from_open = |to| row(Ok(to), Err(Frozen), Err(Suspended));
    match word {
        "begin_payment" => from_open(State::Frozen),
        "suspend" => from_open(State::Suspended),
        "abandon" => row(Ok(State::Abandoned), Ok(State::Abandoned), Err(Suspended)),
        "take_tender" | "return_tender" => row(Err(NotFrozen), Ok(State::Frozen), Err(Suspended)),
        "abandon_payment" => row(Err(NotFrozen), Ok(State::Open), Err(Suspended)),
        "pay" => row(Err(NotFrozen), Ok(State::Paid), Err(Suspended)),
        "cancel" => row(Ok(State::Cancelled), Ok(State::Cancelled), Err(Suspended)),
        "resume" => row(Err(NotSuspended), Err(NotSuspended), Ok(State::Open)),
        "expire" => row(Err(NotSuspended), Err(NotSuspended), Ok(State::Abandoned)),
        _ => from_open(State::Open),
    }
}

/// Every edit there is, by the words of the log: no list to be forgotten.
fn words() -> BTreeSet<String> {
    let unknown = serde_json::from_str::<Edit>("{\"edit\":\"\"}").unwrap_err().to_string();
    let (_, listed) = unknown.split_once("expected one of ").unwrap();
    listed.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_edit_in_every_state_leads_where_the_table_says_or_is_refused_by_name() {
    let words = words();
    assert!(words.len() > 20, "{words:?}");
    for word in words {
        let (before, edit) = sample(&word);
        assert_eq!(serde_json::to_value(&edit).unwrap()["edit"], word.as_str());
        let prepared = after(before).unwrap();
        for (state, wanted) in State::ALL.into_iter().zip(row(&word)) {
            let mut basket = Basket { state, ..prepared.clone() };
            let became = basket.apply(&edit).map(|()| basket.state);
            assert_eq!(became, wanted, "{word} of a basket that is {state:?}");
            assert_eq!(wanted.is_ok(), edit.allowed_in().contains(&state), "{word} {state:?}");
            // A closed one is left by nothing.
            assert!(!state.is_closed() || wanted.is_err(), "{word} {state:?}");
        }
    }
}

#[test]
fn nobody_suspends_nothing_and_what_was_suspended_is_the_same_when_it_is_back() {
    let suspend = || Edit::Suspend { terminal_code: "LILLE-01".to_owned(), code_sha256: "a".repeat(64) };
    let resume = || Edit::Resume { terminal_code: "LILLE-02".to_owned() };
    assert_eq!(after([suspend()]), Err(BasketError::Empty));
    let adult = Item { minimum_age: 18, ..item(0) };
    let approved = vec![
        Edit::Scan { item: Box::new(adult), quantity: Quantity::ONE },
        identify(),
        unknown(),
        Edit::Approve { minimum_age: 18, by: Uuid::from_u128(7) },
        Edit::BeginAudit { lines: vec![1] },
    ];
    let before = after(approved.clone()).unwrap();
    let back = after(approved.into_iter().chain([suspend(), resume()])).unwrap();
    assert!(back.audit_waits() && back.approval_needed().is_none());
    assert_eq!(Basket { version: before.version, touched_line: before.touched_line, ..back }, before);
}
