//! The eight details of a member, as a form shows, keeps and sends them.

use proto::membership::v1::MemberDetails;
use tonic::{Code, Status};

use crate::{text::Lang, web::form::Fields};

/// One field of the form.
pub struct Detail {
    pub name: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub kind: &'static str,
    pub longest: u32,
    pub value: String,
    pub error: &'static str,
}

/// Name, French and English label, kind of input, longest value.
const DETAILS: [(&str, (&str, &str), &str, u32); 8] = [
    ("last_name", ("Nom", "Last name"), "text", 80),
    ("first_name", ("Prénom", "First name"), "text", 80),
    ("street", ("Rue et numéro", "Street and number"), "text", 200),
    ("postal_code", ("Code postal", "Postal code"), "text", 16),
    ("city", ("Ville", "Town"), "text", 80),
    ("country_code", ("Pays", "Country"), "text", 2),
    ("phone", ("Téléphone", "Telephone"), "tel", 32),
    ("email", ("E-mail", "E-mail"), "email", 254),
];

/// The fields with the values of `details`.
pub fn shown(lang: Lang, details: &MemberDetails) -> Vec<Detail> {
    let field = |(name, label, kind, longest): (&'static str, (&'static str, &'static str), _, _)| Detail {
        name,
        label: lang.say(label.0, label.1),
        hint: hint(lang, name),
        kind,
        longest,
        value: value(details, name).to_owned(),
        error: "",
    };
    DETAILS.map(field).into()
}

/// The fields as they were sent, with what the refusal says of one of them; nothing when it is of another kind.
pub fn refused(lang: Lang, details: &MemberDetails, status: &Status) -> Option<Vec<Detail>> {
    let at_fault = platform::status::field(status).filter(|_| status.code() == Code::InvalidArgument)?;
    let mut fields = shown(lang, details);
    let field = fields.iter_mut().find(|field| at_fault == format!("details.{}", field.name))?;
    field.error = advice(lang, field.name, field.value.is_empty());
    Some(fields)
}

/// The details that a form carries.
pub fn sent(fields: &Fields) -> MemberDetails {
    let country_code = fields.text("country_code").to_uppercase();
    MemberDetails {
        last_name: fields.text("last_name"),
        first_name: fields.text("first_name"),
        street: fields.text("street"),
        postal_code: fields.text("postal_code"),
        city: fields.text("city"),
        phone: international(&fields.text("phone"), &country_code),
        email: fields.text("email"),
        country_code,
    }
}

/// A French number may be typed as it is dialled in France.
fn international(typed: &str, country_code: &str) -> String {
    let digits: String =
        typed.chars().filter(|letter| !matches!(letter, ' ' | '\u{a0}' | '.' | '-')).collect();
    match digits.strip_prefix('0') {
        Some(rest) if country_code == "FR" && rest.len() == 9 && !rest.starts_with('0') => {
            format!("+33{rest}")
        }
        _ => digits,
    }
}

fn value<'a>(details: &'a MemberDetails, name: &str) -> &'a str {
    match name {
        "last_name" => &details.last_name,
        "first_name" => &details.first_name,
        "street" => &details.street,
        "postal_code" => &details.postal_code,
        "city" => &details.city,
        "country_code" => &details.country_code,
        "phone" => &details.phone,
        _ => &details.email,
    }
}

fn hint(lang: Lang, name: &str) -> &'static str {
    match name {
        "country_code" => lang.say("Deux lettres, par exemple FR", "Two letters, for instance FR"),
        "phone" => lang.say("Par exemple 01 99 00 12 34 ou +33199001234", "For instance +33199001234"),
        "email" => lang.say("Les tickets y sont envoyés", "Receipts are sent there"),
        _ => "",
    }
}

fn advice(lang: Lang, name: &str, empty: bool) -> &'static str {
    if empty {
        return lang.say("À remplir.", "Please fill this in.");
    }
    match name {
        "country_code" => {
            lang.say("Un pays en deux lettres, comme FR.", "A country of two letters, such as FR.")
        }
        "phone" => lang.say(
            "Un numéro complet, avec l’indicatif du pays s’il n’est pas français.",
            "A whole number with the country’s code, such as +33199001234.",
        ),
        "email" => lang.say("Une adresse comme nom@exemple.fr.", "An address such as name@example.org."),
        _ => lang.say(
            "Trop long, ou avec des caractères invisibles\u{a0}: saisissez-le de nouveau.",
            "Too long, or with invisible characters: type it again.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_dialled_in_france_becomes_international() {
        for (typed, country, meant) in [
            ("01 99 00 12 34", "FR", "+33199001234"),
            ("01.99.00.12.34", "FR", "+33199001234"),
            ("+33 1 99 00 12 34", "FR", "+33199001234"),
            ("01 99 00 12 34", "BE", "0199001234"),
            ("0033199001234", "FR", "0033199001234"),
            ("", "FR", ""),
        ] {
            assert_eq!(international(typed, country), meant, "{typed}");
        }
    }

    #[test]
    fn a_refusal_stands_beside_its_field_and_keeps_what_was_typed() {
        let details =
            MemberDetails { email: "nowhere".into(), city: "Lille".into(), ..MemberDetails::default() };
        let status = platform::status::bad_field("membership", "INVALID_FIELD", "details.email", "no");
        let fields = refused(Lang::French, &details, &status).unwrap();
        let marked: Vec<_> =
            fields.iter().filter(|field| !field.error.is_empty()).map(|field| field.name).collect();
        assert_eq!(marked, ["email"]);
        assert!(fields.iter().any(|field| field.value == "Lille"));
        let other = platform::status::bad_field("membership", "INVALID_FIELD", "store_code", "no");
        assert!(refused(Lang::French, &details, &other).is_none());
    }
}
