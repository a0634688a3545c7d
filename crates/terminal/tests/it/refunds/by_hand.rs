//! What no card paid of a refund is the desk's to give: whoever stands at the till reads how much.

use super::*;

#[tokio::test]
async fn what_no_card_paid_is_told_at_the_till_when_the_cards_have_theirs() {
    let shop = Shop::open().await;
    let running = owes(&shop, &[500, 240], &["approve 0674", "approve 0674"]).await;
    shop.books.shelf().owed.by_hand_minor = 300;
    let view = gives(&shop, &running).await.unwrap();
    assert_eq!(view.notice, Some(Notice::Refund(Said::RestByHand { by_hand_minor: 300 })));
    assert_eq!(shop.charged(), [1_200, -500, -240]);
    let page = get(&page_of(&running), "/").await.text;
    assert!(page.contains("Il reste à rendre à l’accueil"), "{page}");
    assert!(page.contains("3,00\u{202f}€</p>"), "{page}");
}
