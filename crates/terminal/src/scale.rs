//! The scale of a till: an approved instrument that says its gross weight, which no software alters.
//!
//! It is asked with a line `W` and answers with one: `S 001250` for 1,250 grams at rest, `U` while the goods still move, `E` beyond its
//! range. A weight that is not at rest is no weight. The simulator beside the tests speaks the same.

use std::time::Duration;

use thiserror::Error;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::timeout,
};

/// Longest wait for goods at rest.
const PATIENCE: Duration = Duration::from_secs(3);
/// Pause before a scale that is not at rest is asked again.
const AGAIN: Duration = Duration::from_millis(100);
/// More than any answer has.
const LONGEST_LINE: u64 = 64;
/// The largest weight, in grams.
const LARGEST: i64 = 999_999;

/// A scale behind a host and port. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Scale {
    address: String,
}

/// Why there is no weight.
#[derive(Debug, Error)]
pub enum ScaleError {
    /// It does not answer.
    #[error("the scale does not answer")]
    Silent(#[from] std::io::Error),
    /// The goods did not come to rest in time.
    #[error("the goods did not come to rest")]
    Unsteady,
    /// It is empty, or what lies on it is too heavy.
    #[error("nothing that can be weighed lies on the scale")]
    OutOfRange,
    /// It answered something else.
    #[error("the scale answered something else")]
    Unreadable,
}

impl Scale {
    /// The scale at an address such as `127.0.0.1:4001`.
    #[must_use]
    pub const fn at(address: String) -> Self {
        Self { address }
    }

    /// What lies on it, gross, in grams.
    ///
    /// # Errors
    /// When there is no weight at rest in time.
    pub async fn read(&self) -> Result<i64, ScaleError> {
        timeout(PATIENCE, self.at_rest()).await.unwrap_or(Err(ScaleError::Unsteady))
    }

    /// Whether it is there and answers, whatever lies on it.
    pub async fn answers(&self) -> bool {
        let asked = async {
            let (reader, mut writer) = TcpStream::connect(&self.address).await?.into_split();
            writer.write_all(b"W\n").await?;
            let mut line = String::new();
            BufReader::new(reader.take(LONGEST_LINE)).read_line(&mut line).await
        };
        matches!(timeout(PATIENCE, asked).await, Ok(Ok(length)) if length > 0)
    }

    async fn at_rest(&self) -> Result<i64, ScaleError> {
        let stream = TcpStream::connect(&self.address).await?;
        let (reader, mut writer) = stream.into_split();
        let mut reader = BufReader::new(reader.take(LONGEST_LINE * 64));
        loop {
            writer.write_all(b"W\n").await?;
            let mut line = String::new();
            reader.read_line(&mut line).await?;
            match line.trim_end().split_once(' ').unwrap_or((line.trim_end(), "")) {
                ("U", _) => tokio::time::sleep(AGAIN).await,
                ("E", _) => return Err(ScaleError::OutOfRange),
                ("S", grams) => return weight(grams),
                _ => return Err(ScaleError::Unreadable),
            }
        }
    }
}

fn weight(digits: &str) -> Result<i64, ScaleError> {
    if digits.is_empty() || digits.len() > 6 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ScaleError::Unreadable);
    }
    match digits.parse() {
        Ok(grams @ 1..=LARGEST) => Ok(grams),
        _ => Err(ScaleError::OutOfRange),
    }
}

/// What a simulated scale shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pan {
    /// Goods at rest, in grams.
    Resting(i64),
    /// Goods that still move.
    Moving,
    /// More than it can weigh.
    TooHeavy,
}

/// A scale that says what it is told to, until the listener breaks.
///
/// # Errors
/// When the listener breaks.
pub async fn simulate(listener: TcpListener, pan: watch::Receiver<Pan>) -> std::io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        let pan = pan.clone();
        tokio::spawn(async move {
            let (reader, mut writer) = stream.into_split();
            let mut lines = BufReader::new(reader).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                let answer = match (line.as_str(), *pan.borrow()) {
                    ("W", Pan::Resting(grams)) => format!("S {grams:06}\n"),
                    ("W", Pan::Moving) => "U\n".to_owned(),
                    ("W", Pan::TooHeavy) => "E\n".to_owned(),
                    _ => "?\n".to_owned(),
                };
                if writer.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_a_weight_at_rest_is_a_weight() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scale = Scale::at(listener.local_addr().unwrap().to_string());
        let (put, pan) = watch::channel(Pan::Resting(1_250));
        tokio::spawn(simulate(listener, pan));
        assert_eq!(scale.read().await.unwrap(), 1_250);
        put.send_replace(Pan::Moving);
        let reading = tokio::spawn({
            let scale = scale.clone();
            async move { scale.read().await }
        });
        tokio::task::yield_now().await;
        put.send_replace(Pan::Resting(980));
        assert_eq!(reading.await.unwrap().unwrap(), 980);
        put.send_replace(Pan::Resting(0));
        assert!(matches!(scale.read().await, Err(ScaleError::OutOfRange)));
        put.send_replace(Pan::TooHeavy);
        assert!(matches!(scale.read().await, Err(ScaleError::OutOfRange)));
        let nobody = Scale::at("127.0.0.1:1".to_owned());
        assert!(matches!(nobody.read().await, Err(ScaleError::Silent(_))));
    }

    #[test]
    fn what_is_no_weight_is_not_guessed_at() {
        for digits in ["", "1.5", "-12", "1234567", "abc"] {
            assert!(matches!(weight(digits), Err(ScaleError::Unreadable)), "{digits}");
        }
    }
}
