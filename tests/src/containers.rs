//! A file of Docker Compose without Docker: each service as a process of this machine, with the command, environment, files and health
//! check that its container would have.
//!
//! Two things are translated: a name and port of the composition becomes a port of loopback, and a path becomes the same path below
//! a folder that holds what is mounted into the container.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use serde::Deserialize;
use serde_yaml_ng::Value;
use testbed::free_port;

/// The file, with every merge made.
#[derive(Debug, Deserialize)]
pub struct Composition {
    /// What runs, by name.
    pub services: BTreeMap<String, Service>,
}

/// A service of the file.
#[derive(Debug, Deserialize)]
pub struct Service {
    /// Its image.
    pub image: String,
    /// How the image is built, when it is ours.
    pub build: Option<Value>,
    /// `no` for what runs once.
    pub restart: Option<String>,
    /// Where it runs only when asked for.
    #[serde(default)]
    pub profiles: Vec<String>,
    /// Replaces the entry point of the image.
    pub entrypoint: Option<Vec<String>>,
    /// Program and arguments.
    #[serde(default)]
    pub command: Vec<String>,
    /// Variables; one without a value is handed on from outside, if it is set there.
    #[serde(default)]
    pub environment: BTreeMap<String, Option<String>>,
    /// How its health is asked for.
    pub healthcheck: Option<HealthCheck>,
    /// Ports of the machine.
    #[serde(default)]
    pub ports: Vec<String>,
    /// What is mounted into it.
    #[serde(default)]
    pub volumes: Vec<Mount>,
    /// What must be there before.
    #[serde(default)]
    pub depends_on: BTreeMap<String, Value>,
    /// Its file system cannot be written.
    #[serde(default)]
    pub read_only: bool,
    /// Who it runs as.
    pub user: Option<String>,
}

/// A health check.
#[derive(Debug, Deserialize)]
pub struct HealthCheck {
    /// `CMD`, then program and arguments.
    pub test: Vec<String>,
}

/// A mount, in its short or long form.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Mount {
    /// `source:target[:ro]`
    Short(String),
    /// With its parts named.
    Long {
        /// The volume.
        source: String,
        /// Where it is seen.
        target: String,
        /// Which part of the volume.
        volume: SubPath,
    },
}

/// A part of a volume.
#[derive(Debug, Deserialize)]
pub struct SubPath {
    /// Its path.
    pub subpath: String,
}

impl Composition {
    /// Reads the file.
    #[must_use]
    pub fn read(file: &Path) -> Self {
        let mut document: Value = serde_yaml_ng::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        // One pass makes one level of merges, and a merged part may merge another.
        loop {
            let before = document.clone();
            document.apply_merge().unwrap();
            if document == before {
                return serde_yaml_ng::from_value(document).unwrap();
            }
        }
    }

    /// What runs without being asked for, each after what it depends on.
    #[must_use]
    pub fn in_order(&self) -> Vec<(&str, &Service)> {
        let (mut order, mut placed) = (Vec::new(), BTreeSet::new());
        while order.len() < self.usual().count() {
            let ready = |(name, service): &(&str, &Service)| {
                !placed.contains(name)
                    && service.depends_on.keys().all(|before| placed.contains(before.as_str()))
            };
            let (name, service) = self.usual().find(ready).expect("no circle of dependencies");
            placed.insert(name);
            order.push((name, service));
        }
        order
    }

    fn usual(&self) -> impl Iterator<Item = (&str, &Service)> {
        let all = self.services.iter().map(|(name, service)| (name.as_str(), service));
        all.filter(|(_, service)| service.profiles.is_empty())
    }
}

impl Service {
    /// It runs to its end, once.
    #[must_use]
    pub fn runs_once(&self) -> bool {
        self.restart.as_deref() == Some("no")
    }
}

/// This machine, in place of Docker.
pub struct Machine {
    composition: BTreeSet<String>,
    beside: PathBuf,
    folder: PathBuf,
    ports: RefCell<BTreeMap<String, String>>,
}

impl Machine {
    /// A machine whose volumes and containers are folders below `folder`, for a file that lies in `beside`.
    #[must_use]
    pub fn at(folder: &Path, beside: &Path, composition: &Composition) -> Self {
        Self {
            composition: composition.services.keys().cloned().collect(),
            beside: beside.to_owned(),
            folder: folder.to_owned(),
            ports: RefCell::default(),
        }
    }

    /// Says where something answers that is not a process of ours, as `name:port`.
    pub fn is_at(&self, name: &str, address: String) {
        self.ports.borrow_mut().insert(name.to_owned(), address);
    }

    /// Where `name:port` answers on loopback.
    #[must_use]
    pub fn address(&self, name: &str) -> String {
        let mut ports = self.ports.borrow_mut();
        ports.entry(name.to_owned()).or_insert_with(|| format!("127.0.0.1:{}", free_port().unwrap())).clone()
    }

    /// A volume's folder.
    #[must_use]
    pub fn volume(&self, name: &str) -> PathBuf {
        let folder = self.folder.join("volumes").join(name);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// Puts what is mounted into a container in its place; to be called once what it depends on has run.
    pub fn mount(&self, name: &str, service: &Service) {
        for mount in &service.volumes {
            let (source, target) = match mount {
                Mount::Long { source, target, volume } => {
                    (self.volume(source).join(&volume.subpath), target.as_str())
                }
                Mount::Short(text) => {
                    let mut parts = text.split(':');
                    let (source, target) = (parts.next().unwrap(), parts.next().unwrap());
                    let is_path = source.starts_with('.');
                    (if is_path { self.beside.join(source) } else { self.volume(source) }, target)
                }
            };
            let place = self.container(name).join(target.trim_start_matches('/'));
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            symlink(source, place).unwrap();
        }
    }

    /// A command of a container, with the container's variables.
    #[must_use]
    pub fn command(&self, name: &str, service: &Service, words: &[String], program: &Path) -> Command {
        let mut command = Command::new(program);
        command.args(words[1..].iter().map(|word| self.translated_word(name, word)));
        for (variable, value) in &service.environment {
            match value {
                Some(value) => command.env(variable, self.translated(name, value)),
                None => command.env_remove(variable),
            };
        }
        command
    }

    /// The folder that a container sees as its own.
    #[must_use]
    pub fn container(&self, name: &str) -> PathBuf {
        self.folder.join("containers").join(name)
    }

    /// A word of a command as it is on this machine: address and port may be words of their own.
    fn translated_word(&self, name: &str, word: &str) -> String {
        if word == "0.0.0.0" {
            return "127.0.0.1".to_owned();
        }
        if word.parse::<u16>().is_ok() {
            let address = self.address(&format!("{name}:{word}"));
            return address.rsplit(':').next().unwrap_or_default().to_owned();
        }
        self.translated(name, word)
    }

    /// A value as it is on this machine.
    fn translated(&self, name: &str, value: &str) -> String {
        if value.starts_with('/') {
            return self.container(name).join(value.trim_start_matches('/')).display().to_string();
        }
        if let Some(port) = value.strip_prefix("0.0.0.0:") {
            return self.address(&format!("{name}:{port}"));
        }
        match self.named_in(value) {
            Some(named) => value.replace(named, &self.address(named)),
            None => value.to_owned(),
        }
    }

    /// The `name:port` in a value that is of the composition or was said to be somewhere, if there is one.
    fn named_in<'a>(&self, value: &'a str) -> Option<&'a str> {
        value.split(['/', '@']).find(|part| {
            let is_ours =
                |(name, port): (&str, &str)| self.composition.contains(name) && port.parse::<u16>().is_ok();
            self.ports.borrow().contains_key(*part) || part.split_once(':').is_some_and(is_ours)
        })
    }
}
