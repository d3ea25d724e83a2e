//! What a runtime must offer to take part, and nothing about how it does it.
//!
//! - **Same code.** A workload is written once against these traits; a contestant only says how its
//!   users write "spawn", "sleep", "connect". Nothing is reached that a user cannot reach.
//! - **At its best.** A contestant takes the fastest form that its own documentation offers for one
//!   thread, and says in its file what that is; a [`Pool`] the fastest for two.
//! - **`Send` for all.** tokio's `spawn` asks for `Send` futures, so every workload is `Send`, also
//!   for the runtimes that would take less.
//!
//! Leaves out: I/O by completion.

use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

mod monoio;
mod pool;
mod smol;
mod tokio;
mod tourbillon;

pub use self::monoio::Monoio;
pub use self::pool::{Pool, Pooled};
pub use self::smol::Smol;
pub use self::tokio::Tokio;
pub use self::tourbillon::Tourbillon;

/// A runtime: run a root, spawn, sleep, connect. Its own thread is its only one, unless it is a
/// [`Pool`].
///
/// The methods take no `self`: every contestant finds its runtime through a thread-local or a
/// static, as its users do.
pub trait Contestant: 'static {
    /// A spawned task's handle; resolves to what the task returned.
    type Task<T: Send + 'static>: Future<Output = T> + Send + 'static;
    /// One timer, which counts from its creation or from its first poll.
    type Sleep: Future + Send + 'static;
    /// One end of a TCP connection.
    type Socket: Socket;
    /// Where connections come in.
    type Listener: Listener<Socket = Self::Socket>;

    /// Builds the runtime with timers and sockets switched on and runs `root` to its end before it
    /// returns.
    fn run<F>(root: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;

    /// Spawns a task onto the runtime that this thread is in.
    fn spawn<F>(future: F) -> Self::Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;

    /// Lets a task run on without its handle.
    fn detach(task: Self::Task<()>);

    /// A timer that fires after `duration`.
    fn sleep(duration: Duration) -> Self::Sleep;

    /// Listens on a free port of loopback.
    fn bind() -> impl Future<Output = io::Result<Self::Listener>> + Send;

    /// Connects to whoever listens there.
    fn connect(address: SocketAddr) -> impl Future<Output = io::Result<Self::Socket>> + Send;

    /// Two ends of a fresh TCP connection over loopback, both belonging to this runtime.
    fn connected_pair() -> impl Future<Output = io::Result<(Self::Socket, Self::Socket)>> + Send {
        async {
            let mut listener = Self::bind().await?;
            connected_through::<Self>(&mut listener).await
        }
    }
}

/// Two ends of a fresh connection through `listener`, which send small messages without delay.
pub async fn connected_through<C: Contestant + ?Sized>(
    listener: &mut C::Listener,
) -> io::Result<(C::Socket, C::Socket)> {
    let near = C::connect(listener.address()?).await?;
    let far = listener.accept().await?;
    near.set_nodelay()?;
    far.set_nodelay()?;
    Ok((near, far))
}

/// Where connections come in.
pub trait Listener: Send + 'static {
    /// What comes in.
    type Socket;

    /// Where to connect to.
    fn address(&self) -> io::Result<SocketAddr>;

    /// The next connection.
    fn accept(&mut self) -> impl Future<Output = io::Result<Self::Socket>> + Send;
}

/// One end of a TCP connection.
pub trait Socket: Send + 'static {
    /// Sends small messages without waiting for more to send.
    fn set_nodelay(&self) -> io::Result<()>;

    /// Reads what is there into `buffer` and says how much that was: nothing at the end.
    fn read(&mut self, buffer: &mut [u8]) -> impl Future<Output = io::Result<usize>> + Send;

    /// Fills `message`.
    fn read_exact(&mut self, message: &mut [u8]) -> impl Future<Output = io::Result<()>> + Send;

    /// Writes all of `message`.
    fn write_all(&mut self, message: &[u8]) -> impl Future<Output = io::Result<()>> + Send;
}

/// What is more than the four verbs: each runtime's own word for it, or the crate its users take.
pub trait Idioms: Contestant {
    /// The sending half of a channel for one value.
    type Sender<T: Send + 'static>: Send + 'static;
    /// The receiving half; resolves to the value.
    type Receiver<T: Send + 'static>: Future<Output = T> + Send + 'static;

    /// A channel for one value.
    fn oneshot<T: Send + 'static>() -> (Self::Sender<T>, Self::Receiver<T>);

    /// Sends the one value to a receiver that still listens.
    fn send<T: Send + 'static>(sender: Self::Sender<T>, value: T);

    /// Every child's output, in the order of the children.
    fn join_all<F>(
        children: impl Iterator<Item = F>,
    ) -> impl Future<Output = Vec<F::Output>> + Send
    where
        F: Future + Send,
        F::Output: Send;

    /// Hands every child's output to `each` as the child finishes.
    ///
    /// Without an answer of the runtime's own: the set of `futures`.
    fn as_completed<F>(
        children: impl Iterator<Item = F>,
        mut each: impl FnMut(F::Output) + Send,
    ) -> impl Future<Output = ()> + Send
    where
        F: Future + Send,
        F::Output: Send,
    {
        let mut set: FuturesUnordered<F> = children.collect();
        async move {
            while let Some(output) = set.next().await {
                each(output);
            }
        }
    }

    /// Starts all members and ends when all have ended.
    ///
    /// Without an answer of the runtime's own: spawned one by one and awaited in that order.
    fn group<F>(members: impl Iterator<Item = F> + Send) -> impl Future<Output = ()> + Send
    where
        F: Future<Output = ()> + Send + 'static,
    {
        async move {
            let handles: Vec<_> = members.map(Self::spawn).collect();
            for handle in handles {
                handle.await;
            }
        }
    }

    /// The future's output, unless `limit` passes first.
    fn wait_for<F>(future: F, limit: Duration) -> impl Future<Output = Option<F::Output>> + Send
    where
        F: Future + Send,
        F::Output: Send;
}

/// A handle that resolves to a `Result`, seen as one that resolves to the value.
///
/// An error here is a bug of the workload: its tasks neither panic nor are cancelled before they
/// are awaited.
pub struct Unwrapped<H>(H);

impl<T, E, H> Future for Unwrapped<H>
where
    E: Debug,
    H: Future<Output = Result<T, E>> + Unpin,
{
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        Pin::new(&mut self.0)
            .poll(cx)
            .map(|result| result.expect("no workload cancels or panics"))
    }
}
