//! Shoppers who keep coming to every till, whatever happens behind it.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use demo::{desk::Member, plan, report::Report};
use tokio::{sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{
    AFTER_A_FAULT, OpenShop,
    lane::{Article, Lane, Sold},
};

/// Most articles in a basket: a rush is about sales.
const ARTICLES: usize = 3;
/// More baskets than any rush lasts.
const BASKETS: u32 = 4_000;
/// How long a rush may be without a sale.
const STANDSTILL: Duration = Duration::from_secs(90);

/// Sales that go on until the rush is over.
pub struct Rush {
    shoppers: JoinSet<Vec<Sold>>,
    sold: watch::Receiver<usize>,
    over: CancellationToken,
}

impl Rush {
    /// Shoppers come to both tills, most of them members.
    #[must_use]
    pub fn at(open: &OpenShop) -> Self {
        let baskets = plan::draw(&open.products, BASKETS, open.members.len(), 7);
        let (counter, sold) = watch::channel(0);
        let over = CancellationToken::new();
        let mut shoppers = JoinSet::new();
        for (number, till) in open.shop.tills.iter().enumerate() {
            let share = baskets.iter().filter(|basket| basket.till == number).cloned().collect();
            let (lane, members) = (Lane::of(till), open.members.clone());
            shoppers.spawn(queue(lane, share, members, counter.clone(), over.clone()));
        }
        Self { shoppers, sold, over }
    }

    /// Waits until so many more sales are acknowledged.
    pub async fn sell(&mut self, more: usize) {
        let wanted = *self.sold.borrow() + more;
        let sold = tokio::time::timeout(STANDSTILL, self.sold.wait_for(|sold| *sold >= wanted));
        sold.await.expect("the tills sell").expect("somebody is at a till");
    }

    /// Sells on until so much time has passed, and tells how many sales were acknowledged meanwhile.
    pub async fn sell_for(&mut self, time: Duration) -> usize {
        let (before, end) = (*self.sold.borrow(), Instant::now() + time);
        while Instant::now() < end {
            self.sell(1).await;
        }
        *self.sold.borrow() - before
    }

    /// Lets the last shoppers pay, and gives every acknowledged sale back.
    pub async fn end(mut self) -> Vec<Sold> {
        self.over.cancel();
        let mut sold = Vec::new();
        while let Some(queue) = self.shoppers.join_next().await {
            sold.extend(queue.unwrap());
        }
        sold
    }
}

async fn queue(
    mut lane: Lane,
    baskets: Vec<plan::Basket>,
    members: Vec<Member>,
    counter: watch::Sender<usize>,
    over: CancellationToken,
) -> Vec<Sold> {
    let mut sold = Vec::new();
    for basket in baskets {
        if over.is_cancelled() {
            break;
        }
        let articles = basket.items.into_iter().take(ARTICLES);
        let articles: Vec<Article> = articles.map(|item| (item.code, item.quantity_milli)).collect();
        let card = basket.member.map(|number| members[number].card_number.as_str());
        sold.push(lane.buy(card, &articles).await);
        counter.send_modify(|count| *count += 1);
    }
    sold
}

impl OpenShop {
    /// What was acknowledged is what the books, the stream, analytics and the mailbox know; every ledger agrees to the cent, and the
    /// revenue is what was paid without what was given back since.
    pub async fn settles(&self, sold: &[Sold], given_back_minor: i64) -> Report {
        let report = self.figures_within(AFTER_A_FAULT).await;
        assert_eq!(report.sales, i64::try_from(sold.len()).unwrap());
        let paid: i64 = sold.iter().map(|sale| sale.total_minor).sum();
        assert_eq!(report.revenue_cents, paid - given_back_minor);
        let acknowledged: BTreeSet<_> = sold.iter().map(|sale| sale.sale_id).collect();
        let ledgers = self.ledgers();
        assert_eq!(ledgers.len(), sold.len());
        assert_eq!(ledgers.into_iter().map(|line| line.sale_id).collect::<BTreeSet<_>>(), acknowledged);
        assert!(report.receipts_sent > 0);
        assert_eq!(report.receipts_unknown, 0);
        report
    }
}
