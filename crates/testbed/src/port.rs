//! Free ports.

use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use anyhow::bail;
use tokio::net::TcpSocket;

/// Below the range the kernel takes from for outgoing connections (32768 and up). A server that is stopped and
/// started again on its port must not find that some client's connection has been given the number meanwhile.
const PORTS: Range<u16> = 15_000..32_000;

static GIVEN: Mutex<Option<HashSet<u16>>> = Mutex::new(None);

/// A TCP port on loopback that nobody listens on, never given twice by this process.
///
/// Another process may take it before its user binds it; bind port 0 directly where the server can.
///
/// # Errors
/// When no port is free.
pub fn free_port() -> anyhow::Result<u16> {
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    let given = given.get_or_insert_default();
    for _ in 0..1_000 {
        let port = rand::random_range(PORTS);
        if !given.contains(&port) && nobody_listens(port).is_ok() {
            given.insert(port);
            return Ok(port);
        }
    }
    bail!("no free port between {} and {}", PORTS.start, PORTS.end)
}

/// Takes the port and never listens: a socket that listened would live on in every program that is being started at this moment,
/// until that one runs, and would keep the port's user out.
fn nobody_listens(port: u16) -> std::io::Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
}
