//! Where the checkout of a store answers: the one of this installation, or the store's own, by a table.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use clap::Args;
use tonic::service::interceptor::InterceptedService;
use url::Url;

use crate::{
    config::TlsArgs,
    peer::{self, Peer, Reach, TraceContext},
};

/// Why a store's checkout was not asked, or did not answer.
pub const STORE_OUT_OF_REACH: &str = "STORE_OUT_OF_REACH";

/// Where checkout answers.
#[derive(Args, Clone, Debug)]
pub struct CheckoutArgs {
    /// URL of checkout, for every store that the table of stores does not name
    #[arg(long, required_unless_present = "stores_file")]
    pub checkout_url: Option<Url>,
    /// Table of the stores that have a checkout of their own, as JSON: `{"LILLE": "https://checkout.lille.example:7001"}`
    #[arg(long)]
    pub stores_file: Option<PathBuf>,
}

/// The checkout of every store; cheap to clone, connects when first asked.
#[derive(Clone, Debug)]
pub struct Checkouts {
    here: Option<Peer>,
    stores: BTreeMap<String, Peer>,
}

impl CheckoutArgs {
    /// One checkout for every store.
    #[must_use]
    pub const fn one(checkout_url: Url) -> Self {
        Self { checkout_url: Some(checkout_url), stores_file: None }
    }
}

impl Checkouts {
    /// Channels to all of them, which need not be there yet. The certificate of a store's own checkout must bear the store's name, so
    /// that no store answers for another.
    ///
    /// # Errors
    /// When a URL, the table or a file of the identity is wrong.
    pub fn connect(args: &CheckoutArgs, tls: &TlsArgs) -> anyhow::Result<Self> {
        let here = args.checkout_url.as_ref().map(|url| peer::connect(url, "checkout", tls)).transpose()?;
        let mut stores = BTreeMap::new();
        for (store_code, url) in args.stores_file.as_deref().map(read).transpose()?.unwrap_or_default() {
            let channel = peer::channel(&url, &name_of(&store_code), tls)?;
            let reach = Reach::store(&store_code, Some(channel));
            stores.insert(store_code, InterceptedService::new(reach, TraceContext));
        }
        Ok(Self { here, stores })
    }

    /// The way to the checkout of a store. While it is out of reach, or nobody told where it is, whatever is asked is refused with
    /// [`STORE_OUT_OF_REACH`]; the other stores are not held up.
    #[must_use]
    pub fn of(&self, store_code: &str) -> Peer {
        let nowhere = || InterceptedService::new(Reach::store(store_code, None), TraceContext);
        self.stores.get(store_code).or(self.here.as_ref()).cloned().unwrap_or_else(nowhere)
    }

    /// The ways to all of them, for what no store is known of.
    pub fn all(&self) -> impl Iterator<Item = Peer> + '_ {
        self.here.iter().chain(self.stores.values()).cloned()
    }
}

/// The name in the certificate of a store's own checkout.
#[must_use]
pub fn name_of(store_code: &str) -> String {
    format!("checkout-{}", store_code.to_lowercase())
}

/// Whether this is the code of a store or of a terminal.
#[must_use]
pub fn is_code(code: &str) -> bool {
    (1..=16).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Refuses what is no code, and says of what it was to be one: `store` or `terminal`.
///
/// # Errors
/// When it is none.
pub fn ensure_code(code: &str, of: &str) -> anyhow::Result<()> {
    ensure!(is_code(code), "{code:?} is no code of a {of}: 1 to 16 of A-Z, 0-9 and -");
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<BTreeMap<String, Url>> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let table: BTreeMap<String, String> = serde_json::from_str(&text)
        .with_context(|| format!("{} is no table of stores and URLs", file.display()))?;
    let entry = |(code, url): (String, String)| {
        ensure!(is_code(&code), "{code:?} in {} is no code of a store", file.display());
        let url: Url =
            url.parse().with_context(|| format!("no URL stands for {code} in {}", file.display()))?;
        ensure!(url.scheme() == "https", "the URL of {code} in {} is not https", file.display());
        Ok((code, url))
    };
    table.into_iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        checkout: CheckoutArgs,
    }

    fn table(text: &str) -> anyhow::Result<BTreeMap<String, Url>> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("stores.json");
        fs::write(&file, text).unwrap();
        read(&file)
    }

    #[test]
    fn a_table_names_stores_by_their_codes_and_reaches_none_without_tls() {
        assert_eq!(table(r#"{"LILLE": "https://lille.example:7001"}"#).unwrap().len(), 1);
        for wrong in
            ["", "[]", r#"{"lille": "https://x:1"}"#, r#"{"LILLE": "http://x:1"}"#, r#"{"LILLE": "x"}"#]
        {
            assert!(table(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn one_of_the_two_is_needed() {
        assert!(Program::try_parse_from(["x"]).is_err());
        assert!(Program::try_parse_from(["x", "--checkout-url=https://x:1"]).is_ok());
        let table = Program::try_parse_from(["x", "--stores-file=stores.json"]).unwrap();
        assert!(table.checkout.checkout_url.is_none());
    }
}
