//! How the ticket is wanted, from the till's question to what the shopper has in hand.

use e2e::{OpenShop, SOON, lane::Article};
use serde_json::json;

fn article(open: &OpenShop) -> Article {
    open.article_ending(50).0
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sale_ends_as_the_shopper_chose_and_the_counts_add_up() {
    let open = OpenShop::open().await;
    let mut lane = open.lane(0);
    let guest = "une.invitee@example.org";
    for wanted in [
        json!({"choice": "qr"}),
        json!({"choice": "paper"}),
        json!({"choice": "none"}),
        json!({"choice": "typed_email", "email": guest}),
    ] {
        lane.scan(&article(&open)).await;
        lane.taken("receipt", wanted).await;
        lane.pay().await;
    }
    let report = open.figures().await;
    assert_eq!((report.receipts_qr, report.receipts_paper, report.receipts_none), (1, 1, 1));
    let ended = report.receipts_qr + report.receipts_paper + report.receipts_none;
    assert_eq!((report.sales, report.receipts_sent + report.receipts_unknown + ended), (4, 4));
    assert_eq!(open.shop.sink.mails()[0].to, [guest]);
    // The till waits for no printer: a form feed ends each paper.
    let papers = async |count: usize| {
        let whole = async || {
            let text = std::fs::read_to_string(&open.shop.tills[0].papers).ok()?;
            (text.matches('\u{c}').count() == count).then_some(text)
        };
        testbed::eventually(SOON, "the paper is printed", whole).await.unwrap()
    };
    let paper = papers(1).await;
    assert!(paper.matches("ORIGINAL\n").count() == 1 && paper.contains("CARTE BANCAIRE"), "{paper}");

    // A second paper of the last sale is a duplicate: its original was mailed.
    lane.taken("print", json!({})).await;
    let papers = papers(2).await;
    assert!(papers.starts_with(&paper) && papers.contains("DUPLICATA 1\n"), "{papers}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_who_says_nothing_reads_the_ticket_behind_the_code_on_the_screen() {
    let open = OpenShop::open().await;
    let mut lane = open.lane(1);
    lane.scan(&article(&open)).await;
    let sold = lane.insist("pay", json!({})).await;
    assert_eq!(sold["receipt"], "qr");
    let address = sold["receipt_url"].as_str().unwrap();
    let portal = format!("http://{}", open.shop.addresses.portal);
    let path = address.strip_prefix(&portal).unwrap();
    let mut phone = demo::door::Visitor::of(open.shop.addresses.portal);
    let read = async || {
        let answer = phone.press(path).await.ok()?;
        (answer.status == http::StatusCode::OK).then_some(answer.body)
    };
    let page = testbed::eventually(SOON, "the ticket is read", read).await.unwrap();
    assert!(page.contains("Original") && page.contains("CARTE BANCAIRE") && page.contains(",50"), "{page}");
    let token = path.strip_prefix("/t/").unwrap();
    assert!(!page.contains(token));
    for log in open.logs() {
        let text = String::from_utf8_lossy(&std::fs::read(&log).unwrap()).into_owned();
        assert!(!text.contains(token), "{}", log.display());
    }
}
