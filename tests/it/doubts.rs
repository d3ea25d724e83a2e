//! Sockets that are most likely empty: what a reader doubts, when it tries, and that nothing is slept over.

use std::cell::Cell;
use std::task::Context;

use futures_lite::future::poll_once;
use tourbillon::internals::{Direction::Read, Portion, Readiness};
use tourbillon::net::UnixStream;
use tourbillon::{Runtime, now, wait_for};

use crate::reactor::{Bench, bell, blocked};
use crate::support::secs;

#[test]
fn a_read_is_doubted_after_one_of_its_kind_found_nothing_and_not_before() {
    let bench = Bench::new();
    let (_, waker) = bell();
    let tries = Cell::new(0);
    let read = |found: bool| {
        let cx = &mut Context::from_waker(&waker);
        bench.source.poll_io(cx, Read, || {
            tries.set(tries.get() + 1);
            if found {
                Ok(Portion::Whole(()))
            } else {
                blocked()
            }
        })
    };
    assert!(read(true).is_ready());
    assert!(read(true).is_ready(), "nothing is known of what follows");
    assert!(read(false).is_pending());
    assert_eq!(tries.get(), 3, "each has tried");

    let readable = Readiness {
        readable: true,
        ..Readiness::default()
    };
    bench.dispatch(readable);
    assert!(read(true).is_ready());
    assert!(read(true).is_pending(), "the last time there was nothing");
    assert_eq!(tries.get(), 4, "the one in doubt has not tried");
    bench.dispatch(readable);
    assert!(read(true).is_ready(), "an event ends all doubt");
}

#[test]
fn bytes_that_a_reader_doubts_are_read_before_the_loop_sleeps() {
    let runtime = Runtime::builder().virtual_clock().build().unwrap();
    runtime.block_on(async {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let mut four = [0; 4];
        theirs.write_all(b"full").await.unwrap();
        assert_eq!(ours.read(&mut four).await.unwrap(), 4);
        let after = poll_once(ours.read(&mut four)).await;
        assert!(after.is_none(), "this is how it learns to doubt");

        // One event for both halves: none is left to tell of the second.
        theirs.write_all(b"lessmore").await.unwrap();
        assert_eq!(ours.read(&mut four).await.unwrap(), 4);
        let before = now();
        let more = wait_for(ours.read(&mut four), secs(1)).await;
        assert_eq!(now(), before, "the clock jumps only in a sleep");
        assert_eq!(more.expect("it is there").unwrap(), 4);
        assert_eq!(&four, b"more");
    });
}
