//! A configuration that cannot be, told in one sentence: which option, and the variable it is read from too.

use std::error::Error;

use clap::{
    Arg, ArgMatches, Command,
    error::{ContextKind, ContextValue, ErrorKind},
};

/// Why the command of `tree` that was asked for cannot start; none when the words themselves are wrong, which clap explains.
pub fn sentence(refusal: &clap::Error, tree: &Command, matches: &ArgMatches) -> Option<String> {
    let (mut asked, mut command, mut matches) = (Vec::new(), tree, matches);
    let mut options: Vec<&Arg> = tree.get_arguments().collect();
    while let Some((name, further)) = matches.subcommand() {
        command = command.find_subcommand(name)?;
        asked.push(name);
        options.extend(command.get_arguments());
        matches = further;
    }
    Some(format!("{} cannot start: {}", asked.join(" "), complaint(refusal, &options, option_and_variable)?))
}

/// What is wrong with the values of `options`, which `name` names; none when it is something else.
pub fn complaint(
    refusal: &clap::Error,
    options: &[&Arg],
    name: fn(&Arg) -> Option<String>,
) -> Option<String> {
    // Such as `--nats-url <NATS_URL>`.
    let named = |told: &String| {
        let long = told.strip_prefix("--").and_then(|told| told.split(' ').next());
        let option = options.iter().find(|option| long.is_some() && option.get_long() == long);
        option.and_then(|option| name(option)).unwrap_or_else(|| told.clone())
    };
    match (refusal.kind(), refusal.get(ContextKind::InvalidArg)?) {
        (ErrorKind::MissingRequiredArgument, ContextValue::Strings(told)) => {
            let names: Vec<String> = told.iter().map(named).collect();
            let verb = if names.len() == 1 { "is" } else { "are" };
            Some(format!("{} {verb} missing", listed(&names)))
        }
        (ErrorKind::ValueValidation | ErrorKind::InvalidValue, ContextValue::String(told)) => {
            Some(format!("{} {}", named(told), flaw(refusal)))
        }
        _ => None,
    }
}

/// The value itself is not repeated: a URL may hold a password.
fn flaw(refusal: &clap::Error) -> String {
    match (refusal.source(), refusal.get(ContextKind::ValidValue)) {
        (Some(source), _) => format!("is wrong: {source}"),
        (None, Some(ContextValue::Strings(valid))) if !valid.is_empty() => {
            format!("must be one of {}", valid.join(", "))
        }
        _ => "has no value".to_owned(),
    }
}

fn option_and_variable(option: &Arg) -> Option<String> {
    let long = option.get_long()?;
    Some(match variable(option) {
        Some(variable) => format!("--{long} ({variable})"),
        None => format!("--{long}"),
    })
}

/// The environment variable that an option is read from.
pub fn variable(option: &Arg) -> Option<String> {
    option.get_env().map(|variable| variable.to_string_lossy().into_owned())
}

fn listed(names: &[String]) -> String {
    match names {
        [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
        names => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(words: &[&str]) -> Option<String> {
        let tree = crate::cli::command();
        let refusal = tree.clone().try_get_matches_from(words).unwrap_err();
        let asked = tree.clone().ignore_errors(true).try_get_matches_from(words).ok()?;
        sentence(&refusal, &tree, &asked)
    }

    #[test]
    fn what_is_missing_is_named_with_its_variables() {
        assert_eq!(
            told(&["cabas", "--log-format", "json", "checkout", "migrate"]).unwrap(),
            "checkout migrate cannot start: --database-url (CHECKOUT_DATABASE_URL) is missing"
        );
        assert_eq!(
            told(&["cabas", "reviews", "health", "--tls-cert=a", "--staff-public-key=b"]).unwrap(),
            "reviews health cannot start: --tls-key (REVIEWS_TLS_KEY) and --tls-ca (REVIEWS_TLS_CA) are missing"
        );
    }

    #[test]
    fn what_is_wrong_is_named_and_not_repeated() {
        let told = |option| told(&["cabas", "terminal", option]).unwrap();
        assert_eq!(
            told("--http-addr=hidden"),
            "terminal cannot start: --http-addr (TERMINAL_HTTP_ADDR) is wrong: invalid socket address syntax"
        );
        assert_eq!(told("--journal="), "terminal cannot start: --journal (TERMINAL_JOURNAL) has no value");
        assert_eq!(
            told("--log-format=hidden"),
            "terminal cannot start: --log-format (CABAS_LOG_FORMAT) must be one of json, human"
        );
    }

    #[test]
    fn words_that_are_no_command_are_explained_by_the_parser() {
        for words in [&["cabas"][..], &["cabas", "checkuot"], &["cabas", "checkout", "--nats-ulr=x"]] {
            assert_eq!(told(words), None, "{words:?}");
        }
    }
}
