//! Published labels, real in-store codes and the dictionary of application identifiers: all are read as they are meant.

use std::collections::BTreeMap;

use barcode::{Gtin, LabelRule, Measure, Scan, ScanError, application_identifiers, check_digit, scan};

use crate::folder;

fn complete(body: &str) -> String {
    format!("{body}{}", check_digit(body).unwrap())
}

fn read(name: &str) -> Vec<BTreeMap<String, String>> {
    let file = folder().join("barcodes").join(name);
    csv::Reader::from_path(file).unwrap().into_deserialize().map(Result::unwrap).collect()
}

fn rule(layout: &str, kind: &str) -> LabelRule {
    // One source writes a fixed number, one letter per digit of grams, and the check digit.
    let layout = layout.replace("wwwwwc", "{NNDDD}");
    format!("{layout} {kind}").parse().unwrap()
}

/// `2.65` is 265 of a unit with two decimals.
fn scaled(text: &str, decimals: usize) -> i64 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<decimals$}").parse().unwrap()
}

/// The number to look up, and what the label says.
fn measured(read: Result<Scan, ScanError>) -> Option<(String, Measure)> {
    match read {
        Ok(Scan::Measured { article, value }) => Some((article.gtin.as_str()[1..].to_owned(), value)),
        _ => None,
    }
}

#[test]
fn every_published_label_is_read_by_its_rule_or_refused_for_its_check_digit() {
    let rows = read("variable_measure_vectors.csv");
    let mut kinds = BTreeMap::<&str, usize>::new();
    for row in &rows {
        let [code, layout, kind, value, base] =
            ["code", "rule", "kind", "value", "base_code"].map(|column| row[column].as_str());
        let misread = row["check_ok"] == "0" && !code.is_empty();
        *kinds.entry(if misread { "misread" } else { kind }).or_default() += 1;
        let (kind, measure) = match kind {
            "price" | "convention" => ("price", Measure::Price(scaled(value, 2))),
            "weight" => ("weight", Measure::Grams(scaled(value, 3))),
            _ => {
                without_a_measure(row, code, layout, kind, base);
                continue;
            }
        };
        // A convention has a value and no code: its label is made here.
        let code = match code {
            "" => complete(&format!("{:0<7}{:0>5}", &layout[..2], value.replace('.', ""))),
            code => code.to_owned(),
        };
        let read = scan(&code, &[rule(layout, kind)]);
        if misread {
            assert!(matches!(read, Err(ScanError::BadCheckDigit { .. })), "{row:?}: {read:?}");
            continue;
        }
        let base = match base {
            "" => complete(&format!("{}00000", &code[..7])),
            base => base.to_owned(),
        };
        assert_eq!(measured(read), Some((base, measure)), "{row:?}");
    }
    println!("{} labels: {kinds:?}", rows.len());
    let seen: Vec<&str> = kinds.into_keys().collect();
    assert_eq!(seen, ["ambiguous", "base", "convention", "misread", "price", "weight"]);
}

/// The number of the article itself, and the label of which nobody knows what it says.
fn without_a_measure(row: &BTreeMap<String, String>, code: &str, layout: &str, kind: &str, base: &str) {
    let rules = ["price", "weight"].map(|kind| rule(layout, kind));
    match kind {
        "base" => {
            for rule in rules {
                assert_eq!(scan(code, &[rule]), Err(ScanError::EmptyMeasure), "{row:?}");
            }
            assert_eq!(base, code, "{row:?}");
        }
        "ambiguous" => {
            for rule in &rules {
                let lookup = measured(scan(code, std::slice::from_ref(rule))).map(|(lookup, _)| lookup);
                assert_eq!(lookup.as_deref(), Some(base), "{row:?}");
            }
            assert_eq!(scan(code, &rules), Err(ScanError::ConflictingRules), "{row:?}");
        }
        _ => panic!("a kind of row that this test does not know: {row:?}"),
    }
    assert_eq!(scan(code, &[]), Ok(Scan::Product(Gtin::parse(code).unwrap().into())), "{row:?}");
}

#[test]
fn a_real_in_store_code_is_what_the_rules_of_its_store_make_of_it() {
    let rows = read("off_fr_instore_codes.csv");
    let mut misread = 0;
    for row in &rows {
        let [code, prefix, item, value] =
            ["code", "prefix", "item_ref_5", "value_5"].map(|column| row[column].as_str());
        let rule = rule(&format!("{prefix}.....{{NNNNN}}"), "units");
        let (plain, labelled) = (scan(code, &[]), scan(code, &[rule]));
        if row["check_ok"] == "0" {
            misread += 1;
            assert!(matches!(plain, Err(ScanError::BadCheckDigit { .. })), "{row:?}: {plain:?}");
            assert_eq!(labelled, plain, "{row:?}");
            continue;
        }
        match plain {
            Ok(Scan::MemberCard(card)) => assert_eq!((prefix, card.as_str()), ("29", code)),
            Ok(Scan::Product(article)) => {
                assert_eq!(&article.gtin.as_str()[1..], code);
                assert!(prefix != "29" && article.gtin.is_restricted_circulation(), "{row:?}");
            }
            other => panic!("{row:?}: {other:?}"),
        }
        let lookup = complete(&format!("{prefix}{item}00000"));
        assert_eq!(measured(labelled), Some((lookup, Measure::Units(value.parse().unwrap()))), "{row:?}");
    }
    println!("{} codes, {misread} of them misread", rows.len());
    assert!(rows.len() > misread && misread > 0);
}

/// An entry of the dictionary: the identifiers, whether no separator follows, and the parts of the value.
struct Entry {
    first: String,
    last: String,
    is_of_known_length: bool,
    parts: Vec<String>,
}

fn dictionary() -> Vec<Entry> {
    let text = std::fs::read_to_string(folder().join("barcodes/gs1-syntax-dictionary.txt")).unwrap();
    let entry = |line: &str| {
        let mut words = line.split('#').next().unwrap().split_whitespace().peekable();
        let identifiers = words.next()?;
        let (first, last) = identifiers.split_once('-').unwrap_or((identifiers, identifiers));
        let flags = words.next_if(|word| word.bytes().all(|byte| byte.is_ascii_punctuation()));
        let is_part = |word: &&str| word.starts_with(['N', 'X', 'Y', 'Z', '[']);
        Some(Entry {
            first: first.to_owned(),
            last: last.to_owned(),
            is_of_known_length: flags.is_some_and(|flags| flags.contains('*')),
            parts: words.take_while(is_part).map(str::to_owned).collect(),
        })
    };
    text.lines().filter_map(entry).collect()
}

/// The same part as the product's table writes it: `[N6],yymmdd` is `?n6D`.
fn form(part: &str) -> String {
    let (kind, linters) = part.split_once(',').unwrap_or((part, ""));
    let optional = if kind.starts_with('[') { "?" } else { "" };
    let kind = kind.trim_matches(['[', ']']).to_lowercase();
    let content = linters.split(',').find_map(|linter| match linter {
        "csum" => Some("c"),
        "yymmd0" => Some("d"),
        "yymmdd" => Some("D"),
        "hhmi" => Some("t"),
        _ => None,
    });
    format!("{optional}{kind}{}", content.unwrap_or_default())
}

/// A value of that form, as long as may be.
fn sample(parts: &[String]) -> String {
    let part = |part: &String| {
        let (kind, linters) = part.split_once(',').unwrap_or((part, ""));
        let length = kind.trim_matches(|letter: char| !letter.is_ascii_digit()).parse().unwrap();
        let digits: String = "1234567890".chars().cycle().take(length).collect();
        match linters.split(',').next().unwrap() {
            "csum" => complete(&digits[..length - 1]),
            "yymmd0" | "yymmdd" => "261128".to_owned(),
            "hhmi" => "2359".to_owned(),
            _ => digits,
        }
    };
    parts.iter().map(part).collect()
}

#[test]
fn the_dictionary_and_the_table_of_the_product_are_one() {
    let digits = |identifier: &str| identifier.parse::<u16>().unwrap();
    let mut theirs = BTreeMap::new();
    for entry in dictionary() {
        let form = entry.parts.iter().map(|part| form(part)).collect::<Vec<_>>().join(" ");
        for number in digits(&entry.first)..=digits(&entry.last) {
            theirs.insert(format!("{number:0width$}", width = entry.first.len()), form.clone());
        }
    }
    let mut ours = BTreeMap::new();
    for (first, last, form) in application_identifiers() {
        for number in digits(first)..=digits(last) {
            ours.insert(format!("{number:0width$}", width = first.len()), (*form).to_owned());
        }
    }
    assert_eq!(ours, theirs);
    println!("{} application identifiers", ours.len());
}

#[test]
fn every_identifier_of_the_dictionary_is_read_in_a_code() {
    let gtin = complete("0952123454321");
    for entry in dictionary() {
        let value = sample(&entry.parts);
        for identifier in [&entry.first, &entry.last] {
            if identifier == "01" {
                continue;
            }
            let element = format!("{identifier}{value}");
            let is_fault = |code: &str| matches!(scan(code, &[]), Err(ScanError::Element(_)));
            // Without a separator the next identifier is read after a value of known length, and belongs to any other.
            let behind = format!("]C1{element}01{gtin}");
            let readable = format!("]C101{gtin}{element}");
            assert!(!is_fault(&readable), "{readable}: {:?}", scan(&readable, &[]));
            assert!(!is_fault(&format!("]C1{element}\u{1d}01{gtin}")), "{identifier}");
            assert_eq!(is_fault(&behind), !entry.is_of_known_length, "{behind}: {:?}", scan(&behind, &[]));
            for wrong in
                [format!("{readable}1"), format!("]C101{gtin}{identifier}"), format!("{readable}\u{1d}é")]
            {
                assert!(is_fault(&wrong), "{wrong:?}: {:?}", scan(&wrong, &[]));
            }
        }
    }
}
