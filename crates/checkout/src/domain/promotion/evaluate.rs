//! How promotions are weighed against each other. The same lines, offers and member give the same cents, in whatever order
//! they came.
//!
//! 1. *Exclusive* promotions first, by code: what one of them touches, nothing else does.
//! 2. Then each piece gets one thing at most: it is in a group (N for the price of M), or it has the best of the percentages,
//!    amounts and its member price. Of all ways to share out the pieces, the one that takes most off is found, but for the
//!    cents that parts of a line are rounded by. What that may cost is bounded: where more promotions for groups or with
//!    basket limits meet on the same lines than can be weighed at once, they take turns, and each turn (of sixteen) comes first
//!    once; and a promotion that may have more pieces than can be counted has its turn alone, and the dearest that choose it.
//! 3. Last, thresholds: what the covered lines cost *before* discounts decides whether one is reached, and it takes its
//!    share off what is left of them, spread by largest remainder. A line counts for one threshold, that which gives most.
//!    Where there are any, the pieces are shared out without groups too, and what takes more off in all is taken.
//!
//! So no promotion that is not exclusive ever leaves the shopper worse off than another one alone would have.

use std::cmp::Ordering;

use money::Cents;

use crate::domain::promotion::{Benefit, MEMBER_PRICE, Offer};

mod allot;
mod line;

#[cfg(test)]
mod tests;

use allot::{Given, Rule};
pub use line::Line;

/// In how many parts of a cent discounts are compared.
const PARTS: i64 = 10_000;

/// What one rule takes off one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The place of the line in the list.
    pub line: usize,
    /// The place of the offer in the list; `None` for the member price.
    pub offer: Option<usize>,
    /// Above zero.
    pub amount: Cents,
}

/// What is taken off these lines. The offers are in ascending order, so that every replica counts alike.
pub fn weigh(lines: &[Line], offers: &[&Offer], is_member: bool) -> Vec<Taken> {
    let scale = Scale::new(lines, offers, is_member);
    let mut state = State::new(lines);
    scale.exclusives(&mut state);
    let open = state.open.clone();
    let rules: Vec<Rule<'_>> = scale.common().filter_map(|place| Rule::new(&scale, place, &open)).collect();
    let alone = scale.alone(&rules);
    let single: Vec<Rule<'_>> = rules.iter().filter(|rule| !rule.forms_groups()).copied().collect();
    let has_thresholds = scale.common().any(|place| scale.is_threshold(place));
    let without =
        (has_thresholds && single.len() < rules.len()).then(|| scale.shared(state.clone(), &single, &alone));
    let with = scale.shared(state, &rules, &alone);
    let best = without.filter(|without| without.gives() > with.gives()).unwrap_or(with);
    scale.settled(best).taken
}

/// What is being weighed.
struct Scale<'a> {
    lines: &'a [Line],
    /// The places of the lines, dearest first.
    order: Vec<usize>,
    offers: &'a [&'a Offer],
    /// The lines that each offer applies to, dearest first.
    reach: Vec<Vec<usize>>,
    is_member: bool,
    /// Too absurd a sum to count in parts of a cent.
    is_vast: bool,
}

/// How far the weighing has come.
#[derive(Clone)]
struct State {
    /// How many pieces of each line nothing was given for yet.
    open: Vec<i64>,
    /// What is left to pay of each line.
    left: Vec<i64>,
    /// Lines that an exclusive promotion has touched.
    closed: Vec<bool>,
    taken: Vec<Taken>,
}

impl State {
    fn new(lines: &[Line]) -> Self {
        Self {
            open: lines.iter().map(Line::pieces).collect(),
            left: lines.iter().map(|line| line.gross.get()).collect(),
            closed: vec![false; lines.len()],
            taken: Vec::with_capacity(lines.len()),
        }
    }

    /// Takes an amount off a line, at most what is left of it; no rule does so twice.
    fn take(&mut self, line: usize, offer: Option<usize>, amount: i64) {
        let amount = amount.min(self.left[line]);
        if amount <= 0 {
            return;
        }
        self.left[line] -= amount;
        self.taken.push(Taken { line, offer, amount: Cents::new(amount) });
    }
}

/// Pieces that are shared out, and the thresholds that are reached then.
struct Shared {
    state: State,
    reached: Vec<Reached>,
}

/// What a threshold takes off its lines together.
struct Reached {
    offer: usize,
    off: i64,
    lines: Vec<usize>,
}

impl Shared {
    /// What is taken off in all.
    fn gives(&self) -> i64 {
        let taken: i64 = self.state.taken.iter().map(|taken| taken.amount.get()).sum();
        taken + self.reached.iter().map(|reached| reached.off).sum::<i64>()
    }
}

impl<'a> Scale<'a> {
    fn new(lines: &'a [Line], offers: &'a [&'a Offer], is_member: bool) -> Self {
        let mut order: Vec<usize> = (0..lines.len()).collect();
        order.sort_unstable_by_key(|place| lines[*place].rank());
        let mut reach: Vec<Vec<usize>> = offers.iter().map(|_| Vec::with_capacity(lines.len())).collect();
        for line in order.iter().copied() {
            for offer in lines[line].offers.iter().copied() {
                let terms = offers[offer];
                let is_group = matches!(terms.benefit, Benefit::NForM { .. });
                if (is_member || !terms.members_only) && !(is_group && lines[line].is_weighed) {
                    reach[offer].push(line);
                }
            }
        }
        let gross: i64 = lines.iter().map(|line| line.gross.get()).sum();
        Self { lines, order, offers, reach, is_member, is_vast: gross > i64::MAX / 4 / PARTS }
    }
}

impl Scale<'_> {
    fn may(&self, offer: usize) -> bool {
        self.is_member || !self.offers[offer].members_only
    }

    fn is_threshold(&self, offer: usize) -> bool {
        let benefit = &self.offers[offer].benefit;
        matches!(benefit, Benefit::ThresholdAmount { .. } | Benefit::ThresholdPercent { .. })
    }

    /// The offers that share the pieces.
    fn common(&self) -> impl Iterator<Item = usize> {
        (0..self.offers.len())
            .filter(|place| !self.offers[*place].exclusive && !self.reach[*place].is_empty())
    }

    /// An amount for so many pieces, for each of them, in parts of a cent.
    fn fine(&self, amount: i64, pieces: i64) -> i64 {
        if self.is_vast { amount / pieces / 8 } else { amount * PARTS / pieces }
    }

    /// Shares out the pieces that the exclusive promotions left.
    fn shared(&self, mut state: State, rules: &[Rule<'_>], alone: &[Option<Best>]) -> Shared {
        let each: Vec<i64> = alone
            .iter()
            .zip(self.lines)
            .map(|(best, line)| best.as_ref().map_or(0, |best| self.fine(best.amount, line.pieces())))
            .collect();
        self.share_out(&mut state, rules, &each);
        self.singles(&mut state, alone);
        let reached = self.thresholds(&state);
        Shared { state, reached }
    }

    /// Spreads what the thresholds take off.
    fn settled(&self, shared: Shared) -> State {
        let mut state = shared.state;
        shared.reached.into_iter().for_each(|reached| self.spread(&mut state, reached));
        state
    }

    /// Takes off what joining a rule gives.
    fn give(&self, state: &mut State, given: Given) {
        let line = &self.lines[given.line];
        let amount = match self.offers[given.offer].benefit {
            Benefit::NForM { .. } => given.free * line.unit_price.get(),
            _ if given.free == 0 => 0,
            ref benefit => line.off(benefit, given.free),
        };
        state.take(given.line, Some(given.offer), amount);
        state.open[given.line] -= given.joined;
    }

    fn exclusives(&self, state: &mut State) {
        for (place, offer) in self.offers.iter().enumerate().filter(|(_, offer)| offer.exclusive) {
            let before = state.taken.len();
            match offer.benefit {
                Benefit::NForM { .. } => self.exclusive_groups(state, place),
                Benefit::Percent { .. } | Benefit::Amount { .. } => self.single(state, place),
                Benefit::ThresholdAmount { .. } | Benefit::ThresholdPercent { .. } => {
                    let reached = self.reached(state, place, &state.closed);
                    self.spread(state, reached);
                }
            }
            for taken in before..state.taken.len() {
                let line = state.taken[taken].line;
                state.closed[line] = true;
            }
            for (open, closed) in state.open.iter_mut().zip(&state.closed) {
                *open = if *closed { 0 } else { *open };
            }
        }
    }

    /// Exclusive groups touch the pieces that are paid too.
    fn exclusive_groups(&self, state: &mut State, offer: usize) {
        let Some(rule) = Rule::new(self, offer, &state.open) else { return };
        let nothing = vec![0; self.lines.len()];
        for given in self.allot(&[rule], &state.open, &nothing) {
            self.give(state, given);
            state.closed[given.line] |= given.joined > 0;
        }
    }

    /// An exclusive percentage or amount, on its own.
    fn single(&self, state: &mut State, offer: usize) {
        let mut limit = self.offers[offer].basket_limit.unwrap_or(i64::MAX);
        for line in self.reach[offer].iter().copied() {
            let pieces = state.open[line].min(limit);
            if pieces > 0 {
                limit -= pieces;
                state.take(line, Some(offer), self.lines[line].off(&self.offers[offer].benefit, pieces));
            }
        }
    }

    /// The best of the percentages, amounts and member prices that all pieces of a line get, unless they join a rule.
    fn alone(&self, rules: &[Rule<'_>]) -> Vec<Option<Best>> {
        let mut is_scarce = vec![false; self.offers.len()];
        rules.iter().filter_map(Rule::single).for_each(|offer| is_scarce[offer] = true);
        (0..self.lines.len()).map(|line| self.best(line, &is_scarce)).collect()
    }

    /// To each piece that is still open, the best.
    fn singles(&self, state: &mut State, alone: &[Option<Best>]) {
        for (line, best) in alone.iter().enumerate() {
            let (Some(best), facts, open) = (best, &self.lines[line], state.open[line]) else { continue };
            let amount = match best.offer {
                _ if open == 0 => continue,
                _ if open == facts.pieces() => best.amount,
                Some(offer) => facts.off(&self.offers[offer].benefit, open),
                None => facts.off_for_members(open),
            };
            state.open[line] = 0;
            state.take(line, best.offer, amount);
        }
    }

    /// The best single rule for a line. Of two percentages the higher one gives more, and of two amounts: only those two are
    /// computed.
    fn best(&self, line: usize, is_scarce: &[bool]) -> Option<Best> {
        let facts = &self.lines[line];
        let mut percent: Option<(i64, usize)> = None;
        let mut amount: Option<(i64, usize)> = None;
        for offer in facts.offers.iter().copied() {
            let terms = self.offers[offer];
            if terms.exclusive || is_scarce[offer] || !self.may(offer) {
                continue;
            }
            let (champion, gives) = match &terms.benefit {
                Benefit::Percent { basis_points } => (&mut percent, *basis_points),
                Benefit::Amount { off } => (&mut amount, off.get()),
                _ => continue,
            };
            if champion.is_none_or(|(other, _)| gives > other) {
                *champion = Some((gives, offer));
            }
        }
        let mut best: Option<Best> = None;
        for (_, offer) in [percent, amount].into_iter().flatten() {
            let amount = facts.off(&self.offers[offer].benefit, facts.pieces());
            self.better(&mut best, Best { offer: Some(offer), amount });
        }
        if self.is_member {
            self.better(&mut best, Best { offer: None, amount: facts.off_for_members(facts.pieces()) });
        }
        best
    }

    /// Keeps the one that gives more; among equals the first code of the alphabet.
    fn better(&self, best: &mut Option<Best>, other: Best) {
        let wins = |one: &Best| match other.amount.cmp(&one.amount) {
            Ordering::Equal => self.code(other.offer) < self.code(one.offer),
            order => order.is_gt(),
        };
        if other.amount > 0 && best.as_ref().is_none_or(wins) {
            *best = Some(other);
        }
    }

    fn code(&self, offer: Option<usize>) -> &str {
        offer.map_or(MEMBER_PRICE, |place| &self.offers[place].code)
    }

    /// Thresholds, the one that gives most first, each on lines that no other one has used.
    fn thresholds(&self, state: &State) -> Vec<Reached> {
        let mut waiting: Vec<usize> = self.common().filter(|place| self.is_threshold(*place)).collect();
        let mut used = state.closed.clone();
        let mut reached = Vec::new();
        while !waiting.is_empty() {
            let gives = |offer: &usize| (self.off(state, *offer, &used), *offer);
            let best =
                waiting.iter().map(gives).reduce(|best, other| if other.0 > best.0 { other } else { best });
            let Some((1.., offer)) = best else { break };
            let next = self.reached(state, offer, &used);
            next.lines.iter().for_each(|line| used[*line] = true);
            waiting.retain(|other| *other != offer);
            reached.push(next);
        }
        reached
    }

    /// The lines of a threshold, but for those that are used.
    fn unused(&self, offer: usize, used: &[bool]) -> impl Iterator<Item = usize> {
        self.reach[offer].iter().copied().filter(|line| !used[*line])
    }

    fn reached(&self, state: &State, offer: usize, used: &[bool]) -> Reached {
        Reached { offer, off: self.off(state, offer, used), lines: self.unused(offer, used).collect() }
    }

    /// What a threshold takes off these lines together, if they reach it.
    fn off(&self, state: &State, offer: usize, used: &[bool]) -> i64 {
        let (mut gross, mut left) = (0, 0);
        for line in self.unused(offer, used) {
            gross += self.lines[line].gross.get();
            left += state.left[line];
        }
        match self.offers[offer].benefit {
            Benefit::ThresholdAmount { at_least, off } if gross >= at_least.get() => off.get().min(left),
            Benefit::ThresholdPercent { at_least, basis_points } if gross >= at_least.get() => {
                money::percent(Cents::new(left), basis_points).map_or(0, Cents::get).min(left)
            }
            _ => 0,
        }
    }

    fn spread(&self, state: &mut State, reached: Reached) {
        let Reached { offer, off, lines } = reached;
        let weights: Vec<Cents> = lines.iter().map(|line| Cents::new(state.left[*line])).collect();
        for (line, share) in lines.into_iter().zip(money::spread(Cents::new(off), &weights)) {
            state.take(line, Some(offer), share.get());
        }
    }
}

/// The best single rule for a line, and what it takes off all of it.
struct Best {
    offer: Option<usize>,
    amount: i64,
}
