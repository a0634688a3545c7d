//! The cable between till and checkout, which can be cut.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A cable. Clones are the same one.
#[derive(Clone)]
pub struct Wire {
    pub address: SocketAddr,
    connections: Arc<Mutex<(CancellationToken, TaskTracker)>>,
}

impl Wire {
    /// Lays a cable to `server`.
    pub async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections: Arc<Mutex<(CancellationToken, TaskTracker)>> = Arc::default();
        let shared = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (cut, tasks) = shared.lock().unwrap().clone();
                tasks.spawn(async move {
                    let Ok(mut far) = TcpStream::connect(server).await else { return };
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {}
                        () = cut.cancelled() => {}
                    }
                });
            }
        });
        Self { address, connections }
    }

    /// Breaks every connection; new ones may be made.
    pub async fn cut(&self) {
        let (cut, tasks) = std::mem::take(&mut *self.connections.lock().unwrap());
        cut.cancel();
        tasks.close();
        tasks.wait().await;
    }
}
