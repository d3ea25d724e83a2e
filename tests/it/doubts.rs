//! Reads in doubt: a socket whose reader expects nothing is not asked, and nothing is lost by that.

use std::io::{self, ErrorKind};
use std::task::{Context, Poll, Waker};

use futures_lite::future::poll_once;
use tourbillon::internals::{Direction, Portion};
use tourbillon::net::UnixStream;
use tourbillon::{Runtime, join, now, spawn, test, wait_for};

use crate::net::connection;
use crate::reactor::{Bench, READABLE, bell, ring};
use crate::support::millis;

use Direction::Read;

/// A source and a reader of it, who counts how often it asks.
struct Reader {
    bench: Bench,
    asked: usize,
}

impl Reader {
    /// One that was told once that nothing follows a whole read, and has read a whole again.
    fn that_expects_nothing() -> Reader {
        let mut reader = Reader {
            bench: Bench::new(),
            asked: 0,
        };
        assert!(reader.poll(Waker::noop(), whole).is_ready());
        assert!(reader.poll(Waker::noop(), nothing).is_pending());
        reader.bench.dispatch(READABLE);
        assert!(reader.poll(Waker::noop(), whole).is_ready());
        assert_eq!(reader.asked, 3);
        reader
    }

    fn poll(
        &mut self,
        waker: &Waker,
        found: fn() -> io::Result<Portion<()>>,
    ) -> Poll<io::Result<()>> {
        let cx = &mut Context::from_waker(waker);
        self.bench.source.poll_io(cx, Read, || {
            self.asked += 1;
            found()
        })
    }

    /// A look that did, or did not, find something to do.
    fn look(&self, nothing_to_do: bool) {
        let mut woken = Vec::new();
        self.bench.reactor.settle(nothing_to_do, &mut woken);
        ring(woken);
    }
}

fn whole() -> io::Result<Portion<()>> {
    Ok(Portion::Whole(()))
}

fn nothing() -> io::Result<Portion<()>> {
    Err(ErrorKind::WouldBlock.into())
}

#[test]
fn a_reader_asks_after_a_whole_read_until_it_once_found_nothing() {
    let mut reader = Reader::that_expects_nothing();
    assert!(reader.poll(Waker::noop(), whole).is_pending());
    assert_eq!(reader.asked, 3, "it waits in doubt");
}

#[test]
fn an_event_ends_the_doubt_and_the_next_read_asks() {
    let mut reader = Reader::that_expects_nothing();
    let (bell, waker) = bell();
    assert!(reader.poll(&waker, whole).is_pending());
    ring(reader.bench.dispatch(READABLE));
    assert_eq!(bell.rung(), 1);
    assert!(reader.poll(&waker, whole).is_ready());
    reader.look(true);
    assert_eq!(bell.rung(), 1, "there is nothing left to settle");
}

#[test]
fn a_doubt_that_no_event_ends_is_settled_when_there_is_nothing_to_do() {
    let mut reader = Reader::that_expects_nothing();
    let (bell, waker) = bell();
    assert!(reader.poll(&waker, whole).is_pending());
    assert!(!reader.bench.reactor.may_sleep(), "nobody sleeps over it");
    reader.look(true);
    assert_eq!(bell.rung(), 1);
    assert!(reader.poll(&waker, whole).is_ready(), "it asks");
    assert!(reader.bench.reactor.may_sleep());
}

#[test]
fn a_doubt_is_settled_at_the_32nd_look_of_a_loop_that_always_has_something_to_do() {
    let mut reader = Reader::that_expects_nothing();
    let (bell, waker) = bell();
    assert!(reader.poll(&waker, whole).is_pending());
    for _ in 0..31 {
        reader.look(false);
        assert_eq!(bell.rung(), 0);
    }
    reader.look(false);
    assert_eq!(bell.rung(), 1);
}

#[test]
fn a_reader_that_doubted_wrongly_asks_from_then_on() {
    let mut reader = Reader::that_expects_nothing();
    assert!(reader.poll(Waker::noop(), whole).is_pending());
    reader.look(true);
    for asked in 4..8 {
        assert!(reader.poll(Waker::noop(), whole).is_ready());
        assert_eq!(reader.asked, asked);
    }
}

#[test]
fn a_reader_that_doubted_wrongly_once_never_doubts_again() {
    let mut reader = Reader::that_expects_nothing();
    assert!(reader.poll(Waker::noop(), whole).is_pending());
    reader.look(true);
    assert!(reader.poll(Waker::noop(), whole).is_ready(), "it was wrong");
    assert!(reader.poll(Waker::noop(), nothing).is_pending());
    reader.bench.dispatch(READABLE);
    assert!(reader.poll(Waker::noop(), whole).is_ready());
    assert!(reader.poll(Waker::noop(), whole).is_ready(), "it asks");
}

/// Another reader's call began before the last event and ends after it.
#[test]
fn a_late_completion_takes_no_doubt_away() {
    for late in [whole as fn() -> _, || Ok(Portion::Short(()))] {
        let mut reader = Reader::that_expects_nothing();
        let (bell, waker) = bell();
        let source = reader.bench.source.clone();
        reader.bench.dispatch(READABLE);
        let read = source.try_io(Read, || {
            reader.bench.dispatch(READABLE);
            assert!(reader.poll(Waker::noop(), whole).is_ready());
            assert!(reader.poll(&waker, whole).is_pending(), "it doubts");
            late()
        });
        assert!(read.is_ok());
        reader.look(true);
        assert_eq!(bell.rung(), 1);
    }
}

#[test]
fn a_read_under_another_executor_asks() {
    test(async {
        let (client, server) = connection().await;
        let mut message = [0; 4];
        for _ in 0..3 {
            client.write_all(b"once").await.unwrap();
            server.read_exact(&mut message).await.unwrap();
            let nothing = tourbillon::wait_for(server.read(&mut message), millis(10)).await;
            assert!(nothing.is_err());
        }
        client.write_all(b"twofold!").await.unwrap();
        server.read_exact(&mut message).await.unwrap();
        let reader = std::thread::spawn(move || {
            let mut message = [0; 4];
            futures_lite::future::block_on(server.read_exact(&mut message)).map(|()| message)
        });
        let read = reader.join().unwrap();
        assert_eq!(&read.unwrap(), b"old!", "the loop did not turn meanwhile");
    });
}

#[test]
fn a_reader_that_is_polled_in_vain_stays_in_doubt_and_its_latest_waker_is_woken() {
    let mut reader = Reader::that_expects_nothing();
    let (first, second) = (bell(), bell());
    assert!(reader.poll(&first.1, whole).is_pending());
    assert!(reader.poll(&second.1, whole).is_pending());
    assert_eq!(reader.asked, 3);
    reader.look(true);
    assert_eq!((first.0.rung(), second.0.rung()), (0, 1));
}

/// Three messages of four bytes teach the reader to expect nothing; then two come at once.
#[test]
fn bytes_that_came_against_expectation_are_read_without_another_event() {
    test(async {
        let (client, server) = connection().await;
        let reader = spawn(async move {
            let mut message = [0; 4];
            let mut messages = Vec::new();
            while messages.len() < 6 {
                server.read_exact(&mut message).await.unwrap();
                server.write_all(b"!").await.unwrap();
                messages.push(message);
            }
            messages
        });
        let mut answer = [0];
        for message in [b"one ", b"two ", b"four"] {
            client.write_all(message).await.unwrap();
            client.read_exact(&mut answer).await.unwrap();
        }
        client.write_all(b"fivesix seve").await.unwrap();
        let messages = reader.await.unwrap();
        assert_eq!(messages.concat(), b"one two fourfivesix seve");
    });
}

#[test]
fn two_readers_in_doubt_hear_of_the_end_of_their_peer() {
    test(async {
        let (client, server) = connection().await;
        let other = server.clone();
        let read = async |socket: tourbillon::net::TcpStream| {
            let mut byte = [0];
            let mut count = 0;
            while socket.read(&mut byte).await.unwrap() > 0 {
                count += 1;
            }
            count
        };
        let readers = spawn(async move { join(read(server), read(other)).await });
        for _ in 0..5 {
            client.write_all(b"x").await.unwrap();
            tourbillon::sleep(std::time::Duration::from_millis(10)).await;
        }
        drop(client);
        let (left, right) = readers.await.unwrap();
        assert_eq!(left + right, 5);
    });
}

/// One event tells of both halves, so none is left for the second.
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
        theirs.write_all(b"lessmore").await.unwrap();
        assert_eq!(ours.read(&mut four).await.unwrap(), 4);
        let before = now();
        let more = wait_for(ours.read(&mut four), millis(1_000)).await;
        assert_eq!(now(), before, "the clock jumps only in a sleep");
        assert_eq!(more.expect("it is there").unwrap(), 4);
        assert_eq!(&four, b"more");
    });
}
