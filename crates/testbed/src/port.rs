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

/// How often other ports are tried when somebody took ours between the look and the start.
const ATTEMPTS: usize = 5;

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

/// Starts a server on free ports; on others when it finds one of them taken meanwhile.
///
/// # Errors
/// When the server fails otherwise, or time after time; when no port is free.
pub(crate) fn on_free_ports<const N: usize>(
    mut launch: impl FnMut([u16; N]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    for _ in 1..ATTEMPTS {
        match launch(free_ports()?) {
            Err(error) if format!("{error:#}").to_lowercase().contains("address already in use") => {}
            outcome => return outcome,
        }
    }
    launch(free_ports()?)
}

fn free_ports<const N: usize>() -> anyhow::Result<[u16; N]> {
    let mut ports = [0; N];
    for port in &mut ports {
        *port = free_port()?;
    }
    Ok(ports)
}

/// Takes the port and never listens: a socket that listened would live on in every program that is being started at this moment,
/// until that one runs, and would keep the port's user out.
fn nobody_listens(port: u16) -> std::io::Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
}

#[cfg(test)]
mod tests {
    use anyhow::{Context, anyhow};

    use super::*;

    #[test]
    fn a_server_that_finds_its_port_taken_is_started_on_another_however_it_says_so() {
        for said in
            ["nats: listen tcp: address already in use", "FATAL: could not bind: Address already in use"]
        {
            let mut tried = Vec::new();
            let started = on_free_ports(|[port, _]| {
                tried.push(port);
                if tried.len() == 1 {
                    Err(anyhow!(said)).context("the server does not start")
                } else {
                    Ok(())
                }
            });
            started.unwrap();
            assert_ne!(tried[0], tried[1]);
        }
        let broken = on_free_ports(|[_]| Err(anyhow!("no such database")));
        assert_eq!(broken.unwrap_err().to_string(), "no such database");
    }
}
