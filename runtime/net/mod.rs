//! Sockets: TCP, UDP, Unix, and any other descriptor that the system can watch.
//!
//! - **Home.** A socket lives with the loop on whose thread it was made. It may be used from any
//!   thread and any executor while that loop turns; when that loop is gone, every operation that
//!   could wait is an error.
//! - **Try first.** An operation makes its system call at once and waits only when the system has
//!   nothing for it. A read that most likely finds nothing waits first (`driver/doubts.rs`).
//! - **Nobody is forgotten.** Any number of tasks may wait for one socket through its `async fn`s.
//!   The `futures_io` traits keep one waker a direction, the latest, as their contract says.
//! - **Closing is dropping.** The last owner's drop closes the socket. A future that is dropped
//!   while it waits has moved no byte.
//! - **A fair share.** Operations count towards the budget of a task's poll, so that a socket that
//!   is always ready does not starve the others.
//!
//! Leaves out: several buffers in one system call (`writev` cannot be told to spare the process the
//! signal that a reset connection raises), descriptors sent along with bytes, and socket options
//! beyond the common ones: every socket here is [`AsFd`](std::os::fd::AsFd), which is all that the
//! `socket2` crate needs to set the rest.

mod registered;
mod source;
mod stream;
pub(crate) mod tcp_listener;
mod tcp_stream;
mod udp;
mod unix_listener;
mod unix_stream;

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

use crate::context;
use crate::handle::Handle;

pub use self::source::Source;
pub use self::tcp_listener::TcpListener;
pub use self::tcp_stream::TcpStream;
pub use self::udp::UdpSocket;
pub use self::unix_listener::UnixListener;
pub use self::unix_stream::UnixStream;

/// Finds the addresses of `host`, each with `port`. asyncio: `loop.getaddrinfo`.
///
/// An IP address needs no look-up and is answered at once. A name is asked of the system
/// (`getaddrinfo`), which blocks, on threads that do nothing else, so a look-up never waits behind
/// the jobs of `spawn_blocking`. The addresses come in the order in which the system prefers them;
/// there is at least one.
///
/// # Cancel safety
///
/// Dropping the future forgets the answer; the thread that asks is busy until the system has
/// answered.
///
/// # Errors
///
/// What the system says of the name: that it is unknown, malformed, or that nobody could be asked.
///
/// # Panics
///
/// When a name is looked up outside a runtime.
///
/// # Examples
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// tourbillon::block_on(async {
///     let addresses = tourbillon::net::lookup_host("localhost", 80).await?;
///     assert!(addresses.iter().all(|address| address.ip().is_loopback()));
///     Ok(())
/// })
/// # }
/// ```
pub async fn lookup_host(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    if let Ok(literal) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(literal, port)]);
    }
    let name = host.to_owned();
    let job = move || (name.as_str(), port).to_socket_addrs().map(Vec::from_iter);
    let runtime = Handle::try_current().unwrap_or_else(|| context::outside("net::lookup_host"));
    let addresses: Vec<SocketAddr> = runtime.look_up(job).await?;
    if addresses.is_empty() {
        let nobody = format!("no address is known for {host:?}");
        return Err(io::Error::new(io::ErrorKind::NotFound, nobody));
    }
    Ok(addresses)
}
