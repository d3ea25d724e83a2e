//! The work of other rows on two workers: the same functions, instantiated for a `Pool`.
//!
//! - **A second worker is a cost first.** Tasks that do nothing are too little to share: what shows
//!   is what a runtime pays so that another thread may take them. The rows of the same work on one
//!   thread say what that is; no row here promises to be faster than its twin.
//! - **Both cores.** A neighbour on one of them makes the workers take turns, which makes a row up
//!   to twice as dear or as cheap, for each runtime otherwise: so here ratios drift too, and count
//!   on a quiet machine alone.
//!
//! What a runtime pays: a queue that another thread may take from, a look whether that thread
//! sleeps each time something is pushed, a wake of it (a system call) if it does, its search
//! through other queues, and cache lines that go to and fro. Row by row:
//!
//! - `pool/spawn`: the queue fills from one side, so that half of it moves, and a task is often
//!   freed by another thread than the one that allocated it, as is its result.
//! - `pool/yield`: both workers have enough to do after the first few steals; what is left is the
//!   dearer queue.
//! - `pool/pingpong`: never more than one task to run, so a wake of the sleeping worker is in vain,
//!   or moves the work to a cold cache. tokio's run is a mixture: a trip costs least on one worker
//!   while the other sleeps, more than twice that while the other searches, seven times that if it
//!   is answered by the other. The first tenth of a second is mostly of the second kind, so that a
//!   quick run is dearer a trip than a full one.
//! - `pool/chain`: the same with tasks that live once; here nobody need wake anybody.
//! - `pool/echo`: nearly all of it is the kernel's, and that could run on both cores; what stands
//!   against it is one poll for both workers, or sockets whose tasks have moved.
//!
//! The floor is that of the row on one thread: the work without a runtime and without a second
//! thread. monoio has no lane, since its tasks never leave their thread.

use super::{echo, pingpong, spawn, yields};
use crate::contestant::{Pool, Smol, Tokio, Tourbillon};
use crate::row::{FLOOR, OURS, Row, Unit, lane};

/// The rows of this work.
pub const ROWS: &[Row] = &[
    Row {
        name: "pool/spawn",
        what: "on two workers: spawn tasks that return a number, then await them all",
        per: "task",
        unit: Unit::Nanoseconds,
        scale: 200_000,
        lanes: &[
            (OURS, spawn::batch::<Pool<Tourbillon>>),
            ("tokio", spawn::batch::<Pool<Tokio>>),
            ("smol", spawn::batch::<Pool<Smol>>),
            (FLOOR, spawn::batch_floor),
        ],
        targets: &[lane(0.50, "tokio")],
        quick: true,
    },
    Row {
        name: "pool/yield",
        what: "on two workers: 1,000 tasks yield in turn",
        per: "yield",
        unit: Unit::Nanoseconds,
        scale: 2_000,
        lanes: &[
            (OURS, yields::thousand::<Pool<Tourbillon>>),
            ("tokio", yields::thousand::<Pool<Tokio>>),
            ("smol", yields::thousand::<Pool<Smol>>),
            (FLOOR, yields::thousand_floor),
        ],
        targets: &[lane(0.80, "tokio")],
        quick: true,
    },
    Row {
        name: "pool/pingpong",
        what: "on two workers: two tasks, a value each way over a channel that all share",
        per: "round trip",
        unit: Unit::Nanoseconds,
        scale: 500_000,
        lanes: &[
            (OURS, pingpong::pingpong::<Pool<Tourbillon>>),
            ("tokio", pingpong::pingpong::<Pool<Tokio>>),
            ("smol", pingpong::pingpong::<Pool<Smol>>),
            (FLOOR, pingpong::floor),
        ],
        targets: &[lane(0.90, "tokio")],
        quick: true,
    },
    Row {
        name: "pool/chain",
        what: "on two workers: each task spawns the next, 1,000 deep",
        per: "task",
        unit: Unit::Nanoseconds,
        scale: 200,
        lanes: &[
            (OURS, spawn::chain::<Pool<Tourbillon>>),
            ("tokio", spawn::chain::<Pool<Tokio>>),
            ("smol", spawn::chain::<Pool<Smol>>),
            (FLOOR, spawn::chain_floor),
        ],
        targets: &[lane(0.50, "tokio")],
        quick: true,
    },
    Row {
        name: "pool/echo",
        what: "on two workers: 64-byte round trips on 64 connections",
        per: "round trip",
        unit: Unit::Nanoseconds,
        scale: 500,
        lanes: &[
            (OURS, echo::sixty_four::<Pool<Tourbillon>>),
            ("tokio", echo::sixty_four::<Pool<Tokio>>),
            ("smol", echo::sixty_four::<Pool<Smol>>),
            (FLOOR, echo::sixty_four_floor),
        ],
        targets: &[lane(1.0, "tokio")],
        quick: true,
    },
];
