//! What the operations ask of the allocator.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use tourbillon::net::UnixStream;
use tourbillon::{block_on, spawn};

use crate::allocator::{allocations, bytes};
use crate::operations::judge;

/// So many bytes does a task with a future of one word ask for, in one piece: what was counted
/// last. More than 128 would miss the row `bytes/idle`.
const CELL: u64 = 104;

#[test]
fn no_operation_allocates_more_often_than_its_bound() {
    judge("allocations", |operation| {
        ((operation.cost)(allocations), operation.allocations)
    });
}

/// One word, ready at once.
struct Word(u64);

impl Future for Word {
    type Output = u64;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u64> {
        Poll::Ready(self.0)
    }
}

#[test]
fn a_task_of_one_word_is_one_allocation_of_no_more_bytes_than_its_bound() {
    let (times, size, word) = block_on(async {
        // What grows with the number of tasks has grown when the first is gone.
        spawn(Word(0)).await.unwrap();
        let before = (allocations(), bytes());
        let task = spawn(Word(7));
        let after = (allocations(), bytes());
        (after.0 - before.0, after.1 - before.1, task.await.unwrap())
    });
    println!("a task of one word: {size} bytes, at most {CELL}");
    assert_eq!((times, word), (1, 7));
    assert!(size <= CELL, "{size} bytes");
}

#[test]
fn the_allocator_counts_what_is_asked_for() {
    let before = (allocations(), bytes());
    let mut boxed = vec![0_u8; 100];
    boxed.reserve_exact(900);
    assert_eq!((allocations() - before.0, bytes() - before.1), (2, 1_100));
}

#[test]
fn a_reader_that_is_polled_in_doubt_again_and_again_asks_for_no_memory() {
    let asked = block_on(async {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let mut byte = [0];
        theirs.write_all(b"x").await.unwrap();
        ours.read_exact(&mut byte).await.unwrap();
        assert!(polled(&mut pin!(ours.read(&mut byte))).await.is_pending());
        theirs.write_all(b"y").await.unwrap();
        ours.read_exact(&mut byte).await.unwrap();
        let mut doubted = pin!(ours.read(&mut byte));
        assert!(polled(&mut doubted).await.is_pending());
        let before = allocations();
        for _ in 0..1_000 {
            assert!(polled(&mut doubted).await.is_pending());
        }
        allocations() - before
    });
    assert_eq!(asked, 0);
}

/// What one poll of a future says.
async fn polled<F: Future>(future: &mut Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}
