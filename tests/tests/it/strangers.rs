//! What nobody should send, at every front door: refused clearly, and without a trace.

use demo::{door::Visitor, mailbox::Letter};
use e2e::{OpenShop, SOON, pages, wire};
use http::StatusCode;
use platform::{Role, access, peer};
use serde_json::{Value, json};
use tonic::Code;

/// Direction marks and letters without width, as they hide in text.
const HIDDEN: &str = "a\u{202e}b\u{200b}c\u{2066}d\u{feff}";
const MARKUP: &str = "<script>alert(1)</script><img src=x onerror=alert(1)>=HYPERLINK(\"x\")";

#[tokio::test(flavor = "multi_thread")]
async fn a_till_takes_no_quantity_nor_code_that_cannot_be_meant() {
    let open = OpenShop::open().await;
    let (article, price) = open.article_ending(20);
    let mut lane = open.lane(0);
    lane.scan(&article).await;
    let before = lane.shown().await["basket"].clone();
    let code = open.products.iter().find(|product| product.sold_by == 1).unwrap().gtin.clone();
    for quantity in [-1, -1000, 1, 1_000_000, 1_000_000_000_000, i64::MAX, i64::MIN] {
        let refusal = lane.refused("scan", json!({"code": code, "quantity_milli": quantity})).await;
        assert_eq!(refusal, "QUANTITY_OUT_OF_RANGE", "{quantity}");
    }
    for quantity in [0, -5, 1_000_000, i64::MAX] {
        let line = &before["lines"][0]["line_id"];
        let refusal = lane.refused("quantity", json!({"line_id": line, "quantity_milli": quantity})).await;
        assert_eq!(refusal, "QUANTITY_OUT_OF_RANGE", "{quantity}");
    }
    let huge = "9".repeat(10_000);
    for code in ["", " ", "abc", HIDDEN, MARKUP, "'; drop table basket; --", "3250390000011", huge.as_str()] {
        let refusal = lane.refused("scan", json!({"code": code, "quantity_milli": 0})).await;
        assert!(
            ["UNKNOWN_CODE", "UNREADABLE_CODE", "BAD_CHECK_DIGIT", "INVALID_FIELD"]
                .contains(&refusal.as_str()),
            "{code}: {refusal}"
        );
    }
    for card in ["2999999999999", "0", HIDDEN, "' or 1=1"] {
        let refusal = lane.refused("identify", json!({"code": card})).await;
        assert!(["UNKNOWN_CARD", "NOT_A_CARD"].contains(&refusal.as_str()), "{card}: {refusal}");
    }
    let mut visitor = Visitor::of(open.shop.tills[0].address);
    for body in ["{", "[]", "{\"code\": 5}", "null"] {
        let answer = visitor.post_text("/api/scan", "application/json", body).await.unwrap();
        assert!(answer.status.is_client_error(), "{body}: {}", answer.status);
    }
    let flood = format!("{{\"code\": \"{}\"}}", "9".repeat(10 << 20));
    let refused = visitor.post_text("/api/scan", "application/json", &flood).await;
    assert!(refused.is_err() || refused.unwrap().status == StatusCode::PAYLOAD_TOO_LARGE);

    assert_eq!(lane.shown().await["basket"], before);
    pays_once_however_often_the_button_is_pressed(&open, price).await;
}

/// Two tabs of the till's page, or an impatient finger.
async fn pays_once_however_often_the_button_is_pressed(open: &OpenShop, price: i64) {
    let mut fingers = [open.lane(0), open.lane(0), open.lane(0)];
    let presses = fingers.iter_mut().map(async |lane| lane.say("pay", &json!({})).await.unwrap());
    let answers = futures::future::join_all(presses).await;
    let sold = answers.iter().filter(|(status, _)| *status == StatusCode::OK);
    let paid: Vec<_> = sold.map(|(_, answer)| answer["total_minor"].as_i64().unwrap()).collect();
    assert!(!paid.is_empty() && paid.iter().all(|paid| *paid == price), "{answers:?}");
    let report = open.figures().await;
    assert_eq!((report.sales, report.revenue_cents), (1, price));
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_message_are_refused_by_every_rpc_and_harm_nobody() {
    let open = OpenShop::open().await;
    let signer = platform::identity::StaffSigner::read(&open.shop.folder.join("secrets/staff.key")).unwrap();
    // Not a field; a field that is cut off; a text that is no UTF-8; a UUID that is none; a number in place of a text.
    let malformed: [&[u8]; 5] =
        [&[0xff; 40], &[0x0a, 0x7f, 0x31], &[0x0a, 0x02, 0xc3, 0x28], b"\x0a\x03abc", &[0x08, 0x96, 0x01]];
    let mut answered = 0;
    for (path, roles) in access::RPCS.iter().filter(|(path, _)| path.starts_with("/cabas.")) {
        let service = path.trim_start_matches("/cabas.").split('.').next().unwrap();
        let (_, address) =
            open.shop.addresses.services().into_iter().find(|(name, _)| *name == service).unwrap();
        let url = format!("https://{address}").parse().unwrap();
        let (identity, assertion) = identity_of(roles[0], &signer);
        let peer = peer::connect(&url, service, &open.shop.identity(&identity)).unwrap();
        for message in malformed {
            let Err(refusal) = wire::call(peer.clone(), path, assertion.as_deref(), message.to_vec()).await
            else {
                // A request without fields has nothing that could be wrong, and unknown fields are left alone.
                continue;
            };
            let is_clear = matches!(
                refusal.code(),
                Code::InvalidArgument | Code::NotFound | Code::Internal | Code::Unauthenticated
            );
            assert!(is_clear, "{path} {message:?}: {refusal:?}");
            assert!(
                !refusal.message().contains("sqlx") && !refusal.message().contains("panick"),
                "{refusal:?}"
            );
            answered += 1;
        }
    }
    assert!(answered > 100, "{answered}");
    open.shop.ready().await.unwrap();
    for log in open.logs() {
        let text = std::fs::read_to_string(&log).unwrap();
        assert!(!text.contains("panicked"), "{}", log.display());
    }
    let (article, price) = open.article_ending(20);
    assert_eq!(open.lane(0).buy(None, &[article]).await.total_minor, price);
}

fn identity_of(role: Role, signer: &platform::identity::StaffSigner) -> (String, Option<String>) {
    let is_person = matches!(role, Role::Desk | Role::Attendant | Role::Supplier | Role::Manager);
    let staff = platform::Staff {
        staff_id: uuid::Uuid::now_v7().to_string(),
        role,
        store_code: if role == Role::Supplier { String::new() } else { "LILLE".to_owned() },
        supplier_code: if role == Role::Supplier { "X".to_owned() } else { String::new() },
    };
    match role {
        _ if is_person => ("portal".to_owned(), Some(signer.sign(&staff, time::OffsetDateTime::now_utc()))),
        Role::Terminal => ("terminal-LILLE-01".to_owned(), None),
        service => (format!("{service:?}").to_lowercase(), None),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_sent_twice_from_two_tabs_or_with_hostile_text_do_what_was_meant_once() {
    let open = OpenShop::open().await;
    let card = hostile_names(&open).await;
    let (article, _) = open.article_ending(20);
    let (other, _) = open.article_ending(35);
    let sold = open.lane(0).buy(Some(&card), &[article, other]).await;
    let letter = open.receipt_of(sold.sale_id, SOON).await;
    let raw = String::from_utf8_lossy(&open.shop.sink.mails()[0].raw).into_owned();
    assert!(!raw.contains("<b>Zoé"), "the mail holds the markup of a name");
    let kept = hostile_reviews(&open, &letter).await;
    assert_eq!(kept, 2);
    let refunded = hostile_complaints(&open, &letter).await;
    let report = open.figures().await;
    assert_eq!((report.reviews, report.refunds, report.credit_notes_sent), (kept, 1, 1));
    assert_eq!(report.revenue_cents, sold.total_minor - refunded);
    links_that_nobody_sent(&open, &letter).await;
}

/// The desk refuses what hides, and shows markup as the letters that it is.
async fn hostile_names(open: &OpenShop) -> String {
    let mut desk = open.browser_of("desk").await;
    for name in [HIDDEN, "Dupont\r\nBcc: everybody@example.org", &"x".repeat(5_000), ""] {
        let form = desk.get("/desk/members").await.unwrap();
        let request_id = form.value_of("name=\"request_id\"").unwrap();
        let details = pages::details(name, "Zoé", "zoe@example.org");
        let mut fields = vec![("request_id", request_id.as_str())];
        fields.extend(details.iter().map(|(name, value)| (*name, value.as_str())));
        let answer = desk.post("/desk/members", &fields).await.unwrap();
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name:?}");
    }
    // The same form twice: a second tab, or an impatient finger.
    let form = desk.get("/desk/members").await.unwrap();
    let request_id = form.value_of("name=\"request_id\"").unwrap();
    let details = pages::details("Dupont & <i>fils</i>", "<b>Zoé</b>", "zoe@example.org");
    let mut fields = vec![("request_id", request_id.as_str())];
    fields.extend(details.iter().map(|(name, value)| (*name, value.as_str())));
    let first = desk.post("/desk/members", &fields).await.unwrap().location.unwrap();
    assert_eq!(desk.post("/desk/members", &fields).await.unwrap().location.unwrap(), first);
    let page = desk.get(&first).await.unwrap();
    assert!(!page.body.contains("<i>fils") && !page.body.contains("<b>Zoé"), "{}", page.body);
    let members = open.figures().await.members;
    assert_eq!(members, i64::try_from(open.members.len()).unwrap() + 1);
    pages::card_number(&page.body).unwrap()
}

/// Gives the number of reviews that are kept.
async fn hostile_reviews(open: &OpenShop, letter: &Letter) -> i64 {
    let path = letter.link("/r/").unwrap();
    let mut browser = Visitor::of(open.shop.addresses.portal);
    let first_tab = pages::opened(&mut browser, &path).await.value_of("name=\"request_id\"").unwrap();
    let second_tab = pages::opened(&mut browser, &path).await.value_of("name=\"request_id\"").unwrap();
    let mut send = async |tab: &str, line: &str, rating: &str, comment: &str| {
        let (rating_name, comment_name) = (format!("rating.{line}"), format!("comment.{line}"));
        let fields = [("request_id", tab), (&rating_name, rating), (&comment_name, comment)];
        browser.post(&path, &fields).await
    };
    for (line, rating, comment) in
        [("1", "6", ""), ("1", "-3", ""), ("1", "cinq", ""), ("99", "3", ""), ("1", "0", "sans note")]
    {
        let refused = send(&first_tab, line, rating, comment).await.unwrap();
        assert!(refused.status.is_client_error(), "{line} {rating}: {}", refused.status);
    }
    let long = send(&first_tab, "1", "3", &"x".repeat(2_001)).await.unwrap();
    assert_eq!(long.status, StatusCode::UNPROCESSABLE_ENTITY);
    // The portal hangs up on whoever sends that much: not in the browser of the honest forms.
    let flood = [("request_id", first_tab.as_str()), ("rating.1", "3"), ("comment.1", &"x".repeat(10 << 20))];
    let refused = Visitor::of(open.shop.addresses.portal).post(&path, &flood).await;
    assert!(refused.is_err() || refused.unwrap().status == StatusCode::PAYLOAD_TOO_LARGE);
    // Hostile text is text; sent twice it is there once; the other tab has the last word.
    for _ in 0..2 {
        assert!(send(&first_tab, "1", "1", MARKUP).await.unwrap().status.is_redirection());
    }
    let hidden = format!("{HIDDEN} bien");
    assert!(send(&second_tab, "1", "4", &hidden).await.unwrap().status.is_redirection());
    let again = send(&second_tab, "1", "2", "autre chose").await.unwrap();
    assert_eq!(again.status, StatusCode::CONFLICT, "a form's identity stands for one content");
    let third_tab = uuid::Uuid::now_v7().to_string();
    assert!(send(&third_tab, "2", "5", MARKUP).await.unwrap().status.is_redirection());

    let team = open.browser_of("attendant").await.get("/live/reviews").await.unwrap();
    assert!(!team.body.contains("<script>alert") && !team.body.contains("<img src=x"), "{}", team.body);
    assert!(team.body.contains("abcd bien"), "{}", team.body);
    open.figures().await.reviews
}

/// Gives back what was refunded.
async fn hostile_complaints(open: &OpenShop, letter: &Letter) -> i64 {
    let path = letter.link("/s/").unwrap();
    let mut browser = Visitor::of(open.shop.addresses.portal);
    let first_tab = pages::opened(&mut browser, &path).await.value_of("name=\"request_id\"").unwrap();
    let second_tab = pages::opened(&mut browser, &path).await.value_of("name=\"request_id\"").unwrap();
    let mut send = async |tab: &str, line: &str, payout: &str| {
        let line = format!("line.{line}");
        let fields =
            [("request_id", tab), (&line, "on"), ("payout", payout), ("comment", MARKUP), ("confirm", "yes")];
        browser.post(&path, &fields).await.unwrap()
    };
    for (line, payout) in [("99", "desk"), ("-1", "desk"), ("1", "cash"), ("1", "")] {
        let refused = send(&first_tab, line, payout).await;
        assert!(refused.status.is_client_error(), "{line} {payout}: {} {}", refused.status, refused.body);
    }
    for _ in 0..2 {
        assert_eq!(send(&first_tab, "1", "desk").await.status, StatusCode::OK);
    }
    assert_eq!(send(&second_tab, "1", "desk").await.status, StatusCode::CONFLICT);
    let sale_id: uuid::Uuid = letter.receipt_of().unwrap().parse().unwrap();
    open.letter(SOON, |letter| letter.credit_of().is_some()).await;
    open.refunded(sale_id).await.unwrap().1
}

async fn links_that_nobody_sent(open: &OpenShop, letter: &Letter) {
    let mut stranger = Visitor::of(open.shop.addresses.portal);
    // The secret of one purpose opens nothing else.
    for (own, other) in [("/r/", "/s/"), ("/s/", "/r/")] {
        let crossed = letter.link(own).unwrap().replace(own, other);
        assert_eq!(stranger.get(&crossed).await.unwrap().status, StatusCode::NOT_FOUND);
    }
    let guess = "A".repeat(43);
    for token in ["x", guess.as_str(), "..%2f..%2fdesk", "%00", &"A".repeat(5_000)] {
        for page in ["r", "s"] {
            let answer = stranger.get(&format!("/{page}/{token}")).await.unwrap();
            assert!(answer.status.is_client_error(), "/{page}/{token}: {}", answer.status);
        }
    }
    for door in [open.shop.addresses.portal, open.shop.tills[0].address] {
        let mut led = Visitor::of(door).led_by("https://elsewhere.example");
        for path in ["/sign-in", "/scan", "/pay"] {
            let answer = led.post(path, &[("code", "x")]).await.unwrap();
            assert!(answer.status.is_client_error(), "{door} {path}: {}", answer.status);
        }
    }
    let (status, shown): (StatusCode, Value) =
        Visitor::of(open.shop.tills[0].address).post_json("/api/next", &json!({})).await.unwrap();
    assert_eq!((status, &shown["screen"]), (StatusCode::OK, &json!("idle")));
}
