//! What a change is heard as. The page shows each of these as well: a shop is loud, and not everybody hears.

use super::{
    notice::RefundNotice,
    view::{Notice, Screen, View},
};

/// A sound, and the word beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cue {
    /// There is more in the basket.
    Added,
    /// There is less in it.
    Removed,
    /// Something is to be read.
    Alert,
    /// The sale is made.
    Paid,
}

impl Cue {
    /// What is heard when one view follows another; `answered` when somebody did something for it.
    pub(super) fn between(before: &View, now: &View, answered: bool) -> Option<Self> {
        let is_new = answered || before.notice != now.notice;
        match (&before.screen, &now.screen) {
            (Screen::Thanks(_), Screen::Thanks(_)) | (Screen::Attendant { .. }, Screen::Attendant { .. }) => {
                alarm(now, is_new)
            }
            (_, Screen::Thanks(_)) => Some(Self::Paid),
            (_, Screen::Attendant { .. }) => Some(Self::Alert),
            // A part is paid, and somebody has to say how the rest is.
            (before, Screen::Held { .. }) if !matches!(before, Screen::Held { .. }) => Some(Self::Alert),
            (_, Screen::Scanning(_)) => match articles(now).cmp(&articles(before)) {
                _ if alarm(now, is_new).is_some() => Some(Self::Alert),
                // A basket that is shown again after a payment or a start is the one that was there.
                _ if before.basket().is_none()
                    && !matches!(before.screen, Screen::Idle | Screen::Thanks(_)) =>
                {
                    None
                }
                std::cmp::Ordering::Greater => Some(Self::Added),
                std::cmp::Ordering::Less => Some(Self::Removed),
                std::cmp::Ordering::Equal => None,
            },
            _ => alarm(now, is_new),
        }
    }
}

fn articles(view: &View) -> i64 {
    view.basket().map_or(0, |basket| basket.article_count)
}

fn alarm(view: &View, is_new: bool) -> Option<Cue> {
    let is_good = |notice| {
        matches!(
            notice,
            Notice::Printing
                | Notice::Printed
                | Notice::Approved
                | Notice::CodeSettled
                | Notice::Checked
                | Notice::Refund(RefundNotice::Given)
        )
    };
    view.notice.filter(|notice| is_new && !is_good(*notice)).map(|_| Cue::Alert)
}

#[cfg(test)]
mod tests {
    use proto::checkout::v1 as pb;
    use uuid::Uuid;

    use super::{
        super::view::{Given, Sale},
        *,
    };

    fn scanning(article_count: i64, notice: Option<Notice>) -> View {
        let basket = pb::Basket { article_count, ..pb::Basket::default() };
        View { screen: Screen::Scanning(Box::new(basket)), notice, ..View::starting() }
    }

    #[test]
    fn more_less_trouble_and_a_sale_sound_differently_and_nothing_new_is_silent() {
        let idle = View { screen: Screen::Idle, ..View::starting() };
        let given = Given::Nothing;
        let sale = Sale { sale_id: Uuid::nil(), total_minor: 1, sequence: 1, given, training: false };
        let thanks = View { screen: Screen::Thanks(sale), ..View::starting() };
        let paying = View { screen: Screen::Paying { total_minor: 1 }, ..View::starting() };
        let held = View { screen: Screen::Held { tenders: Vec::new(), due_minor: 1 }, ..View::starting() };
        let refused = Some(Notice::NotACard);
        for (before, now, answered, heard) in [
            (&idle, &scanning(1, None), true, Some(Cue::Added)),
            (&scanning(1, None), &scanning(2, None), true, Some(Cue::Added)),
            (&scanning(2, None), &scanning(1, None), true, Some(Cue::Removed)),
            (&scanning(2, None), &scanning(2, refused), true, Some(Cue::Alert)),
            (&scanning(2, refused), &scanning(2, refused), true, Some(Cue::Alert)),
            (&scanning(2, refused), &scanning(2, refused), false, None),
            (&scanning(2, None), &scanning(2, Some(Notice::StillThere)), false, Some(Cue::Alert)),
            (&scanning(2, None), &scanning(2, Some(Notice::Approved)), false, None),
            (&View::starting(), &scanning(2, None), false, None),
            (&paying, &scanning(2, None), true, None),
            (&paying, &held, true, Some(Cue::Alert)),
            (&held, &held, true, None),
            (&paying, &thanks, true, Some(Cue::Paid)),
            (&thanks, &idle, true, None),
            (&thanks, &scanning(1, None), true, Some(Cue::Added)),
        ] {
            assert_eq!(Cue::between(before, now, answered), heard, "{before:?} to {now:?}");
        }
    }
}
