//! What is being scanned: a log of edits that is only ever appended to, and the basket that follows from it.

use money::{Cents, Quantity};

use crate::domain::{
    id::MemberId,
    item::{Item, LineKind},
    payment::Tenders,
    price::Priced,
    promotion::Offer,
};

pub mod attend;
pub mod edit;
mod error;
pub mod receipt;
pub mod state;
mod tender;

#[cfg(test)]
pub(crate) mod tests;

pub use attend::{Attended, Audit};
pub use edit::{Edit, Entry, Lowered, Outcome};
pub use error::BasketError;
pub use state::State;

/// Scans, claims and cards that a basket takes.
pub const MOST_ENTRIES: i64 = 500;
/// Edits that a basket takes in all: a full one can still be corrected, paid and given up.
pub const MOST_CORRECTIONS: i64 = 1_000;
/// Different promotions that a basket takes.
const MOST_OFFERS: usize = 200;

/// The most bytes of names, categories and the like that the lines may hold: the event of the sale must fit into a message.
const MOST_WORDS: usize = 250_000;

/// A line of the basket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number: given at the first scan, never given again.
    pub line_id: i32,
    /// The article.
    pub item: Item,
    /// How much of it.
    pub quantity: Quantity,
    /// The line whose packaging this is, with as many pieces; 0 for others.
    pub deposit_of: i32,
    /// The offers that cover it, by their places in the basket's.
    pub offers: Vec<usize>,
}

/// A code that nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCode {
    /// Its number among the lines.
    pub line_id: i32,
    /// The article's number.
    pub code: String,
    /// All that the scanner sent: what it says besides holds for the product that the attendant names.
    pub scanned: String,
}

/// A promotion that turned out to be used up.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Withdrawn {
    promotion_code: String,
    /// The member who has used it up; everybody without one.
    member_id: Option<MemberId>,
}

/// What follows from a log of edits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basket {
    /// Where it stands.
    pub state: State,
    /// Grows by one with every edit; 1 when new.
    pub version: i64,
    /// The lines, in the order of their first scan.
    pub lines: Vec<Line>,
    /// The codes that wait for the attendant.
    pub unknown_codes: Vec<UnknownCode>,
    /// The member, if a card was read.
    pub member_id: Option<MemberId>,
    /// What was claimed, in the order of the claims.
    pub claimed: Vec<Offer>,
    /// The line that the last edit added or grew; 0 when it was no scan.
    pub touched_line: i32,
    /// What ran for the lines when they were scanned, and what was claimed: each once.
    offers: Vec<Offer>,
    /// What people of the store have decided about it.
    pub attended: Attended,
    /// What was given in payment.
    pub tenders: Tenders,
    /// Promotions that turned out to be used up.
    withdrawn: Vec<Withdrawn>,
    /// Codes of promotions that the member has used up.
    used_up: Vec<String>,
    deposit_limit: Cents,
    lines_ever: i32,
    /// What was said of the ticket, if anything was.
    chosen_receipt: Option<receipt::Receipt>,
    /// The language of the ticket.
    pub receipt_language: receipt::Language,
}

impl Basket {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            state: State::Open,
            version: 1,
            lines: Vec::new(),
            unknown_codes: Vec::new(),
            member_id: None,
            claimed: Vec::new(),
            touched_line: 0,
            offers: Vec::new(),
            attended: Attended::default(),
            tenders: Tenders::default(),
            withdrawn: Vec::new(),
            used_up: Vec::new(),
            deposit_limit: Cents::ZERO,
            lines_ever: 0,
            chosen_receipt: None,
            receipt_language: receipt::Language::default(),
        }
    }

    /// The basket after these edits.
    pub fn after(entries: &[Entry]) -> Result<Self, BasketError> {
        let mut basket = Self::new();
        for entry in entries {
            basket.apply(&entry.edit)?;
        }
        Ok(basket)
    }

    /// Changes the basket, or tells why not; then nothing of it may be kept.
    pub fn apply(&mut self, edit: &Edit) -> Result<(), BasketError> {
        if !edit.allowed_in().contains(&self.state) {
            return Err(edit.refused_in(self.state));
        }
        if self.version > edit.room() {
            return Err(BasketError::Full);
        }
        self.touched_line = 0;
        match edit {
            Edit::Scan { item, quantity } => self.touched_line = self.scan(item, *quantity)?,
            Edit::ScanUnknown { code, scanned } => {
                self.touched_line = self.wait_for_attendant(code, scanned)?
            }
            Edit::Resolve { line_id, item, quantity } => {
                let place = self.unknown_codes.iter().position(|code| code.line_id == *line_id);
                self.unknown_codes.remove(place.ok_or(BasketError::UnknownLine)?);
                self.touched_line = self.scan(item, *quantity)?;
            }
            Edit::ReturnDeposit { item, quantity, limit } => {
                self.deposit_limit = *limit;
                self.touched_line = self.scan(item, *quantity)?;
                self.check_deposits()?;
            }
            Edit::SetQuantity { line_id, quantity } => self.set_quantity(*line_id, *quantity)?,
            Edit::Remove { line_id } => self.remove(*line_id)?,
            Edit::Identify { member_id, used_up } => {
                self.member_id = Some(*member_id);
                self.used_up.clone_from(used_up);
            }
            Edit::Unidentify => {
                self.member_id = None;
                self.used_up.clear();
            }
            Edit::ClaimDiscount { offer } => self.claim(offer)?,
            Edit::WithdrawOffer { promotion_code, member_id } => self.withdraw(promotion_code, *member_id),
            Edit::ChooseReceipt { receipt, language } => self.choose_receipt(receipt, *language)?,
            Edit::BeginPayment { lowered } => self.begin_payment(lowered)?,
            Edit::TakeTender { given } => self.tenders.take(given)?,
            Edit::ReturnTender { tender_id } => self.tenders.give_back(*tender_id)?,
            Edit::AbandonPayment { .. } | Edit::Cancel | Edit::Abandon => self.tenders.check_none_held()?,
            Edit::Suspend { .. } => self.check_is_worth_keeping()?,
            Edit::Resume { .. } | Edit::Expire | Edit::Pay { .. } => {}
            Edit::Approve { minimum_age, .. } => self.approve(*minimum_age),
            Edit::RefuseGoods { .. } => self.refuse_goods(),
            Edit::BeginAudit { lines } => {
                self.attended.audit = Some(Audit { lines: lines.clone(), clean: None, recount: None })
            }
            Edit::EndAudit { clean, recount, .. } => self.end_audit(*clean, *recount),
        }
        self.state = edit.leads_to();
        self.version += 1;
        Ok(())
    }

    /// The offers that are given, in the order in which they are weighed, with their places in [`Line::offers`].
    pub fn running_offers(&self) -> Vec<(usize, &Offer)> {
        let is_withdrawn = |code: &str| {
            let concerns = |it: &&Withdrawn| it.member_id.is_none() || it.member_id == self.member_id;
            self.withdrawn.iter().filter(concerns).any(|it| it.promotion_code == code)
        };
        let is_given = |offer: &Offer| !is_withdrawn(&offer.code) && !self.used_up.contains(&offer.code);
        let mut running: Vec<(usize, &Offer)> =
            self.offers.iter().enumerate().filter(|(_, offer)| is_given(offer)).collect();
        running.sort_unstable_by_key(|(_, offer)| *offer);
        running
    }

    /// The codes of promotions with counted uses that these prices give.
    pub fn counted(&self, priced: &Priced) -> Vec<String> {
        let mut codes: Vec<String> = self
            .offers
            .iter()
            .filter(|offer| offer.counted && priced.gave(&offer.code))
            .map(|offer| offer.code.clone())
            .collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// Whether a promotion with counted uses ever ran for this basket.
    pub fn has_counted_offers(&self) -> bool {
        self.offers.iter().any(|offer| offer.counted)
    }

    /// Adds to the line of the very same article, price and offers; anything else is a line of its own, so that every
    /// article is sold at the price that was shown when it was scanned.
    fn scan(&mut self, item: &Item, quantity: Quantity) -> Result<i32, BasketError> {
        let grows = |line: &&mut Line| line.item.can_grow() && line.deposit_of == 0 && line.item == *item;
        if let Some(line) = self.lines.iter_mut().find(grows) {
            let line_id = line.line_id;
            let sum = line.quantity.checked_add(quantity).ok_or(BasketError::QuantityOutOfRange)?;
            line.quantity = item.sellable(sum).ok_or(BasketError::QuantityOutOfRange)?;
            self.packaging_follows(line_id);
            return Ok(line_id);
        }
        let quantity = item.sellable(quantity).ok_or(BasketError::QuantityOutOfRange)?;
        self.has_room_for(item.words())?;
        let line_id = self.push(item.clone(), quantity, 0)?;
        if let Some(packaging) = item.packaging() {
            let pieces = quantity.whole().and_then(Quantity::units).unwrap_or(Quantity::ONE);
            self.push(packaging, pieces, line_id)?;
        }
        Ok(line_id)
    }

    fn push(&mut self, item: Item, quantity: Quantity, deposit_of: i32) -> Result<i32, BasketError> {
        let mut offers = Vec::with_capacity(item.offers.len());
        for offer in &item.offers {
            offers.push(self.place_of(offer)?);
        }
        for offer in self.claimed.clone() {
            if !item.kind.is_outside_vat() && offer.covers(&item.category, &item.gtin) {
                offers.push(self.place_of(&offer)?);
            }
        }
        self.lines_ever += 1;
        self.lines.push(Line { line_id: self.lines_ever, item, quantity, deposit_of, offers });
        Ok(self.lines_ever)
    }

    fn place_of(&mut self, offer: &Offer) -> Result<usize, BasketError> {
        if let Some(place) = self.offers.iter().position(|known| known == offer) {
            return Ok(place);
        }
        if self.offers.len() == MOST_OFFERS {
            return Err(BasketError::Full);
        }
        self.offers.push(offer.clone());
        Ok(self.offers.len() - 1)
    }

    fn wait_for_attendant(&mut self, code: &str, scanned: &str) -> Result<i32, BasketError> {
        let scanned = if scanned.is_empty() { code } else { scanned };
        let waiting =
            UnknownCode { line_id: self.lines_ever + 1, code: code.to_owned(), scanned: scanned.to_owned() };
        self.has_room_for(waiting.words())?;
        self.lines_ever += 1;
        self.unknown_codes.push(waiting);
        Ok(self.lines_ever)
    }

    fn has_room_for(&self, words: usize) -> Result<(), BasketError> {
        let lines = self.lines.iter().map(|line| line.item.words());
        let codes = self.unknown_codes.iter().map(UnknownCode::words);
        let fits = lines.chain(codes).sum::<usize>() + words <= MOST_WORDS;
        if fits { Ok(()) } else { Err(BasketError::Full) }
    }

    /// A packaging is charged for as many pieces as its goods.
    fn packaging_follows(&mut self, line_id: i32) {
        let pieces = self.lines.iter().find(|line| line.line_id == line_id).map(|line| line.quantity);
        let pieces = pieces.and_then(Quantity::whole).and_then(Quantity::units).unwrap_or(Quantity::ONE);
        for line in self.lines.iter_mut().filter(|line| line.deposit_of == line_id) {
            line.quantity = pieces;
        }
    }

    fn set_quantity(&mut self, line_id: i32, quantity: Quantity) -> Result<(), BasketError> {
        let line = self.lines.iter_mut().find(|line| line.line_id == line_id);
        let line = line.ok_or(BasketError::UnknownLine)?;
        if line.item.measured || line.deposit_of != 0 {
            return Err(BasketError::QuantityOutOfRange);
        }
        line.quantity = line.item.sellable(quantity).ok_or(BasketError::QuantityOutOfRange)?;
        self.packaging_follows(line_id);
        self.check_deposits()
    }

    fn remove(&mut self, line_id: i32) -> Result<(), BasketError> {
        if let Some(place) = self.unknown_codes.iter().position(|code| code.line_id == line_id) {
            self.unknown_codes.remove(place);
            return Ok(());
        }
        match self.lines.iter().find(|line| line.line_id == line_id) {
            None => Err(BasketError::UnknownLine),
            Some(line) if line.deposit_of != 0 => Err(BasketError::QuantityOutOfRange),
            Some(_) => {
                self.lines.retain(|line| line.line_id != line_id && line.deposit_of != line_id);
                Ok(())
            }
        }
    }

    fn claim(&mut self, offer: &Offer) -> Result<(), BasketError> {
        let old = self.claimed.iter().position(|old| old.code == offer.code);
        let place = self.place_of(offer)?;
        let before = old.map(|old| self.claimed.remove(old));
        let before = before.and_then(|old| self.offers.iter().position(|known| *known == old));
        for line in self.lines.iter_mut().filter(|line| !line.item.kind.is_outside_vat()) {
            line.offers.retain(|other| Some(*other) != before && *other != place);
            if offer.covers(&line.item.category, &line.item.gtin) {
                line.offers.push(place);
            }
        }
        self.claimed.push(offer.clone());
        Ok(())
    }

    /// What one member has used up, the next card may still be given; what is gone for everybody is no claim any more.
    fn withdraw(&mut self, promotion_code: &str, member_id: Option<MemberId>) {
        if member_id.is_none() {
            self.claimed.retain(|offer| offer.code != promotion_code);
        }
        self.withdrawn.push(Withdrawn { promotion_code: promotion_code.to_owned(), member_id });
    }

    fn begin_payment(&mut self, lowered: &[Lowered]) -> Result<(), BasketError> {
        if !self.unknown_codes.is_empty() {
            return Err(BasketError::CodesUnresolved);
        }
        if self.lines.is_empty() {
            return Err(BasketError::Empty);
        }
        for Lowered { line_id, unit_price, member_price } in lowered {
            let line = self.lines.iter_mut().find(|line| line.line_id == *line_id);
            let item = &mut line.ok_or(BasketError::UnknownLine)?.item;
            item.unit_price = item.unit_price.min(*unit_price);
            item.member_price = *member_price;
        }
        let priced = Priced::of(self)?;
        self.tenders.begin(self.bill(&priced));
        Ok(())
    }

    /// Nobody comes back for nothing.
    fn check_is_worth_keeping(&self) -> Result<(), BasketError> {
        let is_empty = self.lines.is_empty() && self.unknown_codes.is_empty();
        if is_empty { Err(BasketError::Empty) } else { Ok(()) }
    }

    fn check_deposits(&self) -> Result<(), BasketError> {
        let returns = self.lines.iter().filter(|line| line.item.kind == LineKind::DepositReturn);
        let amounts = returns.map(|line| money::price(line.item.unit_price, line.quantity));
        let brought_back = amounts.collect::<Option<Vec<Cents>>>().and_then(Cents::checked_sum);
        match brought_back.and_then(|sum| Cents::ZERO.checked_sub(sum)) {
            Some(sum) if sum <= self.deposit_limit => Ok(()),
            _ => Err(BasketError::DepositLimit { limit: self.deposit_limit }),
        }
    }
}

impl UnknownCode {
    fn words(&self) -> usize {
        self.code.len() + self.scanned.len()
    }
}

impl Default for Basket {
    fn default() -> Self {
        Self::new()
    }
}
