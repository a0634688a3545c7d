//! Forms: what they carry, what is kept when they are refused, and that sending one twice is one request.

use http::StatusCode;

use crate::{
    browser::Browser,
    fakes::{DELIVERY, GUEST_TOKEN, MEMBER, REFUND, REFUND_REQUEST, REVIEW, SALE, TOKEN},
    shop::Shop,
};

/// Sends one form twice, as a double click does, and gives what the service was asked back: the same both times.
async fn twice(shop: &Shop, browser: &mut Browser, rpc: &str, path: &str, fields: &[(&str, &str)]) -> String {
    for _ in 0..2 {
        let answer = browser.post(path, fields).await;
        assert!(answer.status.is_success() || answer.status.is_redirection(), "{path}: {}", answer.body);
    }
    let calls = shop.fakes.calls(rpc);
    assert_eq!(calls.len(), 2, "{rpc}");
    assert_eq!(calls[0], calls[1], "{rpc}");
    calls.into_iter().next().unwrap()
}

#[tokio::test]
async fn every_form_of_a_shopper_sent_twice_is_one_request() {
    let shop = Shop::open().await;
    let mut browser = shop.visitor();
    let path = format!("/r/{TOKEN}");
    let id = browser.get(&path).await.field("request_id");
    let fields =
        [("request_id", id.as_str()), ("rating.2", "4"), ("comment.2", "bon\r\nfrais"), ("comment.3", "")];
    let asked = twice(&shop, &mut browser, "SubmitReviews", &path, &fields).await;
    for part in [id.as_str(), "line_id: 2, rating: 4, comment: \"bon\\nfrais\"", TOKEN] {
        assert!(asked.contains(part), "{asked}");
    }
    assert!(!asked.contains("line_id: 3"), "{asked}");

    let path = format!("/s/{TOKEN}");
    let id = browser.get(&path).await.field("request_id");
    let wish = [("request_id", id.as_str()), ("line.1", "on"), ("payout", "desk"), ("comment", "gâté")];
    let confirmation = browser.post(&path, &wish).await;
    assert!(shop.fakes.calls("SubmitComplaint").is_empty(), "nothing is given back before it is confirmed");
    assert_eq!(confirmation.field("request_id"), id);
    assert_eq!((confirmation.field("payout"), confirmation.field("comment")), ("desk".into(), "gâté".into()));
    let fields = [&wish[..], &[("confirm", "yes")]].concat();
    let asked = twice(&shop, &mut browser, "SubmitComplaint", &path, &fields).await;
    assert!(asked.contains(&id) && asked.contains("line_ids: [1]") && asked.contains("desk"), "{asked}");
    let wish = [("request_id", id.as_str()), ("line.2", "on"), ("pieces.2", "1"), ("payout", "desk")];
    let confirmation = browser.post(&path, &wish).await;
    assert_eq!(confirmation.field("pieces.2"), "1");
    browser.post(&path, &[&wish[..], &[("confirm", "yes")]].concat()).await;
    let asked = shop.fakes.calls("SubmitComplaint").pop().unwrap();
    assert!(asked.contains("ComplaintPart { line_id: 2, quantity_milli: 1000 }"), "{asked}");
    assert!(browser.cookies.is_empty(), "a shopper needs no cookie");
}

#[tokio::test]
async fn every_form_of_staff_sent_twice_is_one_request() {
    let shop = Shop::open().await;
    let mut desk = shop.signed_in("desk").await;
    let id = desk.get("/desk/members").await.field("request_id");
    let fields = [
        ("request_id", id.as_str()),
        ("last_name", "Dubois"),
        ("phone", "01 99 00 12 34"),
        ("country_code", "fr"),
    ];
    let asked = twice(&shop, &mut desk, "RegisterMember", "/desk/members", &fields).await;
    for part in [id.as_str(), "Dubois", "+33199001234", "country_code: \"FR\"", "store_code: \"LILLE\""] {
        assert!(asked.contains(part), "{asked}");
    }
    let member = format!("/desk/members/{MEMBER}");
    let id = desk.get(&member).await.field("request_id");
    let id = [("request_id", id.as_str())];
    let asked =
        twice(&shop, &mut desk, "UpdateMember", &member, &[&id[..], &[("city", "Lille")]].concat()).await;
    assert!(asked.contains(MEMBER) && asked.contains("city: \"Lille\""), "{asked}");
    let issue = format!("{member}/cards");
    let asked =
        twice(&shop, &mut desk, "IssueCard", &issue, &[&id[..], &[("block_others", "yes")]].concat()).await;
    assert!(asked.contains("block_others: true"), "{asked}");
    let block = [&id[..], &[("card_number", "2900000000025"), ("member_id", MEMBER)]].concat();
    twice(&shop, &mut desk, "BlockCard", "/desk/cards/block", &block).await;
    let settle = format!("/deliveries/{DELIVERY}/settle");
    let asked =
        twice(&shop, &mut desk, "SettleDelivery", &settle, &[&id[..], &[("arrived", "no")]].concat()).await;
    assert!(asked.contains("arrived: false"), "{asked}");
    let pay_out = format!("/desk/refunds/{REFUND}/pay-out");
    let asked = twice(&shop, &mut desk, "PayOutRefund", &pay_out, &id).await;
    assert!(asked.contains(REFUND), "{asked}");
    let by_bank = format!("/desk/refunds/{REFUND}/acquirer");
    let asked = twice(&shop, &mut desk, "HandRefundToAcquirer", &by_bank, &id).await;
    assert!(asked.contains(REFUND), "{asked}");
    let found = format!("/desk/refunds/credits/{REFUND}");
    let went = [&id[..], &[("went_back", "yes")]].concat();
    let asked = twice(&shop, &mut desk, "SettleRefundCredit", &found, &went).await;
    assert!(asked.contains("state: Done"), "{asked}");
    let answer = format!("/refunds/{REFUND_REQUEST}/answer");
    let gives = [&id[..], &[("give", "yes")]].concat();
    let asked = twice(&shop, &mut desk, "AnswerRefundRequest", &answer, &gives).await;
    assert!(asked.contains(REFUND_REQUEST) && asked.contains("answer: Given"), "{asked}");
    let settle = format!("/refunds/acquirer/{REFUND}");
    let done = [&id[..], &[("state", "done"), ("reference", "R-12")]].concat();
    let asked = twice(&shop, &mut desk, "SettleAcquirerRefund", &settle, &done).await;
    assert!(asked.contains("state: Done") && asked.contains("R-12"), "{asked}");
    let reply = format!("/live/reviews/{REVIEW}/reply");
    twice(&shop, &mut desk, "ReplyToReview", &reply, &[&id[..], &[("reply", "Merci !")]].concat()).await;
}

#[tokio::test]
async fn the_desk_gives_lines_of_a_paper_ticket_back_for_a_reason() {
    let shop = Shop::open().await;
    let mut desk = shop.signed_in("desk").await;
    let wrong = desk.get("/desk/sales?terminal=LILLE-01&number=douze").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("role=\"alert\"") && wrong.body.contains("value=\"douze\""));
    assert!(shop.fakes.calls("GetSale").is_empty(), "nobody is asked for a number that is none");
    let found = desk.get("/desk/sales?terminal=lille-01&number=Ticket+n%C2%B0+41").await;
    let asked = shop.fakes.calls("GetSale").pop().unwrap();
    assert!(asked.contains("terminal_code: \"LILLE-01\", sequence: 41"), "{asked}");
    let path = format!("/desk/sales/{SALE}");
    assert!(found.body.contains(&format!("action=\"{path}\"")), "{}", found.body);

    let id = found.field("request_id");
    let wish = [
        ("request_id", id.as_str()),
        ("line.1", "on"),
        ("line.2", "on"),
        ("pieces.2", "1"),
        ("line.3", "on"),
        ("money.3", "1,50"),
        ("reason", "damaged"),
        ("payout", "acquirer"),
    ];
    let confirmation = desk.post(&path, &wish).await;
    assert!(shop.fakes.calls("RefundLines").is_empty(), "nothing is given back before it is confirmed");
    for (name, value) in wish {
        assert_eq!(confirmation.field(name), value, "{name}");
    }
    assert!(confirmation.body.contains("Abîmé ou périmé"), "{}", confirmation.body);
    let back = desk.post(&path, &[&wish[..], &[("edit", "yes")]].concat()).await;
    assert!(back.body.contains("value=\"damaged\" checked") && back.body.contains("value=\"1,50\""));
    let confirmed = [&wish[..], &[("confirm", "yes")]].concat();
    let asked = twice(&shop, &mut desk, "RefundLines", &path, &confirmed).await;
    for part in [
        id.as_str(),
        SALE,
        "RefundPart { line_id: 1, quantity_milli: 0, amount_minor: 0 }",
        "RefundPart { line_id: 2, quantity_milli: 1000, amount_minor: 0 }",
        "RefundPart { line_id: 3, quantity_milli: 0, amount_minor: 150 }",
        "payout: Acquirer",
        "reason: Damaged",
    ] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    // More than is left, or nothing that can be meant, is told before anybody is asked.
    for (name, value) in [("pieces.2", "2"), ("money.1", "3,13"), ("money.1", "trop")] {
        let line = if name == "pieces.2" { "line.2" } else { "line.1" };
        let fields = [wish[0], (line, "on"), (name, value), ("reason", "damaged"), ("payout", "desk")];
        let answer = desk.post(&path, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name} {value}");
    }
    assert_eq!(shop.fakes.calls("PreviewRefund").len(), 1);
}

#[tokio::test]
async fn a_paper_that_failed_is_printed_at_the_desk_after_its_shopper_has_left_the_till() {
    let shop = Shop::open().await;
    let mut desk = shop.signed_in("desk").await;
    let found = desk.get("/desk/sales?terminal=LILLE-01&number=41").await;
    let path = format!("/desk/sales/{SALE}/ticket");
    let (_, form) = found.body.split_once(&format!("action=\"{path}\"")).unwrap();
    let (_, id) = form.split_once("name=\"request_id\" value=\"").unwrap();
    let id = id.split('"').next().unwrap();
    let asked = twice(&shop, &mut desk, "PrintTicket", &path, &[("request_id", id)]).await;
    assert!(asked.contains(id) && asked.contains(SALE), "{asked}");
    let paper = desk.post(&path, &[("request_id", id)]).await;
    assert!(
        paper.body.contains("Duplicata n°\u{a0}1") && paper.body.contains("CARTE BANCAIRE"),
        "{}",
        paper.body
    );
}

#[tokio::test]
async fn what_changed_something_is_answered_with_the_page_that_shows_it() {
    let shop = Shop::open().await;
    let mut desk = shop.signed_in("desk").await;
    for (path, fields, to) in [
        ("/desk/members".to_owned(), vec![], format!("/desk/members/{MEMBER}?done=registered")),
        (format!("/desk/members/{MEMBER}"), vec![], format!("/desk/members/{MEMBER}?done=saved")),
        (format!("/desk/members/{MEMBER}/cards"), vec![], format!("/desk/members/{MEMBER}?done=issued")),
        (
            "/desk/cards/block".to_owned(),
            vec![("member_id", MEMBER)],
            format!("/desk/members/{MEMBER}?done=blocked"),
        ),
        ("/desk/cards/block".to_owned(), vec![("member_id", "//evil.example")], "/desk".to_owned()),
        (format!("/live/reviews/{REVIEW}/reply"), vec![("reply", "Merci")], "/live/reviews".to_owned()),
        (format!("/deliveries/{DELIVERY}/settle"), vec![("arrived", "yes")], "/deliveries".to_owned()),
        (format!("/desk/refunds/{REFUND}/pay-out"), vec![], "/desk/refunds?done=paid".to_owned()),
        (
            format!("/refunds/{REFUND_REQUEST}/answer"),
            vec![("give", "no")],
            "/refunds?done=refused".to_owned(),
        ),
    ] {
        let answer = desk.post(&path, &fields).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, Some(to.as_str())), "{path}");
    }
    let answer = desk.post(&format!("/r/{TOKEN}"), &[("rating.1", "5")]).await;
    assert_eq!(answer.location(), Some(format!("/r/{TOKEN}?merci=1").as_str()));
}

#[tokio::test]
async fn a_refused_registration_keeps_what_was_typed_and_names_the_field() {
    let shop = Shop::open().await;
    let mut desk = shop.signed_in("desk").await;
    let no = platform::status::bad_field("membership", "INVALID_FIELD", "details.phone", "no");
    shop.fakes.refuse("RegisterMember", no.clone());
    shop.fakes.refuse("UpdateMember", no);
    let id = desk.get("/desk/members").await.field("request_id");
    let fields =
        [("request_id", id.as_str()), ("last_name", "Dubois"), ("phone", "12"), ("email", "a@b.example")];
    for path in ["/desk/members".to_owned(), format!("/desk/members/{MEMBER}")] {
        let answer = desk.post(&path, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        for part in ["value=\"Dubois\"", "value=\"12\"", "value=\"a@b.example\"", "id=\"phone-error\""] {
            assert!(answer.body.contains(part), "{path}: {part}");
        }
        assert!(answer.body.contains(&id), "the corrected form is the same request");
        assert_eq!(answer.body.matches("aria-invalid").count(), 1);
    }
}

#[tokio::test]
async fn a_form_without_a_note_or_a_line_is_shown_again_with_what_was_typed() {
    let shop = Shop::open().await;
    let mut browser = shop.visitor();
    let answer =
        browser.post(&format!("/r/{TOKEN}"), &[("request_id", "1"), ("comment.2", "mon texte")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("mon texte") && answer.body.contains("role=\"alert\""));
    let answer = browser.post(&format!("/s/{TOKEN}"), &[("comment", "mon texte")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("mon texte") && answer.body.contains("role=\"alert\""));
    let long = "é".repeat(2001);
    let answer = browser.post(&format!("/r/{TOKEN}"), &[("rating.2", "4"), ("comment.2", &long)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains(&long));
    let back = [("line.2", "on"), ("comment", "mon texte"), ("edit", "yes")];
    let answer = browser.post(&format!("/s/{TOKEN}"), &back).await;
    assert!(
        answer.body.contains("name=\"line.2\" value=\"on\" checked") && answer.body.contains("mon texte")
    );
    assert!(shop.fakes.calls("SubmitReviews").is_empty() && shop.fakes.calls("SubmitComplaint").is_empty());
}

#[tokio::test]
async fn a_member_chooses_between_the_desk_and_store_credit_and_a_guest_does_not() {
    let shop = Shop::open().await;
    let mut browser = shop.visitor();
    let (member, guest) = (format!("/s/{TOKEN}"), format!("/s/{GUEST_TOKEN}"));
    let page = browser.get(&member).await.body;
    assert!(page.contains("value=\"desk\" checked") && page.contains("value=\"store_credit\""), "{page}");
    assert!(!browser.get(&guest).await.body.contains("store_credit"));
    let wish = [("request_id", "1"), ("line.1", "on"), ("payout", "store_credit")];
    assert_eq!(browser.post(&guest, &wish).await.status, StatusCode::BAD_REQUEST);
    let unknown = [("request_id", "1"), ("line.1", "on"), ("payout", "cash"), ("confirm", "yes")];
    assert_eq!(browser.post(&member, &unknown).await.status, StatusCode::BAD_REQUEST);
    assert!(shop.fakes.calls("SubmitComplaint").is_empty());

    let confirm = browser.post(&member, &wish).await.body;
    assert!(confirm.contains("name=\"payout\" value=\"store_credit\"") && confirm.contains("votre avoir"));
    let back = browser.post(&member, &[wish[1], wish[2], ("edit", "yes")]).await.body;
    assert!(back.contains("value=\"store_credit\" checked"), "what was chosen stays: {back}");
    let done = browser.post(&member, &[wish[0], wish[1], wish[2], ("confirm", "yes")]).await;
    assert!(done.status == StatusCode::OK && done.body.contains("est sur votre avoir"), "{}", done.body);
    let asked = shop.fakes.calls("SubmitComplaint");
    assert!(asked.len() == 1 && asked[0].contains("store_credit"), "{asked:?}");
}

#[tokio::test]
async fn a_member_who_chose_the_desk_reads_that_what_no_card_paid_becomes_store_credit_and_a_guest_has_none()
{
    let shop = Shop::open().await;
    let mut browser = shop.visitor();
    let wish = [("request_id", "1"), ("line.1", "on"), ("payout", "desk")];
    let confirmed = [&wish[..], &[("confirm", "yes")]].concat();
    let waiting = [&confirmed[..], &[("comment", "attendre")]].concat();
    for fields in [&wish[..], &confirmed, &waiting] {
        for (token, told) in [(TOKEN, true), (GUEST_TOKEN, false)] {
            let page = browser.post(&format!("/s/{token}?lang=fr"), fields).await.body;
            assert!(page.contains("vous attend à l’accueil"), "{page}");
            assert_eq!(page.contains("Ce qu’aucune carte n’a payé s’ajoute à votre avoir."), told, "{page}");
        }
    }
    let to_credit = [wish[0], wish[1], ("payout", "store_credit")];
    let page = browser.post(&format!("/s/{TOKEN}?lang=fr"), &to_credit).await.body;
    assert!(!page.contains("aucune carte"), "{page}");
}

#[tokio::test]
async fn a_credit_note_is_searched_by_the_number_on_the_mail() {
    let shop = Shop::open().await;
    let mut desk = shop.signed_in("desk").await;
    let due = desk.get("/desk/refunds").await;
    assert_eq!(desk.get("/desk/refunds?number=Avoir+n%C2%B0+12").await.status, StatusCode::OK);
    let asked = shop.fakes.calls("ListRefundsDue");
    assert!(asked[0].contains("credit_note_number: 0") && asked[1].contains("credit_note_number: 12"));
    let wrong = desk.get("/desk/refunds?number=douze").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("role=\"alert\"") && wrong.body.contains("value=\"douze\""));
    assert_eq!(shop.fakes.calls("ListRefundsDue").len(), 2, "nobody is asked for a number that is none");
    assert!(due.body.contains(&format!("/desk/refunds/{REFUND}/pay-out")));
    let next = desk.get(&format!("/desk/refunds?after={REFUND}")).await;
    assert!(next.body.contains("Aucun remboursement n’attend."), "{}", next.body);
}

#[tokio::test]
async fn personal_data_is_never_in_an_address() {
    let shop = Shop::open().await;
    let mut desk = shop.signed_in("desk").await;
    let found = desk.post("/desk", &[("query", "camille@example.org")]).await;
    let member = desk.get(&format!("/desk/members/{MEMBER}")).await;
    for page in [&found, &member] {
        for attribute in ["href=\"", "action=\"", "src=\""] {
            for address in page.body.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap()) {
                for personal in ["camille", "Camille", "Dubois", "33199001234", "2900000000025"] {
                    assert!(!address.contains(personal), "{address}");
                }
            }
        }
    }
    assert!(!found.body.contains("method=\"get\""));
    assert_eq!(desk.get("/desk?query=camille%40example.org").await.body.matches("camille").count(), 0);
}

#[tokio::test]
async fn a_form_over_the_limit_is_refused_whole() {
    let shop = Shop::open().await;
    let mut browser = shop.visitor();
    let large = "a".repeat(1 << 20);
    let answer = browser.post(&format!("/r/{TOKEN}"), &[("rating.1", "5"), ("comment.1", &large)]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.body.contains("<html lang=\"fr\">"));
    assert!(shop.fakes.calls("SubmitReviews").is_empty());
}
