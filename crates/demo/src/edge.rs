//! `--edge`: a shop of its own and its centre, the line between them cut in the middle of the day. The shop sells on, the centre goes on
//! with members, mails and refunds, and afterwards both tell the same.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::Context;
use demo::{
    args::Args,
    closing,
    description::Description,
    desk::{self, Member},
    mailbox,
    plan::{self, Basket, Regret},
    player::{self, Hours, Lane},
    reader::Streams,
    report::{Cut, Report},
    shop::{Edge, Layout, Shop},
    shopper,
    stock::SignIn,
};
use futures::future::try_join_all;
use indicatif::ProgressBar;
use proto::checkout::v1::Product;
use sqlx::PgPool;
use testbed::eventually;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::{AT_REST, Opened, REAL_TIME_A_SALE, TIME_ZONE, account, lanes, members, open, play};

/// Members who are added while the line is cut.
const ADDED: usize = 3;

/// What the three parts of the day are played with.
struct Day<'a> {
    shop: &'a Shop,
    edge: &'a Edge,
    args: &'a Args,
    products: Vec<Product>,
    desk: &'a SignIn,
    members: Vec<Member>,
    lanes: Vec<Lane>,
}

/// A whole day: with a line, without it, and with it again.
pub async fn day(args: &Args, folder: PathBuf) -> anyhow::Result<(Shop, Description, Report)> {
    let date = closing::today(TIME_ZONE)?;
    let Opened { shop, products, staff, members, fingerprint, description } =
        open(args, folder, Layout::Edge, None).await?;
    let edge = shop.edge.as_ref().context("there is one place alone")?;
    eprintln!("shop        http://{}/", edge.portal);
    let lanes = lanes(&shop, account(&staff, "attendant")?, None);
    let mut day = Day { shop: &shop, edge, args, products, desk: account(&staff, "desk")?, members, lanes };
    let cut = day.played().await?;
    let report = demo::reader::read(&shop, account(&staff, "manager")?).await?;
    let closed = closing::close(&shop, &fingerprint, date, TIME_ZONE).await?;
    let (closings, fiscal_verified) = (closed.closings, closed.verified);
    Ok((shop, description, Report { cut: Some(cut), closings, fiscal_verified, ..report }))
}

impl Day<'_> {
    async fn played(&mut self) -> anyhow::Result<Cut> {
        // The last member's card is blocked while the line is cut: no plan may use it.
        let blocked = self.members.pop().context("no member")?;
        let refund = self.refund_link().await?;
        self.sold(0).await?;
        let (sold_before, waited) = (self.count(SALES).await?, self.without_line(&blocked, &refund).await?);
        let sold_while_cut = self.count(SALES).await? - sold_before;
        self.edge.mend();
        eprintln!("the line is back: {sold_while_cut} sales were made without it");
        desk::cards_known(self.shop, members(self.args.sales) + ADDED).await?;
        self.sold(2).await?;
        let shop_events = self.count(EVENTS).await?;
        let ids = Streams::open(self.shop).await?.ids(shop_events.try_into()?).await?;
        Ok(Cut {
            cut_seconds: self.args.cut_seconds,
            sold_while_cut,
            shop_events,
            centre_events: ids.len().try_into()?,
            centre_events_once: ids.into_iter().collect::<BTreeSet<_>>().len().try_into()?,
            cards_issued: self.count(ISSUED).await?,
            cards_known: self.count(KNOWN).await?,
            cards_blocked: self.count(BLOCKED).await?,
            cards_refused: self.count(REFUSED).await?,
            refunds_waited: waited.len().try_into()?,
            refunds_done: self.done(&waited).await?,
        })
    }

    /// A sale with a mail of its own; gives the link in the mail behind which a refund is asked for.
    async fn refund_link(&self) -> anyhow::Result<String> {
        let first = self.part(0).into_iter().find(|basket| basket.member.is_some());
        let first = first.context("no basket of a member: play more sales")?;
        let (sold, mut sales) = mpsc::unbounded_channel();
        let hours = Hours { opening: Instant::now(), length: Duration::ZERO };
        let lane = self.lanes[0].clone();
        player::play(lane, vec![first], self.members.clone(), hours, sold, ProgressBar::hidden()).await?;
        let sale_id = sales.recv().await.context("nothing was sold")?.sale_id;
        let folder = self.shop.sink.folder();
        let letter = eventually(AT_REST, "the first mail", async || {
            let letters = mailbox::letters(folder).ok()?;
            letters.into_values().find(|letter| letter.receipt_of() == Some(sale_id.as_str()))
        });
        letter.await?.link("/s/").context("a receipt without its refund link")
    }

    /// Plays a part of the day with a line, until nothing is on its way any more.
    async fn sold(&self, part: u64) -> anyhow::Result<()> {
        let length = REAL_TIME_A_SALE * (self.args.sales / 3);
        let hours = Hours { opening: Instant::now(), length };
        play(self.shop, self.lanes.clone(), self.part(part), &self.members, hours, self.args.seed).await
    }

    /// Cuts the line and sells for as long, while the centre goes on; gives the complaints that wait then.
    async fn without_line(&self, blocked: &Member, refund: &str) -> anyhow::Result<Vec<Uuid>> {
        let length = Duration::from_secs(self.args.cut_seconds);
        eprintln!("the line is cut for {} seconds", length.as_secs());
        self.edge.cut();
        let hours = Hours { opening: Instant::now(), length };
        let (sold, _sales) = mpsc::unbounded_channel();
        let (baskets, progress) = (self.part(1), ProgressBar::hidden());
        let tills = self.lanes.iter().enumerate().map(|(number, lane)| {
            let share = baskets.iter().filter(|basket| basket.till == number).cloned().collect();
            let (lane, members) = (lane.clone(), self.members.clone());
            player::play(lane, share, members, hours, sold.clone(), progress.clone())
        });
        let at_the_centre = async {
            let first = members(self.args.sales);
            desk::enrol(self.shop, self.desk, first..first + ADDED, self.args.seed).await?;
            desk::block(self.shop, self.desk, blocked).await?;
            let regret = Regret { line: 0, payout: "desk" };
            shopper::complain(self.shop.addresses.portal, refund, regret).await
        };
        tokio::try_join!(try_join_all(tills), at_the_centre)?;
        tokio::time::sleep_until((hours.opening + length).into()).await;
        let reviews = PgPool::connect(&self.shop.database("reviews")).await?;
        let waiting = sqlx::query_scalar("select complaint_id from complaint where settled_time is null");
        let waiting = waiting.fetch_all(&reviews).await?;
        eprintln!("{} refund waits for the line", waiting.len());
        Ok(waiting)
    }

    /// The baskets of a part of the day.
    fn part(&self, part: u64) -> Vec<Basket> {
        plan::draw(&self.products, (self.args.sales / 3).max(1), self.members.len(), self.args.seed + part)
    }

    /// How many of these complaints became refunds.
    async fn done(&self, complaints: &[Uuid]) -> anyhow::Result<i64> {
        let reviews = PgPool::connect(&self.shop.database("reviews")).await?;
        let done = "select count(*) from complaint where complaint_id = any($1) and state = 'refunded'";
        Ok(sqlx::query_scalar(done).bind(complaints).fetch_one(&reviews).await?)
    }

    async fn count(&self, (service, sql): (&str, &'static str)) -> anyhow::Result<i64> {
        let db = PgPool::connect(&self.shop.database(service)).await?;
        sqlx::query_scalar(sql).fetch_one(&db).await.with_context(|| format!("cannot read: {sql}"))
    }
}

// A service, and what is counted in its database.
const SALES: (&str, &str) = ("checkout", "select count(*) from sale");
const EVENTS: (&str, &str) = ("checkout", "select count(*) from outbox where subject like 'sales.%'");
const ISSUED: (&str, &str) = ("membership", "select count(*) from card");
const BLOCKED: (&str, &str) = ("membership", "select count(*) from card where blocked_time is not null");
const KNOWN: (&str, &str) = ("checkout", "select count(*) from member_card");
const REFUSED: (&str, &str) = ("checkout", "select count(*) from member_card where state = 'blocked'");
