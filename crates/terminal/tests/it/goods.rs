//! Goods without a code, unknown codes, empties, bags, and a scanner that repeats itself.

use proto::checkout::v1 as pb;
use terminal::client::Refusal;
use terminal::scale::{self, Pan};
use terminal::till::Notice;
use tokio::sync::watch;

use crate::kiosk::{get, page_of, send};
use crate::shop::{Shop, is_thanks, listener, total};

fn shelf() -> pb::GetTilesResponse {
    let product = |gtin: &str, name: &str, sold_by: pb::SoldBy| pb::Product {
        gtin: gtin.into(),
        name: name.into(),
        sold_by: sold_by.into(),
        price_minor: Some(180),
        ..Default::default()
    };
    let carrots = pb::Product {
        tile: "Légumes".into(),
        tare_milli: 12,
        ..product("gram-180", "Carottes", pb::SoldBy::Kilogram)
    };
    let bread = pb::Product { tile: "Pains".into(), ..product("item-110", "Baguette", pb::SoldBy::Unit) };
    let bag = pb::Product { price_minor: Some(15), ..product("item-15", "Sac cabas", pb::SoldBy::Unit) };
    pb::GetTilesResponse { products: vec![carrots, bread], bag: Some(bag) }
}

#[tokio::test]
async fn the_same_code_twice_within_200_milliseconds_from_one_scanner_is_one_scan() {
    let shop = Shop::open().await;
    let running = shop.start_with(&[]).await;
    for read_ms in [1_000, 1_150, 1_400] {
        running.till.scan_at("item-250", read_ms).await.unwrap();
    }
    assert_eq!(total(&running.till.view()), 500, "an echo, and two real identical items");
    let page = page_of(&running);
    send(&page, "/scan", "code=item-110&read_ms=2000").await;
    send(&page, "/scan", "code=item-110&read_ms=2100").await;
    assert_eq!(total(&running.till.view()), 610);
}

#[tokio::test]
async fn an_unknown_code_never_blocks_the_shopper_and_the_attendant_resolves_it() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    let view = running.till.scan("unknown-77", 0).await.unwrap();
    assert_eq!(view.notice, Some(Notice::CodeKept));
    running.till.scan("item-100", 0).await.unwrap();
    assert_eq!(running.till.pay().await.unwrap_err(), Notice::Refused(Refusal::CodesUnresolved));
    assert!(shop.charged().is_empty());
    let page = page_of(&running);
    let shown = get(&page, "/").await.text;
    assert!(shown.contains("Codes à vérifier") && shown.contains("id=\"staff-product-100\""), "{shown}");
    let wrong = running.till.resolve("0000", 100, "item-50", 0).await;
    assert_eq!(wrong.unwrap_err(), Notice::WrongAttendantCode);
    let form = format!("attendant_code={}&line_id=100&code=item-50", shop.attendant_code());
    let shown = send(&page, "/resolve", &form).await;
    assert!(!shown.contains("Codes à vérifier") && shown.contains("4,00"), "{shown}");
    running.till.pay().await.unwrap();
    assert_eq!(shop.charged(), [400]);
}

#[tokio::test]
async fn the_attendant_weighs_what_nobody_knew_and_no_label_weighed() {
    let shop = Shop::open().await;
    let running = shop.start_with(&[]).await;
    running.till.scan("unknown-77", 0).await.unwrap();
    let page = page_of(&running);
    let form = |grams: &str| {
        format!("attendant_code={}&line_id=100&code=gram-2000&grams={grams}", shop.attendant_code())
    };
    let shown = send(&page, "/resolve", &form("")).await;
    assert!(shown.contains("Codes à vérifier"), "{shown}");
    send(&page, "/resolve", &form("beaucoup")).await;
    let shown = send(&page, "/resolve", &form("350")).await;
    assert!(!shown.contains("Codes à vérifier") && shown.contains("7,00"), "{shown}");
}

#[tokio::test]
async fn empties_alone_are_paid_out_at_the_desk_and_no_card_is_asked() {
    let shop = Shop::open().await;
    let running = shop.start_with(&[]).await;
    let page = page_of(&running);
    let shown = send(&page, "/empties", "code=item-20").await;
    assert!(shown.contains("Valider -0,20"), "{shown}");
    send(&page, "/pay", "").await;
    let thanks = running.shows(is_thanks).await;
    assert_eq!(thanks.sale().unwrap().total_minor, -20);
    assert!(get(&page, "/").await.text.contains("À recevoir à l’accueil : 0,20"));
    assert!(shop.charged().is_empty());
    let [sale] = &shop.books.sales()[..] else { panic!("one sale") };
    assert!(sale.payments.is_empty());
    assert_eq!(shop.ledger().len(), 1);
}

#[tokio::test]
async fn a_till_that_dies_before_it_tells_of_a_free_basket_tells_it_at_its_next_start() {
    let shop = Shop::open().await;
    let running = shop.start_with(&[]).await;
    running.till.return_deposit("item-20", 0).await.unwrap();
    shop.books.fail_always("CompleteSale", crate::books::Fault::Unavailable);
    let paying = running.paying();
    shop.books.wait_for_calls("CompleteSale", 1).await;
    running.dies().await;
    assert!(paying.await.unwrap().is_err());
    shop.books.mend();
    let running = shop.start();
    running.shows(is_thanks).await;
    assert_eq!((shop.books.sales().len(), shop.charged()), (1, Vec::new()));
}

#[tokio::test]
async fn goods_without_a_code_are_picked_by_tile_or_name_and_weighed_with_their_tare() {
    let shop = Shop::open().await;
    let scale_at = listener().await;
    let mut config = shop.config.clone();
    config.scale_addr = Some(scale_at.local_addr().unwrap().to_string());
    let (_put, pan) = watch::channel(Pan::Resting(1_262));
    tokio::spawn(scale::simulate(scale_at, pan));
    shop.books.offer(shelf());
    let clock = platform::Clock::system();
    let running = shop.start_from(terminal::parts(&config, clock).unwrap());
    running.ready().await;
    let page = page_of(&running);
    let tiles = get(&page, "/products").await.text;
    assert!(
        tiles.contains("Légumes") && tiles.contains("Carottes") && tiles.contains("1,80\u{202f}€/kg"),
        "{tiles}"
    );
    let found = send(&page, "/products", "text=bag").await;
    assert!(found.contains("Baguette") && !found.contains("Carottes"), "{found}");
    let weigh = send(&page, "/weigh", "code=gram-180&name=Carottes&tare=12&scale=true").await;
    assert!(weigh.contains("value=\"1262\"") && weigh.contains("value=\"12\""), "{weigh}");
    let basket = send(&page, "/weighed", "code=gram-180&gross=1262&tare=12").await;
    assert!(
        basket.contains("1,250\u{202f}kg") && basket.contains("tare déduite 0,012\u{202f}kg"),
        "{basket}"
    );
    assert_eq!(total(&running.till.view()), 225);
    let refused = send(&page, "/weighed", "code=gram-180&gross=10&tare=12").await;
    assert!(refused.contains("La balance n’a pas donné de poids"), "{refused}");
}

#[tokio::test]
async fn bags_are_asked_for_before_payment_and_once() {
    let shop = Shop::open().await;
    shop.books.offer(shelf());
    let running = shop.start_with(&["item-250"]).await;
    let page = page_of(&running);
    let asked = get(&page, "/").await.text;
    assert!(
        asked.contains("Voulez-vous un sac ?") && asked.contains("0,15") && !asked.contains("id=\"pay\""),
        "{asked}"
    );
    let shown = send(&page, "/bags", "pieces=2").await;
    assert!(shown.contains("Payer 2,80") && !shown.contains("Voulez-vous un sac ?"), "{shown}");
    send(&page, "/pay", "").await;
    running.shows(is_thanks).await;
    running.till.scan("item-100", 0).await.unwrap();
    assert!(get(&page, "/").await.text.contains("Voulez-vous un sac ?"), "the next shopper is asked anew");
    assert!(send(&page, "/bags", "pieces=0").await.contains("Payer 1,00"));
}

#[tokio::test]
async fn a_wrong_card_is_forgotten() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    running.till.identify(crate::checkout::CARD).await.unwrap();
    let page = page_of(&running);
    let shown = send(&page, "/not-my-card", "").await;
    assert!(!shown.contains("Votre carte est reconnue."), "{shown}");
    assert!(!running.till.view().basket().unwrap().member_identified);
}
