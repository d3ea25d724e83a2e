//! The load generator: raw mio, a state machine per connection, a request at a time on each.
//!
//! - **One and the same for all.** It knows nobody's runtime: a listener's address is all it gets.
//! - **A closed loop.** A connection asks again when it was answered, never before: the server is
//!   never further behind than one request a connection.
//! - **Every answer is looked at**, to its last byte.

use std::io::{self, Read, Write};
use std::net::SocketAddr;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

/// What is asked, and the only answer that is right.
#[derive(Clone, Copy)]
pub struct Exchange {
    pub request: &'static [u8],
    pub response: &'static [u8],
}

/// Connections that will ask.
pub struct Load {
    poll: Poll,
    connections: Vec<Connection>,
}

struct Connection {
    stream: TcpStream,
    exchange: Exchange,
    answer: Vec<u8>,
    filled: usize,
    requests_left: usize,
}

impl Load {
    /// Connects so often. Nobody needs to accept yet: the listener's backlog holds them.
    pub fn connect(
        address: SocketAddr,
        connections: usize,
        exchange: Exchange,
    ) -> io::Result<Load> {
        let poll = Poll::new()?;
        let connect = |number| {
            let stream = std::net::TcpStream::connect(address)?;
            stream.set_nonblocking(true)?;
            let mut stream = TcpStream::from_std(stream);
            poll.registry()
                .register(&mut stream, Token(number), Interest::READABLE)?;
            Ok(Connection {
                stream,
                exchange,
                answer: vec![0; exchange.response.len()],
                filled: 0,
                requests_left: 0,
            })
        };
        let connections = (0..connections).map(connect).collect::<io::Result<_>>()?;
        Ok(Load { poll, connections })
    }

    /// Makes so many requests on each connection, then closes them all.
    pub fn run(mut self, requests: usize) -> io::Result<()> {
        let mut events = Events::with_capacity(1_024);
        for connection in &mut self.connections {
            connection.requests_left = requests;
            connection.ask()?;
        }
        let mut open = self.connections.len();
        while open > 0 {
            self.poll.poll(&mut events, None)?;
            for event in &events {
                if self.connections[event.token().0].readable()? {
                    open -= 1;
                }
            }
        }
        Ok(())
    }
}

impl Connection {
    /// Writes the whole request: the send buffer is empty, since the one before was answered.
    fn ask(&mut self) -> io::Result<()> {
        let written = self.stream.write(self.exchange.request)?;
        assert_eq!(written, self.exchange.request.len(), "it fits");
        Ok(())
    }

    /// Reads what has come and asks again once it is a whole answer. True after the last one.
    fn readable(&mut self) -> io::Result<bool> {
        let count = self.stream.read(&mut self.answer[self.filled..])?;
        assert!(count > 0, "the server stays until the end");
        self.filled += count;
        if self.filled < self.answer.len() {
            return Ok(false);
        }
        assert_eq!(self.answer, self.exchange.response, "the right answer");
        self.filled = 0;
        self.requests_left -= 1;
        if self.requests_left > 0 {
            self.ask()?;
        }
        Ok(self.requests_left == 0)
    }
}
