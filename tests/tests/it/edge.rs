//! A shop with its own checkout, tills, PostgreSQL and nats-server, and a centre: the line between them is cut for a minute.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use demo::{
    attendant::{Attendant, Call},
    closing,
    door::Visitor,
    shop::{Edge, Layout, STORE},
    stock::{self, SUPPLIER},
};
use e2e::{
    AFTER_A_FAULT, OpenShop, SOON, TILLS,
    lane::{Article, Sold},
    pages,
    rush::Rush,
    streams,
};
use http::StatusCode;
use proto::checkout::v1::SoldBy;
use serde_json::json;
use sqlx::{Connection, PgConnection};
use testbed::eventually;
use uuid::Uuid;

/// How long the line is cut, under load.
const CUT_FOR: Duration = Duration::from_secs(60);
/// Within this time the centre says that a shop does not answer, on a machine that is busy.
const REFUSED_WITHIN: Duration = Duration::from_secs(15);

/// Where the shop is.
const TIME_ZONE: &str = "Europe/Paris";

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_without_its_line_sells_recognises_cards_and_seals_and_then_the_centre_holds_every_event_once()
{
    let day = closing::today(TIME_ZONE).unwrap();
    let open = OpenShop::open_with(|plan| plan.layout = Layout::Edge).await;
    let edge = open.shop.edge.as_ref().unwrap();
    let article = (open.product_of(SUPPLIER, SoldBy::Kilogram).gtin.clone(), Some(640));
    let mut desk = open.browser_of("desk").await;
    let blocked =
        pages::register(&mut desk, &pages::details("Bloquée", "Carte", "bloquee@example.org")).await;
    open.card_is_known(&blocked).await;
    let first = open.lane(0).buy(Some(&open.members[0].card_number), std::slice::from_ref(&article)).await;
    let letter = open.receipt_of(first.sale_id, AFTER_A_FAULT).await;
    let mut sold = vec![first];

    let mut rush = Rush::at(&open);
    rush.sell(5).await;
    edge.cut();
    let refund = letter.link("/s/").unwrap();
    let (sold_while_cut, added) =
        tokio::join!(rush.sell_for(CUT_FOR), at_the_centre(&open, &mut desk, &blocked, &refund));
    sold.extend(rush.end().await);
    assert!(sold_while_cut > 20, "{sold_while_cut} sales in a minute");
    sold.push(the_shop_knows_what_it_knew(&open, &added, &blocked, &article).await);
    let told = sales_at(&open).await.len();
    // What was paid before the cut may have been counted after it, once for each till.
    assert!(told + sold_while_cut <= sold.len() + open.shop.tills.len(), "{told} of {}", sold.len());
    assert_eq!(open.refunded(first.sale_id).await, None);

    let rush = Rush::at(&open);
    sold.extend(mended(&open, edge, rush, &added, &blocked).await);
    let (_, given_back) =
        eventually(AFTER_A_FAULT, "the refund", || open.refunded(first.sale_id)).await.unwrap();
    assert_eq!(given_back, first.total_minor);
    let report = open.settles(&sold, given_back).await;
    assert_eq!((report.refunds, report.credit_notes_sent), (1, 1));
    every_event_is_at_the_centre_once(&open, &sold).await;
    everything_is_sealed(&open, day, report.receipts_sent + report.credit_notes_sent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attendant_who_signed_in_before_goes_on_approving_ages_in_a_shop_without_its_line() {
    let open = OpenShop::open_with(|plan| plan.layout = Layout::Edge).await;
    let edge = open.shop.edge.as_ref().unwrap();
    let mut attendant = Attendant::of(edge.portal, open.account("attendant"));
    let spirits = stock::restricted(&open.shop).await.unwrap().remove(0).gtin;
    let mut lane = open.lane(0);
    for is_cut in [false, true] {
        if is_cut {
            edge.cut();
        }
        lane.scan(&(spirits.clone(), None)).await;
        assert_eq!(lane.refused("pay", json!({})).await, "APPROVAL_NEEDED");
        attendant.decide(TILLS[0], Call::Age, &[("decision", "approve")]).await.unwrap();
        let paid = eventually(SOON, "the shopper pays", async || {
            let (status, _) = lane.say("pay", &json!({})).await?;
            (status == StatusCode::OK).then_some(())
        });
        paid.await.unwrap();
    }
    assert_eq!(open.ledgers().len(), 2);
}

/// A member is added, a card is blocked, a refund is asked for, and whoever wants to see the tills is told that the store is out of
/// reach. Gives the new member's card.
async fn at_the_centre(open: &OpenShop, desk: &mut Visitor, blocked: &str, refund: &str) -> String {
    let added = pages::register(desk, &pages::details("Ajoutée", "Membre", "ajoutee@example.org")).await;
    let request_id = Uuid::now_v7().to_string();
    let fields = [("request_id", request_id.as_str()), ("card_number", blocked)];
    let answer = desk.post("/desk/cards/block", &fields).await.unwrap();
    assert!(answer.status.is_redirection(), "{}", answer.body);

    let asked = Instant::now();
    let tills = desk.get("/tills").await.unwrap();
    assert!(tills.body.contains("Ce magasin ne répond pas"), "{}", tills.body);
    assert_eq!(tills.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(asked.elapsed() < REFUSED_WITHIN, "{:?}", asked.elapsed());

    let said = pages::complain(open.shop.addresses.portal, refund, &[1]).await;
    assert!(said.body.contains("Le magasin n’est pas joignable"), "{}", said.body);
    let mut manager = open.browser_of("manager").await;
    let page = manager.get("/live/reviews").await.unwrap();
    assert!(page.body.contains(WAITING), "{}", page.body);
    added
}

/// How the store's people read that a refund waits.
const WAITING: &str = "remboursement demandé";

/// Cards of before are recognised, the one that was blocked since too; the new one is not known yet.
async fn the_shop_knows_what_it_knew(open: &OpenShop, added: &str, blocked: &str, article: &Article) -> Sold {
    let mut lane = open.lane(0);
    assert_eq!(lane.refused("identify", json!({"code": added})).await, "UNKNOWN_CARD");
    lane.buy(Some(blocked), std::slice::from_ref(article)).await
}

/// The line is back while shoppers pay: the new card is known, the blocked one is refused.
async fn mended(open: &OpenShop, edge: &Edge, mut rush: Rush, added: &str, blocked: &str) -> Vec<Sold> {
    rush.sell(3).await;
    edge.mend();
    open.card_is_known(added).await;
    rush.sell(3).await;
    let sold = rush.end().await;
    let is_refused = "select exists (select from member_card where card_number = $1 and state = 'blocked')";
    let mut books = PgConnection::connect(&open.shop.database("checkout")).await.unwrap();
    let refused = eventually(AFTER_A_FAULT, "the shop knows of the blocked card", async || {
        sqlx::query_scalar::<_, bool>(is_refused).bind(blocked).fetch_one(&mut books).await.unwrap()
    });
    refused.await.unwrap();
    let mut lane = open.lane(0);
    assert_eq!(lane.refused("identify", json!({"code": blocked})).await, "UNKNOWN_CARD");
    lane.taken("identify", json!({"code": added})).await;
    lane.taken("cancel", json!({})).await;
    sold
}

/// The sales in the centre's stream, each as often as it is there.
async fn sales_at(open: &OpenShop) -> Vec<Uuid> {
    let told = streams::messages(&open.shop, "SALES").await.into_iter();
    let sales = told.filter(|kept| kept.subject == format!("sales.completed.{STORE}"));
    sales.map(|kept| kept.body()["sale_id"].as_str().unwrap().parse().unwrap()).collect()
}

/// What checkout told is what the centre's stream holds: the same events, none twice, and every sale.
async fn every_event_is_at_the_centre_once(open: &OpenShop, sold: &[Sold]) {
    let mut books = PgConnection::connect(&open.shop.database("checkout")).await.unwrap();
    let recorded = "select event_id from outbox where subject like 'sales.%'";
    let recorded: BTreeSet<Uuid> =
        sqlx::query_scalar(recorded).fetch_all(&mut books).await.unwrap().into_iter().collect();
    let told = async || {
        let told = streams::messages(&open.shop, "SALES").await.into_iter();
        told.map(|kept| kept.headers.get("Nats-Msg-Id").unwrap().as_str().parse::<Uuid>().unwrap())
            .collect::<Vec<_>>()
    };
    let level = eventually(SOON, "the centre is level", async || told().await.len() >= recorded.len());
    level.await.unwrap();
    let told = told().await;
    assert_eq!(told.len(), recorded.len());
    assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), recorded);
    let sales = sales_at(open).await;
    assert_eq!(sales.len(), sold.len());
    assert_eq!(
        sales.into_iter().collect::<BTreeSet<_>>(),
        sold.iter().map(|sale| sale.sale_id).collect::<BTreeSet<_>>()
    );
}

/// The off-line verifier finds every ticket that the centre has seen in the shop's journal, and every mail as a copy of its document.
async fn everything_is_sealed(open: &OpenShop, day: jiff::civil::Date, mails: i64) {
    let mut books = PgConnection::connect(&open.shop.database("checkout")).await.unwrap();
    let told = eventually(AFTER_A_FAULT, "the shop is told of every mail", async || {
        let told = sqlx::query_scalar::<_, i64>("select count(*) from document_sending");
        told.fetch_one(&mut books).await.unwrap() == mails
    });
    told.await.unwrap();
    let fingerprint = open.shop.fingerprint().await.unwrap();
    let closed = closing::close(&open.shop, &fingerprint, day, TIME_ZONE).await.unwrap();
    assert!(closed.verified && closed.closings > 0, "{closed:?}");
    let sealed = "select count(*) from document_sending where sealed_sequence is not null";
    assert_eq!(sqlx::query_scalar::<_, i64>(sealed).fetch_one(&mut books).await.unwrap(), mails);
}
