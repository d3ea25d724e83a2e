//! UDP: datagrams, each whole or not at all.
//!
//! Leaves out: the options for groups and broadcasts; set them through [`AsFd`], or on a `std`
//! socket given to `from_std`.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};

use super::registered::Registered;
use crate::driver::reactor::{Direction, Portion};

/// A UDP socket. asyncio: what `create_datagram_endpoint` opens.
///
/// Every method takes `&self`, so tasks share a socket by reference or in an `Rc` or `Arc`.
/// Dropping it closes it.
///
/// # Examples
///
/// ```
/// use tourbillon::net::UdpSocket;
///
/// # fn main() -> std::io::Result<()> {
/// tourbillon::block_on(async {
///     let here = UdpSocket::bind("127.0.0.1:0".parse().unwrap()).await?;
///     let there = UdpSocket::bind("127.0.0.1:0".parse().unwrap()).await?;
///     here.send_to(b"ping", there.local_addr()?).await?;
///
///     let mut datagram = [0; 1500];
///     let (count, sender) = there.recv_from(&mut datagram).await?;
///     assert_eq!(&datagram[..count], b"ping");
///     assert_eq!(sender, here.local_addr()?);
///     Ok(())
/// })
/// # }
/// ```
#[derive(Debug)]
pub struct UdpSocket {
    socket: Registered<mio::net::UdpSocket>,
}

impl UdpSocket {
    /// Binds to `address`; port 0 lets the system choose one. Completes at once.
    ///
    /// # Errors
    ///
    /// What the system says: the address is taken, not this machine's, or not allowed.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    pub async fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
        let bind = || mio::net::UdpSocket::bind(address);
        Ok(UdpSocket {
            socket: Registered::open("UdpSocket::bind", bind)?,
        })
    }

    /// Takes over a socket that was made elsewhere, and makes it non-blocking.
    ///
    /// # Errors
    ///
    /// What the system says when it cannot be watched.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    pub fn from_std(socket: std::net::UdpSocket) -> io::Result<UdpSocket> {
        let adopt = || {
            socket.set_nonblocking(true)?;
            Ok(mio::net::UdpSocket::from_std(socket))
        };
        Ok(UdpSocket {
            socket: Registered::open("UdpSocket::from_std", adopt)?,
        })
    }

    /// Makes `peer` the only one that [`send`](UdpSocket::send) and [`recv`](UdpSocket::recv) deal
    /// with. Nothing is sent, so it completes at once and succeeds whether or not anybody is there.
    ///
    /// # Errors
    ///
    /// What the system says: above all that there is no way to `peer`.
    ///
    /// # Examples
    ///
    /// ```
    /// use tourbillon::net::UdpSocket;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// tourbillon::block_on(async {
    ///     let here = UdpSocket::bind("127.0.0.1:0".parse().unwrap()).await?;
    ///     let there = UdpSocket::bind("127.0.0.1:0".parse().unwrap()).await?;
    ///     here.connect(there.local_addr()?).await?;
    ///     there.connect(here.local_addr()?).await?;
    ///
    ///     here.send(b"ping").await?;
    ///     let mut datagram = [0; 1500];
    ///     assert_eq!(there.recv(&mut datagram).await?, 4);
    ///     Ok(())
    /// })
    /// # }
    /// ```
    pub async fn connect(&self, peer: SocketAddr) -> io::Result<()> {
        self.socket.get().connect(peer)
    }

    /// Sends one datagram to the connected peer and returns its length. asyncio:
    /// `transport.sendto`.
    ///
    /// Wakes when there is room.
    ///
    /// # Cancel safety
    ///
    /// A dropped future has sent nothing.
    ///
    /// # Errors
    ///
    /// `ConnectionRefused` when the peer's machine answered an earlier datagram that nobody is
    /// there, an error for a datagram that is too long, and what else the system says.
    pub async fn send(&self, datagram: &[u8]) -> io::Result<usize> {
        self.socket
            .run(Direction::Write, |io| io.send(datagram).map(Portion::Whole))
            .await
    }

    /// Sends one datagram to `target` and returns its length. asyncio: `loop.sock_sendto`.
    ///
    /// # Cancel safety
    ///
    /// A dropped future has sent nothing.
    ///
    /// # Errors
    ///
    /// As [`send`](UdpSocket::send).
    pub async fn send_to(&self, datagram: &[u8], target: SocketAddr) -> io::Result<usize> {
        self.socket
            .run(Direction::Write, |io| {
                io.send_to(datagram, target).map(Portion::Whole)
            })
            .await
    }

    /// Receives one datagram from the connected peer and returns its length.
    ///
    /// Wakes when one has come. What does not fit into `buf` is lost: datagrams over the Internet
    /// are rarely longer than 1,500 bytes and never than 65,535.
    ///
    /// # Cancel safety
    ///
    /// A dropped future has received nothing.
    ///
    /// # Errors
    ///
    /// As [`send`](UdpSocket::send).
    pub async fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.socket
            .run(Direction::Read, |io| io.recv(buf).map(Portion::Whole))
            .await
    }

    /// Receives one datagram, and returns its length and its sender's address. asyncio:
    /// `loop.sock_recvfrom`.
    ///
    /// Wakes when one has come. What does not fit into `buf` is lost.
    ///
    /// # Cancel safety
    ///
    /// A dropped future has received nothing.
    ///
    /// # Errors
    ///
    /// As [`send`](UdpSocket::send).
    pub async fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.socket
            .run(Direction::Read, |io| io.recv_from(buf).map(Portion::Whole))
            .await
    }

    /// The address that the socket is bound to.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.get().local_addr()
    }

    /// The peer that the socket is connected to.
    ///
    /// # Errors
    ///
    /// `NotConnected` when there is none.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket.get().peer_addr()
    }
}

impl AsFd for UdpSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.get().as_fd()
    }
}
