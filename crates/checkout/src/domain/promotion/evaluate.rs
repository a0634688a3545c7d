//! How promotions are weighed against each other. The same lines, offers and member give the same cents, in whatever order
//! they came.
//!
//! 1. *Exclusive* promotions first, by code: what one of them touches, nothing else does.
//! 2. Then each piece gets one thing at most: it is in a group (N for the price of M), or it has the best of the percentages,
//!    amounts and its member price. Groups are formed from the dearest pieces down, and one is formed only where it gives more
//!    than its pieces would get otherwise. Where several promotions form groups, each is tried first, and so is none, and the plan
//!    that gives most is taken.
//! 3. Last, thresholds: what the covered lines cost *before* discounts decides whether one is reached, and it takes its
//!    share off what is left of them, spread by largest remainder. A line counts for one threshold, that which gives most.
//!
//! So no promotion that is not exclusive ever leaves the shopper worse off than another one alone would have.

use money::Cents;

use crate::domain::promotion::{Benefit, MEMBER_PRICE, Offer};

mod line;

#[cfg(test)]
mod tests;

pub use line::Line;

/// How many promotions that form groups are tried first. With more, those of the last codes only follow.
const MOST_PLANS: usize = 16;

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
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_unstable_by_key(|place| lines[*place].rank());
    let scale = Scale { lines, order, offers, is_member };
    let mut state = State::new(lines);
    scale.exclusives(&mut state);
    let mut best: Option<(i64, State)> = None;
    for plan in scale.plans() {
        let mut state = state.clone();
        for offer in plan {
            scale.groups(&mut state, offer);
        }
        scale.singles(&mut state);
        scale.thresholds(&mut state);
        let gives = state.taken.iter().map(|taken| taken.amount.get()).sum();
        if best.as_ref().is_none_or(|(most, _)| gives > *most) {
            best = Some((gives, state));
        }
    }
    best.map(|(_, state)| state.taken).unwrap_or_default()
}

/// What is being weighed.
struct Scale<'a> {
    lines: &'a [Line],
    /// The places of the lines, dearest first.
    order: Vec<usize>,
    offers: &'a [&'a Offer],
    is_member: bool,
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

    /// Takes an amount off a line, at most what is left of it; several of one rule are one entry.
    fn take(&mut self, line: usize, offer: Option<usize>, amount: i64) {
        let amount = amount.min(self.left[line]);
        if amount <= 0 {
            return;
        }
        self.left[line] -= amount;
        match self.taken.iter_mut().find(|taken| taken.line == line && taken.offer == offer) {
            Some(taken) => taken.amount = Cents::new(taken.amount.get() + amount),
            None => self.taken.push(Taken { line, offer, amount: Cents::new(amount) }),
        }
    }
}

impl Scale<'_> {
    fn may(&self, offer: usize) -> bool {
        self.is_member || !self.offers[offer].members_only
    }

    /// The lines an offer may apply to, dearest first.
    fn reach(&self, offer: usize) -> impl Iterator<Item = usize> {
        self.order.iter().copied().filter(move |line| self.lines[*line].offers.binary_search(&offer).is_ok())
    }

    fn exclusives(&self, state: &mut State) {
        for (place, offer) in self.offers.iter().enumerate().filter(|(_, offer)| offer.exclusive) {
            if !self.may(place) {
                continue;
            }
            let before = state.taken.len();
            match offer.benefit {
                Benefit::NForM { .. } => self.groups(state, place),
                Benefit::Percent { .. } | Benefit::Amount { .. } => self.single(state, place),
                Benefit::ThresholdAmount { .. } | Benefit::ThresholdPercent { .. } => {
                    let lines: Vec<usize> = self.reach(place).filter(|line| !state.closed[*line]).collect();
                    self.threshold(state, place, &lines);
                }
            }
            for taken in before..state.taken.len() {
                let line = state.taken[taken].line;
                state.closed[line] = true;
            }
            for line in 0..self.lines.len() {
                state.open[line] = if state.closed[line] { 0 } else { state.open[line] };
            }
        }
    }

    /// An exclusive percentage or amount, on its own.
    fn single(&self, state: &mut State, offer: usize) {
        let mut limit = self.offers[offer].basket_limit.unwrap_or(i64::MAX);
        for line in self.reach(offer) {
            let pieces = state.open[line].min(limit);
            if pieces > 0 {
                limit -= pieces;
                state.take(line, Some(offer), self.lines[line].off(&self.offers[offer].benefit, pieces));
            }
        }
    }

    /// In which order the promotions that form groups come: each of them first once, and none at all.
    fn plans(&self) -> Vec<Vec<usize>> {
        let forms_groups = |place: &usize| {
            let offer = self.offers[*place];
            matches!(offer.benefit, Benefit::NForM { .. }) && !offer.exclusive && self.may(*place)
        };
        let groups: Vec<usize> = (0..self.offers.len()).filter(forms_groups).collect();
        let first = |first: &usize| {
            std::iter::once(*first).chain(groups.iter().copied().filter(|other| other != first)).collect()
        };
        std::iter::once(Vec::new()).chain(groups.iter().take(MOST_PLANS).map(first)).collect()
    }

    /// Forms groups of the dearest pieces down, where that gives more than the pieces would get otherwise.
    fn groups(&self, state: &mut State, offer: usize) {
        let Benefit::NForM { take, pay } = self.offers[offer].benefit else { return };
        let mut limit = self.offers[offer].basket_limit.unwrap_or(i64::MAX);
        // Pieces of the group that is being formed: line, how many.
        let mut group: Vec<(usize, i64)> = Vec::new();
        let mut size = 0;
        let lines: Vec<usize> = self.reach(offer).filter(|line| !self.lines[*line].is_weighed).collect();
        for line in lines {
            let mut pieces = state.open[line];
            while pieces > 0 && limit > 0 {
                let whole = if size == 0 { pieces / take } else { 0 };
                if whole > 0 {
                    let whole = whole.min(limit);
                    let formed = self.form(
                        state,
                        Group { offer, pieces: &[(line, take)], free: take - pay, times: whole },
                    );
                    limit -= if formed { whole } else { 0 };
                    pieces -= whole * take;
                    continue;
                }
                let part = pieces.min(take - size);
                group.push((line, part));
                size += part;
                pieces -= part;
                if size == take {
                    let formed =
                        self.form(state, Group { offer, pieces: &group, free: take - pay, times: 1 });
                    limit -= i64::from(formed);
                    group.clear();
                    size = 0;
                }
            }
        }
    }

    /// Forms equal groups of these pieces, the last of which are free, unless they are better off without.
    fn form(&self, state: &mut State, group: Group<'_>) -> bool {
        let Group { offer, pieces: group, free, times } = group;
        let mut gifts: Vec<(usize, i64)> = Vec::new();
        let mut missing = free;
        for (line, pieces) in group.iter().rev() {
            let given = missing.min(*pieces);
            if given > 0 {
                gifts.push((*line, given * self.lines[*line].unit_price.get()));
            }
            missing -= given;
        }
        let saved: i64 = gifts.iter().map(|(_, amount)| amount).sum();
        let exclusive = self.offers[offer].exclusive;
        let otherwise: i64 = group.iter().map(|(line, pieces)| pieces * self.best_of_a_piece(*line)).sum();
        if saved == 0 || (!exclusive && saved <= otherwise) {
            return false;
        }
        for (line, amount) in gifts {
            state.take(line, Some(offer), amount * times);
        }
        for (line, pieces) in group {
            state.open[*line] -= pieces * times;
            if exclusive {
                state.closed[*line] = true;
            }
        }
        true
    }

    /// What each piece of a line gets when it is in no group; what only some pieces of a basket get is not counted on.
    fn best_of_a_piece(&self, line: usize) -> i64 {
        let left = |offer: usize| if self.offers[offer].basket_limit.is_none() { i64::MAX } else { 0 };
        self.best(line, 1, left).map_or(0, |best| best.amount)
    }

    /// Percentages, amounts and member prices: to each piece that is still open, the best.
    fn singles(&self, state: &mut State) {
        let mut left: Vec<i64> =
            self.offers.iter().map(|offer| offer.basket_limit.unwrap_or(i64::MAX)).collect();
        for line in self.order.iter().copied() {
            while state.open[line] > 0 {
                let Some(best) = self.best(line, state.open[line], |offer| left[offer]) else { break };
                if let Some(offer) = best.offer {
                    left[offer] = left[offer].saturating_sub(best.pieces);
                }
                state.open[line] -= best.pieces;
                state.take(line, best.offer, best.amount);
            }
        }
    }

    /// The best single rule for so many pieces of a line, and for how many of them. Of two percentages the higher one gives
    /// more, and of two amounts: only those two are computed, besides the ones with a limit.
    fn best(&self, line: usize, pieces: i64, left: impl Fn(usize) -> i64) -> Option<Best> {
        let facts = &self.lines[line];
        let mut percent: Option<(i64, usize)> = None;
        let mut amount: Option<(i64, usize)> = None;
        let mut best: Option<Best> = None;
        for offer in facts.offers.iter().copied() {
            let terms = self.offers[offer];
            if terms.exclusive || !self.may(offer) {
                continue;
            }
            let most = left(offer).min(pieces);
            let champion = match (&terms.benefit, terms.basket_limit) {
                (_, _) if most <= 0 => continue,
                (Benefit::Percent { .. } | Benefit::Amount { .. }, Some(_)) => {
                    let amount = facts.off(&terms.benefit, most);
                    self.better(&mut best, Best { offer: Some(offer), pieces: most, amount });
                    continue;
                }
                (Benefit::Percent { basis_points }, None) => (&mut percent, *basis_points),
                (Benefit::Amount { off }, None) => (&mut amount, off.get()),
                _ => continue,
            };
            if champion.0.is_none_or(|(other, _)| champion.1 > other) {
                *champion.0 = Some((champion.1, offer));
            }
        }
        for (_, offer) in [percent, amount].into_iter().flatten() {
            let amount = facts.off(&self.offers[offer].benefit, pieces);
            self.better(&mut best, Best { offer: Some(offer), pieces, amount });
        }
        if self.is_member {
            let amount = facts.off_for_members(pieces);
            self.better(&mut best, Best { offer: None, pieces, amount });
        }
        best
    }

    /// Keeps the one that gives more for each piece; among equals the first code of the alphabet.
    fn better(&self, best: &mut Option<Best>, other: Best) {
        let each = |of: &Best, pieces: i64| i128::from(of.amount) * i128::from(pieces);
        let wins = |one: &Best| match each(&other, one.pieces).cmp(&each(one, other.pieces)) {
            std::cmp::Ordering::Equal => self.code(other.offer) < self.code(one.offer),
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
    fn thresholds(&self, state: &mut State) {
        let is_open = |place: &usize| {
            let offer = self.offers[*place];
            let is_threshold =
                matches!(offer.benefit, Benefit::ThresholdAmount { .. } | Benefit::ThresholdPercent { .. });
            is_threshold && !offer.exclusive && self.may(*place)
        };
        let mut waiting: Vec<usize> = (0..self.offers.len()).filter(is_open).collect();
        let mut used = state.closed.clone();
        while !waiting.is_empty() {
            let mut best: Option<(i64, usize, Vec<usize>)> = None;
            for offer in waiting.iter().copied() {
                let lines: Vec<usize> = self.reach(offer).filter(|line| !used[*line]).collect();
                let gives = self.reached(state, offer, &lines);
                if gives > 0 && best.as_ref().is_none_or(|(most, ..)| gives > *most) {
                    best = Some((gives, offer, lines));
                }
            }
            let Some((_, offer, lines)) = best else { break };
            self.threshold(state, offer, &lines);
            lines.into_iter().for_each(|line| used[line] = true);
            waiting.retain(|other| *other != offer);
        }
    }

    /// What a threshold takes off these lines together, if they reach it.
    fn reached(&self, state: &State, offer: usize, lines: &[usize]) -> i64 {
        let gross: i64 = lines.iter().map(|line| self.lines[*line].gross.get()).sum();
        let left: i64 = lines.iter().map(|line| state.left[*line]).sum();
        match self.offers[offer].benefit {
            Benefit::ThresholdAmount { at_least, off } if gross >= at_least.get() => off.get().min(left),
            Benefit::ThresholdPercent { at_least, basis_points } if gross >= at_least.get() => {
                money::percent(Cents::new(left), basis_points).map_or(0, Cents::get).min(left)
            }
            _ => 0,
        }
    }

    fn threshold(&self, state: &mut State, offer: usize, lines: &[usize]) {
        let off = self.reached(state, offer, lines);
        let weights: Vec<Cents> = lines.iter().map(|line| Cents::new(state.left[*line])).collect();
        for (line, share) in lines.iter().zip(money::spread(Cents::new(off), &weights)) {
            state.take(*line, Some(offer), share.get());
        }
    }
}

/// Equal groups of pieces: lines, and how many of each in one group.
struct Group<'a> {
    offer: usize,
    pieces: &'a [(usize, i64)],
    free: i64,
    times: i64,
}

/// The best single rule for some pieces.
struct Best {
    offer: Option<usize>,
    pieces: i64,
    amount: i64,
}
