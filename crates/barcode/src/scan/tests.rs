use super::*;
use crate::{Problem, ShortDate, check_digit};

fn rule(text: &str) -> LabelRule {
    text.parse().unwrap()
}

fn product(gtin: &str) -> Result<Scan, ScanError> {
    Ok(Scan::Product(Gtin::parse(gtin).unwrap().into()))
}

fn complete(body: &str) -> String {
    format!("{body}{}", check_digit(body).unwrap())
}

fn measured(body_of_lookup: &str, value: Measure) -> Result<Scan, ScanError> {
    Ok(Scan::Measured { article: Gtin::parse(&complete(body_of_lookup)).unwrap().into(), value })
}

#[test]
fn an_article_is_found_whatever_its_length() {
    for text in ["4006381333931", "]E04006381333931\r\n", "04006381333931"] {
        assert_eq!(scan(text, &[]), product("4006381333931"));
    }
}

#[test]
fn a_weight_label_names_its_article_and_its_grams() {
    let rules = [rule("21.....{NNDDD} weight")];
    let label = complete("211234501250");
    assert_eq!(scan(&label, &rules), measured("211234500000", Measure::Grams(1_250)));
}

#[test]
fn a_price_label_is_believed_only_with_its_verifier() {
    let rules = [rule("02.....V{NNDD} price")];
    let good = complete("021234592875");
    assert_eq!(scan(&good, &rules), measured("021234500000", Measure::Price(2_875)));
    let bad = complete("021234582875");
    assert_eq!(scan(&bad, &rules), Err(ScanError::BadVerifier { expected: 9 }));
}

#[test]
fn a_piece_label_counts_pieces() {
    let rules = [rule("28........{NN} units")];
    assert_eq!(scan(&complete("281234567812"), &rules), measured("281234567800", Measure::Units(12)));
}

#[test]
fn the_longest_prefix_decides() {
    let rules = [rule("21.....{NNDDD} weight"), rule("219....{NNNDD} price")];
    assert_eq!(scan(&complete("219123400350"), &rules), measured("219123400000", Measure::Price(350)));
    assert_eq!(scan(&complete("218123400350"), &rules), measured("218123400000", Measure::Grams(350)));
}

#[test]
fn two_rules_that_disagree_are_an_error_and_not_a_guess() {
    let weight = rule("21.....{NNDDD} weight");
    let price = rule("21.....{NNNDD} price");
    let label = complete("211234501250");
    assert_eq!(scan(&label, &[weight.clone(), price]), Err(ScanError::ConflictingRules));
    assert!(scan(&label, &[weight.clone(), weight]).is_ok());
}

#[test]
fn an_in_store_number_without_a_rule_is_looked_up_as_it_is() {
    let label = complete("221234501250");
    let rules = [rule("21.....{NNDDD} weight")];
    assert_eq!(scan(&label, &rules), product(&label));
}

#[test]
fn a_label_of_zero_grams_is_refused() {
    let rules = [rule("21.....{NNDDD} weight")];
    assert_eq!(scan(&complete("211234500000"), &rules), Err(ScanError::EmptyMeasure));
}

#[test]
fn a_member_card_is_never_a_product() {
    let card = CardNumber::from_serial(42).unwrap();
    assert_eq!(scan("]E02900000000421", &[]), Ok(Scan::MemberCard(card)));
    assert_eq!(scan("02900000000421", &[]), Ok(Scan::MemberCard(card)));
}

#[test]
fn what_cannot_be_read_is_refused_with_its_reason() {
    for (raw, reason) in [
        ("", ScanError::Empty),
        (" \r\n\u{1d}", ScanError::Empty),
        ("]E0", ScanError::Empty),
        ("hello", ScanError::NotDigits),
        ("400638x1333931", ScanError::NotDigits),
        ("400638\u{1d}1333931", ScanError::Element(ElementError { at: 14, problem: Problem::TooShort })),
        ("12345", ScanError::Length { digits: 5 }),
        ("4006381333930", ScanError::BadCheckDigit { expected: 1 }),
        ("]d20009521234543213", ScanError::Element(ElementError { at: 16, problem: Problem::TooShort })),
        ("https://example.org/fromage", ScanError::Link(LinkError::NoKey)),
    ] {
        assert_eq!(scan(raw, &[]), Err(reason), "{raw:?}");
    }
    assert_eq!(scan(&"0".repeat(513), &[]), Err(ScanError::TooLong));
}

#[test]
fn upc_a_regains_its_zero_and_upc_e_its_digits() {
    for text in ["036000241457", "0036000241457", "00036000241457", "]E00036000241457"] {
        assert_eq!(scan(text, &[]), product("036000241457"), "{text}");
    }
    assert_eq!(scan("04252614", &[]), product("042100005264"));
    assert_eq!(scan("]E496385074", &[]), product("96385074"));
    assert_eq!(scan("]E404252614", &[]), Err(ScanError::BadCheckDigit { expected: 0 }));
}

#[test]
fn a_batch_and_a_last_day_come_with_the_article() {
    let article = Article {
        gtin: Gtin::parse("09521234543213").unwrap(),
        batch: Some(crate::article::Batch("LOT-7/B".to_owned())),
        expiry: ShortDate::parse("261231"),
        expiry_moment: None,
    };
    for code in [
        "]d201095212345432131726123110LOT-7/B",
        "]Q3010952123454321310LOT-7/B\u{1d}17261231\r",
        "010952123454321310LOT-7/B\u{1d}17261231",
        "]Q1https://ferme.example/01/9521234543213/10/LOT-7%2FB?17=261231",
        "https://id.gs1.org/01/09521234543213/10/LOT-7%2FB/21/42?17=261231&utm=x#top",
    ] {
        assert_eq!(scan(code, &[]), Ok(Scan::Product(article.clone())), "{code}");
    }
}

#[test]
fn a_last_day_may_come_with_its_hour_and_minute() {
    let moment = |code: &str| match scan(code, &[]) {
        Ok(Scan::Product(article)) => (article.expiry, article.expiry_moment),
        other => panic!("{code}: {other:?}"),
    };
    let minute = time::Time::from_hms(18, 30, 0).unwrap();
    let said = Some((ShortDate::parse("261130").unwrap(), minute));
    assert_eq!(moment("]d2010952123454321370032611301830"), (None, said));
    assert_eq!(moment("https://id.gs1.org/01/09521234543213?7003=2611301830"), (None, said));
    assert_eq!(moment("010952123454321317261201\u{1d}70032611301830"), (ShortDate::parse("261201"), said));
}

#[test]
fn a_price_on_the_label_wins_over_its_weight_and_must_be_in_euros() {
    let measure = |code: &str| match scan(code, &[]) {
        Ok(Scan::Measured { value, .. }) => Ok(value),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error),
    };
    assert_eq!(measure("]e001095212345432133103000195"), Ok(Measure::Grams(195)));
    assert_eq!(measure("]e001095212345432133102000195"), Ok(Measure::Grams(1_950)));
    assert_eq!(measure("]e0010952123454321331030001953922499"), Ok(Measure::Price(499)));
    assert_eq!(measure("]e001095212345432133932978499"), Ok(Measure::Price(499)));
    assert_eq!(measure("]e001095212345432133932840499"), Err(ScanError::ForeignCurrency));
    assert_eq!(measure("]e00109521234543213306"), Ok(Measure::Units(6)));
    assert_eq!(measure("]e001095212345432133105000195"), Err(ScanError::NotExact));
    assert_eq!(measure("]e001095212345432133103000000"), Err(ScanError::EmptyMeasure));
    assert_eq!(measure("]e001095212345432133153000750"), Err(ScanError::ForeignMeasure));
}

#[test]
fn a_coupon_is_a_coupon_and_never_an_article() {
    let rules = [rule("99.......... coupon")];
    let code = complete("991234567890");
    assert_eq!(scan(&code, &rules), Ok(Scan::Coupon(CouponCode(code.clone()))));
    let gcn = format!("{}0042", complete("952123454321"));
    assert_eq!(scan(&format!("]C1255{gcn}"), &[]), Ok(Scan::Coupon(CouponCode(gcn))));
    assert_eq!(scan("]e08110106141416543213150110000310123196000", &[]), Err(ScanError::ForeignCoupon));
    assert_eq!(scan(&format!("]C100{}", complete("09521234543210001")), &[]), Err(ScanError::NoArticle));
}

#[test]
fn a_label_in_francs_is_paid_in_euros() {
    let rules = [rule("23.....{NNNDD} price rate=100000/655957")];
    assert_eq!(scan(&complete("231234506560"), &rules), measured("231234500000", Measure::Price(1_000)));
}

#[test]
fn a_store_that_labels_with_29_says_so_by_its_rule() {
    let rules = [rule("29.....{NNNDD} price")];
    let label = complete("293075700339");
    assert_eq!(scan(&label, &rules), measured("293075700000", Measure::Price(339)));
    assert!(matches!(scan(&label, &[]), Ok(Scan::MemberCard(_))));
}

#[test]
fn a_tenth_of_a_cent_on_a_label_is_refused_unless_a_rate_rounds_it() {
    let label = |value: &str| complete(&format!("2312345{value}"));
    let rules = [rule("23.....{NNDDD} price")];
    assert_eq!(scan(&label("12340"), &rules), measured("231234500000", Measure::Price(1_234)));
    assert_eq!(scan(&label("12345"), &rules), Err(ScanError::NotExact));
    let rules = [rule("23.....{NNDDD} price rate=1/1")];
    assert_eq!(scan(&label("12345"), &rules), measured("231234500000", Measure::Price(1_235)));
}

#[test]
fn decimals_are_those_of_the_rule() {
    let label = complete("021234504575");
    for (text, value) in [
        ("02.....{NNNDD} price", Measure::Price(4_575)),
        ("02.....{NNNND} price", Measure::Price(45_750)),
        ("02.....{NNNNN} price", Measure::Price(457_500)),
        ("02.....{NNDDD} weight", Measure::Grams(4_575)),
        ("02.....{NNNDD} weight", Measure::Grams(45_750)),
        ("02.....{NNNNN} units", Measure::Units(4_575)),
    ] {
        assert_eq!(scan(&label, &[rule(text)]), measured("021234500000", value), "{text}");
    }
}

#[test]
fn a_label_inside_a_richer_code_is_read_by_the_rules_of_the_store() {
    let rules = [rule("02.....{NNNDD} price"), rule("21.....{NNDDD} weight"), rule("99.......... coupon")];
    let weighed = complete("211234501250");
    let article = Article {
        batch: Some(crate::article::Batch("L1".to_owned())),
        ..Gtin::parse(&complete("211234500000")).unwrap().into()
    };
    for code in [
        format!("]d2010{weighed}10L1"),
        format!("]d2010{weighed}310300125010L1"),
        format!("]Q1https://ferme.example/01/{weighed}/10/L1"),
        format!("]d2010{}310300125010L1", complete("211234500000")),
    ] {
        let value = Measure::Grams(1_250);
        assert_eq!(scan(&code, &rules), Ok(Scan::Measured { article: article.clone(), value }), "{code}");
    }
    let value = |code: &str| match scan(code, &rules) {
        Ok(Scan::Measured { value, .. }) => Ok(value),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error),
    };
    assert_eq!(value(&format!("]d2010{weighed}3922499")), Ok(Measure::Price(499)));
    assert_eq!(value(&format!("]d2010{}3103001250", complete("021234500499"))), Ok(Measure::Price(499)));
    assert_eq!(value(&format!("]d2010{weighed}3103001251")), Err(ScanError::TwoMeasures));
    assert_eq!(value(&format!("]d2010{weighed}302")), Err(ScanError::TwoMeasures));
    assert_eq!(value(&format!("]d2010{}10L1", complete("211234500000"))), Err(ScanError::EmptyMeasure));
}

#[test]
fn a_card_or_a_coupon_inside_a_richer_code_stays_one() {
    let card = CardNumber::from_serial(42).unwrap();
    for code in ["]d201029000000004211001", "https://cabas.example/01/02900000000421", "]d20102900000000421"]
    {
        assert_eq!(scan(code, &[]), Ok(Scan::MemberCard(card)), "{code}");
    }
    let coupon = complete("991234567890");
    let read = scan(&format!("https://cabas.example/01/{coupon}"), &[rule("99.......... coupon")]);
    assert_eq!(read, Ok(Scan::Coupon(CouponCode(coupon))));
}

#[test]
fn the_issue_of_a_magazine_is_left_off() {
    assert_eq!(scan("]E3977147396500405", &[]), product("9771473965004"));
}

#[test]
fn a_misread_code_is_told_from_one_that_cannot_be() {
    let rules = [rule("02.....V{NNDD} price")];
    let label = complete("021234582875");
    for code in ["4006381333930", &label, "]d20109521234543214", "https://id.gs1.org/01/09521234543214"] {
        assert!(scan(code, &rules).unwrap_err().is_misreading(), "{code}");
    }
    for code in ["hello", "]d2010952123454321317261301", "https://id.gs1.org/01", "]d2010952123454321310"] {
        assert!(!scan(code, &rules).unwrap_err().is_misreading(), "{code}");
    }
    let refused = scan("]d20109521234543214", &[]).unwrap_err();
    assert_eq!(refused.to_string(), "a wrong check digit (3 was expected) at position 15");
}
