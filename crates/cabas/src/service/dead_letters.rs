//! `cabas <service> dead-letters` shows the events that were put aside, oldest first; `replay` applies them once the cause is mended.

use clap::{ArgMatches, Args, Command, FromArgMatches, Subcommand};
use outbox::{DeadLetter, ReplayError, Replayed, dead_letters};
use platform::{
    Clock,
    config::{DatabaseArgs, prefixed},
    database,
};
use sqlx::PgPool;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::Service;

/// Dead letters read at a time.
const PAGE: usize = 200;

#[derive(Args)]
struct DeadLettersArgs {
    /// Shows one JSON object a line
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    what: Option<DeadLettersCommand>,
}

#[derive(Subcommand)]
enum DeadLettersCommand {
    /// Applies dead letters; one that was applied before is left as it is
    Replay(ReplayArgs),
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct ReplayArgs {
    /// Id of the event, as the list shows it
    event_id: Option<Uuid>,
    /// Replays every one that waits, oldest first
    #[arg(long)]
    all: bool,
}

/// The command of a service.
pub fn command(service: &str) -> Command {
    let command = DatabaseArgs::augment_args(Command::new("dead-letters"));
    DeadLettersArgs::augment_args(prefixed(command, service))
        .about("Shows the events that could not be applied, and replays them")
}

/// Answers `cabas <service> dead-letters …`.
pub async fn answer<S: Service>(matches: &ArgMatches, clock: Clock) -> anyhow::Result<()> {
    let args = DeadLettersArgs::from_arg_matches(matches)?;
    let db = database::pool(&DatabaseArgs::from_arg_matches(matches)?, S::NAME)?;
    database::check_schema(&db, S::migrator(), S::NAME).await?;
    let mut pages = Pages::of(&db);
    let Some(DeadLettersCommand::Replay(chosen)) = args.what else {
        while let Some(page) = pages.next().await? {
            page.iter().for_each(|letter| show(letter, args.json));
        }
        return Ok(());
    };
    if let Some(event_id) = chosen.event_id {
        anyhow::ensure!(replay::<S>(&db, &clock, event_id).await?, "the dead letter waits on");
        return Ok(());
    }
    let (mut all, mut failed) = (0_usize, 0_usize);
    while let Some(page) = pages.next().await? {
        for letter in &page {
            all += 1;
            failed += usize::from(!replay::<S>(&db, &clock, letter.event_id).await?);
        }
    }
    anyhow::ensure!(failed == 0, "{failed} of {all} dead letters wait on");
    Ok(())
}

/// Whether the event is applied now, whenever that was done. Each outcome is a line.
async fn replay<S: Service>(db: &PgPool, clock: &Clock, event_id: Uuid) -> anyhow::Result<bool> {
    match S::replay_dead_letter(db, clock.clone(), event_id).await {
        Ok(Replayed::Applied) => println!("{event_id} applied"),
        Ok(Replayed::AlreadyApplied) => println!("{event_id} was applied before"),
        Err(failure @ (ReplayError::Failed(_) | ReplayError::Unreadable(_))) => {
            eprintln!("{event_id} {failure}");
            return Ok(false);
        }
        Err(failure) => return Err(failure.into()),
    }
    Ok(true)
}

/// The dead letters that wait, a page at a time.
struct Pages<'a> {
    db: &'a PgPool,
    last: Option<DeadLetter>,
    ended: bool,
}

impl<'a> Pages<'a> {
    fn of(db: &'a PgPool) -> Self {
        Self { db, last: None, ended: false }
    }

    async fn next(&mut self) -> anyhow::Result<Option<Vec<DeadLetter>>> {
        if self.ended {
            return Ok(None);
        }
        let page = dead_letters(self.db, self.last.as_ref(), i64::try_from(PAGE)?).await?;
        self.ended = page.len() < PAGE;
        self.last = page.last().cloned();
        Ok(Some(page))
    }
}

fn show(letter: &DeadLetter, json: bool) {
    let time = letter.dead_time.format(&Rfc3339).unwrap_or_default();
    if json {
        let object = serde_json::json!({
            "event_id": letter.event_id,
            "consumer": letter.consumer,
            "type": letter.event_type,
            "subject": letter.subject,
            "deliveries": letter.deliveries,
            "dead_time": time,
            "reason": letter.reason,
        });
        println!("{object}");
    } else {
        // A reason may have been told in several lines.
        let reason = letter.reason.split_whitespace().collect::<Vec<_>>().join(" ");
        println!("{} {time} {} delivered {}x: {reason}", letter.event_id, letter.subject, letter.deliveries);
    }
}
