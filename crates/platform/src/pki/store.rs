//! What a shop of its own is given: no more than its checkout, its portal, its nats-server and its tills need.

use std::{fs, path::Path};

use anyhow::Context;

use super::{
    OWNER, all_are_codes, authority, certificate, fiscal_key, password_files, password_variables, passwords,
    terminal_certificates, write_new,
};
use crate::stores::{ensure_code, is_code, name_of};

/// The users of a shop's nats-server.
const USERS: [&str; 3] = ["checkout", "operator", "system"];
/// Who makes, at the centre, what shops are given.
const ADMIN: &str = include_str!("../../../../deploy/edge/shops-admin-user.conf");
/// What the centre's nats-server lets a shop do.
const USER: &str = include_str!("../../../../deploy/edge/shop-user.conf");

/// Writes into `folder`/stores/`store_code` what the shop is given, and lets it in at the centre: `folder` is the centre's, made by
/// [`super::create`], and `centre` is where shops reach the centre's nats-server, such as `centre.example:7422`. What is there already
/// is kept.
///
/// # Errors
/// When a code is none, the centre has no authority, or a file cannot be read or written.
pub fn create_store(
    folder: &Path,
    store_code: &str,
    centre: &str,
    terminals: &[String],
) -> anyhow::Result<()> {
    ensure_code(store_code, "store")?;
    all_are_codes(terminals)?;
    anyhow::ensure!(folder.join("ca.key").exists(), "{} has no authority", folder.display());
    let authority = authority(folder)?;
    let store = folder.join("stores").join(store_code);
    fs::create_dir_all(&store).with_context(|| format!("cannot create {}", store.display()))?;
    fiscal_key(&store)?;
    let hosts = [name_of(store_code), "checkout".to_owned()];
    let hosts = hosts.each_ref().map(String::as_str);
    certificate(&store, &authority, "checkout", Some("spiffe://cabas/service/checkout"), &hosts)?;
    certificate(&store, &authority, "portal", Some("spiffe://cabas/service/portal"), &["portal"])?;
    certificate(&store, &authority, "nats", None, &["nats"])?;
    terminal_certificates(&store, &authority, terminals)?;
    for public in ["ca.pem", "staff.pub"] {
        fs::copy(folder.join(public), store.join(public)).with_context(|| format!("cannot copy {public}"))?;
    }
    password_files(&store.join("postgres"), ["checkout", OWNER, "superuser"])?;
    let nats = store.join("nats");
    password_files(&nats, USERS.into_iter().chain(["centre"]))?;
    let password = fs::read_to_string(nats.join("centre.password"))?;
    let door = format!("CENTRE_URL: \"tls://shop-{store_code}:{}@{centre}\"\n", password.trim_end());
    write_new(&nats.join("passwords.conf"), &(password_variables(&nats, &USERS)? + &door), 0o600)?;
    passwords(folder)
}

/// The users of the shops' account at the centre: who looks after it, and every shop that was given something.
pub(super) fn users(folder: &Path) -> anyhow::Result<String> {
    let stores = folder.join("stores");
    let mut codes = Vec::new();
    if stores.exists() {
        for entry in fs::read_dir(&stores)? {
            codes.extend(entry?.file_name().to_str().filter(|code| is_code(code)).map(ToOwned::to_owned));
        }
    }
    codes.sort();
    let mut users = vec![ADMIN.to_owned()];
    for code in codes {
        let password = fs::read_to_string(stores.join(&code).join("nats").join("centre.password"))?;
        users.push(USER.replace("@STORE@", &code).replace("@PASSWORD@", password.trim_end()));
    }
    Ok(format!("SHOPS: [\n{}]\n", users.concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shop_is_given_no_key_but_its_own_and_the_centre_lets_it_in() {
        let folder = tempfile::tempdir().unwrap();
        super::super::create(folder.path(), &[]).unwrap();
        create_store(folder.path(), "LILLE", "centre.example:7422", &["LILLE-01".to_owned()]).unwrap();
        let store = folder.path().join("stores/LILLE");
        let mut given: Vec<_> = fs::read_dir(&store)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".key"))
            .collect();
        given.sort();
        let own = ["checkout.key", "fiscal.key", "nats.key", "portal.key", "terminal-LILLE-01.key"];
        assert_eq!(given, own);
        let read = |file: &str| fs::read_to_string(folder.path().join(file)).unwrap();
        assert_ne!(read("stores/LILLE/fiscal.key"), read("fiscal.key"));
        let password = read("stores/LILLE/nats/centre.password");
        assert!(read("nats/passwords.conf").contains(&password));
        assert!(read("stores/LILLE/nats/passwords.conf").contains(&password));
        assert!(!read("stores/LILLE/nats/passwords.conf").contains(&read("nats/operator.password")));
    }

    #[test]
    fn nobody_is_given_anything_without_an_authority_or_under_a_code_that_is_none() {
        let folder = tempfile::tempdir().unwrap();
        assert!(create_store(folder.path(), "LILLE", "centre:7422", &[]).is_err());
        super::super::create(folder.path(), &[]).unwrap();
        assert!(create_store(folder.path(), "../LILLE", "centre:7422", &[]).is_err());
    }
}
