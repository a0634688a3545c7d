//! Where a member is reached: e-mail address and telephone.

use std::fmt;

use super::text::Flaw;

/// An e-mail address that every mail server takes: no quoting, no comments, ASCII.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

/// A telephone number in international form, `+` and 7 to 15 digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Phone(String);

impl Email {
    /// Reads an address; the host's capitals, which mean nothing, become small.
    ///
    /// # Errors
    /// When mail could not reach it, or not without tricks.
    pub fn parse(text: &str) -> Result<Self, Flaw> {
        let text = text.trim_matches(' ');
        if text.is_empty() {
            return Err(Flaw::Missing);
        }
        if text.len() > 254 {
            return Err(Flaw::TooLong(254));
        }
        let (mailbox, host) = text.split_once('@').ok_or(Flaw::NotAnEmail)?;
        if is_mailbox(mailbox) && is_host(host) {
            Ok(Self(format!("{mailbox}@{}", host.to_ascii_lowercase())))
        } else {
            Err(Flaw::NotAnEmail)
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address as it is looked for.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl Phone {
    /// Reads a number as people write it: with spaces, dots, hyphens, `00` for `+`, and an optional `(0)`.
    ///
    /// # Errors
    /// When it is not in international form.
    pub fn parse(text: &str) -> Result<Self, Flaw> {
        if text.trim().is_empty() {
            return Err(Flaw::Missing);
        }
        let dialled = dialled(text).ok_or(Flaw::NotAPhone)?;
        let number = dialled.strip_prefix("00").map_or(dialled.clone(), |rest| format!("+{rest}"));
        let digits = number.strip_prefix('+').ok_or(Flaw::NotAPhone)?;
        if (7..=15).contains(&digits.len()) && !digits.starts_with('0') {
            Ok(Self(number))
        } else {
            Err(Flaw::NotAPhone)
        }
    }

    /// The number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is left of a written number when what only helps the eye is gone; `None` when there is more than a number.
pub(super) fn dialled(text: &str) -> Option<String> {
    let text = text.trim().replace("(0)", "");
    let mut dialled = String::with_capacity(text.len());
    for (place, letter) in text.chars().enumerate() {
        match letter {
            '0'..='9' => dialled.push(letter),
            '+' if place == 0 => dialled.push(letter),
            ' ' | '\u{a0}' | '\u{202f}' | '.' | '-' | '/' | '(' | ')' => {}
            _ => return None,
        }
    }
    (dialled.len() <= 32).then_some(dialled)
}

fn is_mailbox(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.split('.').all(|part| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&byte))
        })
}

fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let Some((_, last)) = text.rsplit_once('.') else { return false };
    text.split('.').all(label) && last.len() >= 2 && !last.bytes().all(|byte| byte.is_ascii_digit())
}

impl fmt::Debug for Email {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Email(…)")
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Phone(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_that_mail_reaches_is_taken() {
        for (typed, kept) in [
            ("camille@example.org", "camille@example.org"),
            (" Camille.Durand+cabas@Example.ORG ", "Camille.Durand+cabas@example.org"),
            ("o'neil_1@mail.xn--bcher-kva.example", "o'neil_1@mail.xn--bcher-kva.example"),
        ] {
            assert_eq!(Email::parse(typed).unwrap().as_str(), kept);
        }
        assert_eq!(Email::parse("Camille@Example.org").unwrap().key(), "camille@example.org");
    }

    #[test]
    fn an_address_with_tricks_is_refused() {
        for typed in [
            "camille",
            "@example.org",
            "camille@",
            "camille@example",
            "camille@@example.org",
            "camille@home@example.org",
            "camille@example..org",
            "camille@-example.org",
            "camille@192.0.2.1",
            "camille@[192.0.2.1]",
            ".camille@example.org",
            "cam..ille@example.org",
            "\"camille\"@example.org",
            "camille <camille@example.org>",
            "camille@example.org, other@example.org",
            "camille@example.org\r\nBcc: other@example.org",
            "camille\n@example.org",
            "camille@example.org\n",
            "camille@exämple.org",
            "cam\u{200b}ille@example.org",
        ] {
            assert_eq!(Email::parse(typed), Err(Flaw::NotAnEmail), "{typed:?}");
        }
        assert_eq!(Email::parse(""), Err(Flaw::Missing));
        let long = format!("{}@{}.org", "a".repeat(60), "b.".repeat(100).trim_end_matches('.'));
        assert_eq!(Email::parse(&long), Err(Flaw::TooLong(254)));
        assert_eq!(Email::parse(&format!("{}@example.org", "a".repeat(65))), Err(Flaw::NotAnEmail));
    }

    #[test]
    fn a_number_is_kept_in_international_form() {
        for typed in ["+33199001234", "+33 1 99 00 12 34", "0033 (0)1.99.00.12.34", " +33-199-001-234 "] {
            assert_eq!(Phone::parse(typed).unwrap().as_str(), "+33199001234", "{typed}");
        }
        for typed in
            ["0199001234", "+33", "+0199001234", "+3319900123456789", "+33 1 99 00 12 34 ext. 5", "1+2345678"]
        {
            assert_eq!(Phone::parse(typed), Err(Flaw::NotAPhone), "{typed}");
        }
        assert_eq!(Phone::parse(" "), Err(Flaw::Missing));
    }

    #[test]
    fn neither_shows_in_a_log() {
        let email = Email::parse("camille@example.org").unwrap();
        let phone = Phone::parse("+33199001234").unwrap();
        assert_eq!(format!("{email:?} {phone:?}"), "Email(…) Phone(…)");
    }

    proptest! {
        #[test]
        fn an_address_is_one_line_with_one_at(text in "[ -~\\r\\n]{0,30}@[ -~\\r\\n]{0,30}") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(email.as_str().matches('@').count(), 1);
                prop_assert!(email.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
            }
        }

        #[test]
        fn a_number_read_twice_is_the_same(text in "[+0-9 ().-]{0,24}") {
            if let Ok(phone) = Phone::parse(&text) {
                prop_assert_eq!(Phone::parse(phone.as_str()), Ok(phone));
            }
        }
    }
}
