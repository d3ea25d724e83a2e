//! Servers of one connection, each on a thread of its own and on a port the system picks.
//!
//! A server reads the whole request before it answers, so that closing sends an orderly end and not a
//! reset. None of them is waited for: a server whose client never comes ends with the process.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// Accepts one connection and leaves the rest to `then`.
pub(crate) fn accepted(then: impl FnOnce(TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = listener
        .local_addr()
        .expect("a bound socket has an address");
    thread::spawn(move || then(listener.accept().expect("the fetcher connects").0));
    address
}

/// Reads the request and answers with what `reply` makes of it.
pub(crate) fn answer(reply: impl FnOnce(Vec<u8>) -> Vec<u8> + Send + 'static) -> SocketAddr {
    accepted(move |mut stream| {
        let request = read_request(&mut stream);
        // Who has hung up wants no answer.
        let _ = stream.write_all(&reply(request));
    })
}

/// Reads the request, sends `reply`, and leaves the rest to `then`.
pub(crate) fn serve(reply: &[u8], then: impl FnOnce(TcpStream) + Send + 'static) -> SocketAddr {
    let reply = reply.to_vec();
    accepted(move |mut stream| {
        read_request(&mut stream);
        // Who has hung up, perhaps because of a limit, wants no more.
        if stream.write_all(&reply).is_ok() {
            then(stream);
        }
    })
}

/// Sends `reply` and closes; the address of the page.
pub(crate) fn serve_bytes(reply: &[u8]) -> String {
    site(serve(reply, drop))
}

pub(crate) fn site(address: SocketAddr) -> String {
    format!("http://{address}/")
}

/// Says nothing until the client hangs up.
pub(crate) fn hold(mut stream: TcpStream) {
    // A reset is an end as good as any.
    let _ = stream.read_to_end(&mut Vec::new());
}

/// Sends `piece` again and again until the client hangs up.
pub(crate) fn flood(mut stream: TcpStream, piece: &[u8]) {
    let block = piece.repeat((1 << 16) / piece.len());
    while stream.write_all(&block).is_ok() {}
}

/// Sends a letter every 20 ms until the client hangs up.
pub(crate) fn drip(mut stream: TcpStream) {
    let tick = Some(Duration::from_millis(20));
    stream.set_read_timeout(tick).expect("20 ms is a time-out");
    while stream.write_all(b"x").is_ok() {
        if let Ok(0) = stream.read(&mut [0]) {
            return;
        }
    }
}

/// Everything up to the empty line, or to where the client hung up.
fn read_request(stream: &mut TcpStream) -> Vec<u8> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count == 1) {
        request.push(byte[0]);
    }
    request
}
