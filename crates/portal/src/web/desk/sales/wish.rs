//! What the form of a sale asks for: which lines, how much of each, why, and how the money goes back.

use std::collections::BTreeMap;

use money::Cents;
use proto::checkout::v1::{Line, LineKind, Payout, RefundPart, RefundReason, Ticket};

use crate::{text::Lang, web::form::Fields};

/// Ways for the money, by their words in the form.
pub const PAYOUTS: [(&str, Payout); 3] =
    [("desk", Payout::Desk), ("acquirer", Payout::Acquirer), ("store_credit", Payout::StoreCredit)];

/// Reasons, by their words in the form.
pub const REASONS: [(&str, RefundReason); 6] = [
    ("damaged", RefundReason::Damaged),
    ("not_as_described", RefundReason::NotAsDescribed),
    ("wrong_price", RefundReason::WrongPrice),
    ("not_taken", RefundReason::NotTaken),
    ("recalled", RefundReason::Recalled),
    ("simple_request", RefundReason::Unspecified),
];

/// What the form says.
#[derive(Default)]
pub struct Wish {
    /// The lines that were ticked.
    pub lines: BTreeMap<i32, Asked>,
    pub payout: Option<(&'static str, Payout)>,
    pub reason: Option<(&'static str, RefundReason)>,
}

/// How much of a line: pieces, money alone, or neither for all that is left.
#[derive(Default)]
pub struct Asked {
    pub pieces: i64,
    /// As it was typed.
    pub money: String,
}

impl Wish {
    pub fn of(fields: &Fields) -> Self {
        let asked = |(line_id, _): (i32, &str)| {
            let pieces = fields.text(&format!("pieces.{line_id}")).parse::<u16>().map_or(0, i64::from);
            (line_id, Asked { pieces, money: fields.text(&format!("money.{line_id}")) })
        };
        let (payout, reason) = (fields.text("payout"), fields.text("reason"));
        Self {
            lines: fields.numbered("line.").map(asked).collect(),
            payout: PAYOUTS.into_iter().find(|(word, _)| *word == payout),
            reason: REASONS.into_iter().find(|(word, _)| *word == reason),
        }
    }

    /// What is asked of checkout; nothing where it cannot be meant.
    pub fn parts(&self) -> Option<Vec<RefundPart>> {
        let parts = self.lines.iter().map(|(line_id, asked)| asked.part(*line_id));
        parts.collect::<Option<Vec<_>>>().filter(|parts| !parts.is_empty())
    }

    /// What has to be changed before it can be confirmed, if anything has.
    pub fn flaw(&self, ticket: &Ticket, lang: Lang) -> Option<&'static str> {
        if self.lines.is_empty() {
            return Some(lang.say("Cochez au moins un article.", "Tick at least one product."));
        }
        if self.reason.is_none() {
            return Some(lang.say("Choisissez un motif.", "Choose a reason."));
        }
        if self.payout.is_none_or(|(_, how)| how == Payout::StoreCredit && ticket.member_id.is_empty()) {
            return Some(
                lang.say("Choisissez comment l’argent est rendu.", "Choose how the money goes back."),
            );
        }
        let is_possible = |(line_id, asked): (&i32, &Asked)| {
            let line = ticket.lines.iter().find(|line| line.line_id == *line_id);
            let left = line.and_then(|line| left_of(ticket, line));
            left.zip(asked.part(*line_id)).is_some_and(|(left, part)| {
                part.quantity_milli <= left.quantity_milli && part.amount_minor <= left.amount_minor
            })
        };
        (!self.lines.iter().all(is_possible)).then(|| {
            lang.say(
                "Pour chaque article, choisissez tout, un nombre de pièces ou un montant, dans ce qui reste à rembourser.",
                "For each product choose all of it, a number of pieces or an amount, within what is left to refund.",
            )
        })
    }
}

impl Asked {
    /// What is asked of the line; nothing where it cannot be meant.
    pub fn part(&self, line_id: i32) -> Option<RefundPart> {
        let amount_minor = match self.money.trim_end_matches(['€', ' ', '\u{a0}', '\u{202f}']) {
            "" => 0,
            typed => Cents::parse(typed).ok().map(Cents::get).filter(|cents| *cents > 0)?,
        };
        let quantity_milli = self.pieces * 1_000;
        (quantity_milli == 0 || amount_minor == 0).then_some(RefundPart {
            line_id,
            quantity_milli,
            amount_minor,
        })
    }
}

/// What can still be given back of a line; nothing where that is over, and of an empty that came back.
pub fn left_of(ticket: &Ticket, line: &Line) -> Option<RefundPart> {
    let line_id = line.line_id;
    if line.kind() == LineKind::DepositReturn || ticket.refunded_line_ids.contains(&line_id) {
        return None;
    }
    let given = ticket.refunded_parts.iter().find(|part| part.line_id == line_id);
    Some(RefundPart {
        line_id,
        quantity_milli: line.quantity_milli - given.map_or(0, |given| given.quantity_milli),
        amount_minor: line.total_minor - given.map_or(0, |given| given.amount_minor),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket() -> Ticket {
        let line = |line_id, quantity_milli, total_minor, kind: LineKind| Line {
            line_id,
            quantity_milli,
            total_minor,
            kind: kind.into(),
            ..Line::default()
        };
        Ticket {
            lines: vec![
                line(1, 3_000, 900, LineKind::Goods),
                line(2, 1_000, 200, LineKind::Goods),
                line(3, 1_000, -20, LineKind::DepositReturn),
            ],
            refunded_parts: vec![RefundPart { line_id: 1, quantity_milli: 1_000, amount_minor: 300 }],
            refunded_line_ids: vec![2],
            ..Ticket::default()
        }
    }

    fn wish(line_id: i32, pieces: i64, money: &str) -> Wish {
        Wish {
            lines: [(line_id, Asked { pieces, money: money.to_owned() })].into(),
            payout: Some(PAYOUTS[0]),
            reason: Some(REASONS[0]),
        }
    }

    #[test]
    fn a_line_comes_back_as_far_as_it_is_left_whole_in_pieces_or_by_an_amount() {
        for (pieces, money, part) in [
            (0, "", Some((0, 0))),
            (2, "", Some((2_000, 0))),
            (0, "6,00 €", Some((0, 600))),
            (0, "1.5", Some((0, 150))),
            (3, "", None),
            (0, "6,01", None),
            (1, "1,00", None),
            (0, "0", None),
            (0, "-1", None),
            (0, "un euro", None),
        ] {
            let wish = wish(1, pieces, money);
            let is_taken = wish.flaw(&ticket(), Lang::French).is_none();
            assert_eq!(is_taken, part.is_some(), "{pieces} {money}");
            if let Some((quantity_milli, amount_minor)) = part {
                let part = RefundPart { line_id: 1, quantity_milli, amount_minor };
                assert_eq!(wish.parts(), Some(vec![part]), "{pieces} {money}");
            }
        }
        for over_or_none in [2, 3, 4] {
            assert!(wish(over_or_none, 0, "").flaw(&ticket(), Lang::French).is_some(), "{over_or_none}");
        }
    }

    #[test]
    fn nothing_comes_back_without_a_line_a_reason_and_a_way_for_the_money() {
        let whole = || wish(1, 0, "");
        for wanting in [
            Wish { lines: BTreeMap::new(), ..whole() },
            Wish { reason: None, ..whole() },
            Wish { payout: None, ..whole() },
            Wish { payout: Some(PAYOUTS[2]), ..whole() },
        ] {
            assert!(wanting.flaw(&ticket(), Lang::English).is_some());
        }
        let member = Ticket { member_id: "01970000-0000-7000-8000-000000000001".to_owned(), ..ticket() };
        assert_eq!(Wish { payout: Some(PAYOUTS[2]), ..whole() }.flaw(&member, Lang::English), None);
        assert_eq!(Wish::default().parts(), None);
    }
}
