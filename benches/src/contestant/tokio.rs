//! tokio at its best: on one thread the current-thread runtime with everything switched on.
//!
//! The root is spawned, since tokio polls the future of `block_on` in a slower place than a task.
//! What its rows pay for: tasks that may be woken, joined and aborted from any thread, cells
//! aligned to 128 bytes, metrics, and a turn of the driver each 61 polls and each time the run
//! queue is empty.
//!
//! On a pool: the multi-thread runtime; the calling thread waits and is no worker. What its rows
//! pay for besides: a queue of 256 places for each worker that the other takes from, one behind a
//! lock for what does not fit, a slot for the task woken last that the other leaves alone, a worker
//! that searches while there may be something to take, and one driver that only one worker at a
//! time may sleep in.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

use super::pool::{Pooled, WORKERS};
use super::{Contestant, Idioms, Listener, Socket, Unwrapped};

/// tokio, `new_current_thread().enable_all()`, the workload in a spawned task.
pub struct Tokio;

impl Contestant for Tokio {
    type Task<T: Send + 'static> = Unwrapped<JoinHandle<T>>;
    type Sleep = tokio::time::Sleep;
    type Socket = TcpStream;
    type Listener = TcpListener;

    fn run<F>(root: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("the system gives a poll and an eventfd");
        runtime.block_on(async { Self::spawn(root).await })
    }

    fn spawn<F>(future: F) -> Self::Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        Unwrapped(tokio::spawn(future))
    }

    fn detach(task: Self::Task<()>) {
        drop(task);
    }

    fn sleep(duration: Duration) -> Self::Sleep {
        tokio::time::sleep(duration)
    }

    async fn bind() -> io::Result<TcpListener> {
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
    }

    async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
        TcpStream::connect(address).await
    }
}

impl Pooled for Tokio {
    fn run_pooled<F>(root: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .enable_all()
            .build()
            .expect("the system gives a poll, an eventfd and threads");
        runtime.block_on(async { Self::spawn(root).await })
    }
}

impl Listener for TcpListener {
    type Socket = TcpStream;

    fn address(&self) -> io::Result<SocketAddr> {
        self.local_addr()
    }

    async fn accept(&mut self) -> io::Result<TcpStream> {
        TcpListener::accept(self).await.map(|(socket, _)| socket)
    }
}

impl Socket for TcpStream {
    fn set_nodelay(&self) -> io::Result<()> {
        TcpStream::set_nodelay(self, true)
    }

    async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        AsyncReadExt::read(self, buffer).await
    }

    async fn read_exact(&mut self, message: &mut [u8]) -> io::Result<()> {
        AsyncReadExt::read_exact(self, message).await.map(drop)
    }

    async fn write_all(&mut self, message: &[u8]) -> io::Result<()> {
        AsyncWriteExt::write_all(self, message).await
    }
}

impl Idioms for Tokio {
    type Sender<T: Send + 'static> = oneshot::Sender<T>;
    type Receiver<T: Send + 'static> = Unwrapped<oneshot::Receiver<T>>;

    fn oneshot<T: Send + 'static>() -> (Self::Sender<T>, Self::Receiver<T>) {
        let (sender, receiver) = oneshot::channel();
        (sender, Unwrapped(receiver))
    }

    fn send<T: Send + 'static>(sender: Self::Sender<T>, value: T) {
        assert!(sender.send(value).is_ok(), "the receiver still listens");
    }

    /// tokio has no `join_all`: its users take the one of `futures`.
    fn join_all<F>(children: impl Iterator<Item = F>) -> impl Future<Output = Vec<F::Output>> + Send
    where
        F: Future + Send,
        F::Output: Send,
    {
        futures_util::future::join_all(children)
    }

    async fn group<F>(members: impl Iterator<Item = F> + Send)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut set: JoinSet<()> = members.collect();
        while let Some(result) = set.join_next().await {
            result.expect("no member panics");
        }
    }

    fn wait_for<F>(future: F, limit: Duration) -> impl Future<Output = Option<F::Output>> + Send
    where
        F: Future + Send,
        F::Output: Send,
    {
        tokio::time::timeout(limit, future).map(Result::ok)
    }
}
