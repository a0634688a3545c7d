//! The demo as visitors start it.

use std::process::{Command, Stdio};

use serde_json::Value;
use testbed::program;

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_plays_a_day_and_its_last_line_adds_up() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Command::new(program("demo").unwrap());
    demo.args(["--exit", "--sales", "40", "--folder"]).arg(folder.path().join("demo")).stdin(Stdio::null());
    let played = tokio::task::spawn_blocking(move || demo.output()).await.unwrap().unwrap();
    let (told, said) = (String::from_utf8(played.stdout).unwrap(), String::from_utf8_lossy(&played.stderr));
    assert!(played.status.success(), "{said}");
    let report: Value = serde_json::from_str(told.lines().last().unwrap()).unwrap();
    assert_eq!(report["sales"], 40, "{report}");
    assert_eq!(report["stream_sales"], 40, "{report}");
    assert_eq!(report["analytics_sales"], 40, "{report}");
    assert_eq!(report["revenue_cents"], report["dashboard_revenue_cents"]);
    assert_eq!(report["receipts_unknown"], 0, "{report}");
    assert!(report["receipts_sent"].as_i64().unwrap() >= 20, "{report}");
    assert!(report["reviews"].as_i64().unwrap() > 0, "{report}");
    assert!(!folder.path().join("demo.json").exists(), "a description of what no longer runs was left");
}
