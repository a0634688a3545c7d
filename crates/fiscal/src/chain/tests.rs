use proptest::prelude::*;

use super::*;
use crate::{Body, Sale, sample};

/// A chain as it would be stored: number, bytes, seal.
type Stored = Vec<(i64, Vec<u8>, Hash)>;

fn chain(records: impl IntoIterator<Item = Record>) -> Stored {
    let mut previous = GENESIS;
    let seal = |record: Record| {
        let Sealed { payload, hash } = record.seal(&previous).unwrap();
        previous = hash;
        (record.sequence, payload, hash)
    };
    records.into_iter().map(seal).collect()
}

fn tickets(count: i64) -> Stored {
    chain((1..=count).map(sample::ticket))
}

fn verify(stored: &Stored) -> Result<(), Broken> {
    verify_chain(stored.iter().map(|(sequence, payload, hash)| Entry {
        sequence: *sequence,
        payload,
        hash: *hash,
    }))
}

fn broken(sequence: i64, why: Why) -> Result<(), Broken> {
    Err(Broken { sequence, why })
}

#[test]
fn the_first_ticket_has_the_published_seal() {
    let sealed = sample::ticket(1).seal(&GENESIS).unwrap();
    assert_eq!(sealed.payload, sample::GOLDEN_PAYLOAD.as_bytes());
    assert_eq!(sealed.hash.to_string(), sample::GOLDEN_HASH);
    assert_eq!(verify_chain([sealed.entry(1)]), Ok(()));
}

#[test]
fn an_untouched_chain_is_whole() {
    assert_eq!(verify(&tickets(5)), Ok(()));
    assert_eq!(verify(&chain((1..=3).map(sample::credit_note))), Ok(()));
    assert_eq!(verify(&Vec::new()), Ok(()));
}

#[test]
fn every_flipped_byte_is_found_in_its_record() {
    let whole = tickets(3);
    for index in 0..whole.len() {
        let sequence = whole[index].0;
        for place in 0..whole[index].1.len() {
            let mut touched = whole.clone();
            touched[index].1[place] ^= 1;
            assert_eq!(verify(&touched), broken(sequence, Why::Hash), "record {sequence}, byte {place}");
        }
        for place in 0..32 {
            let mut touched = whole.clone();
            let mut bytes = *touched[index].2.as_bytes();
            bytes[place] ^= 1;
            touched[index].2 = bytes.into();
            assert_eq!(verify(&touched), broken(sequence, Why::Hash), "record {sequence}, seal byte {place}");
        }
    }
}

#[test]
fn a_dropped_record_is_found() {
    for index in 0..4 {
        let mut touched = tickets(5);
        touched.remove(index);
        let sequence = i64::try_from(index).unwrap() + 1;
        assert_eq!(verify(&touched), broken(sequence, Why::Sequence { found: sequence + 1 }));
    }
}

#[test]
fn a_dropped_record_is_found_even_when_the_others_are_renumbered() {
    let mut touched = tickets(5);
    touched.remove(2);
    for (index, entry) in touched.iter_mut().enumerate() {
        entry.0 = i64::try_from(index).unwrap() + 1;
    }
    assert_eq!(verify(&touched), broken(3, Why::Hash));
}

#[test]
fn moved_and_repeated_records_are_found() {
    let mut moved = tickets(4);
    moved.swap(1, 2);
    assert_eq!(verify(&moved), broken(2, Why::Sequence { found: 3 }));
    let mut repeated = tickets(4);
    repeated.insert(2, repeated[1].clone());
    assert_eq!(verify(&repeated), broken(3, Why::Sequence { found: 2 }));
}

#[test]
fn an_altered_record_with_a_fresh_seal_breaks_the_next_one() {
    let mut forged = tickets(3);
    let cheaper = String::from_utf8(forged[1].1.clone()).unwrap().replace("Huile", "Fumet");
    forged[1].1 = cheaper.into_bytes();
    forged[1].2 = Hash::of(&forged[0].2, &forged[1].1);
    assert_eq!(verify(&forged), broken(3, Why::Hash));
}

#[test]
fn a_cut_tail_shows_by_the_head() {
    let whole = tickets(3);
    let mut verifier = Verifier::default();
    for (sequence, payload, hash) in &whole[..2] {
        verifier.check(Entry { sequence: *sequence, payload, hash: *hash }).unwrap();
    }
    assert_eq!(verifier.head(), Head { sequence: 2, hash: whole[1].2 });
    assert_ne!(verifier.head(), Head { sequence: 3, hash: whole[2].2 });
}

#[test]
fn a_verifier_goes_on_after_an_archive() {
    let whole = tickets(3);
    let mut verifier = Verifier::after(Head { sequence: 2, hash: whole[1].2 });
    let (sequence, payload, hash) = &whole[2];
    let record = verifier.check(Entry { sequence: *sequence, payload, hash: *hash }).unwrap();
    assert_eq!(record, sample::ticket(3));
}

#[test]
fn a_number_other_than_the_sealed_one_is_found() {
    let sealed = sample::ticket(7).seal(&GENESIS).unwrap();
    assert_eq!(verify_chain([sealed.entry(1)]), broken(1, Why::SealedSequence { found: 7 }));
}

#[test]
fn a_record_of_another_till_or_kind_does_not_belong() {
    let elsewhere = Record { terminal: "LILLE-02".to_owned(), ..sample::ticket(2) };
    assert_eq!(verify(&chain([sample::ticket(1), elsewhere])), broken(2, Why::OtherChain));
    assert_eq!(verify(&chain([sample::ticket(1), sample::credit_note(2)])), broken(2, Why::OtherChain));
}

#[test]
fn practised_sales_have_a_chain_of_their_own_and_say_so_in_every_record() {
    let practised = |sequence| {
        let sale = sample::ticket(sequence).body.sale().unwrap().clone();
        sample::record(sequence, Body::Training(sale))
    };
    assert_eq!(verify(&chain([practised(1), practised(2)])), Ok(()));
    assert_eq!(verify(&chain([sample::ticket(1), practised(2)])), broken(2, Why::OtherChain));
    assert_eq!(verify(&chain([practised(1), sample::ticket(2)])), broken(2, Why::OtherChain));
    let payload = String::from_utf8(practised(1).payload().unwrap()).unwrap();
    assert!(payload.contains(r#""record":{"training":{"#), "{payload}");
}

#[test]
fn bytes_that_were_never_a_record_are_found_under_a_good_seal() {
    let payload = b"{}".to_vec();
    let stored = vec![(1, payload.clone(), Hash::of(&GENESIS, &payload))];
    assert_eq!(verify(&stored), broken(1, Why::Payload(NotARecord::Malformed)));
}

#[test]
fn a_verifier_reports_in_json() {
    let found = Broken { sequence: 3, why: Why::Sequence { found: 4 } };
    assert_eq!(serde_json::to_string(&found).unwrap(), r#"{"sequence":3,"why":{"sequence":{"found":4}}}"#);
    let altered = Broken { sequence: 3, why: Why::Hash };
    assert_eq!(serde_json::to_string(&altered).unwrap(), r#"{"sequence":3,"why":"hash"}"#);
    assert_eq!(altered.to_string(), "record 3: the seal does not match");
}

fn signed(stored: &Stored, by: &crate::TerminalKey) -> Vec<(Head, Signature)> {
    let head = |(sequence, _, hash): &(i64, Vec<u8>, Hash)| Head { sequence: *sequence, hash: *hash };
    stored.iter().map(|entry| (head(entry), by.sign(&entry.2))).collect()
}

fn check_signatures(signed: &[(Head, Signature)], by: &crate::TerminalKey) -> Result<(), Broken> {
    let mut signatures = Signatures::by(by.public_key());
    signed.iter().try_for_each(|(head, signature)| signatures.push(*head, signature))?;
    signatures.finish()
}

#[test]
fn the_first_bad_signature_is_named_wherever_it_stands_in_a_batch() {
    let authority = sample::authority();
    let [ours, other] = ["LILLE-01", "LILLE-02"].map(|code| authority.terminal(sample::SIRET, code));
    let whole = signed(&tickets(1_003), &ours);
    assert_eq!(check_signatures(&whole, &ours), Ok(()));
    assert_eq!(check_signatures(&whole, &other), broken(1, Why::Signature), "swapped keys");
    for (index, sequence) in [(0, 1), (500, 501), (999, 1_000), (1_000, 1_001), (1_002, 1_003)] {
        let mut touched = whole.clone();
        touched[index].1 = other.sign(&touched[index].0.hash);
        assert_eq!(check_signatures(&touched, &ours), broken(sequence, Why::Signature));
    }
    assert_eq!(check_signatures(&[], &ours), Ok(()));
}

fn any_record() -> impl Strategy<Value = Record> {
    let line = (
        "[^\\p{Cc}]{1,20}[a-z]",
        1..100_000_i64,
        0..1_000_000_i64,
        prop::sample::select(vec![None, Some(0), Some(550), Some(2_000)]),
    );
    let lines = prop::collection::vec(line, 1..8);
    (lines, any::<bool>(), 0..4_102_444_800_i64).prop_map(|(lines, credit, seconds)| {
        let template = sample::ticket(1).body.sale().unwrap().lines[0].clone();
        let lines = lines.into_iter().map(|(label, milli, total, rate)| crate::Line {
            label,
            quantity: money::Quantity::new(milli),
            total_ttc: money::Cents::new(total),
            vat_rate_basis_points: rate,
            ..template.clone()
        });
        let sale = sample::sale(lines.collect());
        let original = sample::credit_note(1).body.sale().unwrap().original.clone();
        let credit_note = Sale { original, ..sale.clone() };
        let body = if credit { Body::CreditNote(credit_note) } else { Body::Ticket(sale) };
        let mut record = sample::record(1, body);
        record.time = time::OffsetDateTime::from_unix_timestamp(seconds).unwrap();
        record
    })
}

proptest! {
    #[test]
    fn whatever_is_sealed_is_read_back_and_verifies(record in any_record()) {
        let sealed = record.seal(&GENESIS).unwrap();
        prop_assert_eq!(verify_chain([sealed.entry(1)]), Ok(()));
        prop_assert_eq!(Record::from_payload(&sealed.payload), Ok(record));
    }

    #[test]
    fn any_change_anywhere_is_found(record in any_record(), place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut sealed = record.seal(&GENESIS).unwrap();
        let place = place.index(sealed.payload.len());
        prop_assume!(sealed.payload[place] != byte);
        sealed.payload[place] = byte;
        prop_assert_eq!(verify_chain([sealed.entry(1)]), broken(1, Why::Hash));
    }

    #[test]
    fn reading_any_bytes_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let _ = Record::from_payload(&bytes);
        let mut touched = sample::GOLDEN_PAYLOAD.as_bytes().to_vec();
        let place = place.index(touched.len());
        touched[place] = byte;
        let _ = Record::from_payload(&touched);
    }
}
