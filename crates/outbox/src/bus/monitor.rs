//! Questions to the server's monitoring endpoint: does an acknowledgement mean that the message is on disk? Has a shop's server lost its
//! line to the centre?

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How often the line is asked after.
const LOOK_EVERY: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(2);
const MAX_ANSWER_BYTES: u64 = 1 << 20;

/// Warns when the server does not sync each message, or cannot be asked. It is no reason to refuse the start: the outbox
/// can fill the stream again.
pub(super) async fn warn_unless_durable(url: &str) {
    match tokio::time::timeout(TIMEOUT, syncs_always(url)).await {
        Ok(Ok(true)) => {}
        Ok(Ok(false)) => tracing::warn!(
            url,
            "nats-server does not run with `sync_interval: always`: a power cut loses acknowledged events, \
             which the reconciler then publishes again"
        ),
        Ok(Err(error)) => {
            tracing::warn!(url, error = %format_args!("{error:#}"), "nats-server's monitoring did not answer")
        }
        Err(_) => tracing::warn!(url, "nats-server's monitoring did not answer in time"),
    }
}

/// Tells until `stop` whether the server whose monitoring is at `url` is cut off: a leaf node whose line has no other end. A server that is
/// no leaf node has no line to lose; one that does not answer changes nothing.
pub async fn follow_line(url: String, cut_off: watch::Sender<bool>, stop: CancellationToken) {
    let mut looks = tokio::time::interval(LOOK_EVERY);
    while stop.run_until_cancelled(looks.tick()).await.is_some() {
        let Ok(Ok(is_cut_off)) = tokio::time::timeout(TIMEOUT, is_cut_off(&url)).await else { continue };
        let told = cut_off.send_if_modified(|known| std::mem::replace(known, is_cut_off) != is_cut_off);
        if told {
            tracing::warn!(is_cut_off, "the line to the centre has changed");
        }
    }
}

async fn is_cut_off(url: &str) -> anyhow::Result<bool> {
    let varz = varz(url).await?;
    let is_leaf = varz["leaf"]["remotes"].as_array().is_some_and(|remotes| !remotes.is_empty());
    Ok(is_leaf && varz["leafnodes"] == 0)
}

async fn varz(url: &str) -> anyhow::Result<serde_json::Value> {
    Ok(serde_json::from_slice(&get(url, "/varz").await?)?)
}

async fn syncs_always(url: &str) -> anyhow::Result<bool> {
    let varz = varz(url).await?;
    Ok(varz["jetstream"]["config"]["sync_always"] == serde_json::Value::Bool(true))
}

/// HTTP/1.0 asks for an answer without chunks that ends with the connection.
async fn get(url: &str, path: &str) -> anyhow::Result<Vec<u8>> {
    let authority = url
        .strip_prefix("http://")
        .and_then(|rest| rest.split('/').next())
        .ok_or_else(|| anyhow::anyhow!("{url:?} is not a plain http address"))?;
    let mut connection = TcpStream::connect(authority).await?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    connection.take(MAX_ANSWER_BYTES).read_to_end(&mut answer).await?;
    split_answer(answer)
}

fn split_answer(mut answer: Vec<u8>) -> anyhow::Result<Vec<u8>> {
    let status_ok = answer.starts_with(b"HTTP/1.0 200") || answer.starts_with(b"HTTP/1.1 200");
    anyhow::ensure!(status_ok, "the answer is not 200 OK");
    let head = answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .ok_or_else(|| anyhow::anyhow!("the answer has no body"))?;
    Ok(answer.split_off(head + 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_server_that_production_runs_syncs_always() {
        let nats = testbed::Nats::start().await.unwrap();
        assert!(syncs_always(&nats.monitor_url()).await.unwrap());
        assert!(syncs_always("https://127.0.0.1:8222").await.is_err());
    }

    #[test]
    fn only_the_body_of_a_good_answer_counts() {
        let answer = b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{\"a\":1}".to_vec();
        assert_eq!(split_answer(answer).unwrap(), b"{\"a\":1}");
        assert!(split_answer(b"HTTP/1.0 404 Not Found\r\n\r\n".to_vec()).is_err());
        assert!(split_answer(b"HTTP/1.0 200 OK\r\n".to_vec()).is_err());
    }
}
