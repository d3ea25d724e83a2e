//! smol at its best: on one thread a `LocalExecutor` under `smol::block_on`, which turns its
//! reactor.
//!
//! The executor is leaked, as in the fastest of async-executor's own benchmarks: it then keeps no
//! table of its tasks, which saves smol a quarter of a spawn. The root is spawned, which saves it
//! more. What its rows pay for: a run queue that other threads may push to and a second one that
//! tasks are moved to, wakers that any thread may use, an ordered tree of timers, an `epoll_ctl`
//! each time a socket is waited for, and a spare thread that turns the reactor when nobody else
//! does.
//!
//! On a pool: an `Executor` run by the calling thread and by one more, as async-executor's
//! documentation has it; static, for the same reason as above (through `smol::spawn`, whose executor
//! keeps the table, a spawn costs twice as much). Both threads stand under `smol::block_on`, as
//! those of smol's own global executor do, so whichever is idle turns the reactor: with two threads
//! that only sleep, and the spare one to turn it, an echo costs a fifth more. What its rows pay for:
//! one queue for all, a queue of each thread that the other takes from, and a look for sleepers at
//! each push.

use std::cell::Cell;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use async_executor::{StaticExecutor, StaticLocalExecutor};
use futures_channel::oneshot;
use futures_util::FutureExt;
use smol::io::{AsyncReadExt, AsyncWriteExt};
use smol::{Async, LocalExecutor, Timer, channel};

use super::pool::{Pooled, WORKERS};
use super::{Contestant, Idioms, Listener, Socket, Unwrapped};

thread_local! {
    /// Reaching it costs a plain thread-local read and no check for its end.
    static EXECUTOR: Cell<Option<&'static StaticLocalExecutor>> = const { Cell::new(None) };
}

fn executor() -> &'static StaticLocalExecutor {
    EXECUTOR.get().unwrap_or_else(|| {
        let executor = LocalExecutor::new().leak();
        EXECUTOR.set(Some(executor));
        executor
    })
}

/// smol, `LocalExecutor` and async-io.
pub struct Smol;

impl Contestant for Smol {
    type Task<T: Send + 'static> = smol::Task<T>;
    type Sleep = Timer;
    type Socket = Async<TcpStream>;
    type Listener = Async<TcpListener>;

    fn run<F>(root: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        smol::block_on(executor().run(executor().spawn(root)))
    }

    fn spawn<F>(future: F) -> Self::Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        executor().spawn(future)
    }

    fn detach(task: Self::Task<()>) {
        task.detach();
    }

    fn sleep(duration: Duration) -> Self::Sleep {
        Timer::after(duration)
    }

    async fn bind() -> io::Result<Self::Listener> {
        Async::<TcpListener>::bind((Ipv4Addr::LOCALHOST, 0))
    }

    async fn connect(address: SocketAddr) -> io::Result<Self::Socket> {
        Async::<TcpStream>::connect(address).await
    }
}

/// What all threads of a pool run.
static POOL: StaticExecutor = StaticExecutor::new();

impl Pooled for Smol {
    fn run_pooled<F>(root: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (stop, stopped) = channel::bounded::<()>(1);
        thread::scope(move |scope| {
            for _ in 1..WORKERS {
                let stopped = stopped.clone();
                scope.spawn(move || smol::block_on(POOL.run(stopped.recv())));
            }
            let output = smol::block_on(POOL.run(POOL.spawn(root)));
            // Without a sender nobody waits any more. A root that panics drops it as well.
            drop(stop);
            output
        })
    }

    fn spawn_pooled<F>(future: F) -> Self::Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        POOL.spawn(future)
    }
}

impl Listener for Async<TcpListener> {
    type Socket = Async<TcpStream>;

    fn address(&self) -> io::Result<SocketAddr> {
        self.get_ref().local_addr()
    }

    async fn accept(&mut self) -> io::Result<Async<TcpStream>> {
        Async::<TcpListener>::accept(self)
            .await
            .map(|(socket, _)| socket)
    }
}

impl Socket for Async<TcpStream> {
    fn set_nodelay(&self) -> io::Result<()> {
        self.get_ref().set_nodelay(true)
    }

    async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        AsyncReadExt::read(self, buffer).await
    }

    async fn read_exact(&mut self, message: &mut [u8]) -> io::Result<()> {
        AsyncReadExt::read_exact(self, message).await
    }

    async fn write_all(&mut self, message: &[u8]) -> io::Result<()> {
        AsyncWriteExt::write_all(self, message).await
    }
}

impl Idioms for Smol {
    type Sender<T: Send + 'static> = oneshot::Sender<T>;
    type Receiver<T: Send + 'static> = Unwrapped<oneshot::Receiver<T>>;

    /// smol has no one-shot of its own: its users take the one of `futures`.
    fn oneshot<T: Send + 'static>() -> (Self::Sender<T>, Self::Receiver<T>) {
        let (sender, receiver) = oneshot::channel();
        (sender, Unwrapped(receiver))
    }

    fn send<T: Send + 'static>(sender: Self::Sender<T>, value: T) {
        assert!(sender.send(value).is_ok(), "the receiver still listens");
    }

    /// smol has no `join_all`: its users take the one of `futures`.
    fn join_all<F>(children: impl Iterator<Item = F>) -> impl Future<Output = Vec<F::Output>> + Send
    where
        F: Future + Send,
        F::Output: Send,
    {
        futures_util::future::join_all(children)
    }

    /// The time-out of smol's own documentation: the future or a timer, whichever is first.
    fn wait_for<F>(future: F, limit: Duration) -> impl Future<Output = Option<F::Output>> + Send
    where
        F: Future + Send,
        F::Output: Send,
    {
        smol::future::or(future.map(Some), Timer::after(limit).map(|_| None))
    }
}
