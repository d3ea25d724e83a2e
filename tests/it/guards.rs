//! Guards of single lines: what hangs, or is polled or kept in vain, when one check of the runtime
//! is missing.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::future::{Future, pending, poll_fn};
use std::marker::PhantomPinned;
use std::net::Shutdown;
use std::ops::ControlFlow;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use futures_lite::future::{block_on as elsewhere, poll_once};
use mio::unix::SourceFd;
use mio::{Events, Interest, Token};
use tourbillon::internals::{Readiness, ReadySet};
use tourbillon::{Either, Event, Group, Observer, Runtime, Sendable, Sleep};
use tourbillon::{join_all, oneshot, race, sleep, spawn, task_group};

use crate::support::{Count, TellParked, in_time, millis, secs};

/// Calls `then` on another thread as soon as this one, a loop's, sleeps in the system.
///
/// To be told that the loop is about to sleep is not enough where what it does in between would
/// hide the fault.
pub(crate) fn when_asleep(
    parked: &TellParked,
    then: impl FnOnce() + Send + 'static,
) -> JoinHandle<()> {
    let thread = std::fs::read_link("/proc/thread-self").unwrap();
    let state = std::path::Path::new("/proc").join(thread).join("stat");
    parked.when_parked(move || {
        let is_asleep = || {
            let state = std::fs::read_to_string(&state).unwrap();
            state.rsplit(')').next().unwrap().starts_with(" S")
        };
        while !is_asleep() {
            std::thread::yield_now();
        }
        then();
    })
}

fn observed() -> (Runtime, TellParked) {
    let parked = TellParked::default();
    let runtime = Runtime::builder().observer(parked.clone());
    (runtime.build().unwrap(), parked)
}

/// Polls a sleep that others may reset meanwhile.
async fn shared(sleep: &Mutex<Sleep>) {
    poll_fn(|cx| Pin::new(&mut *sleep.lock().unwrap()).poll(cx)).await;
}

#[test]
fn a_deadline_from_another_thread_wakes_a_loop_that_sleeps_without_any() {
    in_time(|| {
        let (runtime, parked) = observed();
        let moved = Arc::new(Mutex::new(sleep(Duration::MAX)));
        let mover = moved.clone();
        let thread = when_asleep(&parked, move || {
            mover.lock().unwrap().reset(Instant::now() + millis(1));
        });
        runtime.block_on(shared(&moved));
        thread.join().unwrap();
    });
}

#[test]
fn a_deadline_that_moves_to_a_tick_earlier_wakes_a_loop_that_sleeps_for_the_later_one() {
    in_time(|| {
        let (runtime, parked) = observed();
        let hour = Instant::now() + secs(3_600);
        let moved = Arc::new(Mutex::new(tourbillon::sleep_until(hour)));
        let (sender, receiver) = oneshot::channel();
        let (mover, again) = (moved.clone(), parked.clone());
        let thread = when_asleep(&parked, move || {
            // The loop sleeps a second time only if the reset ends the first.
            let second = again.when_parked(move || sender.send(()).unwrap());
            mover
                .lock()
                .unwrap()
                .reset(hour - Duration::from_micros(63));
            second.join().unwrap();
        });
        let first = runtime.block_on(race(shared(&moved), receiver));
        assert_eq!(first, Either::Right(Ok(())));
        thread.join().unwrap();
    });
}

/// The most wakers that one look found.
#[derive(Clone, Default)]
struct MostFound(Arc<AtomicUsize>);

impl Observer for MostFound {
    fn event(&self, event: &Event<'_>) {
        if let Event::Looked { found } = event {
            self.0.fetch_max(*found, SeqCst);
        }
    }
}

#[test]
fn one_look_fires_no_more_than_1024_deadlines_however_many_are_due() {
    let most = MostFound::default();
    let runtime = Runtime::builder().virtual_clock().observer(most.clone());
    let runtime = runtime.build().unwrap();
    runtime.block_on(join_all((0..3_000).map(|_| sleep(secs(1)))));
    assert_eq!(most.0.load(SeqCst), 1_024);
}

#[test]
fn a_member_from_another_thread_is_polled_though_its_group_sleeps() {
    in_time(|| {
        let (runtime, parked) = observed();
        runtime.block_on(async {
            let (sender, receiver) = oneshot::channel();
            let thread = Mutex::new(None);
            task_group(async |group: Group<'static, Sendable>| {
                let add = move || drop(group.spawn(async move { sender.send(7).unwrap() }));
                *thread.lock().unwrap() = Some(when_asleep(&parked, add));
                assert_eq!(receiver.await, Ok(7));
            })
            .await;
            let thread = thread.lock().unwrap().take();
            thread.expect("the body made it").join().unwrap();
        });
    });
}

#[test]
fn there_is_room_in_a_group_that_is_over_though_its_members_never_ended() {
    let (sender, kept) = mpsc::channel();
    let mut group = Box::pin(task_group(|group: Group<'static, Sendable>| {
        group.limit(1);
        drop(group.spawn(pending::<()>()));
        sender.send(group).unwrap();
        pending::<()>()
    }));
    elsewhere(async {
        assert_eq!(poll_once(&mut group).await, None);
        let kept = kept.recv().unwrap();
        assert_eq!(poll_once(kept.room()).await, None, "it is full");
        drop(group);
        assert_eq!(poll_once(kept.room()).await, Some(()));
    });
}

/// Wakes somebody when the loop is about to sleep.
#[derive(Clone, Default)]
struct WakesWhenParked(Arc<Mutex<Option<Waker>>>);

impl Observer for WakesWhenParked {
    fn event(&self, event: &Event<'_>) {
        if let Event::Parked { .. } = event {
            let waker = self.0.lock().unwrap().take();
            waker.into_iter().for_each(Waker::wake);
        }
    }
}

#[test]
fn a_loop_whose_observer_wakes_somebody_when_it_is_about_to_sleep_does_not() {
    in_time(|| {
        let observer = WakesWhenParked::default();
        let runtime = Runtime::builder().observer(observer.clone());
        let runtime = runtime.build().unwrap();
        let polls = Count::new();
        let twice = poll_fn(|cx| {
            if polls.get() == 2 {
                return Poll::Ready(());
            }
            *observer.0.lock().unwrap() = Some(cx.waker().clone());
            Poll::Pending
        });
        runtime.block_on(polls.polls(twice));
        assert_eq!(polls.get(), 2);
    });
}

#[test]
fn a_root_that_was_woken_in_its_last_poll_leaves_the_next_one_no_second_place_in_the_queue() {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(poll_fn(|cx| {
        cx.waker().wake_by_ref();
        Poll::Ready(())
    }));
    let polls = Count::new();
    runtime.block_on(polls.polls(async {
        let (sender, receiver) = oneshot::channel();
        spawn(async move { sender.send(()).unwrap() }).detach();
        receiver.await.unwrap();
    }));
    assert_eq!(polls.get(), 2, "at its start, and for the value");
}

/// What the system says of `socket` at this moment.
fn said_of(socket: &impl std::os::fd::AsRawFd) -> Readiness {
    let mut poll = mio::Poll::new().unwrap();
    let mut events = Events::with_capacity(1);
    let both = Interest::READABLE | Interest::WRITABLE;
    let fd = socket.as_raw_fd();
    let registry = poll.registry();
    let mut source = SourceFd(&fd);
    registry.register(&mut source, Token(0), both).unwrap();
    poll.poll(&mut events, Some(secs(10))).unwrap();
    Readiness::from(
        events
            .iter()
            .next()
            .expect("the socket has something to say"),
    )
}

#[test]
fn after_a_hang_up_neither_a_short_read_nor_a_short_write_says_the_truth() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let open = said_of(&ours);
    assert!(open.writable && !open.short_writes_lie && !open.short_reads_lie);
    ours.shutdown(Shutdown::Both).unwrap();
    let closed = said_of(&ours);
    assert!(closed.readable && closed.short_reads_lie);
    assert!(closed.writable && closed.short_writes_lie);
    drop(theirs);
}

#[test]
fn an_error_wakes_the_writers_of_a_socket_that_has_no_room() {
    let directory = std::env::temp_dir().join(format!("tourbillon-guard-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let bind = |name| UnixDatagram::bind(directory.join(name)).unwrap();
    let (ours, peer, full) = (bind("ours"), bind("peer"), bind("full"));
    peer.connect(directory.join("ours")).unwrap();
    ours.connect(directory.join("peer")).unwrap();
    // Something to read, a letter that the peer never reads, and no room left for another.
    peer.send(b"!").unwrap();
    ours.send(b"!").unwrap();
    ours.set_nonblocking(true).unwrap();
    let letter = [0; 50_000];
    while ours.send_to(&letter, directory.join("full")).is_ok() {}
    let before = said_of(&ours);
    // A peer that turns to somebody else throws what it has not read away: an error of ours.
    peer.connect(directory.join("full")).unwrap();
    let after = said_of(&ours);
    std::fs::remove_dir_all(&directory).unwrap();
    drop(full);
    assert!(before.readable && !before.writable, "{before:?}");
    assert!(after.readable && after.writable, "{after:?}");
}

#[test]
fn what_another_thread_spawned_before_the_end_and_the_loop_never_read_ends_as_cancelled() {
    let runtime = Runtime::new().unwrap();
    let (handle, drops) = (runtime.handle(), Count::new());
    let guard = drops.on_drop();
    let task = std::thread::spawn(move || {
        handle.spawn(async move {
            let _guard = guard;
            pending::<()>().await;
        })
    });
    let task = task.join().unwrap();
    drop(runtime);
    assert!(task.is_finished(), "nobody will ever resolve it");
    assert_eq!(drops.get(), 1);
    assert!(elsewhere(task).unwrap_err().is_cancelled());
}

type Child = Pin<Box<dyn Future<Output = ()>>>;

/// One pass of a set that nobody breaks off.
fn pass(set: &mut ReadySet<Child>, waker: &Waker) -> Poll<()> {
    let cx = &mut Context::from_waker(waker);
    let passed = set.poll_pass(cx, |_, ()| ControlFlow::<()>::Continue(()));
    passed.map(|_| ())
}

#[test]
fn a_wake_of_a_child_that_is_over_does_not_poll_the_one_in_its_place() {
    let mut set = ReadySet::<Child>::new();
    set.insert_all([Box::pin(pending()) as Child]);
    // Woken in their last polls, they leave their names behind, and the block is theirs alone.
    let over = || {
        poll_fn(|cx| {
            cx.waker().wake_by_ref();
            Poll::Ready(())
        })
    };
    set.insert_all([Box::pin(over()) as Child, Box::pin(over()) as Child]);
    assert!(pass(&mut set, Waker::noop()).is_pending());
    assert_eq!(set.len(), 1);
    let polls = Count::new();
    set.insert_all([Box::pin(polls.polls(pending())) as Child]);
    for _ in 0..3 {
        assert!(pass(&mut set, Waker::noop()).is_pending());
    }
    assert_eq!(polls.get(), 1, "nobody woke it");
}

/// Notes where it stands whenever it is polled.
struct Stands(Rc<RefCell<BTreeSet<usize>>>, PhantomPinned);

impl Future for Stands {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.borrow_mut().insert(&raw const *self as usize);
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

#[test]
fn children_stand_where_they_were_polled_first_however_many_come_after_them() {
    let places = Rc::new(RefCell::new(BTreeSet::new()));
    let mut set = ReadySet::new();
    for _ in 0..200 {
        set.insert_all([Stands(places.clone(), PhantomPinned)]);
        for _ in 0..4 {
            let cx = &mut Context::from_waker(Waker::noop());
            let passed = set.poll_pass(cx, |_, ()| ControlFlow::<()>::Continue(()));
            assert!(passed.is_pending());
        }
    }
    assert_eq!(places.borrow().len(), 200);
}

/// A waker that is only counted.
struct Silent;

impl Wake for Silent {
    fn wake(self: Arc<Self>) {}
}

#[test]
fn a_childs_waker_that_outlives_its_set_does_not_keep_the_tasks_waker() {
    let (sender, kept) = mpsc::channel();
    let mut set = ReadySet::<Child>::new();
    let keeps = poll_fn(move |cx| {
        sender.send(cx.waker().clone()).unwrap();
        Poll::Pending
    });
    set.insert_all([Box::pin(keeps) as Child]);
    let task = Arc::new(Silent);
    assert!(pass(&mut set, &Waker::from(task.clone())).is_pending());
    let child = kept.recv().unwrap();
    assert_eq!(Arc::strong_count(&task), 2, "the set has one");
    drop(set);
    assert_eq!(Arc::strong_count(&task), 1);
    child.wake();
}
