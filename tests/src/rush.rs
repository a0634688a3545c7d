//! Shoppers who keep coming to every till, whatever happens behind it.

use std::time::Duration;

use demo::{desk::Member, plan};
use tokio::{sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{
    OpenShop,
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
