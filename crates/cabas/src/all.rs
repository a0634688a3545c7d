//! `cabas all`: the five services and the portal in one process, each with the variables it would have alone. Between them there is
//! gRPC over the network all the same.

use clap::{Arg, Args, Command};
use platform::{Clock, Shutdown, config::prefixed, rpc};
use tokio::task::JoinSet;

use crate::{
    cli::BadConfiguration,
    refusal,
    service::{Analytics, Checkout, Membership, Receipt, Reviews, Service},
};

/// Serves everything until `shutdown`, or until one of them ends.
pub async fn run(clock: Clock, shutdown: Shutdown) -> anyhow::Result<()> {
    let mut wrong = Vec::new();
    let configurations = (
        from_environment(Membership::NAME, &mut wrong),
        from_environment(Checkout::NAME, &mut wrong),
        from_environment(Receipt::NAME, &mut wrong),
        from_environment(Reviews::NAME, &mut wrong),
        from_environment(Analytics::NAME, &mut wrong),
        from_environment::<portal::Config>("portal", &mut wrong),
    );
    let (Some(membership), Some(checkout), Some(receipt), Some(reviews), Some(analytics), Some(portal)) =
        configurations
    else {
        return Err(BadConfiguration(format!("all cannot start: {}", wrong.join("; "))).into());
    };

    let mut services = JoinSet::new();
    start::<Membership>(&mut services, membership, &clock, &shutdown)?;
    start::<Checkout>(&mut services, checkout, &clock, &shutdown)?;
    start::<Receipt>(&mut services, receipt, &clock, &shutdown)?;
    start::<Reviews>(&mut services, reviews, &clock, &shutdown)?;
    start::<Analytics>(&mut services, analytics, &clock, &shutdown)?;
    let listener = rpc::bind(portal.http_addr)?;
    services.spawn(portal::run(portal, listener, clock, shutdown.clone()));

    platform::run_all(services, shutdown).await
}

fn start<S>(
    services: &mut JoinSet<anyhow::Result<()>>,
    config: S::Config,
    clock: &Clock,
    shutdown: &Shutdown,
) -> anyhow::Result<()>
where
    S: Service<Config: 'static> + 'static,
{
    let listener = rpc::bind(S::grpc(&config).grpc_addr)?;
    let (clock, shutdown) = (clock.clone(), shutdown.clone());
    services.spawn(async move { S::run(config, listener, clock, shutdown).await });
    Ok(())
}

/// The configuration of a part from its variables; or none, and what is wrong with them.
fn from_environment<C: Args>(name: &'static str, wrong: &mut Vec<String>) -> Option<C> {
    let command = prefixed(C::augment_args(Command::new(name)), name);
    let matches = command.clone().try_get_matches_from([name]);
    match matches.and_then(|matches| C::from_arg_matches(&matches)) {
        Ok(config) => Some(config),
        Err(refusal) => {
            let options: Vec<&Arg> = command.get_arguments().collect();
            let complaint = refusal::complaint(&refusal, &options, refusal::variable);
            wrong.push(complaint.unwrap_or_else(|| format!("{name}: {}", refusal.kind())));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_without_its_variables_is_told_which_are_missing() {
        let mut wrong = Vec::new();
        let nobody = from_environment::<platform::config::DatabaseArgs>("nobody", &mut wrong);
        assert!(nobody.is_none());
        assert_eq!(wrong, ["NOBODY_DATABASE_URL is missing"]);
    }
}
