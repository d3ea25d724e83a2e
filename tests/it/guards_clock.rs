//! Guards of single lines of the virtual clock's: what it must hear and see before it jumps.

use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use futures_lite::future::poll_once;
use tourbillon::net::UdpSocket;
use tourbillon::{ClockHold, Either, Handle, Runtime, internals, now, oneshot, race, sleep};

use crate::guards::when_asleep;
use crate::reactor::Socket;
use crate::support::{TellParked, in_time, millis, secs};

#[test]
fn a_sleep_that_ends_before_the_settle_time_is_not_the_silence_that_lets_the_clock_jump() {
    let parked = TellParked::default();
    let settle = millis(40);
    let runtime = Runtime::builder().virtual_clock().settle(settle);
    let runtime = runtime.observer(parked.clone()).build().unwrap();
    runtime.block_on(async {
        let socket = UdpSocket::bind("127.0.0.1:0".parse().unwrap()).await;
        let (socket, mut buffer) = (socket.unwrap(), [0]);
        // Many times, for the timer of the system's that rings in vain must ring after the hold
        // was dropped: the thread has 1.8 ms for that. (A deadline further off would not arm it.)
        for _ in 0..20 {
            let hold = Handle::current().hold_clock();
            let mut near = sleep(Duration::from_micros(1_800));
            assert_eq!(poll_once(&mut near).await, None);
            let let_go = Arc::new(Mutex::new(None));
            let when = let_go.clone();
            let thread = when_asleep(&parked, move || {
                drop(near);
                *when.lock().unwrap() = Some(Instant::now());
                drop(hold);
            });
            let heard = race(socket.recv_from(&mut buffer), sleep(secs(3_600))).await;
            assert!(matches!(heard, Either::Right(())));
            thread.join().unwrap();
            let silent = let_go.lock().unwrap().unwrap().elapsed();
            assert!(silent >= settle, "it jumped after {silent:?}");
        }
    });
}

#[test]
fn a_hold_that_is_taken_during_the_settle_time_makes_the_clock_flow_at_once() {
    in_time(|| {
        let parked = TellParked::default();
        let runtime = Runtime::builder().virtual_clock().settle(Duration::MAX);
        let runtime = runtime.observer(parked.clone()).build().unwrap();
        let kept: Arc<Mutex<Option<ClockHold>>> = Arc::default();
        runtime.block_on(async {
            let socket = UdpSocket::bind("127.0.0.1:0".parse().unwrap()).await;
            let (socket, mut buffer) = (socket.unwrap(), [0]);
            // What the socket has to say at first is heard here.
            let hold = Handle::current().hold_clock();
            let _ = race(socket.recv_from(&mut buffer), sleep(millis(1))).await;
            drop(hold);
            let (handle, keep) = (Handle::current(), kept.clone());
            let thread = when_asleep(&parked, move || {
                *keep.lock().unwrap() = Some(handle.hold_clock());
            });
            let start = now();
            let heard = race(socket.recv_from(&mut buffer), sleep(millis(1))).await;
            assert!(matches!(heard, Either::Right(())));
            assert!(now() - start >= millis(1));
            thread.join().unwrap();
        });
    });
}

#[test]
fn what_a_socket_has_to_say_is_heard_before_a_jump_though_no_settle_time_is_given() {
    let runtime = Runtime::builder().virtual_clock().settle(Duration::ZERO);
    runtime.build().unwrap().block_on(async {
        let socket = UdpSocket::bind("127.0.0.1:0".parse().unwrap()).await;
        let (socket, mut buffer) = (socket.unwrap(), [0]);
        let start = now();
        let mut letter = Box::pin(socket.recv_from(&mut buffer));
        assert!(poll_once(&mut letter).await.is_none());
        let sender = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        sender.send_to(b"!", socket.local_addr().unwrap()).unwrap();
        let heard = race(letter, sleep(secs(3_600))).await;
        assert!(matches!(heard, Either::Left(Ok((1, _)))));
        assert_eq!(now(), start);
    });
}

#[test]
fn the_clock_does_not_jump_past_news_that_comes_while_the_loop_looks_whether_it_may() {
    in_time(|| {
        let parked = TellParked::default();
        let runtime = Runtime::builder().virtual_clock().observer(parked.clone());
        runtime.build().unwrap().block_on(async {
            // So many sockets that to ask whether one is waited for takes long enough for another
            // thread to send a value meanwhile.
            let reactor = internals::reactor();
            for _ in 0..50_000 {
                reactor.register(&mut Socket::default()).unwrap();
            }
            let asks = |_| {
                let began = Instant::now();
                assert!(!reactor.is_waited_for());
                began.elapsed()
            };
            let shortest = (0..5).map(asks).min().unwrap();
            let mut in_between = 0;
            while in_between < 5 {
                let (sender, receiver) = oneshot::channel();
                let (tell, told) = mpsc::channel();
                let thread = parked.when_parked(move || {
                    let _ = sender.send(());
                    tell.send(Instant::now()).unwrap();
                });
                let (start, began) = (now(), Instant::now());
                let first = race(sleep(secs(3_600)), receiver).await;
                thread.join().unwrap();
                // A value that came later may have been too late.
                if told.recv().unwrap() - began < shortest / 2 {
                    assert_eq!((first, now()), (Either::Right(Ok(())), start));
                    in_between += 1;
                }
            }
        });
    });
}
