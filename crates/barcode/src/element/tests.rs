use super::*;

fn fault(text: &str) -> Option<(usize, Problem)> {
    Elements::parse(text).err().map(|error| (error.at, error.problem))
}

#[test]
fn every_fault_says_where_and_what() {
    for (text, at, problem) in [
        ("0109521234543213", 15, None),
        ("0109521234543214", 15, Some(Problem::CheckDigit)),
        ("010952123454321", 15, Some(Problem::TooShort)),
        ("0109521234543213XX", 16, Some(Problem::UnknownIdentifier)),
        ("01095212345432A3", 14, Some(Problem::Character)),
        ("010952123454321310", 18, Some(Problem::TooShort)),
        ("0109521234543213101234567890123456789012", 38, Some(Problem::TooLong)),
        ("010952123454321317261301", 18, Some(Problem::Date)),
        ("010952123454321310A\u{1d}10B", 22, Some(Problem::Contradiction)),
        ("010952123454321310Â", 18, Some(Problem::Character)),
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
