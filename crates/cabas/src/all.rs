//! `cabas all`: the five services and the portal in one process, each with the variables it would have alone. Between them there is
//! gRPC over the network all the same.

use clap::Command;
use platform::{Clock, Shutdown, config::prefixed, rpc};
use tokio::task::JoinSet;

use crate::{
    cli::BadConfiguration,
    service::{Analytics, Checkout, Membership, Receipt, Reviews, Service},
};

/// Serves everything until `shutdown`, or until one of them ends.
pub async fn run(clock: Clock, shutdown: Shutdown) -> anyhow::Result<()> {
    let mut services = JoinSet::new();
    start::<Membership>(&mut services, &clock, &shutdown)?;
    start::<Checkout>(&mut services, &clock, &shutdown)?;
    start::<Receipt>(&mut services, &clock, &shutdown)?;
    start::<Reviews>(&mut services, &clock, &shutdown)?;
    start::<Analytics>(&mut services, &clock, &shutdown)?;
    let portal: portal::Config = from_environment("portal")?;
    let listener = rpc::bind(portal.http_addr)?;
    services.spawn(portal::run(portal, listener, clock, shutdown.clone()));

    platform::run_all(services, shutdown).await
}

fn start<S>(
    services: &mut JoinSet<anyhow::Result<()>>,
    clock: &Clock,
    shutdown: &Shutdown,
) -> anyhow::Result<()>
where
    S: Service<Config: 'static> + 'static,
{
    let config: S::Config = from_environment(S::NAME)?;
    let listener = rpc::bind(S::grpc(&config).grpc_addr)?;
    let (clock, shutdown) = (clock.clone(), shutdown.clone());
    services.spawn(async move { S::run(config, listener, clock, shutdown).await });
    Ok(())
}

fn from_environment<C: clap::Args>(name: &'static str) -> anyhow::Result<C> {
    let command = prefixed(C::augment_args(Command::new(name)), name);
    let matches = command
        .try_get_matches_from([name])
        .map_err(|refusal| BadConfiguration(format!("{name}: {}", refusal.to_string().trim())))?;
    Ok(C::from_arg_matches(&matches)?)
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_without_its_variables_is_told_which_is_missing() {
        let refusal = from_environment::<platform::config::DatabaseArgs>("nobody").unwrap_err();
        assert!(refusal.is::<BadConfiguration>());
        assert!(refusal.to_string().contains("--database-url"), "{refusal}");
    }
}
