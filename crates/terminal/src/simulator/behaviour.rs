//! Everything a card terminal may do with a payment.

use std::str::FromStr;

use caisse_ap::Complement;

/// What a simulated card terminal does with a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Makes it.
    Approve,
    /// Does not make it, for this reason; with a slip, where the bank or the card refused.
    NotDone(Complement),
    /// The shopper presses the red button; the answer has no amount.
    Abandon,
    /// The shopper presses the red button; the answer has the amount, as that of other makers.
    AbandonWithAmount,
    /// Nobody presents a card.
    TimeOut,
    /// Breaks the connection and makes nothing.
    CutBeforeApproval,
    /// Makes it, and the connection breaks before the answer.
    CutAfterApproval,
    /// Makes it, and the answer comes in pieces.
    ApproveInPieces,
    /// Makes it, and the answer comes in two halves with a long silence between.
    ApproveInHalves,
    /// Says at once that it has taken the request into account, then makes it and answers on the same connection.
    Acknowledge,
    /// Makes it so late that the till has stopped waiting, and answers all the same.
    AnswerLate,
    /// Makes it, with a slip that fills the largest field.
    LargestSlip,
    /// Makes it, and ends the answer with a line end.
    LineEnd,
    /// Says at once that it is busy with something else.
    Busy,
    /// Makes it, and says one field twice.
    SayTwice,
    /// Neither makes it nor answers.
    Silence,
    /// Takes half of it.
    TakeLess,
    /// Makes it, with a card of meal vouchers.
    MealVoucherCard,
    /// Refuses it, and says late, in a second answer, that it made it all the same.
    RefuseThenApprove,
    /// Makes it, and answers under the reference of another payment.
    OtherReference,
}

/// The amounts that decide, by their last two digits, and the word of each behaviour in a script.
const ALL: [(i64, &str, Behaviour); 31] = [
    (13, "refuse", Behaviour::NotDone(Complement::Refused)),
    (14, "abandon", Behaviour::Abandon),
    (15, "time-out", Behaviour::TimeOut),
    (16, "cut-after", Behaviour::CutAfterApproval),
    (17, "in-pieces", Behaviour::ApproveInPieces),
    (18, "silence", Behaviour::Silence),
    (19, "less", Behaviour::TakeLess),
    (20, "no-reason", Behaviour::NotDone(Complement::Unknown)),
    (21, "phone-call", Behaviour::NotDone(Complement::PhoneCall)),
    (22, "forbidden", Behaviour::NotDone(Complement::Forbidden)),
    (23, "not-completed", Behaviour::NotDone(Complement::NotCompleted)),
    (24, "format-error", Behaviour::NotDone(Complement::FormatError)),
    (25, "selection-error", Behaviour::NotDone(Complement::SelectionError)),
    (26, "operator", Behaviour::NotDone(Complement::AbandonedByOperator)),
    (27, "operation", Behaviour::NotDone(Complement::UnknownOperation)),
    (28, "currency", Behaviour::NotDone(Complement::UnsupportedCurrency)),
    (29, "contradict", Behaviour::NotDone(Complement::Forced)),
    (34, "abandon-with-amount", Behaviour::AbandonWithAmount),
    (35, "cut-before", Behaviour::CutBeforeApproval),
    (36, "acknowledge", Behaviour::Acknowledge),
    (37, "late", Behaviour::AnswerLate),
    (38, "largest-slip", Behaviour::LargestSlip),
    (39, "line-end", Behaviour::LineEnd),
    (40, "busy", Behaviour::Busy),
    (41, "twice", Behaviour::SayTwice),
    (42, "in-halves", Behaviour::ApproveInHalves),
    (43, "contradict-authorised", Behaviour::NotDone(Complement::Authorised)),
    (44, "meal-voucher-card", Behaviour::MealVoucherCard),
    (-1, "refuse-then-approve", Behaviour::RefuseThenApprove),
    (-1, "other-reference", Behaviour::OtherReference),
    (-1, "approve", Behaviour::Approve),
];

/// A word that stands for no behaviour.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is nothing a card terminal does")]
pub struct NoBehaviour(String);

impl Behaviour {
    /// The behaviour of an amount.
    #[must_use]
    pub fn of(amount_minor: i64) -> Self {
        let ending = amount_minor % 100;
        ALL.iter().find(|(amount, ..)| *amount == ending).map_or(Self::Approve, |(.., behaviour)| *behaviour)
    }

    /// Every behaviour with its word.
    pub fn all() -> impl Iterator<Item = (&'static str, Self)> {
        ALL.iter().map(|(_, word, behaviour)| (*word, *behaviour))
    }

    /// Its word in a script.
    pub(super) fn word(self) -> &'static str {
        Self::all().find(|(_, behaviour)| *behaviour == self).map_or("", |(word, _)| word)
    }

    /// How much of an amount is taken.
    pub(super) const fn takes(self, amount_minor: i64) -> i64 {
        match self {
            Self::Approve
            | Self::CutAfterApproval
            | Self::ApproveInPieces
            | Self::ApproveInHalves
            | Self::Acknowledge
            | Self::AnswerLate
            | Self::LargestSlip
            | Self::LineEnd
            | Self::SayTwice
            | Self::MealVoucherCard
            | Self::RefuseThenApprove
            | Self::OtherReference => amount_minor,
            Self::TakeLess => amount_minor / 2,
            Self::NotDone(_)
            | Self::Abandon
            | Self::AbandonWithAmount
            | Self::TimeOut
            | Self::CutBeforeApproval
            | Self::Busy
            | Self::Silence => 0,
        }
    }
}

impl FromStr for Behaviour {
    type Err = NoBehaviour;

    fn from_str(word: &str) -> Result<Self, NoBehaviour> {
        let known = Self::all().find(|(known, _)| *known == word);
        known.map(|(_, behaviour)| behaviour).ok_or_else(|| NoBehaviour(word.to_owned()))
    }
}
