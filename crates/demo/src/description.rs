//! `demo.json`: everything that a visitor needs to look around, kept while the demo runs.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::{shop::Shop, stock::SignIn};

/// The file, which is gone with this value: it describes nothing that does not run.
#[derive(Debug)]
pub struct Description {
    file: PathBuf,
}

impl Description {
    /// Writes the file, for its owner's eyes alone: there are passwords in it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(file: &Path, shop: &Shop, staff: &[SignIn], fingerprint: &str) -> anyhow::Result<Self> {
        let text = serde_json::to_vec_pretty(&described(shop, staff, fingerprint))?;
        let unfinished = file.with_extension("json.new");
        fs::remove_file(&unfinished).ok();
        File::options().write(true).create_new(true).mode(0o600).open(&unfinished)?.write_all(&text)?;
        // Whoever waits for the file finds it whole.
        fs::rename(&unfinished, file)?;
        Ok(Self { file: file.to_owned() })
    }
}

impl Drop for Description {
    fn drop(&mut self) {
        fs::remove_file(&self.file).ok();
    }
}

fn described(shop: &Shop, staff: &[SignIn], fingerprint: &str) -> Value {
    let secrets = shop.folder.join("secrets");
    let services = shop.addresses.services();
    let databases: BTreeMap<&str, String> =
        services.iter().map(|(service, _)| (*service, shop.database(service))).collect();
    let grpc: BTreeMap<&str, String> =
        services.iter().map(|(service, address)| (*service, format!("https://{address}"))).collect();
    let tills: Vec<Value> = shop
        .tills
        .iter()
        .map(|till| {
            json!({"code": till.code, "page": format!("http://{}/", till.address), "pid": till.process.pid(),
                "card_terminal_pid": till.simulator.pid(), "ledger": till.ledger})
        })
        .collect();
    let processes: Vec<Value> =
        shop.services.iter().map(|(name, process)| json!({"name": name, "pid": process.pid()})).collect();
    json!({
        "pid": std::process::id(),
        "portal": format!("http://{}/", shop.addresses.portal),
        "grpc": grpc,
        "databases": databases,
        "nats": {
            "url": shop.nats.url(),
            "monitor": shop.nats.monitor_url(),
            "pid": shop.nats.pid(),
            "analyst": {
                "user": "analyst",
                "password": shop.nats.password("analyst"),
                "password_file": shop.nats.password_file("analyst"),
                "inbox_prefix": "_INBOX_analyst",
            },
        },
        "postgres_pid": shop.postgres.pid(),
        "processes": processes,
        "tills": tills,
        "tls": {
            "ca": secrets.join("ca.pem"),
            "client_cert": secrets.join("operator.pem"),
            "client_key": secrets.join("operator.key"),
        },
        "fiscal": { "fingerprint": fingerprint },
        "staff": staff,
        "smtp": shop.sink.url(),
        "mails": shop.sink.folder(),
        "logs": shop.folder.join("logs"),
    })
}
