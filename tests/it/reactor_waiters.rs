//! Who waits for a socket: the slot, the line, and what is left when a waiter or the loop goes.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use tourbillon::internals::Direction::{Read, Write};
use tourbillon::internals::{Portion, Reactor};

use crate::reactor::{Bench, READABLE, Socket, bell, blocked, ring};

#[test]
fn of_two_tasks_that_poll_one_direction_the_latest_is_woken() {
    let bench = Bench::new();
    let (first, first_waker) = bell();
    let (latest, latest_waker) = bell();
    for waker in [&first_waker, &latest_waker] {
        let cx = &mut Context::from_waker(waker);
        assert!(bench.source.poll_io(cx, Read, blocked).is_pending());
    }
    ring(bench.dispatch(READABLE));
    assert_eq!((first.rung(), latest.rung()), (0, 1));
}

#[test]
fn every_waiting_future_is_woken_once_and_in_the_order_of_arrival() {
    let bench = Bench::new();
    let mut futures: Vec<_> = (0..5)
        .map(|_| Box::pin(bench.source.io(Read, blocked)))
        .collect();
    let bells: Vec<_> = (0..5).map(|_| bell()).collect();
    for (future, (_, waker)) in futures.iter_mut().zip(&bells) {
        assert!(
            future
                .as_mut()
                .poll(&mut Context::from_waker(waker))
                .is_pending()
        );
    }
    let woken = bench.dispatch(READABLE);
    assert_eq!(woken.len(), 5);
    assert!(
        woken
            .iter()
            .zip(&bells)
            .all(|(woken, (_, waker))| woken.will_wake(waker))
    );
    assert!(
        bench.dispatch(READABLE).is_empty(),
        "a waker was kept after its event"
    );
}

#[test]
fn a_future_that_was_woken_in_vain_keeps_its_place() {
    let bench = Bench::new();
    let (_, early_waker) = bell();
    let (_, late_waker) = bell();
    let mut early = pin!(bench.source.io(Read, blocked));
    assert!(
        early
            .as_mut()
            .poll(&mut Context::from_waker(&early_waker))
            .is_pending()
    );
    bench.dispatch(READABLE);
    // Somebody who came later asks first after the event.
    let mut late = pin!(bench.source.io(Read, blocked));
    assert!(
        late.as_mut()
            .poll(&mut Context::from_waker(&late_waker))
            .is_pending()
    );
    assert!(
        early
            .as_mut()
            .poll(&mut Context::from_waker(&early_waker))
            .is_pending()
    );

    let woken = bench.dispatch(READABLE);
    assert!(woken[0].will_wake(&early_waker) && woken[1].will_wake(&late_waker));
}

#[test]
fn a_future_that_moves_to_another_task_wakes_that_one() {
    let bench = Bench::new();
    let (old, old_waker) = bell();
    let (new, new_waker) = bell();
    let mut future = pin!(bench.source.io(Read, blocked));
    for waker in [&old_waker, &new_waker] {
        assert!(
            future
                .as_mut()
                .poll(&mut Context::from_waker(waker))
                .is_pending()
        );
    }
    ring(bench.dispatch(READABLE));
    assert_eq!((old.rung(), new.rung()), (0, 1));
}

#[test]
fn a_dropped_future_leaves_nothing_behind() {
    let bench = Bench::new();
    let (bell, waker) = bell();
    let mut future = Box::pin(bench.source.io(Read, blocked));
    assert!(
        future
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    assert!(bench.reactor.is_waited_for());
    drop(future);
    drop(waker);
    assert!(!bench.reactor.is_waited_for());
    assert_eq!(Arc::strong_count(&bell), 1, "a waker is left behind");
    assert!(bench.dispatch(READABLE).is_empty());
}

#[test]
fn when_the_loop_is_gone_every_waiter_wakes_and_every_operation_fails() {
    let bench = Bench::new();
    let (reader, read_waker) = bell();
    let (writer, write_waker) = bell();
    let mut read = pin!(bench.source.io(Read, blocked));
    assert!(
        read.as_mut()
            .poll(&mut Context::from_waker(&read_waker))
            .is_pending()
    );
    let cx = &mut Context::from_waker(&write_waker);
    assert!(bench.source.poll_io(cx, Write, blocked).is_pending());

    let mut woken = Vec::new();
    bench.reactor.close(&mut woken);
    woken.into_iter().for_each(Waker::wake);
    assert_eq!((reader.rung(), writer.rung()), (1, 1));
    let Poll::Ready(Err(error)) = read.as_mut().poll(&mut Context::from_waker(&read_waker)) else {
        panic!("it waits for a loop that is gone");
    };
    assert!(error.to_string().contains("is gone"), "{error}");
    let unreachable = || -> io::Result<Portion<()>> { panic!("there is nobody to wait with") };
    bench.source.try_io(Write, unreachable).unwrap_err();
    bench.reactor.register(&mut Socket::default()).unwrap_err();
}

/// A waker whose every end asks the reactor, which would be a deadlock under one of its locks.
struct Nosy(Arc<Reactor>);

impl Wake for Nosy {
    fn wake(self: Arc<Self>) {
        self.0.is_waited_for();
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        self.0.is_waited_for();
    }
}

#[test]
fn no_waker_is_woken_or_dropped_under_a_lock() {
    let Bench {
        reactor,
        mut socket,
        source,
    } = Bench::new();
    let nosy = || Waker::from(Arc::new(Nosy(reactor.clone())));
    let poll = |waker: Waker| {
        assert!(
            source
                .poll_io(&mut Context::from_waker(&waker), Read, blocked)
                .is_pending()
        );
    };
    // Replaced, woken, left with its future, and forgotten with its socket.
    poll(nosy());
    poll(nosy());
    let mut woken = Vec::new();
    reactor.dispatch(socket.token.unwrap(), READABLE, &mut woken);
    ring(woken);
    let mut future = Box::pin(source.io(Read, blocked));
    assert!(
        future
            .as_mut()
            .poll(&mut Context::from_waker(&nosy()))
            .is_pending()
    );
    drop(future);
    poll(nosy());
    reactor.deregister(&source, &mut socket);
    drop(source);

    let source = reactor.register(&mut socket).unwrap();
    assert!(
        source
            .poll_io(&mut Context::from_waker(&nosy()), Read, blocked)
            .is_pending()
    );
    let mut woken = Vec::new();
    reactor.close(&mut woken);
    woken.into_iter().for_each(Waker::wake);
    assert!(!reactor.is_waited_for());
}
