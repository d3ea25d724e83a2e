//! monoio at its best: the fusion driver, which takes io_uring where the kernel allows it, and its
//! timer.
//!
//! What its rows pay for: a state word per task with atomic operations, an entry of the ring for
//! each read and write (or a try and an epoll event without a ring), and buffers that the operation
//! owns: the messages here are copied out of and into them, 64 bytes each. Its timers and sockets
//! stay on their thread; `SendWrapper` proves that with one look at the thread's number.

use std::future::Future;
use std::io;
use std::time::Duration;

use futures_channel::oneshot;
use futures_util::FutureExt;
use monoio::io::{AsyncReadRentExt, AsyncWriteRentExt};
use monoio::net::{TcpListener, TcpStream};
use monoio::task::JoinHandle;
use monoio::{FusionDriver, RuntimeBuilder};
use send_wrapper::SendWrapper;

use super::{Contestant, Idioms, Socket, Unwrapped};

/// monoio, fusion driver with timers.
pub struct Monoio;

impl Contestant for Monoio {
    type Task<T: Send + 'static> = JoinHandle<T>;
    type Sleep = SendWrapper<monoio::time::Sleep>;
    type Socket = SendWrapper<End>;

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

    fn connected_pair() -> impl Future<Output = io::Result<(Self::Socket, Self::Socket)>> + Send {
        SendWrapper::new(async {
            let listener = TcpListener::bind("127.0.0.1:0")?;
            let near = TcpStream::connect(listener.local_addr()?).await?;
            let (far, _) = listener.accept().await?;
            Ok((
                SendWrapper::new(End::new(near)?),
                SendWrapper::new(End::new(far)?),
            ))
        })
    }
}

/// A stream and the buffer that its operations own while they run: as long as the message, no
/// longer, since monoio fills all of it.
pub struct End {
    stream: TcpStream,
    buffer: Box<[u8]>,
}

impl End {
    fn new(stream: TcpStream) -> io::Result<End> {
        stream.set_nodelay(true)?;
        Ok(End {
            stream,
            buffer: Box::default(),
        })
    }

    fn take_buffer(&mut self, length: usize) -> Box<[u8]> {
        let buffer = std::mem::take(&mut self.buffer);
        if buffer.len() == length {
            buffer
        } else {
            vec![0; length].into_boxed_slice()
        }
    }
}

impl Socket for SendWrapper<End> {
    fn read_exact(&mut self, message: &mut [u8]) -> impl Future<Output = io::Result<()>> + Send {
        SendWrapper::new(async {
            let buffer = self.take_buffer(message.len());
            let (result, buffer) = self.stream.read_exact(buffer).await;
            message.copy_from_slice(&buffer);
            self.buffer = buffer;
            result.map(drop)
        })
    }

    fn write_all(&mut self, message: &[u8]) -> impl Future<Output = io::Result<()>> + Send {
        SendWrapper::new(async {
            let mut buffer = self.take_buffer(message.len());
            buffer.copy_from_slice(message);
            let (result, buffer) = self.stream.write_all(buffer).await;
            self.buffer = buffer;
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
