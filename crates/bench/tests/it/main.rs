//! The measurement in small: what must be right is its books and its keys, never its speed.

use bench::sale::{Options, run};

#[tokio::test(flavor = "multi_thread")]
async fn a_short_measurement_has_every_figure_and_books_that_agree() {
    rustls::crypto::ring::default_provider().install_default().ok();
    let options = Options { seconds: 1, terminals: vec![1, 2], compare_at: 2, pairs: 1, connections: 4 };
    let report = run(&options).await.unwrap();
    assert_eq!(report.books.disagreements, Vec::<String>::new());
    assert_eq!(report.books.acknowledged, report.books.sales);
    assert!(report.books.acknowledged > 0 && report.books.pgbench > 0);
    assert_eq!(report.books.pgbench.cast_signed(), report.books.pgbench_sales);
    let line = serde_json::to_value(&report).unwrap();
    for key in [
        "/postgres/fsync",
        "/postgres/synchronous_commit",
        "/postgres/full_page_writes",
        "/whole/0/sales_per_second",
        "/whole/1/scan_p50_ms",
        "/whole/1/scan_p99_ms",
        "/whole/1/complete_p50_ms",
        "/whole/1/complete_p99_ms",
        "/whole/1/cpu_seconds/server",
        "/whole/1/cpu_seconds/generator",
        "/whole/1/cpu_seconds/postgres",
        "/whole/1/server_rss_mib",
        "/complete/sales_per_second",
        "/complete/pgbench_sales_per_second",
        "/floor/p99_ms",
        "/ratio_whole",
        "/ratio_complete",
        "/scan_p99_over_floor",
        "/relay_events_per_second",
        "/outbox_depth_end",
        "/books/acknowledged",
    ] {
        assert!(line.pointer(key).is_some_and(|value| !value.is_null()), "{key} is missing in {line}");
    }
}
