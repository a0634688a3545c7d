//! The fuzz target: label rules with semicolons between them, a line feed, and what a scanner sent. No such input may break a
//! promise of the crate.
//!
//! `cargo fuzz` runs it on libFuzzer; `cargo test` replays the seeds and what a fixed random sequence makes of them, so that the
//! target cannot rot.

#![cfg_attr(not(test), no_main)]

use barcode::{CardNumber, Gtin, LabelRule, Measure, Scan, ScanError, scan};

#[cfg(not(test))]
libfuzzer_sys::fuzz_target!(|input: &[u8]| check(input));

/// Breaks off when a promise is broken.
fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (rules, raw) = text.split_once('\n').unwrap_or(("", &text));
    let mut rules: Vec<LabelRule> = rules.split(';').filter_map(|rule| rule.parse().ok()).collect();
    for rule in &rules {
        assert_eq!(rule.to_string().parse().as_ref(), Ok(rule), "a rule is written as it is read");
    }

    let read = scan(raw, &rules);
    if raw.len() < 500 {
        assert_eq!(scan(&format!("\u{2}{raw}\r\n"), &rules), read, "what is around a code changes nothing");
    }
    if let Ok(gtin) = Gtin::parse(raw) {
        assert_eq!(scan(gtin.as_str(), &rules), read, "zeros on the left change nothing");
    }
    match &read {
        Ok(Scan::Product(article)) => {
            assert!(CardNumber::parse(article.gtin.as_str()).is_err(), "a card is no product");
            assert_eq!(Gtin::parse(article.gtin.as_str()), Ok(article.gtin));
        }
        Ok(Scan::Measured { article, value }) => {
            let (Measure::Grams(number) | Measure::Price(number) | Measure::Units(number)) = *value;
            assert!(number > 0, "a measure is above zero");
            assert_eq!(Gtin::parse(article.gtin.as_str()), Ok(article.gtin));
            if rules.len() < 2 {
                let again = scan(article.gtin.as_str(), &rules);
                let is_lookup = matches!(again, Ok(Scan::Product(_)) | Err(ScanError::EmptyMeasure));
                assert!(is_lookup, "the number to look up says no measure: {again:?}");
            }
        }
        Ok(Scan::MemberCard(card)) => {
            assert_eq!(CardNumber::parse(card.as_str()), Ok(*card));
            assert!(!format!("{read:?}").contains(&card.as_str()[..9]), "a card stays out of logs");
        }
        Ok(Scan::Coupon(coupon)) => assert!(coupon.as_str().len() >= 13, "a coupon has a number"),
        Ok(_) => {}
        Err(error) => assert!(!error.to_string().is_empty(), "a refusal has a reason"),
    }
    rules.reverse();
    assert_eq!(scan(raw, &rules), read, "the order of the rules changes nothing");
}

#[cfg(test)]
mod replay {
    use std::fs;
    use std::path::Path;

    use super::*;

    const MUTATIONS: usize = 100_000;
    /// What codes and rules are made of.
    const LETTERS: &[u8] = b"0123456789012345678901]CEQedIAZaz/%?&=;:.{}NDV \n\r\x1d\x00\x7f\xc3\xa9\xff";

    /// Always the same sequence (splitmix64).
    struct Random(u64);

    impl Random {
        /// A number below `end`; zero when there is none.
        fn below(&mut self, end: usize) -> usize {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = self.0;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            usize::try_from((mixed ^ (mixed >> 31)) >> 33).unwrap().checked_rem(end).unwrap_or(0)
        }
    }

    fn seeds() -> Vec<Vec<u8>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/scan");
        let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "txt"));
        files.sort();
        files.iter().map(|file| fs::read(file).unwrap()).collect()
    }

    fn mutate(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Random) {
        let at = random.below(bytes.len() + 1);
        let end = at + random.below(bytes.len() - at + 1);
        let letter = LETTERS[random.below(LETTERS.len())];
        match random.below(6) {
            0 => bytes.insert(at, letter),
            1 => bytes[at..].iter_mut().take(1).for_each(|byte| *byte = letter),
            2 => drop(bytes.drain(at..end.min(at + 4))),
            3 => drop(bytes.splice(at..at, bytes[at..end].to_vec())),
            4 => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len() + 1);
                drop(bytes.splice(at.., other[from..].iter().copied()));
            }
            _ => complete(bytes, at),
        }
    }

    /// Makes the check digit of the number around a place right again, where random digits would hardly ever get.
    fn complete(bytes: &mut [u8], at: usize) {
        let is_digit = |byte: &&u8| byte.is_ascii_digit();
        let start = at - bytes[..at].iter().rev().take_while(is_digit).count();
        let end = at + bytes[at..].iter().take_while(is_digit).count();
        for length in [14, 13, 12, 8] {
            if end - start >= length {
                let body = std::str::from_utf8(&bytes[end - length..end - 1]).unwrap();
                bytes[end - 1] = b'0' + barcode::check_digit(body).unwrap();
                return;
            }
        }
    }

    #[test]
    fn every_kind_of_reading_is_among_the_seeds_and_none_breaks_a_promise() {
        let mut kinds = [0; 5];
        for seed in seeds() {
            check(&seed);
            let text = String::from_utf8_lossy(&seed);
            let (rules, raw) = text.split_once('\n').unwrap();
            let rules: Vec<LabelRule> =
                rules.split(';').filter(|rule| !rule.is_empty()).map(|rule| rule.parse().unwrap()).collect();
            let kind = match scan(raw, &rules) {
                Ok(Scan::Product(_)) => 0,
                Ok(Scan::Measured { .. }) => 1,
                Ok(Scan::MemberCard(_)) => 2,
                Ok(Scan::Coupon(_)) => 3,
                Ok(other) => panic!("{other:?}"),
                Err(_) => 4,
            };
            kinds[kind] += 1;
        }
        assert!(kinds.iter().all(|seen| *seen > 0), "{kinds:?}");
    }

    #[test]
    fn a_hundred_thousand_mutations_of_the_seeds_break_no_promise() {
        let (seeds, mut random) = (seeds(), Random(3));
        let mut read = 0;
        for _ in 0..MUTATIONS {
            let mut bytes = seeds[random.below(seeds.len())].clone();
            for _ in 0..=random.below(4) {
                mutate(&mut bytes, &seeds, &mut random);
            }
            check(&bytes);
            let text = String::from_utf8_lossy(&bytes);
            read += usize::from(text.split_once('\n').is_some_and(|(_, raw)| scan(raw, &[]).is_ok()));
        }
        // Mutations that are all refused at the door would try nothing.
        assert!(read > MUTATIONS / 20, "{read} of {MUTATIONS} are codes still");
    }
}
