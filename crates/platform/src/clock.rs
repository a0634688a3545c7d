//! Time by injection. Business time comes from here; leases and back-off use the database's or the machine's own clock.

use std::{
    fs,
    path::PathBuf,
    str::FromStr,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

/// The clock of a service. Clones tell the same time.
#[derive(Clone, Debug, Default)]
pub struct Clock(Source);

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    System,
    Scaled(DemoClock),
    Manual(Arc<Mutex<OffsetDateTime>>),
}

/// `START,SPEED[,UNTIL[,ANCHOR]]`: from the real instant ANCHOR on (now, if left out), time runs from START at SPEED times its
/// pace until UNTIL (twelve hours after START, if left out), then at its usual pace. Instants are RFC 3339. An ANCHOR `@FILE` is the
/// instant that the file holds; until it is there, time stands at START.
#[derive(Clone, Debug)]
pub struct DemoClock {
    start: OffsetDateTime,
    speed: u32,
    until: OffsetDateTime,
    anchor: Anchor,
}

#[derive(Clone, Debug)]
enum Anchor {
    Known(OffsetDateTime),
    File { path: PathBuf, known: Arc<OnceLock<OffsetDateTime>> },
}

/// Why a demo clock could not be read.
#[derive(Debug, thiserror::Error)]
#[error(
    "a demo clock is START,SPEED[,UNTIL[,ANCHOR]] with RFC 3339 instants and a speed of 1 to 100000, not {0:?}"
)]
pub struct BadDemoClock(String);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A scaled clock for a demonstration.
    #[must_use]
    pub fn demo(clock: DemoClock) -> Self {
        Self(Source::Scaled(clock))
    }

    /// A clock that stands still until it is set; for tests.
    #[must_use]
    pub fn manual(now: OffsetDateTime) -> Self {
        Self(Source::Manual(Arc::new(Mutex::new(now))))
    }

    /// The time now, in UTC.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        match &self.0 {
            Source::System => OffsetDateTime::now_utc(),
            Source::Scaled(clock) => clock.at(OffsetDateTime::now_utc()),
            Source::Manual(now) => *now.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// The time by which credentials end. In a demonstration a day of the shop passes in seconds; who somebody is does not.
    #[must_use]
    pub fn unscaled(&self) -> OffsetDateTime {
        match &self.0 {
            Source::Scaled(_) => OffsetDateTime::now_utc(),
            Source::System | Source::Manual(_) => self.now(),
        }
    }

    /// Whether it runs at another pace than the machine's.
    #[must_use]
    pub const fn is_scaled(&self) -> bool {
        matches!(self.0, Source::Scaled(_))
    }

    /// Sets a manual clock; any other clock stays as it is.
    pub fn set(&self, to: OffsetDateTime) {
        if let Source::Manual(now) = &self.0 {
            *now.lock().unwrap_or_else(PoisonError::into_inner) = to;
        }
    }
}

impl DemoClock {
    fn at(&self, real: OffsetDateTime) -> OffsetDateTime {
        let Some(anchor) = self.anchor.instant() else { return self.start };
        let elapsed = (real - anchor).max(Duration::ZERO);
        let scaled = elapsed * self.speed;
        let fast = self.until - self.start;
        if scaled < fast { self.start + scaled } else { self.until + (elapsed - fast / self.speed) }
    }
}

impl FromStr for DemoClock {
    type Err = BadDemoClock;

    fn from_str(text: &str) -> Result<Self, BadDemoClock> {
        let bad = || BadDemoClock(text.to_owned());
        let instant = |part: &str| {
            OffsetDateTime::parse(part, &Rfc3339)
                .map(|at| at.to_offset(time::UtcOffset::UTC))
                .map_err(|_| bad())
        };
        let mut parts = text.split(',');
        let start = instant(parts.next().ok_or_else(bad)?)?;
        let speed: u32 = parts.next().and_then(|part| part.parse().ok()).ok_or_else(bad)?;
        let until = parts.next().map(instant).transpose()?.unwrap_or(start + Duration::hours(12));
        let anchor = match parts.next() {
            None => Anchor::Known(OffsetDateTime::now_utc()),
            Some(part) => match part.strip_prefix('@') {
                Some(path) => Anchor::File { path: path.into(), known: Arc::default() },
                None => Anchor::Known(instant(part)?),
            },
        };
        if !(1..=100_000).contains(&speed) || until < start || parts.next().is_some() {
            return Err(bad());
        }
        Ok(Self { start, speed, until, anchor })
    }
}

impl Anchor {
    fn instant(&self) -> Option<OffsetDateTime> {
        match self {
            Self::Known(instant) => Some(*instant),
            Self::File { path, known } => known.get().copied().or_else(|| {
                let text = fs::read_to_string(path).ok()?;
                let instant = OffsetDateTime::parse(text.trim(), &Rfc3339).ok()?;
                Some(*known.get_or_init(|| instant))
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_demo_clock_runs_fast_until_closing_and_then_at_its_usual_pace() {
        let clock: DemoClock =
            "2026-05-02T08:00:00Z,600,2026-05-02T18:00:00Z,2026-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(clock.at(datetime!(2026-01-01 00:00:30 UTC)), datetime!(2026-05-02 13:00 UTC));
        assert_eq!(clock.at(datetime!(2026-01-01 00:01:30 UTC)), datetime!(2026-05-02 18:00:30 UTC));
        assert_eq!(clock.at(datetime!(2025-12-31 00:00 UTC)), datetime!(2026-05-02 08:00 UTC));
    }

    #[test]
    fn a_clock_anchored_by_a_file_stands_until_the_file_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("opening");
        let text = format!("2026-05-02T08:00:00Z,600,2026-05-02T18:00:00Z,@{}", file.display());
        let clock: DemoClock = text.parse().unwrap();
        let real = datetime!(2026-01-01 00:00:30 UTC);
        assert_eq!(clock.at(real), datetime!(2026-05-02 08:00 UTC));
        fs::write(&file, "2026-01-01T00:00:00Z\n").unwrap();
        assert_eq!(clock.at(real), datetime!(2026-05-02 13:00 UTC));
    }

    #[test]
    fn credentials_do_not_end_faster_because_a_demonstration_is_in_a_hurry() {
        let clock = Clock::demo(
            "2026-05-02T08:00:00Z,600,2026-05-02T18:00:00Z,2026-01-01T00:00:00Z".parse().unwrap(),
        );
        assert!((clock.unscaled() - OffsetDateTime::now_utc()).abs() < Duration::minutes(1));
        let noon = datetime!(2026-05-02 12:00 UTC);
        assert_eq!(Clock::manual(noon).unscaled(), noon);
    }

    #[test]
    fn a_demo_clock_without_speed_or_with_a_foolish_one_is_refused() {
        for text in ["", "2026-05-02T08:00:00Z", "2026-05-02T08:00:00Z,0", "yesterday,60"] {
            assert!(text.parse::<DemoClock>().is_err(), "{text}");
        }
    }
}
