//! The page, as a browser without scripts sees it.

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use platform::{Clock, Shutdown};
use terminal::till::{Screen, View};
use tower::ServiceExt;

use crate::books::Fault;
use crate::checkout::CARD;
use crate::shop::{CODE, Running, Shop, is_thanks, listener};

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

pub fn page_of(running: &Running) -> Router {
    terminal::kiosk::router(running.till.clone(), CODE, Shutdown::new())
}

pub async fn call(page: &Router, request: Request<String>) -> Answer {
    let (status, headers, text) = {
        let answer = page.clone().oneshot(request.map(Body::from)).await.unwrap();
        let (parts, body) = answer.into_parts();
        (parts.status, parts.headers, body.collect().await.unwrap().to_bytes())
    };
    Answer { status, headers, text: String::from_utf8(text.to_vec()).unwrap() }
}

pub async fn get(page: &Router, path: &str) -> Answer {
    call(page, Request::get(path).header("host", "127.0.0.1").body(String::new()).unwrap()).await
}

/// Sends a form, and follows to the page it leads to.
pub async fn send(page: &Router, path: &str, form: &str) -> String {
    let request = Request::post(path)
        .header("host", "127.0.0.1:8090")
        .header("origin", "http://127.0.0.1:8090")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.to_owned());
    let answer = call(page, request.unwrap()).await;
    if answer.status == StatusCode::OK {
        return answer.text;
    }
    assert_eq!(
        (answer.status, &answer.headers[header::LOCATION]),
        (StatusCode::SEE_OTHER, &"/".parse().unwrap())
    );
    get(page, "/").await.text
}

#[tokio::test]
async fn a_shopper_without_scripts_gets_from_the_first_scan_to_the_thanks() {
    let shop = Shop::open().await;
    let running = shop.start_with(&[]).await;
    let page = page_of(&running);
    let idle = get(&page, "/").await.text;
    assert!(idle.contains("<html lang=\"fr\">") && idle.contains("Bonjour !") && idle.contains(CODE));
    let basket = send(&page, "/scan", "code=item-250").await;
    assert!(basket.contains("Votre panier") && basket.contains("2,50"), "{basket}");
    let basket = send(&page, "/identify", &format!("code={CARD}")).await;
    assert!(basket.contains("Votre carte est reconnue."), "{basket}");
    let basket = send(&page, "/quantity", "line_id=1&quantity_milli=2000").await;
    assert!(basket.contains("Payer 5,00"), "{basket}");
    let basket = send(&page, "/discount", "code=MERCI").await;
    assert!(basket.contains("Remise demandée : MERCI"), "{basket}");
    send(&page, "/pay", "").await;
    running.shows(is_thanks).await;
    let thanks = get(&page, "/").await.text;
    assert!(thanks.contains("Merci !") && thanks.contains("dans votre boîte e-mail"), "{thanks}");
    let idle = send(&page, "/next", "").await;
    assert!(idle.contains("Bonjour !"));
}

#[tokio::test]
async fn a_shopper_without_a_card_is_told_that_no_mail_comes() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    running.till.pay().await.unwrap();
    let thanks = get(&page_of(&running), "/").await.text;
    assert!(thanks.contains("Demandez votre ticket à l’accueil"), "{thanks}");
}

#[tokio::test]
async fn how_the_ticket_is_wanted_is_asked_before_payment_and_a_typed_address_is_shown_back() {
    let mut shop = Shop::open().await;
    shop.config.public_url = Some("https://tickets.example".parse().unwrap());
    let running = shop.start_with(&["item-250"]).await;
    let page = page_of(&running);
    let basket = get(&page, "/").await.text;
    assert!(basket.contains("method=\"get\" action=\"/receipt\""), "{basket}");
    let question = get(&page, "/receipt").await.text;
    assert!(question.contains("Comment voulez-vous votre ticket") && question.contains("L. 541-15-10"));
    assert!(question.contains("value=\"qr\"") && question.contains("value=\"none\""), "{question}");
    assert!(!question.contains("value=\"card_email\"") && !question.contains("value=\"paper\""));

    let typing = send(&page, "/receipt", "choice=typed_email").await;
    assert!(typing.contains("name=\"email\"") && typing.contains("72 heures"), "{}", typing);
    let wrong = send(&page, "/receipt/email", "email=lea").await;
    assert!(wrong.contains("pas une adresse e-mail"), "{}", wrong);
    let shown = send(&page, "/receipt/email", "email=lea.unique%40gmial.com").await;
    assert!(shown.contains("lea.unique@gmail.com") && shown.contains("lea.unique@gmial.com"));
    assert!(shop.books.shelf().addresses.is_empty(), "it is not used before it was seen");
    send(&page, "/receipt/email", "email=lea.unique%40gmail.com&confirmed=true").await;
    running.shows(is_thanks).await;
    let kept: Vec<String> = shop.books.shelf().addresses.iter().map(|(_, email)| email.clone()).collect();
    assert_eq!(kept, ["lea.unique@gmail.com"]);
    let thanks = get(&page, "/").await.text;
    assert!(
        thanks.contains("à l’adresse que vous avez saisie") && !thanks.contains("lea.unique"),
        "{thanks}"
    );
    assert_eq!(get(&page, "/receipt").await.status, StatusCode::SEE_OTHER);

    send(&page, "/next", "").await;
    send(&page, "/scan", "code=item-250").await;
    send(&page, "/receipt", "choice=qr").await;
    running.shows(is_thanks).await;
    let thanks = get(&page, "/").await.text;
    assert!(thanks.contains("<svg ") && thanks.contains("lisible 30 jours"), "{thanks}");
}

#[tokio::test]
async fn a_shopper_without_scripts_pays_in_parts_and_gets_a_part_back() {
    let shop = Shop::open().await;
    shop.books.shelf().store_credit = 150;
    shop.books.shelf().meal_voucher = 200;
    let running = shop.start_with(&["item-900"]).await;
    running.till.identify(CARD).await.unwrap();
    let page = page_of(&running);
    assert!(get(&page, "/").await.text.contains("id=\"pay-otherwise\""));
    let question = get(&page, "/receipt?then=means").await.text;
    assert!(question.contains("name=\"then\" value=\"means\""), "{question}");
    let form = Request::post("/receipt")
        .header("host", "127.0.0.1:8090")
        .header("origin", "http://127.0.0.1:8090")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("choice=none&then=means".to_owned());
    assert_eq!(call(&page, form.unwrap()).await.headers[header::LOCATION], "/means");
    let means = get(&page, "/means").await.text;
    for said in ["Tout par carte 9,00", "Avec votre avoir 1,50", "value=\"2,00\"", "id=\"part\""] {
        assert!(means.contains(said), "{said}: {means}");
    }
    let refused = send(&page, "/pay", "means=card_part&amount=neuf").await;
    assert!(refused.contains("Ce montant n’est pas possible"), "{refused}");
    let is_held = |view: &View| matches!(view.screen, Screen::Held { .. });
    send(&page, "/pay", "means=meal_voucher&amount=2,00").await;
    running.shows(is_held).await;
    let held = send(&page, "/pay", "means=store_credit").await;
    assert!(held.contains("<strong>3,50\u{202f}€</strong> payés, reste"), "{held}");
    assert_eq!(get(&page, "/means").await.status, StatusCode::SEE_OTHER);
    send(&page, "/give-back", "").await;
    running.shows(|view| view.basket().is_some()).await;
    let basket = get(&page, "/").await.text;
    for said in ["Tout vous a été rendu", "remis sur votre avoir", "rendus sur : Titre-restaurant"] {
        assert!(basket.contains(said), "{said}: {basket}");
    }
    assert_eq!((shop.charged(), shop.books.shelf().store_credit), (vec![200, -200], 150));
}

#[tokio::test]
async fn paying_moves_on_by_itself_with_and_without_scripts() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-118"]).await;
    let page = page_of(&running);
    let paying = send(&page, "/pay", "").await;
    assert!(paying.contains("Suivez les instructions du terminal de paiement"), "{paying}");
    assert!(paying.contains("<noscript><meta http-equiv=\"refresh\""), "{paying}");
    running.shows(|view| crate::shop::is_attendant(view) && !view.time_zone.is_empty()).await;
    let attendant = get(&page, "/").await.text;
    assert!(attendant.contains("Une personne arrive") && attendant.contains(CODE));
    assert!(attendant.contains("12:00:00") && attendant.contains("1,18"), "{attendant}");
    let form = format!("attendant_code={}&settlement=not_paid", shop.attendant_code());
    let basket = send(&page, "/settle", &form).await;
    assert!(basket.contains("Votre panier"), "{basket}");
}

#[tokio::test]
async fn a_refused_payment_is_said_clearly_and_can_be_tried_again() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-113"]).await;
    running.till.pay().await.unwrap_err();
    let basket = get(&page_of(&running), "/").await.text;
    assert!(basket.contains("Le paiement est refusé. Rien n’a été débité."), "{basket}");
    assert!(basket.contains("role=\"alert\"") && basket.contains("id=\"pay\""));
}

#[tokio::test]
async fn names_are_shown_as_text_and_never_as_markup() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    running.till.identify(CARD).await.unwrap();
    let basket = get(&page_of(&running), "/").await.text;
    assert!(!basket.contains("<script>alert") && !basket.contains("<b>"), "{basket}");
    assert!(basket.contains("&lt;script&gt;") || basket.contains("&#60;script&#62;"), "{basket}");
    assert!(!basket.contains("aria-label=\"Retirer Thé \"vert"), "{basket}");
    let answer = send(&page_of(&running), "/scan", "code=%3Cscript%3Ealert(1)%3C%2Fscript%3E").await;
    assert!(!answer.contains("<script>alert"), "{answer}");
}

#[tokio::test]
async fn the_language_is_the_browsers_until_the_shopper_chooses_and_the_next_starts_anew() {
    let shop = Shop::open().await;
    let running = shop.start_with(&[]).await;
    let page = page_of(&running);
    let english = Request::get("/").header("accept-language", "en-GB,en;q=0.9").body(String::new());
    assert!(call(&page, english.unwrap()).await.text.contains("<html lang=\"en\">"));
    assert!(send(&page, "/language", "language=en").await.contains("Hello!"));
    let basket = send(&page, "/scan", "code=item-250").await;
    assert!(basket.contains("Your basket") && basket.contains("€2.50"), "{basket}");
    assert!(send(&page, "/cancel", "").await.contains("Bonjour !"));
}

#[tokio::test]
async fn every_answer_forbids_storing_framing_and_foreign_content() {
    let shop = Shop::open().await;
    let running = shop.start_with(&[]).await;
    let page = page_of(&running);
    for path in [
        "/",
        "/assets/kiosk.css",
        "/assets/kiosk.js",
        "/assets/keys.js",
        "/assets/icon.svg",
        "/health",
        "/api/basket",
        "/nowhere",
    ] {
        let headers = get(&page, path).await.headers;
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{path}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(headers[header::CACHE_CONTROL], "no-store", "{path}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
    }
    let text = get(&page, "/").await.text;
    assert!(!text.contains("style=") && !text.contains("onclick") && !text.contains("//"), "{text}");
}

#[tokio::test]
async fn a_form_of_another_site_or_a_call_by_name_does_nothing() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    let page = page_of(&running);
    let foreign = Request::post("/cancel")
        .header("host", "127.0.0.1:8090")
        .header("origin", "https://elsewhere.example")
        .header("sec-fetch-site", "cross-site");
    let answer = call(&page, foreign.body(String::new()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let rebound = Request::post("/cancel")
        .header("host", "elsewhere.example:8090")
        .header("origin", "http://elsewhere.example:8090");
    let answer = call(&page, rebound.body(String::new()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST);
    assert!(running.till.view().basket().is_some());
}

#[tokio::test]
async fn the_process_answers_its_health_check_and_follows_with_events() {
    let shop = Shop::open().await;
    let (http, shutdown) = (listener().await, Shutdown::new());
    let address = http.local_addr().unwrap();
    let run = terminal::run(shop.config.clone(), http, Clock::system(), shutdown.clone());
    let running = tokio::spawn(run);
    platform::health::check_http(address).await.unwrap();
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let io = hyper_util::rt::TokioIo::new(stream);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
    tokio::spawn(connection);
    let request = Request::get("/events").header("host", address.to_string()).body(String::new()).unwrap();
    let mut events = sender.send_request(request).await.unwrap().into_body();
    let first = events.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(first.starts_with(b"data: "), "{first:?}");
    shutdown.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_till_that_starts_says_so_until_it_knows_where_it_stood() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    running.dies().await;
    shop.books.fail_always("GetBasket", Fault::Unavailable);
    let running = shop.start();
    let page = page_of(&running);
    assert!(get(&page, "/").await.text.contains("La caisse reprend"));
    shop.books.mend();
    running.ready().await;
    assert!(get(&page, "/").await.text.contains("Votre panier"));
}

#[tokio::test]
async fn a_form_that_was_not_understood_is_answered_in_the_shoppers_own_language() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    let page = page_of(&running);
    let sent = |form: &str| {
        let request = Request::post("/quantity")
            .header("host", "127.0.0.1:8090")
            .header("origin", "http://127.0.0.1:8090")
            .header("content-type", "application/x-www-form-urlencoded");
        request.body(form.to_owned()).unwrap()
    };
    for form in ["", "line_id=1&quantity_milli=deux", "line_id=99999999999&quantity_milli=1000"] {
        let answer = call(&page, sent(form)).await;
        assert!(answer.status.is_client_error(), "{}", answer.status);
        assert!(answer.text.contains("Cela n’a pas été compris") && answer.text.contains("Votre panier"));
        assert!(answer.text.contains("data-cue=\"alert\"") && answer.text.contains("À lire"));
        assert!(!answer.text.contains("Failed to deserialize"), "{}", answer.text);
    }
}

#[tokio::test]
async fn what_is_heard_is_written_on_the_page_as_well() {
    let shop = Shop::open().await;
    let running = shop.start_with(&[]).await;
    let page = page_of(&running);
    assert!(!get(&page, "/").await.text.contains("data-cue"));
    let more = send(&page, "/scan", "code=item-250").await;
    assert!(more.contains("data-cue=\"added\">Ajouté</p>"), "{more}");
    let more = send(&page, "/quantity", "line_id=1&quantity_milli=2000").await;
    assert!(more.contains("data-cue=\"added\""), "{more}");
    let less = send(&page, "/quantity", "line_id=1&quantity_milli=1000").await;
    assert!(less.contains("data-cue=\"removed\">Retiré</p>"), "{less}");
    let wrong = send(&page, "/identify", "code=123").await;
    assert!(wrong.contains("data-cue=\"alert\">À lire</p>"), "{wrong}");
    running.till.pay().await.unwrap();
    assert!(get(&page, "/").await.text.contains("data-cue=\"paid\">Payé</p>"));
}
