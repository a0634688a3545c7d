//! One question to the server's monitoring endpoint: does an acknowledgement mean that the message is on disk?

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

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

async fn syncs_always(url: &str) -> anyhow::Result<bool> {
    let body = get(url, "/varz").await?;
    let varz: serde_json::Value = serde_json::from_slice(&body)?;
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
