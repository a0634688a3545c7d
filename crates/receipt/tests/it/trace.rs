//! One sale is one trace, up to its mail.

use crate::{
    facts::{sale, sold},
    world::World,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_mail_is_in_the_trace_of_its_sale() {
    let world = World::start().await;
    let replica = world.serve();
    let (member_id, _) = world.member();
    let sale = sale(&member_id);
    let trace = "0af7651916cd43dd8448eb211c80319c";
    world.publish_in(Some(&format!("00-{trace}-b7ad6b7169203331-01")), &[sold(&sale)]).await;
    let delivery = world.delivery(&sale.sale_id, "sent").await;
    assert!(delivery["traceparent"].as_str().unwrap().contains(trace));
    let told: Vec<String> =
        sqlx::query_scalar("select coalesce(traceparent, '') from outbox order by outbox_order")
            .fetch_all(&world.pool)
            .await
            .unwrap();
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|traceparent| traceparent.contains(trace)), "{told:?}");
    replica.stop().await;
}
