//! What is known of the last payments and of what was given back: a late answer that says so again tells nothing new.

use std::collections::VecDeque;

use uuid::Uuid;

/// More payments than can end while a card terminal is still listened to.
const MOST: usize = 64;

/// What became of the last payments, and of what was last given back.
#[derive(Debug, Default)]
pub(super) struct Known(VecDeque<Asked>);

/// What became of something that was asked of the card terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// The money moved.
    Made,
    /// It did not.
    NotMade,
    /// It went back, by the card terminal or by hand: a person who settled it may have done either.
    GivenBack,
}

#[derive(Debug)]
struct Asked {
    id: Uuid,
    basket_id: Option<Uuid>,
    fate: Fate,
}

impl Known {
    /// What is said last of a payment, or of money that goes back, counts; with the basket that it was asked for, if there is one.
    pub(super) fn keep(&mut self, id: Uuid, basket_id: Option<Uuid>, fate: Fate) {
        self.0.retain(|asked| asked.id != id);
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back(Asked { id, basket_id, fate });
    }

    /// Whether it is known of this reference, or taken for granted, that the money moved, or that it did not.
    pub(super) fn agrees(&self, reference: &str, moved: bool) -> bool {
        let asked = self.0.iter().find(|asked| asked.id.to_string() == reference);
        match asked.map(|asked| asked.fate) {
            Some(Fate::Made) => moved,
            Some(Fate::NotMade) | None => !moved,
            // By hand as well, or not at all: either is to be looked into.
            Some(Fate::GivenBack) => false,
        }
    }

    /// Whether this was asked for this basket and is known as not made.
    pub(super) fn is_not_made(&self, id: Uuid, basket_id: Uuid) -> bool {
        let is_it = |asked: &Asked| asked.id == id && asked.basket_id == Some(basket_id);
        self.0.iter().any(|asked| is_it(asked) && asked.fate == Fate::NotMade)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_late_agrees_or_is_looked_into() {
        let (mut known, id) = (Known::default(), Uuid::from_u128(1));
        let both =
            |known: &Known| (known.agrees(&id.to_string(), true), known.agrees(&id.to_string(), false));
        assert_eq!(both(&known), (false, true), "nothing is known");
        for (fate, agrees) in
            [(Fate::Made, (true, false)), (Fate::NotMade, (false, true)), (Fate::GivenBack, (false, false))]
        {
            known.keep(id, None, fate);
            assert_eq!(both(&known), agrees, "{fate:?}");
        }
    }
}
