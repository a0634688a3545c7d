//! Which machine is a till: one at a time, although disks are copied and restored.
//!
//! A till is known by its journal. Two machines with the same journal differ in the place where it lies; whoever was heard of while the
//! other asked is the till. A journal that was copied and grew old betrays itself by its generation.

use uuid::Uuid;

/// A machine that wants to be the till.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// Its journal.
    pub instance_id: Uuid,
    /// What the journal was granted last; 0 when it never was.
    pub generation: i64,
    /// Where the journal lies.
    pub place: String,
    /// What this very request was granted before.
    pub granted: Option<i64>,
}

/// The machine that is the till.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holder {
    /// Its journal; nothing when nobody is the till.
    pub instance_id: Option<Uuid>,
    /// What it was granted.
    pub generation: i64,
    /// Where its journal lies.
    pub place: String,
    /// It was heard of a moment ago.
    pub is_alive: bool,
    /// It was heard of after the other one had asked for the first time.
    pub heard_since_asked: bool,
    /// It was heard of since it was granted the till.
    pub heard_since_granted: bool,
}

/// What becomes of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the till, by this new generation.
    Granted(i64),
    /// It was granted this before; the till has moved no further.
    Repeated(i64),
    /// Another machine is the till.
    Elsewhere,
    /// It is the copy of a journal that another machine works with, or worked with since.
    Cloned,
}

/// Decides who is the till.
pub fn decide(holder: &Holder, asking: &Asking) -> Verdict {
    if let Some(granted) = asking.granted {
        return repeated(holder, asking, granted);
    }
    let next = Verdict::Granted(holder.generation.max(asking.generation) + 1);
    let Some(instance_id) = holder.instance_id else { return next };
    let is_same = instance_id == asking.instance_id;
    let is_newcomer = asking.generation == 0 && !is_same;
    if asking.generation < holder.generation && !is_newcomer {
        return Verdict::Cloned;
    }
    if is_same && asking.place == holder.place {
        return next;
    }
    match (holder.heard_since_asked, holder.is_alive) {
        (true, _) if is_same => Verdict::Cloned,
        (true, _) | (false, true) => Verdict::Elsewhere,
        (false, false) => next,
    }
}

/// The answer was lost, or the power was cut before it was written down. Had it been written, another request would come: what works
/// under the grant elsewhere has a copy of the journal.
fn repeated(holder: &Holder, asking: &Asking, granted: i64) -> Verdict {
    let is_current = holder.instance_id == Some(asking.instance_id) && holder.generation == granted;
    if is_current && holder.place != asking.place && holder.heard_since_granted {
        return Verdict::Cloned;
    }
    Verdict::Repeated(granted)
}

#[cfg(test)]
mod tests;
