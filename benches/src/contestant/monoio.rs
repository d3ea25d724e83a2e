//! monoio at its best: the fusion driver, which takes io_uring where the kernel allows it, and its
//! timer.
//!
//! What its rows pay for: a state word per task with atomic operations, an entry of the ring for
//! each read and write (or a try and an epoll event without a ring), and buffers that the operation
//! owns: the messages here are copied out of and into them, about a hundred bytes each. Its timers
//! and sockets stay on their thread; `SendWrapper` proves that with one look at the thread's
//! number.

use std::future::Future;
use std::io;
use std::mem;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use futures_channel::oneshot;
use futures_util::FutureExt;
use monoio::io::{AsyncReadRent, AsyncReadRentExt, AsyncWriteRentExt};
use monoio::net::{TcpListener, TcpStream};
use monoio::task::JoinHandle;
use monoio::{FusionDriver, RuntimeBuilder};
use send_wrapper::SendWrapper;

use super::{Contestant, Idioms, Listener, Socket, Unwrapped};

/// monoio, fusion driver with timers.
pub struct Monoio;

impl Contestant for Monoio {
    type Task<T: Send + 'static> = JoinHandle<T>;
    type Sleep = SendWrapper<monoio::time::Sleep>;
    type Socket = SendWrapper<End>;
    type Listener = SendWrapper<TcpListener>;

    fn run<F>(root: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let runtime = RuntimeBuilder::<FusionDriver>::new().enable_timer().build();
        runtime
            .expect("the system gives a ring or a poll")
            .block_on(async { monoio::spawn(root).await })
    }

    fn spawn<F>(future: F) -> Self::Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        monoio::spawn(future)
    }

    fn detach(task: Self::Task<()>) {
        drop(task);
    }

    fn sleep(duration: Duration) -> Self::Sleep {
        SendWrapper::new(monoio::time::sleep(duration))
    }

    async fn bind() -> io::Result<Self::Listener> {
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map(SendWrapper::new)
    }

    fn connect(address: SocketAddr) -> impl Future<Output = io::Result<Self::Socket>> + Send {
        SendWrapper::new(TcpStream::connect_addr(address).map(|stream| stream.map(End::wrapped)))
    }
}

impl Listener for SendWrapper<TcpListener> {
    type Socket = SendWrapper<End>;

    fn address(&self) -> io::Result<SocketAddr> {
        self.local_addr()
    }

    fn accept(&mut self) -> impl Future<Output = io::Result<Self::Socket>> + Send {
        SendWrapper::new(async {
            let (stream, _) = TcpListener::accept(self).await?;
            Ok(End::wrapped(stream))
        })
    }
}

/// A stream and the buffers that its operations own while they run: as long as the last message
/// each way, no longer, since monoio fills all of them.
pub struct End {
    stream: TcpStream,
    incoming: Box<[u8]>,
    outgoing: Box<[u8]>,
}

impl End {
    fn wrapped(stream: TcpStream) -> SendWrapper<End> {
        SendWrapper::new(End {
            stream,
            incoming: Box::default(),
            outgoing: Box::default(),
        })
    }
}

/// The buffer that is kept here if it is as long as asked, else a new one.
fn take(kept: &mut Box<[u8]>, length: usize) -> Box<[u8]> {
    let buffer = mem::take(kept);
    if buffer.len() == length {
        buffer
    } else {
        vec![0; length].into_boxed_slice()
    }
}

impl Socket for SendWrapper<End> {
    fn set_nodelay(&self) -> io::Result<()> {
        self.stream.set_nodelay(true)
    }

    fn read(&mut self, into: &mut [u8]) -> impl Future<Output = io::Result<usize>> + Send {
        SendWrapper::new(async {
            let buffer = take(&mut self.incoming, into.len());
            let (result, buffer) = self.stream.read(buffer).await;
            if let Ok(count) = result {
                into[..count].copy_from_slice(&buffer[..count]);
            }
            self.incoming = buffer;
            result
        })
    }

    fn read_exact(&mut self, message: &mut [u8]) -> impl Future<Output = io::Result<()>> + Send {
        SendWrapper::new(async {
            let buffer = take(&mut self.incoming, message.len());
            let (result, buffer) = self.stream.read_exact(buffer).await;
            message.copy_from_slice(&buffer);
            self.incoming = buffer;
            result.map(drop)
        })
    }

    fn write_all(&mut self, message: &[u8]) -> impl Future<Output = io::Result<()>> + Send {
        SendWrapper::new(async {
            let mut buffer = take(&mut self.outgoing, message.len());
            buffer.copy_from_slice(message);
            let (result, buffer) = self.stream.write_all(buffer).await;
            self.outgoing = buffer;
            result.map(drop)
        })
    }
}

impl Idioms for Monoio {
    type Sender<T: Send + 'static> = oneshot::Sender<T>;
    type Receiver<T: Send + 'static> = Unwrapped<oneshot::Receiver<T>>;

    /// monoio has no one-shot of its own: its users take the one of `futures`.
    fn oneshot<T: Send + 'static>() -> (Self::Sender<T>, Self::Receiver<T>) {
        let (sender, receiver) = oneshot::channel();
        (sender, Unwrapped(receiver))
    }

    fn send<T: Send + 'static>(sender: Self::Sender<T>, value: T) {
        assert!(sender.send(value).is_ok(), "the receiver still listens");
    }

    /// monoio has no `join_all`: its users take the one of `futures`.
    fn join_all<F>(children: impl Iterator<Item = F>) -> impl Future<Output = Vec<F::Output>> + Send
    where
        F: Future + Send,
        F::Output: Send,
    {
        futures_util::future::join_all(children)
    }

    fn wait_for<F>(future: F, limit: Duration) -> impl Future<Output = Option<F::Output>> + Send
    where
        F: Future + Send,
        F::Output: Send,
    {
        SendWrapper::new(monoio::time::timeout(limit, future)).map(Result::ok)
    }
}
