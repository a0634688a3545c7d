//! How the money of a refund goes back, where no card paid all of it: what is said before, and what is shown after.

use crate::{fakes::SALE, shop::Shop};

#[tokio::test]
async fn what_no_card_paid_is_shown_apart_at_the_desk() {
    let shop = Shop::open().await;
    let mut desk = shop.signed_in("desk").await;
    let page = desk.get("/desk/refunds?number=16").await.body;
    for (said, times) in [
        ("Sur la carte qui a payé\u{a0}: <strong>7,40\u{202f}€</strong>", 1),
        ("car aucune carte ne l’a payé\u{a0}: <strong>3,00\u{202f}€</strong>", 2),
        (
            "Le terminal de paiement a versé <strong>7,40\u{202f}€</strong> sur la carte qui a payé, et vous avez",
            1,
        ),
        ("<p>Vous avez remis <strong>3,00\u{202f}€</strong> au client", 1),
        ("Le laisser à la banque", 0),
    ] {
        assert_eq!(page.matches(said).count(), times, "{said}: {page}");
    }

    let path = format!("/desk/sales/{SALE}");
    let wish = [
        ("request_id", "1"),
        ("line.3", "on"),
        ("reason", "damaged"),
        ("payout", "desk"),
        ("confirm", "yes"),
    ];
    let both = desk.post(&path, &wish).await.body;
    let by_hand = desk.post(&path, &[&wish[..], &[("money.3", "3,00")]].concat()).await.body;
    for page in [&both, &by_hand] {
        let handed = "car aucune carte ne l’a payé\u{a0}: <strong>3,00\u{202f}€</strong>";
        assert!(page.contains(handed) && page.contains("/desk/refunds?number=12"), "{page}");
    }
    let to_card = "Sur la carte qui a payé\u{a0}: <strong>5,90\u{202f}€</strong>";
    assert!(both.contains(to_card) && both.contains("À une caisse du magasin"), "{both}");
    assert!(!by_hand.contains("la carte qui a payé") && !by_hand.contains("À une caisse"), "{by_hand}");
}
