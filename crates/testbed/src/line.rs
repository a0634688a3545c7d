//! A line between two places that can be cut.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// A TCP line to a server, which passes everything on until it is cut. It ends with this value.
#[derive(Clone, Debug)]
pub struct Line {
    address: SocketAddr,
    whole: watch::Sender<bool>,
    _ends: Arc<Ends>,
}

#[derive(Debug)]
struct Ends(AbortHandle);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Line {
    /// A line that begins at a free port of loopback, and its end, which is told where it leads once that is known.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn laid() -> anyhow::Result<(Line, watch::Sender<Option<SocketAddr>>)> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (address, whole, to) =
            (listener.local_addr()?, watch::Sender::new(true), watch::Sender::new(None));
        let passing = tokio::spawn(pass(listener, to.subscribe(), whole.subscribe()));
        Ok((Line { address, whole, _ends: Arc::new(Ends(passing.abort_handle())) }, to))
    }

    /// Where the line begins.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on nothing passes, and neither end is told: that is how a line is cut.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// New connections pass again. Those of before are reset: what was on its way is lost.
    pub fn mend(&self) {
        self.whole.send_replace(true);
    }
}

async fn pass(listener: TcpListener, to: watch::Receiver<Option<SocketAddr>>, whole: watch::Receiver<bool>) {
    while let Ok((near, _)) = listener.accept().await {
        let (to, whole) = (*to.borrow(), whole.clone());
        if let Some(to) = to {
            tokio::spawn(carry(near, to, whole));
        }
    }
}

/// Carries one connection. When the line is cut it is held in silence until the line is mended.
async fn carry(mut near: TcpStream, to: SocketAddr, mut whole: watch::Receiver<bool>) {
    if *whole.borrow() {
        let Ok(mut far) = TcpStream::connect(to).await else { return };
        let ended = tokio::select! {
            _ = copy_bidirectional(&mut near, &mut far) => true,
            _ = whole.wait_for(|whole| !whole) => false,
        };
        if !ended {
            // Both ends stay open, so that nobody hears of it.
            let _ = whole.wait_for(|whole| *whole).await;
        }
        return;
    }
    let _ = whole.wait_for(|whole| *whole).await;
}
