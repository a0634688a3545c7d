//! What a shopper leaves on the screen of a till without scripts, and what stands there for everybody.

use terminal::client::Refusal;
use terminal::suspension::SuspensionCode;
use terminal::till::Notice;

use crate::kiosk::{get, page_of, send};
use crate::shop::{Shop, is_thanks};

/// Whether the page goes on by itself after so many seconds.
fn goes_on_after(page: &str, seconds: u64) -> bool {
    let told = format!("<noscript><meta http-equiv=\"refresh\" content=\"{seconds}; url=/\"></noscript>");
    page.contains(&told)
}

#[tokio::test]
async fn nothing_of_a_shopper_who_is_gone_stays_on_a_page_without_javascript() {
    let mut shop = Shop::open().await;
    shop.config.idle_seconds = 300;
    let running = shop.start_with(&["item-113"]).await;
    let page = page_of(&running);
    for path in ["/", "/receipt", "/receipt/email", "/means", "/products"] {
        let text = get(&page, path).await.text;
        assert!(goes_on_after(&text, 300), "{path}: {text}");
    }
    let address = "email=lea.unique%40gmial.com";
    let shown = send(&page, "/receipt/email", address).await;
    assert!(shown.contains("lea.unique@gmail.com") && goes_on_after(&shown, 300), "{shown}");
    running.till.pay().await.unwrap_err();
    running.till.cancel().await.unwrap();
    let slip = get(&page, "/").await.text;
    assert!(slip.contains("id=\"slip-seen\"") && goes_on_after(&slip, 15), "{slip}");
    for path in ["/resume", "/refunds"] {
        assert!(goes_on_after(&get(&page, path).await.text, 300), "{path}");
    }
    for late in [address, "email=lea.unique", "email=lea.unique%40gmail.com&confirmed=true"] {
        let idle = send(&page, "/receipt/email", late).await;
        assert!(idle.contains("Bonjour !") && !idle.contains("lea.unique"), "{idle}");
    }
    send(&page, "/next", "").await;
    let idle = get(&page, "/").await.text;
    assert!(!idle.contains("http-equiv=\"refresh\""), "whoever comes types without haste: {idle}");
}

#[tokio::test]
async fn who_leaves_before_the_first_scan_leaves_neither_language_nor_notice() {
    let mut shop = Shop::open().await;
    shop.config.idle_seconds = 1;
    let running = shop.start_with(&[]).await;
    let page = page_of(&running);
    let first = running.till.view().shopper;
    assert!(send(&page, "/language", "language=en").await.contains("Hello!"));
    let second = running.shows(|view| view.shopper > first).await.shopper;
    assert!(get(&page, "/").await.text.contains("Bonjour !"));
    let wrong = running.till.resume(&SuspensionCode::fresh().text()).await.unwrap_err();
    assert_eq!(wrong, Notice::Refused(Refusal::NothingSuspended));
    let view = running.shows(|view| view.shopper > second).await;
    assert_eq!(view.notice, None);
    assert!(!get(&page, "/").await.text.contains("role=\"alert\""));
}

#[tokio::test]
async fn the_legal_notice_is_on_the_screen() {
    let shop = Shop::open().await;
    let running = shop.start_with(&[]).await;
    let page = page_of(&running);
    let is_told = |text: &str| {
        text.contains("<p class=\"legal\">")
            && text.contains("article L. 541-15-10 du code de l’environnement")
    };
    assert!(is_told(&get(&page, "/").await.text), "before the first scan");
    send(&page, "/scan", "code=item-250").await;
    assert!(is_told(&get(&page, "/receipt").await.text), "where the ticket is chosen");
    send(&page, "/language", "language=en").await;
    let english = get(&page, "/receipt").await.text;
    assert!(english.contains("<p class=\"legal\">") && english.contains("L. 541-15-10"), "{english}");
    running.till.pay().await.unwrap();
    running.shows(is_thanks).await;
    send(&page, "/next", "").await;
    assert!(is_told(&get(&page, "/").await.text), "for the next shopper");
}
