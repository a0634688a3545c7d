//! `cabas events tail [SUBJECT]`: what happens, one JSON object a line, as an analyst would see it.

use clap::{ArgMatches, Args, Command, FromArgMatches, Subcommand};
use futures::StreamExt;
use outbox::bus::{Bus, BusConfig};
use platform::{Shutdown, config::BusArgs};
use proto::subject;

#[derive(Args)]
struct EventsArgs {
    #[command(flatten)]
    bus: BusArgs,
    #[command(subcommand)]
    what: EventsCommand,
}

#[derive(Subcommand)]
enum EventsCommand {
    /// Shows events from now on
    Tail {
        /// Subject, wildcards allowed, for instance `sales.completed.*`
        #[arg(default_value = "sales.>")]
        subject: String,
    },
}

/// The command.
pub fn command() -> Command {
    EventsArgs::augment_args(Command::new("events")).about("Looks at the streams of events")
}

/// Answers `cabas events …`.
pub async fn answer(matches: &ArgMatches, shutdown: Shutdown) -> anyhow::Result<()> {
    let args = EventsArgs::from_arg_matches(matches)?;
    let EventsCommand::Tail { subject } = args.what;
    let stream = stream_of(&subject)?;
    let bus = Bus::connect(BusConfig::from_args(&args.bus, "operator")?).await?;
    let mut events = bus.follow(stream, &subject);
    loop {
        let event = tokio::select! {
            () = shutdown.cancelled() => return Ok(()),
            event = events.next() => event,
        };
        let Some(event) = event else { return Ok(()) };
        let body: serde_json::Value = serde_json::from_slice(&event.payload)?;
        println!(
            "{}",
            serde_json::json!({
                "id": event.event_id,
                "type": event.event_type,
                "subject": event.subject,
                "time": event.occurred.to_string(),
                "data": body,
            })
        );
    }
}

/// The stream that holds a subject, by its first word.
fn stream_of(subject: &str) -> anyhow::Result<&'static str> {
    match subject.split('.').next() {
        Some("sales") => Ok(subject::SALES),
        Some("reviews") => Ok(subject::REVIEWS),
        Some("members") => Ok(subject::MEMBERS),
        Some("receipts") => Ok(subject::RECEIPTS),
        _ => anyhow::bail!("a subject begins with sales, reviews, members or receipts"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_names_its_stream() {
        assert_eq!(stream_of("sales.completed.*").unwrap(), "SALES");
        assert!(stream_of(">").is_err());
    }
}
