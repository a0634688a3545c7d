//! A member's visit, from the desk to the refund: one step after the other, so that something may happen in between.

use demo::door::{Feed, Visitor};
use e2e::{
    OpenShop, SOON,
    lane::{Article, Sold},
    pages,
};
use proto::checkout::v1::SoldBy;
use testbed::eventually;

/// Two suppliers of the invented catalogue.
pub const SUPPLIERS: [&str; 2] = [demo::stock::SUPPLIER, "VERGERS-DE-LA-HUPPE"];

/// A step of the visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The desk registers the member.
    Register,
    /// The member buys; ticket and slip arrive by mail.
    Buy,
    /// The member rates two products through the link of the mail; team and suppliers read it at once.
    Review,
    /// The member gives a product back through the other link; the credit note arrives by mail.
    Complain,
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Self; 4] = [Self::Register, Self::Buy, Self::Review, Self::Complain];

    /// The services without which nobody could take the step; the others may be down meanwhile.
    pub fn needs(self) -> &'static [&'static str] {
        match self {
            Self::Register => &["membership", "portal"],
            Self::Buy => &["checkout", "terminal"],
            Self::Review => &["membership", "portal", "reviews"],
            Self::Complain => &["portal", "reviews"],
        }
    }
}

/// What a visit came to, without what is another each time.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What was paid, in cents.
    pub paid_minor: i64,
    /// Receipts of the sale that arrived.
    pub receipts: usize,
    /// The receipt had a card slip.
    pub with_slip: bool,
    /// Products of the visit whose reviews the team was told of.
    pub told_team: usize,
    /// Products of the visit whose reviews each supplier was told of.
    pub told_suppliers: [usize; 2],
    /// Credit notes that arrived.
    pub credit_notes: usize,
    /// What was given back, in cents: by so much the dashboard's revenue has fallen.
    pub refunded_minor: i64,
}

/// The people of the visit, and what they have in hand.
pub struct Story {
    desk: Visitor,
    manager: Visitor,
    team: Visitor,
    suppliers: [Visitor; 2],
    articles: [Article; 2],
    visits: usize,
    revenue: i64,
    card: String,
    sold: Option<Sold>,
    line_ids: Vec<i64>,
    /// What the visit came to so far.
    pub outcome: Outcome,
}

impl Story {
    /// Everybody signs in, and a second supplier is given an account.
    pub async fn begin(open: &OpenShop) -> Self {
        let other = pages::hire_supplier(open, "verger", SUPPLIERS[1]).await;
        let weighed = open.product_of(SUPPLIERS[0], SoldBy::Kilogram);
        let pieces = open.product_of(SUPPLIERS[1], SoldBy::Unit);
        let mut manager = open.browser_of("manager").await;
        Self {
            desk: open.browser_of("desk").await,
            team: open.browser_of("attendant").await,
            suppliers: [
                open.browser_of("supplier").await,
                pages::signed_in(open.shop.addresses.portal, &other).await,
            ],
            articles: [(weighed.gtin.clone(), Some(750)), (pieces.gtin.clone(), Some(2000))],
            visits: 0,
            revenue: open.dashboard_revenue(&mut manager).await,
            manager,
            card: String::new(),
            sold: None,
            line_ids: Vec::new(),
            outcome: Outcome::default(),
        }
    }

    /// A whole visit.
    pub async fn visit(&mut self, open: &OpenShop) {
        for step in Step::ALL {
            self.act(open, step).await;
            self.follow(open, step).await;
        }
    }

    /// What the people of a step do.
    pub async fn act(&mut self, open: &OpenShop, step: Step) {
        match step {
            Step::Register => self.register().await,
            Step::Buy => self.buy(open).await,
            Step::Review => self.review(open).await,
            Step::Complain => self.complain(open).await,
        }
    }

    /// Waits for what must follow from a step.
    pub async fn follow(&mut self, open: &OpenShop, step: Step) {
        match step {
            Step::Register => open.card_is_known(&self.card).await,
            Step::Review => {}
            Step::Buy => self.read_receipt(open).await,
            Step::Complain => self.read_credit_note(open).await,
        }
    }

    async fn register(&mut self) {
        self.outcome = Outcome::default();
        self.visits += 1;
        let email = format!("camille.{}@example.org", self.visits);
        self.card = pages::register(&mut self.desk, &pages::details("Delatour", "Camille", &email)).await;
    }

    async fn buy(&mut self, open: &OpenShop) {
        let mut lane = open.lane(0);
        lane.identify(&self.card).await;
        let mut basket = serde_json::Value::Null;
        for article in &self.articles {
            basket = lane.scan(article).await["basket"].clone();
        }
        let lines = basket["lines"].as_array().unwrap();
        self.line_ids = lines.iter().map(|line| line["line_id"].as_i64().unwrap()).collect();
        assert_eq!(self.line_ids.len(), 2, "{basket}");
        let sold = lane.pay().await;
        assert_eq!(basket["total_minor"], sold.total_minor);
        self.outcome.paid_minor = sold.total_minor;
        self.sold = Some(sold);
    }

    async fn read_receipt(&mut self, open: &OpenShop) {
        let sold = self.sold.unwrap();
        let letter = open.receipt_of(sold.sale_id, SOON).await;
        let euros = format!("TOTAL TTC : {},{:02}", sold.total_minor / 100, sold.total_minor % 100);
        assert!(letter.text.contains(&euros), "{}", letter.text);
        assert!(letter.text.contains("Camille"), "{}", letter.text);
        self.outcome.with_slip = letter.with_slip;
        self.revenue += sold.total_minor;
        self.see_revenue(open).await;
    }

    /// Both products are rated in one form, then both notes are changed one after the other: a supplier who saw a foreign review
    /// would have seen it before its own second one.
    async fn review(&mut self, open: &OpenShop) {
        let portal = open.shop.addresses.portal;
        let sale_id = self.sold.unwrap().sale_id;
        let path = open.receipt_of(sale_id, SOON).await.link("/r/").unwrap();
        let mut team = self.team.follow("/live/reviews/feed").await.unwrap();
        let mut suppliers = Vec::new();
        for supplier in &mut self.suppliers {
            suppliers.push(supplier.follow("/supplier/feed").await.unwrap());
        }
        let words = |line: usize, round: usize| format!("visite{} ligne{line} avis{round} fin", self.visits);
        let say = |line: usize, round: usize| (self.line_ids[line], 5 - round, words(line, round));
        pages::review(portal, &path, &[say(0, 1), say(1, 1)]).await;
        pages::review(portal, &path, &[say(0, 2)]).await;
        pages::review(portal, &path, &[say(1, 2)]).await;

        // A change may be shown with the next one already in it; so products are counted, and not events.
        let products = |told: &[String]| -> [bool; 2] {
            let mark = |line: usize| format!("visite{} ligne{line}", self.visits);
            [0, 1].map(|line| told.iter().any(|event| event.contains(&mark(line))))
        };
        let told = products(&read_until(&mut team, &words(1, 2)).await);
        self.outcome.told_team = told.iter().filter(|told| **told).count();
        for (own, feed) in suppliers.iter_mut().enumerate() {
            let told = products(&read_until(feed, &words(own, 2)).await);
            assert!(!told[1 - own], "a supplier was told of another's product");
            self.outcome.told_suppliers[own] = told.iter().filter(|told| **told).count();
        }
    }

    async fn complain(&mut self, open: &OpenShop) {
        let sale_id = self.sold.unwrap().sale_id;
        let path = open.receipt_of(sale_id, SOON).await.link("/s/").unwrap();
        pages::complain(open.shop.addresses.portal, &path, &self.line_ids[..1]).await;
    }

    async fn read_credit_note(&mut self, open: &OpenShop) {
        let sold = self.sold.unwrap();
        let credited = eventually(SOON, "the refund", async || open.refunded(sold.sale_id).await);
        let (refund_id, refunded_minor) = credited.await.unwrap();
        let refund_id = refund_id.to_string();
        let is_it = |letter: &demo::mailbox::Letter| letter.credit_of() == Some(refund_id.as_str());
        let letter = open.letter(SOON, is_it).await;
        let euros = format!("TOTAL REMBOURSÉ TTC : {},{:02}", refunded_minor / 100, refunded_minor % 100);
        assert!(letter.text.contains(&euros), "{}", letter.text);
        self.revenue -= refunded_minor;
        self.see_revenue(open).await;
        self.outcome.refunded_minor = refunded_minor;
        self.outcome.receipts = open.receipts_of(sold.sale_id);
        self.outcome.credit_notes = open.letters().iter().filter(|letter| is_it(letter)).count();
    }

    /// Waits until the dashboard shows the revenue that it must.
    async fn see_revenue(&mut self, open: &OpenShop) {
        let (expected, manager) = (self.revenue, &mut self.manager);
        let shown = eventually(SOON, "the dashboard moves", async || {
            open.dashboard_revenue(manager).await == expected
        });
        shown.await.unwrap();
    }
}

/// Reads a feed up to the event with these words, and gives back what was told.
async fn read_until(feed: &mut Feed, words: &str) -> Vec<String> {
    let mut told = Vec::new();
    let reading = async {
        loop {
            let event = feed.next().await.unwrap().expect("the feed goes on");
            told.push(event);
            if told.last().is_some_and(|event| event.contains(words)) {
                break;
            }
        }
    };
    tokio::time::timeout(SOON, reading).await.unwrap_or_else(|_| panic!("never told: {words}"));
    told
}
