//! What the played checkout has in its database, and how it misbehaves.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use platform::status::refusal;
use proto::checkout::v1 as pb;
use tokio::sync::watch;
use tonic::{Code, Status};
use uuid::Uuid;

/// How a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is carried out, and the connection breaks before the answer.
    LoseReply,
    /// It is not carried out: the database is away.
    Unavailable,
    /// It is refused.
    Refuse(&'static str),
}

/// The played database. Clones share it.
#[derive(Clone)]
pub struct Books {
    shelf: Arc<Mutex<Shelf>>,
    calls: watch::Sender<HashMap<&'static str, u32>>,
}

#[derive(Default)]
pub struct Shelf {
    pub baskets: HashMap<String, Kept>,
    pub opened: HashMap<String, String>,
    pub sales: Vec<pb::Ticket>,
    completed: HashMap<String, (Vec<u8>, pb::Ticket)>,
    faults: HashMap<&'static str, VecDeque<Fault>>,
    always: HashMap<&'static str, Fault>,
    pub slips: Vec<String>,
    /// What the shop owes the one member.
    pub store_credit: i64,
    /// How much of each basket may be paid by meal vouchers.
    pub meal_voucher: i64,
    /// The slips of payments that were not made, as the till told them.
    pub unpaid_slips: Vec<String>,
    /// What the till is told that its shelf offers, if checkout answers that at all.
    pub tiles: Option<pb::GetTilesResponse>,
    /// How the ticket is wanted, as each till said it.
    pub choices: Vec<pb::ChooseReceiptRequest>,
    /// The addresses that membership was given.
    pub addresses: Vec<(String, String)>,
    /// The sales of which papers were asked for.
    pub papers: Vec<String>,
    /// What the till is told in answer to its report; its basket's version is added.
    pub orders: pb::ReportTillResponse,
    /// What the till said last of itself.
    pub report: pb::ReportTillRequest,
    /// The suspended baskets, by the hashes of their codes.
    pub suspended: HashMap<String, String>,
    /// What became of each request for one.
    pub resumed: HashMap<String, Option<pb::Basket>>,
    /// Why baskets were given up.
    pub causes: Vec<pb::CancelCause>,
    /// The claims that were granted, each time they were.
    pub claims: Vec<pb::ClaimTillRequest>,
    /// The generations that were said where baskets were opened and payments began.
    pub generations: Vec<i64>,
    /// What of refunds is to be given back, and what tills said of it.
    pub owed: crate::refunds::Owed,
}

/// A basket with all its former states.
pub struct Kept {
    history: Vec<pb::Basket>,
    replies: HashMap<String, (Vec<u8>, pb::Basket)>,
}

impl Books {
    pub fn new() -> Self {
        Self { shelf: Arc::default(), calls: watch::Sender::default() }
    }

    pub fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap()
    }

    /// The next call of this RPC goes wrong.
    pub fn fail_once(&self, rpc: &'static str, fault: Fault) {
        self.shelf().faults.entry(rpc).or_default().push_back(fault);
    }

    /// Every call of this RPC goes wrong, until it is mended.
    pub fn fail_always(&self, rpc: &'static str, fault: Fault) {
        self.shelf().always.insert(rpc, fault);
    }

    pub fn mend(&self) {
        let mut shelf = self.shelf();
        shelf.always.clear();
        shelf.faults.clear();
    }

    /// Notes what a till says of itself, and what it is told.
    pub fn reported(&self, report: pb::ReportTillRequest) -> pb::ReportTillResponse {
        let mut shelf = self.shelf();
        let basket_version = shelf.baskets.get(&report.basket_id).map_or(0, |kept| kept.now().basket_version);
        // A till that says more of its basket than that it scans it has gone on from what waits for a person there; so has one that
        // says another trouble.
        let is_left = |waits: &pb::Intervention| {
            let goes_on = match report.trouble() {
                pb::InterventionKind::Unspecified => {
                    !matches!(report.stage(), pb::TillStage::Starting | pb::TillStage::Scanning)
                }
                _ => report.attempt_id != waits.attempt_id,
            };
            let is_here = waits.basket_id == report.basket_id;
            waits.kind() == pb::InterventionKind::PaymentUnknown && is_here && goes_on
        };
        shelf.orders.waiting.retain(|waits| !is_left(waits));
        shelf.report = report;
        pb::ReportTillResponse { basket_version, ..shelf.orders.clone() }
    }

    /// Grants a claim: a repeat what it was granted before.
    pub fn claimed(&self, claim: pb::ClaimTillRequest) -> i64 {
        let mut shelf = self.shelf();
        shelf.claims.push(claim);
        let mut ids: Vec<&str> = shelf.claims.iter().map(|claim| claim.request_id.as_str()).collect();
        ids.dedup();
        i64::try_from(ids.len()).unwrap()
    }

    /// Counts a call, and tells how it goes wrong.
    pub fn called(&self, rpc: &'static str) -> Option<Fault> {
        let mut shelf = self.shelf();
        let once = shelf.faults.get_mut(rpc).and_then(VecDeque::pop_front);
        let fault = once.or_else(|| shelf.always.get(rpc).copied());
        drop(shelf);
        self.calls.send_modify(|calls| *calls.entry(rpc).or_default() += 1);
        fault
    }

    /// Waits until this RPC was called so often.
    pub async fn wait_for_calls(&self, rpc: &'static str, count: u32) {
        let enough = |calls: &HashMap<_, _>| calls.get(rpc).is_some_and(|calls| *calls >= count);
        self.calls.subscribe().wait_for(enough).await.unwrap();
    }

    /// How often everything was called that a person or a till begins; not what a till asks and says of itself.
    pub fn all_calls(&self) -> HashMap<&'static str, u32> {
        let mut calls = self.calls.borrow().clone();
        calls.retain(|rpc, _| !["ClaimTill", "ReportTill", "GetTerminal"].contains(rpc));
        calls
    }

    pub fn calls(&self, rpc: &'static str) -> u32 {
        self.calls.borrow().get(rpc).copied().unwrap_or_default()
    }

    /// A crash of the database throws the last edits of the open baskets back.
    pub fn throw_back(&self, edits: usize) {
        for kept in self.shelf().baskets.values_mut() {
            if kept.now().state() == pb::BasketState::Open {
                kept.history.truncate(kept.history.len().saturating_sub(edits).max(1));
                let version = kept.now().basket_version;
                kept.replies.retain(|_, (_, reply)| reply.basket_version <= version);
            }
        }
    }

    /// A crash of the database loses every basket.
    pub fn lose_baskets(&self) {
        let mut shelf = self.shelf();
        shelf.baskets.clear();
        shelf.opened.clear();
    }

    /// The one basket in this state.
    pub fn basket_in(&self, state: pb::BasketState) -> Option<pb::Basket> {
        let shelf = self.shelf();
        let mut found = shelf.baskets.values().map(Kept::now).filter(|basket| basket.state() == state);
        found.next().cloned()
    }

    /// Lets checkout answer which tiles and bag there are.
    pub fn offer(&self, tiles: pb::GetTilesResponse) {
        self.shelf().tiles = Some(tiles);
    }

    /// Waits until the till has said this of itself.
    pub async fn wait_for_report(&self, wanted: impl Fn(&pb::ReportTillRequest) -> bool) {
        let is_told = |_: &HashMap<_, _>| wanted(&self.shelf().report);
        self.calls.subscribe().wait_for(is_told).await.unwrap();
    }

    /// Waits until the books are so.
    pub async fn wait_for_shelf(&self, wanted: impl Fn(&Shelf) -> bool) {
        let is_so = |_: &HashMap<_, _>| wanted(&self.shelf());
        self.calls.subscribe().wait_for(is_so).await.unwrap();
    }

    /// A call was carried out: whoever waits looks again.
    pub fn carried_out(&self) {
        self.calls.send_modify(|_| {});
    }

    /// Somebody of the store changes the one open basket.
    pub fn decide(&self, change: impl Fn(&mut pb::Basket)) {
        for kept in self.shelf().baskets.values_mut() {
            let mut basket = kept.now().clone();
            change(&mut basket);
            basket.basket_version += 1;
            kept.history.push(basket);
        }
    }

    pub fn sales(&self) -> Vec<pb::Ticket> {
        self.shelf().sales.clone()
    }
}

impl Shelf {
    pub fn open(&mut self, request_id: &str) -> pb::Basket {
        if let Some(basket_id) = self.opened.get(request_id) {
            return self.baskets[basket_id].now().clone();
        }
        let basket = pb::Basket {
            basket_id: Uuid::now_v7().to_string(),
            basket_version: 1,
            state: pb::BasketState::Open.into(),
            total: Some(money(0)),
            training: self.orders.training,
            ..Default::default()
        };
        self.opened.insert(request_id.to_owned(), basket.basket_id.clone());
        let kept = Kept { history: vec![basket.clone()], replies: HashMap::new() };
        self.baskets.insert(basket.basket_id.clone(), kept);
        basket
    }

    /// Carries an edit out once, in one of the states where it may happen.
    pub fn edit(
        &mut self,
        request: (&str, Vec<u8>),
        basket_id: &str,
        version: i64,
        states: &[pb::BasketState],
        change: impl FnOnce(&mut pb::Basket) -> Result<(), Status>,
    ) -> Result<pb::Basket, Status> {
        let (request_id, content) = request;
        let kept = self.baskets.get_mut(basket_id).ok_or_else(|| refused("NOT_FOUND"))?;
        if let Some((first, reply)) = kept.replies.get(request_id) {
            return if *first == content { Ok(reply.clone()) } else { Err(refused("REQUEST_ID_REUSED")) };
        }
        let mut basket = kept.now().clone();
        if !states.contains(&basket.state()) {
            return Err(refused(match basket.state() {
                pb::BasketState::Frozen => "BASKET_FROZEN",
                pb::BasketState::Open => "BASKET_NOT_FROZEN",
                pb::BasketState::Suspended => "BASKET_SUSPENDED",
                _ => "BASKET_CLOSED",
            }));
        }
        if version != 0 && version != basket.basket_version {
            return Err(refused("BASKET_VERSION_STALE"));
        }
        change(&mut basket)?;
        basket.basket_version += 1;
        let total_minor = basket.lines.iter().map(|line| line.total_minor).sum();
        basket.total = Some(money(total_minor));
        basket.due_minor = total_minor - basket.tenders.iter().map(|tender| tender.amount_minor).sum::<i64>();
        basket.meal_voucher_minor = self.meal_voucher.min(total_minor);
        basket.article_count = basket.lines.iter().map(|line| line.quantity_milli / 1_000).sum();
        kept.history.push(basket.clone());
        kept.replies.insert(request_id.to_owned(), (content, basket.clone()));
        Ok(basket)
    }

    /// Whether nobody knows what became of a payment of a frozen basket.
    pub fn is_unknown(&self, basket_id: &str) -> bool {
        let is_frozen = |kept: &Kept| kept.now().state() == pb::BasketState::Frozen;
        let waits = |waits: &pb::Intervention| {
            waits.kind() == pb::InterventionKind::PaymentUnknown && waits.basket_id == basket_id
        };
        self.baskets.get(basket_id).is_some_and(is_frozen) && self.orders.waiting.iter().any(waits)
    }

    /// Whether a request of a basket was answered before.
    pub fn is_known(&self, basket_id: &str, request_id: &str) -> bool {
        self.baskets.get(basket_id).is_some_and(|kept| kept.replies.contains_key(request_id))
    }

    pub fn complete(
        &mut self,
        request: (&str, Vec<u8>),
        basket_id: &str,
        tender: Option<pb::Tender>,
    ) -> Result<pb::Ticket, Status> {
        if let Some((first, ticket)) = self.completed.get(request.0) {
            return if *first == request.1 { Ok(ticket.clone()) } else { Err(refused("REQUEST_ID_REUSED")) };
        }
        let sequence = i64::try_from(self.sales.len()).unwrap() + 1;
        let basket =
            self.edit((request.0, request.1.clone()), basket_id, 0, &[pb::BasketState::Frozen], |basket| {
                match &tender {
                    Some(tender) if tender.amount_minor != basket.due_minor => {
                        return Err(refused("AMOUNT_MISMATCH"));
                    }
                    Some(tender)
                        if tender.kind() == pb::TenderKind::MealVoucher
                            && tender.amount_minor > basket.meal_voucher_minor =>
                    {
                        return Err(refused("MEAL_VOUCHER_LIMIT"));
                    }
                    None if basket.due_minor > 0 => return Err(refused("PAYMENT_NEEDED")),
                    _ => {}
                }
                basket.set_state(pb::BasketState::Paid);
                Ok(())
            })?;
        if let Some(tender) = tender.as_ref().filter(|tender| tender.kind() == pb::TenderKind::StoreCredit) {
            self.store_credit -= tender.amount_minor;
        }
        let mut payments: Vec<_> = basket.tenders.into_iter().chain(tender).collect();
        if let Some(card) = payments.last_mut().and_then(|tender| tender.card.as_mut()) {
            self.slips.push(std::mem::take(&mut card.slip_text));
        }
        let ticket = pb::Ticket {
            sale_id: Uuid::now_v7().to_string(),
            basket_id: basket.basket_id,
            sequence,
            total: basket.total,
            receipt_choice: basket.receipt_choice,
            training: basket.training,
            lines: basket.lines,
            member_id: if basket.member_identified { Uuid::now_v7().to_string() } else { String::new() },
            payments,
            ..Default::default()
        };
        self.completed.insert(request.0.to_owned(), (request.1, ticket.clone()));
        self.sales.push(ticket.clone());
        Ok(ticket)
    }
}

impl Kept {
    pub fn now(&self) -> &pb::Basket {
        self.history.last().unwrap()
    }
}

pub fn refused(reason: &'static str) -> Status {
    let code = if reason == "NOT_FOUND" { Code::NotFound } else { Code::FailedPrecondition };
    refusal("checkout", code, reason, "refused by the played checkout")
}

pub fn money(amount_minor: i64) -> proto::r#type::v1::Money {
    proto::r#type::v1::Money { currency_code: "EUR".into(), amount_minor }
}
