//! What the program says when it is not told what it needs.

use std::process::Command;

/// What the program says before it gives up, run with nothing in its environment.
fn refusal(words: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_cabas")).args(words).env_clear().output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(64), "{words:?}: {told}");
    assert!(output.stdout.is_empty(), "{words:?}");
    assert_eq!(told.lines().count(), 1, "{words:?} is told in one line: {told}");
    told.trim_end().to_owned()
}

#[test]
fn checkout_without_a_configuration_names_each_option_and_its_variable() {
    assert_eq!(
        refusal(&["checkout"]),
        "cabas: checkout cannot start: --staff-public-key (CHECKOUT_STAFF_PUBLIC_KEY), \
         --tls-cert (CHECKOUT_TLS_CERT), --tls-key (CHECKOUT_TLS_KEY), --tls-ca (CHECKOUT_TLS_CA), \
         --database-url (CHECKOUT_DATABASE_URL), --nats-url (CHECKOUT_NATS_URL), \
         --nats-password-file (CHECKOUT_NATS_PASSWORD_FILE) and --fiscal-key-file (CHECKOUT_FISCAL_KEY_FILE) are missing"
    );
}

#[test]
fn every_part_without_a_configuration_says_in_one_sentence_what_is_missing() {
    for (part, option) in [
        ("membership", "--staff-key (MEMBERSHIP_STAFF_KEY)"),
        ("receipt", "--smtp-url (RECEIPT_SMTP_URL)"),
        ("reviews", "--checkout-url (REVIEWS_CHECKOUT_URL)"),
        ("analytics", "--database-url (ANALYTICS_DATABASE_URL)"),
        ("portal", "--analytics-url (PORTAL_ANALYTICS_URL)"),
        ("terminal", "--journal (TERMINAL_JOURNAL)"),
    ] {
        let told = refusal(&[part]);
        assert!(told.starts_with(&format!("cabas: {part} cannot start: --")), "{told}");
        assert!(told.contains(option) && told.ends_with(" are missing"), "{told}");
    }
}

#[test]
fn all_in_one_process_names_the_missing_variables_of_every_part() {
    let told = refusal(&["all"]);
    assert!(told.starts_with("cabas: all cannot start: MEMBERSHIP_"), "{told}");
    for variable in [
        "MEMBERSHIP_STAFF_KEY",
        "CHECKOUT_DATABASE_URL",
        "RECEIPT_SMTP_URL",
        "REVIEWS_CHECKOUT_URL",
        "ANALYTICS_NATS_URL",
        "PORTAL_ANALYTICS_URL",
    ] {
        assert!(told.contains(variable), "{variable}: {told}");
    }
}

#[test]
fn a_value_that_cannot_be_is_refused_without_repeating_it() {
    assert_eq!(
        refusal(&["analytics", "migrate", "--database-connections=hidden"]),
        "cabas: analytics migrate cannot start: --database-connections (ANALYTICS_DATABASE_CONNECTIONS) \
         is wrong: invalid digit found in string"
    );
}
