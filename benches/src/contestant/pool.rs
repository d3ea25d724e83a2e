//! A contestant on two workers: the same verbs, run by two threads that share the tasks.
//!
//! - **One difference.** A [`Pool`] says how it is run and, if need be, how it spawns; timers,
//!   sockets and handles are those of the contestant on one thread.
//! - **Two workers**, as many as the machine has cores that can be relied on. The thread that calls
//!   is one of them where the runtime lets it be.
//! - **Nobody stays behind.** When the root ends, so do the threads that its pool has started.
//!
//! Leaves out: more workers, and groups, gathering and one-shots on a pool.

use std::future::Future;
use std::io;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::time::Duration;

use super::Contestant;

/// How many threads run the tasks of a [`Pool`].
pub(super) const WORKERS: usize = 2;

/// A runtime that also has a form for several threads.
pub trait Pooled: Contestant {
    /// As [`Contestant::run`], with [`WORKERS`] threads that take each other's tasks.
    fn run_pooled<F>(root: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;

    /// Spawns a task that any of the threads may run.
    ///
    /// Without an answer of the runtime's own: as on one thread.
    fn spawn_pooled<F>(future: F) -> Self::Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        Self::spawn(future)
    }
}

/// The contestant `C` on two workers.
pub struct Pool<C>(PhantomData<C>);

impl<C: Pooled> Contestant for Pool<C> {
    type Task<T: Send + 'static> = C::Task<T>;
    type Sleep = C::Sleep;
    type Socket = C::Socket;
    type Listener = C::Listener;

    fn run<F>(root: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        C::run_pooled(root)
    }

    fn spawn<F>(future: F) -> Self::Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        C::spawn_pooled(future)
    }

    fn detach(task: Self::Task<()>) {
        C::detach(task);
    }

    fn sleep(duration: Duration) -> Self::Sleep {
        C::sleep(duration)
    }

    fn bind() -> impl Future<Output = io::Result<Self::Listener>> + Send {
        C::bind()
    }

    fn connect(address: SocketAddr) -> impl Future<Output = io::Result<Self::Socket>> + Send {
        C::connect(address)
    }
}
