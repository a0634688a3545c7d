//! Which row is which payment. The order of the rows plays no part; no row is two payments, and no payment two rows.

use std::collections::{BTreeMap, HashMap, HashSet};

use money::Cents;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{COMPLETED, EARLY, File, LATE, Listed, Row, RowKind};
use crate::domain::id::SaleId;

/// What a known payment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KnownId {
    /// That of a sale.
    Sale(SaleId),
    /// Made, and its sale is not told yet: the intervention that settled it, or the basket that holds it.
    Settled(Uuid),
}

/// A payment that is known to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// What it is.
    pub id: KnownId,
    /// With a card of meal vouchers: the same card terminal, and perhaps another file.
    pub by_vouchers: bool,
    /// The till.
    pub terminal_code: String,
    /// How much.
    pub amount: Cents,
    /// The end of the card's number, or empty.
    pub pan_last4: String,
    /// The authorisation, or empty.
    pub authorisation: String,
    /// When the sale was completed, or the payment was settled.
    pub time: OffsetDateTime,
}

/// A payment that nobody knows of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// What waits.
    pub intervention_id: Uuid,
    /// The till.
    pub terminal_code: String,
    /// How much was asked for.
    pub amount: Cents,
    /// When.
    pub asked: OffsetDateTime,
    /// The till's own reference, if it said one.
    pub attempt_id: Option<Uuid>,
}

/// What a file is compared with.
#[derive(Clone, Debug, Default)]
pub struct Books {
    /// Payments that are known.
    pub known: Vec<Known>,
    /// Payments that wait.
    pub waiting: Vec<Waiting>,
    /// Rows of earlier files that have settled payments, by their digests.
    pub settled_rows: HashSet<[u8; 32]>,
}

/// A row that settles a payment; both by their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Of the books' waiting ones.
    pub waiting: usize,
    /// Of the file's rows.
    pub row: usize,
    /// By the till's own reference.
    pub by_reference: bool,
}

/// What came of it. Everything by its place in the file or in the books.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// How many debits are known payments.
    pub known: usize,
    /// Payments that a row settles.
    pub settled: Vec<Settled>,
    /// Payments that might be these rows.
    pub unclear: Vec<(usize, Vec<usize>)>,
    /// Payments that the file covers and does not have.
    pub absent: Vec<usize>,
    /// Debits that are nobody's.
    pub unsold: Vec<usize>,
    /// Known payments that the file covers and does not have.
    pub unpaid: Vec<usize>,
}

/// Compares a file with the books.
pub fn compare(file: &File, books: &Books) -> Compared {
    let mut comparison = Comparison::of(file, books);
    comparison.by_reference();
    comparison.known();
    comparison.by_time();
    comparison.by_less();
    comparison.remains()
}

struct Comparison<'a> {
    file: &'a File,
    books: &'a Books,
    /// Debits that are not spoken for, in the order of what they say.
    free: Vec<usize>,
    /// Credits by till, amount and card: what was taken before may have been given back.
    credits: HashMap<(&'a str, Cents, &'a str), Vec<OffsetDateTime>>,
    /// Payments that are decided.
    decided: HashSet<usize>,
    matched: HashSet<usize>,
    compared: Compared,
}

impl<'a> Comparison<'a> {
    fn of(file: &'a File, books: &'a Books) -> Self {
        let mut debits: Vec<usize> = (0..file.taken.len()).collect();
        debits.retain(|at| file.taken[*at].row.kind == RowKind::Debit);
        debits.sort_by(|one, other| file.taken[*one].row.cmp(&file.taken[*other].row));
        let (settled, free): (Vec<usize>, _) =
            debits.into_iter().partition(|at| books.settled_rows.contains(&file.taken[*at].row.digest()));
        let mut credits: HashMap<_, Vec<_>> = HashMap::new();
        for Listed { row, .. } in file.taken.iter().filter(|listed| listed.row.kind == RowKind::Credit) {
            let key = (row.terminal_code.as_str(), row.amount, row.pan_last4.as_str());
            credits.entry(key).or_default().push(row.time);
        }
        let compared = Compared { known: settled.len(), ..Compared::default() };
        Self { file, books, free, credits, decided: HashSet::new(), matched: HashSet::new(), compared }
    }

    fn row(&self, at: usize) -> &'a Row {
        &self.file.taken[at].row
    }

    /// The till's own reference tells the payment, unless something about it does not fit.
    fn by_reference(&mut self) {
        let mut named: BTreeMap<Uuid, Vec<usize>> = BTreeMap::new();
        for (at, waiting) in self.books.waiting.iter().enumerate() {
            if let Some(attempt_id) = waiting.attempt_id {
                named.entry(attempt_id).or_default().push(at);
            }
        }
        let mut rows: BTreeMap<Uuid, Vec<usize>> = BTreeMap::new();
        for row in &self.free {
            if let Some(reference) =
                self.row(*row).reference.filter(|reference| named.contains_key(reference))
            {
                rows.entry(reference).or_default().push(*row);
            }
        }
        for (reference, rows) in rows {
            match (named[&reference].as_slice(), rows.as_slice()) {
                ([waiting], [row]) if self.fits(*waiting, *row) => self.settle(*waiting, *row, true),
                (waiting, _) => waiting.iter().for_each(|waiting| self.leave(*waiting, rows.clone())),
            }
        }
        self.forget_decided();
    }

    fn fits(&self, waiting: usize, row: usize) -> bool {
        let (waiting, row) = (&self.books.waiting[waiting], self.row(row));
        waiting.terminal_code == row.terminal_code && waiting.amount == row.amount && !self.is_given_back(row)
    }

    /// Whether the same till gave the same amount to the same card afterwards.
    fn is_given_back(&self, row: &Row) -> bool {
        let key = (row.terminal_code.as_str(), row.amount, row.pan_last4.as_str());
        self.credits.get(&key).is_some_and(|times| times.iter().any(|time| *time >= row.time))
    }

    /// Rows that are the payments of sales: the same authorisation first, then what is alike as far as either side tells; of several,
    /// the nearest in time.
    fn known(&mut self) {
        let mut alike: HashMap<(&str, Cents), Vec<usize>> = HashMap::new();
        for (at, known) in self.books.known.iter().enumerate() {
            alike.entry((known.terminal_code.as_str(), known.amount)).or_default().push(at);
        }
        let mut pairs = Vec::new();
        for at in &self.free {
            let row = self.row(*at);
            for known in alike.get(&(row.terminal_code.as_str(), row.amount)).into_iter().flatten() {
                if let Some((rank, gap)) = likeness(row, &self.books.known[*known]) {
                    pairs.push((rank, gap, row, self.books.known[*known].id, *at, *known));
                }
            }
        }
        pairs.sort_unstable();
        let mut taken = HashSet::new();
        for (.., row, known) in pairs {
            if !taken.contains(&row) && !self.matched.contains(&known) {
                taken.insert(row);
                self.matched.insert(known);
            }
        }
        self.compared.known += taken.len();
        self.free.retain(|row| !taken.contains(row));
    }

    /// Without a reference, till, amount and time tell the payment: when one row and one payment have only each other.
    fn by_time(&mut self) {
        let mut alike: HashMap<(&str, Cents), Vec<usize>> = HashMap::new();
        for at in &self.free {
            let row = self.row(*at);
            alike.entry((row.terminal_code.as_str(), row.amount)).or_default().push(*at);
        }
        let mut candidates: Vec<(usize, Vec<usize>)> = Vec::new();
        let mut wanted: HashMap<usize, usize> = HashMap::new();
        for (at, waiting) in self.books.waiting.iter().enumerate() {
            if self.decided.contains(&at) {
                continue;
            }
            let rows = alike.get(&(waiting.terminal_code.as_str(), waiting.amount)).into_iter().flatten();
            let rows: Vec<usize> = rows.copied().filter(|row| may_be(waiting, self.row(*row))).collect();
            rows.iter().for_each(|row| *wanted.entry(*row).or_default() += 1);
            candidates.push((at, rows));
        }
        for (at, rows) in candidates {
            match rows.as_slice() {
                [] => {}
                [row] if wanted[row] == 1 && self.fits(at, *row) => self.settle(at, *row, false),
                _ => self.leave(at, rows),
            }
        }
        self.forget_decided();
    }

    /// A card terminal may take less than it was asked for: such a row settles nothing, and is no absence.
    fn by_less(&mut self) {
        let mut taken: HashMap<&str, Vec<usize>> = HashMap::new();
        for at in &self.free {
            taken.entry(self.row(*at).terminal_code.as_str()).or_default().push(*at);
        }
        for (at, waiting) in self.books.waiting.iter().enumerate() {
            if self.decided.contains(&at) {
                continue;
            }
            let rows = taken.get(waiting.terminal_code.as_str()).into_iter().flatten().copied();
            let is_less =
                |row: &usize| self.row(*row).amount < waiting.amount && may_be(waiting, self.row(*row));
            let rows: Vec<usize> = rows.filter(is_less).collect();
            if !rows.is_empty() {
                self.leave(at, rows);
            }
        }
        self.forget_decided();
    }

    fn settle(&mut self, waiting: usize, row: usize, by_reference: bool) {
        self.decided.insert(waiting);
        self.compared.settled.push(Settled { waiting, row, by_reference });
    }

    fn leave(&mut self, waiting: usize, rows: Vec<usize>) {
        self.decided.insert(waiting);
        self.compared.unclear.push((waiting, rows));
    }

    /// Rows that settle a payment, or wait with it for a person, are spoken for.
    fn forget_decided(&mut self) {
        let settled = self.compared.settled.iter().map(|settled| settled.row);
        let unclear = self.compared.unclear.iter().flat_map(|(_, rows)| rows.iter().copied());
        let spoken_for: HashSet<usize> = settled.chain(unclear).collect();
        self.free.retain(|row| !spoken_for.contains(row));
    }

    /// What is left on either side. A file with rows that were not taken proves no absence: they might be the ones.
    fn remains(mut self) -> Compared {
        self.compared.unsold = std::mem::take(&mut self.free);
        if !self.file.rejected.is_empty() {
            return self.compared;
        }
        let covered = Coverage::of(&self.file.taken);
        for (at, waiting) in self.books.waiting.iter().enumerate() {
            let (from, until) = (waiting.asked - EARLY, waiting.asked + LATE);
            if !self.decided.contains(&at) && covered.holds(&waiting.terminal_code, from, until) {
                self.compared.absent.push(at);
            }
        }
        for (at, known) in self.books.known.iter().enumerate() {
            // What the issuer of meal vouchers pays need not be in this file.
            let is_sale = matches!(known.id, KnownId::Sale(_)) && !known.by_vouchers;
            if is_sale
                && !self.matched.contains(&at)
                && covered.holds(&known.terminal_code, known.time - LATE, known.time + EARLY)
            {
                self.compared.unpaid.push(at);
            }
        }
        self.compared
    }
}

/// How alike a row and a known payment are, the smaller the better; nothing when they are not the same.
fn likeness(row: &Row, known: &Known) -> Option<(u8, Duration)> {
    let gap = known.time - row.time;
    if gap < -EARLY || gap > COMPLETED {
        return None;
    }
    let said = |one: &str, other: &str| (!one.is_empty() && !other.is_empty()).then_some(one == other);
    let card = said(&row.pan_last4, &known.pan_last4);
    let rank = match (said(&row.authorisation, &known.authorisation), card) {
        (Some(false), _) | (_, Some(false)) => return None,
        (Some(true), Some(true)) => 0,
        (Some(true), None) => 1,
        (None, Some(true)) => 2,
        (None, None) => 3,
    };
    Some((rank, gap.abs()))
}

/// Whether a row may be a payment that waits, by all but till and amount.
fn may_be(waiting: &Waiting, row: &Row) -> bool {
    let is_another = row.reference.is_some() && waiting.attempt_id.is_some();
    !is_another && row.time >= waiting.asked - EARLY && row.time <= waiting.asked + LATE
}

/// From when until when a file tells of a till: as its contracts do, whichever tills they serve.
struct Coverage<'a> {
    contracts: HashMap<&'a str, (OffsetDateTime, OffsetDateTime)>,
    of_till: HashMap<&'a str, HashSet<&'a str>>,
}

impl<'a> Coverage<'a> {
    fn of(rows: &'a [Listed]) -> Self {
        let mut contracts = HashMap::new();
        let mut of_till: HashMap<&str, HashSet<&str>> = HashMap::new();
        for Listed { row, .. } in rows {
            let (from, until) = contracts.entry(row.contract.as_str()).or_insert((row.time, row.time));
            (*from, *until) = (row.time.min(*from), row.time.max(*until));
            of_till.entry(row.terminal_code.as_str()).or_default().insert(row.contract.as_str());
        }
        Self { contracts, of_till }
    }

    /// Whether all of this time is covered at a till, under each of its contracts.
    fn holds(&self, terminal_code: &str, from: OffsetDateTime, until: OffsetDateTime) -> bool {
        let Some(contracts) = self.of_till.get(terminal_code) else { return false };
        contracts.iter().all(|contract| {
            let (first, last) = self.contracts[contract];
            first <= from && until <= last
        })
    }
}
