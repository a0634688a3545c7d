//! The page of the people at the tills.

use http_body_util::BodyExt;

use crate::{
    fakes::{BASKET, CALL},
    shop::Shop,
};

#[tokio::test]
async fn what_waits_is_shown_with_why_and_for_how_long_and_what_may_be_decided() {
    let shop = Shop::open().await;
    for role in ["attendant", "desk", "manager"] {
        let page = shop.signed_in(role).await.get("/tills?lang=fr").await;
        assert_eq!(page.status, 200, "{role}");
        let body = page.body;
        assert!(body.contains("Né(e) le 02/05/2008 ou avant (18 ans).") && body.contains("2:00"), "{body}");
        assert!(body.contains("12,40") && body.contains("02/05/2026 à\u{a0}16:29"), "{body}");
        // Where somebody waits comes first.
        let (waits, free) = (body.find("till-LILLE-02").unwrap(), body.find("till-LILLE-01").unwrap());
        assert!(waits < free);
        assert_eq!(body.matches("value=\"approve\"").count(), 5);
        assert_eq!(body.matches("value=\"done\"").count(), 4);
        assert!(!body.contains("name=\"age\""), "nobody types an age");
    }
    assert_eq!(shop.signed_in("supplier").await.get("/tills").await.status, 403);
}

#[tokio::test]
async fn the_people_at_the_tills_read_the_time_of_their_own_store() {
    let shop = Shop::open().await;
    shop.fakes.move_to("Indian/Reunion");
    let mut browser = shop.signed_in("attendant").await;
    let list = browser.get("/tills?lang=fr").await.body;
    assert!(list.contains("02/05/2026 à\u{a0}18:29") && !list.contains("UTC"), "{list}");
    let history = browser.get(&format!("/tills/baskets/{BASKET}?lang=fr")).await.body;
    assert!(history.contains("02/05/2026 à\u{a0}18:20") && !history.contains("UTC"), "{history}");
}

#[tokio::test]
async fn a_decision_goes_to_checkout_in_the_name_of_who_is_signed_in_and_leads_back() {
    let shop = Shop::open().await;
    let mut browser = shop.signed_in("attendant").await;
    let path = format!("/tills/calls/{CALL}/answer");
    let fields = [("request_id", CALL), ("decision", "approve"), ("product_code", " 9524000000019 ")];
    let answer = browser.post(&path, &fields).await;
    assert_eq!(
        (answer.status, answer.headers["location"].to_str().unwrap()),
        (303.try_into().unwrap(), "/tills")
    );
    let asked = shop.fakes.calls("AnswerIntervention").remove(0);
    assert!(asked.contains(CALL) && asked.contains("product_code: \"9524000000019\""), "{asked}");
    assert!(asked.contains("Approve"), "{asked}");
    let nonsense = browser.post(&path, &[("request_id", CALL), ("decision", "perhaps")]).await;
    assert_eq!(nonsense.status, 400);
    let fields = [("request_id", CALL), ("locked", "yes")];
    assert_eq!(browser.post("/tills/LILLE-01/lock", &fields).await.status, 303);
    assert!(shop.fakes.calls("LockTill")[0].contains("locked: true"));
}

#[tokio::test]
async fn a_till_that_trains_and_what_is_practised_there_are_marked_and_a_manager_sets_the_mode() {
    let shop = Shop::open().await;
    let mut manager = shop.signed_in("manager").await;
    for (lang, till, call) in [("fr", "en formation", ">Formation<"), ("en", "training", ">Training<")] {
        let body = manager.get(&format!("/tills?lang={lang}")).await.body;
        assert_eq!(body.matches(&format!("<span class=\"tag training\">{till}</span>")).count(), 1, "{body}");
        // What waits at the till, and a basket that waits for its shopper.
        assert_eq!(body.matches(call).count(), 2, "{body}");
    }
    let body = manager.get("/tills?lang=fr").await.body;
    assert!(body.contains("Fin de la formation") && body.contains("Passer en formation"), "{body}");
    let fields = [("request_id", CALL), ("training", "yes")];
    assert_eq!(manager.post("/tills/LILLE-02/mode", &fields).await.status, 303);
    let asked = shop.fakes.calls("SetTillMode").remove(0);
    assert!(asked.contains("training: true") && asked.contains("LILLE-02"), "{asked}");
    assert_eq!(manager.post("/tills/LILLE-02/mode", &[("request_id", CALL)]).await.status, 400);
    // Nobody else is offered it, or let through.
    let mut attendant = shop.signed_in("attendant").await;
    assert!(!attendant.get("/tills?lang=fr").await.body.contains("/mode"));
    assert_eq!(attendant.post("/tills/LILLE-02/mode", &fields).await.status, 403);
}

#[tokio::test]
async fn the_merchants_slip_is_typed_with_its_amount_and_what_the_banks_file_says_stands_beside() {
    let shop = Shop::open().await;
    let mut browser = shop.signed_in("attendant").await;
    let body = browser.get("/tills?lang=fr").await.body;
    assert!(body.contains("couvre ce moment et ne contient pas ce paiement"), "{body}");
    assert!(
        body.contains("<option>Mastercard</option>") && !body.contains("<option>Carte</option>"),
        "{body}"
    );
    let path = format!("/tills/calls/{CALL}/answer");
    let slip = [
        ("request_id", CALL),
        ("decision", "approve"),
        ("pan_last4", "0674"),
        ("authorisation", "A00395"),
        ("brand", "Visa"),
    ];
    let answer = browser.post(&path, &[&slip[..], &[("amount", "12,40")]].concat()).await;
    assert_eq!(answer.status, 303);
    let asked = shop.fakes.calls("AnswerIntervention").remove(0);
    assert!(asked.contains("authorisation: \"A00395\"") && asked.contains("amount_minor: 1240"), "{asked}");
    let answer = browser.post(&path, &[&slip[..], &[("amount", "douze")]].concat()).await;
    assert_eq!(answer.status, 409);
    for (field, said) in
        [("amount_minor", "ticket commerçant"), ("authorisation", "jamais son numéro entier")]
    {
        let status = platform::status::bad_field("checkout", "INVALID_FIELD", field, "no");
        shop.fakes.refuse("AnswerIntervention", status);
        let answer = browser.post(&path, &slip).await;
        assert!(answer.status == 409 && answer.body.contains(said), "{field}: {}", answer.body);
    }
}

#[tokio::test]
async fn who_comes_second_reads_that_it_was_answered() {
    let shop = Shop::open().await;
    let mut browser = shop.signed_in("attendant").await;
    for (reason, said) in
        [("ANSWERED_ALREADY", "déjà fait"), ("UNKNOWN_CODE", "Aucun article"), ("BASKET_FROZEN", "paie déjà")]
    {
        let code = tonic::Code::FailedPrecondition;
        let status = platform::status::refusal("checkout", code, reason, "no");
        shop.fakes.refuse("AnswerIntervention", status);
        let fields = [("request_id", CALL), ("decision", "done")];
        let answer = browser.post(&format!("/tills/calls/{CALL}/answer"), &fields).await;
        assert_eq!(answer.status, 409, "{reason}");
        assert!(answer.body.contains(said), "{reason}: {}", answer.body);
    }
}

#[tokio::test]
async fn the_list_moves_by_itself() {
    let shop = Shop::open().await;
    let answer = shop.signed_in("attendant").await.opened("/tills/feed").await;
    let mut body = answer.into_body();
    let mut text = String::new();
    let reading = async {
        while !text.contains("data-waiting=\"Personne n’attend.\"") {
            let frame = body.frame().await.expect("the feed goes on").unwrap();
            text += std::str::from_utf8(&frame.into_data().unwrap()).unwrap();
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), reading).await.expect("the feed tells");
    assert!(
        text.contains("data-waiting=\"En attente\u{a0}: 11\"") && text.contains("&#60;Carottes"),
        "{text}"
    );
}

/// The values of an attribute's every occurrence after `start`, up to a quotation mark.
fn after<'a>(text: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(start).skip(1).map(|rest| rest.split('"').next().unwrap())
}

#[tokio::test]
async fn what_somebody_types_or_chooses_is_kept_when_the_list_is_replaced() {
    let shop = Shop::open().await;
    let mut browser = shop.signed_in("attendant").await;
    let page = browser.get("/tills").await.body;
    let script = after(&page, "src=\"").find(|address| address.contains("/tills.")).unwrap();
    let script = browser.get(script).await.body;
    let kept: Vec<_> = after(&script, "tills.querySelectorAll(\"").next().unwrap().split(", ").collect();
    let inputs = page.split("<input ").skip(1).filter_map(|input| after(input, "type=\"").next());
    let typed = inputs.filter(|kind| *kind != "hidden").map(|kind| format!("input[type={kind}]"));
    let chosen = ["select", "textarea"].into_iter().filter(|field| page.contains(&format!("<{field} ")));
    let fields: std::collections::BTreeSet<_> = typed.chain(chosen.map(str::to_owned)).collect();
    assert!(fields.len() > 1, "{fields:?}");
    for field in fields {
        assert!(kept.contains(&field.as_str()), "{field} is not among {kept:?}");
    }
}

#[tokio::test]
async fn a_call_is_no_landmark_for_two_of_a_kind_at_a_till_would_have_one_name() {
    let shop = Shop::open().await;
    let page = shop.signed_in("attendant").await.get("/tills?lang=fr").await.body;
    assert!(page.contains("class=\"call\""), "{page}");
    let mut named_after_a_call = after(&page, "aria-labelledby=\"").filter(|id| id.starts_with("why-"));
    assert_eq!(named_after_a_call.next(), None);
}

#[tokio::test]
async fn the_history_of_a_basket_shows_what_is_gone_page_by_page_and_names_nobody() {
    let shop = Shop::open().await;
    let mut browser = shop.signed_in("attendant").await;
    let list = browser.get("/tills?lang=fr").await.body;
    let link = format!("href=\"/tills/baskets/{BASKET}\"");
    // At its till, and among those that wait for their shoppers.
    assert_eq!(list.matches(&link).count(), 2, "{list}");
    assert!(list.contains("Paniers en attente de leur client") && list.contains("3 article(s)"), "{list}");
    assert!(
        list.contains("<li><span class=\"tag training\">Formation</span>"),
        "what was practised is told as such"
    );
    let first = browser.get(&format!("/tills/baskets/{BASKET}?lang=fr")).await;
    assert_eq!(first.status, 200);
    for said in ["Article retiré", "1,250", "Âge vérifié", "équipe", "contrôle en attente", "?after=3"]
    {
        assert!(first.body.contains(said), "{said}: {}", first.body);
    }
    let rest = browser.get(&format!("/tills/baskets/{BASKET}?after=3&lang=fr")).await.body;
    assert!(rest.contains("Mis en attente") && rest.contains("Depuis le début"), "{rest}");
    assert!(!rest.contains("Article scanné") && !rest.contains("?after="), "{rest}");
    let asked = shop.fakes.calls("ListBasketEdits");
    assert!(asked[1].contains("page_token: \"3\""), "{}", asked[1]);
    assert_eq!(shop.signed_in("supplier").await.get(&format!("/tills/baskets/{BASKET}")).await.status, 403);
}

#[tokio::test]
async fn in_a_shop_of_its_own_who_was_signed_in_goes_on_attending_while_membership_is_out_of_reach() {
    for (store_code, goes_on) in [(Some("LILLE"), true), (Some("LYON"), false), (None, false)] {
        let shop = Shop::open_in(store_code).await;
        let mut attendant = shop.signed_in("attendant").await;
        assert_eq!(attendant.get("/tills").await.status, 200);
        shop.fakes.refuse("GetSession", tonic::Status::unavailable("gone"));
        assert_eq!(attendant.get("/tills").await.status, if goes_on { 200 } else { 503 }, "{store_code:?}");
        if !goes_on {
            continue;
        }
        let fields = [("request_id", CALL), ("decision", "approve"), ("product_code", "")];
        assert_eq!(attendant.post(&format!("/tills/calls/{CALL}/answer"), &fields).await.status, 303);
        assert_eq!(shop.fakes.calls("AnswerIntervention").len(), 1);
        // Whoever signs out is out, whether membership hears of it or not.
        shop.fakes.refuse("SignOut", tonic::Status::unavailable("gone"));
        assert_eq!(attendant.post("/sign-out", &[]).await.status, 503);
        assert_eq!(attendant.get("/tills").await.status, 503);
    }
}
