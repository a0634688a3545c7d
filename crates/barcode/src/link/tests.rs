use super::*;
use crate::{ElementError, Problem};

fn refused(address: &str) -> Option<ScanError> {
    scan(address).err()
}

#[test]
fn a_link_that_names_no_article_is_refused_with_its_reason() {
    for (address, reason) in [
        ("", LinkError::NoKey),
        ("example.org", LinkError::NoKey),
        ("example.org/", LinkError::NoKey),
        ("example.org/01", LinkError::NoKey),
        ("example.org/414/9521234543213", LinkError::NoKey),
        ("example.org/01/09521234543213/10", LinkError::Order),
        ("example.org/01/09521234543213/10/", LinkError::Order),
        ("example.org/01/09521234543213/21/1/10/A", LinkError::Order),
        ("example.org/01/09521234543213/99/A", LinkError::Order),
        ("example.org/01/09521234543213/10/A/10/A", LinkError::Order),
        ("example.org/01/09521234543213/10/A/235/B", LinkError::Order),
        ("example.org/01/09521234543213/235/B/21/1", LinkError::Order),
        ("example.org/01/09521234543213/10/%4", LinkError::Encoding),
        ("example.org/01/09521234543213/10/%FF", LinkError::Encoding),
        ("example.org/01/09521234543213?17=%zz", LinkError::Encoding),
    ] {
        assert_eq!(refused(address), Some(reason.into()), "{address}");
    }
    assert_eq!(refused("example.org/01/09521234543214"), Some(ScanError::BadCheckDigit { expected: 3 }));
    assert!(matches!(refused("example.org/01/09521234543213?17=269999"), Some(ScanError::Element(_))));
}

#[test]
fn a_shop_may_put_what_it_likes_before_the_key_and_behind_it() {
    let article = |address: &str| scan(address).unwrap();
    let plain = article("id.gs1.org/01/09521234543213");
    for address in [
        "ferme.example/boutique/01/09521234543213",
        "ferme.example/01/01/9521234543213/",
        "ferme.example:8443/01/09521234543213?lang=fr&x",
        "ferme.example/01/09521234543213/22/2A#avis",
        "ferme.example/01/09521234543213/235/2A",
        "ferme.example/01/09521234543213?11=261128;lang=fr&01=09521234543213",
    ] {
        assert_eq!(article(address), plain, "{address}");
    }
}

#[test]
fn a_link_that_contradicts_itself_is_refused() {
    for address in [
        "ferme.example/01/09521234543213?01=04006381333931",
        "ferme.example/01/09521234543213/10/A?10=B",
        "ferme.example/01/09521234543213?3103=000500&3102=000500",
        "ferme.example/01/09521234543213?3103=000500&3922=499&3932=978499",
        "ferme.example/01/09521234543213?17=261128&17=261129",
    ] {
        let fault = ElementError { at: 0, problem: Problem::Contradiction };
        assert_eq!(refused(address), Some(fault.into()), "{address}");
    }
}
