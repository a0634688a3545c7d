//! A person known to the shop.

use std::fmt;

use thiserror::Error;
use time::OffsetDateTime;

use super::{
    card::Card,
    contact::{Email, Phone},
    id::MemberId,
    text::{self, Flaw},
};

/// The countries of ISO 3166-1.
const COUNTRIES: &str = "\
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ \
CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR \
GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP \
KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU \
MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW \
SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ \
UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// What a person says at the desk, as typed.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// Last name.
    pub last_name: &'a str,
    /// First name.
    pub first_name: &'a str,
    /// Street and number.
    pub street: &'a str,
    /// Postal code.
    pub postal_code: &'a str,
    /// Town.
    pub city: &'a str,
    /// Country.
    pub country_code: &'a str,
    /// Telephone.
    pub phone: &'a str,
    /// E-mail address.
    pub email: &'a str,
}

/// The details of a member, all of them there and well formed.
#[derive(Clone, PartialEq, Eq)]
pub struct Details {
    /// Last name.
    pub last_name: String,
    /// First name.
    pub first_name: String,
    /// Street and number.
    pub street: String,
    /// Postal code.
    pub postal_code: String,
    /// Town.
    pub city: String,
    /// Country, ISO 3166-1 alpha-2.
    pub country_code: String,
    /// Telephone.
    pub phone: Phone,
    /// E-mail address.
    pub email: Email,
}

/// Which of the details is wrong, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{field} {flaw}")]
pub struct BadDetail {
    /// The name of the field.
    pub field: &'static str,
    /// What is wrong with it.
    pub flaw: Flaw,
}

/// A person known to the shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Identity.
    pub member_id: MemberId,
    /// The details.
    pub details: Details,
    /// The cards, newest first.
    pub cards: Vec<Card>,
    /// When the person was registered.
    pub registered: OffsetDateTime,
}

/// Where mail goes, and how it greets.
#[derive(Clone, PartialEq, Eq)]
pub struct Contact {
    /// E-mail address.
    pub email: String,
    /// First name.
    pub first_name: String,
}

impl Details {
    /// Checks what a person said.
    ///
    /// # Errors
    /// The first detail that is missing or malformed.
    pub fn parse(given: &Given<'_>) -> Result<Self, BadDetail> {
        let bad = |field| move |flaw| BadDetail { field, flaw };
        Ok(Self {
            last_name: text::name(given.last_name, 80).map_err(bad("last_name"))?,
            first_name: text::name(given.first_name, 80).map_err(bad("first_name"))?,
            street: text::name(given.street, 200).map_err(bad("street"))?,
            postal_code: text::name(given.postal_code, 16).map_err(bad("postal_code"))?,
            city: text::name(given.city, 80).map_err(bad("city"))?,
            country_code: country(given.country_code).map_err(bad("country_code"))?,
            phone: Phone::parse(given.phone).map_err(bad("phone"))?,
            email: Email::parse(given.email).map_err(bad("email"))?,
        })
    }
}

/// How a till greets a person in front of others: `Camille D.`.
pub fn greeting(first_name: &str, last_name: &str) -> String {
    let initial = last_name.chars().find(|letter| letter.is_alphanumeric());
    match initial {
        Some(initial) => format!("{first_name} {}.", initial.to_uppercase()),
        None => first_name.to_owned(),
    }
}

fn country(text: &str) -> Result<String, Flaw> {
    let code = text.trim().to_ascii_uppercase();
    match code.len() {
        0 => Err(Flaw::Missing),
        2 if COUNTRIES.split(' ').any(|country| country == code) => Ok(code),
        _ => Err(Flaw::NotACountry),
    }
}

/// A person shows in a log by the id alone.
impl fmt::Debug for Details {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Details(…)")
    }
}

impl fmt::Debug for Given<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Given(…)")
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Contact(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAMILLE: Given<'static> = Given {
        last_name: " Durand ",
        first_name: "Camille",
        street: "3 rue des Ormes",
        postal_code: "59000",
        city: "Lille",
        country_code: "fr",
        phone: "+33 1 99 00 12 34",
        email: "camille@example.org",
    };

    #[track_caller]
    fn check(given: Given<'_>, field: &'static str, flaw: Flaw) {
        assert_eq!(Details::parse(&given), Err(BadDetail { field, flaw }));
    }

    #[test]
    fn details_are_kept_tidy() {
        let details = Details::parse(&CAMILLE).unwrap();
        assert_eq!(details.last_name, "Durand");
        assert_eq!(details.country_code, "FR");
        assert_eq!(details.phone.as_str(), "+33199001234");
    }

    #[test]
    fn every_detail_must_be_given() {
        check(Given { last_name: "", ..CAMILLE }, "last_name", Flaw::Missing);
        check(Given { first_name: " ", ..CAMILLE }, "first_name", Flaw::Missing);
        check(Given { street: "", ..CAMILLE }, "street", Flaw::Missing);
        check(Given { postal_code: "", ..CAMILLE }, "postal_code", Flaw::Missing);
        check(Given { city: "", ..CAMILLE }, "city", Flaw::Missing);
        check(Given { country_code: "", ..CAMILLE }, "country_code", Flaw::Missing);
        check(Given { phone: "", ..CAMILLE }, "phone", Flaw::Missing);
        check(Given { email: "", ..CAMILLE }, "email", Flaw::Missing);
    }

    #[test]
    fn every_detail_has_its_limit() {
        check(Given { last_name: &"n".repeat(81), ..CAMILLE }, "last_name", Flaw::TooLong(80));
        check(Given { first_name: &"n".repeat(81), ..CAMILLE }, "first_name", Flaw::TooLong(80));
        check(Given { street: &"n".repeat(201), ..CAMILLE }, "street", Flaw::TooLong(200));
        check(Given { postal_code: &"1".repeat(17), ..CAMILLE }, "postal_code", Flaw::TooLong(16));
        check(Given { city: &"n".repeat(81), ..CAMILLE }, "city", Flaw::TooLong(80));
        check(Given { country_code: "XX", ..CAMILLE }, "country_code", Flaw::NotACountry);
        check(Given { country_code: "FRA", ..CAMILLE }, "country_code", Flaw::NotACountry);
    }

    #[test]
    fn a_greeting_gives_no_more_than_first_name_and_initial() {
        assert_eq!(greeting("Camille", "durand"), "Camille D.");
        assert_eq!(greeting("Anne-Sophie", "d’Ormesson"), "Anne-Sophie D.");
        assert_eq!(greeting("Jan", "’t Hooft"), "Jan T.");
        assert_eq!(greeting("Émile", "Écalle"), "Émile É.");
    }

    #[test]
    fn a_person_does_not_show_in_a_log() {
        let details = Details::parse(&CAMILLE).unwrap();
        assert_eq!(format!("{details:?}"), "Details(…)");
        assert_eq!(format!("{CAMILLE:?}"), "Given(…)");
    }
}
