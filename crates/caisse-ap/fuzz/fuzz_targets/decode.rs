//! The fuzz target: what a card terminal sends, cut into pieces whose length the first byte decides. No such input may break a
//! promise of the crate.
//!
//! `cargo fuzz` runs it on libFuzzer; `cargo test` replays the corpus, which holds every example of the field, and what a fixed random
//! sequence makes of it, so that the target cannot rot.

#![cfg_attr(not(test), no_main)]

use caisse_ap::{
    Answer, Decoder, Digits, Frame, Outcome, Payment, Profile, Request, Slip, SlipError, SlipRule, Suffix,
};
use money::Cents;

#[cfg(not(test))]
libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Some((size, bytes)) = input.split_first() {
        check(bytes, usize::from(*size));
    }
});

const ASKED: Cents = Cents::new(12_345);

fn profile() -> Profile {
    let digits = |text: &str| text.parse::<Digits<2>>().expect("two digits");
    let version = "0320".parse().expect("four digits");
    let mut profile = Profile::new(version, "012345678901".parse().expect("twelve digits"), digits("01"));
    profile.ticket = Some(Profile::SHOPPER_SLIP);
    profile
}

fn debit() -> Request {
    profile().debit(ASKED, None).expect("an amount above zero")
}

/// The shop of the examples.
fn rule() -> SlipRule {
    SlipRule::new("39033422500096", ["1999403", "1234567"])
}

/// Breaks off when a promise is broken.
fn check(bytes: &[u8], size: usize) {
    let whole = Frame::parse(bytes);
    let mut decoder = Decoder::default();
    for piece in bytes.chunks(size.max(1)) {
        // An error is told again at the end.
        let _ = decoder.push(piece);
    }
    let complete = decoder.looks_complete();
    assert_eq!(decoder.finish(), whole, "the same bytes in other pieces are the same message");
    let Ok(frame) = whole else {
        assert!(!complete, "what looks complete is a message");
        return;
    };
    if !frame.fields().is_empty() {
        assert_eq!(Frame::parse(&frame.encode()).as_ref(), Ok(&frame), "a message is read as it was written");
    }
    if let Ok(request) = Request::from_frame(&frame) {
        let again = Frame::parse(&request.encode(Suffix::CrLf)).expect("a request is a message");
        assert_eq!(Request::from_frame(&again), Ok(request), "a request is read back by the terminal");
    }
    let answer = Answer::new(frame);
    for request in
        [debit(), profile().credit(ASKED, None).expect("an amount above zero"), profile().identification()]
    {
        match answer.outcome(&request, &rule()) {
            Ok(Outcome::Approved(payment)) => {
                assert_eq!(payment.amount, ASKED, "approved is the whole amount");
                payment_is_fit(&payment);
            }
            Ok(Outcome::Partial(payment)) => {
                assert!(payment.amount > Cents::ZERO && payment.amount < ASKED, "partial is a part");
                payment_is_fit(&payment);
            }
            Ok(_) | Err(_) => slip_is_fit(&answer.slip(&rule())),
        }
    }
}

fn payment_is_fit(payment: &Payment) {
    let last4 = payment.pan_last4.map(|digits| digits.to_string()).unwrap_or_default();
    assert!(last4.is_empty() || last4.len() == 4, "no more of a card number than its end");
    assert!(payment.authorisation.as_ref().is_none_or(|number| (1..=10).contains(&number.len())));
    slip_is_fit(&payment.slip);
}

fn slip_is_fit(slip: &Result<Option<Slip>, SlipError>) {
    if let Ok(Some(slip)) = slip {
        let text = slip.text();
        assert!(rule().check(text).is_ok(), "a slip that is shown holds no card number");
        assert!(text.chars().all(|letter| letter == '\n' || !letter.is_control()));
        assert!(rule().check(&format!("{text} X4532015112830366")).is_err(), "whatever stands before one");
    }
}

#[cfg(test)]
mod replay {
    use std::fs;
    use std::path::Path;

    use caisse_ap::{AnswerError, CardNumberInSlip};

    use super::*;

    const MUTATIONS: usize = 20_000;
    /// What messages are made of.
    const LETTERS: &[u8] = b"0123456789012345678901ABCEFIKTZ=+/ \r\n\x00\x7f\xc3\xa9\xff";

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

    fn seeds() -> Vec<(String, Vec<u8>)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/decode");
        let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "txt"));
        files.sort();
        let name = |file: &Path| file.file_stem().unwrap().to_str().unwrap().to_owned();
        files.iter().map(|file| (name(file), fs::read(file).unwrap())).collect()
    }

    fn seed(wanted: &str) -> Answer {
        let (_, bytes) = seeds().into_iter().find(|(name, _)| name == wanted).unwrap();
        Answer::new(Frame::parse(&bytes).unwrap())
    }

    fn mutate(bytes: &mut Vec<u8>, seeds: &[(String, Vec<u8>)], random: &mut Random) {
        let at = random.below(bytes.len() + 1);
        let end = at + random.below(bytes.len() - at + 1);
        let letter = LETTERS[random.below(LETTERS.len())];
        match random.below(5) {
            0 => bytes.insert(at, letter),
            1 => bytes[at..].iter_mut().take(1).for_each(|byte| *byte = letter),
            2 => drop(bytes.drain(at..end.min(at + 4))),
            3 => drop(bytes.splice(at..at, bytes[at..end].to_vec())),
            _ => {
                let (_, other) = &seeds[random.below(seeds.len())];
                let from = random.below(other.len() + 1);
                drop(bytes.splice(at.., other[from..].iter().copied()));
            }
        }
    }

    #[test]
    fn every_message_of_the_corpus_is_read_or_refused_as_its_name_says() {
        for (name, bytes) in seeds() {
            for size in [1, 7, 1_000] {
                check(&bytes, size);
            }
            let frame = Frame::parse(&bytes);
            let kind = name.split('-').next().unwrap();
            if kind == "broken" {
                assert!(frame.is_err(), "{name}");
                continue;
            }
            let frame = frame.unwrap();
            if kind == "request" {
                assert!(Request::from_frame(&frame).is_ok(), "{name}");
                continue;
            }
            let asked = if name == "approved-version-3-00" { Cents::new(2_500) } else { ASKED };
            let request = profile().debit(asked, None).unwrap();
            let outcome = Answer::new(frame).outcome(&request, &rule());
            let fits = match kind {
                "approved" => matches!(outcome, Ok(Outcome::Approved(_))),
                "partial" => matches!(outcome, Ok(Outcome::Partial(_))),
                "refused" => outcome == Ok(Outcome::Refused),
                "abandoned" => outcome == Ok(Outcome::Abandoned),
                "notdone" => matches!(outcome, Ok(Outcome::NotDone(_))),
                "unknown" => matches!(
                    outcome,
                    Err(AnswerError::NoStatus | AnswerError::Mismatch(_)) | Ok(Outcome::InProgress)
                ),
                other => panic!("{other} is no kind of message"),
            };
            assert!(fits, "{name}: {outcome:?}");
        }
    }

    #[test]
    fn the_slips_of_the_examples_pass_for_their_own_shop_and_hold_what_they_must() {
        let text = |name: &str| seed(name).slip(&rule()).unwrap().unwrap().text().to_owned();
        let real = text("approved-version-3-20");
        assert!(real.starts_with("CARTE BANCAIRE\nSANS CONTACT\nA0000000041010\nMasterCard\n"), "{real}");
        assert!(
            real.contains("1234567 39033422500096 30004") && real.ends_with("TICKET CLIENT\nA CONSERVER")
        );
        assert!(text("approved-version-3-00").contains("MONTANT :25,00 EUR\nDEBIT"));
        assert!(text("refused").contains("ABANDON DEBIT"));
        let elsewhere = SlipRule::new("73282932000074", []);
        let refused = Err(SlipError::CardNumber(CardNumberInSlip));
        assert_eq!(seed("approved-version-3-20").slip(&elsewhere), refused);
        assert_eq!(seed("approved-with-a-card-number-in-the-slip").slip(&rule()), refused);
    }

    #[test]
    fn thousands_of_mutations_of_the_corpus_break_no_promise() {
        let (seeds, mut random) = (seeds(), Random(3));
        let mut read = 0;
        for _ in 0..MUTATIONS {
            let mut bytes = seeds[random.below(seeds.len())].1.clone();
            for _ in 0..=random.below(3) {
                mutate(&mut bytes, &seeds, &mut random);
            }
            check(&bytes, 1 + random.below(40));
            read += usize::from(Frame::parse(&bytes).is_ok());
        }
        // Mutations that are all refused at the door would try nothing.
        assert!(read > MUTATIONS / 20, "{read} of {MUTATIONS} are messages still");
    }
}
