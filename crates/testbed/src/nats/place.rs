//! The server of one place among several: the files it finds beside its configuration, and what it is told around it.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::Context;

use super::{CENTRE, CONFIGURATION, NATS_USERS, Passwords, Place, SHOP, Server};
use crate::port::free_port;

/// A server that is not started yet, with the passwords of its users.
pub(super) fn create(place: &Place) -> anyhow::Result<(Passwords, Server)> {
    match place {
        Place::Centre { secrets } => {
            let mut server = Server::empty("centre.conf")?;
            fs::write(server.folder.path().join("centre.conf"), CENTRE)?;
            fs::write(server.folder.path().join("nats.conf"), CONFIGURATION)?;
            let door = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
            server.door = Some(door);
            server.environment = vec![
                ("CABAS_SHOPS_LISTEN", door.to_string()),
                ("CABAS_NATS_CERT", secrets.join("nats.pem").display().to_string()),
                ("CABAS_NATS_KEY", secrets.join("nats.key").display().to_string()),
            ];
            Ok((take_over(secrets, &server)?, server))
        }
        Place::Shop { secrets, store_code } => {
            let mut server = Server::empty("shop.conf")?;
            fs::write(server.folder.path().join("shop.conf"), SHOP)?;
            server.environment = vec![
                ("CABAS_STORE", store_code.clone()),
                ("CABAS_CA", secrets.join("ca.pem").display().to_string()),
            ];
            Ok((take_over(secrets, &server)?, server))
        }
    }
}

/// The passwords that were made for the place, for the server and for its users.
fn take_over(secrets: &Path, server: &Server) -> anyhow::Result<Passwords> {
    let nats = secrets.join("nats");
    fs::copy(nats.join("passwords.conf"), server.folder.path().join("passwords.conf"))
        .with_context(|| format!("cannot read the passwords in {}", nats.display()))?;
    let mut passwords = Passwords::new();
    for user in NATS_USERS.into_iter().chain(["shops-admin"]) {
        if let Ok(password) = fs::read_to_string(nats.join(format!("{user}.password"))) {
            passwords.insert(user, password.trim_end().to_owned());
        }
    }
    server.keep(&passwords)?;
    Ok(passwords)
}
