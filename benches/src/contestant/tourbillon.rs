//! tourbillon as its users have it: the free `block_on`, `spawn`, `sleep` and `net`.
//!
//! The root is what `block_on` is given: here it is an entry of the run queue like any other.
//!
//! On a pool: as many workers, each a loop of its own; the calling thread is one of them, and the
//! root stays on it.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use futures_util::FutureExt;
use tourbillon::net::{TcpListener, TcpStream};
use tourbillon::{Runtime, oneshot};

use super::pool::{Pooled, WORKERS};
use super::{Contestant, Idioms, Listener, Socket, Unwrapped};

/// This runtime.
pub struct Tourbillon;

impl Contestant for Tourbillon {
    type Task<T: Send + 'static> = Unwrapped<tourbillon::Task<T>>;
    type Sleep = tourbillon::Sleep;
    type Socket = TcpStream;
    type Listener = TcpListener;

    fn run<F>(root: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        tourbillon::block_on(root)
    }

    fn spawn<F>(future: F) -> Self::Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        Unwrapped(tourbillon::spawn(future))
    }

    fn detach(task: Self::Task<()>) {
        task.0.detach();
    }

    fn sleep(duration: Duration) -> Self::Sleep {
        tourbillon::sleep(duration)
    }

    async fn bind() -> io::Result<TcpListener> {
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0).into()).await
    }

    async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
        TcpStream::connect(address).await
    }
}

impl Pooled for Tourbillon {
    fn run_pooled<F>(root: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let runtime = Runtime::builder()
            .workers(WORKERS)
            .build()
            .expect("the system gives every worker its descriptors");
        runtime.block_on(root)
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
        TcpStream::read(self, buffer).await
    }

    async fn read_exact(&mut self, message: &mut [u8]) -> io::Result<()> {
        TcpStream::read_exact(self, message).await
    }

    async fn write_all(&mut self, message: &[u8]) -> io::Result<()> {
        TcpStream::write_all(self, message).await
    }
}

impl Idioms for Tourbillon {
    type Sender<T: Send + 'static> = oneshot::Sender<T>;
    type Receiver<T: Send + 'static> = Unwrapped<oneshot::Receiver<T>>;

    fn oneshot<T: Send + 'static>() -> (Self::Sender<T>, Self::Receiver<T>) {
        let (sender, receiver) = oneshot::channel();
        (sender, Unwrapped(receiver))
    }

    fn send<T: Send + 'static>(sender: Self::Sender<T>, value: T) {
        assert!(sender.send(value).is_ok(), "the receiver still listens");
    }

    fn join_all<F>(children: impl Iterator<Item = F>) -> impl Future<Output = Vec<F::Output>> + Send
    where
        F: Future + Send,
        F::Output: Send,
    {
        tourbillon::join_all(children)
    }

    fn as_completed<F>(
        children: impl Iterator<Item = F>,
        mut each: impl FnMut(F::Output) + Send,
    ) -> impl Future<Output = ()> + Send
    where
        F: Future + Send,
        F::Output: Send,
    {
        let mut set = tourbillon::as_completed(children);
        async move {
            while let Some((_, output)) = set.next().await {
                each(output);
            }
        }
    }

    fn group<F>(members: impl Iterator<Item = F> + Send) -> impl Future<Output = ()> + Send
    where
        F: Future<Output = ()> + Send + 'static,
    {
        tourbillon::task_group(async move |group| {
            for member in members {
                group.spawn(member);
            }
        })
    }

    fn wait_for<F>(future: F, limit: Duration) -> impl Future<Output = Option<F::Output>> + Send
    where
        F: Future + Send,
        F::Output: Send,
    {
        tourbillon::wait_for(future, limit).map(Result::ok)
    }
}
