//! Two of every service, and one of each killed while both tills sell: nothing is lost, and nothing happens twice.

use std::net::SocketAddr;

use demo::shop::Shop;
use e2e::{AFTER_A_FAULT, OpenShop, SOON, pages, rush::Rush};
use platform::{health, pki::SERVICES};
use testbed::{Process, eventually, free_port};

/// The second of every service, on a port of its own; its peers are second ones too.
struct Seconds {
    addresses: Vec<(&'static str, SocketAddr)>,
    portal: SocketAddr,
    processes: Vec<Process>,
}

impl Seconds {
    fn planned() -> Self {
        let free = || SocketAddr::from(([127, 0, 0, 1], free_port().unwrap()));
        Self {
            addresses: SERVICES.map(|service| (service, free())).to_vec(),
            portal: free(),
            processes: Vec::new(),
        }
    }

    /// The variables by which `part` finds second services.
    fn peers_of(&self, part: &str) -> Vec<(String, String)> {
        let url = |(service, address): &(&str, SocketAddr)| {
            (format!("{part}_{}_URL", service.to_uppercase()), format!("https://{address}"))
        };
        self.addresses.iter().map(url).collect()
    }

    async fn start(&mut self, shop: &Shop) {
        let mut own: Vec<(&str, String, SocketAddr)> = Vec::new();
        own.extend(
            self.addresses.iter().map(|(service, address)| {
                (*service, format!("{}_GRPC_ADDR", service.to_uppercase()), *address)
            }),
        );
        own.push(("portal", "PORTAL_HTTP_ADDR".to_owned(), self.portal));
        for (name, variable, address) in own {
            let mut command = shop.command(&[name]);
            command.env(variable, address.to_string()).envs(self.peers_of(&name.to_uppercase()));
            self.processes.push(Process::spawn(&command, shop.log(&format!("{name}-second"))).unwrap());
        }
        self.ready(shop).await;
    }

    async fn ready(&self, shop: &Shop) {
        for (service, address) in &self.addresses {
            let tls = shop.identity(service);
            let answers =
                eventually(SOON, service, async || health::check(service, *address, &tls).await.is_ok());
            answers.await.unwrap();
        }
        let portal = self.portal;
        let answers =
            eventually(SOON, "the second portal", async || health::check_http(portal).await.is_ok());
        answers.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_two_of_each_service_one_may_die_while_both_tills_sell() {
    let mut seconds = Seconds::planned();
    let mut open = OpenShop::furnished_with(|plan| {
        plan.tills[1].environment = seconds.peers_of("TERMINAL");
        plan.environment = vec![("RECEIPT_SMTP_TIMEOUT".to_owned(), "1".to_owned())];
    })
    .await;
    seconds.start(&open.shop).await;
    open.shop.open().await.unwrap();
    let mut rush = Rush::at(&open);
    for (number, service) in SERVICES.into_iter().enumerate() {
        rush.sell(4).await;
        // Now the first one, now the second one.
        let killed = if number % 2 == 0 {
            open.shop.service(service).unwrap()
        } else {
            &mut seconds.processes[number]
        };
        killed.kill9().await.unwrap();
        rush.sell(3).await;
        killed.restart().await.unwrap();
        open.shop.ready().await.unwrap();
        seconds.ready(&open.shop).await;
    }
    rush.sell(4).await;
    let sold = rush.end().await;

    let report = open.figures_within(AFTER_A_FAULT).await;
    assert_eq!(report.sales, i64::try_from(sold.len()).unwrap());
    assert_eq!(report.sales, i64::try_from(open.ledgers().len()).unwrap());
    assert_eq!(report.revenue_cents, sold.iter().map(|sale| sale.total_minor).sum::<i64>());
    told_by_one_read_at_the_other(&open, &seconds).await;
}

/// A review that is sent through the one portal to the one service is on the feed of the other portal, which follows the other service.
async fn told_by_one_read_at_the_other(open: &OpenShop, seconds: &Seconds) {
    let mut feed = open.browser_of("attendant").await.follow("/live/reviews/feed").await.unwrap();
    let receipt = open.letters().into_iter().find(|letter| letter.receipt_of().is_some()).unwrap();
    let said = vec![(1, 5, "d'une réplique à l'autre".to_owned())];
    pages::review(seconds.portal, &receipt.link("/r/").unwrap(), &said).await;
    let reading = async {
        while let Some(event) = feed.next().await.unwrap() {
            if event.contains("une réplique à l") {
                return;
            }
        }
        panic!("the feed has ended");
    };
    tokio::time::timeout(SOON, reading).await.unwrap();
}
