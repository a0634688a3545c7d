use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::application_identifiers;
use crate::identifier::Set;

fn fault(text: &str) -> Option<(usize, Problem)> {
    Elements::parse(text).err().map(|error| (error.at, error.problem))
}

#[test]
fn every_fault_says_where_and_what() {
    for (text, at, problem) in [
        ("0109521234543213", 0, None),
        ("0109521234543214", 15, Some(Problem::CheckDigit { expected: 3 })),
        ("010952123454321", 15, Some(Problem::TooShort)),
        ("0109521234543213XX", 16, Some(Problem::UnknownIdentifier)),
        ("01095212345432A3", 14, Some(Problem::Character)),
        ("010952123454321310", 18, Some(Problem::TooShort)),
        ("0109521234543213101234567890123456789012", 38, Some(Problem::TooLong)),
        ("010952123454321317261301", 18, Some(Problem::Date)),
        ("010952123454321310A\u{1d}10B", 22, Some(Problem::Contradiction)),
        ("010952123454321310Â", 18, Some(Problem::Character)),
        ("010952123454321331030001953102000195", 30, Some(Problem::Contradiction)),
        ("01095212345432133922499\u{1d}3932978499", 28, Some(Problem::Contradiction)),
        ("01095212345432137003261128", 26, Some(Problem::TooShort)),
        ("010952123454321370032611282460", 26, Some(Problem::Date)),
        ("010952123454321370032611002359", 20, Some(Problem::Date)),
        ("010952123454321370032611302359", 0, None),
        ("010952123454321317261100", 0, None),
        ("05", 0, Some(Problem::UnknownIdentifier)),
    ] {
        assert_eq!(fault(text), problem.map(|problem| (at, problem)), "{text:?}");
    }
}

#[test]
fn an_identifier_said_twice_alike_is_said_once() {
    let elements = Elements::parse("010952123454321310A\u{1d}10A\u{1d}0109521234543213").unwrap();
    assert_eq!((elements.get("10"), elements.get("01")), (Some("A"), Some("09521234543213")));
}

#[test]
fn parts_that_may_be_absent_may_be() {
    for text in [
        "2539521234543213",
        "2539521234543213ABC",
        "423124250",
        "8008260102231559",
        "800826010223",
        "4330000250-",
    ] {
        assert_eq!(fault(text), None, "{text}");
    }
}

/// A value made after a form, as long as may be or, when `short`, as short as may be.
fn value(form: &str, short: bool, letters: &[Index]) -> String {
    let mut letters = letters.iter().cycle();
    let mut value = String::new();
    for part in identifier_of(form).filter(|part| !(short && part.optional)) {
        let set: Vec<char> = (b'!'..=b'z').filter(|byte| part.set.contains(*byte)).map(char::from).collect();
        let length = if short && part.variable { 1 } else { part.length };
        let free: String = letters.by_ref().take(length).map(|index| *index.get(&set)).collect();
        value.push_str(&match part.content {
            Content::Free => free,
            Content::Checked => {
                let body = &free[..length - 1];
                format!("{body}{}", check_digit(body).unwrap())
            }
            Content::Day | Content::DayOrMonth => "280229".to_owned(),
            Content::Time => "2359".to_owned(),
        });
    }
    value
}

fn identifier_of(form: &str) -> impl Iterator<Item = Part> {
    form.split(' ').map(Part::read)
}

proptest! {
    #[test]
    fn every_identifier_is_read_with_any_value_of_its_form(
        run in any::<Index>(), is_last in any::<bool>(), short in any::<bool>(),
        letters in prop::collection::vec(any::<Index>(), 1..64),
    ) {
        let (first, last, form) = *run.get(application_identifiers());
        let name = if is_last { last } else { first };
        let value = value(form, short, &letters);
        let separator = if is_of_known_length(name) { "" } else { "\u{1d}" };
        // Another identifier behind it, that is not the same one.
        let next = if name == "21" { ("90", "A") } else { ("21", "A") };
        let text = format!("{name}{value}{separator}{}{}", next.0, next.1);
        let elements = Elements::parse(&text);
        prop_assert_eq!(elements, Ok(Elements(vec![(name, value.as_str()), next])), "{}", text);
    }

    #[test]
    fn a_value_that_is_not_of_its_form_is_refused(run in any::<Index>(), letters in prop::collection::vec(any::<Index>(), 1..64)) {
        let (name, _, form) = *run.get(application_identifiers());
        let (longest, shortest) = (value(form, false, &letters), value(form, true, &letters));
        let problem = |value: &str| Elements::default().add(name, value, 0).err().map(|error| error.problem);
        prop_assert_eq!(problem(&format!("{longest}0")), Some(Problem::TooLong));
        prop_assert_eq!(problem(&shortest[..shortest.len() - 1]), Some(Problem::TooShort));
        prop_assert_eq!(problem(&shortest.replacen(|_: char| true, " ", 1)), Some(Problem::Character));
        if identifier_of(form).all(|part| part.set == Set::Digits) {
            prop_assert_eq!(problem(&shortest.replacen(|_: char| true, "A", 1)), Some(Problem::Character));
        }
    }
}
