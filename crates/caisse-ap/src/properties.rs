//! What holds for every message, not only for the examples.

use money::Cents;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use crate::simulate::{Approval, approved};
use crate::{Answer, DecodeError, Decoder, Delay, Frame, Outcome, Profile, Request, SlipRule, Suffix, Tag};

/// Tags whose values pass as they are, and do not steer the decoder.
fn tag() -> impl Strategy<Value = Tag> {
    ([b'A'..=b'Y', b'A'..=b'Z'])
        .prop_map(|letters| Tag::new(letters).unwrap())
        .prop_filter("cut or dropped", |tag| !tag.is_never_kept() && *tag != Tag::CARD_NUMBER)
        .prop_filter("steers", |tag| *tag != Tag::STATUS)
}

fn frame() -> impl Strategy<Value = Frame> {
    btree_map(tag(), "[ -~]{1,60}", 1..12).prop_map(|fields| {
        let mut frame = Frame::default();
        for (tag, value) in fields {
            frame.push(tag, value).unwrap();
        }
        frame
    })
}

fn request() -> impl Strategy<Value = Request> {
    let shape = (
        1..1_000_000_000_000_i64,
        any::<bool>(),
        0..3_usize,
        any::<bool>(),
        proptest::option::of("[ -~]{1,99}"),
    );
    (shape, "[0-9]{2}", "[0-9]{12}").prop_map(|((cents, credit, delay, ticket, reference), till, ipc)| {
        let mut profile = Profile::new("0320".parse().unwrap(), ipc.parse().unwrap(), till.parse().unwrap());
        profile.delay = [None, Some(Delay::AtTheEnd), Some(Delay::Immediate)][delay];
        profile.ticket = ticket.then_some(Profile::SHOPPER_SLIP);
        profile.references = true;
        profile.partial = [None, Some(false), Some(true)][delay];
        let ask = if credit { Profile::credit } else { Profile::debit };
        ask(&profile, Cents::new(cents), reference.as_deref()).unwrap()
    })
}

/// Pushes bytes in pieces cut at the given places.
fn decode_in_pieces(bytes: &[u8], cuts: &[prop::sample::Index]) -> Result<Frame, DecodeError> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    let mut decoder = Decoder::default();
    for piece in places.windows(2) {
        let _ = decoder.push(&bytes[piece[0]..piece[1]]);
    }
    decoder.finish()
}

proptest! {
    #[test]
    fn a_frame_is_read_back_as_it_was_sent(frame in frame()) {
        prop_assert_eq!(Frame::parse(&frame.encode()), Ok(frame));
    }

    #[test]
    fn a_request_is_read_back_by_the_terminal(request in request(), line_end in any::<bool>()) {
        let bytes = request.encode(if line_end { Suffix::CrLf } else { Suffix::None });
        let mut decoder = Decoder::default();
        decoder.push(&bytes).unwrap();
        prop_assert!(decoder.request_looks_complete());
        prop_assert_eq!(Request::from_frame(&decoder.finish().unwrap()), Ok(request));
    }

    #[test]
    fn an_approved_answer_comes_through_whole(request in request(), last4 in "[0-9]{4}", slip in "[ -~éàç€\n]{0,400}") {
        let (asked, _) = request.amount.unwrap();
        let (authorisation, aid) = ("184117", "A0000000421010");
        let (contactless, meal_voucher, slip) = (false, false, Some(slip.as_str()));
        let approval =
            Approval { paid: asked, authorisation, aid, pan_last4: &last4, contactless, meal_voucher, slip };
        if let Ok(answer) = approved(&request, &approval) {
            let outcome = Answer::new(Frame::parse(&answer.encode()).unwrap()).outcome(&request, &SlipRule::default());
            let Ok(Outcome::Approved(payment)) = outcome else { panic!("{outcome:?}") };
            prop_assert_eq!(payment.amount, asked);
            prop_assert_eq!(payment.pan_last4.unwrap().to_string(), last4);
        }
    }

    #[test]
    fn the_same_bytes_in_other_pieces_are_the_same_message(frame in frame(), cuts in vec(any::<prop::sample::Index>(), 0..20)) {
        prop_assert_eq!(decode_in_pieces(&frame.encode(), &cuts), Ok(frame));
    }

    #[test]
    fn random_bytes_are_a_message_or_an_error_in_any_pieces(
        bytes in vec(any::<u8>(), 0..300),
        cuts in vec(any::<prop::sample::Index>(), 0..10),
    ) {
        let whole = Frame::parse(&bytes);
        prop_assert_eq!(decode_in_pieces(&bytes, &cuts), whole.clone());
        if let Ok(frame) = whole {
            let _ = Request::from_frame(&frame);
        }
    }

    #[test]
    fn damaged_answers_never_panic(request in request(), place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let approval = Approval {
            paid: request.amount.unwrap().0,
            authorisation: "184117",
            aid: "A0000000421010",
            pan_last4: "0674",
            contactless: true,
            meal_voucher: false,
            slip: Some("CARTE BANCAIRE"),
        };
        let mut bytes = approved(&request, &approval).unwrap().encode();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        if let Ok(frame) = Frame::parse(&bytes) {
            let answer = Answer::new(frame);
            let _ = (answer.outcome(&request, &SlipRule::default()), answer.slip(&SlipRule::default()));
        }
    }

    #[test]
    fn a_card_number_never_comes_out(number in "[1-9][0-9]{12,18}", nested in any::<bool>()) {
        let field = format!("AA{:03}{number}", number.len());
        let message = if nested { format!("ZT{:03}{field}", field.len()) } else { field };
        let frame = Frame::parse(message.as_bytes()).unwrap();
        let out = String::from_utf8(frame.encode()).unwrap();
        prop_assert!(!out.contains(&number[..number.len() - 4]));
        prop_assert!(out.ends_with(&number[number.len() - 4..]));
    }
}

#[test]
fn every_cut_of_a_valid_answer_decodes_to_the_same_frame() {
    let answer =
        b"CZ0040320CA00201CB0042500CC00300BCD0010CE003978AA0160000000000000674AB0042612AC006184117AE00210\
                   ZT033CK003100AK020Q0FSVEUgQkFOQ0FJUkU=\r\n";
    let whole = Frame::parse(answer).unwrap();
    for cut in 0..=answer.len() {
        let mut decoder = Decoder::default();
        decoder.push(&answer[..cut]).unwrap();
        decoder.push(&answer[cut..]).unwrap();
        assert!(decoder.looks_complete());
        assert_eq!(decoder.finish(), Ok(whole.clone()), "cut at {cut}");
    }
}
