//! The start units of a till, held to what they promise: with exactly their words and the example of its file, a till starts.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().parent().unwrap().join("deploy/till")
}

fn text(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

/// What a unit says under a key.
fn values<'a>(unit: &'a str, key: &str) -> Vec<&'a str> {
    unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect()
}

/// The words of the one command under a key, after the program.
fn words(unit: &str, key: &str) -> Vec<String> {
    let [command] = values(unit, key)[..] else { panic!("{key}") };
    let words = command.strip_prefix("/usr/bin/cabas ").unwrap_or_else(|| panic!("{command}"));
    words.split_whitespace().map(str::to_owned).collect()
}

/// Ends the till however the test ends.
struct Till(Child);

impl Drop for Till {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_till_starts_from_its_unit_and_its_example_file_while_the_shop_is_not_there() {
    let machine = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_cabas");
    let secrets = machine.path().join("etc");
    let pki = Command::new(program)
        .args(["pki", "--terminal", "LILLE-01", "--out"])
        .arg(&secrets)
        .stdout(Stdio::null())
        .status();
    assert!(pki.unwrap().success());
    let state = machine.path().join("state");
    fs::create_dir(&state).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    // The same words in a machine of the test's own.
    let here = |word: &str| {
        word.replace("/etc/cabas", &secrets.display().to_string())
            .replace("/var/lib/cabas", &state.display().to_string())
            .replace("127.0.0.1:8090", &format!("127.0.0.1:{port}"))
            .replace(".shop.example:", ".invalid:")
    };
    let unit = text("cabas-till.service");
    assert_eq!(values(&unit, "EnvironmentFile"), ["/etc/cabas/till.env"]);
    let example = text("till.env.example");
    let variables =
        example.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    let child = Command::new(program)
        .args(words(&unit, "ExecStart").iter().map(|word| here(word)))
        .env_clear()
        .envs(variables.map(|(name, value)| (name, here(value))))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let mut till = Till(child.unwrap());
    let health: Vec<String> =
        words(&text("cabas-kiosk.service"), "ExecStartPre").iter().map(|word| here(word)).collect();
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let asked = Command::new(program).args(&health).env_clear().stderr(Stdio::null()).status();
        if asked.unwrap().success() {
            break;
        }
        assert_eq!(till.0.try_wait().unwrap(), None, "the till ended by itself");
        assert!(Instant::now() < deadline, "the page never answers");
    }
    assert!(state.join("till.journal").is_file());
}

#[test]
fn every_variable_of_the_example_is_one_that_the_till_reads() {
    let help = Command::new(env!("CARGO_BIN_EXE_cabas")).args(["terminal", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let example = text("till.env.example");
    let names: Vec<&str> = example
        .lines()
        .filter_map(|line| line.trim_start_matches('#').split_once('='))
        .map(|(name, _)| name)
        .filter(|name| name.starts_with("TERMINAL_"))
        .collect();
    assert!(names.len() > 8);
    for name in names {
        assert!(help.contains(&format!("[env: {name}")), "{name}");
    }
}

#[test]
fn the_units_restart_for_ever_and_the_screen_shows_the_page_of_the_till() {
    let (till, kiosk) = (text("cabas-till.service"), text("cabas-kiosk.service"));
    for unit in [&till, &kiosk] {
        assert_eq!(values(unit, "Restart"), ["always"]);
        assert_eq!(values(unit, "StartLimitIntervalSec"), ["0"]);
        assert!(values(unit, "WatchdogSec").is_empty(), "the program tells systemd nothing");
    }
    assert_eq!(values(&till, "ProtectSystem"), ["strict"]);
    let address = words(&till, "ExecStart");
    let address = address.iter().skip_while(|word| *word != "--http-addr").nth(1).unwrap();
    let [browser] = values(&kiosk, "ExecStart")[..] else { panic!("{kiosk}") };
    assert!(browser.contains(" --kiosk ") && browser.ends_with(&format!(" http://{address}/")));
}
