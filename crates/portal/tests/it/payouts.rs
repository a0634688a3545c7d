//! How the money of a refund goes back, where no card paid all of it: what is said before, and what is shown after.

use crate::{
    fakes::{GUEST_TOKEN, SALE, TOKEN},
    shop::Shop,
};

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

#[tokio::test]
async fn a_refund_that_the_bank_cannot_give_whole_is_said_to_wait_at_the_desk_before_it_is_confirmed() {
    let shop = Shop::open().await;
    let mut browser = shop.visitor();
    let wish = [("request_id", "1"), ("line.1", "on"), ("payout", "acquirer")];
    let confirmed = [&wish[..], &[("confirm", "yes")]].concat();
    for (token, by_bank) in [(TOKEN, true), (GUEST_TOKEN, false)] {
        for fields in [&wish[..], &confirmed] {
            let page = browser.post(&format!("/s/{token}?lang=fr"), fields).await.body;
            assert_eq!(page.contains("sous quelques jours"), by_bank, "{page}");
            assert_eq!(page.contains("vous attend à l’accueil"), !by_bank, "{page}");
            assert_eq!(page.contains("La banque ne peut pas tout rendre sur la carte"), !by_bank, "{page}");
        }
    }
    let before = browser.post(&format!("/s/{GUEST_TOKEN}?lang=fr"), &wish).await;
    assert!(before.body.contains("vous est remis à l’accueil\u{a0}: 3,00\u{202f}€."), "{}", before.body);
    assert_eq!(before.field("payout"), "acquirer", "what was asked for stays");

    // Nobody knows yet whether the bank can.
    shop.fakes.refuse("PreviewComplaint", tonic::Status::unavailable("no"));
    let waiting = [&confirmed[..], &[("comment", "attendre")]].concat();
    for fields in [&wish[..], &waiting] {
        let page = browser.post(&format!("/s/{GUEST_TOKEN}?lang=fr"), fields).await.body;
        assert!(page.contains("Si la banque ne peut pas tout rendre"), "{page}");
    }

    let mut desk = shop.signed_in("desk").await;
    let wish = [("request_id", "1"), ("line.3", "on"), ("reason", "damaged"), ("payout", "acquirer")];
    let page = desk.post(&format!("/desk/sales/{SALE}"), &wish).await.body;
    for said in ["L’argent est rendu à l’accueil", "remis au client à l’accueil\u{a0}: 3,00\u{202f}€."]
    {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(!page.contains("rendu par la banque"), "{page}");
}
