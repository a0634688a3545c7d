//! An address as a shopper types it: shown back before it is used, and asked about when its domain looks like a slip of the finger.

use std::fmt;

/// The longest address that mail knows.
const LONGEST: usize = 254;

/// Where people of France have their mail, and what is no slip although it looks like one.
const DOMAINS: [&str; 42] = [
    "gmail.com",
    "hotmail.com",
    "hotmail.fr",
    "outlook.com",
    "outlook.fr",
    "live.com",
    "live.fr",
    "msn.com",
    "yahoo.com",
    "yahoo.fr",
    "ymail.com",
    "icloud.com",
    "me.com",
    "mac.com",
    "orange.fr",
    "wanadoo.fr",
    "free.fr",
    "sfr.fr",
    "neuf.fr",
    "bbox.fr",
    "laposte.net",
    "numericable.fr",
    "aol.com",
    "aol.fr",
    "gmx.fr",
    "gmx.com",
    "gmx.net",
    "mail.com",
    "protonmail.com",
    "proton.me",
    "pm.me",
    "tutanota.com",
    "club-internet.fr",
    "aliceadsl.fr",
    "cegetel.net",
    "noos.fr",
    "voila.fr",
    "dbmail.com",
    "skynet.be",
    "bluewin.ch",
    "example.org",
    "example.com",
];

/// An address that mail can reach without tricks. Its text ends in no log: it has no `Debug` that shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Mailbox(String);

/// What was typed is no address. It is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not an e-mail address")]
pub struct NotAMailbox;

impl Mailbox {
    /// Reads what was typed; the domain's capitals, which mean nothing, become small.
    ///
    /// # Errors
    /// When mail could not reach it.
    pub fn parse(text: &str) -> Result<Self, NotAMailbox> {
        let text = text.trim();
        let (name, domain) = text.rsplit_once('@').ok_or(NotAMailbox)?;
        let is_name = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte))
            && !name.starts_with('.')
            && !name.ends_with('.')
            && !name.contains("..");
        let is_label = |label: &str| {
            !label.is_empty()
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let is_domain = domain.contains('.') && domain.split('.').all(is_label);
        if text.len() <= LONGEST && name.len() <= 64 && is_name && is_domain {
            Ok(Self(format!("{name}@{}", domain.to_ascii_lowercase())))
        } else {
            Err(NotAMailbox)
        }
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What was perhaps meant: the same name at a domain that many have, which is one or two slips of the finger away.
    #[must_use]
    pub fn meant(&self) -> Option<Self> {
        let (name, typed) = self.0.rsplit_once('@')?;
        if DOMAINS.contains(&typed) {
            return None;
        }
        let near = DOMAINS.iter().map(|domain| (slips(typed, domain), *domain));
        // Two slips in a short domain would make anything of anything.
        let near = near.filter(|(slips, domain)| *slips == 1 || (*slips == 2 && domain.len() > 8));
        let (_, domain) = near.min_by_key(|(slips, _)| *slips)?;
        Some(Self(format!("{name}@{domain}")))
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Mailbox(…)")
    }
}

/// How many slips lead from one text to another: a letter more, a letter less, another letter, or two neighbours swapped.
fn slips(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut rows = vec![vec![0; to.len() + 1]; from.len() + 1];
    for i in 0..=from.len() {
        for j in 0..=to.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let other = usize::from(from[i - 1] != to[j - 1]);
                let least = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + other);
                let swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
                if swapped { least.min(rows[i - 2][j - 2] + 1) } else { least }
            };
        }
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn meant(text: &str) -> Option<String> {
        Mailbox::parse(text).unwrap().meant().map(|meant| meant.0)
    }

    #[test]
    fn a_slip_of_the_finger_is_asked_about_and_a_domain_of_its_own_is_not() {
        for (typed, asked) in [
            ("lea@gmial.com", "lea@gmail.com"),
            ("lea@gmail.co", "lea@gmail.com"),
            ("lea@hotmial.fr", "lea@hotmail.fr"),
            ("lea@orage.fr", "lea@orange.fr"),
            ("lea@laposte.ney", "lea@laposte.net"),
            ("lea@Yaho.FR", "lea@yahoo.fr"),
        ] {
            assert_eq!(meant(typed).as_deref(), Some(asked), "{typed}");
        }
        for own in ["lea@gmail.com", "lea@mail.com", "lea@cabas.example", "lea@ville-lille.fr", "lea@pme.org"]
        {
            assert_eq!(meant(own), None, "{own}");
        }
    }

    #[test]
    fn what_mail_cannot_reach_is_no_address() {
        for wrong in [
            "",
            "lea",
            "lea@",
            "@free.fr",
            "lea@free",
            "lea@@free.fr",
            "le a@free.fr",
            "léa@free.fr",
            ".lea@free.fr",
            "lea.@free.fr",
            "le..a@free.fr",
            "lea@-free.fr",
            "lea@free..fr",
            "lea@free.fr\nBcc: x@y.fr",
        ] {
            assert_eq!(Mailbox::parse(wrong), Err(NotAMailbox), "{wrong}");
        }
        assert_eq!(Mailbox::parse("  Lea.D+cabas@FREE.fr ").unwrap().as_str(), "Lea.D+cabas@free.fr");
        assert!(!format!("{:?}", Mailbox::parse("lea@free.fr")).contains("lea"));
    }

    proptest! {
        #[test]
        fn one_slip_in_a_known_domain_is_asked_about_and_the_name_is_never_touched(
            name in "[a-z]{1,12}", which in 0..DOMAINS.len(), place in 0_usize..20, letter in "[a-z]", kind in 0..3,
        ) {
            let mut domain: Vec<char> = DOMAINS[which].chars().collect();
            let place = place % domain.len();
            let letter = letter.chars().next().unwrap();
            match kind {
                0 => domain[place] = letter,
                1 => domain.insert(place, letter),
                _ => { domain.remove(place); }
            }
            let domain: String = domain.into_iter().collect();
            let Ok(typed) = Mailbox::parse(&format!("{name}@{domain}")) else { return Ok(()) };
            match typed.meant() {
                None => prop_assert!(DOMAINS.contains(&domain.as_str())),
                Some(meant) => {
                    let (kept, asked) = meant.as_str().rsplit_once('@').unwrap();
                    prop_assert_eq!(kept, name.as_str());
                    prop_assert!(DOMAINS.contains(&asked) && slips(&domain, asked) <= 2);
                    prop_assert_eq!(meant.meant(), None);
                }
            }
        }

        #[test]
        fn whatever_is_typed_is_an_address_or_none_and_never_a_panic(text in ".{0,40}@?.{0,40}") {
            if let Ok(typed) = Mailbox::parse(&text) {
                prop_assert_eq!(Mailbox::parse(typed.as_str()), Ok(typed.clone()));
                let _ = typed.meant();
            }
        }
    }
}
