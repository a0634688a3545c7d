//! Which pieces go into which group, and which ones get a discount that is not enough for all of them.
//!
//! The pieces pass by, dearest first. Each joins one rule, or is left with what it gets alone. The last pieces of each group are
//! free, and no other way to cut the same pieces into groups gives more. So all that counts of the pieces that went before is how
//! many joined each rule: for each piece and each such state the best that can still come is computed, from the last piece to the
//! first, and no choice of pieces is left out.

use super::{Scale, State};
use crate::domain::promotion::Benefit;

/// How many states are computed for a piece at most; with more, promotions take their turns.
const MOST_STATES: i64 = 512;
/// How many promotions are weighed against each other at once.
const MOST_RULES: usize = 8;
/// How many pieces a limit may leave so that they are chosen.
const MOST_TRACKED: i64 = 64;
/// How often another promotion has the first turn.
const MOST_PLANS: usize = 16;
/// So many pieces of a line always choose one by one.
const FEW: i64 = 8;
/// Out of reach: some group would stay incomplete.
const NEVER: i64 = i64::MIN / 2;
/// What a piece that joins no rule chooses; others choose the place of the rule.
const NONE: u8 = u8::MAX;

/// A promotion that cannot have all pieces it is for, or not in any number.
#[derive(Clone, Copy)]
pub(super) struct Rule<'a> {
    offer: usize,
    /// How many pieces make a group; 1 for what is taken off single pieces.
    take: i64,
    /// How many pieces of a group, the dearest, get nothing.
    pay: i64,
    /// How many pieces may join at most, in whole groups.
    most: i64,
    /// The states count the pieces up to the limit, not only those of a group begun.
    is_tracked: bool,
    /// There is a limit of more pieces than that: all may choose, and the dearest have it.
    is_cut: bool,
    /// The lines it is for, dearest first.
    lines: &'a [usize],
}

/// How many pieces of a line joined a rule.
#[derive(Clone, Copy)]
pub(super) struct Given {
    pub(super) line: usize,
    pub(super) offer: usize,
    pub(super) joined: i64,
    /// Those of them that something is taken off.
    pub(super) free: i64,
    /// By how much that is more than they get alone.
    gain: i64,
}

/// The pieces of a line, and what they may choose.
struct Choice {
    line: usize,
    /// How many choose one by one.
    pieces: i64,
    /// What a piece gets alone.
    alone: i64,
    /// The rules, and what each takes off a piece.
    joins: Vec<(u8, i64)>,
    /// Whole groups that one of the rules has before.
    bulk: Option<(u8, i64)>,
}

/// What follows when a piece joins; `None` at the limit.
type Step = Option<(usize, bool)>;

impl<'a> Rule<'a> {
    /// `None` for an offer that can have every open piece it is for, or none.
    pub(super) fn new(scale: &'a Scale<'_>, offer: usize, open: &[i64]) -> Option<Self> {
        let lines = &scale.reach[offer];
        let terms = scale.offers[offer];
        let (take, pay) = match (&terms.benefit, terms.basket_limit) {
            (Benefit::NForM { take, pay }, _) if take > pay => (*take, *pay),
            (Benefit::Percent { .. } | Benefit::Amount { .. }, Some(_)) => (1, 0),
            _ => return None,
        };
        let there: i64 = lines.iter().map(|line| open[*line]).sum();
        let whole = there - there % take;
        let most = terms.basket_limit.map_or(whole, |limit| limit.saturating_mul(take).min(whole));
        let is_limited = most < whole;
        let (is_tracked, is_cut) = (is_limited && most <= MOST_TRACKED, is_limited && most > MOST_TRACKED);
        let matters = most > 0 && (take > 1 || is_limited);
        matters.then_some(Self { offer, take, pay, most, is_tracked, is_cut, lines })
    }

    pub(super) fn forms_groups(&self) -> bool {
        self.take > 1
    }

    /// The place of the offer of a rule for single pieces.
    pub(super) fn single(&self) -> Option<usize> {
        (!self.forms_groups()).then_some(self.offer)
    }

    fn states(&self) -> i64 {
        if self.is_tracked { self.most + 1 } else { self.take }
    }

    /// How many of the first so many pieces are free.
    fn free(&self, pieces: i64) -> i64 {
        pieces / self.take * (self.take - self.pay) + (pieces % self.take - self.pay).max(0)
    }

    fn meets(&self, other: &Self, scale: &Scale<'_>) -> bool {
        self.lines.iter().any(|line| scale.lines[*line].offers.binary_search(&other.offer).is_ok())
    }
}

impl Scale<'_> {
    /// Has the open pieces choose. `alone` is what a piece of each line gets otherwise.
    pub(super) fn share_out(&self, state: &mut State, rules: &[Rule<'_>], alone: &[i64]) {
        for part in self.parts(rules) {
            let turns = turns(&part);
            let plans = (0..turns.len().min(MOST_PLANS))
                .map(|first| self.in_turn(&turns, first, state.open.clone(), alone));
            let gain = |plan: &[Given]| plan.iter().map(|given| given.gain).sum::<i64>();
            let best = plans.reduce(|best, plan| if gain(&plan) > gain(&best) { plan } else { best });
            best.into_iter().flatten().for_each(|given| self.give(state, given));
        }
    }

    /// Rules that meet on a line, also through others, stay together.
    fn parts<'a>(&self, rules: &[Rule<'a>]) -> Vec<Vec<Rule<'a>>> {
        let mut parts: Vec<Vec<Rule<'a>>> = Vec::new();
        for rule in rules {
            let (mut meeting, mut parted): (Vec<_>, Vec<_>) =
                parts.into_iter().partition(|part| part.iter().any(|other| other.meets(rule, self)));
            meeting.push(vec![*rule]);
            let mut part = meeting.concat();
            part.sort_unstable_by_key(|rule| rule.offer);
            parted.push(part);
            parts = parted;
        }
        parts
    }

    /// One turn comes first, then the others.
    fn in_turn(&self, turns: &[&[Rule<'_>]], first: usize, mut open: Vec<i64>, alone: &[i64]) -> Vec<Given> {
        let others = (0..turns.len()).filter(|turn| *turn != first);
        let mut plan = Vec::new();
        for turn in std::iter::once(first).chain(others) {
            let given = self.allot(turns[turn], &open, alone);
            given.iter().for_each(|given| open[given.line] -= given.joined);
            plan.extend(given);
        }
        plan
    }

    /// The best that a few rules can do together.
    pub(super) fn allot(&self, rules: &[Rule<'_>], open: &[i64], alone: &[i64]) -> Vec<Given> {
        let lines = self.order.iter().filter(|line| open[**line] > 0);
        let choices: Vec<Choice> =
            lines.filter_map(|line| self.choice(rules, *line, open[*line], alone[*line])).collect();
        let steps: Vec<Vec<Step>> = (0..rules.len()).map(|place| steps(rules, place)).collect();
        let chosen = choose(&choices, &steps, ends(rules));
        let states = steps.first().map_or(0, Vec::len);
        let mut rows = chosen.chunks_exact(states.max(1));
        let mut state = 0;
        let mut joined = vec![0; rules.len()];
        let mut plan = Vec::new();
        for choice in choices {
            let mut here = [0; MOST_RULES];
            if let Some((rule, groups)) = choice.bulk {
                here[usize::from(rule)] = groups * rules[usize::from(rule)].take;
            }
            for row in rows.by_ref().take(usize::try_from(choice.pieces).unwrap_or_default()) {
                let rule = usize::from(row[state]);
                if let Some((to, _)) = steps.get(rule).and_then(|steps| steps[state]) {
                    here[rule] += 1;
                    state = to;
                }
            }
            for (rule, worth) in choice.joins {
                let place = usize::from(rule);
                let (rule, before) = (rules[place], joined[place]);
                let here = here[place].min(rule.most - before);
                joined[place] += here;
                let free = rule.free(before + here) - rule.free(before);
                let gain = free * worth - here * choice.alone;
                plan.push(Given { line: choice.line, offer: rule.offer, joined: here, free, gain });
            }
        }
        plan
    }

    fn choice(&self, rules: &[Rule<'_>], line: usize, open: i64, alone: i64) -> Option<Choice> {
        let facts = &self.lines[line];
        let is_for = |rule: &Rule<'_>| {
            facts.offers.binary_search(&rule.offer).is_ok() && !(rule.forms_groups() && facts.is_weighed)
        };
        let worth = |rule: &Rule<'_>| match rule.single() {
            None => self.fine(facts.unit_price.get(), 1),
            Some(offer) => self.fine(facts.off(&self.offers[offer].benefit, facts.pieces()), facts.pieces()),
        };
        let joins: Vec<(u8, i64)> = (0..)
            .zip(rules)
            .filter(|(_, rule)| is_for(rule))
            .map(|(place, rule)| (place, worth(rule)))
            .collect();
        let choice = Choice { line, pieces: open, alone, joins, bulk: None };
        (!choice.joins.is_empty()).then(|| choice.shortened(rules))
    }
}

impl Choice {
    /// Of many equal pieces, most have no choice: they are in whole groups of the rule that gives most for each piece. For as many
    /// pieces as two rules can exchange in whole groups, that one is as good as another.
    fn shortened(mut self, rules: &[Rule<'_>]) -> Self {
        if self.pieces <= FEW {
            return self;
        }
        let each = |of: &(u8, i64)| {
            let Rule { take, pay, .. } = rules[usize::from(of.0)];
            let gives = i128::from(take - pay) * i128::from(of.1) - i128::from(take) * i128::from(self.alone);
            (gives, i128::from(take))
        };
        let untracked = self.joins.iter().filter(|(rule, _)| !rules[usize::from(*rule)].is_tracked);
        let best = untracked
            .filter(|join| each(join).0 > 0)
            .reduce(
                |best, join| {
                    if each(join).0 * each(best).1 > each(best).0 * each(join).1 { join } else { best }
                },
            )
            .map(|(rule, _)| *rule);
        let size = best.map_or(1, |rule| rules[usize::from(rule)].take);
        let others = self.joins.iter().filter(|(rule, _)| Some(*rule) != best);
        let kept = others.map(|(rule, _)| match rules[usize::from(*rule)] {
            Rule { is_tracked: true, most, .. } => most,
            Rule { take, .. } => take * size,
        });
        let groups = (self.pieces - kept.sum::<i64>() - size).max(0) / size;
        self.pieces -= groups * size;
        self.bulk = best.map(|rule| (rule, groups));
        self
    }
}

/// As many rules as can be weighed at once have their turn together, one that is cut alone.
fn turns<'a, 'b>(part: &'b [Rule<'a>]) -> Vec<&'b [Rule<'a>]> {
    let mut turns = Vec::new();
    let mut rest = part;
    while let Some(first) = rest.first() {
        let mut states = 1;
        let fits = |rule: &&Rule<'_>| {
            states *= rule.states();
            states <= MOST_STATES && !first.is_cut && !rule.is_cut
        };
        let together = rest.iter().take(MOST_RULES).take_while(fits).count().max(1);
        let (turn, others) = rest.split_at(together);
        turns.push(turn);
        rest = others;
    }
    turns
}

/// What follows from each state when a piece joins the rule in this place: the next state, and whether the piece is free.
fn steps(rules: &[Rule<'_>], place: usize) -> Vec<Step> {
    let weight: i64 = rules[..place].iter().map(Rule::states).product();
    let states: i64 = rules.iter().map(Rule::states).product();
    let rule = rules[place];
    let step = |state: i64| {
        let joined = state / weight % rule.states();
        if rule.is_tracked && joined == rule.most {
            return None;
        }
        let next = if rule.is_tracked { joined + 1 } else { (joined + 1) % rule.take };
        let to = usize::try_from(state + (next - joined) * weight).ok()?;
        Some((to, joined % rule.take >= rule.pay))
    };
    (0..states).map(step).collect()
}

/// What each state is worth after the last piece: nothing, or out of reach while a group is incomplete.
fn ends(rules: &[Rule<'_>]) -> Vec<i64> {
    let states: i64 = rules.iter().map(Rule::states).product();
    let end = |mut state: i64| {
        let is_whole = rules.iter().all(|rule| {
            let joined = state % rule.states();
            state /= rule.states();
            joined % rule.take == 0
        });
        if is_whole { 0 } else { NEVER }
    };
    (0..states).map(end).collect()
}

/// For each piece, in a row, what it chooses in each state. Among equals it joins the first rule, so that the dearest pieces come
/// first; but joining must be worth something.
fn choose(choices: &[Choice], steps: &[Vec<Step>], mut next: Vec<i64>) -> Vec<u8> {
    let states = next.len();
    let pieces: i64 = choices.iter().map(|choice| choice.pieces).sum();
    let mut chosen = vec![NONE; usize::try_from(pieces).unwrap_or_default() * states];
    let mut now = next.clone();
    let of_each = choices.iter().rev().flat_map(|choice| (0..choice.pieces).map(move |_| choice));
    for (choice, row) in of_each.zip(chosen.chunks_exact_mut(states).rev()) {
        now.copy_from_slice(&next);
        for (rule, worth) in &choice.joins {
            let (paid, free) = (-choice.alone, worth - 1 - choice.alone);
            for ((step, now), chosen) in steps[usize::from(*rule)].iter().zip(&mut now).zip(&mut *row) {
                let Some((to, is_free)) = *step else { continue };
                let gives = next[to] + if is_free { free } else { paid };
                if gives > *now || (gives == *now && *chosen == NONE) {
                    (*now, *chosen) = (gives, *rule);
                }
            }
        }
        std::mem::swap(&mut now, &mut next);
    }
    chosen
}
