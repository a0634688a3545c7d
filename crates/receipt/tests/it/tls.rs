//! The way to the mail server is encrypted, the mail server is the right one, and the password is for it alone.

use std::path::Path;

use platform::{config::Secret, pki};
use receipt::Config;
use testbed::{Certificate, Door, Encryption, Mechanism, SignIn};

use crate::{
    log,
    world::{PATIENCE, World},
};

const USER: &str = "shop@example.org";
const PASSWORD: &str = "mail-server's+word";
/// What has come by in the clear before encryption.
const BEFORE: [&str; 2] = ["EHLO receipt.shop.example", "STARTTLS"];

/// The certificate of a server of the authority in `folder`, which is made if need be.
fn certificate(folder: &Path) -> Certificate {
    pki::create(folder, &[]).unwrap();
    Certificate { chain: folder.join("nats.pem"), key: folder.join("nats.key") }
}

fn sign_in(mechanism: Mechanism, password: &str) -> Option<SignIn> {
    Some(SignIn { user: USER.to_owned(), password: password.to_owned(), mechanism })
}

/// A service that goes to the sink by this URL, where `@` stands for user and address.
fn config(world: &World, url: &str) -> Config {
    let mut config = world.config();
    let address = format!("shop%40example.org@{}", world.sink.address());
    config.smtp_url = Secret::new(url.replace('@', &address));
    config.smtp_ca = Some(world.folder.path().join("ca.pem"));
    let file = world.folder.path().join("smtp.password");
    std::fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    config.smtp_password_file = Some(file);
    config
}

/// Nothing of the password is logged, as it is or as it was sent.
fn assert_kept_secret() {
    // `AUTH PLAIN` and `AUTH LOGIN` in base64.
    let sent = ["AHNob3BAZXhhbXBsZS5vcmcAbWFpbC1zZXJ2ZXIncyt3b3Jk", "bWFpbC1zZXJ2ZXIncyt3b3Jk"];
    let lines = log::lines();
    for secret in [PASSWORD].into_iter().chain(sent) {
        assert!(!lines.contains(secret), "{secret} stands in the log");
    }
}

/// A mail goes over the sink's door, at once.
async fn goes(url: &str, encryption: impl Fn(Certificate) -> Encryption, heard: &[&str]) {
    for mechanism in [Mechanism::Plain, Mechanism::Login] {
        let world = World::start().await;
        let encryption = encryption(certificate(world.folder.path()));
        world.sink.guard(Door { encryption, sign_in: sign_in(mechanism, PASSWORD) }).unwrap();
        let replica = world.serve_with(config(&world, url));
        let (sale, email) = world.sell().await;
        let delivery = world.delivery(&sale.sale_id, "sent").await;
        assert_eq!((&delivery["attempts"], &delivery["outcome"]), (&1.into(), &"250".into()));
        assert_eq!(world.mails(1).await[0].to, [email]);
        let mut clear = world.sink.heard_in_the_clear();
        clear.reverse();
        assert_eq!(clear, heard);
        replica.stop().await;
    }
    assert_kept_secret();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_goes_over_tls_from_the_first_byte_under_either_mechanism() {
    goes("smtps://@", Encryption::Wrapped, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_goes_over_starttls_under_either_mechanism() {
    goes("smtp://@?tls=required", Encryption::Upgraded, &BEFORE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_a_wrong_certificate_gets_nothing_and_the_right_one_gets_the_mail() {
    let elsewhere = tempfile::tempdir().unwrap();
    let wrong = certificate(elsewhere.path());
    for (url, encryption) in [
        ("smtps://@", Encryption::Wrapped as fn(Certificate) -> Encryption),
        ("smtp+starttls://@", Encryption::Upgraded),
    ] {
        let world = World::start().await;
        let sign_in = sign_in(Mechanism::Plain, PASSWORD);
        world.sink.guard(Door { encryption: encryption(wrong.clone()), sign_in: sign_in.clone() }).unwrap();
        let replica = world.serve_with(config(&world, url));
        let (sale, _) = world.sell().await;
        waits(&world, &sale.sale_id, "the mail server's certificate is not to be trusted").await;
        assert!(world.sink.heard_in_the_clear().iter().all(|command| BEFORE.contains(&command.as_str())));

        let right = encryption(certificate(world.folder.path()));
        world.sink.guard(Door { encryption: right, sign_in }).unwrap();
        world.delivery(&sale.sale_id, "sent").await;
        assert_eq!(world.sink.mails().len(), 1);
        replica.stop().await;
    }
    assert_kept_secret();
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_wrong_password_nothing_is_sent_and_the_mail_goes_once_it_is_right() {
    for mechanism in [Mechanism::Plain, Mechanism::Login] {
        let world = World::start().await;
        let encryption = Encryption::Wrapped(certificate(world.folder.path()));
        let another = sign_in(mechanism, "another word");
        world.sink.guard(Door { encryption: encryption.clone(), sign_in: another }).unwrap();
        let replica = world.serve_with(config(&world, "smtps://@"));
        let (sale, _) = world.sell().await;
        waits(&world, &sale.sale_id, "535 5.7.8 at connection").await;

        world.sink.guard(Door { encryption, sign_in: sign_in(mechanism, PASSWORD) }).unwrap();
        world.delivery(&sale.sale_id, "sent").await;
        assert_eq!(world.sink.mails().len(), 1);
        replica.stop().await;
    }
    assert_kept_secret();
}

#[tokio::test(flavor = "multi_thread")]
async fn where_starttls_is_taken_out_or_refused_no_name_password_or_mail_is_sent() {
    for (encryption, outcome, heard) in [
        (Encryption::None, "the server lacks what is needed at connection", &BEFORE[..1]),
        (Encryption::Refused, "454 at connection", &BEFORE[..]),
    ] {
        let world = World::start().await;
        // It would take the password all too gladly.
        let sign_in = sign_in(Mechanism::Plain, PASSWORD);
        world.sink.guard(Door { encryption, sign_in: sign_in.clone() }).unwrap();
        let replica = world.serve_with(config(&world, "smtp://@?tls=required"));
        let (sale, _) = world.sell().await;
        waits(&world, &sale.sale_id, outcome).await;
        let clear = world.sink.heard_in_the_clear();
        assert!(
            clear.iter().all(|command| heard.contains(&command.as_str()) || command == "QUIT"),
            "{clear:?}"
        );

        let encryption = Encryption::Upgraded(certificate(world.folder.path()));
        world.sink.guard(Door { encryption, sign_in }).unwrap();
        world.delivery(&sale.sale_id, "sent").await;
        replica.stop().await;
    }
    assert_kept_secret();
}

/// The mail was tried, was not handed over, and is to be tried again.
async fn waits(world: &World, sale_id: &str, outcome: &str) {
    let tried = async || world.delivery(sale_id, "queued").await["outcome"] == outcome;
    let waited = testbed::eventually(PATIENCE, outcome, tried).await;
    waited.unwrap_or_else(|failure| panic!("{failure}; there is {:?}", log::lines().lines().last()));
    assert!(world.sink.mails().is_empty());
}
